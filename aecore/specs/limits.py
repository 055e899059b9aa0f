"""What a visitor may ask for and what the server keeps: one table.

The numbers are for the smallest machine that is worth it, two cores and 2.7 GB, of which the app takes 1.1 GB at rest.
What each setting of a network may be stands in `specs`, beside its words.
"""

from __future__ import annotations

from dataclasses import dataclass

from aecore.specs.errors import VisitorError


@dataclass(frozen=True)
class Limits:
    """Bytes are bytes, not powers of 1,024; pixels are those of one picture."""

    # For each visitor.
    runs_at_once: int = 4  # the three-way race, and one on another page
    images: int = 60_000  # to train on: all that there are
    epochs: int = 200  # of a run as it is set: some minutes of a core
    epochs_in_all: int = 1_000  # with what was trained further; a history of that many is still quick to draw
    state_bytes: int = 120_000_000  # of one run's weights and optimizer; the widest dense network has 98 MB
    worker_bytes: int = 800_000_000  # that training may take of a worker's 1.6 GB, of which it has 0.7 at rest
    question_bytes: int = 220_000_000  # that answering a page's question may take of it, beside shared training
    picture_bytes: int = 10_000_000  # a photograph of a digit: what a telephone makes
    picture_pixels: int = 20_000_000
    drawn_points: int = 20_000  # of a drawing: minutes of scribbling
    scan_bytes: int = 50_000_000  # a file of scanned pages; `maxUploadSize` in .streamlit/config.toml is the same
    scan_pages: int = 50
    page_pixels: int = 40_000_000  # A4 at 600 dpi has 35 million; cleaning one takes half a minute
    webp_pixels: int = 12_500_000  # fewer, because its decoder takes three times the memory
    heic_pixels: int = 25_000_000  # what a phone makes; its decoder takes seven bytes each, AVIF's nine
    embedded_pixels: int = 100_000_000  # of a picture inside a PDF: it is decoded whole, however small the page is
    scan_memory_bytes: int = 285_000_000  # that reading a page of a file may take

    # For all visitors together. A class of thirty must train at once, in whatever is left beside TensorFlow.
    training_runs: int = 60  # two each for thirty; the turns of more than that would come too rarely to watch
    # Of their states. Each is in up to three processes at a time, and TensorFlow holds several copies of the one it is
    # at: with two of the widest networks at once a worker of 1.6 GB ended for want of memory, with one it does not.
    training_bytes: int = 190_000_000
    # That a run may take of a worker when another trains beside it there; one that takes more has a worker to itself.
    shared_worker_bytes: int = 150_000_000
    memory_bytes: int = 200_000_000  # of all runs in the server's memory; those that rest leave first, for the disk
    memory_runs: int = 500  # the same by count: a run that never came to anything has a size, too
    disk_bytes: int = 1_000_000_000  # of runs on disk: some 500 of the lesson's networks
    disk_free_bytes: int = 200_000_000  # what is left to the rest of the machine
    # That a worker may take for each of several questions at a time; those that take more wait for one another.
    small_question_bytes: int = 40_000_000
    answers: int = 500  # of the worker's to short questions, some kilobytes each
    neighbourhood_bytes: int = 150_000_000  # on the worker: of t-SNE's, eight or so of 5,000 codes
    codes_bytes: int = 80_000_000  # on the worker: of codes; the largest, 10,000 of 1,568 numbers, have 63 MB


LIMITS = Limits()


class LimitError(VisitorError):
    """More than one may have."""
