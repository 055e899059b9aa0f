"""Networks without Keras: layers in NumPy, receptive fields, parameter and memory counts, latent geometry, PCA.

May import specs and imaging: no data set, no checkpoint.
"""
