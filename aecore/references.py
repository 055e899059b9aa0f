"""What was published of the lesson's models, to stand beside our own figures."""

from __future__ import annotations

from dataclasses import dataclass

from aecore.specs import DATASETS, ModelSpec, TrainSpec


@dataclass(frozen=True)
class Reference:
    """A published loss (mean binary cross-entropy a pixel), what it belongs to, and what to keep in mind about it."""

    loss: float
    name: str
    caveat: str


_BLOG = "Published: Keras blog, 'Building Autoencoders in Keras'"
BASIC = Reference(
    0.09,
    "published, basic",
    f"{_BLOG}, about 0.09 after 50 epochs with Adam. (Its first text, of 2016, reached 0.11 with Adadelta.)",
)
SPARSE = Reference(
    0.10,
    "published, sparse",
    f"{_BLOG}, 0.10 on the test images after 100 epochs with Adadelta, the penalty included.",
)
DEEP = Reference(
    0.08,
    "published, deep",
    f"{_BLOG}, about 0.08 after 100 epochs with Adam. (Its first text, of 2016, reached 0.097 with Adadelta.)",
)


def published(model: ModelSpec, train: TrainSpec) -> Reference | None:
    """The published figure of this very model, if there is one: 32 numbers, all of MNIST, binary cross-entropy."""
    same_data = train.dataset == "mnist" and train.n_train == DATASETS["mnist"]
    if not same_data or train.loss != "binary_crossentropy" or model.code_dim != 32:
        return None
    if model.widths == (128, 64) and not model.activity_l1:
        return DEEP
    if model.widths:
        return None
    return SPARSE if model.activity_l1 else BASIC
