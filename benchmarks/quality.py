"""How good the shipped models are: every figure anew, on the whole test sets, beside what was published.

    python -m benchmarks.quality [--quick] [--json FILE]

Everything is computed from the files in `pretrained/` as they are; from the manifest come names and specs alone. PCA
stands beside the models as the baseline that needs no network, and the lesson's published figures as they were given.
`--quick` takes the first 2,000 test images, which are the harder ones: a `must` may be missed there.
"""

from __future__ import annotations

import sys

from aecore import checkpoints, datasets, projection, quality, references
from benchmarks.table import Row, parse_arguments, report

QUICK = 2_000
MUST = {  # checkpoint → metric, must, aim
    "basic-32": ("bce", 0.0935, 0.0925),
    "deep-32": ("bce", 0.085, 0.080),
    "sparse-32": ("bce", 0.110, 0.100),
    "conv-128": ("bce", 0.094, 0.088),
    "best-32": ("mse", 0.0033, 0.0027),
    "vae-2": ("negative_elbo", 138.0, 132.0),
    "vae-16": ("negative_elbo", 98.0, 95.0),
}
NAMES = {
    "bce": "BCE a pixel",
    "mse": "MSE a pixel",
    "psnr": "PSNR, dB",
    "ssim": "SSIM",
    "mean_code": "mean code",
    "negative_elbo": "−ELBO, nats an image",
    "reconstruction_loss": "reconstruction, nats",
    "kl_loss": "KL, nats",
}
PCA_SIZES = (2, 8, 16, 32, 64)
MAX_BYTES = 22_000_000


def measure_all(quick: bool) -> dict[str, dict[str, float]]:
    """Metrics of every checkpoint, by its name."""
    measured = {}
    for name in checkpoints.names():
        x = datasets.load(checkpoints.about(name).train_spec.dataset).x_test
        measured[name] = quality.measure_on(checkpoints.load(name), x[:QUICK] if quick else x)
        print(f"{name} measured", file=sys.stderr, flush=True)
    return measured


def rows(measured: dict[str, dict[str, float]]) -> list[Row]:
    """What is asked of the checkpoints first, then everything else that was measured."""
    asked = [
        Row.at_most(f"{name}: {NAMES[metric]}", measured[name][metric], must, aim)
        for name, (metric, must, aim) in MUST.items()
    ]
    ratio = measured["sparse-32"]["mean_code"] / measured["basic-32"]["mean_code"]
    asked.append(Row.at_most("sparse-32: mean code over basic-32's", ratio, 0.5))
    total = sum(checkpoints.about(name).n_bytes for name in measured)
    asked.append(Row.at_most("all weights, MB", total / 1e6, MAX_BYTES / 1e6))
    told = {(name, metric) for name, (metric, *_) in MUST.items()}
    rest = [
        Row.at_most(f"{name}: {NAMES[metric]}", value)
        for name, metrics in measured.items()
        for metric, value in metrics.items()
        if (name, metric) not in told
    ]
    baselines = []
    for size in PCA_SIZES:
        pca = projection.pca_baseline("mnist", 60_000, size)
        baselines.append(Row.at_most(f"PCA, {size} numbers: MSE a pixel", pca.mse))
        baselines.append(Row.at_most(f"PCA, {size} numbers: BCE a pixel", pca.binary_crossentropy))
    return [*asked, *rest, *baselines]


def print_published(measured: dict[str, dict[str, float]]) -> None:
    """The published figures beside ours."""
    print("| model | published | ours, on the test images | caveat |\n|---|---|---|---|")
    for row in references.PUBLISHED:
        ours = ", ".join(f"{NAMES[m]} {measured[row.checkpoint][m]:.4g}" for m in row.metrics) or "–"
        print(f"| {row.model} ({row.training}) | {row.figure} | {ours} | {row.caveat} |")
    print()


def main() -> None:
    arguments = parse_arguments(__doc__)
    measured = measure_all(arguments.quick)
    print_published(measured)
    report(rows(measured), arguments)


if __name__ == "__main__":
    main()
