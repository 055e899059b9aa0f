"""Photographs of digits: how many are read right, by a network trained on MNIST; by the old way and as it is now.

    python -m benchmarks.photos [--quick | --smoke] [--develop] [--json FILE]

The photographs are made (`benchmarks.photography`), by pen and paper. Seeds from 1,000 judge; whoever changes the
reading looks at smaller ones only, those of `--develop`. A blank sheet and two digits count as right if the sentence
says so.
"""

from __future__ import annotations

import dataclasses
import io
import itertools
import os
import time
from collections.abc import Callable

import numpy as np
from PIL import Image

from aecore import datasets
from aecore.digits import mnist_preprocessing
from aecore.image_files.errors import ImageError
from benchmarks.harness.table import Row, parse_arguments, report, say
from benchmarks.photography import photographs
from benchmarks.photography.scene import PAPERS, PENS, random_scene

JUDGING_SEED, DEVELOPMENT_SEED = 1_000, 77
WIDTHS = (0.01, 0.02, 0.04, 0.08)  # of a pen on plain images, of the digit's height; MNIST's are about 0.12
SIDES = (28, 56, 140, 280, 560)  # pixels of MNIST's own images
MUST_READ, MUST_READ_OWN, MUST_S = 0.88, 0.995, 0.7


@dataclasses.dataclass(frozen=True)
class Size:
    """How much of everything: photographs of each kind of pen and paper, the first `n_kinds` of these, MNIST's own
    images, drawings of each width, photographs whose reading is timed, and epochs of the classifier's training."""

    per_kind: int
    n_own: int
    n_drawings: int
    n_timed: int
    n_kinds: int = len(PENS) * len(PAPERS)
    epochs: int = 5


FULL, QUICK = Size(20, 1_000, 40, 9), Size(3, 200, 10, 3)
SMOKE = Size(1, 20, 2, 1, n_kinds=1, epochs=1)


def old_way(grey: np.ndarray) -> np.ndarray:
    """One ground for the whole image, the median of its edge; all that differs from it is ink: uint8 (28, 28, 1)."""
    image = Image.fromarray(grey)
    image.thumbnail((560, 560))
    grey = np.asarray(image)
    away = grey - np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]))
    low, high = np.percentile(away, [0.5, 99.5])
    ink = np.maximum(away if high > -low else -away, 0)
    full = float(np.percentile(ink[ink > 0], 99)) if (ink > 0).any() else 0.0
    if full < 0.02:
        raise ImageError("nothing drawn")
    return mnist_preprocessing.normalise(np.clip((ink / full - 0.08) / 0.77, 0, 1))


def new_way(grey: np.ndarray) -> np.ndarray:
    """As a visitor's image is read: uint8 (28, 28, 1)."""
    return mnist_preprocessing.read(grey).x


