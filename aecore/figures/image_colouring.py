"""Numbers per pixel → coloured images: differences, and values of both signs."""

from __future__ import annotations

import numpy as np

from aecore.figures.palette import BLUE, ORANGE, SKY, VERMILION, rgb

NEGATIVE, POSITIVE = rgb(SKY), rgb(ORANGE)


def difference_image(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Two uint8 (28, 28, 1) → RGBA (28, 28, 4): clear where they agree, blue for missing ink, orange for too much."""
    d = (x_hat.astype(np.float32) - x.astype(np.float32)) / 255  # (28, 28, 1)
    colour = np.where(d < 0, rgb(BLUE), rgb(VERMILION))  # (28, 28, 3)
    return np.concatenate([colour, np.rint(np.abs(d) * 255)], axis=-1).astype(np.uint8)


def difference_key() -> str:
    """HTML that says what the colours of `difference_image` mean."""
    missing, surplus = (f"color:{colour};forced-color-adjust:none" for colour in (BLUE, VERMILION))
    return f'<b style="{missing}">missing</b>, <b style="{surplus}">surplus</b> ink'


def signed_image(x: np.ndarray, width: int = 384) -> np.ndarray:
    """Numbers (H, W) → uint8 (H', W', 3), about `width` pixels wide: black for 0, orange above and blue below it."""
    shares = x / (np.abs(x).max(initial=0) or 1.0)
    above, below = np.array([255, 176, 32]), np.array([96, 176, 255])  # as in lab_paint.js
    colours = np.where(shares[..., None] < 0, below, above) * np.abs(shares)[..., None]
    return enlarged(np.rint(colours).astype(np.uint8), max(1, round(width / x.shape[1])))


def coloured(values: np.ndarray, reach: float) -> np.ndarray:
    """Numbers (H, W) → uint8 (H, W, 3): black for 0, blue below 0, and above 0 grey, or orange if any are below 0.

    `reach`: the absolute value that gets the full colour.
    """
    share = np.clip(np.abs(values) / (reach or 1.0), 0, 1)[..., None]
    above = POSITIVE if (values < 0).any() else np.full(3, 255)
    return np.rint(share * np.where(values[..., None] < 0, NEGATIVE, above)).astype(np.uint8)


def overlay(values: np.ndarray) -> np.ndarray:
    """Numbers (H, W) → RGBA uint8 (H, W, 4) to lay over an image: clear for 0, blue below 0, orange above 0."""
    share = np.abs(values) / (np.abs(values).max() or 1.0)
    colour = np.where(values[..., None] < 0, NEGATIVE, POSITIVE)
    return np.concatenate([colour, np.rint(255 * share**0.7)[..., None]], axis=-1).astype(np.uint8)


def enlarged(image: np.ndarray, factor: int) -> np.ndarray:
    """(H, W, …) → (H · factor, W · factor, …): every pixel becomes a block."""
    return image.repeat(factor, axis=0).repeat(factor, axis=1)
