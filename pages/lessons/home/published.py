"""The lesson's models as published, compared with what ours reach on the test images."""

from __future__ import annotations

import streamlit as st

from aecore import checkpoints
from aecore.checkpoints import published_results

METRIC_FORMATS = {
    "bce": "BCE {:.4f}",
    "mse": "MSE {:.4f}",
    "psnr": "PSNR {:.1f} dB,",
    "ssim": "SSIM {:.2f}",
    "mean_code": "mean code {:.2f}",
    "negative_elbo": "−ELBO {:.1f}",
    "reconstruction_loss": "= {:.1f}",
    "kl_loss": "+ KL {:.1f}",
}


def show() -> None:
    """The table."""
    lines = ["| model | published | ours, on the test images | note |", "| --- | --- | --- | --- |"]
    for row in published_results.PUBLISHED:
        training = "" if row.training == "–" else f"; {row.training}"
        lines.append(f"| {row.model} | {row.figure}{training} | {_ours(row)} | {row.caveat} |")
    st.markdown("\n".join(lines))
    st.caption(
        "BCE: binary cross-entropy, MSE: mean squared error, both averaged per pixel; −ELBO in nats per image. Because "
        "grey pixels have a cross-entropy of their own, no network gets below a BCE of 0.058. Lower is better, except "
        "for PSNR and SSIM."
    )


def _ours(row: published_results.Published) -> str:
    if row.checkpoint is None or row.checkpoint not in checkpoints.names():
        return "–"
    about = checkpoints.about(row.checkpoint)
    text = " ".join(METRIC_FORMATS[name].format(about.metrics[name]) for name in row.metrics)
    if "mean_code" in row.metrics and "basic-32" in checkpoints.names():
        text += f" against {checkpoints.about('basic-32').metrics['mean_code']:.2f}"
    spec = about.train_spec
    return f"**{text}** ({spec.epochs} epochs, batch {spec.batch_size})" if spec else f"**{text}**"
