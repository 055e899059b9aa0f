"""The Keras code of a page's network, to read and to take home."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from aecore import export
from aecore.export.script import Script
from aecore.specs import ModelSpec, TrainSpec
from pages.shared.app import runs
from pages.shared.training import run_controls

Writer = Callable[[ModelSpec, TrainSpec, int | None], Script]


def show(
    page: str, model_spec: ModelSpec, train_spec: TrainSpec, name: str, write: Writer = export.network_script
) -> None:
    """Draw the code, to read and to download as the script or notebook `name`.

    It trains for as many epochs as the page's run has, if that run has these settings.
    """
    with st.expander("The Keras code"):
        run = runs.current(page)
        is_trained = run is not None and run_controls.same_settings(run, model_spec, train_spec)
        script = write(model_spec, train_spec, run.snapshot().epochs if run and is_trained else None)
        st.markdown(f"This model, built and trained as in the lesson. {script.requirements}")
        with st.container(horizontal=True):
            st.download_button(
                f"Download {name}.py",
                script.python,
                f"{name}.py",
                "text/x-python",
                on_click="ignore",
                icon=":material/download:",
                help=f"A Python script. Start it with `python {name}.py`.",
            )
            st.download_button(
                f"Download {name}.ipynb",
                script.notebook,
                f"{name}.ipynb",
                "application/x-ipynb+json",
                on_click="ignore",
                icon=":material/download:",
                help="The same code as a notebook: cells with explanations, for Jupyter, VS Code or Google Colab.",
            )
        st.code(script.python(), language="python")
