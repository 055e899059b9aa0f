"""Connected pieces of ink, and which of them belong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEAR = 0.2  # of a figure's size: small pieces up to that far from it belong to it
TOUCHING = 0.05  # of a figure's size: even a large piece up to that far does
LIKE_SIZE, LIKE_MASS = 0.55, 0.15  # of the figure's: what reaches both is a figure, too
DUST = 0.01  # of the figure's mass


@dataclass(frozen=True)
class Pieces:
    """N connected pieces of ink.

    `labels`: (H, W), from 1, 0 where there is none. Of each piece: `boxes` (N, 4), left, top, right and bottom in
    pixels; `sizes` (N,), their longer sides; `masses` (N,), sums of density; `contacts` (N,), pixels on the image's
    edge; `nearness` (N,), how near the middle of the image it is, at most 1.
    """

    labels: np.ndarray
    boxes: np.ndarray
    sizes: np.ndarray
    masses: np.ndarray
    contacts: np.ndarray
    nearness: np.ndarray

    @classmethod
    def of(cls, density: np.ndarray, mask: np.ndarray) -> Pieces:
        """The pieces of the mask, bool (H, W)."""
        from scipy import ndimage

        labels, n = ndimage.label(mask, np.ones((3, 3)))
        masses = np.bincount(labels.ravel(), density.ravel(), n + 1)[1:]
        slices = ndimage.find_objects(labels)
        boxes = np.array([(s[1].start, s[0].start, s[1].stop, s[0].stop) for s in slices]).reshape(n, 4)
        contacts = np.zeros(n)
        for line in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
            contacts += np.bincount(line, minlength=n + 1)[1:]
        middle = np.array(density.shape[::-1]) / 2
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        nearness = 1 - 0.6 * np.clip((np.abs(centres - middle) / middle).max(1, initial=0), 0, 1) ** 2
        return cls(labels, boxes, (boxes[:, 2:] - boxes[:, :2]).max(1, initial=0), masses, contacts, nearness)


def group_around(main: int, pieces: Pieces) -> tuple[list[int], int]:
    """The pieces that belong to the main one, that one first; and how many others of similar size there are."""
    boxes, masses, contacts = pieces.boxes, pieces.masses, pieces.contacts
    group = [main]
    left, top, right, bottom = boxes[main]
    tall = boxes[:, 3] - boxes[:, 1]
    large = (pieces.sizes >= LIKE_SIZE * pieces.sizes[main]) & (masses >= LIKE_MASS * masses[main])
    large &= tall >= LIKE_SIZE * tall[main]
    while True:
        size = max(right - left, bottom - top)
        gaps = np.maximum.reduce([
            left - boxes[:, 2], boxes[:, 0] - right, top - boxes[:, 3], boxes[:, 1] - bottom, np.zeros(len(boxes))
        ])  # fmt: skip
        near = (gaps <= np.where(large, TOUCHING, NEAR) * size) & (masses >= DUST * masses[main]) & (contacts == 0)
        near[group] = False
        new = np.flatnonzero(near)
        if not len(new):
            break
        group += new.tolist()
        left, top = np.minimum((left, top), boxes[new, :2].min(0))
        right, bottom = np.maximum((right, bottom), boxes[new, 2:].max(0))
    others = large & (contacts == 0)
    others[group] = False
    return group, int(others.sum())
