"""An image, its reconstruction and their difference, side by side."""

from __future__ import annotations

import numpy as np

from aecore.figures import image_colouring, image_grid
from pages.shared import components

WIDTH = 430  # pixels


def show(key: str, x: np.ndarray, x_hat: np.ndarray) -> None:
    """Draw them; `x` and `x_hat` are uint8 (28, 28, 1)."""
    difference = image_colouring.difference_image(x, x_hat)
    cells = [
        image_grid.image_cells([image], [title])[0]
        for image, title in ((x, "image"), (x_hat, "reconstruction"), (difference, "difference"))
    ]
    captions = ("image", "reconstruction", image_colouring.difference_key())
    components.figure(image_grid.image_row(cells, captions), key=key)
