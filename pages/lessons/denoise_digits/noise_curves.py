"""PSNR over the amount of noise: the network that comes with the app, the filters, and the visitor's own runs."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from aecore.figures import method_charts, palette
from aecore.imaging import classical_denoising
from aecore.specs import NOISES, NoiseSpec
from aecore.tasks import denoising
from pages.lessons.denoise_digits.classical_filters import MAPPED, RAW
from pages.shared import controls
from pages.shared.app import runs, worker
from pages.shared.pickers.digit_source import Digit

FILTER_COLOURS = (palette.ORANGE, palette.GREEN, palette.PURPLE, palette.SKY, "#B8A800")
NOISY_COLOUR, PREVIOUS_COLOUR = "#808080", "#332288"


@dataclass(frozen=True)
class OwnCurve:
    """The curve of one of the visitor's runs: the noise it trained on, its label and colour, and what to ask."""

    noise: NoiseSpec
    label: str
    colour: str
    question: worker.Question


def show(page: str, digit: Digit, noise: NoiseSpec, seed: int) -> None:
    """The chart for this kind of noise."""
    unit, _, trained = NOISES[noise.kind]
    st.markdown(
        f"Each point is the mean over {denoising.N_MEASURED} test digits, from little noise of this kind to the "
        "maximum. A network **trained on a single amount**, and for long enough, is good there; on either side it "
        "falls behind one that has seen them all. Train your own under **Train one live**, then come back."
    )
    shown = st.segmented_control(
        "Filters", [MAPPED, RAW], default=MAPPED, key=f"{page}.mapped", required=True, persist_state="session"
    )
    lines = _measured_lines(noise.kind, "affine_figures" if shown == MAPPED else "raw_figures")
    marks = [(noise.amount, "now"), (trained, "trained up to here")]
    waiting = []
    for own in _own_curves(page, noise.kind):
        points = own.question.answer()
        if points is None:
            waiting.append(own.question)
            continue
        name = f"{own.label}: {controls.NOISE_LABELS[own.noise.kind]}, {own.noise.amount:g}"
        lines.append(method_charts.Line(name, points[1:], own.colour))  # the other lines have no point without noise
        if own.noise.kind == noise.kind:
            marks.append((own.noise.amount, f"{own.label} trained here"))
    chart = method_charts.psnr_chart(lines, unit, marks)
    st.vega_lite_chart(spec=chart, width="stretch", alt="PSNR over the amount of noise for each method")
    with st.container():
        if waiting:
            worker.wait_for(*waiting, message="Your run is being tested at every amount …")


def _measured_lines(kind: str, figures: str) -> list[method_charts.Line]:
    """The lines of the table that comes with the app; `figures`: which of the filters' figures."""
    rows = denoising.table()[kind]
    lines = [
        method_charts.Line("Shipped network", [(r["amount"], r["network"][0]) for r in rows], palette.VERMILION),
        method_charts.Line("Noisy image", [(r["amount"], r["noisy"][0]) for r in rows], NOISY_COLOUR, True),
    ]
    for (name, each), colour in zip(classical_denoising.FILTERS.items(), FILTER_COLOURS, strict=True):
        points = [(r["amount"], r["filters"][name][figures][0]) for r in rows]
        lines.append(method_charts.Line(each.title, points, colour, True))
    return lines


def _own_curves(page: str, kind: str) -> list[OwnCurve]:
    """The curves of the page's current and previous runs, as far as they are not training."""
    curves = []
    for run, label, colour in (
        (runs.current(page), "Your run", palette.BLUE),
        (runs.previous(page), "Your previous run", PREVIOUS_COLOUR),
    ):
        noise = run and run.train_spec.noise_spec
        if run is None or noise is None or run.weights is None or run.snapshot().changing:
            continue
        arguments = run.train_spec.dataset, kind, f"{run.run_id}@{run.snapshot().step}"
        question = worker.Question(denoising.curve, arguments, (run.model_spec, run.weights))
        curves.append(OwnCurve(noise, label, colour, question))
    return curves
