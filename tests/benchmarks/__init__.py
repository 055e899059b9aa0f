"""The benchmarks still run, and their rows are called what they were."""
