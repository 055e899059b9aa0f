"""The visitor's position in the latent space."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pages.lessons.latent.model import LatentModel
from pages.shared.app import state

MAX_COORDINATE = 6.0  # standard deviations of the prior
MAX_TEXT = 2_000  # characters


def current(page: str, model: LatentModel) -> np.ndarray:
    """The visitor's position (code_dim,): the origin to begin with."""
    z = state.get(page, "z", None)
    if z is None or len(z) != model.code_dim:
        z = [0.0] * model.code_dim
    return np.array(z, np.float32)


def go_to(page: str, z: Any) -> bool:
    """Move to `z`, clipped to MAX_COORDINATE; return False and stay if it is not a list of 2 to 128 finite numbers."""
    try:
        values = [float(value) for value in z]
    except (TypeError, ValueError, OverflowError):
        return False
    if not 2 <= len(values) <= 128 or not all(math.isfinite(value) for value in values):
        return False
    state.set(page, "z", [round(min(max(value, -MAX_COORDINATE), MAX_COORDINATE), 3) for value in values])
    return True


def parse(text: str) -> list[float] | None:
    """'0.5,-1.2' → [0.5, -1.2]; None if it is not a list of 2 to 128 finite numbers."""
    if len(text) > MAX_TEXT:
        return None
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    return values if 2 <= len(values) <= 128 and all(math.isfinite(value) for value in values) else None


def format_for_link(z: np.ndarray) -> str | None:
    """The reverse of `parse`; None for the origin, which a link does not mention."""
    return ",".join(f"{value:g}" for value in z) if any(z) else None
