"""Build the embedded photograph from scikit-image's sample of it.

python -m aecore.datasets.build_photo
"""

from PIL import Image
from skimage import data

from aecore.datasets.filter_images import PHOTO

SQUARE = (60, 0, 460, 400)  # of the 600 × 400 pixels: the cup, its saucer and the spoon
SIDE = 96


def main() -> None:
    image = Image.fromarray(data.coffee()).crop(SQUARE).convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    image.save(PHOTO, optimize=True)


if __name__ == "__main__":
    main()
