"""Bytes are counted honestly, and more of them never hurt."""

import io

import numpy as np
import pytest
from PIL import Image

from aecore import datasets
from aecore.checkpoints import encodings
from aecore.imaging import metrics
from aecore.tasks import compression, pca_baseline

X = datasets.load_test("mnist")[0][:1]


def test_every_code_size_is_tried_by_network_and_by_pca():
    pairs = compression.by_code_size(X.tobytes())
    assert [deep.n_bytes for deep, _ in pairs] == list(compression.CODE_SIZES)
    for deep, linear in pairs:
        assert np.array_equal(deep.x_hat, encodings.reconstruct(f"deep-{deep.n_bytes}", X)[0])
        assert deep.mse == pytest.approx(metrics.mse_per_image(X, deep.x_hat[None])[0])
        assert linear.mse == pytest.approx(metrics.mse_per_image(X, linear.x_hat[None])[0])
    assert pairs[0][1].mse > 2 * pairs[-1][1].mse


def test_pca_here_is_the_pca_of_the_other_pages():
    x = datasets.load_probe("mnist")
    baseline = pca_baseline.measure("mnist", 60_000, 8)
    for image, x_hat in zip(x, baseline.x_hat, strict=True):
        _, (_, linear), *_ = compression.by_code_size(image.tobytes())
        assert np.abs(linear.x_hat.astype(int) - x_hat).max() <= 1


def test_a_byte_a_number_costs_little():
    floats, coded = compression.by_code_size(X.tobytes()), compression.at_bytes(X.tobytes())
    for (deep, _), (deep_coded, pca_coded, _, _) in zip(floats, coded, strict=True):
        assert deep_coded.n_bytes == deep.n_bytes
        assert deep_coded.mse < deep.mse + 0.01
        assert pca_coded is not None


def test_no_file_is_larger_than_what_it_stands_beside():
    for size, (_, _, jpeg, webp) in zip(compression.CODE_SIZES, compression.at_bytes(X.tobytes()), strict=True):
        assert all(version is None or version.n_bytes <= size for version in (jpeg, webp))
    assert compression.at_bytes(X.tobytes())[0][2] is None  # no JPEG in two bytes


@pytest.mark.parametrize("name", ["JPEG", "WEBP"])
def test_the_header_that_is_left_out_is_what_all_files_share(name):
    def file(x: np.ndarray) -> bytes:
        memory = io.BytesIO()
        Image.fromarray(x[..., 0]).save(memory, name, quality=20, **({"method": 6} if name == "WEBP" else {}))
        return memory.getvalue()

    one, other = (file(x) for x in datasets.load_test("mnist")[0][:2])
    header = len(one) - compression.n_image_bytes(one, name)
    assert len(other) - compression.n_image_bytes(other, name) == header
    skip = 2 if name == "JPEG" else 0  # the end's marker stands behind
    differing = {i for i in range(header - skip) if one[i] != other[i]}
    # WebP's header holds the lengths and the frame's first partition size.
    assert differing <= ({*range(4, 8), *range(16, 24)} if name == "WEBP" else set())


def test_curves_fall_and_each_method_has_its_settings():
    points = compression.curves()
    methods = {point.method for point in points}
    assert methods == {
        "autoencoder", "PCA", "best-32", "JPEG, header left out", "JPEG, whole file", "WebP, header left out",
        "WebP, whole file",
    }  # fmt: skip
    for method in methods:
        mine = sorted((p.n_bytes, p.mse) for p in points if p.method == method)
        assert [mse for _, mse in mine] == sorted((mse for _, mse in mine), reverse=True)
    at_32 = {point.method: point.mse for point in points if point.n_bytes == 32}
    assert at_32["best-32"] < at_32["autoencoder"] < at_32["PCA"]
