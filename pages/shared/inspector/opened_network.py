"""Which convolutional network is looked into, which of its feature maps, and what the link says of that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore import checkpoints
from aecore.networks import convolutional
from aecore.networks.convolutional import CONVOLUTION, DENSE, POOLING, TRANSPOSED, UPSAMPLING, Layer
from aecore.runs.run import Run
from aecore.specs import ModelSpec, TrainSpec
from aecore.tasks.initial_weights import initial_weights
from pages.shared.app import problems, runs, state, worker
from pages.shared.components.layers import LayerRow
from pages.shared.url import links

SHIPPED = "conv-128"
RUN, UNTRAINED = "run", "untrained"
CHOICES = {RUN: "Your run", SHIPPED: "conv-128, trained", UNTRAINED: "Before any training"}
NAMES = ("look", "layer", "index", "unit", "section")  # of the link
FIRST = ("encoder_2", 3)  # the layer and map that stand out at first
KINDS = {
    CONVOLUTION: "Convolution",
    POOLING: "Max pooling",
    UPSAMPLING: "Upsampling",
    TRANSPOSED: "Transposed convolution",
    DENSE: "Dense layer",
}


@dataclass(frozen=True, eq=False)
class Opened:
    """A network that is looked into: `version` tells its weights from others, `words` what it is."""

    spec: ModelSpec
    weights: tuple[np.ndarray, ...]
    version: str
    dataset: str
    words: str

    @property
    def network(self) -> tuple[Layer, ...]:
        """Its layers, to be called."""
        return convolutional.layers(self.spec, self.weights)


@dataclass(frozen=True)
class Picked:
    """A feature map and a unit of it: the layer's place in the network, the map's number, the unit's row and column."""

    depth: int
    index: int
    unit: tuple[int, int]


# Which network.


def shipped() -> Opened:
    """The trained network of the lesson that comes with the app."""
    about = checkpoints.about(SHIPPED)
    words = f"{SHIPPED}, trained for {about.train_spec.epochs} epochs"
    return Opened(about.model_spec, checkpoints.weights(SHIPPED), SHIPPED, about.train_spec.dataset, words)


def of_run(run: Run) -> Opened | None:
    """The network of a run as it is now; None before its first slice, and if it has diverged."""
    progress, weights = run.snapshot().progress, run.weights
    if progress is None or weights is None:
        return None
    words = f"your run, in epoch {progress.epoch:.1f}" if progress.epoch % 1 else f"your run, epoch {progress.epoch:g}"
    return Opened(run.model_spec, weights, f"{run.run_id}@{progress.step}", run.train_spec.dataset, words)


def choose(page: str, with_untrained: bool) -> str:
    """The control for which network is looked into; a run that is begun becomes the choice."""
    run, key = runs.current(page), state.key(page, "look")
    now = run.run_id if run else None
    first = not state.has(page, "look_run")
    if now and now != state.get(page, "look_run", None) and not (first and "look" in st.query_params):
        state.set(page, "look", RUN)
    state.set(page, "look_run", now)
    hidden = {RUN: run is None, UNTRAINED: not with_untrained}
    options = [name for name in CHOICES if not hidden.get(name)]
    if state.get(page, "look", None) not in options:
        state.set(page, "look", options[0])
    return st.segmented_control(
        "Look into", options, format_func=CHOICES.get, key=key, required=True, persist_state="session"
    )


def opened(page: str, look: str, model_spec: ModelSpec, train_spec: TrainSpec) -> Opened | None:
    """The network that is looked into; None while it is waited for. The specs: of the controls."""
    if look == SHIPPED:
        return shipped()
    if look == RUN:
        return of_run(runs.current(page))
    weights = untrained(model_spec, train_spec).answer()
    words = "the network set above, with random weights"
    return weights and Opened(model_spec, weights, f"{UNTRAINED} {train_spec.seed}", train_spec.dataset, words)


