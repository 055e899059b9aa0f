"""The parts of the page on the latent space of a VAE: the pad to drag over, and what there is to do beside it.

Imports from `pages.shared` and `aecore` only, never from another lesson.
"""
