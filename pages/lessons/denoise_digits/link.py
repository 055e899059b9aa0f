"""What the link says of the page on denoising digits: the images, the noise, and the section that is open."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import streamlit as st

from aecore.specs import DATASETS, NoiseSpec
from pages.lessons.denoise_digits.inputs import DATASET, MAX_SEED
from pages.shared.app import problems, state
from pages.shared.url import links

DEFAULT_SECTION = "filters"


def restore(page: str, sections: Collection[str]) -> None:
    """Set images, noise and section from the link when the page is first opened."""
    if state.has(page, "kind"):
        return
    noise, sentences = NoiseSpec.from_query(st.query_params)
    for sentence in sentences:
        problems.add(page, sentence)
    state.set(page, "kind", noise.kind)
    state.set(page, "amount", noise.amount)
    state.set(page, "draw", links.whole_number(page, "draw", MAX_SEED))
    state.set(page, "pictures", links.choice(page, "pictures", DATASETS, DATASET))
    state.set(page, "section", links.choice(page, "section", sections, DEFAULT_SECTION))


def write(page: str, noise: NoiseSpec, seed: int, dataset: str, section: str) -> None:
    """Write what is on screen into the link."""
    query = noise.to_query()
    query |= {} if not seed else {"draw": str(seed)}
    query |= {} if dataset == DATASET else {"pictures": dataset}
    query |= {} if section == DEFAULT_SECTION else {"section": section}
    links.put(query, (*(field.name for field in dataclasses.fields(NoiseSpec)), "draw", "pictures", "section"))
