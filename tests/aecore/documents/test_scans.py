"""Whatever file a visitor brings, its pages come out grey and upright on white paper, or one sentence says why not."""

import io
import struct
import subprocess
import sys
import threading
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, features

from aecore.documents import scan_files
from aecore.image_files import greyscale
from aecore.image_files.errors import ImageError

pytestmark = [
    pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning"),
    pytest.mark.filterwarnings("ignore:.*orrupt EXIF"),  # what Pillow says of damaged files on its way to the refusal
]

HEIGHT, WIDTH = 48, 64
CORNERS = {(0, 0): 0, (0, 1): 90, (1, 0): 170, (1, 1): 255}  # (bottom?, right?) → shade


def quarters(dtype=np.uint8) -> np.ndarray:
    """A page of four plain quarters, none like another, so that it shows every turn."""
    page = np.empty((HEIGHT, WIDTH), dtype)
    for (bottom, right), shade in CORNERS.items():
        page[bottom * 24 : bottom * 24 + 24, right * 32 : right * 32 + 32] = shade
    return page


GREY = Image.fromarray(quarters())


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def only_page(raw: bytes, dpi: float = 72) -> np.ndarray:
    scan = scan_files.open_scan(raw)
    assert scan.n_pages == 1
    page = scan_files.page(scan, 0, dpi)
    assert page.dtype == np.uint8
    assert page.shape == scan_files.shape(scan, 0, dpi)
    return page


def assert_alike(page: np.ndarray, expected: np.ndarray, tolerance: float = 3) -> None:
    assert page.shape == expected.shape
    assert np.abs(page.astype(float) - expected).mean() <= tolerance


def refusal(raw: bytes) -> str:
    """The sentence with which a file is refused, on opening it or with its first page."""
    with pytest.raises(ImageError) as caught:
        scan_files.page(scan_files.open_scan(raw), 0)
    words = str(caught.value)
    assert words.startswith("Expected ")
    assert words.endswith(".")
    assert "\n" not in words
    assert caught.value.__cause__ is None
    return words


def png(width: int, height: int, *more: tuple[bytes, bytes]) -> bytes:
    """A PNG of a few bytes that says it is as large as this."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), *more, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)


def tiff(tags: dict[int, int | tuple[int, ...]], data: bytes = b"", order: str = "<", more: bytes = b"") -> bytes:
    """A TIFF of one uncompressed strip with these tags."""
    start = 8 + 2 + 12 * (len(tags) + 2) + 4
    entries = {**tags, 273: start, 279: len(data)}
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "IH", 8, len(entries))
    fields = b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in sorted(entries.items()))
    return head + fields + struct.pack(order + "I", 0) + data + more


def large_jpeg() -> bytes:
    raw = bytearray(encoded(GREY, "JPEG"))
    at = raw.index(b"\xff\xc0") + 5
    raw[at : at + 4] = struct.pack(">HH", 30_000, 30_000)
    return bytes(raw)


def large_webp(kind: bytes) -> bytes:
    raw = bytearray(encoded(GREY.convert("RGB"), "WEBP", lossless=kind == b"VP8L"))
    if kind == b"VP8L":
        raw[21:25] = struct.pack("<I", 16_383 | 16_383 << 14)
    elif kind == b"VP8 ":
        raw[26:30] = struct.pack("<HH", 16_383, 16_383)
    else:
        side = (29_999).to_bytes(3, "little")
        head = b"VP8X" + struct.pack("<I", 10) + bytes(4) + side + side
        raw[4:8] = struct.pack("<I", len(raw) - 8 + len(head))
        raw[12:12] = head
    return bytes(raw)


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first of them its catalogue."""
    out, starts = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, len(out))
    return out + head + table + end


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(content), content)


def sheets(content: bytes, box: bytes = b"0 0 64 48", entries: bytes = b"", n: int = 1, more: tuple = ()) -> bytes:
    """A PDF of `n` equal pages; `more` are objects from the number n + 4 on."""
    kids = b" ".join(b"%d 0 R" % number for number in range(4, n + 4))
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 3 0 R%s>>" % (box, entries)
    tree = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, n)
    return pdf(b"<</Type/Catalog/Pages 2 0 R>>", tree, stream(content), *[leaf] * n, *more)


