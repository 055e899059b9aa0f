"""The parts of the page on convolution: a filter, a pooling window and a stamp to move over an image by hand.

Imports from `pages.shared` and `aecore` only, never from another lesson.
"""
