"""Pages: made, degraded, and cleaned in tiles that nobody can see."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aecore import documents
from aecore.documents import degradation, fonts, jobs, samples, scan_files, synthetic_pairs, tiles, typesetting
from aecore.documents.fonts import SHIPPED_FONT
from aecore.documents.typesetting import PageStyle
from aecore.imaging import classical_denoising, encoding, metrics
from aecore.pretrain import evaluation
from tests.conftest import until
from tests.marks import quick_first

RNG = np.random.default_rng


def test_a_page_is_black_ink_on_white_paper_and_the_same_for_the_same_generator():
    style = PageStyle(size=16)
    page = typesetting.render_page(RNG(1), (200, 300), style, "# Title\nThe quick brown fox.")
    assert page.shape == (200, 300)
    assert page.dtype == np.uint8
    assert page.max() == 255
    assert page.min() < 40
    assert 0.004 < (page < 128).mean() < 0.2
    assert (page == typesetting.render_page(RNG(1), (200, 300), style, "# Title\nThe quick brown fox.")).all()
    assert (page != typesetting.render_page(RNG(1), (200, 300), style, "# Title\nThe quick green fox.")).any()


def test_any_style_by_chance_makes_a_page():
    for seed in range(12):
        page = typesetting.render_page(RNG(seed), (150, 260))
        assert page.shape == (150, 260)
        assert page.mean() > 128  # more paper than ink


def test_the_font_that_is_shipped_can_be_read_everywhere():
    assert SHIPPED_FONT.exists()
    assert fonts.text_fonts()[0] == SHIPPED_FONT


def test_no_degradation_leaves_the_page_nearly_as_it_was():
    page = samples.clean_page("coffee")
    untouched = degradation.degrade(page, degradation.DegradationSpec(), RNG(0))
    assert np.abs(untouched[page == 255].astype(int) - 255).mean() < 6
    assert untouched[page == 0].mean() < 60  # fresh ink reflects a little light


@quick_first("kind", degradation.KINDS, keep=2)
def test_every_kind_of_degradation_shows_and_more_of_it_shows_more(kind):
    page = samples.clean_page("folds")

    def distance(amount: float) -> float:
        seeds = range(4)
        return np.mean(
            [
                metrics.mse(
                    degradation.degrade(page, degradation.DegradationSpec(**{kind: amount}), RNG(seed)) / 255,
                    degradation.degrade(page, degradation.DegradationSpec(), RNG(seed)) / 255,
                )
                for seed in seeds
            ]
        )

    assert 0 < distance(0.3) < distance(1.0)
    assert degradation.degrade(page, degradation.DegradationSpec(**{kind: 1.0}), RNG(0)).dtype == np.uint8


def test_an_amount_of_degradation_out_of_its_range_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match=r"Coffee rings and spills must be a number from 0 to 1; got 1.5\."):
        degradation.DegradationSpec(coffee=1.5)
    with pytest.raises(ValueError, match="got nan"):
        degradation.DegradationSpec(coffee=float("nan"))


def test_held_out_pages_are_other_pages():
    dirty, page = synthetic_pairs.synthetic_pair(0)
    held_dirty, held_page = synthetic_pairs.synthetic_pair(0, held_out=True)
    assert dirty.shape == page.shape == held_page.shape == synthetic_pairs.SHAPE
    assert (held_page != page).any()
    assert (held_dirty != dirty).any()
    assert metrics.mse(dirty / 255, page / 255) > 0.001


# Tiles.


@settings(max_examples=60, deadline=None)
@given(height=st.integers(1, 1_500), width=st.integers(1, 1_500))
def test_tiles_cover_every_pixel_once_and_bring_their_surroundings(height, width):
    page = (np.arange(height * width, dtype=np.uint32) * 2_654_435_761 >> 24).astype(np.uint8).reshape(height, width)
    seen = np.zeros(page.shape, np.uint8)
    for tile in tiles.tiles(page.shape):
        around = tiles.surroundings(page, tile)
        assert max(around.shape) <= tiles.CORE + 2 * tiles.MARGIN + 8
        assert not any(side % 8 for side in around.shape)
        seen[tile.top : tile.bottom, tile.left : tile.right] += 1
        assert (tiles.kept(around, tile) == page[tile.top : tile.bottom, tile.left : tile.right]).all()
        y, x = min(tile.bottom + 3, height - 1), max(tile.left - 5, 0)
        top, left = min(tile.top, tiles.MARGIN), min(tile.left, tiles.MARGIN)
        assert around[y - tile.top + top, x - tile.left + left] == page[y, x]
    assert (seen == 1).all()


def test_no_seam_shows_where_tiles_meet():
    dirty, _ = synthetic_pairs.synthetic_pair(3, True, "coffee")
    page = np.tile(dirty, (2, 2))[:640, :800]  # sides that the network takes whole
    whole = tiles.network()(page[None, ..., None] / np.float32(255)).numpy()[0]
    assert len(tiles.tiles(page.shape)) == 4
    assert np.abs(tiles.clean(page) - whole).max() < 1 / 255


@quick_first("shape", [(1, 1), (7, 300), (420, 540), (258, 540), (601, 513)], keep=2)
def test_a_page_of_any_size_comes_back_in_that_size(shape):
    page = RNG(0).random(shape)
    cleaned = documents.clean(page)
    assert cleaned.shape == shape
    assert cleaned.dtype == np.float32
    assert cleaned.min() >= 0
    assert cleaned.max() <= 1
    assert cleaned == pytest.approx(documents.clean(np.rint(page * 255).astype(np.uint8)), abs=0.1)


def test_a_second_page_of_another_size_compiles_nothing():
    documents.clean(np.ones((100, 120), np.float32))
    count = tiles.network().experimental_get_tracing_count()
    documents.clean(np.ones((700, 90), np.float32))
    assert tiles.network().experimental_get_tracing_count() == count == 1


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (np.zeros((4, 4, 3)), r"must be grey.*got the shape \(4, 4, 3\)"),
        (np.zeros((0, 4)), "must be grey"),
        (np.full((4, 4), 1.5), "between 0 and 1"),
        (np.full((4, 4), np.nan), "between 0 and 1"),
        (np.zeros((4, 4), np.uint16), "must be uint8, or float"),
        (np.broadcast_to(np.uint8(0), (10_000, 10_000)), "up to 40 megapixels; got 100.0"),
    ],
)
def test_what_is_no_page_is_refused_in_a_sentence(page, words):
    with pytest.raises(documents.PageError, match=words):
        documents.clean(page)


@quick_first("kind", [None, *synthetic_pairs.LARGE_KINDS])
def test_the_network_is_far_ahead_of_the_median_filter_on_pages_it_has_never_seen(kind):
    found = evaluation.measure_cleaning(("network", "median"), 6 if kind else 12, kind)
    assert found["network"] < 0.6 * found["median"]


@pytest.mark.parametrize("name", samples.PAGES)
def test_a_shipped_page_is_always_the_same_and_comes_back_cleaner(name):
    dirty, page = samples.degraded_page(name), samples.clean_page(name)
    assert dirty.shape == page.shape == samples.SHAPE
    before, after = (metrics.mse(page / 255, image) for image in (dirty / 255, documents.clean(dirty)))
    assert after < before / 20


def test_the_classical_methods_clean_a_page_of_plain_grey_paper():
    page = samples.clean_page("faded") / 255
    for method in (classical_denoising.median_background, classical_denoising.sauvola):
        assert metrics.mse(page, method(0.15 + 0.6 * page)) < 0.2 * metrics.mse(page, 0.15 + 0.6 * page)


# Files.


def test_a_clean_page_is_a_png_or_a_pdf_of_its_size():
    page = samples.clean_page("coffee")
    back = scan_files.page(scan_files.open_scan(encoding.png(page)), 0)
    assert (back == page).all()
    raw = encoding.pdf([encoding.jpeg(page), encoding.jpeg(page.T)], 150)
    scan = scan_files.open_scan(raw)
    assert scan.n_pages == 2
    assert scan_files.shape(scan, 0, 150) == page.shape
    assert np.abs(scan_files.page(scan, 1, 150).astype(int) - page.T).mean() < 4


# On a cluster that answers at once, in the order asked.


class Now:
    """A cluster that computes in the thread that asks."""

    ready = True
    losses = 0

    def __init__(self):
        self.on_connect = set()
        self.submitted = 0

    def when_done(self, future, function):
        future.add_done_callback(function)

    def submit(self, function, *args, **_):
        from concurrent.futures import Future

        self.submitted += 1
        future = Future()
        future.status = "finished"
        future.set_result(function(*args))
        return future


def wait_for(cleaning_, status="finished"):
    until(lambda: cleaning_.snapshot().status == status)
    return cleaning_.snapshot()


@pytest.mark.parametrize("method", ["median", "sauvola"])
def test_a_page_is_cleaned_tile_by_tile_as_a_whole_would_be(method):
    dirty, _ = synthetic_pairs.synthetic_pair(1, True, "coffee")
    page = np.tile(dirty, (2, 2))
    job = jobs.PageCleaning(Now(), page, method)
    snapshot = wait_for(job)
    assert (snapshot.done, snapshot.total) == (6, 6)
    whole = np.rint(jobs.CLASSICAL[method](page / np.float32(255)) * 255)
    inside = np.s_[30:-30, 30:-30]
    assert np.abs(job.cleaned.astype(int) - whole)[inside].max() <= 1


def test_the_pages_of_a_file_are_cleaned_one_after_the_other():
    pages = [samples.degraded_page("coffee"), samples.degraded_page("folds")[:300]]
    opened = []

    def open_page(index):
        opened.append(index)
        return pages[index]

    job = jobs.FileCleaning(Now(), [page.shape for page in pages], open_page)
    assert wait_for(job).status == "finished"
    assert opened == [0, 1]
    cleaned = [scan_files.page(scan_files.open_scan(raw), 0) for raw in job.done]
    assert [page.shape for page in cleaned] == [page.shape for page in pages]
    truth = samples.clean_page("coffee")
    assert metrics.mse(truth / 255, cleaned[0] / 255) < metrics.mse(truth / 255, pages[0] / 255) / 20
