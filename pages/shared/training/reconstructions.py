"""The ten images of a run, with what goes in, what comes out, and how far the two are apart."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore import corruption, datasets
from aecore.figures import code_charts, image_colouring, image_grid
from aecore.imaging import metrics
from aecore.records.run_snapshot import Frame, RunSnapshot
from aecore.records.training_state import Progress
from pages.shared import components
from pages.shared.training import baseline

DRAWINGS_KEPT = 100  # some 60 kB each


def show(page: str, snapshot: RunSnapshot, progress: Progress, frame: Frame) -> None:
    """Draw the images as they were at `frame`."""
    has_baseline = baseline.of_run(snapshot) is not None
    shows = (snapshot.run_id, progress.step, frame.epoch, has_baseline)
    components.figure(_drawing(shows, snapshot, progress.x_probe, frame), key=f"{page}.digits")


@st.cache_resource(show_spinner=False, max_entries=DRAWINGS_KEPT)
def _drawing(shows: tuple, _snapshot: RunSnapshot, _x: np.ndarray, _frame: Frame) -> str:
    """The HTML, made once per slice of a run; `shows` tells one drawing from another."""
    snapshot, x, frame = _snapshot, _x, _frame  # with underscores, as Streamlit is not to hash them
    names = datasets.CLASS_NAMES[snapshot.train_spec.dataset]
    differences = [image_colouring.difference_image(a, b) for a, b in zip(x, frame.x_hat, strict=True)]
    meanings = [f"{name}: blue where ink is missing, orange where there is too much" for name in names]
    rows = [
        ("image", "x", image_grid.image_cells(list(x), [f"{name}: the image" for name in names])),
        ("reconstruction", f"x̂, epoch {frame.epoch}", _cells(x, frame.x_hat, names, "reconstruction")),
        ("error", image_colouring.difference_key(), image_grid.image_cells(differences, meanings)),
    ]
    noise = snapshot.train_spec.noise_spec
    if noise is not None:
        inputs = image_grid.image_cells(list(corruption.fixed(x, noise)), [f"{name}: the input" for name in names])
        rows.insert(1, ("noisy", "x_noisy", inputs))
    if frame.code_probe.shape[1]:
        low, high = code_charts.code_span(frame.code_probe)
        bars = [code_charts.code_bars(code, high, low) for code in frame.code_probe]
        rows.append((f"code of {frame.code_probe.shape[1]}", f"bars: {low:.3g} to {high:.3g}", bars))
    pca = baseline.of_run(snapshot)
    if pca is not None:
        rows.append(("PCA", "without a network", _cells(x, pca.x_hat, names, "PCA")))
    return image_grid.rows_of_ten(rows)


def _cells(x: np.ndarray, x_hat: np.ndarray, names: tuple[str, ...], by: str) -> list[str]:
    """The cells of a row: uint8 images x_hat (N, H, W, 1), each with its error against x in its title."""
    errors = metrics.mse_per_image(x, x_hat)
    titles = [f"{name}: {by}, squared error {error:.4f}" for name, error in zip(names, errors, strict=True)]
    return image_grid.image_cells(list(x_hat), titles)
