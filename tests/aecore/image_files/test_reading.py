"""An image is what its content says, is taken if all of its pixels are there, and costs no more than it may."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw
from pillow_heif import from_pillow

from aecore.image_files import heif, jpeg, opening, reading
from aecore.image_files.errors import ImageError

WIDTH, HEIGHT = 96, 64


def drawing(mode: str = "RGB") -> Image.Image:
    """A light sheet that is busy to its last pixel, with a black bar at the top left."""
    shades = np.random.default_rng(0).integers(170, 240, (8, 12), np.uint8)
    image = Image.fromarray(shades).resize((WIDTH, HEIGHT), Image.Resampling.NEAREST)
    ImageDraw.Draw(image).rectangle((8, 8, 40, 15), fill=0)
    return image.convert(mode)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def heic(image: Image.Image, **options) -> bytes:
    file = io.BytesIO()
    from_pillow(image).save(file, format="HEIF", **options)
    return file.getvalue()


FILES = {
    "PNG": encoded(drawing(), "PNG"),
    "JPEG": encoded(drawing(), "JPEG", quality=95),
    "WebP": encoded(drawing(), "WEBP", quality=95),
    "GIF": encoded(drawing(), "GIF"),
    "BMP": encoded(drawing(), "BMP"),
    "TIFF": encoded(drawing(), "TIFF"),
    "AVIF": encoded(drawing(), "AVIF", quality=95),
    "HEIC": heic(drawing(), quality=95),
}
JPEGS = {
    "colour": FILES["JPEG"],
    "grey": encoded(drawing("L"), "JPEG", quality=95),
    "CMYK": encoded(drawing("CMYK"), "JPEG"),
    "progressive": encoded(drawing(), "JPEG", progressive=True),
    "restarts": encoded(drawing(), "JPEG", restart_marker_blocks=2),
    "restarts by rows": encoded(drawing("L"), "JPEG", restart_marker_rows=1),
    "progressive with restarts": encoded(drawing(), "JPEG", progressive=True, restart_marker_rows=1),
}


def refusal(raw: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        reading.grey(raw, 1_000)
    words = str(caught.value)
    assert words.startswith("Expected ")
    assert words.endswith(".")
    return words


def assert_alike(raw: bytes, tolerance: float = 0.03) -> None:
    grey = reading.grey(raw, 1_000)
    assert grey.dtype == np.float32
    assert grey.shape == (HEIGHT, WIDTH)
    assert np.abs(grey - np.asarray(drawing("L"), np.float32) / 255).mean() < tolerance


@pytest.mark.parametrize("kind", FILES)
def test_every_format_is_known_by_its_content(kind):
    assert opening.kind(FILES[kind]) == kind
    assert_alike(FILES[kind])


@pytest.mark.parametrize("kind", FILES)
def test_a_larger_image_is_made_small_in_its_proportions(kind):
    grey = reading.grey(FILES[kind], 48)
    assert grey.shape == (32, 48)
    assert grey[:4].mean() > 0.6
    assert grey[5:7, 6:18].mean() < 0.2


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_a_turned_photograph_is_set_upright(kind):
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = drawing().transpose(Image.Transpose.ROTATE_90)
    assert_alike(encoded(turned, kind, exif=exif, **({} if kind in ("PNG", "TIFF") else {"quality": 95})))


def test_a_turned_heic_is_set_upright():
    image = from_pillow(drawing().transpose(Image.Transpose.ROTATE_90))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.info["exif"] = exif.tobytes()
    file = io.BytesIO()
    image.save(file, quality=95)
    assert heif.size(file.getvalue()) == (WIDTH, HEIGHT)
    assert_alike(file.getvalue())


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "AVIF", "PNG"])
def test_of_an_animation_the_first_image_counts(kind):
    film = [Image.new("RGB", (20, 20), colour) for colour in ("white", "black", "black")]
    grey = reading.grey(encoded(film[0], kind, save_all=True, append_images=film[1:]), 100)
    assert grey.min() > 0.98


@pytest.mark.parametrize("mode", ["P", "1"])
def test_a_thin_line_of_few_colours_is_grey_when_it_is_made_small(mode):
    image = Image.new("L", (2_000, 1_000), 255)
    ImageDraw.Draw(image).line((100, 500, 1_900, 500), fill=0, width=2)
    expected = reading.grey(encoded(image, "PNG"), 200)
    assert expected.min() < 0.9
    for kind in ("PNG", "TIFF", "BMP"):
        assert np.abs(reading.grey(encoded(image.convert(mode), kind), 200) - expected).max() < 0.01


@pytest.mark.parametrize("top", [255, 1_023, 65_535])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_numbers_of_16_bits_are_stretched_by_their_own_range(kind, top):
    deep = np.round(np.asarray(drawing("L")) / 239 * top).astype(np.uint16)
    grey = reading.grey(encoded(Image.fromarray(deep), kind), 1_000)
    assert (grey.min(), grey.max()) == (0, 1)
    assert np.abs(grey - np.asarray(drawing("L"), np.float32) / 239).max() < 0.01
    plain = np.full((9, 9), top, np.uint16)
    assert (reading.grey(encoded(Image.fromarray(plain), kind), 100) == 1).all()


def test_what_is_transparent_is_paper_unlike_the_ink():
    for ink, paper in (("black", 1), ("white", 0)):
        image = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
        ImageDraw.Draw(image).rectangle((10, 10, 20, 20), fill=ink)
        for kind in ("PNG", "WEBP", "AVIF"):
            grey = reading.grey(encoded(image, kind), 100)
            assert grey[2, 2] == pytest.approx(paper, abs=0.02)
            assert grey[15, 15] == pytest.approx(1 - paper, abs=0.02)


# Whole or cut off


@pytest.mark.parametrize("name", JPEGS)
def test_a_jpeg_without_an_end_is_taken_if_all_of_its_pixels_are_there(name):
    raw = JPEGS[name]
    whole = reading.grey(raw, 1_000)
    for cut in (1, 2):
        assert (reading.grey(raw[:-cut], 1_000) == whole).all()
    # Its last bytes may be those of colour only, or say that nothing changes.
    for cut in {*range(3, 30), *np.linspace(30, len(raw) - 1, 20).astype(int).tolist()}:
        grey, words = grey_or_sentence(raw[:-cut])
        assert words or (grey == whole).all()
        assert words or cut < 24


def grey_or_sentence(raw: bytes) -> tuple[np.ndarray | None, str]:
    try:
        return reading.grey(raw, 1_000), ""
    except ImageError as error:
        return None, str(error)


def test_a_progressive_jpeg_is_not_taken_without_its_finer_scans():
    raw = JPEGS["progressive"]
    scans = [at for at in range(len(raw)) if raw[at : at + 2] == b"\xff\xda"]
    for at in scans[1:]:
        assert "cut off" in refusal(raw[:at])


@pytest.mark.parametrize("interval", range(1, 9))
def test_a_jpeg_cut_off_where_its_decoder_waits_is_not_taken(interval):
    raw = encoded(drawing("L"), "JPEG", restart_marker_blocks=interval)
    marks = [at for at in range(len(raw)) if raw[at] == 0xFF and raw[at + 1] in range(0xD0, 0xD8)]
    for at in (marks[0], marks[-1], marks[-1] + 1, marks[-1] + 2, marks[len(marks) // 2]):
        assert "cut off" in refusal(raw[:at])


def test_a_png_needs_no_end_and_no_remark():
    raw = FILES["PNG"]
    whole = reading.grey(raw, 1_000)
    remark = b"tEXta\0b"
    bad = raw[:33] + struct.pack(">I", 3) + remark + b"\0\0\0\0" + raw[33:]
    assert zlib.crc32(remark) != 0
    for same in (raw[:-12], raw[:-5], raw[:-1], bad, bad[:-12]):
        assert (reading.grey(same, 1_000) == whole).all()
    flipped = bytearray(raw)
    flipped[60] ^= 1  # among the pixels
    assert "can be read" in refusal(bytes(flipped))


@pytest.mark.parametrize("kind", FILES)
def test_an_image_cut_off_in_its_pixels_is_refused(kind):
    raw = FILES[kind]
    for share in (0.5, 0.9):
        assert any(words in refusal(raw[: int(share * len(raw))]) for words in ("cut off", "can be read"))


def test_an_image_in_too_many_scans_is_refused_with_or_without_its_end():
    raw = JPEGS["progressive"]
    scan = raw[raw.rindex(b"\xff\xda") : -2]
    for end in (b"", raw[-2:]):
        assert refusal(raw[:-2] + scan * jpeg.MAX_SCANS + end) == jpeg.TOO_MANY


# Too large


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"just text", "of another kind"),
        (b"\0\0\0\x18ftypisom" + bytes(40), "of another kind"),
        (b"BM" + bytes(50), "of another kind"),
        (b"\xff\xd8\xff\xe0 just text", "a JPEG that can be read"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "an image that can be read"),
        (b"\0" * 10_000_001, "up to 10 MB"),
        (b"GIF89a" + struct.pack("<HHBBB", 60_000, 60_000, 0, 0, 0) + b",\0\0\0\0\1\0\1\0\0\2", "up to 20 megapixels"),
        (FILES["BMP"][:18] + struct.pack("<ii", 9_000, 9_000) + FILES["BMP"][26:], "this one has 9,000 × 9,000 pixels"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_image_or_too_large_is_refused_in_a_sentence(raw, words):
    assert words in refusal(raw)


def test_a_heic_or_avif_says_how_large_it_is_before_it_is_decoded():
    for raw, most in ((FILES["HEIC"], 25), (FILES["AVIF"], 20)):
        large = raw.replace(struct.pack(">II", WIDTH, HEIGHT), struct.pack(">II", 9_000, 9_000))
        words = refusal(large)
        assert words == f"Expected an image of up to {most} megapixels; this one has 9,000 × 9,000 pixels."


def test_a_photograph_of_twelve_megapixels_is_read_small():
    raw = encoded(drawing().resize((4_000, 3_000)), "JPEG")
    assert reading.grey(raw, 1_000).shape == (750, 1_000)
