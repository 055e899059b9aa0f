"""Whatever a link says, the page draws, says so in a few sentences, and shows nothing of it but as text."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from types import SimpleNamespace

import psutil
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from aecore.runs import registry
from aecore.specs import quote
from aecore.specs.errors import MAX_QUOTE
from pages.lessons.denoise_documents import page_cleaning
from pages.shared.app import server, worker
from tests.hostile.links_and_texts import MARK, ROOT, UnknownNameError, names_in, names_read, texts
from tests.pages.helpers import PAGES as LESSONS

# The pages' own threads throw dice while the next link is thought up, which hypothesis takes for ours.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")

ORDINARY = 30  # cases
LONG_RUNS = [pytest.param(200, marks=pytest.mark.slow), pytest.param(1_200, marks=pytest.mark.exhaustive)]  # cases
MOST_S, MOST_BYTES = 10, 300_000_000
MOST_IN_A_SENTENCE = 400  # characters; those that list what may be chosen are the longest
NAMES = {page: names_read(f"pages.{page}") for page in LESSONS}
UNKNOWN = ("embed", "embed_options", "EMBED", "utm_source", "__proto__", "page", "", "a[]", "q" * 500)
COMMON = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.explicit, Phase.generate],  # what fails is small enough; each step of shrinking costs a page
}


@st.composite
def visits(draw: st.DrawFn) -> tuple[str, dict[str, str | list[str]]]:
    """A page, and what the link says to it: some of its parameters, once or repeated, and some of nobody's."""
    page = draw(st.sampled_from(LESSONS))
    names = st.sampled_from(NAMES[page]) | st.sampled_from(NAMES[page]) | st.sampled_from(UNKNOWN)
    said = st.one_of(texts(), texts(), texts(), st.lists(texts(), min_size=2, max_size=3))
    return page, draw(st.dictionaries(names, said, min_size=1, max_size=5))


def outside_code(markdown: str) -> str:
    """Markdown without its code spans, in which everything is text (CommonMark 6.1)."""
    return re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", markdown)


def assert_harmless(app: AppTest, n_said: int) -> None:
    """Our words alone are Markdown; what came is text in code spans of warnings, and stands nowhere else."""
    assert not app.exception
    assert app.title[0].value
    for warning in app.warning:
        sentences = warning.value.split("\n\n")
        assert len(sentences) <= 2 * n_said + 1
        assert max(map(len, sentences)) <= MOST_IN_A_SENTENCE
        ours = outside_code(warning.value)
        assert MARK not in ours
        assert not re.search(r"[<>$`\[\]!\\|#*~]|:\S|://|www\.|[^\W\d_]@|\n(?!\n)(?<!\n\n)", ours.replace("\n\n", " "))
    for element in app._tree:
        if element.type in ("warning", "alert"):
            continue
        proto = getattr(element, "proto", None)
        if proto is not None and hasattr(proto, "SerializeToString"):
            assert MARK.encode() not in proto.SerializeToString(), element.type


