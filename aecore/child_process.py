"""How a process of this package is started from wherever the app runs."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def command(module: str) -> list[str]:
    """The command that runs `python -m module`, for a module of this repository.

    It depends neither on the working folder nor on PYTHONPATH, which could not name a folder with a colon.
    """
    code = f"import runpy, sys; sys.path.insert(0, {str(ROOT)!r}); runpy.run_module({module!r}, run_name='__main__')"
    return [sys.executable, "-c", code]
