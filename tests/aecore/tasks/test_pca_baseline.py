"""PCA, the baseline: the published figures, and no worse than scikit-learn's definition of it."""

import numpy as np
import pytest

from aecore import datasets
from aecore.tasks import pca_baseline


@pytest.mark.parametrize(("n", "mse"), [(2, 0.0555), (8, 0.0364), (32, 0.0152), (64, 0.0078)])
def test_errors_on_the_test_set_are_the_known_ones(n, mse):
    assert pca_baseline.measure("mnist", 60_000, n).mse == pytest.approx(mse, abs=6e-5)


def test_axes_are_orthonormal_and_explain_the_most_variance_first():
    fitted = pca_baseline.fit_images("fashion_mnist", 10_000)
    mean, axes = fitted.mean, fitted.axes
    assert np.allclose(axes @ axes.T, np.eye(len(axes)), atol=1e-4)
    x = datasets.load("fashion_mnist").x_train.reshape(-1, 784) / np.float32(255)
    variance = ((x - mean) @ axes.T).var(axis=0)
    assert (np.diff(variance) <= 1e-4).all()
    # Singular values are PCA's other definition.
    singular = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)
    assert np.allclose(variance[:10], singular[:10] ** 2 / len(x), rtol=1e-3)


def test_more_numbers_never_reconstruct_worse():
    errors = [pca_baseline.measure("fashion_mnist", 5_000, n).mse for n in (2, 16, 64, 128)]
    assert errors == sorted(errors, reverse=True)