def visit(page: str, query: dict[str, str | list[str]]) -> float:
    """Open a page by a link and judge it; the processor's seconds that it took."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, said in query.items():
        app.query_params[name] = said
    began = time.process_time()
    app.switch_page(f"pages/{page}.py").run()
    assert_harmless(app, len(query))
    seconds = time.process_time() - began
    assert seconds < MOST_S
    return seconds


@contextlib.contextmanager
def bounded(capsys: pytest.CaptureFixture) -> Iterator[list[float]]:
    """Visits whose memory together stays within what one may take; all of them, as caches are meant to fill."""
    for page in LESSONS:
        visit(page, {})
    process, seconds = psutil.Process(), []
    before = process.memory_info().rss
    yield seconds
    grown = process.memory_info().rss - before
    with capsys.disabled():
        print(f"\n{len(seconds):,} links: at most {max(seconds):.2f} s of the processor, {grown / 1e6:+.0f} MB in all")
    assert grown < MOST_BYTES


@pytest.fixture
def no_worker(monkeypatch):
    """The pages as they are before the worker is up, when no answer keeps them waiting."""
    future = SimpleNamespace(status="pending", cancel=lambda: None)
    absent = SimpleNamespace(
        ready=False,
        trouble=None,
        on_connect=set(),
        losses=0,
        queue=0,
        submit=lambda *_, **__: future,
        when_done=lambda *_: None,
    )
    runs = registry.Runs(absent)
    monkeypatch.setattr(server, "runs", lambda: runs)
    monkeypatch.setattr(worker, "prepare", lambda function: None)
    monkeypatch.setattr(page_cleaning, "MAX_WAIT_S", 0.0)


def test_no_link_harms_a_page(no_worker, capsys):
    with bounded(capsys) as seconds:

        @settings(max_examples=ORDINARY, **COMMON)
        @given(visits())
        def judge(case):
            seconds.append(visit(*case))

        judge()


@pytest.mark.timeout(5_400)
@pytest.mark.parametrize("n_cases", LONG_RUNS)
def test_no_link_harms_a_page_in_a_long_run(n_cases, capsys):
    with bounded(capsys) as seconds:

        @settings(max_examples=n_cases, **COMMON)
        @given(visits())
        def judge(case):
            seconds.append(visit(*case))

        judge()
        assert len(seconds) >= n_cases


@pytest.mark.parametrize("page", LESSONS)
def test_a_page_bears_all_its_parameters_being_nonsense(page, no_worker):
    for text in (f"![{MARK}](http://example.invalid/x.png)", "9" * 5_000, "nan"):
        visit(page, dict.fromkeys(NAMES[page], text))


@pytest.mark.parametrize(
    "text", [f"![{MARK}](x)", "nan,nan;nan,nan", "1e999", "9" * 5_000, ";" * 5_000, ",".join(["0" * 4_999] * 2)]
)
def test_numbers_of_a_filter_of_ones_own_may_be_anything(text, no_worker):
    for section, own in (("slide", "filter"), ("back", "stamp")):
        visit("convolution", {"section": section, own: "own", "numbers": text, "at": text, "bias": text})


@given(st.text() | texts())
@settings(max_examples=300, deadline=None)
def test_what_came_is_quoted_as_code(text):
    quoted = quote(text)
    assert outside_code(f"got {quoted}.") == "got ."
    assert "\n" not in quoted
    assert quoted.isprintable()
    assert len(quoted) <= 3 * MAX_QUOTE + 10


def test_what_pages_read_is_known():
    assert {"code_dim", "widths", "noise", "start", "run"} <= set(NAMES["basic"])
    assert {"look", "layer", "index", "unit", "section"} <= set(NAMES["convolutional"])
    assert {"source", "sheet", "draw", "coffee"} <= set(NAMES["denoise_documents"])
    assert {"z", "model", "section", "beta", "a", "b"} <= set(NAMES["latent"])
    assert {"perplexity", "codes", "n_codes", "point", "section"} <= set(NAMES["codes"])
    assert {"kind", "amount", "draw", "pictures", "clothes"} <= set(NAMES["denoise_digits"])


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("st.query_params['x']", {"x"}),
        ("query = st.query_params\nif 'x' not in query: query.get('y', 1)", {"x", "y"}),
        ("links.choice(page, 'x', (), 'y') + links.whole_number(PAGE, 'z', 3)", {"x", "z"}),
        ("NoiseSpec.from_query(st.query_params)", {"kind", "amount"}),
        ("st.query_params.get(anything)", None),
        ("links.choice(page, f'{a}', (), 'y')", None),
        ("st.query_params.items()", None),
    ],
)
def test_a_use_of_the_link_is_seen_or_refused(code, found):
    if found is not None:
        assert set(names_in(code, "pages/x.py")) == found
        return
    with pytest.raises(UnknownNameError):
        list(names_in(code, "pages/x.py"))
