"""The frozen settings of a model and of its training: each declared once, with its range, validated, to and from a URL.

A spec is the only thing that a page hands to the core, and the only thing a run needs to be repeated elsewhere.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aecore.specs.errors import VisitorError
from aecore.specs.limits import LIMITS

DATASETS = {"mnist": 60_000, "fashion_mnist": 10_000}  # name → training images
TEST_IMAGES = {"mnist": 10_000, "fashion_mnist": 2_000}
FAMILIES = ("dense", "conv", "vae", "unet")
ACTIVATIONS = ("relu", "gelu", "tanh")
CODE_ACTIVATIONS = ("relu", "linear")
LESSON_FILTERS = (16, 8, 8)
DOWNSAMPLINGS = ("max_pooling", "strides")
UPSAMPLINGS = ("upsampling", "transposed")
UNET_FILTERS = (32, 64, 128)
LOSSES = ("binary_crossentropy", "mse")
# The default learning rate of each optimizer for a loss that is a mean over the pixels: Keras' own, but for SGD, whose
# 0.01 is slow here, and Adadelta: the lesson's Keras gave it 1.0, today's gives it 0.001.
OPTIMIZERS = {"adam": 0.001, "adadelta": 1.0, "rmsprop": 0.001, "sgd": 0.1}
# A VAE's loss is a sum over 784 pixels, and so are its gradients. The others divide by the gradients' size; SGD takes
# them as they are: at 0.1 it diverges in its first steps, at 0.01 the loss soon rises again (measured).
SUMMED_LOSS_RATES = OPTIMIZERS | {"sgd": 0.001}
SGD_MOMENTUM = 0.9
BATCH_SIZES = (32, 64, 128, 256, 512, 1024)
MAX_LAYERS = 4
MAX_QUOTE = 40  # characters
WIDTH_RANGE = (2, 1024)
CONVOLUTIONAL = ("conv", "unet")
MAX_FILTERS = {"conv": 64, "unet": 128}
MAX_MAPS = 7 * 7 * 32  # numbers of the lesson's denoising code, all of its feature maps together
PIXELS, RUN = "pixels", "run"  # whose codes, besides a checkpoint's: the images as they are, a run of one's own
INITIALISATIONS = ("pca", "random", "spectral")
AUTO_RATE = 0.0


# Noise: name → the unit of its amount, the most there is, and the most that `denoise-digits` is trained on.
NOISES = {
    "gaussian": ("standard deviation σ", 1.5, 0.8),
    "salt_and_pepper": ("fraction of the pixels", 1.0, 0.5),
    "speckle": ("standard deviation σ", 3.0, 1.5),
    "masking": ("fraction of the pixels", 1.0, 0.6),
    "square": ("fraction of the picture", 0.5, 0.15),
    "blur": ("standard deviation σ, pixels", 4.0, 2.0),
}
NO_NOISE = "none"


def default_rate(optimizer: str, family: str) -> float:
    """The learning rate to begin with for an optimizer of `OPTIMIZERS` and the objective of a family of networks."""
    return (SUMMED_LOSS_RATES if family == "vae" else OPTIMIZERS)[optimizer]


class SpecError(VisitorError, ValueError):
    """A setting out of its range, or one that can't be met."""


@dataclass(frozen=True)
class Range:
    """The numbers a setting may take, both ends included."""

    low: float
    high: float

    def check(self, name: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.low <= value <= self.high:
            raise SpecError(f"{name} must be a number from {self.low:,g} to {self.high:,g}, but {quote(value)} came.")


@dataclass(frozen=True)
class Choice:
    """The values a setting may take, named one by one."""

    values: tuple

    def check(self, name: str, value: Any) -> None:
        if value not in self.values:
            expected = ", ".join(str(v) for v in self.values)
            raise SpecError(f"{name} must be one of {expected}, but {quote(value)} came.")


@dataclass(frozen=True)
class Widths:
    """The widths of the hidden layers, or the filters, as a tuple of whole numbers; written '128-64' in a URL."""

    high: int = WIDTH_RANGE[1]
    example: str = "128-64"
    words: str = ""

    def check(self, name: str, value: Any) -> None:
        low = WIDTH_RANGE[0]
        whole = isinstance(value, tuple) and all(isinstance(w, int) and not isinstance(w, bool) for w in value)
        if not whole or len(value) > MAX_LAYERS or not all(low <= w <= self.high for w in value):
            shown = "-".join(quote(w) for w in value[: MAX_LAYERS + 1]) if whole else value
            came = quote(f"{shown}-…" if whole and len(value) > MAX_LAYERS + 1 else shown)
            raise SpecError(
                f"{self.words or name} must be at most {MAX_LAYERS} whole numbers from {low} to {self.high:,} "
                f"with a hyphen between them, such as {self.example}, but {came} came."
            )


@dataclass(frozen=True)
class Name:
    """The name of something that is kept elsewhere, or nothing."""

    def check(self, name: str, value: Any) -> None:
        if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9-]{0,40}", value):
            raise SpecError(
                f"{name} must be a name of small letters and digits, such as basic-32, but {quote(value)} came."
            )


