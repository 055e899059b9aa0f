"""Images in rows and grids with labels and captions, as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from aecore.imaging.encoding import png_data_uri

_GRID_STYLE = """<style>
.ae-digits{display:grid;grid-template-columns:minmax(4.6rem,auto) repeat(10,minmax(0,1fr));gap:4px;align-items:center}
.ae-digits>span{font-size:.8rem;line-height:1.15;text-align:right;padding-right:.35rem}
.ae-digits>span small{opacity:.7}
.ae-digits img{width:100%;display:block;image-rendering:pixelated;border-radius:2px}
.ae-columns{gap:8px 10px}
.ae-columns>b{font-size:.8rem;text-align:center;line-height:1.15;align-self:end}
.ae-note{display:block;font-size:.75rem;text-align:center;opacity:.8;line-height:1.2;padding-top:2px}
.ae-digits img.clear{box-shadow:0 0 0 1px rgba(128,128,128,.35)}
@media(forced-colors:active){
.ae-digits img{outline:1px solid CanvasText}
.ae-digits img.clear{forced-color-adjust:none;background:#fff}
}
</style>"""


def image_cells(images: Sequence[np.ndarray] | np.ndarray, titles: Sequence[str]) -> list[str]:
    """uint8 images (H, W, 1 or 4) → <img> tags, each with a title that shows on hover and screen readers read."""
    kind = ' class="clear"' if images[0].shape[-1] == 4 else ""
    return [
        f'<img{kind} src="{png_data_uri(x)}" title="{html.escape(t)}" alt="{html.escape(t)}" decoding="sync">'
        for x, t in zip(images, titles, strict=True)
    ]


def rows_of_ten(rows: Sequence[tuple[str, str, Sequence[str]]]) -> str:
    """HTML of a grid: for each row its label, a smaller second line of HTML, and ten cells of HTML."""
    return f'{_GRID_STYLE}<div class="ae-digits">{_grid_rows(rows)}</div>'


def _grid_rows(rows: Sequence[tuple[str, str, Sequence[str]]]) -> str:
    cells = []
    for label, note, row in rows:
        small = f"<br><small>{note}</small>" if note else ""
        cells.append(f"<span>{html.escape(label)}{small}</span>")
        cells.extend(f"<div>{cell}</div>" for cell in row)
    return "".join(cells)


def labelled_grid(columns: Sequence[str], rows: Sequence[tuple[str, str, Sequence[str]]], width_px: int = 84) -> str:
    """HTML of a grid with a heading for each column; the rows as for `rows_of_ten`, with as many cells as columns."""
    template = f"grid-template-columns:minmax(5.5rem,auto) repeat({len(columns)},minmax(0,{width_px}px))"
    head = "<span></span>" + "".join(f"<b>{html.escape(name)}</b>" for name in columns)
    return f'{_GRID_STYLE}<div class="ae-digits ae-columns" style="{template}">{head}{_grid_rows(rows)}</div>'


def image_row(cells: Sequence[str], captions: Sequence[str], width_px: int = 130) -> str:
    """HTML of cells side by side, each with a caption of HTML below it."""
    template = f"grid-template-columns:repeat({len(cells)},minmax(0,{width_px}px))"
    captioned_cells = "".join(
        f"<div>{captioned(cell, caption)}</div>" for cell, caption in zip(cells, captions, strict=True)
    )
    return f'{_GRID_STYLE}<div class="ae-digits ae-columns" style="{template}">{captioned_cells}</div>'


def captioned(cell: str, caption: str) -> str:
    """HTML of a cell with a small caption below it."""
    return f'{cell}<small class="ae-note">{caption}</small>'


def named_image_row(cells: Sequence[tuple[str, np.ndarray, str]], width_px: int = 200) -> str:
    """HTML of images side by side: for each its name, uint8 (28, 28, 1 or 4), and a line of HTML below the name."""
    drawn = [image_cells([image], [name])[0] for name, image, _ in cells]
    return image_row(drawn, [f"<b>{name}</b><br>{line}" for name, _, line in cells], width_px)
