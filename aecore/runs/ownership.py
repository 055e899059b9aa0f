"""Whose a run is, and what it is called: ids and secrets that nobody can guess."""

from __future__ import annotations

import hashlib
import re
import secrets

ID_BYTES = 12  # 96 random bits: sixteen letters
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{16}")


def new_run_id() -> str:
    """A name for a run. It stands in links, so whoever knows it may look."""
    return secrets.token_urlsafe(ID_BYTES)


def is_run_id(text: object) -> bool:
    """Whether `text` is a name such as `new_run_id` gives, and so may name a file."""
    return isinstance(text, str) and _RUN_ID.fullmatch(text) is not None


def seal(secret: str) -> str:
    """What is kept of an owner's secret: its SHA-256, from which nobody comes back to it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def opens(secret: str, sealed: str) -> bool:
    """Whether this secret is the one that was sealed, in the same time whatever it is."""
    return secrets.compare_digest(seal(secret), sealed)
