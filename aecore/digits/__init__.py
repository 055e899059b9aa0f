"""Digits that visitors draw, scan or photograph → images like MNIST's.

May import specs, imaging and image files.
"""
