"""A decoder in the browser, and the bars of a code that can be dragged."""

from __future__ import annotations

import numpy as np

from pages.shared.components.mount import carry, mount


def decoder_weights(name: str, packed: bytes, version: str = "1") -> None:
    """Bring a decoder (`pack_decoder`) into the browser, where `name` stands for it from then on.

    Another `version` of the same name takes the place of the one before.
    """
    carry("decoder_weights", name, version, packed, key=f"decoder.{name}")


def code_editor(
    x: np.ndarray, code: np.ndarray, code_range: tuple[np.ndarray, np.ndarray], decoder: str, key: str
) -> None:
    """An image, its code as bars that can be dragged, and what the decoder makes of them, at the screen's rate.

    `x`: uint8 (28, 28, 1); `code`: (code_dim,); `code_range`: the lowest and the highest values (code_dim,) that codes
    have; `decoder`: a name given to `decoder_weights`, on the same page.
    """
    low, high = code_range
    data = {
        "x": x.reshape(-1).tolist(),
        "code": [round(float(value), 4) for value in code],
        "low": [round(float(value), 4) for value in low],
        "high": [round(float(value), 4) for value in high],
        "decoder": decoder,
        "hint": "Drag a bar: the picture follows.",
    }
    mount("code_editor", data, key=key)
