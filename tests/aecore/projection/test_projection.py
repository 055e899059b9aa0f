"""t-SNE: the same however it is cut, no worse than openTSNE's and scikit-learn's own, and honest about bad codes."""

import subprocess
import sys

import numpy as np
import pytest

from aecore import projection
from aecore.projection import ProjectionError, tsne
from aecore.projection.affinities import Neighbourhoods
from aecore.specs import ProjectionSpec

SPEC = ProjectionSpec(perplexity=15, iterations=240)
LABELS = np.repeat(np.arange(4), 120)


@pytest.fixture(scope="module")
def codes():
    """Four clouds in eight dimensions."""
    rng = np.random.default_rng(0)
    return (rng.standard_normal((480, 8)) + 5 * np.eye(8)[LABELS]).astype(np.float32)


@pytest.fixture(scope="module")
def made(codes):
    return projection.project(codes, SPEC)


def exact_kl(neighbourhoods, xy):
    """KL(P‖Q) by its definition, over all pairs."""
    p = neighbourhoods.affinities.toarray()
    w = 1 / (1 + np.square(xy[:, None] - xy[None]).sum(axis=2))
    np.fill_diagonal(w, 0)
    q = w / w.sum()
    kept = p > 0
    return float((p[kept] * np.log(p[kept] / q[kept])).sum())


