"""PCA is scikit-learn's, however the points come in chunks."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from aecore.networks import pca


def points() -> np.ndarray:
    rng = np.random.default_rng(0)
    return (rng.standard_normal((500, 6)) * [5, 0.1, 3, 1, 2, 0.5] + 10).astype(np.float32)


@pytest.mark.parametrize("chunk", [500, 128, 1])
def test_components_and_their_shares_are_scikit_learns(chunk):
    x = points()
    ours = pca.fit((x[start : start + chunk] for start in range(0, len(x), chunk)), 3)
    theirs = PCA(3, svd_solver="full").fit(x)
    assert np.allclose(ours.axes, theirs.components_, atol=1e-3)
    assert ours.explained == pytest.approx(theirs.explained_variance_ratio_, rel=1e-3)
    assert np.allclose(ours.project(x), theirs.transform(x), atol=0.02)


def test_all_components_restore_the_points():
    fitted = pca.fit([points()], 6)
    assert np.allclose(fitted.restore(fitted.project(points())), points(), atol=1e-4)
    assert fitted.explained.sum() == pytest.approx(1)
    assert len(fitted.first(2).axes) == len(fitted.first(2).explained) == 2


def test_there_are_no_more_components_than_dimensions_and_equal_points_have_no_variance():
    fitted = pca.fit([np.ones((5, 2), np.float32)], 3)
    assert fitted.axes.shape == (2, 2)
    assert not fitted.explained.any()