def classifier(epochs: int) -> Callable[[np.ndarray], np.ndarray]:
    """Images uint8 (N, 28, 28, 1) → classes (N,), by a small convolutional network trained on MNIST as it is."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(1)
    data = datasets.load("mnist")
    network = keras.Sequential([
        keras.Input((28, 28, 1)), keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(16, 3, activation="relu"), keras.layers.MaxPooling2D(),
        keras.layers.Conv2D(32, 3, activation="relu"), keras.layers.MaxPooling2D(),
        keras.layers.Flatten(), keras.layers.Dropout(0.3),
        keras.layers.Dense(96, activation="relu"), keras.layers.Dense(10, activation="softmax"),
    ])  # fmt: skip
    network.compile("adam", "sparse_categorical_crossentropy")
    network.fit(data.x_train.reshape(-1, 28, 28, 1), data.y_train, batch_size=128, epochs=epochs, verbose=0)
    return lambda x: network.predict(x, verbose=0).argmax(1)


def attempt(way: Callable[[np.ndarray], np.ndarray], grey: np.ndarray) -> tuple[np.ndarray, str]:
    """(the image, ""), or (an empty image, the sentence that refuses it)."""
    try:
        return way(grey), ""
    except ImageError as error:
        return np.zeros((28, 28, 1), np.uint8), str(error)


def photograph_rows(classify: Callable, n: int, n_kinds: int, seed: int) -> list[Row]:
    """Shares read right, before and after: by pen and paper, all in all, blank sheets, two digits."""
    x, y = datasets.load_test("mnist")
    right: dict[str, list[list[bool]]] = {}  # of each photograph: before, now
    for c, (pen, paper) in enumerate(list(itertools.product(PENS, PAPERS))[:n_kinds]):
        for k in range(n):
            for kind in ("digit", "blank sheet", "two digits") if k < max(n // 4, 1) else ("digit",):
                rng = np.random.default_rng((seed, c, k, len(kind)))
                scene = random_scene(rng)
                chosen = rng.integers(0, len(x), {"digit": 1, "blank sheet": 0, "two digits": 2}[kind])
                if len(chosen) == 2:
                    scene = dataclasses.replace(scene, height=min(scene.height, 0.35))
                raw, _ = photographs.photograph([x[i, ..., 0] for i in chosen], pen, paper, scene, rng)
                grey = mnist_preprocessing.grey(raw)
                both = [attempt(way, grey) for way in (old_way, new_way)]
                if kind == "digit":
                    read = classify(np.array([image for image, _ in both]))
                    ok = [not problem and r == y[chosen[0]] for (_, problem), r in zip(both, read, strict=True)]
                    right.setdefault(f"{pen}, {paper} paper", []).append(ok)
                else:
                    expected = "nothing drawn" if kind == "blank sheet" else "several"
                    ok = [expected in problem for _, problem in both]
                right.setdefault({"digit": "all photographs"}.get(kind, kind), []).append(ok)
        say(f"{pen} on {paper} paper read")
    must = {"all photographs": MUST_READ, "blank sheet": 1.0, "two digits": 1.0}
    rows = []
    for name, pairs in right.items():
        before, after = np.mean(pairs, axis=0)
        rows.append(Row.at_least(f"{name} ({len(pairs)}): right before", float(before)))
        rows.append(Row.at_least(f"{name} ({len(pairs)}): right now", float(after), must.get(name)))
    return rows


def own_rows(classify: Callable, n: int) -> list[Row]:
    """MNIST's own images as PNG files, of several sizes, black on white and white on black."""
    x, y = (values[-n:] for values in datasets.load_test("mnist"))
    made = [
        photographs.plain(x[i, ..., 0], SIDES[i % len(SIDES)], inverted=bool(i // len(SIDES) % 2)) for i in range(n)
    ]
    taken = [attempt(new_way, mnist_preprocessing.grey(raw)) for raw in made]
    seen, original = classify(np.array([image for image, _ in taken])), classify(x)
    refused = np.array([bool(problem) for _, problem in taken])
    same = float(((seen == original) & ~refused).mean())
    return [
        Row.at_least("MNIST's own: the network's class is the original's", same, MUST_READ_OWN),
        Row.at_least("MNIST's own: the network's class is the label", float(((seen == y) & ~refused).mean())),
        Row.at_least("MNIST's own originals: the network's class is the label", float((original == y).mean())),
    ]  # fmt: skip


def drawing_rows(classify: Callable, n: int, seed: int) -> list[Row]:
    """Digits drawn with thin pens on plain images, dark on light and light on dark."""
    x, y = datasets.load_test("mnist")
    rows = []
    for w, width in enumerate(WIDTHS):
        rng = np.random.default_rng((seed, 10, w))
        chosen = rng.integers(0, len(x), n)
        raws = [photographs.drawing(x[i, ..., 0], width, rng, light=bool(k % 2)) for k, i in enumerate(chosen)]
        taken = [attempt(new_way, mnist_preprocessing.grey(raw)) for raw in raws]
        read = classify(np.array([image for image, _ in taken]))
        right = np.array([not problem for _, problem in taken]) & (read == y[chosen])
        rows.append(Row.at_least(f"drawn, pen of {width:.0%} of the height ({n}): right", float(right.mean())))
    return rows


def time_rows(n: int) -> list[Row]:
    """Seconds of a core from 12-megapixel JPEG to digit; of a core, as other programs may run beside."""
    seconds = []
    for k in range(n):
        rng = np.random.default_rng((JUDGING_SEED, 9, k))
        pen, paper = list(PENS)[k % 3], list(PAPERS)[k // 3 % 3]
        digit, scene = datasets.load_test("mnist")[0][k, ..., 0], random_scene(rng)
        raw, _ = photographs.photograph([digit], pen, paper, scene, rng)
        file = io.BytesIO()
        Image.open(io.BytesIO(raw)).resize((3000, 4000)).save(file, "JPEG", quality=90)
        begin = time.process_time()
        attempt(new_way, mnist_preprocessing.grey(file.getvalue()))
        seconds.append(time.process_time() - begin)
    return [
        Row.at_most("12 megapixels: s, median", float(np.median(seconds)), MUST_S),
        Row.at_most("12 megapixels: s, worst", max(seconds)),
    ]


def main() -> None:
    arguments = parse_arguments(__doc__, develop="seeds to look at while the reading is changed, not the judging ones")
    seed = DEVELOPMENT_SEED if arguments.develop else JUDGING_SEED
    size = SMOKE if arguments.smoke else QUICK if arguments.quick else FULL
    classify = classifier(size.epochs)
    rows = photograph_rows(classify, size.per_kind, size.n_kinds, seed)
    rows += own_rows(classify, size.n_own)
    rows += drawing_rows(classify, size.n_drawings, seed)
    report([*rows, *time_rows(size.n_timed)], arguments)


if __name__ == "__main__":
    main()
