"""The versions of what computes: for a manifest, and for whoever runs the server."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterable

PYTHON = platform.python_version()


def installed(libraries: Iterable[str]) -> dict[str, str]:
    """Name → version of those libraries that are installed."""
    found = {}
    for name in libraries:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