QUARTERS = (  # the page of `quarters` as a PDF draws it: from the bottom, shades from 0 to 1
    b"0 g 0 24 32 24 re f 0.353 g 32 24 32 24 re f 0.667 g 0 0 32 24 re f 1 g 32 0 32 24 re f"
)
BOOK = encoded(GREY, "PDF", save_all=True, append_images=[ImageOps.mirror(GREY), GREY.rotate(90, expand=True)])


# Images


@pytest.mark.parametrize(
    ("raw", "name", "tolerance"),
    [
        (encoded(GREY, "PNG"), "PNG", 0),
        (encoded(GREY, "JPEG", quality=95), "JPEG", 3),
        (encoded(GREY.convert("RGB"), "JPEG", progressive=True), "JPEG", 3),
        (encoded(GREY, "TIFF"), "TIFF", 0),
        (encoded(GREY, "TIFF", big_tiff=True), "TIFF", 0),
        (encoded(GREY, "TIFF", compression="tiff_lzw"), "TIFF", 0),
        (encoded(GREY.convert("RGB"), "WEBP", quality=95), "WebP", 4),
        (encoded(GREY.convert("RGB"), "WEBP", lossless=True), "WebP", 0),
        (encoded(GREY, "PDF"), "PDF", 3),
    ],
    ids=["png", "jpeg", "progressive", "tiff", "bigtiff", "lzw", "webp", "lossless", "pdf"],
)
def test_every_format_is_known_by_its_content_and_keeps_the_page(raw, name, tolerance):
    scan = scan_files.open_scan(raw)
    assert (scan.kind, scan.format) == ("pdf" if name == "PDF" else "image", name)
    assert_alike(only_page(raw), quarters(), tolerance)
    assert len(repr(scan)) < 100


@pytest.mark.parametrize(
    "image",
    [
        GREY.convert("RGB"),
        GREY.convert("P"),
        GREY.convert("RGB").convert("P", palette=Image.Palette.ADAPTIVE),
        GREY.convert("LA"),
        GREY.convert("RGBA"),
        Image.fromarray(quarters().astype(np.uint16) * 257),
    ],
    ids=["RGB", "P", "adaptive palette", "LA", "RGBA", "I;16"],
)
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_every_mode_gives_the_same_greys(image, kind):
    assert_alike(only_page(encoded(image, kind)), quarters(), 1)


@pytest.mark.parametrize("mode", ["La", "RGBa"])
def test_premultiplied_colours_lie_on_white_paper(mode):
    thin = Image.merge("LA", [GREY, Image.new("L", GREY.size, 128)])
    image = thin.convert("La") if mode == "La" else thin.convert("RGBA").convert("RGBa")
    assert_alike(greyscale.grey(image), 255 - (255 - quarters().astype(float)) * 128 / 255, 1.5)


def test_the_lightness_of_lab_is_its_grey():
    lab = Image.merge("LAB", [GREY, Image.new("L", GREY.size, 128), Image.new("L", GREY.size, 128)])
    assert_alike(only_page(encoded(lab, "TIFF")), quarters(), 0)


def test_colours_become_their_luminance():
    for kind, options in (("PNG", {}), ("JPEG", {"quality": 98}), ("JPEG", {"quality": 98, "keep_rgb": True})):
        for colour, shade in (("red", 76), ("lime", 150), ("blue", 29), ("yellow", 226)):
            page = only_page(encoded(Image.new("RGB", (40, 30), colour), kind, **options))
            assert abs(int(page[15, 20]) - shade) <= 2
    red = sheets(b"1 0 0 rg 0 0 32 48 re f 0 0 1 rg 32 0 32 48 re f")
    page = only_page(red)
    assert abs(int(page[24, 16]) - 76) <= 2
    assert abs(int(page[24, 48]) - 29) <= 2


