"""Whose a run is, and what it is called: ids and secrets that nobody can guess."""

from __future__ import annotations

import hashlib
import re
import secrets

ID_BYTES = 12  # 96 random bits: sixteen letters
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{16}")


def new_run_id() -> str:
    """A new id for a run. It appears in links: whoever knows it may look at the run."""
    return secrets.token_urlsafe(ID_BYTES)


def is_run_id(text: object) -> bool:
    """Whether `text` looks like an id from `new_run_id`, and so may name a file."""
    return isinstance(text, str) and _RUN_ID.fullmatch(text) is not None


def hash_secret(secret: str) -> str:
    """What is kept of an owner's secret: its SHA-256 in hexadecimal, from which the secret cannot be recovered."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_owner(secret: str, owner_hash: str) -> bool:
    """Whether this secret has that hash. Takes the same time whatever the secret is."""
    return secrets.compare_digest(hash_secret(secret), owner_hash)
