"""Keras and TensorFlow, imported once and lightly. Only packages that compute with Keras import this."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

# Set, not defaulted: the networks are compiled by TensorFlow, whatever backend this machine's Keras uses otherwise.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


class _Hidden:
    """An import hook that makes modules seem not to exist, for the thread that creates it, unless imported before."""

    def __init__(self, *names: str):
        self._names, self._thread = names, threading.get_ident()

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name in self._names and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@contextlib.contextmanager
def _as_if_missing(*names: str) -> Iterator[None]:
    """Let `import name` fail inside the block, but not in other threads."""
    hidden = _Hidden(*names)
    sys.meta_path.insert(0, hidden)
    try:
        yield
    finally:
        sys.meta_path.remove(hidden)


# Keras imports both, if it finds them, for wrappers and input types that nothing here uses. Without them a worker
# starts in two thirds of the time and takes 130 MB less memory. They can be imported later as usual.
with _as_if_missing("sklearn", "pandas"):
    import keras
    import tensorflow as tf

if keras.backend.backend() != "tensorflow":
    raise ImportError(f"Expected Keras on TensorFlow; got {keras.backend.backend()}, as Keras was imported before.")
# A keras.json in the user's folder may say otherwise.
keras.config.set_floatx("float32")
keras.config.set_dtype_policy("float32")
keras.config.set_image_data_format("channels_last")
keras.config.set_epsilon(1e-7)

__all__ = ["keras", "tf"]
