"""Published results for the lesson's networks, to compare with our own."""

from __future__ import annotations

from dataclasses import dataclass

from aecore.specs import DATASETS, ModelSpec, TrainSpec, presets


@dataclass(frozen=True)
class Reference:
    """A published loss (mean binary cross-entropy per pixel), what it belongs to, and what to keep in mind about it."""

    loss: float
    name: str
    caveat: str


_BLOG = "Published: Keras blog, 'Building Autoencoders in Keras'"
BASIC = Reference(
    0.09,
    "published, basic",
    f"{_BLOG}, about 0.09 after 50 epochs with Adam. (Its first text, of 2016, reached 0.11 with Adadelta.)",
)
SPARSE = Reference(
    0.10,
    "published, sparse",
    f"{_BLOG}, 0.10 on the test images after 100 epochs with Adadelta, the penalty included.",
)
DEEP = Reference(
    0.08,
    "published, deep",
    f"{_BLOG}, about 0.08 after 100 epochs with Adam. (Its first text, of 2016, reached 0.097 with Adadelta.)",
)


@dataclass(frozen=True)
class Published:
    """A published result: the network, how it was trained, the figure as given, and its caveat.

    `checkpoint` and `metrics`: where our own figure stands in the manifest, by the names of `pretrain.evaluation`.
    """

    model: str
    training: str
    figure: str
    caveat: str
    checkpoint: str | None
    metrics: tuple[str, ...]


PUBLISHED = (
    Published(
        "Basic, 784-32-784",
        "50 epochs, batch 256",
        "BCE about 0.09",
        "With Adam. The first text, of 2016, reached 0.11 with Adadelta.",
        "basic-32",
        ("bce",),
    ),
    Published(
        "Sparse, L1 on the code",
        "100 epochs",
        "BCE 0.10 with the penalty; mean code 3.33 against 7.30",
        "From the days of Adadelta. The text's '10e-5' is 1e-4, and readers report runs that get stuck at 0.26. Our "
        "mean code is shown next to the basic network's.",
        "sparse-32",
        ("bce", "mean_code"),
    ),
    Published(
        "Deep, 128-64-32",
        "100 epochs, batch 256",
        "BCE about 0.08",
        "0.097 in 2016, with Adadelta.",
        "deep-32",
        ("bce",),
    ),
    Published(
        "Convolutional, code 4×4×8",
        "50 epochs, batch 128",
        "BCE 0.094",
        "The text calls it 'significantly better', which stopped being true when the others moved to Adam. Its code "
        "has 128 numbers, four times as many.",
        "conv-128",
        ("bce",),
    ),
    Published(
        "Denoising, noise 0.5",
        "100 epochs, batch 128",
        "none given",
        "The 2016 text mistakenly trained on clean inputs. Ours: means over the test images with that noise; higher "
        "is better.",
        "denoise-digits",
        ("psnr", "ssim"),
    ),
    Published(
        "VAE, 2 numbers (keras.io)",
        "30 epochs, batch 128",
        "loss 146.95 = 140.15 + KL 6.80",
        "The loss in training, on training and test images together; ours is on test images only.",
        "vae-2",
        ("negative_elbo", "reconstruction_loss", "kl_loss"),
    ),
    Published(
        "VAE, 2 numbers (Davidson et al. 2018)",
        "–",
        "−ELBO about 137.1 = 129.84 + KL 7.24",
        "On test images, as ours.",
        "vae-2",
        ("negative_elbo", "reconstruction_loss", "kl_loss"),
    ),
    Published(
        "Autoencoder, 30 numbers (Hinton & Salakhutdinov 2006)",
        "–",
        "MSE 0.0038 (PCA 0.0177)",
        "Given as a squared error of 3.00 per image, and 13.87 for PCA. Ours has 32 numbers.",
        "best-32",
        ("mse",),
    ),
)


def published(model: ModelSpec, train: TrainSpec) -> Reference | None:
    """The published loss of this very network, if there is one: 32 numbers, all of MNIST, binary cross-entropy."""
    same_data = train.noise_spec is None and train.dataset == "mnist" and train.n_train == DATASETS["mnist"]
    if not same_data or train.loss != "binary_crossentropy" or train.start:
        return None
    if model.architecture == presets.BASIC.architecture:
        return SPARSE if model.activity_l1 else BASIC
    return DEEP if model.architecture == presets.DEEP.architecture and not model.activity_l1 else None
