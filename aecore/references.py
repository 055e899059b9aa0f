"""What was published of the lesson's models, to stand beside our own figures."""

from __future__ import annotations

from dataclasses import dataclass

from aecore.specs import ModelSpec, TrainSpec


@dataclass(frozen=True)
class Reference:
    """A published loss (mean binary cross-entropy a pixel), what it belongs to, and what to keep in mind about it."""

    loss: float
    name: str
    caveat: str


_BLOG = "Keras blog, 'Building Autoencoders in Keras'"
BASIC = Reference(0.09, "published, basic", f"{_BLOG}: about 0.09 after 50 epochs with Adam; 0.11 in the text of 2016.")
SPARSE = Reference(
    0.10,
    "published, sparse",
    f"{_BLOG}: 0.10 on the test set after 100 epochs, penalty included, with the optimizer of its day (Adadelta).",
)
DEEP = Reference(0.08, "published, deep", f"{_BLOG}: about 0.08 after 100 epochs; 0.097 in the text of 2016.")


def published(model: ModelSpec, train: TrainSpec) -> Reference | None:
    """The published figure of this very model, if there is one: on MNIST, with 32 numbers and binary cross-entropy."""
    if train.dataset != "mnist" or train.loss != "binary_crossentropy" or model.code_dim != 32:
        return None
    if model.widths == (128, 64) and not model.activity_l1:
        return DEEP
    if model.widths:
        return None
    return SPARSE if model.activity_l1 else BASIC
