"""Made pages of text: what a clean scan looks like, in many fonts, sizes and layouts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from aecore.documents.fonts import SHIPPED_FONT, font, text_fonts
from aecore.documents.wording import FIELDS, LETTERS, PASSAGES, STAMPS, TITLES


@dataclass(frozen=True)
class PageStyle:
    """How a page is set. Lengths in pixels of the finished page.

    `size`: of the type; `leading`: from line to line, in sizes; `indent`: of a paragraph's first line, in sizes.
    `scale`: how much larger the page is drawn before it is reduced, which decides how its edges look; `smooth`: the
    resampling filter. `angle`: by which the page is rotated, in degrees. `extras`: the odds of tables, forms and
    stamps. `invented`: the share of words that are random letters.
    """

    fonts: tuple[str, ...] = (str(SHIPPED_FONT),)
    size: float = 15.0
    leading: float = 1.3
    columns: int = 1
    margin: tuple[float, float] = (30.0, 26.0)
    indent: float = 1.5
    justified: bool = True
    scale: int = 4
    smooth: int = Image.Resampling.BOX
    angle: float = 0.0
    extras: float = 0.0
    invented: float = 0.0


def render_page(
    rng: np.random.Generator, shape: tuple[int, int] = (420, 540), style: PageStyle | None = None, text: str = ""
) -> np.ndarray:
    """A page, uint8 (H, W) of `shape`, 255 the paper and 0 the ink.

    `style`: by default a random one, in any of the machine's fonts. `text`: its paragraphs, a line each, headings
    beginning with "# "; by default random passages.
    """
    style = style or random_style(rng, shape)
    page = _Page(rng, shape, style)
    page.fill(text.split("\n") if text else None)
    return page.finish()


def random_style(rng: np.random.Generator, shape: tuple[int, int], fonts: tuple[Path, ...] = ()) -> PageStyle:
    """Any font, size and layout that a page might come in."""
    height, width = shape
    fonts = fonts or text_fonts()
    chosen = tuple(str(fonts[i]) for i in rng.integers(0, len(fonts), rng.integers(1, 4)))
    size = float(np.exp(rng.uniform(np.log(11), np.log(34)))) if rng.random() < 0.8 else float(rng.uniform(9, 60))
    return PageStyle(
        fonts=chosen,
        size=size,
        leading=float(rng.uniform(1.0, 1.9)),
        columns=int(rng.integers(1, 4)) if width / size > 30 and rng.random() < 0.3 else 1,
        margin=(float(rng.uniform(0, 0.12) * height), float(rng.uniform(0, 0.12) * width)),
        indent=float(rng.choice([0.0, 0.0, 1.5, 3.0])),
        justified=bool(rng.random() < 0.6),
        scale=int(rng.choice([1, 2, 3, 4])),
        smooth=int(rng.choice([Image.Resampling.BOX, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS])),
        angle=float(rng.normal(0, 0.7)) if rng.random() < 0.3 else 0.0,
        extras=0.35,
        invented=float(rng.choice([0.0, 0.2, 0.6])),
    )


class _Page:
    """A page while it is being drawn, `scale` times as large as it will be."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, int], style: PageStyle):
        self.rng, self.shape, self.style = rng, shape, style
        self.k = style.scale
        self.image = Image.new("L", (shape[1] * self.k, shape[0] * self.k), 255)
        self.draw = ImageDraw.Draw(self.image)
        self.rule = max(1, round(self.k * style.size / 16 * rng.uniform(0.5, 1.5)))

    def fill(self, paragraphs: list[str] | None) -> None:
        """Fill column after column."""
        style, (height, width) = self.style, self.image.size[::-1]
        top, side = style.margin[0] * self.k, style.margin[1] * self.k
        gap = 1.5 * style.size * self.k
        column = (width - 2 * side - gap * (style.columns - 1)) / style.columns
        rest = list(paragraphs) if paragraphs is not None else None
        for i in range(style.columns):
            x, y = side + i * (column + gap), top
            while y < height - top:
                if rest is not None and not rest:
                    break
                y = self._element(x, y, column, height - top, rest.pop(0) if rest else None)
        if paragraphs is None and self.rng.random() < style.extras * 0.3:
            self._stamp()

    def _element(self, x: float, y: float, width: float, bottom: float, paragraph: str | None) -> float:
        rng, style = self.rng, self.style
        kind = rng.random()
        if paragraph is not None:
            kind = 0.0 if paragraph.startswith("# ") else 1.0
        if paragraph is None and kind < style.extras * 0.2:
            return self._table(x, y, width)
        if paragraph is None and kind < style.extras * 0.4:
            return self._form(x, y, width)
        if kind < (style.extras * 0.6 if paragraph is None else 0.5):
            title = paragraph[2:] if paragraph else str(rng.choice(TITLES))
            larger = 1.5 if paragraph else rng.uniform(1.0, 2.2)
            typeface = font(style.fonts[-1], round(style.size * self.k * larger))
            self.draw.text((x, y), title, 0, typeface)
            return y + style.size * self.k * larger * 1.5
        text = paragraph if paragraph is not None else self._text()
        which = style.fonts[0] if rng.random() < 0.8 or paragraph is not None else str(rng.choice(style.fonts))
        return self._paragraph(text, x, y, width, bottom, which) + style.size * self.k * rng.choice([0, 0.4, 0.8])

    def _text(self) -> str:
        rng = self.rng
        words = str(rng.choice(PASSAGES)).split()
        start = rng.integers(0, len(words) // 2)
        words = [self._invented() if rng.random() < self.style.invented else word for word in words[start:]]
        text = " ".join(words)
        return text.upper() if rng.random() < 0.05 else text

    def _invented(self) -> str:
        rng = self.rng
        if rng.random() < 0.15:
            return f"{rng.integers(0, 10_000) / rng.choice([1, 10, 100]):g}"
        word = "".join(rng.choice(list(LETTERS), rng.integers(1, 11)))
        word = word.capitalize() if rng.random() < 0.2 else word
        return word + str(rng.choice(["", "", "", "", ",", ".", ";", "!", "?", ":", ")", "”"]))

    def _paragraph(self, text: str, x: float, y: float, width: float, bottom: float, path: str) -> float:
        style = self.style
        typeface = font(path, max(4, round(style.size * self.k)))
        step, space = style.size * style.leading * self.k, typeface.getlength(" ")
        line, used = [], style.indent * style.size * self.k
        start = used
        for word in [*text.split(), None]:
            long = typeface.getlength(word) if word else 0.0
            if line and (word is None or used + space + long > width):
                loose = style.justified and word is not None
                self._line(line, typeface, x + start, y, width - start if loose else None)
                y, line, used, start = y + step, [], 0.0, 0.0
                if y + step > bottom:
                    return bottom
            if word:
                used += long + (space if line else 0.0)
                line.append(word)
        return y

    def _line(
        self, words: list[str], typeface: ImageFont.FreeTypeFont, x: float, y: float, width: float | None
    ) -> None:
        if width is None or len(words) < 2:
            self.draw.text((x, y), " ".join(words), 0, typeface)
            return
        lengths = [typeface.getlength(word) for word in words]
        space = (width - sum(lengths)) / (len(words) - 1)
        for word, long in zip(words, lengths, strict=True):
            self.draw.text((x, y), word, 0, typeface)
            x += long + space

    def _table(self, x: float, y: float, width: float) -> float:
        rng, step = self.rng, self.style.size * self.k * self.rng.uniform(1.4, 2.0)
        rows, columns = int(rng.integers(2, 7)), int(rng.integers(2, 6))
        typeface = font(self.style.fonts[0], max(4, round(self.style.size * self.k)))
        ruled = rng.random(2) < 0.6
        for i in range(rows + 1):
            if ruled[0] or i in (0, rows):
                self.draw.line((x, y + i * step, x + width, y + i * step), 0, self.rule)
        for j in range(columns + 1):
            if ruled[1]:
                at = x + j * width / columns
                self.draw.line((at, y, at, y + rows * step), 0, self.rule)
        for i in range(rows):
            for j in range(columns):
                entry = self._invented() if rng.random() < 0.5 else f"{rng.normal(0, 50):.2f}"
                at = (x + (j + 0.1) * width / columns, y + (i + 0.12) * step)
                if typeface.getlength(entry) < 0.85 * width / columns:
                    self.draw.text(at, entry, 0, typeface)
        return y + (rows + 0.7) * step

    def _form(self, x: float, y: float, width: float) -> float:
        rng, size = self.rng, self.style.size * self.k
        typeface = font(self.style.fonts[0], max(4, round(size)))
        boxes = rng.random() < 0.5
        for _ in range(rng.integers(1, 5)):
            label = str(rng.choice(FIELDS)) + ":"
            self.draw.text((x, y), label, 0, typeface)
            left = x + typeface.getlength(label) + size * 0.6
            base = y + size * 1.15
            if boxes:
                self.draw.rectangle((left, y, max(left + size, x + width), base + size * 0.2), None, 0, self.rule)
            elif rng.random() < 0.5:
                self.draw.line((left, base, x + width, base), 0, self.rule)
            else:
                self.draw.text((left, y), "." * max(0, int((x + width - left) / typeface.getlength("."))), 0, typeface)
            if rng.random() < 0.5:
                self._scribble(left + size, y, size)
            y += size * 2.1
        return y

    def _scribble(self, x: float, y: float, size: float) -> None:
        steps = np.cumsum(self.rng.normal([0.28, 0.0], [0.3, 0.35], (int(self.rng.integers(8, 40)), 2)), axis=0)
        steps[:, 1] -= np.linspace(0, steps[-1, 1], len(steps))
        points = [(x + dx * size, y + size * 0.6 + dy * size * 0.6) for dx, dy in steps]
        self.draw.line(points, 0, max(1, self.rule), joint="curve")

    def _stamp(self) -> None:
        rng, size = self.rng, self.style.size * self.k * self.rng.uniform(1.2, 2.5)
        word, typeface = str(rng.choice(STAMPS)), font(self.style.fonts[-1], max(6, round(size)))
        wide, high = round(typeface.getlength(word) + size), round(size * 1.8)
        stamp = Image.new("L", (wide, high), 0)
        pen = ImageDraw.Draw(stamp)
        pen.rounded_rectangle((0, 0, wide - 1, high - 1), size / 4, None, 255, max(2, self.rule * 2))
        pen.text((size / 2, size * 0.3), word, 255, typeface)
        stamp = stamp.rotate(rng.uniform(-25, 25), expand=True, resample=Image.Resampling.BILINEAR)
        at = (int(rng.uniform(0, max(1, self.image.width - wide))), int(rng.uniform(0, self.image.height - high)))
        self.image.paste(0, at, stamp)

    def finish(self) -> np.ndarray:
        """The page at its own size."""
        image = self.image
        if self.style.angle:
            image = image.rotate(self.style.angle, Image.Resampling.BICUBIC, fillcolor=255)
        if self.k > 1:
            height, width = self.shape
            image = image.resize((width, height), Image.Resampling(self.style.smooth))
        return np.asarray(image)
