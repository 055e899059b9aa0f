"""Figures measured in one run each: `python -m benchmarks.NAME`."""

import os
import tempfile

# What a benchmark trains is nobody's to come back to.
os.environ.setdefault("AECORE_RUNS_DIR", tempfile.mkdtemp(prefix="aecore-runs-"))
