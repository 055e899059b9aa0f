"""The one digit on a photograph, a scan or a screenshot is found, or a sentence says why not; and can be corrected."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from scipy import ndimage

from aecore.digits import mnist_preprocessing
from aecore.image_files.errors import ImageError
from benchmarks.photography import photographs
from benchmarks.photography.scene import PAPERS, Scene
from tests.marks import quick_first

FIVE = [(0.75, 0.05), (0.3, 0.05), (0.25, 0.45), (0.5, 0.4), (0.75, 0.55), (0.75, 0.8), (0.5, 0.95), (0.2, 0.85)]
FOUR = [(0.6, 0.0), (0.1, 0.65), (0.9, 0.65), (0.7, 0.65), (0.7, 0.3), (0.7, 1.0)]
TWO = [(0.2, 0.25), (0.35, 0.05), (0.65, 0.05), (0.75, 0.3), (0.2, 0.95), (0.85, 0.95)]


def sheet(*figures, size=(450, 600), pen=14.0, ground=1.0, ink=0.15):
    """Grey float32 of a sheet with figures, each (points, left, top, height) in pixels."""
    image = Image.new("L", size)
    for points, left, top, height in figures:
        path = [(left + x * height * 0.7, top + y * height) for x, y in points]
        ImageDraw.Draw(image).line(path, 255, max(round(pen), 1), joint="curve")
    cover = np.asarray(image, np.float32) / 255
    return ground * (1 - cover) + ink * cover


def lit(grey, fall=0.6):
    return (grey * np.linspace(1, 1 - fall, grey.shape[1], dtype=np.float32)).astype(np.float32)


def noisy(grey, seed=0, amount=0.01):
    return np.clip(grey + amount * np.random.default_rng(seed).standard_normal(grey.shape), 0, 1).astype(np.float32)


def ruled(grey, spacing=40, squared=False, strength=0.25):
    out = grey.copy()
    out[spacing // 2 :: spacing] *= 1 - strength
    if squared:
        out[:, spacing // 2 :: spacing] *= 1 - strength
    return out


def grained(shape, tone=0.5):
    """A wooden table: streaks across it."""
    streaks = ndimage.gaussian_filter(np.random.default_rng(1).standard_normal(shape), (1, 25))
    return (tone * (1 + 0.15 * streaks / streaks.std())).astype(np.float32)


def off(a, b):
    """Mean difference, of 255; whole pixels are the steps of the centring, so one of them is forgiven."""
    shifted = [np.roll(a.x.astype(int), (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return min(np.abs(x - b.x).mean() for x in shifted)


DRAWN = ((FIVE, 130, 180, 260),)
REFERENCE = mnist_preprocessing.read(sheet(*DRAWN))


@quick_first(
    "change",
    [
        lambda grey: noisy(lit(grey)),
        lambda grey: noisy(ruled(grey)),
        lambda grey: noisy(lit(ruled(grey, squared=True), 0.4)),
        lambda grey: noisy(np.where(np.add.outer(np.arange(600), np.arange(450)) > 570, grey * 0.45, grey)),
        lambda grey: np.pad(noisy(lit(grey))[60:-60, 60:-60], 90, constant_values=0.15),
        lambda grey: np.rint(grey * 40 + 20).astype(np.float32) / 255 * 3,
        lambda grey: 1 - grey,
    ],
    ids=["slanting light", "lined", "squared in slanting light", "hard shadow", "dark desk", "faint", "inverted"],
    keep=2,
)
def test_paper_and_light_change_little_of_what_is_read(change):
    assert off(mnist_preprocessing.read(change(sheet(*DRAWN))), REFERENCE) < 9


@pytest.mark.parametrize("pen", [1.0, 2.0, 4.0, 8.0])
def test_thin_pens_are_read_as_strokes_of_full_ink(pen):
    reading = mnist_preprocessing.read(sheet(*DRAWN, pen=pen))
    assert reading.x.max() > 200
    assert off(reading, REFERENCE) < 15


def test_dust_and_a_status_bar_are_not_the_digit():
    grey = sheet(*DRAWN)
    for y, x in ((20, 30), (25, 420), (570, 30), (560, 430)):
        grey[y : y + 5, x : x + 5] = 0.2
    assert off(mnist_preprocessing.read(grey), REFERENCE) < 3
    screen = 1 - sheet(*DRAWN, ground=0.9, ink=0.0)
    screen[15:25, 20:50] = screen[12:28, 380:430] = 0.95
    screen[-30:] = 0.2
    reading = mnist_preprocessing.read(screen)
    assert reading.light_ink
    assert off(reading, REFERENCE) < 6


@pytest.mark.parametrize(
    "grey",
    [
        noisy(lit(sheet())),
        noisy(ruled(sheet())),
        noisy(lit(ruled(sheet(), squared=True))),
        noisy(np.full((400, 400), 0.9, np.float32), amount=0.03),
        lit(sheet()),
        noisy(
            np.where(np.add.outer(np.arange(600), np.arange(450)[::-1] * 2) > 900, 1.0, 0.5) * ruled(sheet(), 20, True)
        ),
        noisy(np.where(np.abs(np.add.outer(np.arange(600), -np.arange(450)) - 20) < 90, 0.55, 1.0) * lit(sheet())),
        noisy(np.where(np.abs(np.arange(450) - 225) < 170, lit(sheet()), grained((600, 450)))),
    ],
    ids=[
        "slanting light",
        "lined",
        "squared",
        "noise",
        "a slope alone",
        "hard shadow on squared paper",
        "a shadow's band",
        "grained table",
    ],
)
def test_a_blank_sheet_is_said_to_be_blank(grey):
    with pytest.raises(ImageError, match=r"^Expected .* nothing drawn on this one\.$"):
        mnist_preprocessing.read(grey)


def test_the_same_colour_is_said_only_where_it_is():
    with pytest.raises(ImageError, match="same colour all over"):
        mnist_preprocessing.read(np.full((50, 50), 0.4, np.float32))


def test_two_digits_are_refused_and_a_box_takes_one():
    two = sheet((FOUR, 40, 180, 200), (TWO, 250, 180, 200))
    with pytest.raises(ImageError, match="several figures"):
        mnist_preprocessing.read(two)
    right = mnist_preprocessing.read(two, mnist_preprocessing.Correction(box=(0.5, 0.2, 1.0, 0.8)))
    assert off(right, mnist_preprocessing.read(sheet((TWO, 150, 180, 200)))) < 4
    assert right.box == (0.5, 0.2, 1.0, 0.8)
    with pytest.raises(ImageError, match="nothing"):
        mnist_preprocessing.read(two, mnist_preprocessing.Correction(box=(0.0, 0.7, 1.0, 1.0)))


@pytest.mark.parametrize(
    "grey",
    [
        sheet((FOUR, 150, 60, 170), (TWO, 170, 350, 190)),
        noisy(lit(ruled(sheet((FOUR, 40, 60, 170), (TWO, 260, 300, 200), pen=5)))),
        noisy(np.where(np.arange(600)[:, None] > 270, 0.5, 1.0) * sheet((FOUR, 60, 60, 170), (TWO, 240, 330, 200))),
        1 - sheet((FOUR, 40, 180, 200), (FIVE, 250, 180, 200), pen=4),
    ],
    ids=["one below the other", "across lined paper", "one of them in the shadow", "on a blackboard"],
)
def test_two_digits_anywhere_are_several(grey):
    with pytest.raises(ImageError, match="several figures"):
        mnist_preprocessing.read(grey)


def test_the_box_frames_what_was_taken():
    left, top, right, bottom = REFERENCE.box
    assert abs(left - 159 / 450) < 0.02
    assert abs(top - 186 / 600) < 0.02
    assert abs(right - 273 / 450) < 0.02
    assert abs(bottom - 434 / 600) < 0.02


def test_thickness_changes_the_mass_step_by_step_and_never_ends_the_stroke():
    for pen in (2.0, 40.0):
        masses = [
            int(
                mnist_preprocessing.read(
                    sheet(*DRAWN, pen=pen), mnist_preprocessing.Correction(thickness=steps)
                ).x.sum()
            )
            for steps in (-2, -1, 1, 2)
        ]
        assert masses == sorted(masses)
        assert masses[0] > 0.1 * masses[-1]


def test_the_visitor_decides_which_is_ink():
    grey = sheet(*DRAWN)
    assert not REFERENCE.light_ink
    assert (
        mnist_preprocessing.read(grey, mnist_preprocessing.Correction(light_ink=False)).x.tolist()
        == REFERENCE.x.tolist()
    )
    chosen = mnist_preprocessing.read(1 - grey, mnist_preprocessing.Correction(light_ink=True))
    assert chosen.light_ink
    assert off(chosen, REFERENCE) < 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"box": (0.5, 0.5, 0.4, 0.9)}, "inside the image"),
        ({"box": (0, 0, 2, 1)}, "inside the image"),
        ({"box": (0, float("nan"), 1, 1)}, "inside the image"),
        ({"box": (0, 1)}, "four numbers"),
        ({"light_ink": "yes"}, "light ink"),
        ({"thickness": 3}, "from -2 to 2"),
        ({"thickness": 0.5}, "from -2 to 2"),
    ],
)
def test_a_correction_that_is_none_is_refused_in_a_sentence(changes, words):
    with pytest.raises(ImageError, match=rf"^Expected .*{words}.*\.$"):
        mnist_preprocessing.Correction(**changes)


@settings(max_examples=4, deadline=None)
@given(left=st.integers(20, 200), top=st.integers(20, 270), height=st.integers(120, 300), inverted=st.booleans())
def test_where_how_large_and_in_which_polarity_makes_no_difference(left, top, height, inverted):
    grey = sheet((FIVE, left, top, height), pen=14 * height / 260)
    reading = mnist_preprocessing.read(1 - grey if inverted else grey)
    assert reading.light_ink == inverted
    assert off(reading, REFERENCE) < 9  # the pen that draws it is whole pixels wide: up to a tenth off


@quick_first("paper", PAPERS)
def test_a_made_photograph_is_read_as_its_digit_in_the_right_place(paper):
    scene = Scene(size=(450, 600), height=0.4, fall=0.4, tilt=2.0)
    digit = np.zeros((28, 28), np.uint8)
    image = Image.fromarray(digit)
    ImageDraw.Draw(image).line([(6 + 16 * x, 4 + 20 * y) for x, y in TWO], 255, 3, joint="curve")
    raw, box = photographs.photograph([np.asarray(image)], "felt-tip", paper, scene, np.random.default_rng(3))
    reading = mnist_preprocessing.read(mnist_preprocessing.grey(raw))
    assert np.abs(np.subtract(reading.box, box)).max() < 0.06
    assert off(reading, mnist_preprocessing.read(sheet((TWO, 100, 100, 300), pen=30))) < 25
    assert Image.open(io.BytesIO(raw)).size == (450, 600)
