"""How fast the core trains VAEs, against the same written plainly with `fit` and a custom `train_step`.

    python -m benchmarks.vae [--quick] [--json FILE]

As benchmarks/training.py: each measurement in a process of its own, in turns, compilation and validation counted on
both sides. It takes ten minutes on two cores; `--quick` trains for two epochs, of which compilation is the larger part.
"""

from __future__ import annotations

import os
import statistics
from dataclasses import dataclass

from aecore import datasets
from aecore.specs import ModelSpec, TrainSpec
from benchmarks.table import Row, parse_arguments, report
from benchmarks.training import N_TRAIN, Training, in_a_process_of_its_own, measure

BATCH_SIZE = 128
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


def fit(widths: tuple[int, ...], activation: str, epochs: int, seed: int) -> list[Training]:
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

        def compute(self, x):
            z_mean, z_log_var = self.encoder(x)
            z = z_mean + tf.exp(0.5 * z_log_var) * tf.random.normal(tf.shape(z_mean))
            reconstruction = 784 * tf.reduce_mean(keras.losses.binary_crossentropy(x, self.decoder(z)))
            kl = 0.5 * tf.reduce_sum(z_mean**2 + tf.exp(z_log_var) - z_log_var - 1, axis=1)
            return reconstruction + tf.reduce_mean(kl)

        def train_step(self, x):
            with tf.GradientTape() as tape:
                loss = self.compute(x)
            self.optimizer.apply_gradients(
                zip(tape.gradient(loss, self.trainable_weights), self.trainable_weights, strict=True)
            )
            self.loss_tracker.update_state(loss)
            return {"loss": self.loss_tracker.result()}

        def test_step(self, x):
            self.loss_tracker.update_state(self.compute(x))
            return {"loss": self.loss_tracker.result()}

    data = datasets.load("mnist")
    x_train, x_test = (x.reshape(-1, 784).astype("float32") / 255 for x in (data.x_train, data.x_test))

    def train() -> float:
        keras.utils.set_random_seed(seed)
        vae = Vae()
        vae.compile(optimizer="adam")
        history = vae.fit(x_train, epochs=epochs, batch_size=BATCH_SIZE, validation_data=(x_test, None), verbose=0)
        return history.history["val_loss"][-1]

    return [measure(train, epochs)]


def core(widths: tuple[int, ...], activation: str, epochs: int, seed: int) -> list[Training]:
    """The same through the core."""
    from aecore import training

    datasets.bank()
    model_spec = ModelSpec("vae", CODE_DIM, widths, activation=activation)
    train_spec = TrainSpec(n_train=N_TRAIN, batch_size=BATCH_SIZE, epochs=epochs, seed=seed)

    def train() -> float:
        *_, progress = training.train(model_spec, train_spec)
        return progress.history[-1].val_loss

    return [measure(train, epochs)]


def main() -> None:
    arguments = parse_arguments(__doc__)
    rounds, epochs = (1, 2) if arguments.quick else (3, 10)
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    results = {network: {"fit": [], "core": []} for network in NETWORKS}
    for turn in range(rounds):
        for network, of in results.items():
            for name, function in (("fit", fit), ("core", core)):
                of[name] += in_a_process_of_its_own(function, network.widths, network.activation, epochs, turn)
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
