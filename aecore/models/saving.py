"""A trained network as a .keras file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from aecore.models.backend import keras
from aecore.models.keras_models import IMAGE_SHAPE, trained
from aecore.networks import keras_file
from aecore.specs import ModelSpec


def to_keras_file(spec: ModelSpec, weights: tuple) -> bytes:
    """A .keras file of the trained network, made of Keras' own classes only, so that it opens without this package.

    `weights`: in Keras' order. `get_layer("encoder")` and `get_layer("decoder")` give the two halves. It opens in
    `keras_file.oldest_keras(spec)` and newer versions. A VAE's file decodes z_mean.
    """
    built = trained(spec, weights)
    x = keras.Input(IMAGE_SHAPE, name="x")
    halves = built.encoder(x)
    z = halves[0] if spec.family == "vae" else halves
    plain = keras.Model(x, built.decoder(z), name="autoencoder")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "autoencoder.keras"
        plain.save(path)
        return keras_file.for_older_keras(path.read_bytes())
