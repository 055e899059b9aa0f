"""Whatever is typed, dragged and chosen, one control or two at a time, a page draws and never fails."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from tests.hostile.links_and_texts import NUMBERS, texts
from tests.hostile.test_hostile_links import no_worker  # noqa: F401
from tests.pages.helpers import PAGES, open_app

# The pages' own threads throw dice while the next case is thought up, which hypothesis takes for ours.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")


ORDINARY = 8  # cases for each page
LONG_RUNS = [pytest.param(400, marks=pytest.mark.exhaustive)]  # cases
TEXT = ("text_input", "text_area")
KINDS = (*TEXT, "number_input", "slider", "select_slider", "selectbox", "button_group", "checkbox")
# Where there are boxes to type text into.
BOXES = [
    ("basic", {}),
    ("convolutional", {}),
    ("latent", {"section": "train"}),
    ("denoise_digits", {"section": "train"}),
    ("convolution", {"section": "slide", "filter": "own"}),
    ("convolution", {"section": "back", "stamp": "own"}),
]
COMMON = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.explicit, Phase.generate],  # a case goes on from the page that the one before has left
}
SIZES = st.lists(st.integers(-1, 70) | st.integers(0, 2_000), max_size=6)
TELLING = ("16", "64", "64-64", "2", "2-2-2-2", "64,64,64,64", "1024-1024-1024-1024", " 16 - 8", "-", "0", "nan", "")
TYPED = st.one_of(
    st.builds("-".join, SIZES.map(lambda sizes: map(str, sizes))),
    st.builds(",".join, SIZES.map(lambda sizes: map(str, sizes))),
    st.sampled_from(NUMBERS),
    st.text(max_size=20),
    texts(),
)


def controls(app: AppTest, kinds: tuple[str, ...] = KINDS) -> list[Any]:
    """Everything on the page that has a value for the visitor to choose."""
    return [control for kind in kinds for control in app.get(kind) if not control.disabled]


# Which of the controls, and what to do to it: a text to type, how far along its range or its options. Drawn without a
# look at the page, since that is as the case before has left it.
SHARE = st.sampled_from([0.0, 1.0]) | st.floats(0, 1)
MOVES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), TYPED, SHARE), min_size=1, max_size=2)


def said(control: Any, typed: str, share: float) -> tuple[Any, WidgetState]:
    """The value that a control gets, and how a browser would send it."""
    state = WidgetState(id=control.id)
    if control.type in ("text_input", "text_area"):
        value = typed[: control.proto.max_chars] if control.proto.max_chars else typed
        state.string_value = value
    elif control.type in ("slider", "number_input"):
        value = control.min + share * (control.max - control.min)
        value = round(value) if isinstance(control.value, int) else value
        if control.type == "slider":
            state.double_array_value.data[:] = [value]
        else:
            state.double_value = value
    elif control.type == "checkbox":
        state.bool_value = value = share >= 0.5
    else:
        value = control.options[round(share * (len(control.options) - 1))]
        if control.type == "selectbox":
            state.string_value = value
        else:
            state.string_array_value.data[:] = [value]
    return value, state


def turn(app: AppTest, moves: list[tuple], history: list[str]) -> None:
    """Set one or two controls at once, as a keyboard and a slow connection can, and judge the page."""
    there = controls(app)
    states, new = app._tree.get_widget_states(), {}
    for which, typed, share in moves:
        control = there[int(which * len(there))]
        value, new[control.id] = said(control, typed, share)
        history.append(f"{control.label} = {value!r:.80}")
    kept = [state for state in states.widgets if state.id not in new]
    del states.widgets[:]
    states.widgets.extend([*kept, *new.values()])
    app._run(states)
    assert not app.exception, (history[-12:], app.exception[0].value, list(app.exception[0].stack_trace)[-4:])
    assert app.title[0].value


def judge_page(page: str, n_cases: int) -> None:
    app, history = open_app(page), []
    if not controls(app):
        return

    @settings(max_examples=n_cases, **COMMON)
    @given(MOVES)
    def judge(moves):
        turn(app, moves, history)

    judge()


@pytest.mark.usefixtures("no_worker")
@pytest.mark.parametrize(("page", "query"), BOXES)
def test_whatever_is_typed_into_a_box_the_page_draws(page, query):
    app = open_app(page, **query)
    for number, _ in enumerate(controls(app, TEXT)):
        for text in TELLING:
            box = controls(app, TEXT)[number]
            box.set_value(text).run()
            assert not app.exception, (box.label, text, app.exception[0].value)
            assert controls(app, TEXT)[number].value == text  # nothing that was typed is lost


@pytest.mark.usefixtures("no_worker")
@pytest.mark.parametrize("page", PAGES)
def test_no_setting_harms_a_page(page):
    judge_page(page, ORDINARY)


@pytest.mark.timeout(3_600)
@pytest.mark.usefixtures("no_worker")
@pytest.mark.parametrize("n_cases", LONG_RUNS)
@pytest.mark.parametrize("page", PAGES)
def test_no_setting_harms_a_page_in_a_long_run(page, n_cases):
    judge_page(page, n_cases)
