"""What the benchmarks measure with: the table of results, a server in a process of its own, a browser."""
