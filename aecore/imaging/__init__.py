"""Arithmetic on images as arrays: conversions, measures, convolution, filters, files for the browser.

No model, no data set; may import `aecore.specs` only.
"""
