"""The embedded data sets, as far as settings depend on them."""

DATASETS = {"mnist": 60_000, "fashion_mnist": 10_000}  # name → training images
TEST_IMAGES = {"mnist": 10_000, "fashion_mnist": 2_000}
