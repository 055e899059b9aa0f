"""What the pages' questions take of a worker's memory, each for the largest network that the settings allow.

    python -m benchmarks.questions [--quick | --smoke] [--json FILE]

Each is answered by a process of its own, warmed up as a worker is, whose peak is the kernel's own count. It takes three
minutes on two cores; `--quick` measures the two that took the most.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from aecore import datasets, malloc
from aecore.checkpoints import encodings
from aecore.projection import code_questions, opentsne
from aecore.projection.code_sources import Source
from aecore.specs import PIXELS, RUN, CodesSpec, ModelSpec, ProjectionSpec
from aecore.tasks import compression, denoising, measured_field, pca_baseline, shifts, top_activations
from aecore.tasks.initial_weights import initial_weights
from benchmarks.harness.table import Row, parse_arguments, report

MB = 1e6
CALM_BYTES = 150_000_000  # what an answer may take beside training
WIDE = ModelSpec("conv", 128, (64,))
DEEP = ModelSpec("conv", 128, (64, 64, 64, 64), downsampling="strides", upsampling="transposed")
MAPS = ModelSpec("conv", 7 * 7 * 32, (64, 32))
U_SHAPED = ModelSpec("unet", widths=(128, 128, 128))
OF_RUN = Source(CodesSpec(RUN, "mnist", 10_000), "run@1", MAPS)
OF_WIDE = Source(CodesSpec(RUN, "mnist", 10_000), "wide@1", WIDE)
OF_PIXELS = Source(CodesSpec(PIXELS, "mnist", 10_000))
QUICK = ("top_activations, 64 filters", "denoising.curve, U-shaped")

Question = tuple[Callable, tuple, ModelSpec | None]  # a function, its arguments, whose weights come behind them


def _image() -> bytes:
    return datasets.load_probe("mnist")[0].tobytes()


def _map():
    import numpy as np

    return np.random.default_rng(0).normal(size=(10_000, 2)).astype(np.float32)


def questions() -> dict[str, Question]:
    """Name → what is asked, for the largest networks and the most images."""
    image, xy = _image(), _map()
    with_weights: dict[str, Question] = {
        "top_activations, 64 filters": (top_activations.find, (WIDE, "encoder_1", "mnist", 9, "1"), WIDE),
        "top_activations, output": (top_activations.find, (WIDE, "logits", "mnist", 9, "1"), WIDE),
        "top_activations, transposed": (top_activations.find, (DEEP, "decoder_4", "mnist", 9, "1"), DEEP),
        "receptive_field.measure": (measured_field.measure, (WIDE, "logits", (14, 14, 0), image, "1"), WIDE),
        "shifts.curve, 64 filters": (shifts.curve, (WIDE, "mnist", "1"), WIDE),
        "denoising.curve, U-shaped": (denoising.curve, ("mnist", "gaussian", "1", U_SHAPED), U_SHAPED),
        "denoising.curve, 64 filters": (denoising.curve, ("mnist", "gaussian", "1", WIDE), WIDE),
        "codes.pca_map, 1,568 numbers": (code_questions.pca_map, (OF_RUN,), MAPS),
        "codes.pca_map, 64 filters": (code_questions.pca_map, (OF_WIDE,), WIDE),
        "codes.measure, 1,568 numbers": (code_questions.measure, (OF_RUN, "1", xy), MAPS),
        "codes.inspect, 1,568 numbers": (code_questions.inspect, (OF_RUN, image, 1), MAPS),
        "codes.place, 1,568 numbers": (code_questions.place, (OF_RUN, image, "1", xy), MAPS),
        "codes.place_on_pca, 1,568 numbers": (code_questions.place_on_pca, (OF_RUN, image), MAPS),
        "codes.decoded_mean, 1,568 numbers": (code_questions.decoded_mean, (OF_RUN, tuple(range(10_000))), MAPS),
        "codes.descend, 1,568 numbers": (
            code_questions.descend,
            (OF_RUN, ProjectionSpec(perplexity=100.0), None, 1),
            MAPS,
        ),
    }
    without: dict[str, tuple[Callable, tuple]] = {
        "initial_weights": (initial_weights, (DEEP, 0)),
        "denoising.by_network": (denoising.by_network, ("denoise-digits", image)),
        "denoising.by_filters": (denoising.by_filters, (image, "gaussian", 0.5, 0)),
        "pca_baseline": (pca_baseline.measure, ("mnist", 60_000, 128)),
        "compression.by_code_size": (compression.by_code_size, (image,)),
        "compression.at_bytes": (compression.at_bytes, (image,)),
        "compression.curves": (compression.curves, ()),
        "nearest_training_image": (encodings.nearest_training_image, ("vae-16", (0.0,) * 16)),
        "test_errors": (encodings.test_errors, ("best-32", "mnist")),
        "codes.pca_map, pixels": (code_questions.pca_map, (OF_PIXELS,)),
        "codes.inspect, pixels": (code_questions.inspect, (OF_PIXELS, image, 1)),
        "codes.measure, pixels": (code_questions.measure, (OF_PIXELS, "1", xy)),
        "codes.place, pixels": (code_questions.place, (OF_PIXELS, image, "1", xy)),
    }
    return with_weights | {name: (function, args, None) for name, (function, args) in without.items()}


def peak_bytes(name: str) -> int:
    """By how much the memory of this process, warmed up, rises at the most while it answers."""
    from aecore import models, training

    function, arguments, spec = questions()[name]
    training.warm_up()
    opentsne.warm_up()  # libraries stay, whoever needed them first
    from sklearn import decomposition  # noqa: F401

    weights = () if spec is None else tuple(models.build(spec).get_weights())
    as_one = function.__module__ in (code_questions.__name__, denoising.__name__)
    arguments += (() if spec is None else (weights,)) if as_one else weights
    malloc.give_back()
    before = _resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    function(*arguments)
    return _resident("VmHWM") - before


def _resident(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


def measure(names: list[str]) -> dict[str, int]:
    """Name → peak, each in a fresh process."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, max_tasks_per_child=1) as pool:
        return dict(zip(names, pool.map(peak_bytes, names), strict=True))


def main() -> None:
    arguments = parse_arguments(__doc__)
    names = [*QUICK] if arguments.quick else [*questions()]
    if arguments.smoke:
        names = ["denoising.by_filters"]
    rows = [Row.at_most(f"{name}, MB", peak / MB, CALM_BYTES / MB) for name, peak in measure(names).items()]
    report(rows, arguments)


if __name__ == "__main__":
    main()
