"""Build the embedded photograph from scikit-image's sample of it.

python -m aecore.datasets.build_photo
"""

from pathlib import Path

from PIL import Image
from skimage import data

SQUARE = (60, 0, 460, 400)  # of the 600 × 400 pixels: the cup, its saucer and the spoon
SIDE = 96


def main() -> None:
    image = Image.fromarray(data.coffee()).crop(SQUARE).convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    image.save(Path(__file__).parent / "data" / "coffee.png", optimize=True)


if __name__ == "__main__":
    main()