def test_ink_of_cmyk_is_dark_and_its_paper_is_white():
    ink = Image.fromarray(255 - quarters())
    none = Image.new("L", ink.size)
    for raw in (
        encoded(Image.merge("CMYK", [none, none, none, ink]), "JPEG", quality=95),
        encoded(Image.merge("CMYK", [ink, ink, ink, none]), "JPEG", quality=95),
        encoded(Image.merge("CMYK", [none, none, none, ink]), "TIFF"),
    ):
        assert_alike(only_page(raw), quarters(), 3)


def test_what_is_transparent_is_white_and_what_is_half_is_half():
    alpha = Image.new("L", (40, 30), 0)
    alpha.paste(128, (0, 0, 20, 30))
    alpha.paste(255, (0, 0, 10, 30))
    for kind in ("PNG", "TIFF", "WEBP"):
        options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
        for base in ("L", "RGB"):
            image = Image.new(base, (40, 30), 0 if base == "L" else "black")
            image.putalpha(alpha)
            page = only_page(encoded(image, kind, **options))
            assert [int(page[15, x]) for x in (5, 15, 30)] == pytest.approx([0, 127, 255], abs=1)


@pytest.mark.parametrize("mode", ["P", "L", "RGB", "1", "I;16"])
def test_a_colour_that_stands_for_nothing_is_white(mode):
    shades = np.zeros((30, 40), np.uint8)
    shades[:, 20:] = 255
    image, key = Image.fromarray(shades), 0
    if mode == "P":
        image = Image.fromarray(shades // 255).convert("P")
        image.putpalette([0, 0, 0, 100, 100, 100])
    elif mode == "I;16":
        image = Image.fromarray(np.where(shades, 257 * 100, 0).astype(np.uint16))
    else:
        image = image.convert(mode)
        key = (0, 0, 0) if mode == "RGB" else 0
    page = only_page(encoded(image, "PNG", transparency=key))
    assert page[15, 10] == 255
    assert page[15, 30] == (100 if mode in ("P", "I;16") else 255)


def test_16_bits_become_8():
    steps = np.repeat(np.array([0, 257, 32_768, 32_896, 65_535], np.uint16), 10)[None, :] * np.ones((9, 1), np.uint16)
    for raw in (
        encoded(Image.fromarray(steps), "PNG"),
        encoded(Image.fromarray(steps), "TIFF"),
        encoded(Image.fromarray(steps), "TIFF", compression="tiff_lzw"),
        tiff({256: 50, 257: 9, 258: 16, 259: 1, 262: 1}, steps.astype(">u2").tobytes(), ">"),
    ):
        assert only_page(raw)[4, ::10].tolist() == [0, 1, 128, 128, 255]
    # A dark page of 16 bits stays dark: it is not stretched.
    assert only_page(encoded(Image.fromarray(steps // 256), "PNG")).max() <= 1


def test_16_bits_with_0_for_white_and_12_bits():
    steps = np.repeat(np.array([0, 32_896, 65_535], np.uint16), 10)[None, :] * np.ones((9, 1), np.uint16)
    inverted = encoded(Image.fromarray(steps), "TIFF", tiffinfo={262: 0})
    assert only_page(inverted)[4, ::10].tolist() == [255, 127, 0]
    # Two numbers of 12 bits in three bytes: 0 and 4095.
    twelve = tiff({256: 16, 257: 9, 258: 12, 259: 1, 262: 1}, b"\x00\x0f\xff" * 8 * 9)
    assert only_page(twelve)[4].tolist() == [0, 255] * 8


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([0, 0.5, 1], np.float32), [0, 128, 255]),
        (np.array([0, 100, 200], np.float32), [0, 100, 200]),
        (np.array([0, 32_896, 65_535], np.float32), [0, 128, 255]),
        (np.array([-1e30, 0, 1e30], np.float32), [0, 128, 255]),
        (np.array([0, np.nan, 1], np.float32), [0, 255, 255]),
        (np.array([0, -np.inf, np.inf], np.float32), [0, 0, 255]),
        (np.array([np.nan] * 3, np.float32), [255] * 3),
        (np.array([-7, -7, -7], np.float32), [255] * 3),
        (np.array([0, 100, 255], np.int32), [0, 100, 255]),
        (np.array([0, 32_896, 65_535], np.int32), [0, 128, 255]),
        (np.array([-100_000, 0, 100_000], np.int32), [0, 128, 255]),
    ],
)
def test_numbers_of_32_bits_are_scaled_by_their_range(values, expected):
    steps = np.repeat(values, 10)[None, :] * np.ones((9, 1), values.dtype)
    page = only_page(encoded(Image.fromarray(steps), "TIFF"))
    assert page[4, ::10].tolist() == expected


@pytest.mark.parametrize("compression", ["raw", "group3", "group4", "packbits", "tiff_lzw"])
def test_pages_of_one_bit_come_black_on_white(compression):
    if compression != "raw" and not features.check("libtiff"):
        pytest.skip("Pillow has no libtiff here.")
    bits = Image.fromarray(np.where(quarters() > 128, 255, 0).astype(np.uint8)).convert("1")
    assert_alike(only_page(encoded(bits, "TIFF", compression=compression)), np.where(quarters() > 128, 255, 0), 0)
    assert_alike(only_page(encoded(bits, "PNG")), np.where(quarters() > 128, 255, 0), 0)


def turned(orientation: int) -> tuple[Image.Image, Image.Exif]:
    """The page as a camera stores it that was held so."""
    exif = Image.Exif()
    exif[0x0112] = {6: 8, 8: 6}.get(orientation, orientation)  # the others undo themselves
    image = GREY.copy()
    image.getexif()[0x0112] = exif[0x0112]
    image = ImageOps.exif_transpose(image)
    exif[0x0112] = orientation
    return image, exif


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photograph_is_set_upright(orientation):
    image, exif = turned(orientation)
    assert image.size == ((WIDTH, HEIGHT) if orientation < 5 else (HEIGHT, WIDTH))
    for kind, options in (
        ("JPEG", {"quality": 95}),
        ("PNG", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("WEBP", {"lossless": True}),
    ):
        page = only_page(encoded(image.convert("RGB"), kind, exif=exif, **options))
        assert_alike(page, quarters(), 3)


def test_exif_behind_the_pixels_of_a_png_counts_and_broken_exif_does_not():
    image, exif = turned(6)
    plain = encoded(image, "PNG")
    data = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(data)) + b"eXIf" + data + struct.pack(">I", zlib.crc32(b"eXIf" + data))
    assert_alike(only_page(plain[:-12] + chunk + plain[-12:]), quarters(), 0)
    assert_alike(only_page(encoded(GREY, "JPEG", quality=95, exif=b"Exif\0\0not at all")), quarters(), 3)


def test_a_photograph_with_a_second_image_in_it_is_one_page():
    raw = encoded(GREY.convert("RGB"), "MPO", save_all=True, append_images=[Image.new("RGB", (20, 20))], quality=95)
    assert_alike(only_page(raw), quarters(), 3)


# Several pages


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_a_tiff_may_have_several_pages_of_different_kinds(compression):
    more = [Image.new("RGB", (30, 20), "red"), Image.new("1", (16, 9), 1)]
    scan = scan_files.open_scan(encoded(GREY, "TIFF", save_all=True, append_images=more, compression=compression))
    assert (scan.kind, scan.n_pages) == ("image", 3)
    assert [scan_files.shape(scan, index) for index in range(3)] == [(48, 64), (20, 30), (9, 16)]
    assert (scan_files.page(scan, 2) == 255).all()
    assert (scan_files.page(scan, 1) == 76).all()
    assert_alike(scan_files.page(scan, 0), quarters(), 0)


def test_a_thumbnail_in_a_tiff_is_no_page():
    small = GREY.resize((16, 12))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    scan = scan_files.open_scan(encoded(GREY, "TIFF", save_all=True, append_images=[small, ImageOps.mirror(GREY)]))
    assert scan.n_pages == 2
    assert_alike(scan_files.page(scan, 1), quarters()[:, ::-1], 0)


def test_each_page_of_a_pdf_is_rendered():
    scan = scan_files.open_scan(BOOK)
    assert (scan.kind, scan.n_pages) == ("pdf", 3)
    assert_alike(scan_files.page(scan, 0, 72), quarters(), 3)
    assert_alike(scan_files.page(scan, 1, 72), quarters()[:, ::-1], 3)
    assert_alike(scan_files.page(scan, 2, 72), np.rot90(quarters()), 3)
    assert scan_files.shape(scan, 0) == (100, 134)  # 48 and 64 points at 150 dpi, rounded up
    assert scan_files.page(scan, 0).shape == (100, 134)


def test_a_drawn_page_is_right_turned_or_not():
    assert_alike(only_page(sheets(QUARTERS)), quarters(), 1)
    assert_alike(only_page(sheets(QUARTERS, entries=b"/Rotate 90")), np.rot90(quarters(), -1), 1)
    assert_alike(only_page(b"junk of a mail\r\n" + sheets(QUARTERS)), quarters(), 1)
    assert_alike(only_page(sheets(QUARTERS) + bytes(5_000)), quarters(), 1)  # as disks and faxes fill them up


def test_what_was_filled_into_a_form_is_shown():
    form = pdf(
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 64 48]/Annots[4 0 R]>>",
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(b)/F 4/P 3 0 R/Rect[0 0 32 48]/AP<</N 5 0 R>>>>",
        stream(b"0 g 0 0 32 48 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 32 48]"),
    )
    page = only_page(form)
    assert page[24, 16] < 100
    assert page[24, 48] == 255


