"""Specs → a complete Keras program that builds and trains this very model the way the lesson does."""

from __future__ import annotations

import io

import numpy as np

from aecore.export import convolutional as export_convolutional
from aecore.export.script import Script, Section, number
from aecore.specs import DATASETS, SGD_MOMENTUM, ModelSpec, TrainSpec, format_widths

_OPTIMIZERS = {"adam": "Adam", "adadelta": "Adadelta", "rmsprop": "RMSprop", "sgd": "SGD"}


def keras_script(model: ModelSpec, train: TrainSpec, epochs: int | None = None) -> str:
    """The script of `network_script` as Python code."""
    return network_script(model, train, epochs).python()


def network_script(model: ModelSpec, train: TrainSpec, epochs: int | None = None) -> Script:
    """A runnable program for `model` and `train`; `epochs` replaces the spec's, for a run that went further.

    It needs nothing but Keras and NumPy, downloads the data set with Keras' own loader, and prints the losses.
    """
    vae, convolutional = model.family == "vae", model.family == "conv"
    networks = {"dense": _network, "conv": _convolutional, "vae": lambda model: _vae_network(model, train)}
    network = networks[model.family](model)
    layers = export_convolutional.layers_used(network[0].lines) if convolutional else ["Dense"]
    imports = [
        "import keras",
        *(["import numpy as np"] if train.dataset == "fashion_mnist" or train.start or vae else []),
        *(["from keras import ops"] if vae else []),
        f"from keras.layers import {', '.join(layers)}",
    ]
    return Script(
        f"{_title(model)}, trained on {_data_words(train)}.",
        REQUIREMENTS,
        (
            set_up_section(train, imports),
            data_section(train, (28, 28, 1) if convolutional else (784,)),
            *network,
            *start_sections(train),
            Section("Training", TRAINING_WORDS, _training(model, train, epochs or train.epochs)),
            _vae_use() if vae else _use(),
        ),
    )


# Keras 3.5 opens most files of networks, but it cannot train on a JAX of today.
REQUIREMENTS = (
    "Needs Keras 3.11 or newer, and TensorFlow or JAX for it to compute with. To use JAX, set the environment variable "
    "KERAS_BACKEND to jax before the start."
)
TRAINING_WORDS = (
    "The images are both what goes in and what has to come out. The network never trains on the test images; their "
    "loss is the validation loss."
)


def set_up_section(train: TrainSpec, lines: list[str]) -> Section:
    """The imports and constants in `lines`, and the seed."""
    words = "With the same seed, the same machine and the same versions, training comes out the same each time."
    return Section("Set-up", words, [*lines, "", f"keras.utils.set_random_seed({train.seed})"])


def _title(model: ModelSpec) -> str:
    if model.family == "conv":
        filters = format_widths(model.widths)
        return f"A convolutional autoencoder of {filters} filters and a code of {model.code_dim} numbers"
    units = [784, *model.widths, model.code_dim, *reversed(model.widths), 784]
    kind = "variational " if model.family == "vae" else "sparse " if model.activity_l1 else ""
    return f"A {kind}{'-'.join(map(str, units))} autoencoder"


def _data_words(train: TrainSpec) -> str:
    name = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST"}[train.dataset]
    return f"{train.n_train:,} images of {name}"


def data_section(train: TrainSpec, shape: tuple[int, ...] = (784,)) -> Section:
    """What loads the data set, `x_train` and `x_test`, each image as numbers of this shape in [0, 1]."""
    into = ", ".join(map(str, (-1, *shape)))
    lines = [f"(x_train, y_train), (x_test, y_test) = keras.datasets.{train.dataset}.load_data()"]
    if train.dataset == "fashion_mnist":
        lines += [
            "# The first 1,000 training and 200 test images of each class, as in the app.",
            "x_train = x_train[np.sort(np.concatenate([np.flatnonzero(y_train == c)[:1000] for c in range(10)]))]",
            "x_test = x_test[np.sort(np.concatenate([np.flatnonzero(y_test == c)[:200] for c in range(10)]))]",
        ]
    if train.n_train < DATASETS[train.dataset]:
        lines.append(f"x_train = x_train[:{train.n_train}]")
    lines += [
        f'x_train = x_train.reshape({into}).astype("float32") / 255',
        f'x_test = x_test.reshape({into}).astype("float32") / 255',
    ]
    words = "Grey images of 28 × 28 pixels. Each pixel is a number from 0 (background) to 1 (full brightness)."
    return Section("The data", words, lines)


