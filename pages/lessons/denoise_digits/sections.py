"""The parts of the page on denoising digits, each a question and its answer in pictures."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.figures import image_colouring, image_grid, method_charts, number_format, palette
from aecore.imaging import classical_denoising
from aecore.specs import NOISES, NoiseSpec
from aecore.tasks import denoising
from pages.lessons.denoise_digits import model
from pages.shared import components, controls
from pages.shared.app import runs, state, worker
from pages.shared.pickers.digit_source import Digit

ADDED = ("gaussian", "speckle")  # noise that is added to every pixel, and cut off at black and white
SPECKS = (*ADDED, "salt_and_pepper")
RAW, MAPPED = "as the filter leaves it", "with the best grey levels"
FILTER_COLOURS = (palette.ORANGE, palette.GREEN, palette.PURPLE, palette.SKY, "#B8A800")
BEFORE_COLOUR = "#332288"


def answer(page: str, digit: Digit, noise: NoiseSpec, seed: int, digit_page: bool) -> None:
    """The image, the image with noise, and the network's answer. `digit_page`: whether it shows digits."""
    noisy = denoising.noisy(digit.x, noise, seed)
    x_hat = worker.ask(denoising.by_network, denoising.MODEL, noisy.tobytes(), wait_s=model.ANSWER_S)
    cells = [
        ("The truth", digit.x, digit.words),
        ("What the network gets", noisy, number_format.quality(denoising.judged(digit.x, noisy))),
    ]
    if x_hat is not None:
        found = denoising.judged(digit.x, x_hat)
        cells.append(("What it makes of it", x_hat, f"<b>{number_format.quality(found)}</b>"))
        difference = image_colouring.difference_image(digit.x, x_hat)
        cells.append(("Its error", difference, image_colouring.difference_key()))
    components.figure(image_grid.named_image_row(cells, 165), key=f"{page}.answer")
    with st.container():
        if x_hat is None:
            worker.wait_for((denoising.by_network, denoising.MODEL, noisy.tobytes()))
    _, _, trained = NOISES[noise.kind]
    if not digit_page:
        st.caption(
            ":material/warning: **This network has seen nothing but digits.** So it looks for the digit in a shoe: all "
            "it knows is what it was trained on. Train one on clothes under **Train one live**."
        )
    elif noise.amount > trained:
        st.caption(f":material/warning: More than it was ever trained on ({trained:g}): from here on it has to guess.")
    else:
        st.caption(
            "One network for every kind and amount: nobody tells it which noise this is. PSNR: 6 dB more is half the "
            "error; SSIM: 1 is the same picture."
        )


def filters(page: str, digit: Digit, noise: NoiseSpec, seed: int) -> None:
    """The same noisy picture through the classical filters."""
    words = (
        "Filters that nobody had to train: each looks at a pixel's neighbourhood and evens it out in its own way. Each "
        "is set as is best for this kind and amount of noise, which was found on other images."
    )
    if noise.kind in ADDED:
        words += (
            " Such noise is cut off at black and white, which lifts the mean grey of the black ground; so the lower "
            "row gives each filter the grey levels that are best on average, as a network learns to."
        )
    st.markdown(words)
    if noise.amount == 0:
        st.info("There is no noise in this picture, so every filter can only harm it. Turn the amount up.")
        return
    question = (denoising.by_filters, digit.image, noise.kind, noise.amount, seed)
    noisy = denoising.noisy(digit.x, noise, seed)
    network = (denoising.by_network, denoising.MODEL, noisy.tobytes())

    def draw(found: dict, x_hat: np.ndarray) -> None:
        best = denoising.judged(digit.x, x_hat, "learned")
        rows = []
        for i, words in enumerate((RAW, MAPPED)):
            cells = [_cell(found[name][i]) for name in classical_denoising.FILTERS]
            rows.append((words.capitalize(), "", [*cells, _cell(best) if i == 0 else ""]))
        columns = [*(filter_.title for filter_ in classical_denoising.FILTERS.values()), "The network"]
        components.figure(image_grid.labelled_grid(columns, rows, 112), key=f"{page}.filters")
        name, which = max(((n, i) for n in found for i in (0, 1)), key=lambda at: found[at[0]][at[1]].psnr)
        gain = best.psnr - found[name][which].psnr
        if np.isfinite(gain):
            verdict = "ahead of" if gain > 0 else "behind"
            st.caption(
                f"On this picture the network is {abs(gain):.1f} dB {verdict} the best of them: "
                f"{classical_denoising.FILTERS[name].title}, {(RAW, MAPPED)[which]}."
            )

    worker.answered(draw, question, network)


def _cell(found: denoising.Cleaned) -> str:
    words = number_format.quality(found)
    cell = image_grid.image_cells([found.x_hat], [words])[0]
    return image_grid.captioned(cell, "<br>".join(filter(None, [words, found.setting])))


