"""Plain records of a run that travel between processes and onto disk: its state, what is shown of it, its file.

Imports specs and NumPy only.
"""
