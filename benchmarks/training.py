"""How fast the core trains, against plain Keras `fit` as the lesson writes it, and what the app adds to that.

    python -m benchmarks.training [--quick | --smoke] [--json FILE]

Each measurement of `fit` and of the core has a process of its own, so that neither warms the other: compilation counts
on both sides, starting Python, importing TensorFlow and loading the images on neither. The two take turns with each
other and with the app's own path, so that what else the machine does falls on all alike.

The dense networks train for ten epochs on 60,000 images, in batches of 256; the convolutional one for six epochs on
10,000 images, in batches of 128, which is what one looks at live. Its final loss depends by one per cent and
more on its initial weights, so both sides begin with the same ones.

It takes some ten minutes on two cores. `--quick` trains for two epochs, of which compilation and start take the
larger part: what is asked of more is not asked.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from aecore import datasets
from aecore.compute.cluster import Cluster
from aecore.records.run_snapshot import RunSnapshot
from aecore.runs import worker
from aecore.runs.registry import Runs
from aecore.runs.run import Run
from aecore.specs import ModelSpec, TrainSpec
from benchmarks.harness.table import Row, parse_arguments, report
from benchmarks.harness.training_speed import Training, in_fresh_process, measure
from benchmarks.usual import autoencoder

QUICK_EPOCHS = 2
POLL_S = 0.5  # as a page does
FINE_POLL_S = 0.01


@dataclass(frozen=True)
class Network:
    """An architecture of the lesson, and how many times as fast as `fit` the core must and should train it.

    `app`: what part of the core's pace the app must have; nothing is asked where a run takes but a few seconds.
    """

    name: str
    model: ModelSpec
    train: TrainSpec
    first: tuple[float, float]  # must, aim
    second: float  # must
    app: float | None  # must


DENSE = TrainSpec(n_train=60_000, batch_size=256, epochs=10)
CONVOLUTIONAL = TrainSpec(n_train=10_000, batch_size=128, epochs=6)
LESSONS_FILTERS = ModelSpec("conv", 128, (16, 8, 8))
NETWORKS = (
    Network("784-32-784", ModelSpec(), DENSE, first=(3.0, 4.0), second=3.5, app=0.85),
    Network("784-128-64-32-64-128-784", ModelSpec(widths=(128, 64)), DENSE, first=(2.0, 3.0), second=2.2, app=0.85),
    Network("convolutional 16-8-8", LESSONS_FILTERS, CONVOLUTIONAL, first=(1.1, 1.5), second=1.1, app=None),
)


def initial_weights(model_spec: ModelSpec, specs: tuple[TrainSpec, TrainSpec]) -> list[list[np.ndarray]]:
    """What the core begins each of two trainings with."""
    from aecore import models

    return [models.build(model_spec, spec.seed).get_weights() for spec in specs]


def fit_twice(
    model_spec: ModelSpec, specs: tuple[TrainSpec, TrainSpec], weights: list[list[np.ndarray]] | None
) -> list[Training]:
    """The lesson's code, run twice in this process, as one runs a notebook's cell again.

    `weights`: what each training begins with; None for Keras' own draw.
    """
    import keras

    shape = (28, 28, 1) if model_spec.family == "conv" else (784,)
    data = datasets.load("mnist")
    x_train, x_test = (x.reshape(-1, *shape).astype("float32") / 255 for x in (data.x_train, data.x_test))
    x_train = x_train[: specs[0].n_train]

    def train(spec: TrainSpec) -> float:
        keras.utils.set_random_seed(spec.seed)  # so that the loss is the same at every benchmark
        model = autoencoder.build(model_spec.family, (*model_spec.widths, model_spec.code_dim))
        if weights:
            model.set_weights(weights[specs.index(spec)])
        model.compile(optimizer="adam", loss="binary_crossentropy")
        history = model.fit(
            x_train, x_train, epochs=spec.epochs, batch_size=spec.batch_size, shuffle=True,
            validation_data=(x_test, x_test), verbose=0,
        )  # fmt: skip
        return history.history["val_loss"][-1]

    return [measure(train, spec) for spec in specs]


def core_twice(model_spec: ModelSpec, specs: tuple[TrainSpec, TrainSpec]) -> list[Training]:
    """The core, run twice in this process; the second run finds its architecture compiled, as on a worker."""
    from aecore import training

    datasets.bank()

    def train(spec: TrainSpec) -> float:
        *_, progress = training.train(model_spec, spec)
        return progress.history[-1].val_loss

    return [measure(train, spec) for spec in specs]


def begin(runs: Runs, model_spec: ModelSpec, spec: TrainSpec) -> Run:
    run = runs.create(model_spec, spec, "benchmark")
    run.start()
    return run


def train_in_the_app(runs: Runs, model_spec: ModelSpec, spec: TrainSpec) -> Training:
    """A run on the worker, with a page looking at it, from its start until the page could show its end."""

    def train(spec: TrainSpec) -> float:
        run = begin(runs, model_spec, spec)
        next_poll = time.monotonic()
        while run.status == "training":
            if time.monotonic() >= next_poll:
                runs.snapshot(run)
                next_poll += POLL_S
            time.sleep(FINE_POLL_S)
        snapshot = runs.snapshot(run)
        if snapshot.status != "finished" or snapshot.progress is None:
            raise RuntimeError(f"Expected the run to finish; it is {snapshot.status}: {snapshot.error}")
        return snapshot.progress.history[-1].val_loss

    return measure(train, spec)


def first_signs(runs: Runs, model_spec: ModelSpec, spec: TrainSpec) -> tuple[float, float]:
    """Seconds from a run's start to its first reconstructions, and to its first training step."""
    start = time.perf_counter()
    run = begin(runs, model_spec, replace(spec, epochs=200))

    def seconds_until(shown: Callable[[RunSnapshot], bool]) -> float:
        while not shown(runs.snapshot(run)):
            time.sleep(FINE_POLL_S)
        return time.perf_counter() - start

    image = seconds_until(lambda snapshot: snapshot.progress is not None)
    step = seconds_until(lambda snapshot: snapshot.progress is not None and snapshot.progress.step > 0)
    run.stop()
    time.sleep(1)  # the slice under way comes to its end
    return image, step


