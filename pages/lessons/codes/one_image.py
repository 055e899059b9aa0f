"""One image on the map, a picked one or the visitor's own: its code, and its nearest neighbours in code space."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.figures import code_charts, image_grid
from aecore.projection import code_questions, neighbourhood_quality
from aecore.projection.code_questions import Inspected
from aecore.projection.neighbourhood_quality import NeighbourhoodQuality
from aecore.specs import PIXELS
from aecore.specs.grammar import with_article
from pages.lessons.codes import faithfulness
from pages.lessons.codes.visitor_maps import Maps
from pages.shared import components
from pages.shared.app import state, worker
from pages.shared.pickers.digit_source import Digit

WIDTH = 760  # pixels


def show_picked(page: str, maps: Maps) -> None:
    """The picked image, its code, and its nearest neighbours in code space, which the map may have separated."""
    number = state.get(page, "point")
    if number is None:
        st.info("**Click a point on a map** to see its image, its code, and which codes are really nearest to it.")
        return
    x, labels = maps.code_set.source.images

    def draw(found: Inspected) -> None:
        caption = f"test image {number:,}, {with_article(maps.code_set.classes[labels[number]])}"
        _image_and_code(page, maps, x[number], caption, found)
        _nearest(page, maps, found)
        if maps.moving:
            st.caption("How faithful the map is here can be measured once it has stopped moving.")
        elif maps.xy is not None:
            worker.answered(lambda measured: _faithfulness(maps, measured, number), faithfulness.question(maps))

    worker.answered(draw, _inspect(maps, x[number].tobytes(), number))


def show_own(page: str, maps: Maps, digit: Digit) -> None:
    """The visitor's own image, placed on the map, and its nearest neighbours."""
    st.markdown(
        "The image is encoded like any other and placed on the map where its neighbours in code space pull it; **the "
        "map is not recomputed**. If it lands between clusters, its position means little: its neighbours are then "
        "scattered."
    )
    if maps.moving:
        st.info("It will be placed once the map has stopped moving.")
    elif maps.xy is None:
        st.info("There is no t-SNE map of these codes yet, only the map of the principal components.")

    def draw(found: Inspected) -> None:
        _image_and_code(page, maps, digit.x, digit.name, found)
        voters = found.nearest[: neighbourhood_quality.K_VOTES]
        votes = np.bincount(maps.code_set.source.images[1][voters], minlength=len(maps.code_set.classes))
        winner = int(votes.argmax())
        st.markdown(
            f"Of its {neighbourhood_quality.K_VOTES} nearest codes, **{votes[winner]} are of class "
            f"{maps.code_set.classes[winner]}**."
        )
        _nearest(page, maps, found)

    worker.answered(draw, _inspect(maps, digit.image, None))


def _inspect(maps: Maps, image: bytes, number: int | None) -> worker.Question:
    code_set = maps.code_set
    return worker.Question(code_questions.inspect, (code_set.source, image, number), (code_set.weights,))


def _image_and_code(page: str, maps: Maps, x: np.ndarray, caption: str, found: Inspected) -> None:
    has_decoder = maps.code_set.spec.codes != PIXELS
    images, captions = [x], [caption]
    if has_decoder:
        images.append(found.x_hat)
        captions.append("reconstruction from its code")
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        with st.container(width=330):
            cells = image_grid.image_cells(images, captions)
            components.figure(image_grid.image_row(cells, captions, 150), key=f"{page}.portrait")
        if has_decoder:
            with st.container(width=400):
                low, high = code_charts.code_span(found.z)
                components.figure(code_charts.code_bars(found.z, high, low), key=f"{page}.code")
                st.caption(f"Its code: {len(found.z):,} numbers, one bar each. Hover over a bar to read its value.")


def _nearest(page: str, maps: Maps, found: Inspected) -> None:
    _deselect_others(page, found)
    x, labels = maps.code_set.source.images
    names = [maps.code_set.classes[label] for label in labels[found.nearest]]
    st.markdown("**Its nearest neighbours in code space**, whatever the map says:")
    with st.container(width=WIDTH):
        titles = [
            f"test image {i:,}, {with_article(name)}, {distance:.2f} away"
            for i, name, distance in zip(found.nearest, names, found.distances, strict=True)
        ]
        captions = [f"{name}<br>{distance:.2f} away" for name, distance in zip(names, found.distances, strict=True)]
        cells = image_grid.image_cells(x[found.nearest], titles)
        components.figure(image_grid.image_row(cells, captions, 78), key=f"{page}.nearest")
    st.button(
        "Show them on the maps",
        icon=":material/my_location:",
        key=f"{page}.light_up",
        on_click=_select_nearest,
        args=(page, found),
        help="Highlights these eight on both maps, so that you can see how far apart they were placed.",
    )


def _select_nearest(page: str, found: Inspected) -> None:
    state.set(page, "lasso", _point_numbers(found))
    state.set(page, "lit", _point_numbers(found))


def _point_numbers(found: Inspected) -> tuple[int, ...]:
    return tuple(sorted(int(i) for i in found.nearest))


def _deselect_others(page: str, found: Inspected) -> None:
    """Clear neighbours that were highlighted for another image."""
    highlighted = state.get(page, "lit", None)
    if highlighted and highlighted == state.get(page, "lasso") and highlighted != _point_numbers(found):
        state.set(page, "lasso", ())


def _faithfulness(maps: Maps, measured: NeighbourhoodQuality, number: int) -> None:
    k, k_votes = neighbourhood_quality.K, neighbourhood_quality.K_VOTES
    kept = round(float(measured.overlap[number]) * k)
    verdict = {True: "its own class", False: "another class"}
    st.markdown(
        f"**How faithful the map is here.** Of its {k} nearest codes, {kept} are among its {k} nearest neighbours on "
        f"the map. Its trustworthiness is **{measured.trust[number]:.3f}** (mean over all points: "
        f"{measured.trustworthiness:.3f}). A majority of its {k_votes} nearest codes votes for "
        f"{verdict[bool(measured.right_in_codes[number])]}; a majority of its {k_votes} nearest neighbours on the map "
        f"votes for {verdict[bool(measured.right_on_map[number])]}."
    )
