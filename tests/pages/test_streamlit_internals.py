"""What the app uses of Streamlit's own parts: in one file, with one version, and each doing what it is there for."""

import ast
import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import MagicMock

import pytest
import streamlit
from streamlit import runtime
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.caching.storage.dummy_cache_storage import MemoryCacheStorageManager
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

from pages.shared.app import streamlit_internals

SCRIPT = """
import streamlit as st

@st.fragment(run_every=60)
def clock():
    st.text("tick")

st.text("first")
clock()
st.text("last")
"""


@pytest.fixture
def make_session(tmp_path, monkeypatch):
    """What makes a session of Streamlit's own class that runs the script, without a server around it."""
    around = MagicMock(cache_storage_manager=MemoryCacheStorageManager())
    monkeypatch.setattr(runtime, "get_instance", lambda: around)
    script = tmp_path / "script.py"

    def make() -> AppSession:
        script.write_text(SCRIPT, encoding="utf-8")
        files = MemoryUploadedFileManager("/upload")
        return AppSession(ScriptData(str(script), False), files, ScriptCache(), None, {})

    return make


def wait_for_its_thread(session: AppSession) -> None:
    """Wait until the script has run, without letting the event loop do anything meanwhile."""
    session._scriptrunner._script_thread.join(timeout=60)
    assert not session._scriptrunner._script_thread.is_alive()


async def messages(session: AppSession, runs: int) -> list:
    """All that is sent to the browser until as many runs have ended."""
    sent = []
    async with asyncio.timeout(60):
        while sum(message.WhichOneof("type") == "script_finished" for message in sent) < runs:
            await asyncio.sleep(0.01)
            sent += session.flush_browser_queue()
    return sent


async def at_rest(session: AppSession) -> None:
    """Wait until it has taken note that its threads are over."""
    async with asyncio.timeout(60):
        while session._scriptrunner is not None:
            await asyncio.sleep(0.01)


def words(message) -> str:
    """What a message is, as far as the test looks at it."""
    kind = message.WhichOneof("type")
    return message.delta.new_element.text.body if kind == "delta" else kind


LOOKED_AT = ("new_session", "script_finished", "auto_rerun", "first", "tick", "last")


async def whole_page_then_fragment(make) -> list[str]:
    """Run the page; when it has ended, but before anything of it was handled, ask for its fragment."""
    session = make()
    session.request_rerun(ClientState())
    opened = await messages(session, runs=1)
    fragment = next(m.auto_rerun.fragment_id for m in opened if m.WhichOneof("type") == "auto_rerun")
    await at_rest(session)
    session.request_rerun(ClientState())
    wait_for_its_thread(session)
    session.request_rerun(ClientState(fragment_id=fragment, is_auto_rerun=True))
    wait_for_its_thread(session)
    sent = await messages(session, runs=2)
    await at_rest(session)
    session.request_rerun(ClientState())
    assert "last" in [words(message) for message in await messages(session, runs=1)]
    session.shutdown()
    return [words(message) for message in sent if words(message) in LOOKED_AT]


def test_the_end_of_a_page_arrives_before_the_answer_of_its_fragment(make_session):
    streamlit_internals.keep_last_events()
    with ThreadPoolExecutor(1) as elsewhere:  # where browser tests have left no event loop running
        sent = elsewhere.submit(asyncio.run, whole_page_then_fragment(make_session)).result()
    page = ["new_session", "first", "auto_rerun", "last", "script_finished"]
    assert sent == [*page, "new_session", "tick", "script_finished"]


def test_installing_it_again_changes_nothing():
    streamlit_internals.keep_last_events()
    before = AppSession._create_scriptrunner
    streamlit_internals.keep_last_events()
    assert AppSession._create_scriptrunner is before


def test_the_internals_were_tried_with_this_version_of_streamlit():
    present = ".".join(streamlit.__version__.split(".")[:2])
    assert present == streamlit_internals.TRIED_WITH, (
        f"Streamlit {present} is installed, but the app's use of Streamlit's own parts was tried with "
        f"{streamlit_internals.TRIED_WITH}. Check each function of {streamlit_internals.__name__}, run the tests in a "
        "browser, then change TRIED_WITH."
    )


APP = Path(streamlit_internals.__file__).parents[3]
FILES = [APP / "app.py", *sorted((APP / "pages").rglob("*.py"))]


TYPES = {"streamlit.delta_generator"}  # public, for annotations


def names_of_streamlit(path: Path) -> set[str]:
    """What a file imports of Streamlit beyond `import streamlit as st`, and what it uses of `st.runtime`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "streamlit":
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("streamlit.")}
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "st.runtime":
            found.add("streamlit.runtime")
    return found - TYPES


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(APP).as_posix() for path in FILES])
def test_only_one_file_uses_the_internals(path):
    assert not names_of_streamlit(path) or path == Path(streamlit_internals.__file__)
