"""What the keys of the cluster's tasks begin with, where it matters what they are."""

from __future__ import annotations

# Tasks that take their turns: slices of runs, steps of chains, and slices that are tried by themselves.
SLICE, STEP, SUSPECTED = "slice-", "step-", "slice-again-"
TURNS = (SLICE, STEP)
# Questions that take much memory.
LARGE = "large-"
