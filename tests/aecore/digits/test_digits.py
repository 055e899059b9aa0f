"""Whatever is drawn or uploaded comes out as MNIST's images are, or is refused in one sentence."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from aecore import datasets
from aecore.digits import mnist_preprocessing
from aecore.image_files.errors import ImageError

SEVEN = [[[0.28, 0.18], [0.72, 0.18], [0.44, 0.86]]]


def seven(ground, ink, size=(300, 400), mode="RGB") -> Image.Image:
    """A seven, off the middle."""
    image = Image.new(mode, size, ground)
    ImageDraw.Draw(image).line([(60, 80), (180, 80), (110, 260)], fill=ink, width=22, joint="curve")
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def assert_like_mnist(x: np.ndarray) -> None:
    assert x.shape == (28, 28, 1)
    assert x.dtype == np.uint8
    rows, columns = (np.flatnonzero(x[..., 0].any(axis=axis)) for axis in (1, 0))
    assert max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1 <= 20
    ink = x[..., 0] / x.sum()
    middle = np.array([(ink.sum(axis=1 - axis) * (np.arange(28) + 0.5)).sum() for axis in (0, 1)])
    assert np.abs(middle - 14.5).max() <= 0.51  # whole pixels are the steps
    assert x.max() > 200


def test_mnists_own_images_come_back_nearly_unchanged():
    for x in datasets.load_test("mnist")[0][:50]:
        again = mnist_preprocessing.normalise(x[..., 0].astype(np.float32) / 255)
        assert_like_mnist(again)
        assert np.abs(again.astype(int) - x).mean() < 2


def test_mnists_images_keep_to_the_convention_this_follows():
    x = datasets.load_test("mnist")[0][:500, ..., 0].astype(float)
    rows = (x.sum(axis=2) * (np.arange(28) + 0.5)).sum(axis=1) / x.sum(axis=(1, 2))
    assert np.abs(rows - 14.5).max() < 0.51


def test_strokes_become_a_digit_wherever_and_however_large_they_are_drawn():
    x = mnist_preprocessing.from_strokes(SEVEN, 0.09)
    assert_like_mnist(x)
    small = [[[0.1 + 0.3 * px, 0.6 + 0.3 * py] for px, py in stroke] for stroke in SEVEN]
    again = mnist_preprocessing.from_strokes(small, 0.027)
    assert np.abs(again.astype(int) - x).mean() < 6


def test_a_wider_pen_gives_more_ink_and_a_dot_is_a_drawing():
    assert (
        mnist_preprocessing.from_strokes(SEVEN, 0.15).sum() > 1.3 * mnist_preprocessing.from_strokes(SEVEN, 0.05).sum()
    )
    assert_like_mnist(mnist_preprocessing.from_strokes([[[0.9, 0.1]]], 0.1))


@pytest.mark.parametrize(
    ("strokes", "words"),
    [
        ([], "empty"),
        ([[]], "empty"),
        ("abc", "lists of points"),
        ([[["a", "b"]]], "lists of points"),
        ([[[1, 2, 3]]], "lists of points"),
        ([[[0.5, float("nan")]]], "outside"),
        ([[[1e9, 0.5]]], "outside"),
        ([[[0.1, 0.1]] * 20_001], "up to 20,000 points"),
        (None, "lists of points"),
    ],
)
def test_strokes_that_are_none_are_refused_in_a_sentence(strokes, words):
    with pytest.raises(ImageError, match=words):
        mnist_preprocessing.from_strokes(strokes, 0.09)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(("ground", "ink"), [("white", "black"), ("black", "white"), ("#ffe9b0", "#20308a")])
def test_an_image_of_a_seven_becomes_the_same_seven(kind, ground, ink):
    x = mnist_preprocessing.from_file(encoded(seven(ground, ink), kind))
    assert_like_mnist(x)
    expected = mnist_preprocessing.from_file(encoded(seven("white", "black")))
    assert np.abs(x.astype(int) - expected).mean() < 5


@pytest.mark.parametrize(
    "image",
    [
        seven(255, 0, mode="L"),
        seven(1, 0, mode="1"),
        seven((0, 0, 0, 0), (10, 10, 10, 255), mode="RGBA"),
        seven((0, 0, 0, 0), (250, 250, 250, 255), mode="RGBA"),
        seven((255, 255), (0, 255), mode="LA"),
        seven("white", "black").convert("P"),
        Image.fromarray(np.asarray(seven(255, 0, mode="L")).astype(np.uint16) * 257),
        Image.fromarray(np.asarray(seven(255, 0, mode="L").resize((900, 1_200))).astype(np.uint16) * 257),
        seven("white", "black").resize((30, 40)),
        seven("white", "black").resize((3_000, 4_000)),
    ],
    ids=[
        "grey",
        "bits",
        "ink on nothing",
        "chalk on nothing",
        "LA",
        "palette",
        "16 bits",
        "large, 16 bits",
        "tiny",
        "12 megapixels",
    ],
)
def test_every_kind_of_image_is_taken(image):
    x = mnist_preprocessing.from_file(encoded(image))
    assert_like_mnist(x)
    expected = mnist_preprocessing.from_file(encoded(seven("white", "black")))
    assert np.abs(x.astype(int) - expected).mean() < 12


def test_a_turned_photograph_is_set_upright():
    image = seven("white", "black")
    exif = Image.Exif()
    exif[0x0112] = 6  # was taken with the camera turned; shown turned by 90°
    turned = encoded(image.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif)
    assert (
        np.abs(
            mnist_preprocessing.from_file(turned).astype(int) - mnist_preprocessing.from_file(encoded(image, "JPEG"))
        ).mean()
        < 3
    )


def test_uneven_light_is_paper_still():
    light = np.linspace(255, 215, 300)[None, :] * np.ones((400, 1))
    ink = np.asarray(seven(0, 255, mode="L")) > 128
    image = Image.fromarray(np.where(ink, 30, light).astype(np.uint8))
    expected = mnist_preprocessing.from_file(encoded(seven("white", "black")))
    assert np.abs(mnist_preprocessing.from_file(encoded(image)).astype(int) - expected).mean() < 15


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is as large as this."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"just text", "of another kind"),
        (b"%PDF-1.7", "of another kind"),
        (encoded(seven("white", "black"), "PPM"), "of another kind"),
        (encoded(seven("white", "black"))[:200], "cut off"),
        (encoded(seven("white", "black"), "JPEG")[:150], "cut off|damaged"),
        (encoded(Image.new("RGB", (50, 50), "white")), "same colour all over"),
        (bomb(60_000, 60_000), "20 megapixels; this one has 60,000"),
        (bomb(5_000, 4_001), "20 megapixels; this one has 5,000"),
        (b"\x00" * 10_000_001, "up to 10 MB"),
    ],
    ids=["empty", "text", "pdf", "ppm", "cut png", "cut jpeg", "blank", "bomb", "too large", "too many bytes"],
)
def test_what_is_no_image_is_refused_in_a_sentence(raw, words):
    with pytest.raises(ImageError, match=rf"^Expected .*({words})[^\n]*\.$"):
        mnist_preprocessing.from_file(raw)


GOOD = [encoded(seven("white", "black").resize((60, 80)), kind) for kind in ("PNG", "JPEG", "WEBP")]


@settings(max_examples=100, deadline=None)
@given(raw=st.sampled_from(GOOD), cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4))))
def test_damaged_files_give_a_digit_or_a_sentence(raw, cuts):
    damaged = bytearray(raw)
    for where, what in cuts:
        at = int(where * (len(damaged) - 1))
        damaged[at : at + len(what)] = what
    words, x = "", None
    try:
        x = mnist_preprocessing.from_file(bytes(damaged))
    except ImageError as error:
        words = str(error)
    assert words.startswith("Expected") or x.shape == (28, 28, 1)
