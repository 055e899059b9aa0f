"""How the shipped autoencoders are made.

Every setting was chosen by its metrics on training images held out; the test images are looked at once a checkpoint is
done, to say how good it is. A recipe is the specs, which the app can run as well, and three things more: a learning
rate that falls along a cosine, slightly distorted copies of the training images, and, for a squared error, a first
stretch with the cross-entropy (from random weights the squared error of a sigmoid gets stuck at a black image).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from aecore.specs import ModelSpec, TrainSpec, presets


@dataclass(frozen=True)
class Recipe:
    """How a checkpoint is made.

    `cosine`: whether the learning rate falls to 0 along a cosine. `distortion`: strength, in pixels, of the `n_copies`
    distorted copies from which each epoch draws half its images. `cross_entropy_first`: the fraction of the epochs in
    which the cross-entropy replaces another loss.
    """

    title: str
    model: ModelSpec
    train: TrainSpec
    cosine: bool = True
    distortion: float = 0.0
    n_copies: int = 8
    cross_entropy_first: float = 0.0


def _lesson(title: str, model: ModelSpec, epochs: int) -> Recipe:
    return Recipe(title, model, TrainSpec(epochs=epochs))


def _deep(code_dim: int) -> Recipe:
    return Recipe(
        f"Deep, {code_dim} numbers",
        replace(presets.DEEP, code_dim=code_dim),
        TrainSpec(epochs=100, batch_size=128, learning_rate=0.002),
    )


def _vae(
    title: str, code_dim: int, widths: tuple[int, ...], epochs: int, dataset: str = "mnist", distortion: float = 0.5
) -> Recipe:
    model = ModelSpec("vae", code_dim, widths, activation="gelu")
    return Recipe(title, model, TrainSpec(dataset, epochs=epochs), distortion=distortion)


RECIPES = {
    "basic-32": _lesson("Basic, 32 numbers", presets.BASIC, 50),
    "sparse-32": _lesson("Sparse, 32 numbers", presets.SPARSE, 100),
    "deep-2": _deep(2),
    "deep-8": _deep(8),
    "deep-16": _deep(16),
    "deep-32": _deep(32),
    "deep-64": _deep(64),
    "conv-128": Recipe(
        "Convolutional, 4 × 4 × 8 numbers",
        presets.CONVOLUTIONAL,
        TrainSpec(epochs=40, batch_size=128, learning_rate=0.004),
    ),
    # As many numbers as the convolutional one, and trained like it, to stand beside it.
    "basic-128": Recipe(
        "Basic, 128 numbers",
        ModelSpec(code_dim=128),
        TrainSpec(epochs=40, batch_size=128, learning_rate=0.004),
    ),
    "best-32": Recipe(
        "The best, 32 numbers",
        ModelSpec(widths=(1024, 768, 384), activation="gelu", code_activation="linear"),
        TrainSpec(epochs=180, loss="mse"),
        distortion=0.5,
        cross_entropy_first=0.15,
    ),
    "vae-2": _vae("VAE, 2 numbers", 2, (512, 512, 256), 200),
    "vae-16": _vae("VAE, 16 numbers", 16, (768, 384), 120),
    "fashion-32": Recipe(
        "Clothes, 32 numbers",
        ModelSpec(widths=(512, 256), activation="gelu", code_activation="linear"),
        TrainSpec("fashion_mnist", epochs=150),
        distortion=0.3,
    ),
    "fashion-deep-2": Recipe(
        "Clothes, deep, 2 numbers", replace(presets.DEEP, code_dim=2), TrainSpec("fashion_mnist", epochs=100)
    ),
    "fashion-vae-2": _vae("VAE of clothes, 2 numbers", 2, (512, 256), 200, "fashion_mnist", distortion=0.3),
}
