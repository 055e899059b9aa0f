"""Articles go by sound, not by letters."""

import pytest

from aecore.datasets import CLASS_NAMES
from aecore.specs.grammar import with_article

AN = (
    "8", "11", "18", "80", "81", "800", "8,000", "11,000", "18,000", "80,000,000", "ankle boot", "image", "hour",
    "MNIST image", "SGD", "RMSprop", "L1 penalty", "x", "F-score", "autoencoder", "unimportant word", "umbrella",
    "AVIF",
)  # fmt: skip
A = (
    "1", "2", "5", "7", "10", "12", "17", "28", "100", "110", "180", "1,100", "1,800", "T-shirt", "trouser", "coat",
    "U-Net", "UNet", "unit", "uniform", "one-hot code", "user", "usual rate", "ReLU", "PDF", "JPEG", "house", "VAE",
    "NaN", "European",
)  # fmt: skip


@pytest.mark.parametrize("words", AN)
def test_an_stands_before_a_vowel_that_is_heard(words):
    assert with_article(words) == f"an {words}"


@pytest.mark.parametrize("words", A)
def test_a_stands_before_everything_else(words):
    assert with_article(words) == f"a {words}"


def test_every_class_has_its_article():
    found = {name: with_article(name) for names in CLASS_NAMES.values() for name in names}
    assert {name for name, words in found.items() if words.startswith("an ")} == {"8", "ankle boot"}
