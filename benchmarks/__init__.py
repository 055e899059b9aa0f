"""Figures measured in one run each: `python -m benchmarks.NAME`."""

import os
import tempfile

# Nobody comes back to what a benchmark trains.
os.environ.setdefault("AECORE_RUNS_DIR", tempfile.mkdtemp(prefix="aecore-runs-"))
