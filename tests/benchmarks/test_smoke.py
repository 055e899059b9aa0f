"""Each benchmark in its shortest form: it still runs, and its rows keep their names, by which two runs are compared."""

import json
import subprocess
import sys

import pytest

from tests.house.modules import ROOT, modules

# Benchmark → some of its rows' names, at least one of each part that it measures.
ROWS = {
    "latency": [
        "a frame of the pad, decode and draw, median, ms",
        "a released slider's answers from the server, median, ms",
        "the usual way: a released slider's new image, median, ms",
    ],
    "load": [
        "one run alone: samples/s (median of three)",
        "2 runs, one architecture: samples/s together / those of one run alone",
        "2 runs, 2 architectures: fairness, Jain's index",
        "a rerun's server time while all train, p95, s",
        "memory of all processes at the peak (PSS), MB",
        "failed clicks, lost runs, exceptions in any log",
        "the usual way: samples/s of these together",
    ],
    "machines": ["3 runs on two one-core workers: times the time of one two-core worker"],
    "photos": ["all photographs", "MNIST's own: the network's class is the label", "12 megapixels: s, median"],
    "projection": [
        "KL divergence, ours / scikit-learn's",
        "wall time, ours / scikit-learn's",
        "placing one new digit, median, s",
        "choosing the page → the shipped map, in the browser, s",
    ],
    "quality": [
        "basic-32: BCE per pixel",
        "denoise-digits, Gaussian 0.5: PSNR, dB",
        "pages, any dirt: RMSE, network",
        "an A4 page at 150 dpi, first: s",
        "PCA, 2 numbers: MSE per pixel",
    ],
    "questions": ["denoising.by_filters, MB"],
    "startup": [
        "cold start to the first page painted, s (median)",
        "Train to first reconstructions, the default network, s (median)",
        "Pause, Continue, Stop until shown, s (median)",
        "memory of the Streamlit process, idle, MB",
    ],
    "training": [
        "784-32-784: core / fit",
        "784-32-784: core / fit, second run",
        "784-32-784: app / core's second run",
        "784-32-784: final validation loss, core's deviation from fit's, %",
        "start to the first training step, the default network, s",
    ],
    "vae": ["784-64-2-64-784: core / fit", "784-64-2-64-784: core's deviation from fit's, %"],
}


def test_every_benchmark_is_tried():
    sources = modules("benchmarks").items()
    runnable = {name for name, path in sources if name.count(".") == 1 and "__main__" in path.read_text("utf-8")}
    assert runnable == {f"benchmarks.{name}" for name in ROWS}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", ROWS)
def test_a_benchmark_measures_what_it_did(name, tmp_path):
    file = tmp_path / "rows.json"
    command = [sys.executable, "-m", f"benchmarks.{name}", "--smoke", "--json", file]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-5000:]
    rows = {row["name"]: row["value"] for row in json.loads(file.read_text("utf-8"))}
    assert all(any(row.startswith(expected) for row in rows) for expected in ROWS[name]), rows
    assert rows.get("failed clicks, lost runs, exceptions in any log", 0) == 0, ended.stderr[-5000:]
