"""Whose codes a map shows, and how t-SNE makes it."""

from __future__ import annotations

from dataclasses import dataclass

from aecore.specs.datasets import DATASETS, TEST_IMAGES
from aecore.specs.fields import Choice, Name, Range, Spec, setting

PIXELS, RUN = "pixels", "run"  # whose codes, besides a checkpoint's: the images as they are, a run of the visitor's own
INITIALISATIONS = ("pca", "random", "spectral")
AUTO_RATE = 0.0


@dataclass(frozen=True)
class CodesSpec(Spec):
    """Which network's codes, and of which images.

    `codes`: a checkpoint's name, 'pixels' for the images themselves, 'run' for a run of the visitor's own.
    `dataset`, `n_codes`: the first `n_codes` test images of the data set, or all if it has fewer.
    """

    codes: str = setting("deep-32", Name(), "Codes")
    dataset: str = setting("mnist", Choice(tuple(DATASETS)), "Data set")
    n_codes: int = setting(5_000, Range(500, 10_000), "How many codes")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "n_codes", min(self.n_codes, TEST_IMAGES[self.dataset]))


@dataclass(frozen=True)
class ProjectionSpec(Spec):
    """How t-SNE makes a map of codes.

    `dims`: of the map, 2 or 3. `perplexity`: about how many neighbours each point attends to.
    `early_exaggeration`: how many times stronger neighbours attract each other in the first third of the iterations,
    or in the first 250. `learning_rate`: 0 for the number of points over the exaggeration (Belkina et al. 2019).
    `initialisation`: the first two (three) principal components, random positions, or a spectral layout of the
    neighbour graph, each shrunk to a small spot. `seed`: decides random positions, and nothing else.
    """

    dims: int = setting(2, Choice((2, 3)), "Dimensions")
    perplexity: float = setting(30.0, Range(2.0, 100.0), "Perplexity")
    early_exaggeration: float = setting(12.0, Range(1.0, 50.0), "Early exaggeration")
    learning_rate: float = setting(AUTO_RATE, Range(0.0, 10_000.0), "Learning rate")
    iterations: int = setting(750, Range(100, 2_000), "Iterations")
    initialisation: str = setting("pca", Choice(INITIALISATIONS), "Initialisation")
    seed: int = setting(0, Range(0, 999_999), "Seed")

    @property
    def early_iterations(self) -> int:
        """The iterations with early exaggeration: 250, or a third of all if that is less."""
        return min(250, self.iterations // 3)
