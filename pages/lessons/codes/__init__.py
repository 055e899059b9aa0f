"""The parts of the page on codes: whose codes they are, their t-SNE and PCA maps, and what to ask of a map.

Imports from `pages.shared` and `aecore` only, never from another lesson.
"""
