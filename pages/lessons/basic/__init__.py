"""The parts of the page that trains dense autoencoders.

Imports from `pages.shared` and `aecore` only, never from another lesson.
"""
