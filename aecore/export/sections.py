"""The sections that the programs of all networks share: set-up, data, first weights."""

from __future__ import annotations

from aecore.export.script import Section, number
from aecore.specs import DATASETS, SGD_MOMENTUM, TrainSpec

_OPTIMIZERS = {"adam": "Adam", "adadelta": "Adadelta", "rmsprop": "RMSprop", "sgd": "SGD"}

# Keras 3.5 opens most files of networks, but it cannot train on a JAX of today.
REQUIREMENTS = (
    "Needs Keras 3.11 or newer, and TensorFlow or JAX for it to compute with. To use JAX, set the environment variable "
    "KERAS_BACKEND to jax before the start."
)


def set_up_section(train: TrainSpec, lines: list[str]) -> Section:
    """The imports and constants in `lines`, and the seed."""
    explanation = "With the same seed, the same machine and the same versions, training comes out the same each time."
    return Section("Set-up", explanation, [*lines, "", f"keras.utils.set_random_seed({train.seed})"])


def data_section(train: TrainSpec, shape: tuple[int, ...] = (784,)) -> Section:
    """The section that loads `x_train` and `x_test`, each image as numbers of this shape in [0, 1]."""
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
    explanation = "Grey images of 28 × 28 pixels. Each pixel is a number from 0 (background) to 1 (full brightness)."
    return Section("The data", explanation, lines)


def start_sections(train: TrainSpec, name: str = "autoencoder") -> tuple[Section, ...]:
    """The section that loads a checkpoint's weights into the network `name`, if training starts from one."""
    if not train.start:
        return ()
    explanation = (
        f"Training starts from {train.start}. Its weights are in the file {train.start}.npz, in the app's folder "
        "'pretrained'; put it beside this program."
    )
    lines = [
        f'with np.load("{train.start}.npz") as archive:',
        f'    {name}.set_weights([archive[key].astype("float32") for key in archive.files])',
    ]
    return (Section("The first weights", explanation, lines),)


def optimizer_line(train: TrainSpec) -> str:
    """The line that makes `optimizer`."""
    momentum = f", momentum={SGD_MOMENTUM}" if train.optimizer == "sgd" else ""
    return f"optimizer = keras.optimizers.{_OPTIMIZERS[train.optimizer]}({number(train.learning_rate)}{momentum})"
