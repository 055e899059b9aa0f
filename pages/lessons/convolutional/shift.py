"""The digit moved by a few pixels: which network copes better?"""

from __future__ import annotations

import re

import streamlit as st

from aecore import checkpoints
from aecore.figures import image_grid, method_charts
from aecore.imaging import metrics
from aecore.specs import ModelSpec
from aecore.specs.errors import UNSOUND
from aecore.tasks import shifts
from pages.lessons.convolutional import race
from pages.shared import components
from pages.shared.app import problems, runs, state, worker
from pages.shared.inspector import opened_network
from pages.shared.inspector.opened_network import Opened
from pages.shared.pickers.digit_source import Digit

DENSE = "basic-128"
NAMES = {"right": "To the right, pixels", "down": "Down, pixels"}  # of the link
START = {"right": 3, "down": 0}
ABSOLUTE, RELATIVE = "the error", "times the error of digits in the middle"


def show(page: str, digit: Digit, look: str) -> None:
    """The moved digit through both networks, and the error over the shift for many digits."""
    opened = opened_network.shipped() if look == opened_network.SHIPPED else _of_run(page)
    if opened is None:
        return
    dense = _dense(page, opened.dataset)
    st.markdown(
        "Neither network was ever shown a digit that is not in the middle. A **filter** does the same wherever it "
        "stands; a **dense** layer has learned each pixel on its own. Drag, and see who still draws the digit."
    )
    with st.container(horizontal=True, gap="medium"):
        right, down = (_slider(page, name) for name in NAMES)
    moved = shifts.shift(digit.x[None], down, right)
    cells, words = image_grid.image_cells([moved[0]], [digit.words]), ["the digit, moved<br>&nbsp;"]
    for name, spec, weights in ((opened.words, opened.spec, opened.weights), dense[:3]):
        x_hat = shifts.reconstruct(spec, weights, moved)
        error = metrics.mse_per_image(moved, x_hat)[0]
        cells += image_grid.image_cells([x_hat[0]], [name])
        words.append(f"{name}<br>mean squared error <b>{error:.4f}</b>")
    components.figure(image_grid.image_row(cells, words, 190), key=f"{page}.moved")
    questions = [
        worker.Question(shifts.curve, (opened.spec, opened.dataset, opened.version), opened.weights),
        worker.Question(shifts.curve, (dense[1], opened.dataset, dense[3]), dense[2]),
    ]
    worker.answered(
        lambda *curves: _chart(page, (opened.words, dense[0]), curves, max(abs(right), abs(down))), *questions
    )


def in_link(page: str) -> dict[str, str]:
    """What the link says of the shift; what is usual is left out."""
    return {name: str(now) for name in NAMES if (now := state.get(page, name, START[name])) != START[name]}


def _slider(page: str, name: str) -> int:
    key = state.key(page, name)
    if not state.has(page, name):
        text = st.query_params.get(name, str(START[name]))
        state.set(page, name, START[name])
        if re.fullmatch(r"-?\d{1,2}", text, re.ASCII) and abs(int(text)) <= shifts.MAX_SHIFT:
            state.set(page, name, int(text))
        else:
            problems.add(
                page, f"The link's {name} must be a number from -{shifts.MAX_SHIFT} to {shifts.MAX_SHIFT}; it is none."
            )
    return st.slider(
        NAMES[name], -shifts.MAX_SHIFT, shifts.MAX_SHIFT, key=key, persist_state="session",
        on_change=problems.clear, args=(page,),
    )  # fmt: skip


def _of_run(page: str) -> Opened | None:
    run = runs.current(page)
    if run.snapshot().changing:
        st.info("Your run is training. Pause it, or wait for its end, to test it on digits that have moved.")
        return None
    if not run.snapshot().sound:
        st.warning(UNSOUND)
    return opened_network.of_run(run)


def _dense(page: str, dataset: str) -> tuple[str, ModelSpec, tuple, str]:
    """A dense network to stand beside: the one that raced, or the shipped one; its words, spec, weights, version."""
    run = runs.current(race.rival_page(page, "basic"))
    if run is not None and run.weights is not None and run.train_spec.dataset == dataset:
        step = run.snapshot().progress.step
        return "your dense network", run.model_spec, run.weights, f"{run.run_id}@{step}"
    about = checkpoints.about(DENSE)
    return f"{DENSE}, dense", about.model_spec, checkpoints.weights(DENSE), DENSE


def _chart(page: str, names: tuple[str, str], curves: tuple, at: int) -> None:
    how = st.segmented_control("Show", [ABSOLUTE, RELATIVE], default=ABSOLUTE, key=f"{page}.shift_scale", required=True)
    relative = how == RELATIVE
    lines = [
        (name, [(pixels, error / (curve[0][1] or 1 if relative else 1)) for pixels, error in curve])
        for name, curve in zip(names, curves, strict=True)
    ]
    st.vega_lite_chart(
        spec=method_charts.shift_chart(lines, at),
        width="stretch",
        alt="Mean squared error of both networks over the shift",
    )
    worse = [curve[-1][1] / (curve[0][1] or 1) for curve in curves]
    st.caption(
        f"The mean over {shifts.N_MEASURED} test images, each moved in four directions. Moved by {shifts.MAX_SHIFT} "
        f"pixels, the convolutional network's error is {worse[0]:.1f} times what it was, the dense one's {worse[1]:.1f} "
        f"times. From {shifts.MAX_SHIFT // 2} pixels on parts of some digits leave the picture."
    )
