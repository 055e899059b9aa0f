"""The manifold: images decoded from a grid of points over the latent plane."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from aecore.imaging import encoding
from aecore.networks import latent_geometry, numpy_backend
from pages.lessons.latent import position
from pages.lessons.latent.model import LatentModel
from pages.shared import components

DEFAULT_SIDE = 18
MOSAICS_KEPT = 20  # about 200 kB each
WIDTH = 620  # pixels


def show(page: str, model: LatentModel) -> None:
    """The grid; a click on a cell moves the visitor there."""
    a, b = model.axes
    axes = "" if model.code_dim == 2 else f" of z{a} and z{b}, the two most informative numbers"
    st.markdown(
        f"Each cell shows what the decoder draws at one point{axes}. The points are denser where the prior has more of "
        "its mass, so that every cell stands for the same share of it. **Click a cell to go there.**"
    )
    n = st.slider("Images per side", 5, 40, DEFAULT_SIDE, key=f"{page}.cells", persist_state="session")
    grid = latent_geometry.quantile_grid(n)
    codes = latent_geometry.embed(grid, position.current(page, model), model.axes)
    uri, png = _mosaic(model.name, model.version, codes, model.network)

    def go(cell: Any) -> None:
        try:
            column, row = int(cell[0]), int(cell[1])
            position.go_to(page, codes[row, column])
        except (TypeError, ValueError, IndexError, OverflowError):
            return

    with st.container(width=WIDTH):
        alt = f"{n} × {n} decoded images over the latent plane"
        components.clickable_image(uri, alt, n, n, go, key=f"{page}.manifold")
        st.download_button(
            "Image (.png)", png, "manifold.png", "image/png", on_click="ignore", icon=":material/download:"
        )


@st.cache_resource(show_spinner=False, max_entries=MOSAICS_KEPT)
def _mosaic(name: str, version: str, codes: np.ndarray, _network: numpy_backend.Network) -> tuple[str, bytes]:
    """What the network of this name and version draws at codes (n, n, code_dim): a data URI, and a PNG file."""
    n, _, code_dim = codes.shape
    image = latent_geometry.mosaic(_network.draw(codes.reshape(-1, code_dim)), n)
    return encoding.png_data_uri(image), encoding.png(image)