def dataset(page: str, look: str, of_controls: str) -> str:
    """The data set of the network that is looked into."""
    if look == SHIPPED:
        return checkpoints.about(SHIPPED).train_spec.dataset
    return runs.current(page).train_spec.dataset if look == RUN else of_controls


def untrained(model_spec: ModelSpec, train_spec: TrainSpec) -> worker.Question:
    """What the network of the controls begins with, to be asked."""
    return worker.Question(initial_weights, (model_spec, train_spec.seed))


# Which of its feature maps.


def restore(page: str) -> None:
    """Set what is looked into from the link, or keep what the session has."""
    if not state.has(page, "picked"):
        take_from_link(page)


def take_from_link(page: str) -> None:
    """Set what is looked into from the link."""
    if "look" in st.query_params:
        state.set(page, "look", links.choice(page, "look", CHOICES, SHIPPED))
    layer = st.query_params.get("layer", FIRST[0])
    if not re.fullmatch(r"(encoder|pool|decoder|up)_[1-4]|code|maps|logits", layer):
        problems.add(page, "The link's layer must be the name of one, such as encoder_1 or up_3; it is none.")
        layer = FIRST[0]
    index = links.whole_number(page, "index", 10_000, FIRST[1] if layer == FIRST[0] else 0)
    state.set(page, "picked", (layer, index))
    state.set(page, "unit", None)
    query = st.query_params
    state.set(page, "picked_by_link", "layer" in query or "index" in query or "unit" in query)
    text = st.query_params.get("unit")
    if text is None:
        return
    row, _, column = text.partition("-")
    if all(part.isascii() and part.isdigit() and len(part) <= 3 for part in (row, column)):
        state.set(page, "unit", (int(row), int(column)))
    else:
        problems.add(page, "The link's unit must be a row and a column, such as 3-5; it is none.")


def pick_first(page: str) -> None:
    """Let that map stand out which does so at first."""
    state.set(page, "picked", FIRST)
    state.set(page, "unit", None)


def picked(page: str, network: Sequence[Layer], maps: dict[str, np.ndarray]) -> Picked:
    """The feature map and the unit that stand out; where this network has none such, the strongest of the layer.

    `maps`: float (1, H, W, K) of each layer.
    """
    (name, index), unit = state.get(page, "picked"), state.get(page, "unit")
    names = [layer.name for layer in network]
    depth = names.index(name) if name in names else 0
    height, width, count = network[depth].out_shape
    if state.pop(page, "picked_by_link", False):
        _tell_what_there_is_not(
            page, name in names, index < count, unit is None or (unit[0] < height and unit[1] < width)
        )
    if name not in names or index >= count:
        index = int(np.abs(maps[names[depth]][0]).max(axis=(0, 1)).argmax())
    if unit is None or unit[0] >= height or unit[1] >= width:
        unit = divmod(int(np.abs(maps[names[depth]][0, :, :, index]).argmax()), width)
    return Picked(depth, index, unit)


def _tell_what_there_is_not(page: str, has_layer: bool, has_index: bool, has_unit: bool) -> None:
    for has, words in ((has_layer, "layer"), (has_index, "index"), (has_unit, "unit")):
        if not has:
            problems.add(page, f"This network has no such {words} as the link names. Another is shown instead.")
            return


def pick(page: str, came: object, network: Sequence[Layer]) -> None:
    """Let a map stand out that the browser names: [layer, map, …]; what names none is left alone."""
    known = {layer.name: layer.out_shape[2] for layer in network}
    if not isinstance(came, list) or len(came) < 2 or not isinstance(came[0], str):
        return
    name, index = came[:2]
    if name in known and isinstance(index, int) and 0 <= index < known[name]:
        state.set(page, "picked", (name, index))
        state.set(page, "unit", None)


