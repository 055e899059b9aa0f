"""MNIST's digits as files: photographed, on a plain ground, and as they are."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from scipy import ndimage

from aecore.imaging import encoding
from aecore.imaging.arrays import to_float, to_uint8
from benchmarks.photography.scene import PAPERS, PENS, Scene
from benchmarks.photography.sheet import empty_sheet, laid, light_on, texture
from benchmarks.photography.strokes import drawn


def photograph(
    digits: list[np.ndarray], pen: str, paper: str, scene: Scene, rng: np.random.Generator
) -> tuple[bytes, tuple[float, float, float, float] | None]:
    """The JPEG of a sheet with these digits, uint8 (28, 28), in a row; and their box as shares of width and height."""
    width, height = scene.size
    sheet = Image.new("L", scene.size)  # the ink's cover, 255 full; the sheet lies straight until it is turned
    kind, box = PENS[pen], None
    if digits:
        tall = scene.height * min(scene.size)
        pixel = scene.view / width  # millimetres
        thick = max(rng.uniform(*kind.width) / pixel, 0.8)
        images = [drawn(digit, tall, thick, rng) for digit in digits]
        gap = round(tall * rng.uniform(0.15, 0.5))
        row_width = sum(image.width for image in images) + gap * (len(images) - 1)
        room = [side - used for side, used in zip(scene.size, (row_width, images[0].height), strict=True)]
        # Anywhere but at the very edge of the image, where the sheet may have ended.
        left, top = (round(free * rng.uniform(0.25, 0.75)) for free in room)
        box = (left / width, top / height, (left + row_width) / width, (top + images[0].height) / height)
        for image in images:
            sheet.paste(255, (left, top), image)
            left += image.width + gap
    cover = to_float(np.asarray(sheet))
    cover *= rng.uniform(*kind.cover) * (1 - kind.grain * np.abs(texture(rng, cover.shape, 1.0)))
    ink = np.array(kind.colours[rng.integers(len(kind.colours))], np.float32)
    page = empty_sheet(PAPERS[paper], scene, rng)
    page *= 1 - np.clip(cover, 0, 1)[..., None] * (1 - ink)
    page = laid(page, scene, rng)
    page *= light_on(scene, rng)[..., None]
    page = ndimage.gaussian_filter(page, (scene.blur, scene.blur, 0), truncate=3)
    noise = scene.noise * rng.standard_normal(page.shape, np.float32)
    page += noise + noise.mean(-1, keepdims=True)  # of the light as much as of the colours
    file = io.BytesIO()
    Image.fromarray(to_uint8(np.clip(page, 0, 1))).save(file, "JPEG", quality=scene.quality)
    return file.getvalue(), box


def plain(digit: np.ndarray, side: int, inverted: bool) -> bytes:
    """A PNG of MNIST's own image uint8 (28, 28), `side` pixels large; black on white, or inverted."""
    image = Image.fromarray(digit if inverted else 255 - digit)
    file = io.BytesIO()
    image.resize((side, side), Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


def drawing(digit: np.ndarray, relative_width: float, rng: np.random.Generator, light: bool = False) -> bytes:
    """A PNG of a digit uint8 (28, 28) on a plain ground; the pen is `relative_width` of the digit's height wide."""
    tall = int(rng.integers(300, 700))
    image = drawn(digit, tall, max(relative_width * tall, 1.0), rng, pressure=0.0)
    room = [round(side * rng.uniform(1.2, 2.5)) for side in image.size]
    left, top = (round((a - b) * rng.uniform(0.3, 0.7)) for a, b in zip(room, image.size, strict=True))
    sheet = Image.new("L", (room[0], room[1]))
    sheet.paste(255, (left, top), image)
    values = np.asarray(sheet)
    return encoding.png(values if light else 255 - values)
