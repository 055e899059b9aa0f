"""Which networks are too large to be trained here."""

from __future__ import annotations

from aecore.networks import memory_estimate
from aecore.specs import ModelSpec, TrainSpec
from aecore.specs.limits import LimitError, Limits

MAX_SCALES = 3  # of a U-shaped network on images of 28 × 28 pixels


def check(model_spec: ModelSpec, train_spec: TrainSpec, limits: Limits) -> None:
    """Raise LimitError if training takes too much memory, or a U-shaped network has more scales than an image."""
    if model_spec.family == "unet" and len(model_spec.widths) > MAX_SCALES:
        raise LimitError(
            f"A U-shaped network halves the 28 × 28 pixels of an image from scale to scale, which goes evenly for "
            f"{MAX_SCALES} scales (28, 14, 7); this network has {len(model_spec.widths)}."
        )
    n_bytes = memory_estimate.state_bytes(model_spec, train_spec)
    if n_bytes > limits.state_bytes:
        raise LimitError(
            f"A network may take up to {limits.state_bytes / 1e6:.0f} MB while it is trained, but this one would take "
            f"{n_bytes / 1e6:.0f} MB. Fewer or smaller layers need less."
        )
    n_bytes = memory_estimate.worker_bytes(model_spec, train_spec)
    if n_bytes > limits.worker_bytes:
        raise LimitError(
            f"Training may take {limits.worker_bytes / 1e6:.0f} MB of memory, but this network with batches of "
            f"{train_spec.batch_size:,} images would take about {n_bytes / 1e6:,.0f} MB. A smaller batch, or fewer or "
            "smaller layers, need less."
        )
