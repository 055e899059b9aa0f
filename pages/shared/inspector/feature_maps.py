"""The inside of a convolutional network: every layer's feature maps, and one of them up close."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore import datasets
from aecore.figures import feature_maps, image_grid
from aecore.networks import convolutional, receptive_field
from aecore.networks.convolutional import CONVOLUTION, DENSE, POOLING, TRANSPOSED, UPSAMPLING, Layer
from aecore.specs import ModelSpec, TrainSpec
from aecore.specs.errors import UNSOUND
from aecore.tasks import measured_field, top_activations
from pages.shared import components
from pages.shared.app import runs, worker
from pages.shared.components.layers import layer_view
from pages.shared.inspector import layer_texts, opened_network, unit_selection
from pages.shared.inspector.opened_network import Opened
from pages.shared.inspector.unit_selection import Picked
from pages.shared.pickers.digit_source import Digit

POLL_S = 1.0
N_TOP = 9
PART_WIDTH = 300  # pixels; three side by side where there is room


def inside(page: str, digit: Digit, look: str, model_spec: ModelSpec, train_spec: TrainSpec) -> None:
    """Draw all layers of the network that is looked into, and the selected feature map."""
    run = runs.current(page) if look == opened_network.RUN else None
    polling = run is not None and run.snapshot().changing
    poll_s = worker.poll_s(POLL_S) if polling else None
    st.fragment(_inside, run_every=poll_s)(page, digit, look, model_spec, train_spec, polling)


def _inside(page: str, digit: Digit, look: str, model_spec: ModelSpec, train_spec: TrainSpec, polling: bool) -> None:
    run = runs.current(page) if look == opened_network.RUN else None
    opened = opened_network.opened(page, look, model_spec, train_spec)
    changing = run is not None and run.snapshot().changing
    view, detail = st.container(), st.container()
    maps = convolutional.feature_maps(opened.network, digit.x[None]) if opened else {}
    sound = run is None or (run.snapshot().sound and all(np.isfinite(each).all() for each in maps.values()))
    if opened is None or not sound:
        with view:
            if not sound:
                st.warning(UNSOUND)
            elif run is not None:
                st.progress(0.0, text="The first weights are on their way …")
            else:
                worker.wait_for(opened_network.untrained(model_spec, train_spec))
    else:
        network = opened.network
        picked = unit_selection.picked(page, network, maps)
        with view:
            st.caption(
                f"What each layer of {opened.name} makes of {digit.name}. **Press a feature map** to see what its "
                "filter looks for. The brighter, the stronger; each layer is as bright as its strongest unit."
            )
            layer_view(
                layer_texts.halves(opened, maps, digit.x),
                (network[picked.depth].name, picked.index),
                lambda sent: unit_selection.pick(page, sent, network),
                key=f"{page}.layers",
            )
        with detail:
            one(page, opened, digit, maps, picked, changing)
    if polling and not changing:
        st.rerun()  # once more in full, so that the polling ends


def one(page: str, opened: Opened, digit: Digit, maps: dict, picked: Picked, changing: bool = False) -> None:
    """Draw the selected feature map: enlarged, a unit's receptive field, the filter, and the top images."""
    layer = opened.network[picked.depth]
    name = f"{layer_texts.title(layer)}, {layer_texts.unit_name(layer)} {picked.index + 1}"
    st.subheader(name, divider="gray")
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=PART_WIDTH):
            enlarged(page, layer, maps[layer.name][0, :, :, picked.index], picked)
        with st.container(width=PART_WIDTH):
            field(page, opened, digit, picked, changing)
        with st.container(width=PART_WIDTH):
            _filter(page, opened, layer, picked)
    _top_images(page, opened, layer, picked, changing)


def enlarged(page: str, layer: Layer, values: np.ndarray, picked: Picked) -> None:
    """A feature map (H, W), to press units of."""
    height, width = values.shape
    if values.size == 1:
        st.markdown("**The number**")
        st.caption(f"A single number, **{values[0, 0]:.3f}** for this image; it has no position.")
        return
    st.markdown(f"**The feature map**, {height} × {width}")
    components.clickable_image(
        feature_maps.enlarged_map(values, picked.unit),
        "Press a unit, or move by arrow keys, to see how far it sees.",
        width,
        height,
        lambda sent: unit_selection.pick_unit(page, sent),
        key=f"{page}.map",
        at=(picked.unit[1], picked.unit[0]),
    )
    row, column = picked.unit
    st.caption(f"The framed unit, row {row + 1}, column {column + 1}, is **{values[row, column]:.3f}**. Press another.")


def field(page: str, opened: Opened, digit: Digit, picked: Picked, changing: bool) -> None:
    """How far the unit sees, on the image: by the formula, and measured unless the network is `changing`."""
    network = opened.network[: picked.depth + 1]
    seen = receptive_field.field(network, *picked.unit)
    measured = None
    if not changing:  # while the network trains, each answer would be late
        measured = _measure(opened, digit, network[-1].name, picked).answer()
    st.markdown(f"**What it sees**: {seen.height} × {seen.width} pixels")
    gradient = measured.gradient if measured else None
    components.figure(feature_maps.image_with_field(digit.x, seen, gradient), key=f"{page}.field")
    st.caption(_field_text(receptive_field.reaches(network)[-1], seen, measured))
    with st.container():
        if measured is None and not changing:
            worker.wait_for(_measure(opened, digit, network[-1].name, picked))


