"""What there is to do with a latent space besides dragging through it: one function for each part of the page."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from aecore import datasets
from aecore.checkpoints import encodings
from aecore.figures import code_charts, distribution_charts, image_grid
from aecore.imaging import encoding, metrics
from aecore.imaging.arrays import to_float
from aecore.networks import latent_geometry, numpy_backend
from aecore.specs.grammar import with_article
from pages.lessons.latent import model as latent_model
from pages.lessons.latent.model import LatentModel
from pages.shared import components
from pages.shared.app import state
from pages.shared.pickers import digit_source

DEFAULT_CELLS = 18
STEPS = 11
MOSAICS_KEPT = 20  # some 200 kB each
GIF_SCALE, GIF_MS = 8, 120
N_SHOWN = 10
N_POSTERIOR = 300
N_PLAIN = 3_000  # codes of a plain autoencoder
MOST_HISTOGRAMS = 16
SECOND_INDEX = 2  # the test image that B begins with
WIDE, CHOOSER = 620, 290  # pixels


# The manifold.


def manifold(page: str, model: LatentModel) -> None:
    """A grid of decoded digits over the plane; a click goes there."""
    a, b = model.axes
    others = "" if model.code_dim == 2 else f" of z{a} and z{b}, the two numbers that matter most"
    st.markdown(
        f"Every cell is what the decoder draws at one point{others}. The points lie closer together where the prior "
        "has more of its mass, so that every cell stands for the same share of it. **Click a cell to go there.**"
    )
    n = st.slider("Digits a side", 5, 40, DEFAULT_CELLS, key=f"{page}.cells", persist_state="session")
    grid = latent_geometry.quantile_grid(n)
    codes = latent_geometry.embed(grid, latent_model.position(page, model), model.axes)
    shown, file = _manifold(model.name, model.version, codes, model.network)

    def go(cell: Any) -> None:
        try:
            column, row = int(cell[0]), int(cell[1])
            latent_model.go_to(page, codes[row, column])
        except (TypeError, ValueError, IndexError, OverflowError):
            return

    with st.container(width=WIDE):
        words = f"{n} × {n} decoded digits over the latent plane"
        components.clickable_image(shown, words, n, n, go, key=f"{page}.manifold")
        st.download_button(
            "Picture (.png)",
            file,
            "manifold.png",
            "image/png",
            on_click="ignore",
            icon=":material/download:",
        )


@st.cache_resource(show_spinner=False, max_entries=MOSAICS_KEPT)
def _manifold(name: str, version: str, codes: np.ndarray, _network: numpy_backend.Network) -> tuple[str, bytes]:
    """What the network of this name and version draws at codes (n, n, code_dim): as a data URI, and as a PNG file."""
    n, _, code_dim = codes.shape
    image = latent_geometry.mosaic(_network.draw(codes.reshape(-1, code_dim)), n)
    return encoding.png_data_uri(image), encoding.png(image)


# Between two digits.


def between(page: str, model: LatentModel) -> None:
    """From the code of one image to that of another, straight and around the middle."""
    st.markdown(
        "Two images have two codes, and what lies between the codes can be decoded as well. Between two pictures of "
        "pixels there are only double exposures; between two codes there are digits."
    )
    left, right = st.columns(2)
    with left:
        st.markdown("**A**")
        a = digit_source.choose(page, model.dataset, slot="a")
    with right:
        st.markdown("**B**")
        b = digit_source.choose(page, model.dataset, SECOND_INDEX, slot="b")
    z_a, z_b = model.network.encode(np.stack([a.x, b.x]))
    straight = model.network.draw(latent_geometry.lerp(z_a, z_b, STEPS))
    spherical = model.network.draw(latent_geometry.slerp(z_a, z_b, STEPS))
    blend = (
        np.rint(latent_geometry.lerp(a.x.reshape(-1), b.x.reshape(-1), STEPS)).astype(np.uint8).reshape(-1, 28, 28, 1)
    )
    shares = [f"{share:.0%}" for share in np.linspace(0, 1, STEPS)]
    rows = [
        (name, note, image_grid.image_cells(images, shares))
        for name, note, images in (
            ("straight", "the shortest way", straight),
            ("spherical", "around the middle", spherical),
            ("pixels", "for comparison", blend),
        )
    ]
    components.figure(image_grid.labelled_grid(["A", *shares[1:-1], "B"], rows, 76), key=f"{page}.between")
    way = st.segmented_control(
        "Play", ["Straight", "Spherical"], default="Straight", key=f"{page}.way", required=True, persist_state="session"
    )
    fine = getattr(latent_geometry, way.lower())(z_a, z_b, 2 * STEPS)
    images = model.network.draw(fine)
    frames = [f'<div style="width:180px">{cell}</div>' for cell in image_grid.image_cells(images, [""] * len(images))]
    frames = [
        frame.replace("<img", '<img style="width:100%;image-rendering:pixelated;border-radius:8px"') for frame in frames
    ]
    labels = [f"{share:.0%} of the way" for share in np.linspace(0, 1, len(frames))]
    with st.container(width=WIDE):
        components.flipbook("From A to B", frames, labels, 0, key=f"{page}.play")
        st.download_button(
            "Film (.gif)", _gif(images), "between.gif", "image/gif", on_click="ignore", icon=":material/download:"
        )


def _gif(images: np.ndarray) -> bytes:
    """There and back again, for ever."""
    large = [Image.fromarray(np.kron(x[..., 0], np.ones((GIF_SCALE, GIF_SCALE), np.uint8))) for x in images]
    film = [*large, *large[-2:0:-1]]
    file = io.BytesIO()
    film[0].save(file, "GIF", save_all=True, append_images=film[1:], duration=GIF_MS, loop=0)
    return file.getvalue()


# New digits.


def new_digits(page: str, model: LatentModel) -> None:
    """Samples of the prior, decoded; and the same from a plain autoencoder."""
    st.markdown(
        "Roll dice, and decode: because training kept the codes close to a standard Gaussian, random numbers from that "
        "Gaussian make digits that nobody has written."
    )
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    count = left.slider("How many", 10, 200, 60, 10, key=f"{page}.count", persist_state="session")
    words = "Below 1 the samples keep to the middle: cleaner, and more alike. Above 1 they stray."
    temperature = middle.slider(
        "Temperature", 0.1, 2.0, 1.0, 0.1, key=f"{page}.temperature", help=words, persist_state="session"
    )
    state.setdefault(page, "seed_of_samples", 0)
    if right.button("Roll again", icon=":material/casino:", key=f"{page}.roll"):
        state.set(page, "seed_of_samples", state.get(page, "seed_of_samples") + 1)
    z = latent_geometry.prior_samples(count, model.code_dim, temperature, state.get(page, "seed_of_samples"))
    columns = st.columns(2)
    with columns[0]:
        st.markdown("**The VAE**")
        _mosaic(page, "vae", model.network.draw(z))
    plain = model.plain
    with columns[1]:
        if plain is None:
            st.caption("There is no plain autoencoder of this size and data set to compare with.")
            return
        st.markdown(f"**A plain autoencoder, {model.code_dim} numbers too**")
        _mosaic(page, "plain", encodings.dense_network(plain).draw(z))
        st.caption(
            "The very same random numbers. Nothing ever told this network where its codes should lie, so most of space "
            "means nothing to it."
        )


def _mosaic(page: str, name: str, images: np.ndarray) -> None:
    image = latent_geometry.mosaic(images, 12)
    markup = image_grid.image_cells([image[..., None]], [f"{len(images)} digits"])[0]
    style = '<img style="width:100%;max-width:560px;image-rendering:pixelated;border-radius:8px"'
    components.figure(markup.replace("<img", style), key=f"{page}.mosaic.{name}")


# The unit Gaussian.


def unit_gaussian(page: str, model: LatentModel) -> None:
    """Where the codes lie, against where they were asked to lie; and one digit's own cloud."""
    st.markdown(
        "The constraint: the codes of all images together, one sample of each (the bars), should look like a standard "
        "Gaussian (the line). Each image may have a small cloud of its own; the KL divergence says, in nats, how much "
        "each number of the code still tells."
    )
    names = [f"z{i}" for i in model.order]
    chart = distribution_charts.bar_chart(model.kl[list(model.order)], names, "KL, nats an image", 160)
    with st.container(width=CHOOSER + 25 * model.code_dim):
        st.vega_lite_chart(spec=chart, width="stretch", alt="KL divergence of each latent number")
        st.caption(f"Together {model.kl.sum():.2f} nats an image.")
    sampled = latent_sample(model)
    columns = st.columns(min(model.code_dim, 4))
    for place, i in enumerate(model.order[:MOST_HISTOGRAMS]):
        with columns[place % len(columns)]:
            chart = distribution_charts.density_chart(sampled[:, i], f"z{i}")
            st.vega_lite_chart(spec=chart, width="stretch", alt=f"Histogram of latent number {i} against N(0, 1)")
            st.caption(f"Mean {sampled[:, i].mean():.2f}, standard deviation {sampled[:, i].std():.2f}.")

    st.subheader("One image's cloud: the reparameterisation")
    digit, cloud = _beside()
    with digit:
        chosen = digit_source.choose(page, model.dataset)
    z_mean, z_log_var = (part[0] for part in model.network.encode_distribution(chosen.x[None]))
    sigma = np.exp(z_log_var / 2)
    samples = latent_geometry.posterior_samples(z_mean, z_log_var, N_POSTERIOR, seed=0)
    a, b = model.axes
    with cloud:
        st.markdown(
            f"The encoder gives this image no point but a Gaussian: z_mean = ({z_mean[a]:.2f}, {z_mean[b]:.2f}), "
            f"σ = ({sigma[a]:.2f}, {sigma[b]:.2f}). A sample is **z = z_mean + σ · ε**, ε from N(0, 1). The crosses "
            f"are {N_POSTERIOR} samples, among the codes of other images; below, what the first of them decode to."
        )
        pair = [a, b]
        subset = slice(0, 3_000)
        chart = code_charts.cloud_chart(
            model.z_mean[subset][:, pair], model.labels[subset], model.classes, samples[:, pair], z_mean[pair],
            float(max(6 * sigma[pair].max(), 0.4)),
        )  # fmt: skip
        st.vega_lite_chart(spec=chart, width="stretch", alt="Samples of one image's posterior among other codes")
        images = model.network.draw(samples[:N_SHOWN])
        rows = [("decoded", "ten samples", image_grid.image_cells(images, [f"sample {i}" for i in range(N_SHOWN)]))]
        components.figure(image_grid.rows_of_ten(rows), key=f"{page}.posterior")

    if model.plain:
        _plain(model, model.plain)


