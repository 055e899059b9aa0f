"""The parts of the start page: what an autoencoder is, in three properties to try out, and how ours compare.

Imports from `pages.shared` and `aecore` only, never from another lesson.
"""