def curves(page: str, digit: Digit, noise: NoiseSpec, seed: int) -> None:
    """PSNR over the amount: of the shipped network, the filters, and the visitor's own runs."""
    unit, _, trained = NOISES[noise.kind]
    st.markdown(
        f"The mean over {denoising.N_MEASURED} test digits, from little noise of this kind to the most there is. "
        "A network that was **trained on one amount**, and for long enough, is good there; left and right of it it "
        "falls behind one that has seen them all. Train your own under **Train one live**, then come back."
    )
    mapped = st.segmented_control(
        "Filters", [MAPPED, RAW], default=MAPPED, key=f"{page}.mapped", required=True, persist_state="session"
    )
    which = "affine_figures" if mapped == MAPPED else "raw_figures"
    rows = denoising.table()[noise.kind]
    lines = [
        method_charts.Line("The shipped network", [(r["amount"], r["network"][0]) for r in rows], palette.VERMILION),
        method_charts.Line("The noisy picture", [(r["amount"], r["noisy"][0]) for r in rows], "#808080", True),
    ]
    for (name, filter_), colour in zip(classical_denoising.FILTERS.items(), FILTER_COLOURS, strict=True):
        points = [(r["amount"], r["filters"][name][which][0]) for r in rows]
        lines.append(method_charts.Line(filter_.title, points, colour, True))
    marks = [(noise.amount, "now"), (trained, "trained up to here")]
    waiting = []
    for spec, words, colour, question in _own_curves(page, noise.kind):
        points = question.answer()
        if points is None:
            waiting.append(question)
        else:
            name = f"{words}: {controls.NOISE_LABELS[spec.kind]}, {spec.amount:g}"
            lines.append(method_charts.Line(name, points[1:], colour))  # without noise there is nothing beside it
            if spec.kind == noise.kind:
                marks.append((spec.amount, f"{words} trained here"))
    chart = method_charts.psnr_chart(lines, unit, marks)
    st.vega_lite_chart(spec=chart, width="stretch", alt="PSNR over the amount of noise for each method")
    with st.container():
        if waiting:
            worker.wait_for(*waiting, message="Your run is being tested at every amount …")


def _own_curves(page: str, kind: str) -> list[tuple]:
    """The visitor's resting runs of this page: each one's noise, what to call it, its colour, its curve to ask."""
    found = []
    for run, words, colour in (
        (runs.current(page), "Your run", palette.BLUE),
        (runs.previous(page), "The one before", BEFORE_COLOUR),
    ):
        if run is None or run.weights is None or run.snapshot().changing:
            continue
        arguments = run.train_spec.dataset, kind, f"{run.run_id}@{run.snapshot().progress.step}"
        question = worker.Question(denoising.curve, arguments, (run.model_spec, run.weights))
        found.append((run.train_spec.noise_spec, words, colour, question))
    return found


def plain(page: str, digit: Digit, noise: NoiseSpec, seed: int) -> None:
    """What an autoencoder that never saw noise does with it."""
    st.markdown(
        f"**{denoising.PLAIN}**, the lesson's convolutional autoencoder, has only ever copied clean digits. Nobody "
        "told it that noise is not part of the picture. What will it do?"
    )
    if st.button(
        "Send the noisy picture through it", type="primary", icon=":material/play_arrow:", key=f"{page}.plain"
    ):
        state.set(page, "plain_shown", True)
    if not state.get(page, "plain_shown", None):
        return
    noisy = denoising.noisy(digit.x, noise, seed)

    def draw(plain: np.ndarray, denoised: np.ndarray) -> None:
        found = denoising.judged(digit.x, plain)
        best = denoising.judged(digit.x, denoised)
        cells = [
            ("What goes in", noisy, "digit and noise"),
            ("The plain autoencoder", plain, number_format.quality(found)),
            ("The denoiser", denoised, number_format.quality(best)),
            ("The truth", digit.x, digit.words),
        ]
        components.figure(image_grid.named_image_row(cells, 165), key=f"{page}.plain_pictures")
        gain = best.psnr - found.psnr
        if (noisy == digit.x).all():
            words = "There is no noise in this picture: turn the amount up."
        elif noise.kind in SPECKS:
            kept, kept_by_denoiser = (
                max(denoising.noise_kept(digit.x, noisy, x_hat), 0) for x_hat in (plain, denoised)
            )
            words = f"It **reconstructs the noise**: {kept:.0%} of it is still there"
            words += ", and what else it draws are strokes to explain the specks. "
            if kept_by_denoiser < kept:
                words += f"The denoiser, which was shown what to leave out, keeps {kept_by_denoiser:.0%}. "
        else:
            words = (
                "It **reconstructs the damage**: what it is shown is the picture to it, and it draws just that. The "
                "denoiser was shown, again and again, what such pictures had been before. "
            )
        if np.isfinite(gain) and (noisy != digit.x).any():
            words += f"On this picture the denoiser is {abs(gain):.1f} dB {'better' if gain > 0 else 'worse'}."
        st.markdown(words)

    worker.answered(
        draw,
        (denoising.by_network, denoising.PLAIN, noisy.tobytes()),
        (denoising.by_network, denoising.MODEL, noisy.tobytes()),
    )
