"""A convolutional spec → the lines of a Keras script that build its network, layer by layer as the lesson writes it."""

from __future__ import annotations

from collections.abc import Sequence

from aecore.export.script import number
from aecore.specs import ModelSpec

LAYERS = ("Conv2D", "Conv2DTranspose", "Dense", "Flatten", "MaxPooling2D", "Reshape", "UpSampling2D")
_OUTPUT = 'decoded = Conv2D(1, (3, 3), activation="sigmoid", padding="same")(x)'


def layers_used(lines: Sequence[str]) -> list[str]:
    """The names of the Keras layers in these lines."""
    return [name for name in LAYERS if any(f"{name}(" in line for line in lines)]


def network_lines(model: ModelSpec) -> list[str]:
    """The lines from `input_img` via `encoded`, the code, to `decoded`."""
    return [*_encoder(model), *_decoder(model), _OUTPUT]


def count_decoder_layers(model: ModelSpec) -> int:
    """How many layers the script's network has after `encoded`."""
    return len(_decoder(model)) + model.has_dense_code + 1  # two layers share a line there


def _encoder(model: ModelSpec) -> list[str]:
    lines = ["input_img = x = keras.Input(shape=(28, 28, 1))"]
    pooling = model.downsampling == "max_pooling"
    strides = "" if pooling else ", strides=2"
    for i, filters in enumerate(model.widths, 1):
        last = i == len(model.widths) and not model.has_dense_code
        activation = model.code_activation if last else model.activation
        lines.append(f'x = Conv2D({filters}, (3, 3){strides}, activation="{activation}", padding="same")(x)')
        if pooling:
            lines.append('x = MaxPooling2D((2, 2), padding="same")(x)')
    lines.append(f"# at this point the representation is {model.pooled_shape}")
    penalty = f"activity_regularizer=keras.regularizers.L1({number(model.activity_l1)})" if model.activity_l1 else ""
    if not model.has_dense_code:
        return [*lines, f"encoded = Flatten({penalty})(x)"]
    penalty = penalty and f", {penalty}"
    return [
        *lines,
        f'encoded = Dense({model.code_dim}, activation="{model.code_activation}"{penalty})(Flatten()(x))',
    ]


def _decoder(model: ModelSpec) -> list[str]:
    height, width, filters = model.pooled_shape
    unpooled = f'Dense({height * width * filters}, activation="{model.activation}")(encoded)'
    lines = [f"x = Reshape({model.pooled_shape})({unpooled if model.has_dense_code else 'encoded'})"]
    side = height
    for filters, target in zip(reversed(model.widths), reversed(model.sides[:-1]), strict=True):
        if model.upsampling == "transposed":
            odd = ", output_padding=0" if target % 2 else ""
            lines.append(
                f'x = Conv2DTranspose({filters}, (3, 3), strides=2, activation="{model.activation}", '
                f'padding="same"{odd})(x)  # {side} → {target} pixels'
            )
            side = target
        else:
            padding = '"valid"' if side == 16 else '"same"'
            note = "  # without padding: 16 → 14 pixels, so that it gets to 28" if side == 16 else ""
            lines.append(f'x = Conv2D({filters}, (3, 3), activation="{model.activation}", padding={padding})(x){note}')
            lines.append("x = UpSampling2D((2, 2))(x)")
            side = 2 * (side - 2 if side == 16 else side)
    return lines
