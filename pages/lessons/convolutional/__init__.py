"""The parts of the page on the convolutional autoencoder: its controls, and what it is compared with.

Imports from `pages.shared` and `aecore` only, never from another lesson.
"""
