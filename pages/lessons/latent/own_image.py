"""The visitor's own image in the latent space: where it lands, what comes back, and its neighbours."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore import datasets
from aecore.figures import image_grid
from aecore.imaging import metrics
from aecore.specs.grammar import with_article
from pages.lessons.latent import position
from pages.lessons.latent.model import LatentModel
from pages.shared import components
from pages.shared.app import state
from pages.shared.pickers import digit_source

N_NEIGHBOURS = 10
CHOOSER_WIDTH, RESULT_WIDTH = 290, 760  # pixels


def show(page: str, model: LatentModel) -> None:
    """Choose an image, see its reconstruction and its neighbours, and go to its code."""
    with st.container(horizontal=True, gap="medium"):
        chooser, result = st.container(width=CHOOSER_WIDTH), st.container(width=RESULT_WIDTH)
    with chooser:
        digit = digit_source.choose(page, model.dataset)
    state.set(page, "marked", digit.x)
    z_mean = model.network.encode(digit.x[None])[0]
    x_hat = model.network.draw(z_mean[None])[0]
    error = float(metrics.mse_per_image(digit.x[None], x_hat[None])[0])
    with result:
        cells = image_grid.image_cells([digit.x, x_hat], ["image", "reconstruction"])
        captions = (digit.name, f"reconstruction, squared error {error:.4f}")
        components.figure(image_grid.image_row(cells, captions), key=f"{page}.own")
        a, b = model.axes
        st.markdown(
            f"It lands at z{a} = **{z_mean[a]:.2f}**, z{b} = **{z_mean[b]:.2f}**, {np.linalg.norm(z_mean):.2f} σ from "
            "the origin; the square on the plane above marks it."
        )
        if st.button("Go there", icon=":material/my_location:", key=f"{page}.go_there"):
            position.go_to(page, z_mean)
            st.rerun()
        _neighbours(page, model, z_mean)


def _neighbours(page: str, model: LatentModel, z: np.ndarray) -> None:
    distances = np.linalg.norm(model.z_mean - z, axis=1)
    nearest = np.argsort(distances)[:N_NEIGHBOURS]
    x_test, _ = datasets.load_test(model.dataset)
    titles = [f"{with_article(model.classes[model.labels[i]])}, {distances[i]:.2f} away" for i in nearest]
    rows = [("neighbours", "nearest test images", image_grid.image_cells(x_test[nearest], titles))]
    components.figure(image_grid.rows_of_ten(rows), key=f"{page}.neighbours")


def marks(page: str, model: LatentModel) -> tuple:
    """The mark on the pad for the image chosen last in this section, if there is one."""
    x = state.get(page, "marked", None)
    if x is None:
        return ()
    z = model.network.encode(x[None])[0]
    a, b = model.axes
    return (("your image", (float(z[a]), float(z[b]))),)
