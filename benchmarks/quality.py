"""How good the shipped models are: every figure anew, on the whole test sets, beside what was published.

The denoiser of digits stands beside the classical filters, over kinds and amounts of noise; that of pages beside
the classical methods, by kind of dirt, on made pages in fonts that it was not trained on, with what Tesseract reads.

    python -m benchmarks.quality [--quick | --smoke] [--json FILE]

Everything is computed from the files in `pretrained/` as they are; from the manifest come names and specs alone. PCA
stands beside the models as the baseline that needs no network, and the lesson's published figures as they were given.
`--quick` takes the first 2,000 test images, which are the harder ones, and few pages: a `must` may be missed there.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from aecore import checkpoints, datasets, documents
from aecore.checkpoints import published_results
from aecore.documents import samples, tiles
from aecore.imaging import classical_denoising
from aecore.pretrain import evaluation
from aecore.specs import NOISES, NoiseSpec
from aecore.tasks import denoising, pca_baseline
from benchmarks import reading
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
MAX_BYTES = 22_000_000  # of the lesson's models
MAX_DENOISER_BYTES = 4_000_000
DENOISERS = (denoising.MODEL, tiles.MODEL)
LESSONS_NOISE = NoiseSpec("gaussian", 0.5)
N_DENOISED = 1_000
PAGE_METHODS = ("dirty", "network", "median", "sauvola")
N_PAGES, N_PAGES_QUICK = 24, 4
A4_SHAPE, A4_MUST_S = (1754, 1240), 5.0


def measure_all(quick: bool) -> dict[str, dict[str, float]]:
    """Metrics of every checkpoint, by its name."""
    measured = {}
    for name in checkpoints.names():
        if name in DENOISERS:
            continue
        x = datasets.load(checkpoints.about(name).train_spec.dataset).x_test
        measured[name] = evaluation.measure_on(checkpoints.load(name), x[:QUICK] if quick else x)
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
        linear = pca_baseline.measure("mnist", 60_000, size)
        baselines.append(Row.at_most(f"PCA, {size} numbers: MSE a pixel", linear.mse))
        baselines.append(Row.at_most(f"PCA, {size} numbers: BCE a pixel", linear.binary_crossentropy))
    return [*asked, *rest, *baselines]


def denoising_rows(quick: bool) -> list[Row]:
    """The denoiser of digits: what is asked of it, and every kind and amount beside the filters (printed)."""
    model = checkpoints.load(denoising.MODEL)
    x = datasets.load_test("mnist")[0]
    found = evaluation.measure_denoising(model, x[:N_DENOISED], LESSONS_NOISE)
    print_over_amounts(25 if quick else denoising.N_MEASURED)
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


def page_rows(quick: bool) -> list[Row]:
    """The denoiser of pages: RMSE and character error rate by kind of dirt, size and speed."""
    n_pages = N_PAGES_QUICK if quick else N_PAGES
    rows = []
    for kind in (None, *documents.LARGE_KINDS):
        found = evaluation.measure_cleaning(PAGE_METHODS, n_pages, kind)
        words = kind or "any dirt"
        rows += [Row.at_most(f"pages, {words}: RMSE, {method}", found[method]) for method in PAGE_METHODS]
        rows.append(Row.at_most(f"pages, {words}: network / median", found["network"] / found["median"], 0.6))
        print(f"pages with {words} measured", file=sys.stderr, flush=True)
    if reading.available():
        for kind in documents.LARGE_KINDS:
            rates = reading.error_rates(kind, ("dirty", "network", "median"), 2 if quick else reading.PAGES_PER_KIND)
            rows += [Row.at_most(f"pages, {kind}: character error rate, {name}", r) for name, r in rates.items()]
    n_bytes = checkpoints.about(tiles.MODEL).n_bytes
    rows.append(Row.at_most("denoise-documents, MB", n_bytes / 1e6, MAX_DENOISER_BYTES / 1e6))
    rows += _a4_rows()
    return rows


def _a4_rows() -> list[Row]:
    page = np.tile(samples.dirty_page("coffee"), (3, 2))[: A4_SHAPE[0], : A4_SHAPE[1]]
    # As a worker that has just started: what was compiled above is given up.
    tiles._network.cache_clear()
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
        found = measured.get(row.checkpoint) or (checkpoints.about(row.checkpoint).metrics if row.checkpoint else {})
        ours = ", ".join(f"{NAMES[m]} {found[m]:.4g}" for m in row.metrics) or "–"
        print(f"| {row.model} ({row.training}) | {row.figure} | {ours} | {row.caveat} |")
    print()


def main() -> None:
    arguments = parse_arguments(__doc__)
    measured = measure_all(arguments.quick)
    print_published(measured)
    asked = [*denoising_rows(arguments.quick), *page_rows(arguments.quick)]
    report([*asked, *rows(measured)], arguments)


if __name__ == "__main__":
    main()
