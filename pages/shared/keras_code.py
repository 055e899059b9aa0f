"""The Keras script of a page's network, to read and to take home."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from aecore import export
from aecore.specs import ModelSpec, TrainSpec
from pages.shared import session, steering

Writer = Callable[[ModelSpec, TrainSpec, int | None], str]


def show(
    page: str, model_spec: ModelSpec, train_spec: TrainSpec, file_name: str, write: Writer = export.keras_script
) -> None:
    """The script, for as many epochs as the page's run has trained by now, if it is of these settings."""
    with st.expander("The Keras code"):
        st.markdown("This very model, built and trained the way the lesson does. It runs as it is, wherever Keras is.")
        run = session.current_run(page)
        trained = run is not None and steering.same_settings(run, model_spec, train_spec)
        script = write(model_spec, train_spec, run.snapshot().epochs if trained else None)
        st.download_button(f"Download {file_name}", script, file_name, on_click="ignore", icon=":material/download:")
        st.code(script, language="python")
