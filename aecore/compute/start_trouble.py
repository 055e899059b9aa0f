"""Why there is no worker: a sentence for visitors, a line in the log, and a file of details for the operator."""

from __future__ import annotations

import logging
import os
import re
import tempfile
from pathlib import Path

from aecore.compute.local_cluster import StartError

MAX_CAUSE = 200  # characters
MAX_PAUSE_S = 60.0

logger = logging.getLogger(__name__)


def pause_s(n_failures: int) -> float:
    """Seconds to wait after this many failures to connect, at least 1: one second, then twice as long each time."""
    return min(2.0 ** (n_failures - 1), MAX_PAUSE_S)


class StartTrouble:
    """What keeps a cluster from being connected to. `embedded`: one that is started, not looked up."""

    def __init__(self, embedded: bool):
        self.sentence: str | None = None  # None while there is no trouble
        self._what = "worker cannot start" if embedded else "cluster cannot be reached"
        self._details: str | None = None

    def note(self, error: Exception) -> None:
        """Keep a sentence for visitors, and log the trouble unless it is the same as before."""
        cause = error.cause if isinstance(error, StartError) else f"{type(error).__name__}: {error}"
        cause = " ".join(cause.split())[:MAX_CAUSE]
        before = self.sentence
        self.sentence = f"The training {self._what} ({cause}); the app keeps trying, and its log says where to look."
        details = f"; what it printed is in {self._keep_details(error)}" if isinstance(error, StartError) else ""
        if before is None or _without_numbers(before) != _without_numbers(self.sentence):
            logger.error("The training %s (%s). The app keeps trying%s.", self._what, cause, details)

    def clear(self) -> None:
        """There is a connection now."""
        if self.sentence is not None:
            logger.warning("The training worker has started after all.")
        self.sentence = None

    def _keep_details(self, error: StartError) -> str:
        """Write down what the process printed. Returns the file's name."""
        if self._details is None:
            handle, self._details = tempfile.mkstemp(".log", "aecore-worker-", text=True)
            os.close(handle)
        Path(self._details).write_text(error.details, encoding="utf-8")
        return self._details


def _without_numbers(sentence: str) -> str:
    """What tells one trouble from another: ports and times differ at every try."""
    return re.sub(r"\d+", "", sentence)
