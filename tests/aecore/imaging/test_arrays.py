"""Conversions between images as numbers, as bytes and as files lose nothing."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from aecore.imaging import arrays, encoding

EVERY_VALUE = np.arange(256, dtype=np.uint8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_grey_value_survives_the_way_to_float_and_back(dtype):
    x = arrays.to_float(EVERY_VALUE, dtype)
    assert x.dtype == dtype
    assert (x[0], x[255]) == (0, 1)
    assert np.array_equal(arrays.to_uint8(x), EVERY_VALUE)


def test_floats_keep_their_values_and_are_copied():
    x = np.array([0.25, 1.0], np.float32)
    copy = arrays.to_float(x)
    assert np.array_equal(copy, x)
    assert not np.shares_memory(copy, x)


def test_bytes_become_the_image_that_they_were():
    x = np.random.default_rng(0).integers(0, 256, (28, 28, 1), np.uint8)
    assert np.array_equal(arrays.from_bytes(x.tobytes()), x)
    assert arrays.from_bytes(x.tobytes(), (7, 112)).shape == (7, 112)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_png_holds_the_pixels_of_grey_and_coloured_images(channels):
    x = np.random.default_rng(0).integers(0, 256, (5, 4, channels), np.uint8)
    head, _, body = encoding.png_data_uri(x).partition(",")
    assert head == "data:image/png;base64"
    back = np.asarray(Image.open(io.BytesIO(base64.b64decode(body))))
    assert np.array_equal(back.reshape(x.shape), x)


def test_a_page_is_shown_without_loss_only_if_it_is_clean():
    page = np.full((8, 8), 255, np.uint8)
    assert encoding.page_data_uri(page, clean=True).startswith("data:image/png")
    assert encoding.page_data_uri(page, clean=False).startswith("data:image/jpeg")
