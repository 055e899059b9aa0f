"""A page's settings and its link: what the link sets, and what it says of what is on screen."""

from __future__ import annotations

import dataclasses

import streamlit as st

from aecore.specs import NO_NOISE, ModelSpec, TrainSpec, format_value, quote
from pages.shared.app import problems, runs, state
from pages.shared.controls import starting_weights
from pages.shared.controls.fields import FIELDS, put
from pages.shared.url import links

MAX_WRITTEN = 100
MODEL, TRAIN = ModelSpec(), TrainSpec()


def restore(
    page: str, default: ModelSpec = MODEL, train_default: TrainSpec = TRAIN, families: tuple[str, ...] = ()
) -> None:
    """Set the page's controls and its run from the link it was opened with, or keep what the session has.

    `default`, `train_default`: the settings that the page opens with. It trains networks of these `families`, by
    default only the family of `default`, and with noise if `train_default` has noise.

    Values of the link that are out of range become problems of the page.
    """
    put(page, *state.pop(page, "wanted", ()))
    query = {name: text for name, text in st.query_params.to_dict().items() if name in FIELDS or name == "run"}
    # What a page wrote itself may come back late, when the visitor has moved on, even to another page: no new link.
    if query in state.setdefault("links", "written", []):
        query = {}
    if not query and state.get(page, "restored", None):
        return
    state.set(page, "restored", True)
    families = families or (default.family,)
    run = runs.open_linked(page, query.pop("run", None), families, train_default.noise_spec is not None)
    if run is not None and not query:
        put(page, run.model_spec, run.train_spec)
        return
    query = starting_weights.in_query(query, families) | query
    if query.get("family") not in families:
        query["family"] = default.family
    if train_default.noise_spec is not None and query.get("noise") == NO_NOISE:
        del query["noise"]
    model_spec, sentences = ModelSpec.from_query(query, _base(default, query["family"]))
    train_spec, more = TrainSpec.from_query(query, train_default)
    checkpoints = starting_weights.names(families)
    if train_spec.start not in ("", *checkpoints):
        more.append(
            f"Start from must be one of {', '.join(checkpoints)}; got {quote(train_spec.start)}. "
            "Training starts from random weights instead."
        )
        train_spec = dataclasses.replace(train_spec, start="")
    put(page, model_spec, train_spec)
    for sentence in (*sentences, *more):
        problems.add(page, sentence)


def _base(default: ModelSpec, family: str) -> ModelSpec:
    """What a link's settings of a network differ from: the page's default, or that of another family."""
    return default if family == default.family else ModelSpec(family)


def sync_url(
    page: str,
    model_spec: ModelSpec,
    train_spec: TrainSpec,
    default: ModelSpec = MODEL,
    train_default: TrainSpec = TRAIN,
    **more: str,
) -> None:
    """Write to the link what is on screen: every setting that is not the page's default, the run, and `more`."""
    run = runs.current(page)
    others = {name: text for name, text in st.query_params.to_dict().items() if name not in FIELDS and name != "run"}
    query = model_spec.to_query(_base(default, model_spec.family)) | train_spec.to_query(train_default)
    query |= {"family": model_spec.family} if model_spec.family != default.family else {}
    # A link that names a checkpoint means its settings; what is set differently has to be said, default or not.
    for name, of_start in starting_weights.in_query(query, (model_spec.family,)).items():
        spec = model_spec if hasattr(model_spec, name) else train_spec
        if (now := format_value(getattr(spec, name))) != of_start:
            query[name] = now
    query |= {"run": run.run_id} if run else {}
    written = state.get("links", "written")
    if query not in written:
        written.append(query)
        del written[:-MAX_WRITTEN]
    links.write(others | more | query)