def _measure(opened: Opened, digit: Digit, layer: str, picked: Picked) -> worker.Question:
    unit = (*picked.unit, picked.index)
    arguments = (opened.spec, layer, unit, digit.image, opened.version)
    return worker.Question(measured_field.measure, arguments, opened.weights)


def _field_text(reach: receptive_field.Reach, field: receptive_field.Field, measured) -> str:
    if reach.size == 0:
        text = "Behind a dense layer every unit sees the whole image."
    elif reach.size >= 28 and field.height == field.width == 28:
        text = f"By the formula it reaches {reach.size} pixels per side, so it sees the whole image."
    else:
        text = f"By the formula it reaches **{reach.size} × {reach.size}** pixels"
        cut = (field.height, field.width) != (reach.size, reach.size)
        text += f", of which {field.height} × {field.width} are in the image." if cut else "."
    if measured is None:
        return text
    rows, columns = measured.reach.any(axis=1).sum(), measured.reach.any(axis=0).sum()
    agrees = (measured.reach == field.mask()).all()
    text += f" Measured by the gradient, it is {rows} × {columns}: {'the same' if agrees else 'not the same'}."
    if not measured.gradient.any():
        return text + " Right now no pixel changes this unit: it is off, or each maximum is taken elsewhere."
    return text + " Orange: a brighter pixel raises this unit. Blue: it lowers it."


def _filter(page: str, opened: Opened, layer: Layer, picked: Picked) -> None:
    if layer.kind == POOLING:
        st.markdown("**Max pooling**")
        st.caption("Takes the largest of each 2 × 2 block of the map before, and throws the other three away.")
    elif layer.kind == UPSAMPLING:
        st.markdown("**Upsampling**")
        st.caption("Makes a 2 × 2 block of each number of the map before. Nothing is added, nothing learned.")
    elif layer.kind == DENSE:
        n_in = int(np.prod(layer.in_shape))
        st.markdown(f"**{n_in:,} weights** and a bias")
        st.caption("A dense layer: one weight for each number that comes in, and no place is like another.")
    elif layer.kernel is not None and layer.bias is not None:
        kernel = layer.kernel[:, :, picked.index] if layer.kind == TRANSPOSED else layer.kernel[..., picked.index]
        bias = float(layer.bias[picked.index])
        st.markdown(f"**The filter**, {' × '.join(map(str, kernel.shape))}")
        components.figure(feature_maps.filter_drawing(kernel), key=f"{page}.filter")
        st.caption(f"Orange: more than 0, blue: less. The bias is {bias:.3f}. Hover a cell for its number.")
        if layer.kind != CONVOLUTION:
            return
        random = opened.version.startswith(opened_network.UNTRAINED)
        st.page_link(
            "pages/convolution.py",
            label="Take this filter apart",
            icon=":material/calculate:",
            disabled=random,
            help="These numbers are random: train the network first."
            if random
            else "See it move over this very image, multiplication by multiplication.",
            query_params=_link_to_filter(opened, layer, picked),
        )


def _link_to_filter(opened: Opened, layer: Layer, picked: Picked) -> dict[str, str]:
    row, column = picked.unit
    query = {"net": opened.version.partition("@")[0], "layer": layer.name, "index": str(picked.index)}
    if "digit" in st.query_params:
        query["digit"] = st.query_params["digit"]
    return query | {"at": f"{row},{column}"}


def _top_images(page: str, opened: Opened, layer: Layer, picked: Picked, changing: bool) -> None:
    st.markdown("**The test images that activate it most**, and where")
    with st.container():
        if changing:
            st.caption("These are found when the run rests: pause it, or wait for it to end.")
            return
        arguments = (opened.spec, layer.name, opened.dataset, N_TOP, opened.version)
        question = worker.Question(top_activations.find, arguments, opened.weights)
        found = question.answer()
        if found is None:
            worker.wait_for(question, message="Searching 10,000 test images …")
            return
        x, y = datasets.load_test(opened.dataset)
        names = datasets.CLASS_NAMES[opened.dataset]
        network, cells, captions = opened.network[: picked.depth + 1], [], []
        for number, place, value in zip(
            found.indices[picked.index], found.places[picked.index], found.values[picked.index], strict=True
        ):
            seen = receptive_field.field(network, *map(int, place))
            cells.append(feature_maps.image_with_field(x[number], seen, width_px=96))
            captions.append(f"{names[y[number]]}: {value:.2f}")
        if not found.values[picked.index].any():
            st.caption("None does: this unit is 0 for every test image. It is dead.")
            return
        components.figure(image_grid.image_row(cells, captions, 96), key=f"{page}.exciting")
