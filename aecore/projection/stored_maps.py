"""The maps in `pretrained/maps/`: t-SNE and PCA of the codes that every checkpoint gives 5,000 test images.

    pretrained/maps/NAME.npz     positions as 16-bit numbers, the KL divergence, the settings
    pretrained/maps.json         from which weights, and how long it took

Rebuilt by `python -m aecore.pretrain maps`.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import time

import numpy as np

from aecore import checkpoints
from aecore.projection import code_questions, code_sources, tsne
from aecore.projection.code_questions import PcaMap
from aecore.projection.code_sources import Source
from aecore.projection.tsne import Projection
from aecore.specs import DATASETS, PIXELS, CodesSpec, ProjectionSpec

FOLDER = checkpoints.FOLDER / "maps"
MANIFEST = checkpoints.FOLDER / "maps.json"
SPEC = ProjectionSpec()
_STEPS = 32_767  # of a 16-bit number


def specs() -> tuple[CodesSpec, ...]:
    """The codes of which there is a map: every checkpoint's, of its own data set, and the pixels of each data set."""
    data = {name: checkpoints.about(name).dataset for name in code_sources.names()}
    return tuple(CodesSpec(name, data[name]) for name in data) + tuple(CodesSpec(PIXELS, name) for name in DATASETS)


@functools.lru_cache(maxsize=8)
def load(spec: CodesSpec) -> tuple[Projection, PcaMap] | None:
    """The shipped maps of these codes; None where there is none."""
    if spec not in specs():
        return None
    with np.load(FOLDER / f"{stem(spec)}.npz", allow_pickle=False) as archive:
        xy, xyz = (_unpacked(archive[name], archive[f"{name}_reach"]) for name in ("xy", "pca"))
        made_by = ProjectionSpec(**json.loads(str(archive["spec"])))
        labels = Source(spec).images[1]
        kl, iterations = float(archive["kl_divergence"]), made_by.iterations
        return Projection(xy, labels, None, kl, iterations, made_by), PcaMap(xyz, archive["explained"])


def make_all() -> None:
    """Compute and store every map, from the checkpoints as they are stored."""
    for spec in specs():
        make(spec)


def make(spec: CodesSpec) -> None:
    """Compute and store the maps of these codes."""
    source, begin = Source(spec), time.perf_counter()
    made = tsne.project(code_sources.codes(source), SPEC)
    linear = code_questions.pca_map(source)
    xy, xy_reach = _packed(made.xy)
    pca, pca_reach = _packed(linear.xyz)
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{stem(spec)}.npz"
    np.savez_compressed(
        path,
        xy=xy,
        xy_reach=xy_reach,
        pca=pca,
        pca_reach=pca_reach,
        explained=linear.explained,
        kl_divergence=made.kl_divergence,
        spec=json.dumps(dataclasses.asdict(SPEC)),
    )
    known = manifest()
    known[stem(spec)] = {
        "weights_sha256": weights_hash(spec),
        "kl_divergence": round(made.kl_divergence, 4),
        "seconds": round(time.perf_counter() - begin, 1),
        "n_bytes": path.stat().st_size,
    }
    MANIFEST.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", encoding="utf-8")
    load.cache_clear()
    print(f"map of {stem(spec)}: KL divergence {made.kl_divergence:.4f}", flush=True)


def manifest() -> dict[str, dict]:
    """What is known about each map, by the stem of its file."""
    return json.loads(MANIFEST.read_text(encoding="utf-8")) if MANIFEST.exists() else {}


def weights_hash(spec: CodesSpec) -> str | None:
    """SHA-256 of the file of weights that a map is made from; None for pixels."""
    path = checkpoints.FOLDER / f"{spec.codes}.npz"
    return None if spec.codes == PIXELS else hashlib.sha256(path.read_bytes()).hexdigest()


def stem(spec: CodesSpec) -> str:
    """The name of a map's file, without its extension."""
    return f"{PIXELS}-{spec.dataset}" if spec.codes == PIXELS else spec.codes


def _packed(xy: np.ndarray) -> tuple[np.ndarray, np.float32]:
    reach = np.float32(max(np.abs(xy).max(), 1e-30))
    return np.rint(xy / reach * _STEPS).astype(np.int16), reach


def _unpacked(packed: np.ndarray, reach: np.ndarray) -> np.ndarray:
    return packed.astype(np.float32) / _STEPS * float(reach)