def _plain(model: LatentModel, plain: str) -> None:
    st.subheader("The same of a plain autoencoder")
    codes = encodings.test_codes(plain, N_PLAIN)
    labels = datasets.load_test(model.dataset)[1][:N_PLAIN]
    spread = codes.std(axis=0)
    i, j = sorted(np.argsort(-spread)[:2])
    columns = st.columns(2)
    with columns[0]:
        chart = code_charts.cloud_chart(codes[:, [i, j]], labels, model.classes, None, None, None)
        st.vega_lite_chart(spec=chart, width="stretch", alt="Codes of a plain autoencoder")
    with columns[1]:
        chart = distribution_charts.density_chart(codes[:, i], f"z{i}")
        st.vega_lite_chart(spec=chart, width="stretch", alt="Histogram of a plain code against N(0, 1)")
        st.caption(
            f"Its numbers go up to {codes.max():.0f}, with a mean of {codes.mean():.1f}; N(0, 1) is the narrow peak. "
            "Between the arms of the cloud are holes, where no image ever was."
        )


def _beside() -> tuple[Any, Any]:
    """A place for choosing a digit, and one beside it, or below it on a tablet, for what comes of it."""
    with st.container(horizontal=True, gap="medium"):
        return st.container(width=CHOOSER), st.container(width=WIDE + 140)


