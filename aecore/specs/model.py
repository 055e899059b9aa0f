"""Which network: its family, its layers, its code."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from aecore.specs.fields import Choice, Domain, Range, Spec, Widths, format_widths, setting

FAMILIES = ("dense", "conv", "vae", "unet")
CONVOLUTIONAL = ("conv", "unet")
ACTIVATIONS = ("relu", "gelu", "tanh")
CODE_ACTIVATIONS = ("relu", "linear")
DOWNSAMPLINGS = ("max_pooling", "strides")
UPSAMPLINGS = ("upsampling", "transposed")
LESSON_FILTERS = (16, 8, 8)
UNET_FILTERS = (32, 64, 128)
MAX_FILTERS = {"conv": 64, "unet": 128}
MAX_MAPS = 7 * 7 * 32  # numbers in the lesson's denoising code, all of its feature maps together


@dataclass(frozen=True)
class ModelSpec(Spec):
    """Which network it is.

    `family`: 'dense', fully connected layers; 'conv', convolutions with max pooling and upsampling; 'vae', a
    variational autoencoder of fully connected layers; 'unet', convolutions at several scales with connections that
    skip the bottleneck, for images of any size.
    `code_dim`: how many numbers the code has; without meaning for a 'unet'.
    `widths`: units of the encoder's hidden layers, input side first; the decoder mirrors them. For 'conv': the filters
    of its 3×3 convolutions, each of which halves the feature maps; none means the lesson's 16-8-8. A 'conv' whose
    code_dim is the size of the last feature maps (4·4·8 = 128 for the lesson's) has them as its code, any other a dense
    layer.
    For 'unet': the filters at each scale, finest first; none means 32-64-128.
    `downsampling`, `upsampling`: how a 'conv' halves its feature maps, by a max pooling after each convolution or by a
    stride of 2 in it, and how it doubles them, by an upsampling after each convolution or by transposed convolutions.
    `activity_l1`: weight of the L1 penalty on the code, in units of loss per unit of code activation.
    `activation`: of the hidden layers; `code_activation`: of the code ('vae': always linear).
    `beta`: weight of a VAE's kl_loss.
    """

    family: str = setting("dense", Choice(FAMILIES), "Model family")
    code_dim: int = setting(32, Range(2, 128), "Code size")
    widths: tuple[int, ...] = setting((), Widths(), "Hidden layers")
    activity_l1: float = setting(0.0, Range(0.0, 0.01), "Sparsity")
    activation: str = setting("relu", Choice(ACTIVATIONS), "Activation")
    code_activation: str = setting("relu", Choice(CODE_ACTIVATIONS), "Activation of the code")
    beta: float = setting(1.0, Range(0.0, 10.0), "β")
    downsampling: str = setting("max_pooling", Choice(DOWNSAMPLINGS), "Halving by")
    upsampling: str = setting("upsampling", Choice(UPSAMPLINGS), "Doubling by")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.family != "conv":
            object.__setattr__(self, "downsampling", type(self).downsampling)
            object.__setattr__(self, "upsampling", type(self).upsampling)
        if self.family in CONVOLUTIONAL and not self.widths:
            object.__setattr__(self, "widths", LESSON_FILTERS if self.family == "conv" else UNET_FILTERS)

    def domain(self, field: dataclasses.Field[Any]) -> Domain:
        if field.name == "code_dim" and self.family == "conv":
            return Range(2, MAX_MAPS)
        if field.name == "widths" and self.family in CONVOLUTIONAL:
            usual = LESSON_FILTERS if self.family == "conv" else UNET_FILTERS
            return Widths(MAX_FILTERS[self.family], format_widths(usual), "Filters")
        return super().domain(field)

    @property
    def sides(self) -> tuple[int, ...]:
        """Of a 'conv': the side of the image, then of the feature maps after each halving, in pixels."""
        sides = [28]
        for _ in self.widths:
            sides.append(-(-sides[-1] // 2))
        return tuple(sides)

    @property
    def pooled_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of the smallest feature maps of a 'conv'."""
        return self.sides[-1], self.sides[-1], self.widths[-1]

    @property
    def has_dense_code(self) -> bool:
        """Whether the code of a 'conv' is a dense layer, rather than its smallest feature maps."""
        return self.code_dim != math.prod(self.pooled_shape)

    @property
    def architecture(self) -> ModelSpec:
        """The spec without the settings that change no layer: networks of one architecture can share weights."""
        return dataclasses.replace(self, activity_l1=0.0, beta=1.0)
