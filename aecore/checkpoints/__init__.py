"""The trained networks in `pretrained/`, by name: facts, weights, histories, models, codes.

May import specs, imaging, datasets, networks, and models inside functions only: everything but `load` works without
Keras.
"""

from aecore.checkpoints.manifest import FOLDER, Checkpoint, about, names, read_manifest
from aecore.checkpoints.store import STORED, History, fits, history, load, save, weights, weights_for

__all__ = [
    "FOLDER",
    "STORED",
    "Checkpoint",
    "History",
    "about",
    "fits",
    "history",
    "load",
    "names",
    "read_manifest",
    "save",
    "weights",
    "weights_for",
]
