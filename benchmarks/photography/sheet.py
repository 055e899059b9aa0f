"""The sheet of paper: its texture and ruling, how it lies, and the light on it."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from aecore.imaging.arrays import to_float, to_uint8
from benchmarks.photography.scene import Paper, Scene


def texture(rng: np.random.Generator, shape: tuple[int, int], sigma: float) -> np.ndarray:
    """Smooth noise (H, W) with a standard deviation of 1; `sigma` in pixels."""
    step = max(1, int(sigma / 2))
    white = rng.standard_normal([side // step + 2 for side in shape], np.float32)
    small = ndimage.gaussian_filter(white, sigma / step, truncate=3)
    out = ndimage.zoom(small, step, order=1) if step > 1 else small
    return (out[: shape[0], : shape[1]] / max(out.std(), 1e-9)).astype(np.float32)


def empty_sheet(paper: Paper, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """The empty sheet: reflectances float32 (H, W, 3)."""
    (width, height), pixel = scene.size, scene.view / scene.size[0]
    tone = np.array([0.95, 0.95, 0.94], np.float32) - rng.uniform(0, 0.06, 3).astype(np.float32)
    sheet = np.broadcast_to(tone, (height, width, 3)).copy()
    sheet *= 1 + (0.006 * texture(rng, (height, width), 1.5) + 0.008 * texture(rng, (height, width), 40))[..., None]
    if paper.spacing:
        colour = 1 - rng.uniform(0.15, 0.45) * (1 - np.array([[0.3, 0.5, 0.85], [0.45, 0.45, 0.5]][rng.integers(2)]))
        spacing, thick = rng.uniform(*paper.spacing) / pixel, rng.uniform(0.15, 0.3) / pixel
        first = rng.uniform(0, spacing, 2)
        for axis in (0, 1) if paper.squared else (0,):
            at = np.arange(sheet.shape[axis]) + 0.5
            away = np.abs((at - first[axis] + spacing / 2) % spacing - spacing / 2)
            line = np.clip(thick / 2 + 0.5 - away, 0, min(thick, 1))
            line = line[:, None] if axis == 0 else line[None, :]
            sheet *= 1 - line[..., None] * (1 - colour)
        if not paper.squared and rng.random() < 0.5:
            away = np.abs(np.arange(width) + 0.5 - width * rng.uniform(0.06, 0.2))
            line = np.clip(thick / 2 + 0.5 - away, 0, min(thick, 1))
            sheet *= 1 - line[None, :, None] * (1 - np.array([0.9, 0.55, 0.55]))
    return sheet.astype(np.float32)


def laid(page: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """The sheet turned by its tilt, and on a table where its edges are in sight."""
    height, width = page.shape[:2]
    image = Image.fromarray(to_uint8(np.clip(page, 0, 1)))
    tone = tuple(np.asarray(image.resize((1, 1), Image.Resampling.BOX))[0, 0].tolist())
    if not scene.table:  # where the rotation shows more, it is sheet
        grown = np.pad(page, ((height // 6,) * 2, (width // 6,) * 2, (0, 0)), mode="reflect")
        image = Image.fromarray(to_uint8(np.clip(grown, 0, 1)))
        turned = image.rotate(scene.tilt, Image.Resampling.BICUBIC, fillcolor=tone)
        cut = (width // 6, height // 6, width // 6 + width, height // 6 + height)
        return to_float(np.asarray(turned.crop(cut)))
    table = np.array([[0.30, 0.20, 0.14], [0.12, 0.12, 0.13], [0.55, 0.42, 0.30], [0.70, 0.70, 0.72]])[rng.integers(4)]
    grain = ndimage.gaussian_filter1d(texture(rng, (height, width), 2), 25, axis=1)
    wood = table * (1 + 0.12 * grain / max(grain.std(), 1e-9))[..., None]
    inset = [side * rng.uniform(0.02, 0.12) if rng.random() < 0.6 else -side * 0.2 for side in (width, height) * 2]
    if all(value < 0 for value in inset):
        inset[rng.integers(4)] = 0.08 * min(width, height)
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).rectangle((inset[0], inset[1], width - inset[2], height - inset[3]), fill=255)
    grown = [m.rotate(scene.tilt, Image.Resampling.BICUBIC, fillcolor=f) for m, f in ((image, tone), (mask, 0))]
    if min(inset) < 0:  # where the sheet goes on, so does its rotated image
        solid = Image.new("L", (width * 2, height * 2))
        corners = (width / 2 + inset[0], height / 2 + inset[1], width * 1.5 - inset[2], height * 1.5 - inset[3])
        ImageDraw.Draw(solid).rectangle(corners, fill=255)
        turned = solid.rotate(scene.tilt, Image.Resampling.BICUBIC)
        grown[1] = turned.crop((width // 2, height // 2, width // 2 + width, height // 2 + height))
    sheet, inside = (to_float(np.asarray(image)) for image in grown)
    # The sheet casts a thin shadow on the table.
    near = 1 - 0.35 * ndimage.gaussian_filter(inside, 6)
    return sheet * inside[..., None] + (wood * near[..., None] * (1 - inside[..., None])).astype(np.float32)


def light_on(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """The light that falls on each pixel, float32 (H, W), at most 1."""
    width, height = scene.size
    y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    away = x * np.cos(angle) + y * np.sin(angle)
    away = (away - away.min()) / max(float(np.ptp(away)), 1e-6)
    if rng.random() < 0.4:  # a lamp
        away = away ** rng.uniform(1.2, 2)
    light = rng.uniform(0.8, 1.0) * (1 - scene.fall * away)
    if scene.shadow != "none":
        turn, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
        across = x * np.cos(turn) + y * np.sin(turn) - offset
        if rng.random() < 0.4:  # of a hand or the phone, not of a wall
            along = -x * np.sin(turn) + y * np.cos(turn) - rng.uniform(-0.3, 0.3)
            across = np.maximum(across, np.abs(along) - rng.uniform(0.15, 0.3))
        edge = rng.uniform(0.05, 0.2) if scene.shadow == "soft" else rng.uniform(0.001, 0.004)
        light *= 1 - rng.uniform(0.25, 0.55) / (1 + np.exp(np.clip(across / (edge / 4), -50, 50)))
    return light