def _network(model: ModelSpec) -> tuple[Section, ...]:
    lines = ["input_img = keras.Input(shape=(784,))", "# 'encoded' is the code: the compressed image"]
    source = "input_img"
    for width in model.widths:
        lines.append(f'x = Dense({width}, activation="{model.activation}")({source})')
        source = "x"
    penalty = f", activity_regularizer=keras.regularizers.L1({number(model.activity_l1)})" if model.activity_l1 else ""
    lines.append(f'encoded = Dense({model.code_dim}, activation="{model.code_activation}"{penalty})({source})')
    lines.append("# 'decoded' is the lossy reconstruction")
    source = "encoded"
    for width in reversed(model.widths):
        lines.append(f'x = Dense({width}, activation="{model.activation}")({source})')
        source = "x"
    words = (
        f"The encoder squeezes the 784 pixels of an image into a code of {model.code_dim} numbers; the decoder draws "
        "the image from these numbers alone."
    )
    if model.activity_l1:
        words += " A penalty on the code's numbers keeps most of them near 0: the code is sparse."
    lines.append(f'decoded = Dense(784, activation="sigmoid")({source})')
    return (Section("The network", words, [*lines, *_models(model, len(model.widths) + 1)]),)


def _convolutional(model: ModelSpec) -> tuple[Section, ...]:
    n_decoder = export_convolutional.count_decoder_layers(model)
    lines = [*export_convolutional.network_lines(model), *_models(model, n_decoder)]
    words = (
        "The encoder's convolutions look for patterns and halve the image step by step, down to a code of "
        f"{model.code_dim} numbers; the decoder doubles it step by step until it has 28 × 28 pixels again."
    )
    return (Section("The network", words, lines),)


def _models(model: ModelSpec, n_decoder: int) -> list[str]:
    return [
        "",
        "autoencoder = keras.Model(input_img, decoded)",
        "encoder = keras.Model(input_img, encoded)",
        "",
        "# The decoder on its own: the same layers, from a code of its own",
        f"encoded_input = keras.Input(shape=({model.code_dim},))",
        "x = encoded_input",
        f"for layer in autoencoder.layers[-{n_decoder}:]:",
        "    x = layer(x)",
        "decoder = keras.Model(encoded_input, x)",
        "autoencoder.summary()",
    ]


def start_sections(train: TrainSpec, name: str = "autoencoder") -> tuple[Section, ...]:
    """What loads a checkpoint's weights into the network `name`, if training starts from one."""
    if not train.start:
        return ()
    words = (
        f"Training goes on from {train.start}. Its weights are in the file {train.start}.npz, in the app's folder "
        "'pretrained'; put it beside this program."
    )
    lines = [
        f'with np.load("{train.start}.npz") as archive:',
        f'    {name}.set_weights([archive[key].astype("float32") for key in archive.files])',
    ]
    return (Section("The first weights", words, lines),)


def optimizer_line(train: TrainSpec) -> str:
    """The line that makes `optimizer`."""
    momentum = f", momentum={SGD_MOMENTUM}" if train.optimizer == "sgd" else ""
    return f"optimizer = keras.optimizers.{_OPTIMIZERS[train.optimizer]}({number(train.learning_rate)}{momentum})"


def _training(model: ModelSpec, train: TrainSpec, epochs: int) -> list[str]:
    # With the penalty in the loss, the reconstruction's own part is a metric.
    metrics = f', metrics=["{train.loss}"]' if model.activity_l1 and model.family != "vae" else ""
    loss = "reconstruction_loss" if model.family == "vae" else f'"{train.loss}"'
    return [
        optimizer_line(train),
        f"autoencoder.compile(optimizer=optimizer, loss={loss}{metrics})",
        "history = autoencoder.fit(",
        "    x_train,",
        "    x_train,",
        f"    epochs={epochs},",
        f"    batch_size={train.batch_size},",
        "    shuffle=True,",
        "    validation_data=(x_test, x_test),",
        "    verbose=2,",
        ")",
        'print("validation loss:", history.history["val_loss"][-1])',
    ]


def _use() -> Section:
    words = "The encoder makes codes of images, and the decoder makes images of codes."
    lines = [
        "codes = encoder.predict(x_test[:10], verbose=0)",
        "reconstructions = decoder.predict(codes, verbose=0).reshape(-1, 28, 28)",
        'print("codes:", codes.shape, "reconstructions:", reconstructions.shape)',
    ]
    return Section("Using it", words, lines)


