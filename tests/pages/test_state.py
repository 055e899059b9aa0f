"""The session's state: values of pages by name, in the hands of one module."""

import ast
from pathlib import Path

import pytest
import streamlit as st

from pages.shared.app import state

APP = Path(state.__file__).parents[3]
FILES = [APP / "app.py", *sorted((APP / "pages").rglob("*.py"))]


@pytest.fixture(autouse=True)
def kept(monkeypatch) -> dict:
    """What a session keeps, without a session."""
    kept = {}
    monkeypatch.setattr(st, "session_state", kept)
    return kept


def test_a_value_is_kept_where_the_widget_of_its_name_has_it(kept):
    state.set("basic", "epochs", 3)
    assert kept == {state.key("basic", "epochs"): 3}
    assert state.get("basic", "epochs") == 3
    assert state.has("basic", "epochs")


def test_a_missing_value_is_an_error_unless_there_is_a_default():
    with pytest.raises(KeyError):
        state.get("basic", "epochs")
    assert state.get("basic", "epochs", None) is None
    assert not state.has("basic", "epochs")


def test_a_value_can_be_begun_and_taken_out():
    state.setdefault("codes", "maps", []).append(1)
    assert state.setdefault("codes", "maps", []) == [1]
    assert state.pop("codes", "maps") == [1]
    assert state.pop("codes", "maps") is None


def test_turns_are_counted():
    assert state.turn() == 0
    state.begin_turn()
    state.begin_turn()
    assert state.turn() == 2


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(APP).as_posix() for path in FILES])
def test_only_one_module_touches_the_state_of_the_session(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    touches = any(isinstance(node, ast.Attribute) and node.attr == "session_state" for node in ast.walk(tree))
    assert touches == (path == Path(state.__file__))
