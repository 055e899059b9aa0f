"""What can be taken home of a run: its network and its history."""

from __future__ import annotations

import streamlit as st

from aecore import export
from aecore.networks import keras_file
from aecore.records.training_state import EpochRecord
from aecore.runs.run import Run
from pages.shared.app import runs

KERAS_FILE_OF_VAE = " The encoder gives `z_mean` and `z_log_var`; the whole network decodes `z_mean`."


def show(run: Run) -> None:
    """Draw the buttons that download the network and its history."""
    with st.container(horizontal=True):
        st.download_button(
            "Model (.keras)",
            data=lambda: runs.keras_file(run),
            file_name=f"autoencoder-{run.model_spec.code_dim}.keras",
            icon=":material/download:",
            on_click="ignore",
            disabled=not run.snapshot().sound,
            help=f"Opens in Keras {keras_file.oldest_keras(run.model_spec)} or newer with "
            "`keras.saving.load_model`, without any code of this app. Its layers `encoder` and `decoder` are the two "
            "halves." + KERAS_FILE_OF_VAE * (run.model_spec.family == "vae"),
        )
        st.download_button(
            "History (.csv)",
            data=lambda: export.history_csv(_history(run)),
            file_name="history.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="The losses of every epoch so far.",
        )


def _history(run: Run) -> tuple[EpochRecord, ...]:
    progress = run.snapshot().progress
    return progress.history if progress else ()