def quote(value: Any) -> str:
    """What came, as a sentence quotes it: no longer than anybody wants to read, whatever it is.

    Sentences are shown as Markdown. What is no plain number is a code span in them, in which Markdown knows no link, no
    picture, no formula, no icon and no HTML: a link to a page must not make the page fetch or show what it likes.
    """
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print numbers of thousands of digits
        return "a number far too long"
    text = text if len(text) <= MAX_QUOTE else f"{text[:MAX_QUOTE]}…"
    if isinstance(value, int | float):
        return text
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{text}{fence}"


def _setting(default: Any, domain: Range | Choice | Widths | Name, words: str) -> Any:
    """A dataclass field that knows its domain and the words by which a visitor knows it."""
    return dataclasses.field(default=default, metadata={"domain": domain, "words": words})


class _Spec:
    """What all specs share: validation at construction, and the way to a URL and back."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            self._domain(field).check(field.metadata["words"], value)
            if type(field.default) is int and not isinstance(value, int):
                raise SpecError(f"{field.metadata['words']} must be a whole number, but {quote(value)} came.")

    def _domain(self, field: dataclasses.Field) -> Any:
        return field.metadata["domain"]

    def to_query(self, base: _Spec | None = None) -> dict[str, str]:
        """The settings that differ from those of `base`, by default from the defaults, as URL parameters."""
        base = base or type(self)()
        return {
            field.name: format_value(getattr(self, field.name))
            for field in dataclasses.fields(self)
            if getattr(self, field.name) != getattr(base, field.name)
        }

    @classmethod
    def from_query(cls, params: Mapping[str, str], base: _Spec | None = None) -> tuple[_Spec, list[str]]:
        """The spec that URL parameters describe, and a sentence for each parameter that had to be left as in `base`.

        Parameters that are no setting of this spec are ignored. `base`: the defaults, if not given.
        """
        base = base or cls()
        spec, problems = base, []
        for field in dataclasses.fields(cls):  # one after the other, since a setting's range may hang on those before
            if field.name not in params:
                continue
            try:
                value = parse_value(field, params[field.name], spec._domain(field))
                spec = dataclasses.replace(spec, **{field.name: value})
            except SpecError as error:
                usual = format_value(getattr(spec, field.name)) or "none"
                problems.append(f"{error} The default, {usual}, is used instead.")
        return spec, problems


def parse_value(field: dataclasses.Field, text: str, domain: Any = None) -> Any:
    """The value that a URL's text gives a setting. Raises SpecError for text that is none.

    `domain`: the setting's, if it is not that which the field declares.
    """
    words = field.metadata["words"]
    try:
        if isinstance(field.default, tuple):
            return parse_widths(text)
        return type(field.default)(text)
    except ValueError:
        domain = domain or field.metadata["domain"]
        if isinstance(domain, Range):
            raise SpecError(
                f"{words} must be a number from {domain.low:,g} to {domain.high:,g}, but {quote(text)} came."
            ) from None
        domain.check(words, text)
        raise


def format_value(value: Any) -> str:
    """A setting's value as text for a URL: the shortest that `parse_value` makes the same value of."""
    if isinstance(value, tuple):
        return format_widths(value)
    short = f"{value:g}" if isinstance(value, float) else str(value)
    return short if not isinstance(value, float) or float(short) == value else repr(value)


def parse_widths(text: str) -> tuple[int, ...]:
    """'128-64' → (128, 64); '' → (). Raises ValueError for anything else."""
    return tuple(int(part) for part in text.replace(",", "-").split("-")) if text.strip() else ()


def format_widths(widths: tuple[int, ...]) -> str:
    """(128, 64) → '128-64'."""
    return "-".join(str(w) for w in widths)