def latent_sample(model: LatentModel) -> np.ndarray:
    """One sample of each test image's Gaussian: (N, code_dim). These, and not the means, should be N(0, 1)."""
    epsilon = np.random.default_rng(0).standard_normal(model.z_mean.shape)
    return model.z_mean + np.exp(model.z_log_var / 2) * epsilon


# One's own digit.


def own_digit(page: str, model: LatentModel) -> None:
    """Where a digit lands, what comes back, and who lives there."""
    choose, result = _beside()
    with choose:
        digit = digit_source.choose(page, model.dataset)
    state.set(page, "marked", digit.x)
    z_mean = model.network.encode(digit.x[None])[0]
    x_hat = model.network.draw(z_mean[None])[0]
    error = float(metrics.mse_per_image(digit.x[None], x_hat[None])[0])
    with result:
        cells = [
            image_grid.image_cells([image], [words])[0] for image, words in ((digit.x, "image"), (x_hat, "redrawn"))
        ]
        components.figure(
            image_grid.image_row(cells, (digit.words, f"redrawn, squared error {error:.4f}")), key=f"{page}.own"
        )
        a, b = model.axes
        st.markdown(
            f"It lands at z{a} = **{z_mean[a]:.2f}**, z{b} = **{z_mean[b]:.2f}**, "
            f"{np.linalg.norm(z_mean):.2f} σ from the middle; the square on the plane above marks it."
        )
        if st.button("Go there", icon=":material/my_location:", key=f"{page}.go_there"):
            latent_model.go_to(page, z_mean)
            st.rerun()
        distances = np.linalg.norm(model.z_mean - z_mean, axis=1)
        nearest = np.argsort(distances)[:N_SHOWN]
        x_test, _ = datasets.load_test(model.dataset)
        titles = [f"{with_article(model.classes[model.labels[i]])}, {distances[i]:.2f} away" for i in nearest]
        rows = [("neighbours", "nearest test images", image_grid.image_cells(x_test[nearest], titles))]
        components.figure(image_grid.rows_of_ten(rows), key=f"{page}.neighbours")


