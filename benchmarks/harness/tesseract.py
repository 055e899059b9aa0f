"""What Tesseract reads on made pages, dirty and cleaned: the character error rate, by kind of dirt.

Needs the command `tesseract`; without it nothing is read.
"""

from __future__ import annotations

import dataclasses
import io
import shutil
import subprocess

import numpy as np
from PIL import Image

from aecore.documents import synthetic_pairs, typesetting
from aecore.documents.degradation import DegradationSpec, degrade
from aecore.documents.fonts import SHIPPED_FONT
from aecore.documents.typesetting import render_page
from aecore.documents.wording import PASSAGES
from aecore.imaging.arrays import to_float, to_uint8
from aecore.pretrain import evaluation

SHAPE = (420, 540)
# Of the families that one reads a text in, one each; all of them among the fonts that nothing was trained on.
PLAIN = ("roman", "serif", "sans", "mono", "regular", "book")
PAGES_PER_KIND = 4


def available() -> bool:
    """Whether there is a Tesseract to read with."""
    return shutil.which("tesseract") is not None


def character_error_rate(text: str, read: str) -> float:
    """Edits that make `read` of `text`, over the length of `text`; white space counts as one blank."""
    a, b = " ".join(text.split()), " ".join(read.split())
    letters = np.frombuffer(b.encode("utf-32-le"), np.uint32)
    row = np.arange(len(b) + 1)
    for i, letter in enumerate(a.encode("utf-32-le")[j : j + 4] for j in range(0, 4 * len(a), 4)):
        same = letters == np.frombuffer(letter, np.uint32)[0]
        changed = np.minimum(row[:-1] + ~same, row[1:] + 1)
        # Insertions run along the row: the least of what stands to the left, plus the way from there.
        full = np.concatenate([[i + 1], changed]) - np.arange(len(b) + 1)
        row = np.minimum.accumulate(full) + np.arange(len(b) + 1)
    return float(row[-1]) / max(len(a), 1)


def read(page: np.ndarray) -> str:
    """What Tesseract reads on a page, float (H, W) in [0, 1], enlarged twice as it likes."""
    image = Image.fromarray(to_uint8(page))
    image = image.resize((2 * image.width, 2 * image.height), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    image.save(file, "PNG", dpi=(200, 200))
    command = ["tesseract", "-", "-", "--psm", "6", "-l", "eng"]
    run = subprocess.run(command, input=file.getvalue(), capture_output=True, check=True)  # noqa: S603  (as it stands)
    return run.stdout.decode()


def error_rates(kind: str, methods: tuple[str, ...], n_pages: int = PAGES_PER_KIND) -> dict[str, float]:
    """Mean character error rate of `n_pages` pages with one kind of dirt: of the clean page, and after each method."""
    sums = dict.fromkeys(("clean", *methods), 0.0)
    for seed in range(n_pages):
        rng = np.random.default_rng((7, seed))
        text = "\n".join(PASSAGES[(seed + i) % len(PASSAGES)] for i in range(4))
        size = float(rng.uniform(13, 17))
        style = dataclasses.replace(
            typesetting.PageStyle(), fonts=(_font(rng),), size=size, margin=(14.0, 14.0), justified=bool(seed % 2)
        )
        page = render_page(rng, SHAPE, style, text)
        dirt = dataclasses.replace(DegradationSpec(grey=0.7, grain=0.2), **{kind: float(rng.uniform(0.5, 1.0))})
        seen = to_float(degrade(page, dirt, rng))
        truth = read(to_float(page, np.float64))  # what stands beyond the foot of the page nobody can read
        sums["clean"] += character_error_rate(text[: len(truth)], truth) / n_pages
        for method in methods:
            sums[method] += character_error_rate(truth, read(evaluation.PAGE_METHODS[method](seen))) / n_pages
    return sums


def _font(rng: np.random.Generator) -> str:
    plain = [font for font in synthetic_pairs.fonts(held_out=True) if any(word in font.stem.lower() for word in PLAIN)]
    return str(rng.choice([str(font) for font in plain or [SHIPPED_FONT]]))
