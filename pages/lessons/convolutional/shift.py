"""The digit moved by a few pixels: which network copes better?"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore import checkpoints
from aecore.figures import image_grid, method_charts
from aecore.imaging import metrics
from aecore.specs import ModelSpec
from aecore.specs.errors import UNSOUND
from aecore.tasks import shifts
from aecore.tasks.shifts import MAX_SHIFT
from pages.lessons.convolutional import race
from pages.shared import components
from pages.shared.app import problems, runs, state, worker
from pages.shared.inspector import opened_network
from pages.shared.inspector.opened_network import Opened
from pages.shared.pickers.digit_source import Digit

DENSE = "basic-128"
NAMES = {"right": "To the right, pixels", "down": "Down, pixels"}  # as the link calls them
DEFAULTS = {"right": 3, "down": 0}
ABSOLUTE, RELATIVE = "the error", "the error relative to centred digits"


@dataclass(frozen=True, eq=False)
class Contestant:
    """A network to be tested; `version` identifies its weights."""

    title: str
    spec: ModelSpec
    weights: tuple[np.ndarray, ...]
    version: str


def show(page: str, digit: Digit, look: str) -> None:
    """The moved digit through both networks, and their error over the shift for many digits."""
    opened = opened_network.shipped() if look == opened_network.SHIPPED else _of_run(page)
    if opened is None:
        return
    networks = [
        Contestant(opened.name, opened.spec, opened.weights, opened.version),
        _dense(page, opened.dataset),
    ]
    st.markdown(
        "Neither network was ever shown a digit that is not centred. A **filter** does the same wherever it is; a "
        "**dense** layer has learned each pixel separately. Drag, and see which one still draws the digit."
    )
    with st.container(horizontal=True, gap="medium"):
        right, down = (_slider(page, name) for name in NAMES)
    _reconstructions(page, digit, shifts.shift(digit.x[None], down, right), networks)
    questions = [
        worker.Question(shifts.curve, (network.spec, opened.dataset, network.version), network.weights)
        for network in networks
    ]
    titles = [network.title for network in networks]
    worker.answered(lambda *curves: _chart(page, titles, curves, max(abs(right), abs(down))), *questions)


def in_link(page: str) -> dict[str, str]:
    """What the link says of the shift; defaults are left out."""
    values = {name: state.get(page, name, DEFAULTS[name]) for name in NAMES}
    return {name: str(value) for name, value in values.items() if value != DEFAULTS[name]}


def _slider(page: str, name: str) -> int:
    if not state.has(page, name):
        text = st.query_params.get(name, str(DEFAULTS[name]))
        state.set(page, name, DEFAULTS[name])
        if re.fullmatch(r"-?\d{1,2}", text, re.ASCII) and abs(int(text)) <= MAX_SHIFT:
            state.set(page, name, int(text))
        else:
            problems.add(page, f"The link's {name} must be a number from -{MAX_SHIFT} to {MAX_SHIFT}; it is not.")
    return st.slider(
        NAMES[name],
        -MAX_SHIFT,
        MAX_SHIFT,
        key=f"{page}.{name}",
        persist_state="session",
        on_change=problems.clear,
        args=(page,),
    )


def _of_run(page: str) -> Opened | None:
    run = runs.current(page)
    if run is None:
        return None
    if run.snapshot().changing:
        st.info("Your run is training. Pause it, or wait until it ends, to test it on moved digits.")
        return None
    if not run.snapshot().sound:
        st.warning(UNSOUND)
    return opened_network.of_run(run)


def _dense(page: str, dataset: str) -> Contestant:
    """The dense network to compare with: the one from the race, or the shipped one."""
    run = runs.current(race.rival_page(page, "basic"))
    if run is not None and run.weights is not None and run.train_spec.dataset == dataset:
        version = f"{run.run_id}@{run.snapshot().step}"
        return Contestant("your dense network", run.model_spec, run.weights, version)
    return Contestant(f"{DENSE}, dense", checkpoints.about(DENSE).model_spec, checkpoints.weights(DENSE), DENSE)


def _reconstructions(page: str, digit: Digit, moved: np.ndarray, networks: list[Contestant]) -> None:
    cells, captions = image_grid.image_cells([moved[0]], [digit.name]), ["the digit, moved<br>&nbsp;"]
    for network in networks:
        x_hat = shifts.reconstruct(network.spec, network.weights, moved)
        error = metrics.mse_per_image(moved, x_hat)[0]
        cells += image_grid.image_cells([x_hat[0]], [network.title])
        captions.append(f"{network.title}<br>mean squared error <b>{error:.4f}</b>")
    components.figure(image_grid.image_row(cells, captions, 190), key=f"{page}.moved")


def _chart(page: str, titles: list[str], curves: tuple, at: int) -> None:
    scale = st.segmented_control(
        "Show", [ABSOLUTE, RELATIVE], default=ABSOLUTE, key=f"{page}.shift_scale", required=True
    )
    lines = [
        (title, [(pixels, error / (curve[0][1] or 1 if scale == RELATIVE else 1)) for pixels, error in curve])
        for title, curve in zip(titles, curves, strict=True)
    ]
    chart = method_charts.shift_chart(lines, at)
    st.vega_lite_chart(spec=chart, width="stretch", alt="Mean squared error of both networks over the shift")
    growth = [curve[-1][1] / (curve[0][1] or 1) for curve in curves]
    st.caption(
        f"The mean over {shifts.N_MEASURED} test images, each moved in four directions. For a shift of {MAX_SHIFT} "
        f"pixels, the convolutional network's error is {growth[0]:.1f} times what it was, the dense network's "
        f"{growth[1]:.1f} times. From {MAX_SHIFT // 2} pixels on, some digits are partly outside the image."
    )
