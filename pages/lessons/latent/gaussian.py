"""Where the codes lie compared with the unit Gaussian of the prior, overall and for a single image."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore import datasets
from aecore.checkpoints import encodings
from aecore.figures import code_charts, distribution_charts, image_grid
from aecore.networks import latent_geometry
from pages.lessons.latent.model import LatentModel
from pages.shared import components
from pages.shared.pickers import digit_source

N_SHOWN = 10
N_POSTERIOR = 300
N_OTHERS = 3_000  # codes of other images beside one image's cloud
N_PLAIN = 3_000  # codes of a plain autoencoder
MAX_HISTOGRAMS = 16
CHOOSER_WIDTH, CLOUD_WIDTH = 290, 760  # pixels


def show(page: str, model: LatentModel) -> None:
    """The KL of each latent number, the distribution of the codes, one image's cloud, and a plain autoencoder."""
    st.markdown(
        "The constraint: taken together, the codes of all images, one sample from each (the bars), should look like a "
        "standard Gaussian (the line). Each image may keep a small cloud of its own; the KL divergence says, in nats, "
        "how much information each number of the code still carries."
    )
    _kl_chart(model)
    _histograms(model)
    st.subheader("One image's cloud: the reparameterisation trick")
    with st.container(horizontal=True, gap="medium"):
        digit_place, cloud_place = st.container(width=CHOOSER_WIDTH), st.container(width=CLOUD_WIDTH)
    with digit_place:
        digit = digit_source.choose(page, model.dataset)
    with cloud_place:
        _cloud(page, model, digit.x)
    if model.plain:
        _plain(model, model.plain)


def _kl_chart(model: LatentModel) -> None:
    names = [f"z{i}" for i in model.order]
    chart = distribution_charts.bar_chart(model.kl[list(model.order)], names, "KL, nats per image", 160)
    with st.container(width=CHOOSER_WIDTH + 25 * model.code_dim):
        st.vega_lite_chart(spec=chart, width="stretch", alt="KL divergence of each latent number")
        st.caption(f"In total {model.kl.sum():.2f} nats per image.")


def _histograms(model: LatentModel) -> None:
    sampled = sample_codes(model)
    columns = st.columns(min(model.code_dim, 4))
    for place, i in enumerate(model.order[:MAX_HISTOGRAMS]):
        with columns[place % len(columns)]:
            chart = distribution_charts.density_chart(sampled[:, i], f"z{i}")
            st.vega_lite_chart(spec=chart, width="stretch", alt=f"Histogram of latent number {i} against N(0, 1)")
            st.caption(f"Mean {sampled[:, i].mean():.2f}, standard deviation {sampled[:, i].std():.2f}.")


def sample_codes(model: LatentModel) -> np.ndarray:
    """One sample from each test image's Gaussian: (N, code_dim). These, not the means, should follow N(0, 1)."""
    epsilon = np.random.default_rng(0).standard_normal(model.z_mean.shape)
    return model.z_mean + np.exp(model.z_log_var / 2) * epsilon


def _cloud(page: str, model: LatentModel, x: np.ndarray) -> None:
    z_mean, z_log_var = (part[0] for part in model.network.encode_distribution(x[None]))
    sigma = np.exp(z_log_var / 2)
    samples = latent_geometry.posterior_samples(z_mean, z_log_var, N_POSTERIOR, seed=0)
    a, b = model.axes
    st.markdown(
        f"The encoder gives this image not a point but a Gaussian: z_mean = ({z_mean[a]:.2f}, {z_mean[b]:.2f}), "
        f"σ = ({sigma[a]:.2f}, {sigma[b]:.2f}). A sample is **z = z_mean + σ · ε**, with ε from N(0, 1). The crosses "
        f"are {N_POSTERIOR} samples among the codes of other images; below are the first {N_SHOWN} of them, decoded."
    )
    pair, others = [a, b], slice(0, N_OTHERS)
    chart = code_charts.cloud_chart(
        model.z_mean[others][:, pair],
        model.labels[others],
        model.classes,
        samples[:, pair],
        z_mean[pair],
        float(max(6 * sigma[pair].max(), 0.4)),
    )
    st.vega_lite_chart(spec=chart, width="stretch", alt="Samples of one image's posterior among other codes")
    images = model.network.draw(samples[:N_SHOWN])
    titles = [f"sample {i + 1}" for i in range(N_SHOWN)]
    rows = [("decoded", f"{N_SHOWN} samples", image_grid.image_cells(images, titles))]
    components.figure(image_grid.rows_of_ten(rows), key=f"{page}.posterior")


def _plain(model: LatentModel, plain: str) -> None:
    st.subheader("The same for a plain autoencoder")
    codes = encodings.test_codes(plain, N_PLAIN)
    labels = datasets.load_test(model.dataset)[1][:N_PLAIN]
    i, j = sorted(np.argsort(-codes.std(axis=0))[:2])
    columns = st.columns(2)
    with columns[0]:
        chart = code_charts.cloud_chart(codes[:, [i, j]], labels, model.classes, None, None, None)
        st.vega_lite_chart(spec=chart, width="stretch", alt="Codes of a plain autoencoder")
    with columns[1]:
        chart = distribution_charts.density_chart(codes[:, i], f"z{i}")
        st.vega_lite_chart(spec=chart, width="stretch", alt="Histogram of a plain code against N(0, 1)")
        st.caption(
            f"Its numbers go up to {codes.max():.0f}, with a mean of {codes.mean():.1f}; N(0, 1) is the narrow peak. "
            "Between the arms of the cloud are gaps that no image was ever encoded to."
        )
