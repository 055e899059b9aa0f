"""The parts of the page on denoising digits: the noisy image, what the network makes of it, and what to compare with.

Imports from `pages.shared` and `aecore` only, never from another lesson.
"""
