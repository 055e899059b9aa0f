"""Whatever file, drawing or gesture comes in, it becomes a picture or one sentence, within 10 s and 300 MB."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aecore.checkpoints import encodings
from pages.lessons.codes import selection
from pages.lessons.convolution import edits
from pages.lessons.latent import position
from pages.shared.inspector import unit_selection
from tests.hostile import files as hostile_files
from tests.hostile.links_and_texts import MARK, ROOT
from tests.hostile.test_hostile_links import outside_code
from tests.pages.helpers import open_app, widget

pytest.importorskip("resource")  # Windows has no such limits to test by

ORDINARY = 40  # cases
LONG_RUNS = [pytest.param(200, marks=pytest.mark.slow), pytest.param(800, marks=pytest.mark.exhaustive)]  # cases
MOST_S, MOST_BYTES = 10, 300_000_000
HANGING_S = 120  # by the wall's clock, on however busy a machine
COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck), "phases": [Phase.explicit, Phase.generate]}


class Reader:
    """A process that reads files, one after the other; a new one takes the place of one that ended."""

    def __init__(self):
        self.answers: list[dict] = []
        self._start()

    def _start(self) -> None:
        command = [sys.executable, "-m", "tests.hostile.reader"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def judge(self, entry: str, raw: bytes) -> dict:
        """Let the process read this, and assert that it did no harm."""
        self._process.stdin.write(json.dumps({"entry": entry, "n_bytes": len(raw)}).encode() + b"\n" + raw)
        self._process.stdin.flush()
        readable, _, _ = select.select([self._process.stdout], [], [], HANGING_S)
        line = self._process.stdout.readline() if readable else b""
        if not line:
            self.close()
            self._start()
        assert line, "The process hung." if not readable else "The process ended."
        answer = json.loads(line)
        self.answers.append(answer)
        assert answer["came"] in ("fine", "refused"), answer
        assert answer["seconds"] < MOST_S, answer
        assert answer["n_bytes"] < MOST_BYTES, answer
        if answer["came"] == "refused":
            words = answer["words"]
            assert words.startswith("Expected ")
            assert words.endswith(".")
            assert "\n" not in words
            assert len(words) < 200
        return answer

    def summary(self) -> str:
        fine = sum(answer["came"] == "fine" for answer in self.answers)
        most = {key: max(answer[key] for answer in self.answers) for key in ("seconds", "n_bytes")}
        return (
            f"{len(self.answers):,} uploads, {fine:,} taken: at most {most['seconds']:.2f} s of the processor, "
            f"{most['n_bytes'] / 1e6:.0f} MB"
        )

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture(scope="module")
def shared_reader(request) -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.close()
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{reader.summary()}")


@pytest.fixture
def reader(shared_reader) -> Reader:
    return shared_reader


ENTRIES = st.sampled_from(("digit", "picture", "scan", "scan"))


@settings(max_examples=ORDINARY, **COMMON)
@given(entry=ENTRIES, raw=hostile_files.files())
def test_no_file_does_harm(reader, entry, raw):
    reader.judge(entry, raw)


@pytest.mark.timeout(5_400)
@pytest.mark.parametrize("n_cases", LONG_RUNS)
def test_no_file_does_harm_in_a_long_run(n_cases, reader):
    @settings(max_examples=n_cases, **COMMON)
    @given(entry=ENTRIES, raw=hostile_files.files())
    def judge(entry, raw):
        reader.judge(entry, raw)

    judge()


@pytest.mark.parametrize("name", hostile_files.QUICK)
def test_the_worst_files_do_no_harm(reader, name):
    raw = hostile_files.QUICK[name]()
    for entry in ("digit", "picture", "scan"):
        reader.judge(entry, raw)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", hostile_files.SLOW)
def test_the_largest_files_do_no_harm(reader, name):
    raw = hostile_files.SLOW[name]()
    for entry in ("digit", "picture", "scan"):
        reader.judge(entry, raw)


@pytest.mark.parametrize("raw", hostile_files.SEEDS, ids=range(len(hostile_files.SEEDS)))
def test_each_file_may_come_under_any_name(reader, raw):
    answers = [reader.judge(entry, raw)["came"] for entry in ("digit", "scan")]
    if raw in hostile_files.TEXTS:
        assert answers == ["refused", "refused"]


def test_a_picture_in_too_many_scans_is_refused_and_one_in_some_is_not(reader):
    for entry in ("digit", "scan"):
        assert "100 scans" in reader.judge(entry, hostile_files.many_scans(100, (400, 300)))["words"]
        assert "scans" not in reader.judge(entry, hostile_files.many_scans(50, (400, 300)))["words"]


# What the browser's components send.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(10**400) | st.just(MARK),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=30,
)
POINTS = st.lists(st.lists(st.floats(-2, 3) | st.integers(-1, 2) | JSON, min_size=2, max_size=2), max_size=30)
DRAWINGS = st.one_of(
    st.fixed_dictionaries({"strokes": st.lists(POINTS, max_size=5)}, optional={"width": st.floats(0, 1) | JSON}),
    st.fixed_dictionaries({"strokes": JSON}, optional={"width": JSON}),
)


@settings(max_examples=100, **COMMON)
@given(DRAWINGS)
def test_no_drawing_does_harm(reader, drawing):
    reader.judge("strokes", json.dumps(drawing).encode())


@pytest.mark.parametrize(
    "strokes",
    [
        [[[x / 100, x % 7 / 7] for x in range(100)]] * 200,
        [[[0.5, 0.5]] * 20_000],
        [[]] * 200_000,
        [[[0, 0]] * 100_000] * 2,
        [[[-1, -1], [2, 2]] * 10_000],
        {"0": [[1, 2]]},
        [{"0": 1}],
        ["ab", "12"],
    ],
    ids=["a hatching", "a blot", "nothing, often", "too much", "to and fro", "a table", "tables", "text"],
)
def test_no_large_drawing_does_harm(reader, strokes):
    for width in (0.3, 1e-300, "0.1"):
        reader.judge("strokes", json.dumps({"strokes": strokes, "width": width}).encode())


@settings(max_examples=200, **COMMON)
@given(sent=JSON | st.lists(st.integers(-1, 20) | st.floats() | st.sampled_from(["encoder_1", "code"]), max_size=4))
def test_no_gesture_does_harm(sent):
    state: dict = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.session_state", state)
        selection.pick("p", sent, 500)
        selection.lasso("p", sent, 500)
        position.go_to("p", sent)
        unit_selection.pick("p", sent, encodings.convolutional_layers("conv-128"))
        unit_selection.pick_unit("p", sent)
        edits.parse_filter(sent)
        edits.parse_filter({"numbers": sent, "bias": sent})
        state["p.at"] = {}
        edits.move("p", "slide", sent)
    assert state["p.point"] is None or 0 <= state["p.point"] < 500
    assert all(0 <= number < 500 for number in state["p.lasso"])
    assert all(abs(number) <= position.MAX_COORDINATE for number in state.get("p.z", ()))
    assert MARK not in str({key: value for key, value in state.items() if key != "p.section"})


# Through the pages.


@pytest.mark.parametrize("name", ["forms in forms", "a content stream of 400 MB", "a TIFF of 100,000 pages"])
def test_a_page_says_of_the_worst_scans_what_is_wrong(name):
    app = open_app("denoise_documents", source="upload")
    raw = hostile_files.QUICK[name]()
    file_name = f"![{MARK}](http://example.invalid/x.png)<script>.pdf"
    app.get("file_uploader")[0].upload(file_name, raw, "application/pdf").run()
    assert not app.exception
    [warning] = app.warning
    assert warning.value.startswith("Expected ")
    assert MARK not in outside_code(warning.value)


def test_a_page_says_of_the_worst_digits_what_is_wrong():
    app = open_app("home")
    widget(app, "button_group", "Image").set_value("Photo or file").run()
    for name in ("a still WebP as large as can be", "pixels for 100 pictures", "a profile of 100 MB"):
        raw = hostile_files.QUICK[name]()
        app.get("file_uploader")[0].upload(f"../../{MARK}.png", raw, "image/png").run()
        assert not app.exception
        assert len(app.warning) <= 1
        assert MARK not in " ".join(element.value for element in (*app.warning, *app.markdown, *app.caption))
