"""How fast the core trains VAEs, against the same written plainly with `fit` and a custom `train_step`.

    python -m benchmarks.vae [--quick | --smoke] [--json FILE]

As benchmarks/training.py: each measurement in a process of its own, in turns, compilation and validation counted on
both sides. It takes ten minutes on two cores; `--quick` trains for two epochs, of which compilation is the larger part.
"""

from __future__ import annotations

import os
import statistics
from dataclasses import dataclass, replace

from aecore import datasets
from aecore.specs import ModelSpec, TrainSpec
from benchmarks.harness.table import Row, parse_arguments, report
from benchmarks.harness.training_speed import Training, in_fresh_process, measure
from benchmarks.usual import vae

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


def fit(widths: tuple[int, ...], activation: str, spec: TrainSpec) -> Training:
    """Train the plain VAE with `fit`."""
    import keras

    data = datasets.load("mnist")
    x_train, x_test = (x.reshape(-1, 784).astype("float32") / 255 for x in (data.x_train, data.x_test))
    x_train = x_train[: spec.n_train]

    def train(spec: TrainSpec) -> float:
        keras.utils.set_random_seed(spec.seed)
        model = vae.build(widths, activation, CODE_DIM)
        model.compile(optimizer="adam")
        history = model.fit(
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
                of[name].append(in_fresh_process(function, network.widths, network.activation, seeded))
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