def test_a_page_as_large_as_a_house_is_rendered_at_fewer_dots():
    for box in (b"0 0 14400 14400", b"0 0 14400 200", b"0 0 100 14400"):
        scan = scan_files.open_scan(sheets(QUARTERS, box))
        height, width = scan_files.shape(scan, 0, 600)
        assert height * width <= scan_files.MAX_PIXELS
        assert height * width > 0.99 * scan_files.MAX_PIXELS
        _, _, points_wide, points_high = map(int, box.split())
        assert height / width == pytest.approx(points_high / points_wide, rel=0.01)
    page = only_page(sheets(b"0 g 0 0 7200 14400 re f", b"0 0 14400 14400"), 150)
    assert page[3_000, 1_500] == 0
    assert page[3_000, 4_500] == 255


def test_many_threads_may_ask_at_once():
    scan, pages = scan_files.open_scan(BOOK), {}

    def ask(number: int) -> None:
        pages[number] = scan_files.page(scan, number % 3, 72)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pages) == 12
    for number, page in pages.items():
        assert (page == pages[number % 3]).all()


FILM = [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue")]


@pytest.mark.parametrize(("kind", "tolerance"), [("PNG", 0), ("WEBP", 3), ("GIF", 1), ("AVIF", 3)])
def test_of_an_animation_the_first_image_counts(kind, tolerance):
    film = encoded(FILM[0], kind, save_all=True, append_images=FILM[1:])
    assert_alike(only_page(film), np.full((20, 20), 76), tolerance)


# Refusals


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "Expected an image or a PDF; this file is empty."),
        (b"\0" * 50_000_001, "up to 50 MB; this one has 50.0 MB"),
        (b"just text", "or a PDF; this file is of another kind"),
        (encoded(GREY, "PPM"), "or a PDF; this file is of another kind"),
        (b"\x89PNG\r\n\x1a\n", "Expected a whole PNG; this one is cut off."),
        (b"\xff\xd8\xff\xe0 just text", "a JPEG that can be read"),
        (b"II*\0 just text", "a whole TIFF"),
        (b"RIFF\x05\0\0\0WEBPtext", "a WebP that can be read"),
        (b"%PDF-1.4 just text %%EOF", "a PDF that can be read"),
        (encoded(GREY, "PNG").replace(b"IDAT", b"IDAU"), "a PNG that can be read"),
        (encoded(GREY, "PNG")[:-13] + b"?" + encoded(GREY, "PNG")[-12:], "a PNG that can be read"),
        (png(20, 20), "a whole PNG"),
        (png(7, 100), "at least 8 pixels wide and high; got one of 7 × 100 pixels"),
        (encoded(Image.new("L", (100, 1)), "JPEG"), "got one of 100 × 1 pixels"),
        (sheets(b"", b"0 0 3 100"), "at least 8 pixels wide and high"),
        (png(8_000, 5_001), "up to 40 megapixels; this one has 8,000 × 5,001 pixels"),
        (png(10_000, 10_000), "10,000 × 10,000"),
        (encoded(GREY, "TIFF", save_all=True, append_images=[GREY] * 50), "up to 50 pages; this TIFF has more"),
        (sheets(b"", n=51), "up to 50 pages; this PDF has 51"),
        (pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"), "a PDF with pages"),
        (pdf(b"<</Type/Catalog>>"), "a PDF with pages"),
        (pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 5>>"), "a PDF that can be read"),
        (sheets(b"").replace(b"%%EOF", b"%%E"), "a whole PDF; this one is cut off"),
        (tiff({256: 20, 257: 20, 258: 8, 259: 1, 262: 1}, bytes(400))[:-1], "a whole TIFF"),
        (tiff({256: 20, 257: 20, 258: 8, 259: 1, 262: 1}, bytes(300)), "a whole TIFF"),
        (tiff({256: 20, 257: 20, 258: 7, 259: 1, 262: 1}, bytes(400)), "a TIFF that can be read"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_cannot_be_a_page_is_refused_in_a_sentence(raw, words):
    assert words in refusal(raw)


def test_fifty_pages_are_taken():
    assert scan_files.open_scan(encoded(GREY, "TIFF", save_all=True, append_images=[GREY] * 49)).n_pages == 50
    assert scan_files.open_scan(sheets(b"", n=50)).n_pages == 50


def test_an_encrypted_pdf_asks_for_one_without_a_password():
    standard = b"<</Filter/Standard/V 1/R 2/P -4/O<" + b"11" * 32 + b">/U<" + b"22" * 32 + b">>>"
    for lock in (standard, b"<</Filter/Unheard.Of/V 1>>"):
        raw = sheets(b"", more=(lock,)).replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 5 0 R/ID[<00><00>]")
        assert refusal(raw) == "Expected a PDF without a password; this one is encrypted."
    # The refusal of one says nothing about the next.
    assert "with pages" in refusal(pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"))


def test_a_large_image_on_a_small_page_of_a_pdf_is_refused_before_it_is_decoded():
    image = b"/Type/XObject/Subtype/Image/Width 30000/Height 30000/BitsPerComponent 8/ColorSpace/DeviceGray"
    image = stream(zlib.compress(b""), image + b"/Filter/FlateDecode")
    raw = sheets(b"64 0 0 48 0 0 cm /I Do", entries=b"/Resources<</XObject<</I 5 0 R>>>>", more=(image,))
    assert "up to 100 megapixels in a PDF; got one of 30,000 × 30,000 pixels" in refusal(raw)


LARGE = {
    "png": png(30_000, 30_000),
    "png with more to read": png(30_000, 30_000, (b"acTL", struct.pack(">II", 5, 0))),
    "tiff": tiff({256: 30_000, 257: 30_000, 258: 8, 259: 1, 262: 1}, bytes(1_000)),
    "jpeg": large_jpeg(),
    **{f"webp {kind}": large_webp(kind) for kind in (b"VP8 ", b"VP8L", b"VP8X")},
}


@pytest.mark.parametrize("raw", LARGE.values(), ids=LARGE.keys())
def test_a_header_that_promises_too_much_is_refused(raw):
    assert "up to 40 megapixels; this one has" in refusal(raw)


def test_a_header_that_promises_too_much_takes_no_memory(tmp_path):
    pytest.importorskip("resource")
    for number, raw in enumerate(LARGE.values()):
        (tmp_path / str(number)).write_bytes(raw)
    # A process of its own, as what one has ever taken at most never falls.
    script = """
import pathlib, resource, sys
from aecore.documents import scan_files as scans
from aecore.image_files.errors import ImageError
taken = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = taken()
for path in pathlib.Path(sys.argv[1]).iterdir():
    try:
        scans.open_scan(path.read_bytes())
    except ImageError:
        pass
print((taken() - before) * (1 if sys.platform == "darwin" else 1024))
"""
    answer = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True)
    assert answer.stderr == ""
    assert int(answer.stdout) < 10_000_000


def test_a_page_or_resolution_that_is_not_there_is_refused_in_a_sentence():
    scan = scan_files.open_scan(BOOK)
    for index, came in ((3, "got 4"), (-1, "got 0")):
        for ask in (scan_files.page, scan_files.shape):
            with pytest.raises(ImageError, match=f"^Expected a page from 1 to 3; {came}\\.$"):
                ask(scan, index)
    for dpi in (0, 35, 601, float("nan"), float("inf")):
        with pytest.raises(ImageError, match=r"^Expected a resolution of 36 to 600 dpi; got .*\.$"):
            scan_files.page(scan, 0, dpi)


def test_too_little_memory_is_told_too(monkeypatch):
    def fail(*_):
        raise MemoryError

    scan = scan_files.open_scan(encoded(GREY, "PNG"))
    monkeypatch.setattr(greyscale, "grey", fail)
    with pytest.raises(ImageError, match="fits into the memory"):
        scan_files.page(scan, 0)


GOOD = {
    "png": encoded(GREY, "PNG"),
    "jpeg": encoded(GREY.convert("RGB"), "JPEG", exif=turned(6)[1]),
    "progressive": encoded(GREY.convert("RGB"), "JPEG", progressive=True),
    "tiff": encoded(GREY, "TIFF", save_all=True, append_images=[GREY.convert("RGB")]),
    "lzw": encoded(GREY, "TIFF", compression="tiff_lzw"),
    "group 4": encoded(GREY.convert("1"), "TIFF", compression="group4"),
    "webp": encoded(GREY.convert("RGB"), "WEBP"),
    "lossless": encoded(GREY.convert("RGBA"), "WEBP", lossless=True, exif=turned(6)[1]),
    "pdf": BOOK,
    "drawn": sheets(QUARTERS, n=2),
}


SPARE = {b"\xff\xd8": (2, 8), b"\x89P": (16, 28)}  # (fewest, most) bytes at the end that no pixel needs


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD.keys())
def test_half_a_file_never_shows_half_a_page(raw):
    whole = len(raw.rstrip(b"\n")) if raw.startswith(b"%PDF") else len(raw)
    if raw == GOOD["tiff"]:
        whole = len(raw) - 4  # which fill it up to a multiple of 16
    fewest, most = SPARE.get(raw[:2], (0, 0))
    for cut in {*np.linspace(1, whole - 1, 25).astype(int).tolist(), *range(whole - 4, whole)}:
        if (page := page_or_sentence(raw[:cut])).startswith("Expected"):
            assert cut < whole - fewest
            assert any(words in page for words in ("cut off", "can be read", "of another kind"))
        else:
            assert cut >= whole - most
            assert page == page_or_sentence(raw)


def page_or_sentence(raw: bytes) -> str:
    """The first page as text, or the sentence with which the file is refused."""
    try:
        return str(scan_files.page(scan_files.open_scan(raw), 0).tobytes())
    except ImageError as error:
        return str(error)


@settings(max_examples=60, deadline=None)
@given(
    raw=st.sampled_from(list(GOOD.values())),
    changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), max_size=8),
    length=st.floats(0, 1) | st.just(1.0),
)
def test_damaged_files_give_pages_or_a_sentence(raw, changes, length):
    damaged = bytearray(raw)
    for where, what in changes:
        at = int(where * (len(damaged) - 1))
        damaged[at : at + len(what)] = what
    damaged = bytes(damaged[: round(length * len(damaged))])
    words = ""
    try:
        scan = scan_files.open_scan(damaged)
        for index in range(scan.n_pages):
            page = scan_files.page(scan, index, 36)
            assert page.dtype == np.uint8
            assert page.shape == scan_files.shape(scan, index, 36)
            assert min(page.shape) >= scan_files.MIN_SIDE
            assert page.size <= scan_files.MAX_PIXELS
    except ImageError as error:
        words = str(error)
        assert words.startswith("Expected ")
        assert words.endswith(".")
        assert "\n" not in words
    if damaged == raw:
        assert words == ""
