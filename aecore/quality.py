"""What a checkpoint achieves on test images, measured from the weights as they are stored. Runs on the worker."""

from __future__ import annotations

import numpy as np

from aecore import checkpoints, datasets, metrics

BATCH = 1_000
ELBO_SAMPLES = 10


def measure(name: str) -> dict[str, float]:
    """Metrics of a checkpoint on the whole test set of its data set.

    'bce' and 'mse': means a pixel; 'psnr' in dB and 'ssim': means an image; 'mean_code': mean absolute value of a
    number of the code. A VAE has besides, in nats an image, 'reconstruction_loss', 'kl_loss' and their sum
    'negative_elbo', with ten samples an image; its other metrics are of the reconstruction from z_mean.
    """
    about = checkpoints.about(name)
    x = datasets.load_test(about.train_spec.dataset)[0]
    return measure_on(checkpoints.load(name), x)


def measure_on(model, x_uint8: np.ndarray) -> dict[str, float]:
    """As `measure`, of any model on any images, uint8 (N, 28, 28, 1)."""
    sums: dict[str, float] = {}
    for start in range(0, len(x_uint8), BATCH):
        x = x_uint8[start : start + BATCH].astype(np.float32) / 255
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
    kl = metrics.kl(z_mean, z_log_var).mean()
    reconstruction = 0.0
    for _ in range(ELBO_SAMPLES):
        z = z_mean + np.exp(z_log_var / 2) * rng.standard_normal(z_mean.shape)
        x_hat = np.asarray(model.decode(z.astype(np.float32)))
        reconstruction += metrics.bce(x, x_hat) * x[0].size / ELBO_SAMPLES
    return {"reconstruction_loss": reconstruction, "kl_loss": float(kl), "negative_elbo": float(reconstruction + kl)}
