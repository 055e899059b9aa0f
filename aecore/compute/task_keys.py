"""What the keys of tasks begin with, by which the scheduler's plugins, the monitor and tests tell them apart."""

SLICE, STEP = "slice-", "step-"  # of a run, of a computation
SUSPECTED = "slice-again-"  # what is tried with a worker to itself
TURNS = (SLICE, STEP)  # all those that take turns
LARGE = "large-"  # a question that takes much memory
