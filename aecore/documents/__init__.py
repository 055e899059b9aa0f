"""Scanned pages: made, degraded, read from files, and cleaned tile by tile.

May import everything below the level of runs. A page is uint8 or float (H, W); 255 or 1 is white paper.
"""

from aecore.documents.tiles import PageError as PageError
from aecore.documents.tiles import clean as clean
