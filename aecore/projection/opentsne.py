"""openTSNE, imported where it is needed: on the worker. It and scikit-learn take more than a second to import."""

from __future__ import annotations

import threading
from types import ModuleType

_importing = threading.Lock()


def load() -> ModuleType:
    """The package openTSNE. Imported by one thread at a time, since its modules import each other in a circle."""
    with _importing:
        import openTSNE
        import openTSNE.affinity
        import openTSNE.initialization
        import openTSNE.tsne
    return openTSNE


def warm_up() -> bool:
    """Import what a descent needs, so that the first one begins at once."""
    return load() is not None
