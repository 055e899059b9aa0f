"""Files that nobody means well with: small good ones damaged, headers that lie, bombs, and the worst there are."""

from __future__ import annotations

import functools
import struct
import zlib

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from tests.aecore.documents.test_scans import BOOK, GOOD, GREY, encoded, pdf, sheets, stream, tiff
from tests.aecore.image_files.test_reading import heic

NUMBERS = (0, 1, 2, 7, 8, 255, 256, 4_096, 16_383, 16_384, 30_000, 65_535, 2**24 - 1, 2**31 - 1, 2**31, 2**32 - 1)
FILM = [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue")]
TEXTS = (
    b"", b"\0", b"Dear Sir or Madam", b"<html><script>alert(1)</script>", b"\xff\xfe\x00", b"MZ" + bytes(200),
    b"PK\x03\x04" + bytes(60), b"GIF89a" + bytes(40), b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*",
    b"%PDF-", b"RIFF\0\0\0\0WEBP", b"cos\nsystem\n(S'true'\ntR.", b"\x80\x04\x95\x10\0\0\0\0\0\0\0.",
    b"\x93NUMPY\x01\0", b"%PDF-1.7\n%%EOF", b"%!PS-Adobe-3.0\nshowpage", b"P6 99999 99999 255\n", b"BM" + bytes(50),
)  # fmt: skip
SEEDS = [
    *GOOD.values(),
    encoded(FILM[0], "WEBP", save_all=True, append_images=FILM[1:]),
    encoded(FILM[0], "PNG", save_all=True, append_images=FILM[1:]),
    encoded(Image.merge("CMYK", [GREY] * 4), "JPEG", progressive=True),
    encoded(GREY.convert("RGB"), "TIFF", compression="tiff_adobe_deflate"),
    encoded(GREY.convert("RGB"), "TIFF", compression="jpeg"),
    encoded(Image.fromarray(np.full((48, 64), 0.5, np.float32)), "TIFF"),
    encoded(GREY.convert("P"), "PNG", transparency=0),
    encoded(FILM[0], "GIF", save_all=True, append_images=FILM[1:]),
    encoded(GREY.convert("RGB"), "BMP"),
    encoded(GREY.convert("RGBA"), "AVIF"),
    heic(GREY.convert("RGB")),
    *TEXTS,
]


# PNG: whole chunks with their checksums, so that what lies is believed.


def png_of(*chunks: tuple[bytes, bytes]) -> bytes:
    whole = (struct.pack(">I", len(d)) + kind + d + struct.pack(">I", zlib.crc32(kind + d)) for kind, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(whole)


@functools.lru_cache(maxsize=4)
def zeros(n_bytes: int) -> bytes:
    """So many zeros, deflated."""
    deflate, million = zlib.compressobj(9), bytes(1_000_000)
    pieces = [deflate.compress(million) for _ in range(n_bytes // len(million))]
    return b"".join([*pieces, deflate.compress(bytes(n_bytes % len(million))), deflate.flush()])


def header(width: int, height: int, bits: int = 8, colour: int = 0, interlaced: int = 0) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack(">IIBBBBB", width % 2**32, height % 2**32, bits, colour, 0, 0, interlaced)


@st.composite
def pngs(draw: st.DrawFn) -> bytes:
    side = st.sampled_from(NUMBERS) | st.integers(1, 6_000)
    kinds = (b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"eXIf", b"PLTE", b"tRNS", b"gAMA", b"acTL", b"fcTL", b"fdAT", b"IDAT")
    data = st.binary(max_size=200) | st.sampled_from((zeros(3_000_000), b"a\0\0" + zeros(100_000_000), b"a\0\0\0\0\0x"))
    chunks = [header(draw(side), draw(side), draw(st.sampled_from((1, 2, 4, 8, 16, 3))),
                     draw(st.sampled_from((0, 2, 3, 4, 6, 5))), draw(st.integers(0, 1)))]  # fmt: skip
    chunks += draw(st.lists(st.tuples(st.sampled_from(kinds), data), max_size=4))
    chunks.append((b"IDAT", draw(st.sampled_from((b"", zeros(1_000), zeros(5_000_000), zeros(100_000_000))))))
    return png_of(*chunks, (b"IEND", b""))


# TIFF: directories with any tags, and directories that lead to each other.


@st.composite
def tiffs(draw: st.DrawFn) -> bytes:
    value = st.sampled_from(NUMBERS[:-1]) | st.integers(0, 100)
    tag = st.sampled_from((254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, 322, 323, 324,
                           325, 330, 338, 339, 347, 34665, 33432, 512, 513, 700))  # fmt: skip
    usual = {256: 20, 257: 20, 258: 8, 259: 1, 262: 1, 277: 1}
    raw = tiff(usual | draw(st.dictionaries(tag, value, max_size=6)), bytes(400), draw(st.sampled_from("<>")))
    if draw(st.booleans()):  # the directory's end points on, perhaps to its own beginning
        at = 8 + 2 + 12 * struct.unpack_from("<H" if raw[:2] == b"II" else ">H", raw, 8)[0]
        raw = raw[:at] + struct.pack("<I", draw(st.sampled_from((8, 0, 9, 2**31, len(raw) - 4)))) + raw[at + 4 :]
    return raw


def many_directories(n: int) -> bytes:
    ends = range(8 + 18, 8 + 18 * (n + 1), 18)
    return b"II*\0" + struct.pack("<I", 8) + b"".join(struct.pack("<HHHIII", 1, 256, 4, 1, 20, end) for end in ends)


# PDF.


def laughs(depth: int, width: int, last: bytes = b"0 0 1 1 re f") -> bytes:
    """A page that draws a form that draws a form …, each `width` times; `last` is drawn width ** depth times."""
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 64 48]"
    forms = [
        stream(b"/F Do " * width, form + b"/Resources<</XObject<</F %d 0 R>>>>" % (6 + level)) for level in range(depth)
    ]
    entries = b"/Resources<</XObject<</F 5 0 R>>>>"
    return sheets(b"/F Do", entries=entries, more=(*forms, stream(last, form)))


def embedded(width: int, height: int, space: bytes = b"DeviceGray", more: bytes = b"", n_bytes: int = 0) -> bytes:
    """A picture's object of a PDF; its data are zeros."""
    entries = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/%s/Filter/FlateDecode%s"
    return stream(zeros(n_bytes), entries % (width, height, space, more))


def with_picture(*pictures: bytes) -> bytes:
    return sheets(b"64 0 0 48 0 0 cm /I Do", entries=b"/Resources<</XObject<</I 5 0 R>>>>", more=pictures)


@st.composite
def pdfs(draw: st.DrawFn) -> bytes:
    number = st.sampled_from((*NUMBERS, -1, -(2**31), 2**63, 10**40)).map(lambda n: b"%d" % n)
    number |= st.sampled_from(
        (b"1e30", b"0.0000001", b"nan", b"99999999999999999999.9", b"/x", b"5 0 R", b"null", b"[]")
    )
    kind = draw(st.integers(0, 4))
    if kind == 0:
        return sheets(b"0 0 9 9 re f", b" ".join(draw(st.lists(number, min_size=4, max_size=4))))
    if kind == 1:
        space = draw(st.sampled_from((b"DeviceGray", b"DeviceRGB", b"DeviceCMYK", b"Pattern")))
        mask = draw(st.sampled_from((b"", b"/SMask 6 0 R", b"/SMask 5 0 R", b"/Mask 6 0 R")))
        side = st.sampled_from((*NUMBERS[:9], 9_999, 10_000))
        first = embedded(draw(side), draw(side), space, mask, draw(st.sampled_from((0, 5_000_000, 100_000_000))))
        return with_picture(first, embedded(draw(side), draw(side)))
    if kind == 2:
        return laughs(draw(st.integers(0, 4)), draw(st.integers(1, 8)))
    if kind == 3:  # everything leads in circles
        tree = draw(st.sampled_from((b"2 0 R 2 0 R", b"1 0 R", b"3 0 R 4 0 R", b"9 0 R")))
        parts = (b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%s]/Count %s>>" % (tree, draw(number)),
                 b"<</Type/Page/Parent 2 0 R/Contents[3 0 R 4 0 R]/MediaBox[0 0 64 48]/Resources 3 0 R>>",
                 b"<</Type/Pages/Parent 4 0 R/Kids[4 0 R 2 0 R]/Count 2>>")  # fmt: skip
        return pdf(*parts)
    operators = st.sampled_from((b"q", b"Q", b"cm", b"re", b"f", b"S", b"W n", b"d", b"w", b"Do", b"gs", b"sh", b"Tf",
                                 b"BT", b"BI /W 9999 /H 9999 /BPC 8 /CS /G ID x EI", b"scn", b"m", b"l"))  # fmt: skip
    return sheets(b" ".join(draw(st.lists(operators | number, max_size=60))))


# Damage.


@st.composite
def damaged(draw: st.DrawFn, raw: bytes) -> bytes:
    """A file with bits turned, numbers put into its header, pieces of itself or others put in, or its end cut off."""
    out = bytearray(raw)
    for _ in range(draw(st.integers(0, 6))):
        length = len(out)
        at = draw(st.integers(0, length) | st.integers(0, min(length, 80)))
        way = draw(st.integers(0, 4))
        if way == 0 and at < length:
            out[at] ^= 1 << draw(st.integers(0, 7))
        elif way == 1:
            order, size = draw(st.sampled_from(("<", ">"))), draw(st.sampled_from("BHI"))
            most = {"B": 2**8, "H": 2**16, "I": 2**32}[size]
            what = struct.pack(order + size, draw(st.sampled_from(NUMBERS)) % most)
            out[at : at + len(what)] = what
        elif way == 2:
            out[at:at] = draw(st.binary(max_size=30))
        elif way == 3:
            other = draw(st.sampled_from(SEEDS))
            start = draw(st.integers(0, len(other)))
            out[at:at] = other[start : start + draw(st.integers(0, 500))]
        else:
            del out[at : at + draw(st.integers(0, 40))]
    if draw(st.integers(0, 3)) == 0:
        del out[draw(st.integers(0, len(out))) :]
    return bytes(out)


def true_again(raw: bytes) -> bytes:
    """A damaged PNG whose checksums are right again."""
    out, at = bytearray(raw), 8
    while at + 12 <= len(out):
        end = at + 12 + int.from_bytes(out[at : at + 4], "big")
        if end > len(out):
            break
        out[end - 4 : end] = struct.pack(">I", zlib.crc32(out[at + 4 : end - 4]))
        at = end
    return bytes(out)


@functools.cache
def files() -> st.SearchStrategy[bytes]:
    """Any file that is not meant well."""
    seeds = st.sampled_from(SEEDS)
    return st.one_of(
        seeds.flatmap(damaged),
        seeds.flatmap(damaged).map(true_again),
        pngs(),
        tiffs(),
        tiffs().flatmap(damaged),
        pdfs(),
        pdfs().flatmap(damaged),
        st.binary(max_size=300),
    )


# The worst.

SIDES = (6_300, 6_300)


def large(kind: str, mode: str, colour: tuple | int, size: tuple[int, int] = SIDES, **options) -> bytes:
    return encoded(Image.new(mode, size, colour), kind, **options)


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def many_scans(n: int, size: tuple[int, int]) -> bytes:
    """A progressive JPEG whose last scan comes again and again, behind a remark that looks like the file's end."""
    raw = large("JPEG", "RGB", "red", size, progressive=True)
    scan = raw[raw.rindex(b"\xff\xda") : -2]
    return raw[:-2] + b"\xff\xfe\0\4\xff\xd9" + scan * n + raw[-2:]


def deep_strip() -> bytes:
    """40 megapixels of three numbers of 16 bits, all in one strip."""
    width, height = SIDES
    tags = {256: width, 257: height, 259: 8, 262: 2, 277: 3, 278: height}
    return tiff(tags | {258: 16}, zeros(width * height * 6))


def large_frame(kind: str) -> bytes:
    """A picture of 30 megapixels that its header says to be of 8 × 8."""
    image = Image.new("RGB", (6_000, 5_000), "red")
    raw = heic(image) if kind == "HEIC" else encoded(image, "AVIF", speed=10)
    return raw.replace(b"ispe\0\0\0\0" + struct.pack(">II", *image.size), b"ispe\0\0\0\0" + struct.pack(">II", 8, 8))


QUICK = {
    "a content stream of 400 MB": lambda: pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[4 0 R]/Count 1>>",
        stream(zeros(400_000_000), b"/Filter/FlateDecode"),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 64 48]/Contents 3 0 R>>",
    ),
    "forms in forms": lambda: laughs(12, 10),
    "a form in itself": lambda: laughs(3, 3).replace(b"/F 7 0 R", b"/F 5 0 R"),
    "a mask of 900 megapixels": lambda: with_picture(embedded(10, 10, more=b"/SMask 6 0 R"), embedded(30_000, 30_000)),
    "pages in circles": lambda: pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 3>>"),
    "a page of a light year": lambda: sheets(b"0 g 0 0 9 9 re f", b"0 0 1e30 1e30"),
    "a tile of 4 gigapixels": lambda: tiff({256: 99, 257: 99, 258: 8, 259: 1, 262: 1, 322: 65_520, 323: 65_520}),
    "a TIFF of 100,000 pages": lambda: many_directories(100_000),
    "a profile of 100 MB": lambda: png_of(
        header(20, 20), (b"iCCP", b"a\0\0" + zeros(100_000_000)), (b"IDAT", zeros(420)), (b"IEND", b"")
    ),
    "pixels for 100 pictures": lambda: png_of(header(50, 50), (b"IDAT", zeros(100_000_000)), (b"IEND", b"")),
    "an AVIF whose frame is larger than its header says": lambda: large_frame("AVIF"),
    "a GIF of 4 gigapixels": lambda: b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + bytes(30),
    "a BMP of 4 gigapixels": lambda: (
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 60, 0, 0, 54, 40, 65_535, 65_535, 1, 8, 1, 9, 1, 1, 0, 0) + bytes(9)
    ),
    "a still WebP as large as can be": lambda: b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xff\xff\xff\x0f" + bytes(8),
}
SLOW = {
    "a HEIC whose frame is larger than its header says": lambda: large_frame("HEIC"),
    "many scans.jpg": lambda: many_scans(100_000, SIDES),
    "20 MP in many scans.jpg": lambda: many_scans(100_000, (5_000, 4_000)),
    "90 scans.jpg": lambda: many_scans(88, SIDES),
    "RGBA.png": lambda: large("PNG", "RGBA", (9, 9, 9, 99), exif=turned()),
    "16 bits.png": lambda: png_of(
        header(*SIDES, 16, 6), (b"IDAT", zeros((8 * SIDES[0] + 1) * SIDES[1])), (b"IEND", b"")
    ),
    "16 bits interlaced.png": lambda: png_of(
        header(*SIDES, 16, 6, 1), (b"IDAT", zeros((8 * SIDES[0] + 8) * SIDES[1])), (b"IEND", b"")
    ),
    "20 MP.png": lambda: large("PNG", "RGBA", (9, 9, 9, 99), (5_000, 4_000)),
    "20 MP.jpg": lambda: large("JPEG", "CMYK", (9, 9, 9, 99), (5_000, 4_000), progressive=True, subsampling=0),
    "12 MP.webp": lambda: large("WEBP", "RGBA", (9, 9, 9, 99), (4_000, 3_000), lossless=True, quality=0, method=0),
    "17 MP.webp": lambda: large("WEBP", "RGBA", (9, 9, 9, 99), (4_200, 4_100), lossless=True, quality=0, method=0),
    "40 MP.webp": lambda: large("WEBP", "RGBA", (9, 9, 9, 99), lossless=True, quality=0, method=0),
    "progressive.jpg": lambda: large("JPEG", "RGB", "red", progressive=True, subsampling=0, exif=turned()),
    "progressive CMYK.jpg": lambda: large("JPEG", "CMYK", (9, 9, 9, 9), progressive=True, subsampling=0),
    "turned.tif": lambda: large("TIFF", "RGBA", (9, 9, 9, 9), compression="tiff_lzw", tiffinfo={274: 6}),
    "CMYK.tif": lambda: large("TIFF", "CMYK", (9, 9, 9, 9), compression="tiff_lzw"),
    "numbers.tif": lambda: large("TIFF", "F", 0, compression="tiff_lzw"),
    "one strip.tif": deep_strip,
    "colour.pdf": lambda: with_picture(embedded(7_000, 7_000, b"DeviceRGB", n_bytes=147_000_000)),
    "too much colour.pdf": lambda: with_picture(embedded(10_000, 10_000, b"DeviceCMYK", n_bytes=400_000_000)),
    "grey.pdf": lambda: with_picture(embedded(10_000, 10_000, n_bytes=100_000_000)),
    "much to draw.pdf": lambda: sheets(b"0 0 14000 14000 re f " * 300_000, b"0 0 14400 14400"),
    "50 MB.pdf": lambda: BOOK + bytes(49_000_000) + b"%%EOF",
    "50 MB of text": lambda: b"Dear Sir or Madam, " * 2_600_000,
}
