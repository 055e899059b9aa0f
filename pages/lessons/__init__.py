"""The parts of each page, in a package per page.

A lesson imports from `pages.shared` and `aecore`, never from another lesson; nobody but its page imports a lesson.
"""
