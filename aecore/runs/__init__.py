"""Training as visitors see it: runs that are admitted, trained slice by slice, paused, stopped and kept on disk.

Imports compute, records, networks and specs; Keras only on the worker.
"""
