"""What the page on denoising digits has in hand: which pictures, and which noise."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import streamlit as st

from aecore.specs import DATASETS, NOISES, NoiseSpec
from pages.shared import controls
from pages.shared.app import session
from pages.shared.url import links

SLOTS = {"mnist": "digit", "fashion_mnist": "clothes"}
DATASET, SECTION = "mnist", "filters"
DEFAULT = NoiseSpec()
MAX_SEED = 9_999
ANSWER_S = 0.8


def restore(page: str, sections: Collection[str]) -> None:
    """Set pictures, noise and the part of the page from the link."""
    if f"{page}.kind" in st.session_state:
        return
    noise, problems = NoiseSpec.from_query(st.query_params)
    for sentence in problems:
        session.add_problem(page, sentence)
    st.session_state[f"{page}.kind"], st.session_state[f"{page}.amount"] = noise.kind, noise.amount
    st.session_state[f"{page}.draw"] = links.whole_number(page, "draw", MAX_SEED)
    st.session_state[f"{page}.pictures"] = links.choice(page, "pictures", DATASETS, DATASET)
    st.session_state[f"{page}.section"] = links.choice(page, "section", sections, SECTION)


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
        on_change=session.clear_problems,
        args=(page,),
    )


def noise(page: str) -> tuple[NoiseSpec, int]:
    """The controls of the noise: its kind, its amount, and which of all the noises of that kind and amount it is."""
    amount_key, draw_key = f"{page}.amount", f"{page}.draw"

    def usual_amount() -> None:
        session.clear_problems(page)
        most, trained = NOISES[st.session_state[f"{page}.kind"]][1:]
        st.session_state[amount_key] = DEFAULT.amount if most > 1 and trained >= DEFAULT.amount else trained

    def another() -> None:
        st.session_state[draw_key] = (st.session_state[draw_key] + 1) % (MAX_SEED + 1)

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
            on_change=session.clear_problems,
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
    return NoiseSpec(kind, amount), st.session_state[draw_key]
