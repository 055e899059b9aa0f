"""Ways to bring an image of one's own: a pad to draw on, a box around a digit, a word about the camera."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pages.shared.components.mount import mount


def draw_pad(key: str, drawing: dict[str, Any] | None) -> dict[str, Any] | None:
    """A pad to draw on with mouse, finger, pen or keyboard; what was drawn last, once the pen was lifted.

    A drawing is {"strokes": [[[x, y], …], …], "width": …} on a square of side 1, as the browser sent it: to be checked
    by `aecore.digits.mnist_preprocessing.from_strokes`. `drawing`: what to begin with.
    """
    result = mount("draw_pad", drawing, key=key, on={"drawing": None})
    return result.drawing


def crop_box(
    photo: str, uri: str, digit: str, box: tuple[float, ...] | None, seen: int, on_box: Callable[[Any], None], key: str
) -> None:
    """An image with a box on it to drag and resize, and beside it the digit that was read.

    `uri`, `digit`: data URIs of the image and of the result, "" where there is none. `photo` tells one image from
    another. `box`: (left, top, right, bottom) in shares of the image; None lets the visitor begin with nearly all of
    it. `on_box` is given {"box", "photo", "number"} where the visitor let go, as the browser sent it: to be checked;
    `seen` is the number of the last that was heeded, so that an older answer does not move the box back.
    """
    label = "Your image in grey, with a box around the part that is read"
    data = {"photo": photo, "uri": uri, "digit": digit, "box": box, "seen": seen, "label": label}
    mount("crop_box", data, key=key, on={"box": on_box})


def camera_note(key: str) -> bool:
    """One sentence where the browser gives no camera: on a page without https, in a frame, blocked, or without one.

    False once the browser has said so.
    """
    return not mount("camera_note", None, key=key, on={"problem": None}).problem
