"""Training as visitors see it: runs that are admitted, trained slice by slice, paused, stopped and kept on disk.

Level 6: imports compute, records, networks and specs; Keras only on the worker.
"""
