"""The frozen settings of a network, its training and its maps: each declared once, validated, to and from a URL.

A spec is the only thing that a page hands to the core, and the only thing needed to repeat a run elsewhere. Standard
library only; imports nothing of the core.
"""

from aecore.specs.datasets import DATASETS, TEST_IMAGES
from aecore.specs.errors import MAX_QUOTE, SpecError, quote
from aecore.specs.fields import (
    MAX_LAYERS,
    WIDTH_RANGE,
    Choice,
    Name,
    Range,
    Widths,
    format_value,
    format_widths,
    parse_value,
    parse_widths,
)
from aecore.specs.model import (
    ACTIVATIONS,
    CODE_ACTIVATIONS,
    CONVOLUTIONAL,
    DOWNSAMPLINGS,
    FAMILIES,
    LESSON_FILTERS,
    MAX_FILTERS,
    MAX_MAPS,
    UNET_FILTERS,
    UPSAMPLINGS,
    ModelSpec,
)
from aecore.specs.noise import NO_NOISE, NOISES, NoiseSpec
from aecore.specs.projection import AUTO_RATE, INITIALISATIONS, PIXELS, RUN, CodesSpec, ProjectionSpec
from aecore.specs.training import (
    BATCH_SIZES,
    LOSSES,
    OPTIMIZERS,
    SGD_MOMENTUM,
    SUMMED_LOSS_RATES,
    TrainSpec,
    default_rate,
)

__all__ = [
    "ACTIVATIONS",
    "AUTO_RATE",
    "BATCH_SIZES",
    "CODE_ACTIVATIONS",
    "CONVOLUTIONAL",
    "DATASETS",
    "DOWNSAMPLINGS",
    "FAMILIES",
    "INITIALISATIONS",
    "LESSON_FILTERS",
    "LOSSES",
    "MAX_FILTERS",
    "MAX_LAYERS",
    "MAX_MAPS",
    "MAX_QUOTE",
    "NOISES",
    "NO_NOISE",
    "OPTIMIZERS",
    "PIXELS",
    "RUN",
    "SGD_MOMENTUM",
    "SUMMED_LOSS_RATES",
    "TEST_IMAGES",
    "UNET_FILTERS",
    "UPSAMPLINGS",
    "WIDTH_RANGE",
    "Choice",
    "CodesSpec",
    "ModelSpec",
    "Name",
    "NoiseSpec",
    "ProjectionSpec",
    "Range",
    "SpecError",
    "TrainSpec",
    "Widths",
    "default_rate",
    "format_value",
    "format_widths",
    "parse_value",
    "parse_widths",
    "quote",
]
