"""Grids, lines and samples of the latent space are where they are said to be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from aecore.networks import latent_geometry

CODES = arrays(np.float32, 4, elements=st.floats(-4, 4, width=32))


@pytest.mark.parametrize("n", [5, 16, 40])
def test_cells_of_the_manifold_have_equal_shares_of_the_prior(n):
    grid = latent_geometry.quantile_grid(n)
    assert grid.shape == (n, n, 2)
    assert np.allclose(stats.norm.cdf(grid[0, :, 0]), (np.arange(n) + 0.5) / n, atol=1e-6)
    assert (np.diff(grid[:, 0, 1]) < 0).all()  # the highest y comes first, as on a screen


def test_a_plane_of_two_numbers_leaves_the_others_as_they_are():
    z = np.array([1.0, 2.0, 3.0])
    codes = latent_geometry.embed(latent_geometry.quantile_grid(4), z, (2, 0))
    assert (codes[..., 1] == 2).all()
    assert np.array_equal(codes[..., 2], latent_geometry.quantile_grid(4)[..., 0])
    assert np.array_equal(codes[..., 0], latent_geometry.quantile_grid(4)[..., 1])
    assert z.tolist() == [1, 2, 3]


@settings(max_examples=60, deadline=None)
@given(a=CODES, b=CODES, n=st.integers(2, 20))
def test_both_ways_between_two_codes_begin_and_end_at_them(a, b, n):
    for way in (latent_geometry.lerp, latent_geometry.slerp):
        codes = way(a, b, n)
        assert codes.shape == (n, 4)
        assert np.allclose(codes[0], a, atol=1e-3)
        assert np.allclose(codes[-1], b, atol=1e-3)


def test_the_spherical_way_keeps_the_length_and_turns_evenly():
    a, b = np.array([3.0, 0.0]), np.array([0.0, 3.0])
    codes = latent_geometry.slerp(a, b, 4)
    assert np.allclose(np.linalg.norm(codes, axis=1), 3)
    assert np.allclose(np.degrees(np.arctan2(codes[:, 1], codes[:, 0])), [0, 30, 60, 90], atol=1e-3)
    assert np.linalg.norm(latent_geometry.lerp(a, b, 3)[1]) < 2.2


def test_samples_have_the_temperature_and_come_again_with_the_seed():
    samples = latent_geometry.prior_samples(20_000, 2, 0.5, seed=1)
    assert samples.std() == pytest.approx(0.5, rel=0.02)
    assert np.array_equal(samples, latent_geometry.prior_samples(20_000, 2, 0.5, seed=1))
    assert not np.array_equal(samples, latent_geometry.prior_samples(20_000, 2, 0.5, seed=2))


def test_a_posteriors_samples_have_its_mean_and_deviation():
    samples = latent_geometry.posterior_samples(np.array([1.0, -2.0]), np.log(np.array([0.25, 4.0])), 50_000, seed=0)
    assert samples.mean(axis=0) == pytest.approx([1, -2], abs=0.05)
    assert samples.std(axis=0) == pytest.approx([0.5, 2], rel=0.02)


def test_the_kl_divergence_is_that_of_the_two_gaussians():
    z_mean, z_log_var = np.array([[0.0, 1.0]]), np.array([[0.0, -1.0]])
    first, second = latent_geometry.kl_per_dimension(z_mean, z_log_var)
    assert first == 0
    p, q = stats.norm(1, np.exp(-0.5)), stats.norm(0, 1)
    assert second == pytest.approx(p.expect(lambda z: p.logpdf(z) - q.logpdf(z)), rel=1e-5)


def test_the_nearest_code_is_found():
    assert latent_geometry.nearest(np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([3.0, 3.0])) == (1, 1.0)


def test_a_mosaic_lays_images_row_by_row():
    x = np.arange(3, dtype=np.uint8)[:, None, None, None] * np.ones((28, 28, 1), np.uint8)
    image = latent_geometry.mosaic(x, 2)
    assert image.shape == (56, 56)
    assert (image[0, 0], image[0, 30], image[30, 0], image[30, 30]) == (0, 1, 2, 0)
