"""Specs → a complete Keras program that builds and trains this very network the way the lesson does."""

from __future__ import annotations

from aecore.export import convolutional, variational
from aecore.export.script import Script, Section, number
from aecore.export.sections import REQUIREMENTS, data_section, optimizer_line, set_up_section, start_sections
from aecore.specs import ModelSpec, TrainSpec, format_widths

TRAINING_EXPLANATION = (
    "The images are both the input and the target. The network never trains on the test images; their loss is the "
    "validation loss."
)


def keras_script(model: ModelSpec, train: TrainSpec, epochs: int | None = None) -> str:
    """The script of `network_script` as Python code."""
    return network_script(model, train, epochs).python()


def network_script(model: ModelSpec, train: TrainSpec, epochs: int | None = None) -> Script:
    """A runnable program for `model` and `train`; `epochs` replaces the spec's, for a run that was trained further.

    It needs nothing but Keras and NumPy, downloads the data set with Keras' own loader, and prints the losses.
    """
    vae, of_maps = model.family == "vae", model.family == "conv"
    networks = {
        "dense": lambda: _dense(model),
        "conv": lambda: _convolutional(model),
        "vae": lambda: variational.network_sections(model, train),
    }
    network = networks[model.family]()
    layers = convolutional.layers_used(network[0].lines) if of_maps else ["Dense"]
    imports = [
        "import keras",
        *(["import numpy as np"] if train.dataset == "fashion_mnist" or train.start or vae else []),
        *(["from keras import ops"] if vae else []),
        f"from keras.layers import {', '.join(layers)}",
    ]
    return Script(
        f"{_title(model)}, trained on {_data_phrase(train)}.",
        REQUIREMENTS,
        (
            set_up_section(train, imports),
            data_section(train, (28, 28, 1) if of_maps else (784,)),
            *network,
            *start_sections(train),
            Section("Training", TRAINING_EXPLANATION, _training(model, train, epochs or train.epochs)),
            variational.use_section() if vae else _use(),
        ),
    )


def _title(model: ModelSpec) -> str:
    if model.family == "conv":
        filters = format_widths(model.widths)
        return f"A convolutional autoencoder of {filters} filters and a code of {model.code_dim} numbers"
    units = [784, *model.widths, model.code_dim, *reversed(model.widths), 784]
    kind = "variational " if model.family == "vae" else "sparse " if model.activity_l1 else ""
    return f"A {kind}{'-'.join(map(str, units))} autoencoder"


def _data_phrase(train: TrainSpec) -> str:
    name = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST"}[train.dataset]
    return f"{train.n_train:,} images of {name}"


def _dense(model: ModelSpec) -> tuple[Section, ...]:
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
    explanation = (
        f"The encoder squeezes the 784 pixels of an image into a code of {model.code_dim} numbers; the decoder draws "
        "the image from these numbers alone."
    )
    if model.activity_l1:
        explanation += " A penalty on the code's numbers keeps most of them near 0: the code is sparse."
    lines.append(f'decoded = Dense(784, activation="sigmoid")({source})')
    return (Section("The network", explanation, [*lines, *_models(model, len(model.widths) + 1)]),)


def _convolutional(model: ModelSpec) -> tuple[Section, ...]:
    n_decoder = convolutional.count_decoder_layers(model)
    lines = [*convolutional.network_lines(model), *_models(model, n_decoder)]
    explanation = (
        "The encoder's convolutions look for patterns and halve the image step by step, down to a code of "
        f"{model.code_dim} numbers; the decoder doubles it step by step until it has 28 × 28 pixels again."
    )
    return (Section("The network", explanation, lines),)


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
    explanation = "The encoder makes codes of images, and the decoder makes images of codes."
    lines = [
        "codes = encoder.predict(x_test[:10], verbose=0)",
        "reconstructions = decoder.predict(codes, verbose=0).reshape(-1, 28, 28)",
        'print("codes:", codes.shape, "reconstructions:", reconstructions.shape)',
    ]
    return Section("Using it", explanation, lines)