@dataclass(frozen=True)
class ModelSpec(_Spec):
    """What network it is.

    `family`: 'dense', fully connected layers; 'conv', convolutions with max pooling and upsampling; 'vae', a
    variational autoencoder of fully connected layers; 'unet', convolutions at several scales with connections that
    skip the bottleneck, for images of any size.
    `code_dim`: how many numbers the code has; of a 'unet' it says nothing.
    `widths`: units of the encoder's hidden layers, input side first; the decoder mirrors them. For 'conv': the filters
    of its 3×3 convolutions, each of which halves the feature maps; none means the lesson's 16-8-8. A 'conv' whose
    code_dim is what the last of them gives (4·4·8 = 128 for the lesson's) has that for a code, any other a dense layer.
    For 'unet': the filters at each scale, finest first; none means 32-64-128.
    `downsampling`, `upsampling`: how a 'conv' halves its feature maps, by a max pooling behind each convolution or by a
    stride of 2 in it, and how it doubles them, by an upsampling behind each convolution or by transposed convolutions.
    `activity_l1`: weight of the L1 penalty on the code, in units of loss per unit of code activation.
    `activation`: of the hidden layers; `code_activation`: of the code ('vae': always linear).
    `beta`: weight of a VAE's kl_loss.
    """

    family: str = _setting("dense", Choice(FAMILIES), "Model family")
    code_dim: int = _setting(32, Range(2, 128), "Code size")
    widths: tuple[int, ...] = _setting((), Widths(), "Hidden layers")
    activity_l1: float = _setting(0.0, Range(0.0, 0.01), "Sparsity")
    activation: str = _setting("relu", Choice(ACTIVATIONS), "Activation")
    code_activation: str = _setting("relu", Choice(CODE_ACTIVATIONS), "Activation of the code")
    beta: float = _setting(1.0, Range(0.0, 10.0), "β")
    downsampling: str = _setting("max_pooling", Choice(DOWNSAMPLINGS), "Halving by")
    upsampling: str = _setting("upsampling", Choice(UPSAMPLINGS), "Doubling by")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.family != "conv":
            object.__setattr__(self, "downsampling", type(self).downsampling)
            object.__setattr__(self, "upsampling", type(self).upsampling)
        if self.family in CONVOLUTIONAL and not self.widths:
            object.__setattr__(self, "widths", LESSON_FILTERS if self.family == "conv" else UNET_FILTERS)

    def _domain(self, field: dataclasses.Field) -> Any:
        if field.name == "code_dim" and self.family == "conv":
            return Range(2, MAX_MAPS)
        if field.name == "widths" and self.family in CONVOLUTIONAL:
            usual = LESSON_FILTERS if self.family == "conv" else UNET_FILTERS
            return Widths(MAX_FILTERS[self.family], format_widths(usual), "Filters")
        return super()._domain(field)

    @property
    def sides(self) -> tuple[int, ...]:
        """Of a 'conv': the image's side, and that of the feature maps each time they have been halved."""
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
        """Whether a 'conv' has a dense layer for its code, and not its smallest feature maps themselves."""
        return self.code_dim != math.prod(self.pooled_shape)

    @property
    def architecture(self) -> ModelSpec:
        """The spec without what changes neither a layer nor a weight's shape: two of one architecture share weights."""
        return dataclasses.replace(self, activity_l1=0.0, beta=1.0)


@dataclass(frozen=True)
class NoiseSpec(_Spec):
    """What corrupts an image: the `kind` of noise and its `amount`, in the unit that `NOISES` gives; 0 is none.

    'gaussian': x + n; 'speckle': x + x·n, n ~ N(0, σ²); 'salt_and_pepper': half of the amount white, half black;
    'masking': random pixels black; 'square': one square black; 'blur': a Gaussian's. All clipped to [0, 1].
    """

    kind: str = _setting("gaussian", Choice(tuple(NOISES)), "Noise")
    amount: float = _setting(0.5, Range(0.0, 4.0), "Amount of noise")

    def _domain(self, field: dataclasses.Field) -> Any:
        if field.name == "amount" and self.kind in NOISES:
            return Range(0.0, NOISES[self.kind][1])
        return super()._domain(field)


