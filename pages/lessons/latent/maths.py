"""The maths of a VAE, with the numbers of one image."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore import datasets
from aecore.imaging import metrics
from aecore.imaging.arrays import to_float
from aecore.networks import latent_geometry
from pages.lessons.latent.model import LatentModel


def show(page: str, model: LatentModel) -> None:
    """The sample, the KL divergence, the reconstruction and the loss of test image 0, term by term."""
    x = datasets.load_test(model.dataset)[0][:1]
    z_mean, z_log_var = (part[0].astype(np.float64) for part in model.network.encode_distribution(x))
    variance = np.exp(z_log_var)
    kl = latent_geometry.kl_per_dimension(z_mean[None], z_log_var[None])
    epsilon = np.random.default_rng(0).standard_normal(model.code_dim)
    z = z_mean + np.sqrt(variance) * epsilon
    reconstruction = metrics.bce(to_float(x, np.float64), model.network.decode(z[None]).astype(np.float64)) * x.size
    a = model.axes[0]
    st.markdown("All numbers are those of test image 0 and the network above.")
    st.markdown(
        "**A sample of its cloud**, written so that the gradient can flow through μ and σ: the random part, ε, stands "
        "apart."
    )
    st.latex(
        rf"z_{a} = \mu_{a} + \sigma_{a}\,\varepsilon_{a} = {z_mean[a]:.3f} + {np.sqrt(variance[a]):.3f} \cdot "
        rf"({epsilon[a]:.3f}) = {z[a]:.3f}"
    )
    st.markdown("**The KL divergence** of its Gaussian from N(0, 1), for one number of the code, and summed over all:")
    st.latex(
        rf"\tfrac12\left(\mu_{a}^2 + \sigma_{a}^2 - \ln\sigma_{a}^2 - 1\right) = \tfrac12\left({z_mean[a] ** 2:.3f} + "
        rf"{variance[a]:.4f} - ({z_log_var[a]:.3f}) - 1\right) = {kl[a]:.3f}"
    )
    st.latex(rf"\mathrm{{kl\_loss}} = \sum_i \mathrm{{KL}}_i = {kl.sum():.3f} \text{{ nats}}")
    st.markdown("**The reconstruction loss**: how surprised the decoder is by the image, summed over its pixels:")
    st.latex(rf"-\sum_{{784}} \left[x \ln \hat x + (1-x) \ln (1-\hat x)\right] = {reconstruction:.2f} \text{{ nats}}")
    _loss(model.beta, reconstruction, kl.sum())


def _loss(beta: float, reconstruction: float, kl: float) -> None:
    if beta == 1:
        st.markdown("**The loss** is their sum, the negative ELBO, which is an upper bound on −ln p(x):")
    else:
        st.markdown(
            f"**The loss** is the reconstruction loss plus β times the KL; this network was trained with **β = "
            f"{beta:g}**. At β = 1 it would be the negative ELBO, an upper bound on −ln p(x):"
        )
    st.latex(
        rf"\mathrm{{reconstruction\_loss}} + \beta\,\mathrm{{kl\_loss}} = {reconstruction:.2f} + {beta:g} \cdot "
        rf"{kl:.2f} = {reconstruction + beta * kl:.2f}"
    )
