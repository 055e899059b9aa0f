"""Links that came damaged, or are nearly right, lead where they were meant to lead."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from aecore.runs import registry
from pages.shared.app import arrival, server, worker

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("home", "basic", "denoise_digits", "latent")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"a": ["1"], "amp;b": ["2"]}, {"a": ["1"], "b": ["2"]}),
        ({"a": ["1"], "amp;amp;b": ["2"], "AMP;c": ["3", "4"]}, {"a": ["1"], "b": ["2"], "c": ["3", "4"]}),
        ({"amp;a": ["2"], "a": ["1"]}, {"a": ["1"]}),
        ({"amp": ["1"], "b": ["amp;"]}, {"amp": ["1"], "b": ["amp;"]}),
        ({}, {}),
    ],
)
def test_parameters_that_came_with_an_escaped_ampersand_are_read(query, expected):
    assert arrival.mended(query) == expected


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("Latent", "latent"),
        ("LATENT.", "latent"),
        ("Denoise-Digits", "denoise_digits"),
        ("denoise digits", "denoise_digits"),
        ("latents", None),
        ("", None),
        ("...", None),
    ],
)
def test_a_page_is_known_by_its_letters(name, page):
    assert arrival.meant(name, PAGES) == page


def test_a_link_out_of_an_e_mail_sets_the_page(hand_cranked, monkeypatch):
    runs = registry.Runs(hand_cranked)
    monkeypatch.setattr(server, "runs", lambda: runs)
    monkeypatch.setattr(worker, "prepare", lambda function: None)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90)
    for name, value in {"model": "vae-16", "amp;section": "maths", "amp;embed": "true"}.items():
        app.query_params[name] = value
    app.switch_page("pages/latent.py").run()
    assert not app.exception
    assert not app.warning
    assert app.session_state["latent.section"] == "maths"
    assert app.query_params == {"model": "vae-16", "section": "maths"}