@dataclass(frozen=True)
class TrainSpec(_Spec):
    """How it is trained.

    `dataset`, `n_train`: the first `n_train` training images of the data set, or all if it has fewer.
    `loss`: 'binary_crossentropy' (mean per pixel, nats) or 'mse' (mean per pixel, on [0, 1]).
    A 'vae' sums it over the pixels of an image.
    `seed`: decides the initial weights, the order of the images and a VAE's samples, and nothing else.
    `start`: the checkpoint whose weights it starts from, of the same architecture; '' for random weights.
    `noise`, `noise_amount`: a NoiseSpec's, for the images that go in while the clean ones have to come out; 'none' for
    a plain autoencoder.
    """

    dataset: str = _setting("mnist", Choice(tuple(DATASETS)), "Data set")
    n_train: int = _setting(60_000, Range(1_000, LIMITS.images), "Training images")
    epochs: int = _setting(20, Range(1, LIMITS.epochs), "Epochs")
    batch_size: int = _setting(256, Choice(BATCH_SIZES), "Batch size")
    optimizer: str = _setting("adam", Choice(tuple(OPTIMIZERS)), "Optimizer")
    learning_rate: float = _setting(0.001, Range(1e-6, 10.0), "Learning rate")
    loss: str = _setting("binary_crossentropy", Choice(LOSSES), "Loss")
    seed: int = _setting(0, Range(0, 999_999), "Seed")
    start: str = _setting("", Name(), "Start from")
    noise: str = _setting(NO_NOISE, Choice((NO_NOISE, *NOISES)), "Noise")
    noise_amount: float = _setting(0.5, Range(0.0, 4.0), "Amount of noise")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.noise == NO_NOISE:
            object.__setattr__(self, "noise_amount", type(self).noise_amount)
        # "All of them" is what a larger number means for a smaller data set.
        object.__setattr__(self, "n_train", min(self.n_train, DATASETS[self.dataset]))

    def to_query(self, base: TrainSpec | None = None) -> dict[str, str]:
        """As for every spec; the learning rate stands beside every optimizer but the default one."""
        query = super().to_query(base)
        if self.optimizer != type(self).optimizer:
            query["learning_rate"] = format_value(self.learning_rate)
        return query

    @classmethod
    def from_query(cls, params: Mapping[str, str], base: TrainSpec | None = None) -> tuple[TrainSpec, list[str]]:
        """As for every spec; an optimizer without a learning rate gets the default for the `family` among `params`."""
        optimizer = params.get("optimizer", "")
        usual = {}
        if optimizer in OPTIMIZERS:
            usual["learning_rate"] = str(default_rate(optimizer, params.get("family", ModelSpec.family)))
        return super().from_query(usual | dict(params), base)

    def _domain(self, field: dataclasses.Field) -> Any:
        if field.name == "noise_amount" and self.noise in NOISES:
            return Range(0.0, NOISES[self.noise][1])
        return super()._domain(field)

    @property
    def noise_spec(self) -> NoiseSpec | None:
        """What corrupts the images that go in; None for a plain autoencoder."""
        return None if self.noise == NO_NOISE else NoiseSpec(self.noise, self.noise_amount)

    @property
    def steps_per_epoch(self) -> int:
        """Batches that cover the training images once; the last one may be smaller."""
        return -(-self.n_train // self.batch_size)


@dataclass(frozen=True)
class CodesSpec(_Spec):
    """Whose codes, and of which images.

    `codes`: a checkpoint's name, 'pixels' for the images themselves, 'run' for a run of one's own.
    `dataset`, `n_codes`: the first `n_codes` test images of the data set, or all if it has fewer.
    """

    codes: str = _setting("deep-32", Name(), "Codes")
    dataset: str = _setting("mnist", Choice(tuple(DATASETS)), "Data set")
    n_codes: int = _setting(5_000, Range(500, 10_000), "How many codes")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "n_codes", min(self.n_codes, TEST_IMAGES[self.dataset]))


@dataclass(frozen=True)
class ProjectionSpec(_Spec):
    """How t-SNE makes a map of codes.

    `dims`: of the map, 2 or 3. `perplexity`: about how many neighbours each point attends to.
    `early_exaggeration`: how many times stronger neighbours attract each other in the first third of the iterations,
    or in the first 250. `learning_rate`: 0 for the number of points over the exaggeration (Belkina et al. 2019).
    `initialisation`: the first two (three) principal components, random positions, or a spectral layout of the
    neighbour graph, each shrunk to a spot. `seed`: decides random positions, and nothing else.
    """

    dims: int = _setting(2, Choice((2, 3)), "Dimensions")
    perplexity: float = _setting(30.0, Range(2.0, 100.0), "Perplexity")
    early_exaggeration: float = _setting(12.0, Range(1.0, 50.0), "Early exaggeration")
    learning_rate: float = _setting(AUTO_RATE, Range(0.0, 10_000.0), "Learning rate")
    iterations: int = _setting(750, Range(100, 2_000), "Iterations")
    initialisation: str = _setting("pca", Choice(INITIALISATIONS), "Initialisation")
    seed: int = _setting(0, Range(0, 999_999), "Seed")

    @property
    def early_iterations(self) -> int:
        """The iterations that are exaggerated: 250, or a third of all where these are few."""
        return min(250, self.iterations // 3)