def test_clouds_stay_apart_and_the_divergence_is_the_maps(codes, made):
    distances = np.linalg.norm(made.xy[:, None] - made.xy[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (LABELS[distances.argmin(axis=1)] == LABELS).mean() > 0.98
    exact = exact_kl(Neighbourhoods(codes, 15), made.xy.astype(np.float64))
    assert made.kl_divergence == pytest.approx(exact, rel=0.02)  # Barnes and Hut's trees are nearly exact
    assert made.iteration == SPEC.iterations
    assert made.spec == SPEC


@pytest.mark.slow
def test_scikit_learns_map_is_no_better(codes, made):
    from sklearn.manifold import TSNE

    # It exaggerates for 250 iterations whatever it is told, so it gets more.
    theirs = TSNE(perplexity=15, max_iter=250 + 160, init="pca", random_state=0).fit_transform(codes)
    assert made.kl_divergence <= 1.02 * exact_kl(Neighbourhoods(codes, 15), theirs.astype(np.float64))


@pytest.mark.parametrize("length", [1, 7, 50, 240])
def test_how_the_iterations_are_cut_leaves_no_trace(codes, length):
    spec = ProjectionSpec(perplexity=15, iterations=240 if length > 1 else 100)
    *_, last = projection.steps(codes, spec, length)
    assert np.array_equal(last.xy, projection.project(codes, spec).xy)


def test_the_order_in_memory_changes_nothing_but_rounding(codes, monkeypatch):
    short = ProjectionSpec(perplexity=15, iterations=100, early_exaggeration=1)
    ordered = projection.project(codes, short)
    monkeypatch.setattr(tsne, "curve_order", lambda xy: np.arange(len(xy)))
    assert projection.project(codes, short).kl_divergence == pytest.approx(ordered.kl_divergence, rel=0.01)


@pytest.mark.parametrize("dims", [2, 3])
def test_neighbours_on_the_map_follow_each_other_in_memory(dims):
    xy = np.random.default_rng(1).uniform(-1, 1, (2_000, dims))
    order = tsne.curve_order(xy)
    assert sorted(order) == list(range(2_000))
    jumps = np.linalg.norm(np.diff(xy[order], axis=0), axis=1)
    assert np.median(jumps) < 0.3 * np.median(np.linalg.norm(np.diff(xy, axis=0), axis=1))
    assert len(tsne.curve_order(np.zeros((5, dims)))) == 5


@pytest.mark.parametrize(
    "change",
    [
        {"perplexity": 40.0},
        {"early_exaggeration": 4.0},
        {"learning_rate": 50.0},
        {"initialisation": "random"},
        {"initialisation": "spectral"},
        {"iterations": 180},
        {"dims": 3},
    ],
    ids=lambda change: next(iter(change.items()))[0] + str(next(iter(change.values()))),
)
def test_every_setting_reaches_the_map(codes, made, change):
    other = projection.project(codes, ProjectionSpec(**{"perplexity": 15, "iterations": 240} | change))
    assert np.isfinite(other.xy).all()
    assert other.xy.shape == (480, change.get("dims", 2))
    if "dims" in change:
        assert other.kl_divergence < made.kl_divergence  # one more dimension to put neighbours in
    else:
        assert not np.allclose(other.xy, made.xy, atol=0.1)


def test_a_seed_gives_the_same_map_and_another_one_another(codes):
    def made(seed):
        return projection.project(
            codes, ProjectionSpec(perplexity=15, iterations=100, initialisation="random", seed=seed)
        )

    assert np.array_equal(made(1).xy, made(1).xy)
    assert not np.allclose(made(1).xy, made(2).xy, atol=0.1)


def test_two_numbers_give_a_map_in_three_dimensions(codes):
    assert projection.project(codes[:, :2], ProjectionSpec(dims=3, perplexity=15, iterations=100)).xy.shape == (480, 3)


def test_codes_of_feature_maps_are_flattened(codes, made):
    assert np.array_equal(projection.project(codes.reshape(480, 2, 2, 2), SPEC).xy, made.xy)


@pytest.mark.parametrize(
    ("spoil", "perplexity", "words"),
    [
        (lambda z: np.zeros_like(z), 15, "all are the same"),
        (lambda z: np.where(z > 3, np.nan, z), 15, "finite numbers"),
        (lambda z: z[:45], 15, "more than 45 codes; got 45"),
    ],
)
def test_codes_of_which_no_map_can_be_made_are_refused_in_a_sentence(codes, spoil, perplexity, words):
    with pytest.raises(ProjectionError, match=words):
        projection.project(spoil(codes), ProjectionSpec(perplexity=perplexity, iterations=100))


def test_a_new_point_goes_where_opentsne_would_put_it(codes, made):
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.tsne import TSNEEmbedding

    rng = np.random.default_rng(5)
    new = rng.standard_normal((30, 8)) + 5 * np.eye(8)[np.arange(30) % 4]
    embedding = TSNEEmbedding(made.xy, PerplexityBasedNN(codes.astype(np.float64), 15, method="exact"))
    shift = (made.xy.max(axis=0) + made.xy.min(axis=0)) / 2  # `transform` moves the map to its middle
    theirs = np.concatenate([np.asarray(embedding.transform(z[None])) for z in new]) + shift
    before = made.xy.copy()
    ours = np.stack([projection.place(codes, made.xy, z) for z in new])
    assert np.array_equal(made.xy, before)
    # Where two places are about as good, each may choose its own.
    assert np.mean(np.linalg.norm(ours - theirs, axis=1) < 0.05 * np.ptp(made.xy)) > 0.8
    middles = np.stack([made.xy[c == LABELS].mean(axis=0) for c in range(4)])
    found = np.linalg.norm(ours[:, None] - middles, axis=2).argmin(axis=1)
    assert (found == np.arange(30) % 4).mean() > 0.95


def test_a_point_of_the_map_is_placed_beside_itself(codes, made):
    places = np.stack([projection.place(codes, made.xy, codes[i]) for i in range(0, 480, 24)])
    off = np.linalg.norm(places - made.xy[::24], axis=1)
    assert np.median(off) < 0.05 * np.ptp(made.xy)


def test_threads_that_need_it_at_once_all_get_a_whole_opentsne():
    """Its modules import each other in a circle, so that a second thread could see a half of one."""
    script = """
import sys, threading
import numpy as np
from aecore.projection import affinities, opentsne, tsne
from aecore.specs import ProjectionSpec
failed = []
def work(seed):
    try:
        points = np.random.default_rng(seed).normal(size=(60, 3)).astype(np.float32)
        tsne.begin(affinities.Neighbourhoods(points, 5), ProjectionSpec(perplexity=5))
    except ImportError as error:
        failed.append(error)
threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not failed, failed
assert opentsne.warm_up() and "openTSNE.tsne" in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)


def test_warming_up_imports_what_a_descent_needs():
    script = (
        "import sys; from aecore.projection import opentsne; opentsne.warm_up(); assert 'openTSNE.tsne' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
