"""How a run's loss falls: the numbers of the epoch that is shown, and the curves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import streamlit as st

from aecore.checkpoints import published_results
from aecore.figures import loss_charts, number_format
from aecore.imaging import metrics
from aecore.imaging.arrays import to_float
from aecore.records.run_snapshot import Frame, RunSnapshot
from aecore.records.training_state import Progress
from pages.shared.glossary import help_for
from pages.shared.training import baseline
from pages.shared.training.baseline import is_vae

LOSS_NAMES = {"binary_crossentropy": "binary cross-entropy per pixel", "mse": "squared error per pixel"}


def numbers(snapshot: RunSnapshot, progress: Progress, frame: Frame) -> None:
    """Draw the three numbers above the curves, for the epoch of `frame`."""
    newest = progress.history[-1]
    shown = next((record for record in progress.history if record.epoch == frame.epoch), newest)
    columns = st.columns(3, gap="small")
    if is_vae(snapshot):
        parts = (
            (
                "Validation loss",
                shown.val_loss,
                "Reconstruction loss plus β times KL, in nats per image; at β = 1, −ELBO.",
            ),
            ("Reconstruction", shown.val_reconstruction_loss, "How surprised the decoder is at the test images."),
            ("KL", shown.val_kl_loss, help_for("KL divergence")),
        )
        for column, (label, value, help_text) in zip(columns, parts, strict=True):
            column.metric(label, number_format.number(math.nan if value is None else value, 1), help=help_text)
        return
    columns[0].metric(
        "Validation loss",
        number_format.number(shown.val_reconstruction_loss, 4),
        help=help_for("validation loss"),
    )
    with columns[1]:
        if snapshot.train_spec.noise_spec is not None:
            _psnr(progress.x_probe, frame.x_hat)
        else:
            _pca(snapshot)
    rate = snapshot.samples_per_s
    if not rate and not snapshot.active and newest.seconds:
        rate = newest.epoch * snapshot.train_spec.n_train / newest.seconds
    columns[2].metric(
        "Images per second",
        f"{rate:,.0f}" if rate else "–",
        help="How fast the run is training, including the wait for other visitors' turns. For a run that rests: how "
        "fast it trained during its turns.",
    )


def _psnr(x: np.ndarray, x_hat: np.ndarray) -> None:
    psnr = metrics.psnr(to_float(x, np.float64), to_float(x_hat, np.float64)).mean()
    help_text = f"Of the ten images above, reconstruction against original. {help_for('PSNR')}"
    st.metric("PSNR", f"{number_format.number(psnr, 1)} dB", help=help_text)


def _pca(snapshot: RunSnapshot) -> None:
    pca_loss = baseline.loss(snapshot)
    st.metric(
        f"PCA, {snapshot.model_spec.code_dim} numbers",
        f"{pca_loss:.4f}" if pca_loss else "…",
        help=f"The same loss for PCA. {help_for('PCA')} Can your network beat it?",
    )


def curves(snapshot: RunSnapshot, progress: Progress, frame: Frame) -> None:
    """Draw the losses over the epochs, with a mark at the epoch of `frame` if it is not the newest."""
    now = (progress.epoch, progress.reconstruction_loss) if progress.reconstruction_loss else None
    marker = None if frame.epoch == int(progress.epoch) else frame.epoch
    if is_vae(snapshot):
        chart = loss_charts.elbo_chart(progress.history, snapshot.epochs, now, marker)
        st.vega_lite_chart(spec=_packed(chart), width="stretch", alt="Reconstruction loss and KL over the epochs")
        return
    lines = []
    pca_loss = baseline.loss(snapshot)
    if pca_loss is not None:
        lines.append((f"PCA, {snapshot.model_spec.code_dim} numbers", pca_loss))
    reference = published_results.published(snapshot.model_spec, snapshot.train_spec)
    if reference:
        lines.append((reference.name, reference.loss))
    name = LOSS_NAMES[snapshot.train_spec.loss]
    chart = loss_charts.loss_chart(progress.history, snapshot.epochs, name, now, marker, lines)
    st.vega_lite_chart(spec=_packed(chart), width="stretch", alt="Training and validation loss over the epochs")
    notes = [reference.caveat] if reference else []
    if snapshot.model_spec.activity_l1:
        last = progress.history[-1]
        penalty = number_format.number(last.val_loss - last.val_reconstruction_loss, 4)
        notes.append(
            f"The curves show the reconstruction loss; the sparsity penalty adds {penalty} to what is minimised."
        )
    if notes:
        st.caption(" ".join(notes))


def _packed(chart: dict[str, Any]) -> dict[str, Any]:
    """The chart with its data as tables, which go to the browser as they are; Streamlit's own way is by pandas."""
    tables = {name: pa.Table.from_pylist(rows) for name, rows in chart["datasets"].items()}
    return chart | {"datasets": tables}
