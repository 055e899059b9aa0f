"""The parts of the page on cleaning scans: where a dirty page comes from, its cleaning, and the clean files.

Imports from `pages.shared` and `aecore` only, never from another lesson.
"""
