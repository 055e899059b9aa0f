"""Numbers as CSV, to six or seven significant digits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecore.records.training_state import EpochRecord


def history_csv(history: Sequence[EpochRecord]) -> str:
    """The records of a run's epochs, one row per epoch; empty where there is no value."""
    import pandas as pd

    names = ["epoch", "loss", "reconstruction_loss", "val_loss", "val_reconstruction_loss", "seconds"]
    if history and history[0].val_kl_loss is not None:
        names[3:3], names[-1:-1] = ["kl_loss"], ["val_kl_loss"]
    # As text, since pandas would write nothing for what is not a number, as after training that diverged.
    rows = [
        ["" if (value := getattr(record, name)) is None else f"{value:.7g}" for name in names] for record in history
    ]
    return pd.DataFrame(rows, columns=names).to_csv(index=False, lineterminator="\n")


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.7g}"


def coordinates_csv(labels: np.ndarray, tsne: np.ndarray | None, pca: np.ndarray | None) -> str:
    """Maps of test images: `labels` (N,), positions on the t-SNE map (N, 2 or 3) and on the PCA map (N, 3), if any."""
    import pandas as pd

    columns: dict[str, np.ndarray] = {"test_image": np.arange(len(labels)), "label": labels}
    if tsne is not None:
        columns |= {f"tsne_{axis}": column for axis, column in zip("xyz", tsne.T, strict=False)}
    if pca is not None:
        columns |= {f"pca_{i}": column for i, column in enumerate(pca.T, 1)}
    return pd.DataFrame(columns).to_csv(index=False, float_format="%.6g", lineterminator="\n")


def numbers_csv(x: np.ndarray) -> str:
    """A matrix (H, W) of floats, one line per row, without a header."""
    import pandas as pd

    return pd.DataFrame(x).to_csv(index=False, header=False, float_format="%.6g", na_rep="nan", lineterminator="\r\n")