def mark_of(page: str, model: LatentModel) -> tuple:
    """The mark of the digit chosen last on this page, for the pad."""
    digit = state.get(page, "marked", None)
    if digit is None:
        return ()
    z = model.network.encode(digit[None])[0]
    a, b = model.axes
    return (("your digit", (float(z[a]), float(z[b]))),)


# The maths.


def maths(page: str, model: LatentModel) -> None:
    """The formulas, with this example's numbers."""
    x = datasets.load_test(model.dataset)[0][:1]
    z_mean, z_log_var = (part[0].astype(np.float64) for part in model.network.encode_distribution(x))
    a = model.axes[0]
    variance = np.exp(z_log_var)
    kl = latent_geometry.kl_per_dimension(z_mean[None], z_log_var[None])
    epsilon = np.random.default_rng(0).standard_normal(model.code_dim)
    z = z_mean + np.sqrt(variance) * epsilon
    reconstruction = metrics.bce(to_float(x, np.float64), model.network.decode(z[None]).astype(np.float64)) * x.size
    st.markdown("All numbers are those of test image 0 and the network above.")
    st.markdown("**A sample of its cloud**, so written that the gradient can pass: the dice ε stand apart.")
    st.latex(
        rf"z_{a} = \mu_{a} + \sigma_{a}\,\varepsilon_{a} = {z_mean[a]:.3f} + {np.sqrt(variance[a]):.3f} \cdot "
        rf"({epsilon[a]:.3f}) = {z[a]:.3f}"
    )
    st.markdown("**The KL divergence** of its Gaussian from N(0, 1), for each number of the code, and summed:")
    st.latex(
        rf"\tfrac12\left(\mu_{a}^2 + \sigma_{a}^2 - \ln\sigma_{a}^2 - 1\right) = \tfrac12\left({z_mean[a] ** 2:.3f} + "
        rf"{variance[a]:.4f} - ({z_log_var[a]:.3f}) - 1\right) = {kl[a]:.3f}"
    )
    st.latex(rf"\mathrm{{kl\_loss}} = \sum_i \mathrm{{KL}}_i = {kl.sum():.3f} \text{{ nats}}")
    st.markdown("**The reconstruction**: how surprised the decoder is at the image, pixel by pixel:")
    st.latex(rf"-\sum_{{784}} \left[x \ln \hat x + (1-x) \ln (1-\hat x)\right] = {reconstruction:.2f} \text{{ nats}}")
    words = "**The loss** is their sum, the negative ELBO, which is an upper bound of −ln p(x):"
    if model.beta != 1:
        words = (
            f"**The loss** is the reconstruction plus β times the KL; this network was trained with **β = "
            f"{model.beta:g}**. At β = 1 it would be the negative ELBO, an upper bound of −ln p(x):"
        )
    st.markdown(words)
    st.latex(
        rf"\mathrm{{reconstruction\_loss}} + \beta\,\mathrm{{kl\_loss}} = {reconstruction:.2f} + {model.beta:g} \cdot "
        rf"{kl.sum():.2f} = {reconstruction + model.beta * kl.sum():.2f}"
    )
