"""Keras and TensorFlow, imported once and lightly. Only rooms that compute with Keras import this."""

import contextlib
import os
import sys
from collections.abc import Iterator

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@contextlib.contextmanager
def _as_if_missing(*names: str) -> Iterator[None]:
    """Let `import name` fail inside the block for modules that are not imported yet."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


# Keras imports both, if it finds them, for wrappers and input types that nothing here uses. Without them a worker
# starts in two thirds of the time and in 130 MB less memory. Whoever needs them imports them later as usual.
with _as_if_missing("sklearn", "pandas"):
    import keras
    import tensorflow as tf

__all__ = ["keras", "tf"]
