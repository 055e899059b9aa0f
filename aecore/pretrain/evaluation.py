"""How good a model is on images. Runs on the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aecore import corruption
from aecore.documents import synthetic_pairs, tiles
from aecore.imaging import classical_denoising, metrics
from aecore.imaging.arrays import to_float
from aecore.networks import latent_geometry
from aecore.specs import NoiseSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from aecore.models import Autoencoder

BATCH = 1_000
ELBO_SAMPLES = 10


def measure_on(model: Autoencoder, x_uint8: np.ndarray) -> dict[str, float]:
    """Metrics of a model on images, uint8 (N, 28, 28, 1).

    'bce' and 'mse': means per pixel; 'psnr' in dB and 'ssim': means per image; 'mean_code': mean absolute value of
    the numbers of the code. A VAE also has, in nats per image, 'reconstruction_loss', 'kl_loss' and their sum
    'negative_elbo', with ten samples per image; its other metrics are of the reconstruction from z_mean.
    """
    sums: dict[str, float] = {}
    for start in range(0, len(x_uint8), BATCH):
        x = to_float(x_uint8[start : start + BATCH])
        for key, value in _measure_batch(model, x, seed=start).items():
            sums[key] = sums.get(key, 0.0) + value * len(x)
    return {key: total / len(x_uint8) for key, total in sums.items()}


def _measure_batch(model, x: np.ndarray, seed: int) -> dict[str, float]:
    z = np.asarray(model.encode(x))
    x_hat = np.asarray(model.decode(z))
    squared = np.square(x - x_hat).mean(axis=(1, 2, 3))
    found = {
        "bce": metrics.bce(x, x_hat),
        "mse": float(squared.mean()),
        "psnr": float(metrics.psnr(x, x_hat).mean()),
        "ssim": float(metrics.ssim(x, x_hat).mean()),
        "mean_code": float(np.abs(z).mean()),
    }
    if hasattr(model, "encode_distribution"):
        found |= _elbo(model, x, np.random.default_rng(seed))
    return found


def _elbo(model, x: np.ndarray, rng: np.random.Generator) -> dict[str, float]:
    z_mean, z_log_var = (np.asarray(part, dtype=np.float64) for part in model.encode_distribution(x))
    kl = latent_geometry.kl_per_dimension(z_mean, z_log_var).sum()
    reconstruction = 0.0
    for _ in range(ELBO_SAMPLES):
        z = z_mean + np.exp(z_log_var / 2) * rng.standard_normal(z_mean.shape)
        x_hat = np.asarray(model.decode(z.astype(np.float32)))
        reconstruction += metrics.bce(x, x_hat) * x[0].size / ELBO_SAMPLES
    return {"reconstruction_loss": reconstruction, "kl_loss": float(kl), "negative_elbo": float(reconstruction + kl)}


def measure_denoising(model: Autoencoder, x_uint8: np.ndarray, noise: NoiseSpec) -> dict[str, float]:
    """What a denoiser makes of images, uint8 (N, 28, 28, 1), with noise: 'psnr' in dB and 'ssim', means per image."""
    psnr, ssim = [], []
    rng = np.random.default_rng(0)
    for start in range(0, len(x_uint8), BATCH):
        x = to_float(x_uint8[start : start + BATCH])
        x_hat = np.asarray(model.reconstruct(corruption.corrupt(x, noise, rng)))
        psnr.append(metrics.psnr(x, x_hat))
        ssim.append(metrics.ssim(x, x_hat))
    return {"psnr": float(np.concatenate(psnr).mean()), "ssim": float(np.concatenate(ssim).mean())}


PAGE_METHODS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "dirty": lambda page: page,
    "network": tiles.clean,
    "median": classical_denoising.median_background,
    "sauvola": classical_denoising.sauvola,
}


def measure_cleaning(methods: tuple[str, ...], n_pages: int, kind: str | None) -> dict[str, float]:
    """RMSE on [0, 1] of methods on made pages held out from training: the mean over `n_pages`, degraded by one `kind`.

    `kind`: one of `synthetic_pairs.LARGE_KINDS`, or None for random degradation.
    """
    sums = dict.fromkeys(methods, 0.0)
    for seed in range(n_pages):
        dirty, page = (to_float(image) for image in synthetic_pairs.synthetic_pair(seed, True, kind))
        for method in methods:
            sums[method] += metrics.mse(page, PAGE_METHODS[method](dirty)) ** 0.5 / n_pages
    return sums