def rows_of(network: Network, results: dict[str, list[list[Training]]], quick: bool) -> list[Row]:
    """The table's part on one architecture; `results`: for fit, core and app, a list of trainings for each round."""
    first, app, loss = ((None,), None, None) if quick else (network.first, network.app, 2)

    def median(who: str, turn: int) -> float:
        return statistics.median(trainings[turn].samples_per_s for trainings in results[who])

    def val_loss(who: str) -> float:
        return statistics.median(training.val_loss for trainings in results[who] for training in trainings)

    name = network.name
    deviation = val_loss("core") / val_loss("fit") - 1
    return [
        Row.at_least(f"{name}: fit, samples/s", median("fit", 0)),
        Row.at_least(f"{name}: core, samples/s", median("core", 0)),
        Row.at_least(f"{name}: core / fit", median("core", 0) / median("fit", 0), *first),
        Row.at_least(f"{name}: fit, second run, samples/s", median("fit", 1)),
        Row.at_least(f"{name}: core, second run, samples/s", median("core", 1)),
        Row.at_least(f"{name}: core / fit, second run", median("core", 1) / median("fit", 1), network.second),
        Row.at_least(f"{name}: app, warm worker, samples/s", median("app", 0)),
        Row.at_least(f"{name}: app / core's second run", median("app", 0) / median("core", 1), app),
        Row.at_most(f"{name}: final validation loss, fit", val_loss("fit")),
        Row.at_most(f"{name}: final validation loss, core", val_loss("core")),
        Row.at_most(f"{name}: final validation loss, core's deviation from fit's, %", 100 * abs(deviation), loss),
    ]


SIGNS = (  # networks whose first reconstructions one waits for, their settings, and the longest wait allowed
    ("the default network", lambda turn: ModelSpec(), DENSE, 1.5),
    ("a network never seen", lambda turn: ModelSpec(widths=(96 - turn,)), DENSE, 1.5),
    ("the convolutional network", lambda turn: LESSONS_FILTERS, CONVOLUTIONAL, 3.0),
    ("a convolutional network never seen", lambda turn: replace(LESSONS_FILTERS, widths=(15 - turn, 8, 8)),
     CONVOLUTIONAL, 3.0),
)  # fmt: skip


def rows_of_signs(signs: dict[str, list[tuple[float, float]]]) -> list[Row]:
    rows = []
    for name, _, _, most in SIGNS[: len(signs)]:
        image, step = (statistics.median(seconds) for seconds in zip(*signs[name], strict=True))
        rows.append(Row.at_most(f"start to the first reconstructions, {name}, s", image, most))
        rows.append(Row.at_most(f"start to the first training step, {name}, s", step, most))
    return rows


def shortened(spec: TrainSpec, arguments: argparse.Namespace) -> TrainSpec:
    if arguments.smoke:
        return replace(spec, n_train=1000, epochs=1)
    return replace(spec, epochs=QUICK_EPOCHS) if arguments.quick else spec


def main() -> None:
    arguments = parse_arguments(__doc__)
    rounds = 1 if arguments.quick else 3
    networks = NETWORKS[:1] if arguments.smoke else NETWORKS
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    cluster = Cluster(warm_up=worker.warm_up)
    runs = Runs(cluster)
    results: dict[Network, dict[str, list[list[Training]]]] = {n: {"fit": [], "core": [], "app": []} for n in networks}
    signs: dict[str, list[tuple[float, float]]] = {name: [] for name, *_ in SIGNS[: 1 if arguments.smoke else None]}
    for network in networks:
        train_in_the_app(
            runs, network.model, replace(shortened(network.train, arguments), epochs=1)
        )  # warms the worker
    for turn in range(rounds):
        for network, of in results.items():
            spec = shortened(network.train, arguments)
            specs = replace(spec, seed=2 * turn), replace(spec, seed=2 * turn + 1)
            same_start = network.model.family == "conv"
            weights = in_fresh_process(initial_weights, network.model, specs) if same_start else None
            of["fit"].append(in_fresh_process(fit_twice, network.model, specs, weights))
            of["core"].append(in_fresh_process(core_twice, network.model, specs))
            of["app"].append([train_in_the_app(runs, network.model, replace(spec, seed=1))])
        for name, model, spec, _ in SIGNS[: len(signs)]:
            signs[name].append(first_signs(runs, model(turn), spec))
    cluster.close()
    rows = [row for network, of in results.items() for row in rows_of(network, of, arguments.quick)]
    report([*rows, *rows_of_signs(signs)], arguments)


if __name__ == "__main__":
    main()