def pick_unit(page: str, came: object) -> None:
    """Let a unit stand out that the browser names: [column, row, …]."""
    if isinstance(came, list) and len(came) >= 2 and all(isinstance(n, int) and 0 <= n < 1_000 for n in came[:2]):
        state.set(page, "unit", (came[1], came[0]))


def in_link(page: str, look: str | None = None) -> dict[str, str]:
    """What the link says of all this; what is usual is left out."""
    layer, index = state.get(page, "picked")
    unit = state.get(page, "unit")
    query = {} if look in (None, SHIPPED, RUN) else {"look": look}
    if look == SHIPPED and runs.current(page) is not None:
        query["look"] = look
    if (layer, index) != FIRST:
        query |= {"layer": layer, "index": str(index)}
    return query if unit is None else query | {"unit": f"{unit[0]}-{unit[1]}"}


# In words.


def title(layer: Layer) -> str:
    """What a layer is called on the page."""
    if layer.name == convolutional.OUTPUT:
        return "Output: convolution and sigmoid"
    if layer.name == "code":
        return "Dense layer: the code"
    number = layer.name.partition("_")[2]
    return f"{KINDS[layer.kind]} {number}".strip()


def in_a_line(spec: ModelSpec) -> str:
    """The shapes of a network from image to code and back, and what it learns."""
    network = convolutional.layers(spec)
    code = [layer.name for layer in network].index(convolutional.bottleneck(spec))
    shapes: list[str] = ["28 × 28 × 1"]
    for i, layer in enumerate(network):
        height, width, count = layer.out_shape
        if layer.stride > 1 or i in (code, len(network) - 1):
            shape = f"{count} numbers" if height == 1 and layer.kind == DENSE else f"{height} × {width} × {count}"
            shapes.append(f"**{shape}**" if i == code else shape)
    learned = sum(layer.n_parameters for layer in network)
    return f"{' → '.join(shapes)}. In bold the code, {spec.code_dim} numbers. {learned:,} parameters."


def unit_name(layer: Layer) -> str:
    """What one of a layer's maps is called."""
    return (
        "number" if layer.kind == DENSE and layer.out_shape[0] == 1 else "filter" if layer.kernel is not None else "map"
    )


def halves(opened: Opened, maps: dict[str, np.ndarray], x: np.ndarray) -> list[tuple[str, list[LayerRow]]]:
    """The rows of the encoder and of the decoder. `x`: the image, uint8 (28, 28, 1)."""
    encoder = [LayerRow("x", "The image", "28 × 28 × 1", "", x.astype(np.float32), "channel", False)]
    decoder: list[LayerRow] = []
    code, rows = convolutional.bottleneck(opened.spec), encoder
    for layer in opened.network:
        rows.append(_row(layer, maps[layer.name][0], layer.name == code, opened))
        if layer.name == code:
            rows = decoder
    return [("Encoder", encoder), ("Decoder", decoder)]


def _row(layer: Layer, maps: np.ndarray, code: bool, opened: Opened) -> LayerRow:
    height, width, count = layer.out_shape
    shape = f"{count} numbers" if height == 1 and layer.kind == DENSE else f"{height} × {width} × {count}"
    learned = f"{layer.n_parameters:,} parameters" if layer.n_parameters else "nothing to learn"
    note = ""
    if code:
        note = f"This is the code: {opened.spec.code_dim} numbers. The decoder gets nothing else."
    elif layer.padding == "valid":
        note = (
            "The lesson's one convolution without padding. Doubling 4 pixels three times makes 32, but the image has "
            "28. Without padding the filter cannot stand on the edge, so 16 pixels become 14, and 2 × 14 = 28."
        )
    elif layer.kind == TRANSPOSED and layer.out_shape[0] != 2 * layer.in_shape[0]:
        note = f"Doubling would make {2 * layer.in_shape[0]}; a transposed convolution can be told to leave out one."
    return LayerRow(layer.name, title(layer), f"{shape} · {learned}", note, maps, unit_name(layer), code)
