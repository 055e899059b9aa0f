"""From the code of one image to that of another, straight and around the origin."""

from __future__ import annotations

import io

import numpy as np
import streamlit as st
from PIL import Image

from aecore.figures import image_grid
from aecore.networks import latent_geometry
from pages.lessons.latent.model import LatentModel
from pages.shared import components
from pages.shared.pickers import digit_source

STEPS = 11
FIRST_B = 2  # the test image that B starts with
GIF_SCALE, GIF_FRAME_MS = 8, 120
WIDTH = 620  # pixels
PATHS = {"Straight": latent_geometry.lerp, "Spherical": latent_geometry.slerp}
FRAME = '<div style="width:180px"><img style="width:100%;image-rendering:pixelated;border-radius:8px"'


def show(page: str, model: LatentModel) -> None:
    """The two images, what lies between their codes, and the same as a film."""
    st.markdown(
        "Two images have two codes, and everything between the codes can be decoded as well. Halfway between two "
        "images there are only double exposures; halfway between two codes there are images of their own."
    )
    left, right = st.columns(2)
    with left:
        st.markdown("**A**")
        a = digit_source.choose(page, model.dataset, slot="a")
    with right:
        st.markdown("**B**")
        b = digit_source.choose(page, model.dataset, FIRST_B, slot="b")
    z_a, z_b = model.network.encode(np.stack([a.x, b.x]))
    pixels = latent_geometry.lerp(a.x.reshape(-1), b.x.reshape(-1), STEPS)
    shares = [f"{share:.0%}" for share in np.linspace(0, 1, STEPS)]
    rows = [
        (name, note, image_grid.image_cells(images, shares))
        for name, note, images in (
            ("straight", "the shortest path", model.network.draw(latent_geometry.lerp(z_a, z_b, STEPS))),
            ("spherical", "around the origin", model.network.draw(latent_geometry.slerp(z_a, z_b, STEPS))),
            ("pixels", "for comparison", np.rint(pixels).astype(np.uint8).reshape(-1, 28, 28, 1)),
        )
    ]
    components.figure(image_grid.labelled_grid(["A", *shares[1:-1], "B"], rows, 76), key=f"{page}.between")
    path = st.segmented_control(
        "Play", list(PATHS), default="Straight", key=f"{page}.way", required=True, persist_state="session"
    )
    _film(page, model.network.draw(PATHS[path](z_a, z_b, 2 * STEPS)))


def _film(page: str, images: np.ndarray) -> None:
    cells = image_grid.image_cells(images, [""] * len(images))
    frames = [f"{cell.replace('<img', FRAME, 1)}</div>" for cell in cells]
    labels = [f"{share:.0%} of the way" for share in np.linspace(0, 1, len(frames))]
    with st.container(width=WIDTH):
        components.flipbook("From A to B", frames, labels, 0, key=f"{page}.play")
        st.download_button(
            "Film (.gif)", gif(images), "between.gif", "image/gif", on_click="ignore", icon=":material/download:"
        )


def gif(images: np.ndarray) -> bytes:
    """An endless GIF of images uint8 (N, H, W, 1), enlarged, that plays there and back again."""
    enlarged = [Image.fromarray(np.kron(x[..., 0], np.ones((GIF_SCALE, GIF_SCALE), np.uint8))) for x in images]
    film = [*enlarged, *enlarged[-2:0:-1]]
    file = io.BytesIO()
    film[0].save(file, "GIF", save_all=True, append_images=film[1:], duration=GIF_FRAME_MS, loop=0)
    return file.getvalue()
