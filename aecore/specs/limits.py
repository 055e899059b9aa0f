"""How much a visitor may ask for and how much the server keeps, in one table.

The numbers are for the smallest machine that is worth running on, two cores and 2.7 GB, of which the app takes 1.1 GB
at rest. The domain of each setting of a network is declared with the setting.
"""

from __future__ import annotations

from dataclasses import dataclass

from aecore.specs.errors import VisitorError


@dataclass(frozen=True)
class Limits:
    """Bytes are bytes, not multiples of 1,024; pixels are those of one image."""

    # For each visitor.
    runs_at_once: int = 4  # the race between three, and one on another page
    images: int = 60_000  # to train on: all there are
    epochs: int = 200  # of a run at its start: some minutes of a core
    epochs_in_all: int = 1_000  # including those trained further; a history of that many is still quick to draw
    state_bytes: int = 120_000_000  # of one run's weights and optimizer; the widest dense network has 98 MB
    worker_bytes: int = 800_000_000  # of a worker's 1.6 GB, of which it uses 0.7 at rest, for training
    question_bytes: int = 220_000_000  # of them, for answering a page's question beside shared training
    picture_bytes: int = 10_000_000  # a photograph of a digit: what a phone takes
    picture_pixels: int = 20_000_000
    drawn_points: int = 20_000  # of a drawing: minutes of scribbling
    scan_bytes: int = 50_000_000  # a file of scanned pages; `maxUploadSize` in .streamlit/config.toml is the same
    scan_pages: int = 50
    page_pixels: int = 40_000_000  # A4 at 600 dpi has 35 million; cleaning one takes half a minute
    webp_pixels: int = 12_500_000  # fewer, because its decoder needs three times the memory
    heic_pixels: int = 25_000_000  # what a phone takes; its decoder needs seven bytes per pixel, AVIF's nine
    embedded_pixels: int = 100_000_000  # of an image inside a PDF: it is decoded whole, however small the page is
    scan_memory_bytes: int = 285_000_000  # for reading a page of a file

    # For all visitors together. A class of thirty must train at once, in whatever is left beside TensorFlow.
    training_runs: int = 60  # two each for thirty; with more, the turns of each would come too rarely to watch
    # Of their states. Each is in up to three processes at a time, and TensorFlow holds several copies of the one it
    # trains: with two of the widest networks at once a worker of 1.6 GB ran out of memory, with one it does not.
    training_bytes: int = 190_000_000
    # For a run that trains beside another on the same worker; one that needs more has a worker to itself.
    shared_worker_bytes: int = 150_000_000
    memory_bytes: int = 200_000_000  # of all runs in the server's memory; those at rest go to the disk first
    memory_runs: int = 500  # the same by count: even a run that never started has a size
    disk_bytes: int = 1_000_000_000  # of runs on disk: some 500 of the lesson's networks
    disk_free_bytes: int = 200_000_000  # that is left for the rest of the machine
    # For each of several questions that a worker answers at a time; those that need more wait for one another.
    small_question_bytes: int = 40_000_000
    answers: int = 500  # to short questions, some kilobytes each
    neighbourhood_bytes: int = 150_000_000  # on the worker: t-SNE's, those of eight or so sets of 5,000 codes
    codes_bytes: int = 80_000_000  # on the worker: codes; the largest, 10,000 of 1,568 numbers, take 63 MB


LIMITS = Limits()


class LimitError(VisitorError):
    """More than a visitor may have."""
