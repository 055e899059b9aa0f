"""How good the shipped models are: every figure computed again, on the whole test sets, beside what was published.

The denoiser of digits stands beside the classical filters, over kinds and amounts of noise; that of pages beside
the classical methods, by kind of dirt, on made pages in fonts that it was not trained on, with what Tesseract reads.

    python -m benchmarks.quality [--quick | --smoke] [--json FILE]

Everything is computed from the files in `pretrained/` as they are; from the manifest come names and specs alone. PCA
stands beside the models as the baseline that needs no network, and the lesson's published figures as they were given.
`--quick` takes the first 2,000 test images, which are the harder ones, and few pages: a `must` may be missed there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aecore import checkpoints, datasets
from aecore.checkpoints import published_results
from aecore.documents import samples, synthetic_pairs, tiles
from aecore.imaging import classical_denoising
from aecore.pretrain import evaluation
from aecore.specs import NOISES, NoiseSpec
from aecore.tasks import denoising, pca_baseline
from benchmarks.harness import tesseract
from benchmarks.harness.table import Row, parse_arguments, report, say

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
    "bce": "BCE per pixel",
    "mse": "MSE per pixel",
    "psnr": "PSNR, dB",
    "ssim": "SSIM",
    "mean_code": "mean code",
    "negative_elbo": "−ELBO, nats per image",
    "reconstruction_loss": "reconstruction, nats",
    "kl_loss": "KL, nats",
}
PCA_SIZES = (2, 8, 16, 32, 64)
MAX_BYTES = 22_000_000  # of the lesson's models
MAX_DENOISER_BYTES = 4_000_000
DENOISERS = (denoising.MODEL, tiles.MODEL)
LESSONS_NOISE = NoiseSpec("gaussian", 0.5)
PAGE_METHODS = ("dirty", "network", "median", "sauvola")
A4_SHAPE, A4_MUST_S = (1754, 1240), 5.0


@dataclass(frozen=True)
class Size:
    """How much of everything: `n_images` to test a model on, `n_denoised` at the lesson's noise and `n_per_amount` at
    every other kind and amount; pages of each kind of dirt, and how many of them Tesseract reads."""

    models: tuple[str, ...]
    n_images: int
    n_denoised: int
    n_per_amount: int
    page_kinds: tuple[str | None, ...]
    n_pages: int
    n_read: int
    pca_sizes: tuple[int, ...] = PCA_SIZES


MODELS = tuple(name for name in checkpoints.names() if name not in DENOISERS)
PAGE_KINDS = (None, *synthetic_pairs.LARGE_KINDS)
FULL = Size(MODELS, 10_000, 1_000, denoising.N_MEASURED, PAGE_KINDS, 24, tesseract.PAGES_PER_KIND)
QUICK = Size(MODELS, 2_000, 1_000, 25, PAGE_KINDS, 4, 2)
SMOKE = Size(("basic-32", "sparse-32"), 100, 20, 1, (None,), 1, 0, PCA_SIZES[:1])


def measure_all(size: Size) -> dict[str, dict[str, float]]:
    """Metrics of every checkpoint, by its name."""
    measured = {}
    for name in size.models:
        x, _ = datasets.load_test(checkpoints.about(name).dataset)
        measured[name] = evaluation.measure_on(checkpoints.load(name), x[: size.n_images])
        say(f"{name} measured")
    return measured


def rows(measured: dict[str, dict[str, float]], pca_sizes: Sequence[int] = PCA_SIZES) -> list[Row]:
    """What is asked of the checkpoints first, then everything else that was measured."""
    asked = [
        Row.at_most(f"{name}: {NAMES[metric]}", measured[name][metric], must, aim)
        for name, (metric, must, aim) in MUST.items()
        if name in measured
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
    for size in pca_sizes:
        linear = pca_baseline.measure("mnist", 60_000, size)
        baselines.append(Row.at_most(f"PCA, {size} numbers: MSE per pixel", linear.mse))
        baselines.append(Row.at_most(f"PCA, {size} numbers: BCE per pixel", linear.binary_crossentropy))
    return [*asked, *rest, *baselines]


def denoising_rows(size: Size) -> list[Row]:
    """The denoiser of digits: what is asked of it, and every kind and amount beside the filters (printed)."""
    model = checkpoints.load(denoising.MODEL)
    x = datasets.load_test("mnist")[0]
    found = evaluation.measure_denoising(model, x[: size.n_denoised], LESSONS_NOISE)
    print_over_amounts(size.n_per_amount)
    return [
        Row.at_least("denoise-digits, Gaussian 0.5: PSNR, dB", found["psnr"], 21.0, 21.8),
        Row.at_least("denoise-digits, Gaussian 0.5: SSIM", found["ssim"], 0.89, 0.91),
    ]


def print_over_amounts(n_images: int) -> None:
    """PSNR and SSIM over kinds and amounts: the noisy image, the network, and each filter with its best grey levels."""
    titles = [filter_.title for filter_ in classical_denoising.FILTERS.values()]
    print("| noise | amount | noisy | network |", " | ".join(titles), "|\n|---|---|---|---|" + "---|" * len(titles))
    x = datasets.load_test("mnist")[0][:n_images]
    for kind in NOISES:
        for row in denoising.table()[kind]:
            found = denoising.measure(NoiseSpec(kind, row["amount"]), x, row["filters"])
            figures = [found["noisy"], found["network"], *(f["affine_figures"] for f in found["filters"].values())]
            cells = " | ".join(f"{psnr:.2f} / {ssim:.3f}" for psnr, ssim in figures)
            print(f"| {kind} | {row['amount']:g} | {cells} |", flush=True)
    print()


def page_rows(size: Size) -> list[Row]:
    """The denoiser of pages: RMSE and character error rate by kind of dirt, size and speed."""
    rows = []
    for kind in size.page_kinds:
        found = evaluation.measure_cleaning(PAGE_METHODS, size.n_pages, kind)
        dirt = kind or "any dirt"
        rows += [Row.at_most(f"pages, {dirt}: RMSE, {method}", found[method]) for method in PAGE_METHODS]
        rows.append(Row.at_most(f"pages, {dirt}: network / median", found["network"] / found["median"], 0.6))
        say(f"pages with {dirt} measured")
    if size.n_read and tesseract.available():
        for kind in synthetic_pairs.LARGE_KINDS:
            rates = tesseract.error_rates(kind, ("dirty", "network", "median"), size.n_read)
            rows += [Row.at_most(f"pages, {kind}: character error rate, {name}", r) for name, r in rates.items()]
    n_bytes = checkpoints.about(tiles.MODEL).n_bytes
    rows.append(Row.at_most("denoise-documents, MB", n_bytes / 1e6, MAX_DENOISER_BYTES / 1e6))
    rows += _a4_rows()
    return rows


def _a4_rows() -> list[Row]:
    page = np.tile(samples.degraded_page("coffee"), (3, 2))[: A4_SHAPE[0], : A4_SHAPE[1]]
    # As a worker that has just started: what was compiled above is given up.
    tiles.network.cache_clear()
    seconds = []
    for _ in range(3):
        begin = time.perf_counter()
        tiles.clean(page)
        seconds.append(time.perf_counter() - begin)
    return [
        Row.at_most("an A4 page at 150 dpi, first: s", seconds[0], A4_MUST_S),
        Row.at_most("an A4 page at 150 dpi, third: s", seconds[2], A4_MUST_S),
    ]


def print_published(measured: dict[str, dict[str, float]]) -> None:
    """The published figures beside ours."""
    print("| model | published | ours, on the test images | caveat |\n|---|---|---|---|")
    for row in published_results.PUBLISHED:
        found = {}
        if row.checkpoint:
            found = measured.get(row.checkpoint) or checkpoints.about(row.checkpoint).metrics
        ours = ", ".join(f"{NAMES[m]} {found[m]:.4g}" for m in row.metrics) or "–"
        print(f"| {row.model} ({row.training}) | {row.figure} | {ours} | {row.caveat} |")
    print()


def main() -> None:
    arguments = parse_arguments(__doc__)
    size = SMOKE if arguments.smoke else QUICK if arguments.quick else FULL
    measured = measure_all(size)
    print_published(measured)
    asked = [*denoising_rows(size), *page_rows(size)]
    report([*asked, *rows(measured, size.pca_sizes)], arguments)


if __name__ == "__main__":
    main()
