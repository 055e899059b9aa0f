"""Convolution, pooling and the way back, against scipy and Keras, for whatever sizes and strides there are."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import signal

from aecore.datasets import filter_images
from aecore.image_files.errors import ImageError
from aecore.imaging import convolution, kernels
from aecore.imaging.kernels import FILTERS
from aecore.specs import SpecError

SIDES = st.integers(1, 12)
SIZES = st.integers(1, 5)
STEPS = st.integers(1, 3)
PADDINGS = st.sampled_from(["same", "valid"])
SEEDS = st.integers(0, 999)
# Keras builds a layer for each shape it has not met, which takes tens of milliseconds.
keras_settings = settings(max_examples=40, deadline=None)


def numbers(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def fits(sides: tuple[int, int], size: int, padding: str, dilation: int = 1) -> bool:
    return padding == "same" or convolution.reach(size, dilation) <= min(sides)


@given(SIDES, SIDES, SIZES, st.integers(1, 3), SEEDS)
def test_without_padding_it_is_scipys_correlation(h, w, size, channels, seed):
    assume(fits((h, w), size, "valid"))
    x, kernel = numbers(seed, h, w, channels), numbers(seed + 1, size, size, channels)
    ours = convolution.convolve(x[None], kernel[..., None], padding="valid")[0, ..., 0]
    theirs = sum(signal.correlate2d(x[..., c], kernel[..., c], mode="valid") for c in range(channels))
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


@given(SIDES, SIDES, st.sampled_from([1, 3, 5]), SEEDS)
def test_same_padding_of_odd_filters_is_scipys(h, w, size, seed):
    x, kernel = numbers(seed, h, w), numbers(seed + 1, size, size)
    ours = convolution.convolve(x[None, ..., None], kernel[..., None, None])[0, ..., 0]
    np.testing.assert_allclose(ours, signal.convolve2d(x, kernel[::-1, ::-1], mode="same"), atol=1e-4)


@given(SIDES, SIDES, SIZES, STEPS, STEPS, PADDINGS, SEEDS)
def test_a_stride_skips_places_and_a_dilation_spreads_the_filter(h, w, size, stride, dilation, padding, seed):
    assume(fits((h, w), size, padding, dilation))
    x, kernel = numbers(seed, 2, h, w, 2), numbers(seed + 1, size, size, 2, 3)
    spread = np.zeros((*[convolution.reach(size, dilation)] * 2, 2, 3), np.float32)
    spread[::dilation, ::dilation] = kernel
    ours = convolution.convolve(x, kernel, stride=stride, padding=padding, dilation=dilation)
    np.testing.assert_allclose(ours, convolution.convolve(x, spread, stride=stride, padding=padding), atol=1e-4)
    before = (0, 0)
    if padding == "same":
        around = [convolution.same_padding(side, len(spread), stride, 1) for side in (h, w)]
        x = np.pad(x, ((0, 0), *around, (0, 0)))
    each = convolution.convolve(x, spread, padding="valid")[:, before[0] :: stride, before[1] :: stride]
    np.testing.assert_allclose(ours, each, atol=1e-4)
    assert ours.shape[1:3] == tuple(convolution.output_side(side, size, stride, padding, dilation) for side in (h, w))


@keras_settings
@given(SIDES, SIDES, SIZES, STEPS, PADDINGS, st.booleans(), SEEDS)
def test_it_is_keras_convolution(h, w, size, step, padding, spread, seed):
    import keras

    stride, dilation = (1, step) if spread else (step, 1)  # Keras takes no more than one of them
    assume(fits((h, w), size, padding, dilation))
    x, kernel, bias = numbers(seed, 2, h, w, 2), numbers(seed + 1, size, size, 2, 3), numbers(seed + 2, 3)
    layer = keras.layers.Conv2D(3, size, stride, padding, dilation_rate=dilation)
    layer.build(x.shape)
    layer.set_weights([kernel, bias])
    ours = convolution.convolve(x, kernel, bias, stride, padding, dilation)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, layer(x), atol=1e-4)


@keras_settings
@given(SIDES, SIDES, st.integers(1, 4), STEPS, PADDINGS, st.sampled_from(["max", "average"]), SEEDS)
def test_it_is_keras_pooling(h, w, size, stride, padding, kind, seed):
    import keras

    assume(fits((h, w), size, padding))
    x = numbers(seed, 2, h, w, 3)
    layer = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}[kind]
    ours = convolution.pool(x, size, stride, padding, kind)
    np.testing.assert_allclose(ours, layer(size, stride, padding)(x), atol=1e-5)


@keras_settings
@given(st.integers(1, 8), st.integers(1, 8), SIZES, STEPS, st.integers(-1, 2), SEEDS)
def test_it_is_keras_way_back(h, w, size, stride, more, seed):
    import keras

    output_padding = None if more < 0 else more
    assume(more < stride and (more != 0 or size % 2))
    x, kernel, bias = numbers(seed, 2, h, w, 2), numbers(seed + 1, size, size, 3, 2), numbers(seed + 2, 3)
    layer = keras.layers.Conv2DTranspose(3, size, stride, "same", output_padding=output_padding)
    layer.build(x.shape)
    layer.set_weights([kernel, bias])
    ours = convolution.convolve_transposed(x, kernel, bias, stride, output_padding)
    np.testing.assert_allclose(ours, layer(x), atol=1e-4)


@given(SIDES, SIDES, st.integers(1, 4), SEEDS)
def test_upsampling_makes_blocks_and_is_a_stamp_of_ones(h, w, factor, seed):
    x = numbers(seed, 2, h, w, 1)
    large = convolution.upsample(x, factor)
    assert large.shape == (2, h * factor, w * factor, 1)
    np.testing.assert_array_equal(large[:, ::factor, ::factor], x)
    np.testing.assert_array_equal(convolution.pool(large, factor), x)
    ones = np.ones((factor, factor, 1, 1), np.float32)
    np.testing.assert_allclose(convolution.convolve_transposed(x, ones, stride=factor), large, atol=1e-6)


def test_many_images_are_computed_in_parts(monkeypatch):
    x, kernel = numbers(0, 9, 6, 6, 2), numbers(1, 3, 3, 2, 4)
    whole = convolution.convolve(x, kernel)
    monkeypatch.setattr(convolution, "CHUNK_FLOATS", 1)
    np.testing.assert_allclose(convolution.convolve(x, kernel), whole, atol=1e-6)
    assert convolution.convolve(x[:0], kernel).shape == (0, 6, 6, 4)
    assert convolution.convolve(x.astype(np.float64), kernel).dtype == np.float64


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda x, k: convolution.convolve(x, k, padding="valid", dilation=9), "covers 19 × 19 pixels"),
        (lambda x, k: convolution.convolve(x, k, padding="none"), "same or valid"),
        (lambda x, k: convolution.convolve(x, k, stride=0), "The stride must be a whole number from 1"),
        (lambda x, k: convolution.convolve(x[..., :1], k), "2 channels"),
        (lambda x, k: convolution.convolve(x[0], k), "4 dimensions"),
        (lambda x, k: convolution.pool(x, 9, padding="valid"), "covers 9 × 9"),
        (lambda x, k: convolution.pool(x, kind="median"), "max or average"),
        (lambda x, k: convolution.convolve_transposed(x, k.swapaxes(2, 3)[..., :1]), "1 channels"),
        (lambda x, k: convolution.convolve_transposed(x, k.swapaxes(2, 3), stride=2, output_padding=2), "less than"),
        (lambda x, k: convolution.upsample(x, 0), "The factor must be"),
    ],
)
def test_what_can_not_be_computed_is_said_in_a_sentence(asked, said):
    with pytest.raises(SpecError, match=said):
        asked(numbers(0, 1, 8, 8, 2), numbers(1, 3, 3, 2, 1))


# The lesson's example and the shipped filters.


def test_the_lessons_sum():
    mouse, curve = kernels.mouse()[..., 0], np.array(FILTERS["curve"].numbers)
    row, column = kernels.CURVE_AT
    products = (mouse[row : row + 7, column : column + 7] * curve).ravel()
    assert [p for p in products if p] == [50 * 30, 50 * 30, 50 * 30, 20 * 30, 50 * 30]
    feature_map = convolution.convolve(kernels.mouse()[None], FILTERS["curve"].kernel, padding="valid")[0, ..., 0]
    assert feature_map[kernels.CURVE_AT] == feature_map.max() == 6600
    assert (feature_map == 6600).sum() == 1
    row, column = kernels.ELSEWHERE_AT
    assert feature_map[row, column] == 0
    assert (mouse[row : row + 7, column : column + 7] > 0).sum() > 10  # there is a line, but another one


@pytest.mark.parametrize("name", FILTERS)
def test_what_the_filters_do(name):
    shipped = FILTERS[name]
    flat = np.full((1, 12, 12, 1), 0.5, np.float32)
    inside = convolution.convolve(flat, shipped.kernel, padding="valid")
    assert np.ptp(inside) < 1e-6
    if name in ("vertical", "horizontal", "sobel", "sobel-down", "outline"):
        assert abs(inside).max() < 1e-6
    elif name != "curve":
        np.testing.assert_allclose(inside, 0.5, atol=1e-6)
    assert kernels.name_of(shipped.numbers) == name
    assert np.allclose(kernels.parse(kernels.format_numbers(shipped.numbers)), shipped.numbers, rtol=1e-5)


QUARTERS = st.integers(-999, 999).map(lambda number: number / 4)


def square(size: int) -> st.SearchStrategy:
    return st.lists(st.lists(QUARTERS, min_size=size, max_size=size), min_size=size, max_size=size)


@given(st.integers(1, 7).flatmap(square))
def test_numbers_survive_a_link(rows):
    own = kernels.check(rows)
    assert kernels.parse(kernels.format_numbers(own)) == own


@pytest.mark.parametrize(
    "text", ["", "a", "1,2;3", "1,2", "nan", "inf", "1e9", ";", "1;2;3", ",".join("1" * 8), "1,2;" * 999, "9" * 5000]
)
def test_numbers_that_are_no_filter(text):
    with pytest.raises(SpecError):
        kernels.parse(text)


@pytest.mark.parametrize("numbers", [None, 3, [[1, "x"], [1, 2]], [[]], [], [[1, 2], [1]], {"a": 1}, [[10**400]]])
def test_what_a_browser_may_send_for_numbers(numbers):
    with pytest.raises(SpecError):
        kernels.check(numbers)


@pytest.mark.parametrize("stride", [2, 3, 4])
def test_a_tent_makes_up_for_the_overlap_and_ones_do_not(stride):
    x = np.ones((1, 6, 6, 1), np.float32)
    stamps = kernels.stamps(stride)
    inside = {
        name: convolution.convolve_transposed(x, each.kernel, stride=stride)[0, stride:-stride, stride:-stride, 0]
        for name, each in stamps.items()
    }
    np.testing.assert_allclose(inside["block"], 1)
    np.testing.assert_allclose(inside["smooth"], 1, atol=1e-6)
    assert set(np.unique(inside["ones"])) == {1, 2, 4}


# Images.


def test_the_shipped_photograph_is_small_and_has_every_grey():
    photo = filter_images.photo()
    assert photo.shape == (96, 96, 1)
    assert photo.min() < 0.05
    assert photo.max() > 0.95
    assert filter_images.PHOTO.stat().st_size < 20_000


def test_an_image_of_ones_own_is_made_small_and_bad_ones_get_a_sentence():
    import io

    from PIL import Image

    def file(width: int, height: int) -> bytes:
        raw = io.BytesIO()
        Image.linear_gradient("L").resize((width, height)).save(raw, "PNG")
        return raw.getvalue()

    x = filter_images.from_file(file(600, 300))
    assert x.shape == (64, 128, 1)
    assert 0 <= x.min() < 0.05 < 0.95 < x.max() <= 1
    assert filter_images.from_file(file(20, 9)).shape == (9, 20, 1)
    for raw in (b"", b"nonsense", file(600, 300)[:200], file(500, 10)):
        with pytest.raises(ImageError, match=r"^Expected"):
            filter_images.from_file(raw)