_VAE_CLASS = '''
class VAE(keras.Model):
    """The loss is reconstruction_loss + BETA * kl_loss, in nats per image."""

    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.seed_generator = keras.random.SeedGenerator(0)

    def call(self, x):
        z_mean, z_log_var = self.encoder(x)
        epsilon = keras.random.normal(ops.shape(z_mean), seed=self.seed_generator)
        z = z_mean + ops.exp(0.5 * z_log_var) * epsilon
        kl_loss = 0.5 * ops.sum(z_mean**2 + ops.exp(z_log_var) - z_log_var - 1, axis=1)
        self.add_loss(BETA * ops.mean(kl_loss))
        return self.decoder(z)

'''


def _vae_network(model: ModelSpec, train: TrainSpec) -> tuple[Section, ...]:
    loss = {"binary_crossentropy": "binary_crossentropy", "mse": "mean_squared_error"}[train.loss]
    network = [
        "encoder_inputs = keras.Input(shape=(784,))",
        "x = encoder_inputs",
        *(f'x = Dense({width}, activation="{model.activation}")(x)' for width in model.widths),
        f'z_mean = Dense({model.code_dim}, name="z_mean")(x)',
        f'z_log_var = Dense({model.code_dim}, name="z_log_var")(x)',
        'encoder = keras.Model(encoder_inputs, [z_mean, z_log_var], name="encoder")',
        "",
        f"latent_inputs = keras.Input(shape=({model.code_dim},))",
        "x = latent_inputs",
        *(f'x = Dense({width}, activation="{model.activation}")(x)' for width in reversed(model.widths)),
        'decoder = keras.Model(latent_inputs, Dense(784, activation="sigmoid")(x), name="decoder")',
    ]
    objective = [
        f"BETA = {number(model.beta)}",
        "",
        _VAE_CLASS,
        "def reconstruction_loss(x, x_hat):",
        f"    return 784 * keras.losses.{loss}(x, x_hat)",
        "",
        "",
        "autoencoder = VAE(encoder, decoder)",
        "autoencoder(x_train[:1])  # builds the weights",
    ]
    network_words = (
        f"For each image the encoder gives a cloud in a latent space of {model.code_dim} dimensions: a Gaussian with "
        "the mean z_mean and the logarithm of the variance z_log_var. The decoder draws an image from a point there."
    )
    objective_words = (
        "In training, the decoder gets a point drawn at random from the image's cloud. The loss has two parts: how far "
        "the reconstruction is from the image, and, weighted by BETA, how far the cloud is from the unit Gaussian."
    )
    return Section("The network", network_words, network), Section("The loss", objective_words, objective)


def _vae_use() -> Section:
    words = "The code of an image is the mean of its cloud. Points drawn from the unit Gaussian become new images."
    lines = [
        "z_mean, z_log_var = encoder.predict(x_test[:10], verbose=0)",
        "codes = z_mean",
        "reconstructions = decoder.predict(z_mean, verbose=0).reshape(-1, 28, 28)",
        "new_digits = decoder.predict(np.random.normal(size=z_mean.shape), verbose=0).reshape(-1, 28, 28)",
        'print("codes:", codes.shape, "reconstructions:", reconstructions.shape, "new digits:", new_digits.shape)',
    ]
    return Section("Using it", words, lines)


def history_csv(history: tuple) -> str:
    """The records of a run's epochs as CSV, one row an epoch."""
    names = ["epoch", "loss", "reconstruction_loss", "val_loss", "val_reconstruction_loss", "seconds"]
    if history and history[0].val_kl_loss is not None:
        names[3:3], names[-1:-1] = ["kl_loss"], ["val_kl_loss"]
    rows = [",".join(names)]
    for record in history:
        values = (getattr(record, name) for name in names)
        rows.append(",".join("" if value is None else f"{value:.7g}" for value in values))
    return "\n".join(rows) + "\n"


def to_keras_file(model: ModelSpec, weights: tuple) -> bytes:
    """The trained network as a .keras file; a task for the worker. `weights`: in Keras' order, as a run keeps them."""
    from aecore import models

    return models.to_keras_file(model, weights)


def coordinates_csv(labels: np.ndarray, tsne: np.ndarray | None, pca: np.ndarray | None) -> str:
    """Maps of test images as CSV: `labels` (N,), positions on t-SNE's map (N, 2 or 3) and on PCA's (N, 3), if any."""
    columns = {"test_image": np.arange(len(labels)), "label": labels}
    if tsne is not None:
        columns |= {f"tsne_{axis}": column for axis, column in zip("xyz", tsne.T, strict=False)}
    if pca is not None:
        columns |= {f"pca_{i}": column for i, column in enumerate(pca.T, 1)}
    file = io.StringIO()
    formats = ["%d", "%d", *["%.6g"] * (len(columns) - 2)]
    np.savetxt(file, np.column_stack(list(columns.values())), formats, ",", header=",".join(columns), comments="")
    return file.getvalue()
