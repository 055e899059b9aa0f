"""A group of points: the mean of its images, the mean of its codes, and the classes in it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.figures import distribution_charts, image_grid
from aecore.projection import code_questions
from aecore.specs import PIXELS
from pages.lessons.codes.visitor_maps import Maps
from pages.shared import components
from pages.shared.app import state, worker

PURE = 0.8  # the share of one class above which a group's mean still looks like an image


def show(page: str, maps: Maps) -> None:
    """The mean of the points in the lasso, of their pixels and of their codes, and the classes among them."""
    numbers = state.get(page, "lasso")
    if not numbers:
        st.info("Press **Lasso** above a map, or hold Shift, and **draw around a group** of points.")
        return
    code_set = maps.code_set
    x, labels = code_set.source.images
    chosen = np.array(numbers)
    mean = np.rint(x[chosen].mean(axis=0, dtype=np.float64)).astype(np.uint8)
    counts = np.bincount(labels[chosen], minlength=len(code_set.classes))

    def draw(decoded_mean: np.ndarray) -> None:
        images, captions = [mean], ["mean of their pixels"]
        if code_set.spec.codes != PIXELS:
            images.append(decoded_mean)
            captions.append("mean of their codes, decoded")
        with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
            with st.container(width=380):
                cells = image_grid.image_cells(images, captions)
                components.figure(image_grid.image_row(cells, captions, 170), key=f"{page}.means")
            with st.container(width=430):
                chart = distribution_charts.bar_chart(counts.tolist(), code_set.classes, "images")
                st.vega_lite_chart(spec=chart, width="stretch", alt="How many of the group belong to each class")
        st.markdown(_summary(counts, code_set.classes))

    worker.answered(draw, worker.Question(code_questions.decoded_mean, (code_set.source, numbers), (code_set.weights,)))


def _summary(counts: np.ndarray, classes: tuple[str, ...]) -> str:
    n, largest = int(counts.sum()), int(counts.argmax())
    summary = f"**{n:,} image{'s' * (n != 1)}**, {counts[largest] / n:.0%} of class {classes[largest]}. "
    if counts[largest] >= PURE * n:
        return summary + (
            "The mean of their pixels is a multiple exposure; the mean of their codes, decoded, looks more like an "
            "image of its own."
        )
    return summary + "The mean of such a mixed group looks like nothing in particular, neither in pixels nor decoded."
