"""Specs with noise → a complete Keras program that builds and trains this very denoiser."""

from __future__ import annotations

from aecore.export import convolutional
from aecore.export.script import Script, Section, number
from aecore.export.sections import REQUIREMENTS, data_section, optimizer_line, set_up_section, start_sections
from aecore.specs import ModelSpec, TrainSpec

_NOISE = {
    "gaussian": ["x = x + AMOUNT * rng.standard_normal(x.shape)"],
    "speckle": ["x = x + AMOUNT * x * rng.standard_normal(x.shape)"],
    "salt_and_pepper": [
        "draws = rng.random(x.shape)",
        "x = np.where(draws < AMOUNT / 2, 1.0, np.where(draws < AMOUNT, 0.0, x))",
    ],
    "masking": ["x = np.where(rng.random(x.shape) < AMOUNT, 0.0, x)"],
    "square": [
        "side = round(np.sqrt(AMOUNT * 28 * 28))",
        "x = x.copy()",
        "for image in x:",
        "    top, left = rng.integers(0, 28 - side + 1, 2)",
        "    image[top : top + side, left : left + side] = 0",
    ],
    "blur": [
        "distance = np.arange(28)[:, None] - np.arange(28)",
        "weights = np.exp(-0.5 * (distance / max(AMOUNT, 1e-3)) ** 2)",
        "weights /= weights.sum(axis=1, keepdims=True)",
        "x = (weights @ x[..., 0] @ weights.T)[..., None]",
    ],
}
_BATCHES = '''
class Batches(keras.utils.PyDataset):
    """Batches of (noisy, clean): the input and the target. No noise comes twice."""

    def __init__(self, x, seed):
        super().__init__()
        self.x, self.rng = x, np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self):
        return -(-len(self.x) // BATCH_SIZE)

    def __getitem__(self, i):
        clean = self.x[self.order[i * BATCH_SIZE : (i + 1) * BATCH_SIZE]]
        return corrupt(clean, self.rng), clean

    def on_epoch_end(self):
        self.order = self.rng.permutation(len(self.x))
'''.strip().splitlines()
_NOISE_EXPLANATION = "Each time the network sees an image, the image gets new noise, so that no noise can be memorised."
_NETWORK_EXPLANATION = "A noisy image goes in, and a clean one of the same size comes out."
_TRAINING_EXPLANATION = (
    "The input is a noisy image, and the target is the clean one. The network never trains on the test images; their "
    "loss is the validation loss."
)
_MODEL = ["denoiser = keras.Model(input_img, decoded)", "denoiser.summary()"]
_USE = [
    "noisy = corrupt(x_test[:10], np.random.default_rng(0))",
    "reconstructions = denoiser.predict(noisy, verbose=0)[..., 0]",
    'print("reconstructions:", reconstructions.shape)',
]


def denoising_script(model: ModelSpec, train: TrainSpec, epochs: int | None = None) -> str:
    """The script of `denoiser_script` as Python code."""
    return denoiser_script(model, train, epochs).python()


def denoiser_script(model: ModelSpec, train: TrainSpec, epochs: int | None = None) -> Script:
    """A runnable program for `model` and `train`, whose noise it must have.

    `epochs` replaces the spec's, for a run that was trained further. It needs nothing but Keras and NumPy.
    """
    network = {"dense": _dense, "conv": convolutional.network_lines, "unet": _u_shaped}[model.family](model)
    layers = {
        "dense": ["Dense", "Flatten", "Reshape"],
        "conv": convolutional.layers_used(network),
        "unet": ["Activation", "Add", "Conv2D", "MaxPooling2D", "UpSampling2D"],
    }[model.family]
    set_up = [
        "import keras",
        "import numpy as np",
        f"from keras.layers import {', '.join(layers)}",
        "",
        f"AMOUNT = {number(train.noise_amount)}  # of noise: {train.noise.replace('_', ' ')}",
        f"BATCH_SIZE = {train.batch_size}",
    ]
    noise = [
        "def corrupt(x, rng):",
        *(f"    {line}" for line in _NOISE[train.noise]),
        '    return np.clip(x, 0, 1).astype("float32")',
        "",
        "",
        *_BATCHES,
    ]
    training = [
        optimizer_line(train),
        f'denoiser.compile(optimizer=optimizer, loss="{train.loss}")',
        "history = denoiser.fit(",
        f"    Batches(x_train, {train.seed}),",
        f"    epochs={epochs or train.epochs},",
        "    validation_data=(corrupt(x_test, np.random.default_rng(0)), x_test),",
        "    validation_batch_size=1000,",
        "    verbose=2,",
        ")",
        'print("validation loss:", history.history["val_loss"][-1])',
    ]
    return Script(
        f"A denoiser, trained on {train.n_train:,} images.",
        REQUIREMENTS,
        (
            set_up_section(train, set_up),
            data_section(train, (28, 28, 1)),
            Section("The noise", _NOISE_EXPLANATION, noise),
            Section("The network", _NETWORK_EXPLANATION, [*network, *_MODEL]),
            *start_sections(train, "denoiser"),
            Section("Training", _TRAINING_EXPLANATION, training),
            Section("Using it", "The network has never seen these ten test images, nor their noise.", _USE),
        ),
    )


def _dense(model: ModelSpec) -> list[str]:
    lines = ["input_img = keras.Input(shape=(28, 28, 1))", "x = Flatten()(input_img)"]
    lines += [f'x = Dense({width}, activation="{model.activation}")(x)' for width in model.widths]
    lines.append(f'x = Dense({model.code_dim}, activation="{model.code_activation}")(x)  # the code')
    lines += [f'x = Dense({width}, activation="{model.activation}")(x)' for width in reversed(model.widths)]
    return [*lines, 'decoded = Reshape((28, 28, 1))(Dense(784, activation="sigmoid")(x))']


def _u_shaped(model: ModelSpec) -> list[str]:
    activation = model.activation
    return [
        "def block(x):",
        '    """x plus what two convolutions make of it."""',
        f'    h = Conv2D(x.shape[-1], 3, activation="{activation}", padding="same")(x)',
        '    h = Conv2D(x.shape[-1], 3, padding="same")(h)',
        f'    return Activation("{activation}")(Add()([x, h]))',
        "",
        "",
        "input_img = x = keras.Input(shape=(28, 28, 1))",
        "maps = []  # of every scale, finest first",
        f"for filters in {model.widths}:",
        "    if maps:",
        "        x = MaxPooling2D()(x)",
        f'    x = block(Conv2D(filters, 3, activation="{activation}", padding="same")(x))',
        "    maps.append(x)",
        "x = block(block(x))",
        "for skip in reversed(maps[:-1]):",
        "    x = UpSampling2D()(Conv2D(skip.shape[-1], 1)(x))",
        "    x = block(Add()([x, skip]))",
        'decoded = Conv2D(1, 3, activation="sigmoid", padding="same")(x)',
    ]
