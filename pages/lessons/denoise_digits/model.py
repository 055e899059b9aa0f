"""What the page on denoising digits has in hand: which pictures, and which noise."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import streamlit as st

from aecore.specs import DATASETS, NOISES, NoiseSpec
from pages.shared import controls
from pages.shared.app import problems, state
from pages.shared.url import links

SLOTS = {"mnist": "digit", "fashion_mnist": "clothes"}
DATASET, SECTION = "mnist", "filters"
DEFAULT = NoiseSpec()
MAX_SEED = 9_999
ANSWER_S = 0.8


def restore(page: str, sections: Collection[str]) -> None:
    """Set pictures, noise and the part of the page from the link."""
    if state.has(page, "kind"):
        return
    noise, sentences = NoiseSpec.from_query(st.query_params)
    for sentence in sentences:
        problems.add(page, sentence)
    state.set(page, "kind", noise.kind)
    state.set(page, "amount", noise.amount)
    state.set(page, "draw", links.whole_number(page, "draw", MAX_SEED))
    state.set(page, "pictures", links.choice(page, "pictures", DATASETS, DATASET))
    state.set(page, "section", links.choice(page, "section", sections, SECTION))


def put_in_link(page: str, noise: NoiseSpec, draw: int, dataset: str, section: str) -> None:
    """Let the link say what is shown."""
    query = noise.to_query()
    query |= {} if not draw else {"draw": str(draw)}
    query |= {} if dataset == DATASET else {"pictures": dataset}
    query |= {} if section == SECTION else {"section": section}
    links.put(query, (*(field.name for field in dataclasses.fields(NoiseSpec)), "draw", "pictures", "section"))


def dataset(page: str) -> str:
    """Digits, or the clothes that no denoiser of digits has ever seen."""
    return st.segmented_control(
        "Pictures",
        list(DATASETS),
        format_func={"mnist": "Digits", "fashion_mnist": "Clothes"}.get,
        key=f"{page}.pictures",
        required=True,
        persist_state="session",
        label_visibility="collapsed",
        on_change=problems.clear,
        args=(page,),
    )


def noise(page: str) -> tuple[NoiseSpec, int]:
    """The controls of the noise: its kind, its amount, and which of all the noises of that kind and amount it is."""
    amount_key = state.key(page, "amount")

    def usual_amount() -> None:
        problems.clear(page)
        most, trained = NOISES[state.get(page, "kind")][1:]
        state.set(page, "amount", DEFAULT.amount if most > 1 and trained >= DEFAULT.amount else trained)

    def another() -> None:
        state.set(page, "draw", (state.get(page, "draw") + 1) % (MAX_SEED + 1))

    kind = st.segmented_control(
        "Noise",
        list(NOISES),
        format_func=controls.NOISE_LABELS.get,
        key=f"{page}.kind",
        required=True,
        persist_state="session",
        on_change=usual_amount,
        label_visibility="collapsed",
    )
    unit, most, _ = NOISES[kind]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        amount = st.slider(
            f"Amount: {unit}",
            0.0,
            most,
            step=0.01 if most <= 1.5 else 0.05,
            key=amount_key,
            persist_state="session",
            on_change=problems.clear,
            args=(page,),
        )
        st.button(
            "Other noise",
            icon=":material/casino:",
            key=f"{page}.another_noise",
            on_click=another,
            help="The same kind and amount, thrown anew.",
            disabled=kind == "blur",  # which has nothing by chance
        )
    return NoiseSpec(kind, amount), state.get(page, "draw")
