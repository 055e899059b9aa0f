"""The latent page as it is usually written: sliders, `model.predict`, and a whole rerun for each release.

Run by benchmarks/latency.py: `streamlit run benchmarks/usual/latent_page.py`.
"""

import sys
from pathlib import Path

import numpy as np
import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from aecore import checkpoints, datasets


@st.cache_resource
def model():
    return checkpoints.load("vae-2")


@st.cache_data
def codes() -> np.ndarray:
    return model().encoder.predict(datasets.load("mnist").x_train.astype("float32") / 255, verbose=0)[0]


def page() -> None:
    st.title("The latent space")
    z = np.array([[st.slider("z0", -3.0, 3.0, 0.0, 0.01), st.slider("z1", -3.0, 3.0, 0.0, 0.01)]], np.float32)
    x_hat = model().decoder.predict(z, verbose=0)[0, ..., 0]
    st.image(x_hat, width=196, clamp=True)
    nearest = int(np.square(codes() - z).sum(axis=1).argmin())
    st.image(datasets.load("mnist").x_train[nearest, ..., 0], width=98)
    st.write(f"z = {z[0, 0]:.2f}, {z[0, 1]:.2f}; nearest {nearest}")


if __name__ == "__main__":
    page()
