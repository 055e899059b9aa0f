"""How fast the core trains VAEs, against the same written plainly with `fit` and a custom `train_step`.

    python -m benchmarks.vae [--quick | --smoke] [--json FILE]

As benchmarks/training.py: each measurement in a process of its own, in turns, compilation and validation counted on
both sides. It takes ten minutes on two cores; `--quick` trains for two epochs, of which compilation is the larger part.
"""

from __future__ import annotations

import os
import statistics
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aecore import datasets
from aecore.specs import ModelSpec, TrainSpec
from benchmarks.table import Row, parse_arguments, report
from benchmarks.training import Training, in_a_process_of_its_own, measure

if TYPE_CHECKING:
    import keras

TRAIN = TrainSpec(n_train=60_000, batch_size=128, epochs=10)
CODE_DIM = 2


@dataclass(frozen=True)
class Network:
    """A VAE's hidden layers, and how many times as fast as `fit` the core must and should train it."""

    name: str
    widths: tuple[int, ...]
    activation: str
    must: float
    aim: float


NETWORKS = (
    Network("784-64-2-64-784", (64,), "relu", 2.5, 4.0),
    Network("784-512-512-256-2-256-512-512-784", (512, 512, 256), "gelu", 1.6, 2.5),
)


def plain_vae(widths: tuple[int, ...], activation: str) -> keras.Model:
    """A VAE as one writes it in Keras: a model with its own train_step and test_step."""
    import keras
    import tensorflow as tf

    class Vae(keras.Model):
        def __init__(self):
            super().__init__()
            x = h = keras.Input((784,))
            for width in widths:
                h = keras.layers.Dense(width, activation=activation)(h)
            outputs = [keras.layers.Dense(CODE_DIM)(h), keras.layers.Dense(CODE_DIM)(h)]
            self.encoder = keras.Model(x, outputs)
            z = h = keras.Input((CODE_DIM,))
            for width in reversed(widths):
                h = keras.layers.Dense(width, activation=activation)(h)
            self.decoder = keras.Model(z, keras.layers.Dense(784, activation="sigmoid")(h))
            self.loss_tracker = keras.metrics.Mean(name="loss")

        @property
        def metrics(self):
            return [self.loss_tracker]

        def negative_elbo(self, x):
            z_mean, z_log_var = self.encoder(x)
            z = z_mean + tf.exp(0.5 * z_log_var) * tf.random.normal(tf.shape(z_mean))
            reconstruction_loss = 784 * tf.reduce_mean(keras.losses.binary_crossentropy(x, self.decoder(z)))
            kl_loss = 0.5 * tf.reduce_sum(z_mean**2 + tf.exp(z_log_var) - z_log_var - 1, axis=1)
            return reconstruction_loss + tf.reduce_mean(kl_loss)

        def train_step(self, data):
            with tf.GradientTape() as tape:
                loss = self.negative_elbo(data)
            weights = self.trainable_weights
            self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            self.loss_tracker.update_state(loss)
            return {"loss": self.loss_tracker.result()}

        def test_step(self, data):
            self.loss_tracker.update_state(self.negative_elbo(data))
            return {"loss": self.loss_tracker.result()}

    return Vae()


def fit(widths: tuple[int, ...], activation: str, spec: TrainSpec) -> Training:
    """Train the plain VAE with `fit`."""
    import keras

    data = datasets.load("mnist")
    x_train, x_test = (x.reshape(-1, 784).astype("float32") / 255 for x in (data.x_train, data.x_test))

    x_train = x_train[: spec.n_train]

    def train(spec: TrainSpec) -> float:
        keras.utils.set_random_seed(spec.seed)
        vae = plain_vae(widths, activation)
        vae.compile(optimizer="adam")
        history = vae.fit(
            x_train, epochs=spec.epochs, batch_size=spec.batch_size, validation_data=(x_test, None), verbose=0
        )
        return history.history["val_loss"][-1]

    return measure(train, spec)


def core(widths: tuple[int, ...], activation: str, spec: TrainSpec) -> Training:
    """The same through the core."""
    from aecore import training

    datasets.bank()
    model_spec = ModelSpec("vae", CODE_DIM, widths, activation=activation)

    def train(spec: TrainSpec) -> float:
        *_, progress = training.train(model_spec, spec)
        return progress.history[-1].val_loss

    return measure(train, spec)


def main() -> None:
    arguments = parse_arguments(__doc__)
    rounds, spec = (1, replace(TRAIN, epochs=2)) if arguments.quick else (3, TRAIN)
    networks = NETWORKS[:1] if arguments.smoke else NETWORKS
    if arguments.smoke:
        spec = replace(spec, n_train=1000, epochs=1)
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    results: dict[Network, dict[str, list[Training]]] = {network: {"fit": [], "core": []} for network in networks}
    for turn in range(rounds):
        for network, of in results.items():
            for name, function in (("fit", fit), ("core", core)):
                seeded = replace(spec, seed=turn)
                of[name].append(in_a_process_of_its_own(function, network.widths, network.activation, seeded))
    rows = []
    for network, of in results.items():
        speed = {name: statistics.median(t.samples_per_s for t in trainings) for name, trainings in of.items()}
        loss = {name: statistics.median(t.val_loss for t in trainings) for name, trainings in of.items()}
        asked = () if arguments.quick else (network.must, network.aim)
        deviation = 100 * abs(loss["core"] / loss["fit"] - 1)
        rows += [
            Row.at_least(f"{network.name}: fit, samples/s", speed["fit"]),
            Row.at_least(f"{network.name}: core, samples/s", speed["core"]),
            Row.at_least(f"{network.name}: core / fit", speed["core"] / speed["fit"], *asked),
            Row.at_most(f"{network.name}: final validation loss, fit", loss["fit"]),
            Row.at_most(f"{network.name}: final validation loss, core", loss["core"]),
            Row.at_most(f"{network.name}: core's deviation from fit's, %", deviation, None if arguments.quick else 2),
        ]
    report(rows, arguments)


if __name__ == "__main__":
    main()
