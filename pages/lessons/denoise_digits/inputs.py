"""What goes into the denoiser: the controls for the images and for the noise."""

from __future__ import annotations

import streamlit as st

from aecore.specs import DATASETS, NOISES, NoiseSpec
from pages.shared import controls
from pages.shared.app import problems, state
from pages.shared.controls.one_of import one_of

SLOTS = {"mnist": "digit", "fashion_mnist": "clothes"}  # what the link calls the test image
DATASET = "mnist"
DEFAULT = NoiseSpec()
MAX_SEED = 9_999


def choose_dataset(page: str) -> str:
    """Draw the control for digits, or clothes, which no denoiser of digits has ever seen."""
    return one_of(
        "Images",
        DATASETS,
        format_func={"mnist": "Digits", "fashion_mnist": "Clothes"}.__getitem__,
        key=f"{page}.pictures",
        persist_state="session",
        label_visibility="collapsed",
        on_change=problems.clear,
        args=(page,),
    )


def choose_noise(page: str) -> tuple[NoiseSpec, int]:
    """Draw the controls for the noise; return its kind and amount, and the seed of its random draws."""

    def reset_amount() -> None:
        problems.clear(page)
        most, trained = NOISES[state.get(page, "kind")][1:]
        state.set(page, "amount", DEFAULT.amount if most > 1 and trained >= DEFAULT.amount else trained)

    def draw_again() -> None:
        state.set(page, "draw", (state.get(page, "draw") + 1) % (MAX_SEED + 1))

    kind = one_of(
        "Noise",
        NOISES,
        format_func=controls.NOISE_LABELS.__getitem__,
        key=f"{page}.kind",
        persist_state="session",
        on_change=reset_amount,
        label_visibility="collapsed",
    )
    unit, most, _ = NOISES[kind]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        amount = st.slider(
            f"Amount: {unit}",
            0.0,
            most,
            step=0.01 if most <= 1.5 else 0.05,
            key=f"{page}.amount",
            persist_state="session",
            on_change=problems.clear,
            args=(page,),
        )
        st.button(
            "New noise",
            icon=":material/casino:",
            key=f"{page}.another_noise",
            on_click=draw_again,
            help="The same kind and amount, drawn again.",
            disabled=kind == "blur",  # which has nothing random
        )
    return NoiseSpec(kind, amount), state.get(page, "draw")
