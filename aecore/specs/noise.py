"""Which noise corrupts an image, and how much of it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, NamedTuple

from aecore.specs.fields import Choice, Domain, Range, Spec, setting

NO_NOISE = "none"


class NoiseKind(NamedTuple):
    """The `unit` of a noise's amount, the largest amount, and the largest that `denoise-digits` is trained on."""

    unit: str
    max_amount: float
    max_trained: float


NOISES = {
    "gaussian": NoiseKind("standard deviation σ", 1.5, 0.8),
    "salt_and_pepper": NoiseKind("fraction of the pixels", 1.0, 0.5),
    "speckle": NoiseKind("standard deviation σ", 3.0, 1.5),
    "masking": NoiseKind("fraction of the pixels", 1.0, 0.6),
    "square": NoiseKind("fraction of the image", 0.5, 0.15),
    "blur": NoiseKind("standard deviation σ, pixels", 4.0, 2.0),
}


@dataclass(frozen=True)
class NoiseSpec(Spec):
    """What corrupts an image: the `kind` of noise and its `amount`, in the unit that `NOISES` gives; 0 is none.

    'gaussian': x + n; 'speckle': x + x·n, n ~ N(0, σ²); 'salt_and_pepper': half of the amount white, half black;
    'masking': random pixels black; 'square': one square black; 'blur': a Gaussian's. All clipped to [0, 1].
    """

    kind: str = setting("gaussian", Choice(tuple(NOISES)), "Noise")
    amount: float = setting(0.5, Range(0.0, 4.0), "Amount of noise")

    def domain(self, field: dataclasses.Field[Any]) -> Domain:
        if field.name == "amount" and self.kind in NOISES:
            return Range(0.0, NOISES[self.kind].max_amount)
        return super().domain(field)
