"""The three properties of an autoencoder, each as something to do; and how our networks compare with published ones."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore import checkpoints, datasets
from aecore.checkpoints import encodings, published_results
from aecore.figures import distribution_charts, image_colouring, image_grid, method_charts
from aecore.imaging import metrics
from aecore.imaging.arrays import to_float
from aecore.tasks import compression
from pages.shared import components
from pages.shared.app import worker
from pages.shared.pickers.digit_source import Digit

SUBJECTS = ("The picture above", "Upside down", "Sideways", "A shirt", "A shoe", "Noise")
FASHION_CLASSES = {"A shirt": 0, "A shoe": 9}
FIGURES_WIDTH, CHART_WIDTH = 430, 640  # pixels
BOOK_WIDTH = 860
HISTORY_CHOICES = ("best-32", "basic-32", "deep-32", "conv-128", "vae-2", "fashion-32")
SMALLEST_ERROR = 0.0003  # squared error a pixel: 35 dB, beyond which nobody sees a difference
METRIC_WORDS = {
    "bce": "BCE {:.4f}",
    "mse": "MSE {:.4f}",
    "psnr": "PSNR {:.1f} dB,",
    "ssim": "SSIM {:.2f}",
    "mean_code": "mean code {:.2f}",
    "negative_elbo": "−ELBO {:.1f}",
    "reconstruction_loss": "= {:.1f}",
    "kl_loss": "+ KL {:.1f}",
}


# Data-specific.


def data_specific(page: str, model: str, digit: Digit) -> None:
    """Let the network redraw what it was not made for; show the error among those on digits."""
    st.markdown(
        "Show it something that is no digit. It redraws it with the only strokes it knows, and makes a larger error. "
        "Turned around, that is **anomaly detection**: what is redrawn badly is not of the kind the network was "
        "trained on."
    )
    choice = st.segmented_control(
        "Show it", SUBJECTS, default="A shirt", key=f"{page}.subject", required=True, persist_state="session"
    )
    x = subject(choice, digit.x)
    x_hat = encodings.reconstruct(model, x[None])[0]
    error = float(metrics.mse_per_image(x[None], x_hat[None])[0])
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=FIGURES_WIDTH):
            captions = ("shown", "redrawn", image_colouring.difference_key())
            components.figure(image_grid.image_row(_three(x, x_hat), captions), key=f"{page}.specific")
            verdict = st.container()
        with st.container(width=CHART_WIDTH):

            def draw(on_digits: np.ndarray, on_clothes: np.ndarray) -> None:
                larger = float(np.mean(on_digits < error))
                groups = [("10,000 test digits", on_digits), ("2,000 clothes and shoes", on_clothes)]
                chart = distribution_charts.histogram(
                    groups, (choice.lower(), error), "squared error a pixel, logarithmic"
                )
                st.vega_lite_chart(spec=chart, width="stretch", alt="Errors on digits and on clothes")
                told_apart = separation(on_digits, on_clothes)
                with verdict:
                    st.markdown(
                        f"Squared error **{error:.4f}**: larger than on {_share(larger)} of the 10,000 test digits. "
                        + ("**An anomaly.**" if larger > 0.99 else "Nothing unusual for a digit.")
                    )
                    st.caption(
                        f"By the error alone a piece of clothing is told from a digit in {told_apart:.2%} of pairs "
                        "(the area under the ROC curve)."
                    )

            questions = [(encodings.test_errors, model, name) for name in ("mnist", "fashion_mnist")]
            worker.answered(draw, *questions)


def _share(larger: float) -> str:
    """A share in words that never rounds 'nearly all' to 'all'."""
    return "every one" if larger == 1 else f"{min(larger, 0.9999):.2%}"


def subject(choice: str, x: np.ndarray) -> np.ndarray:
    """What the network is to look at: uint8 (28, 28, 1), made of the digit `x` or instead of it."""
    if choice in FASHION_CLASSES:
        return datasets.load_probe("fashion_mnist")[FASHION_CLASSES[choice]]
    if choice == "Noise":
        return np.random.default_rng(0).integers(0, 256, x.shape, dtype=np.uint8)
    turns = {"Upside down": 2, "Sideways": 1}.get(choice, 0)
    return np.ascontiguousarray(np.rot90(x, turns))


def separation(low: np.ndarray, high: np.ndarray) -> float:
    """The probability that a number of `high` is larger than one of `low`: the area under the ROC curve."""
    return float(np.searchsorted(np.sort(low), high).mean() / len(low))


def _three(x: np.ndarray, x_hat: np.ndarray) -> list[str]:
    difference = image_colouring.difference_image(x, x_hat)
    return [
        image_grid.image_cells([image], [words])[0]
        for image, words in ((x, "shown"), (x_hat, "redrawn"), (difference, "difference"))
    ]


# Lossy.


def lossy(page: str, model: str, digit: Digit) -> None:
    """The difference picture, code sizes beside PCA, and equal numbers of bytes beside JPEG and WebP."""
    x = digit.x
    x_hat = encodings.reconstruct(model, x[None])[0]
    a, b = (to_float(image[None]) for image in (x, x_hat))
    psnr, ssim = float(metrics.psnr(a, b)[0]), float(metrics.ssim(a, b)[0])
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        with st.container(width=FIGURES_WIDTH):
            captions = ("image", "redrawn", image_colouring.difference_key())
            components.figure(image_grid.image_row(_three(x, x_hat), captions), key=f"{page}.loss")
        with st.container(width=CHART_WIDTH):
            left, right = st.columns(2)
            left.metric(
                "PSNR", f"{psnr:.1f} dB", help="Peak signal-to-noise ratio: 10 dB more is a tenth of the error."
            )
            right.metric("SSIM", f"{ssim:.3f}", help="Structural similarity, at most 1: closer to how alike they look.")
            st.markdown(
                "784 numbers went in, 32 had to do, so something is lost: usually the quirks of this one hand. "
                "How much depends on the size of the code."
            )
    sizes, size_bytes = st.tabs(["How many numbers does it need?", "Against JPEG and WebP, byte for byte"])
    with sizes:
        worker.answered(lambda pairs: _sizes(page, x, pairs), (compression.by_code_size, digit.image))
    with size_bytes:
        worker.answered(
            lambda rows, points: _bytes(page, x, rows, points),
            (compression.at_bytes, digit.image),
            (compression.curves,),
        )


def _cell(version: compression.Version | None) -> str:
    if version is None:
        return image_grid.captioned("<span>–</span>", "does not fit")
    cell = image_grid.image_cells([version.x_hat], [f"{version.method}, squared error {version.mse:.4f}"])[0]
    return image_grid.captioned(cell, f"{version.mse:.4f}")


def _sizes(page: str, x: np.ndarray, pairs: tuple) -> None:
    columns = ["image", *(f"{size} numbers" for size in compression.CODE_SIZES)]
    original = image_grid.image_cells([x], ["the image"])[0]
    rows = [
        ("Autoencoder", "784-128-64-…", [original, *(_cell(deep) for deep, _ in pairs)]),
        ("PCA", "straight lines only", ["", *(_cell(pca) for _, pca in pairs)]),
    ]
    components.figure(image_grid.labelled_grid(columns, rows), key=f"{page}.by_size")
    wins = sum(deep.mse < pca.mse for deep, pca in pairs)
    st.caption(
        f"Below each picture its squared error. With as many numbers, the autoencoder comes closer to this digit in "
        f"{wins} of {len(pairs)} sizes. PCA is the best that can be done with straight lines; a network may bend them."
    )


def _bytes(page: str, x: np.ndarray, rows: tuple, points: tuple) -> None:
    columns = ["image", *(f"{size} bytes" for size in compression.CODE_SIZES)]
    by_method = list(zip(*rows, strict=True))
    labels = (
        ("Autoencoder", "a byte a number"),
        ("PCA", "a byte a number"),
        ("JPEG", "header left out"),
        ("WebP", "header left out"),
    )
    grid = [
        (
            label,
            note,
            [image_grid.image_cells([x], ["the image"])[0] if label == "Autoencoder" else "", *map(_cell, row)],
        )
        for (label, note), row in zip(labels, by_method, strict=True)
    ]
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=570):
            components.figure(image_grid.labelled_grid(columns, grid, 70), key=f"{page}.by_bytes")
        with st.container(width=500):
            chart = method_charts.series_chart(
                [
                    {"series": p.method, "x": p.n_bytes, "y": p.mse, "note": p.setting}
                    for p in points
                    if p.mse >= SMALLEST_ERROR
                ],
                "bytes an image",
                "squared error a pixel",
                (2, 8, 16, 32, 64, 150, 300, 600),
                (SMALLEST_ERROR, 0.001, 0.003, 0.01, 0.03, 0.1),
            )
            st.vega_lite_chart(spec=chart, width="stretch", alt="Bytes against error for each method")
    st.caption(
        f"The chart averages over {compression.N_CURVE} test images. Of JPEG and WebP only the picture's own bytes "
        "count in the table, not the header that every such file has. The autoencoder wins where a picture may have "
        "only some dozens of bytes, because it may draw nothing but digits; beyond about a hundred bytes JPEG and WebP "
        "win, and they take any picture. (Nor are the networks' own weights counted, which both sides have to hold.)"
    )


# Learned automatically.


def learned(page: str, model: str) -> None:
    """Leaf through the training that a checkpoint is shipped with."""
    st.markdown(
        "Before training the weights are random, and so is what comes out. Then the network is shown image after "
        "image and its weights are nudged, every time, so that this image would have come out a little better. "
        "**Play it from the start**: these are the moments of the real training, on ten test images."
    )
    names = [name for name in HISTORY_CHOICES if name in checkpoints.names()]
    name = st.selectbox(
        "Network",
        names,
        index=names.index(model),
        format_func=lambda name: checkpoints.about(name).title,
        key=f"{page}.learned",
        persist_state="session",
    )
    about, history = checkpoints.about(name), checkpoints.history(name)
    x = datasets.load_probe(about.train_spec.dataset)
    classes = datasets.CLASS_NAMES[about.train_spec.dataset]
    frames = []
    for epoch, x_hat in zip(history.epochs, history.x_hat, strict=True):
        titles = [f"{c}, redrawn at epoch {epoch}" for c in classes]
        frames.append(
            image_grid.rows_of_ten(
                [
                    ("image", "x", image_grid.image_cells(x, [f"{c}: the image" for c in classes])),
                    ("redrawn", f"x̂, epoch {epoch}", image_grid.image_cells(x_hat, titles)),
                ]
            )
        )
    unit = " nats" if about.model_spec.family == "vae" else ""
    labels = [f"epoch {e}, test loss {loss:.4g}{unit}" for e, loss in zip(history.epochs, history.losses, strict=True)]
    with st.container(width=BOOK_WIDTH):
        components.flipbook("Epoch shown", frames, labels, len(frames) - 1, key=f"{page}.flipbook")
    st.caption(
        f"Trained for {about.train_spec.epochs} epochs in {about.seconds / 60:.0f} min on two cores; "
        f"{sum(about.n_parameters):,} weights, {about.n_bytes / 1e6:.1f} MB."
    )
    if about.model_spec.family == "dense":
        words = f"Train {about.title} further"
        st.page_link("pages/basic.py", label=words, icon="▶️", query_params={"start": name})


# Published and ours.


def published_and_ours() -> None:
    """The lesson's models as published, beside what ours measure on the test images."""
    lines = ["| model | published | ours, on the test images | keep in mind |", "| --- | --- | --- | --- |"]
    for row in published_results.PUBLISHED:
        training = "" if row.training == "–" else f"<br>{row.training}"
        lines.append(f"| {row.model} | {row.figure}{training} | {_ours(row)} | {row.caveat} |")
    st.markdown("\n".join(lines).replace("<br>", "; "))
    st.caption(
        "BCE: binary cross-entropy, MSE: squared error, both mean a pixel; −ELBO in nats an image. Because grey pixels "
        "have a cross-entropy of their own, no network gets below a BCE of 0.058. Of errors less is better."
    )


def _ours(row: published_results.Published) -> str:
    if row.checkpoint is None or row.checkpoint not in checkpoints.names():
        return "–"
    about = checkpoints.about(row.checkpoint)
    words = " ".join(METRIC_WORDS[name].format(about.metrics[name]) for name in row.metrics)
    if "mean_code" in row.metrics and "basic-32" in checkpoints.names():
        words += f" against {checkpoints.about('basic-32').metrics['mean_code']:.2f}"
    return f"**{words}** ({about.train_spec.epochs} epochs, batch {about.train_spec.batch_size})"
