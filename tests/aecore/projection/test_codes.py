"""Codes of anybody: a checkpoint, a run or the pixels; what is asked about them; the maps that are shipped."""

import dataclasses

import numpy as np
import pytest

from aecore import checkpoints, datasets
from aecore.checkpoints import encodings
from aecore.projection import code_questions, code_sources, neighbourhood_quality, stored_maps
from aecore.projection.code_sources import Source
from aecore.specs import CodesSpec, ModelSpec, ProjectionSpec, SpecError

N = 600


def source(name="deep-32", **more):
    return Source(CodesSpec(name, n_codes=N, **more))


@pytest.mark.parametrize("name", ["deep-32", "vae-16", "conv-128"])
def test_codes_are_what_the_encoder_makes_of_the_test_images(name):
    model = checkpoints.load(name)
    x = datasets.load_test("mnist")[0][:N]
    expected = np.asarray(model.encode(x.astype(np.float32) / 255)).reshape(N, -1)
    assert np.allclose(code_sources.codes(source(name)), expected, atol=2e-3)


def test_pixels_are_the_images_themselves():
    x = datasets.load_test("fashion_mnist")[0][:N]
    z = code_sources.codes(source("pixels", dataset="fashion_mnist"))
    assert np.array_equal(np.rint(z * 255).astype(np.uint8), x.reshape(N, -1))


@pytest.mark.parametrize("family", ["dense", "conv"])
def test_a_run_brings_its_own_network(family):
    from aecore import models

    spec = ModelSpec(family, 20, (8, 8) if family == "conv" else ())
    model = models.build(spec, seed=4)
    weights = tuple(model.get_weights())
    found = code_sources.codes(Source(CodesSpec("run", n_codes=N), "abc@7", spec), weights)
    x = datasets.load_test("mnist")[0][:N].astype(np.float32) / 255
    assert np.allclose(found, np.asarray(model.encode(x)), atol=1e-4)


def test_a_fashion_set_has_as_many_codes_as_it_has_images():
    assert CodesSpec("pixels", "fashion_mnist", 10_000).n_codes == len(datasets.load_test("fashion_mnist")[0])


def test_unknown_codes_are_refused_in_a_sentence():
    assert code_sources.check(CodesSpec("vae-2")).codes == "vae-2"
    with pytest.raises(SpecError, match=r"Codes must be one of .*; got `'denoise-digits'`"):
        code_sources.check(CodesSpec("denoise-digits"))


def test_pca_is_the_best_plane():
    z = code_sources.codes(source())
    linear = code_questions.pca_map(source())
    centred = z - z.mean(axis=0)
    variances = np.linalg.eigvalsh(centred.T @ centred / (N - 1))[::-1]
    assert linear.explained == pytest.approx(variances[:3] / variances.sum(), rel=1e-3)
    assert linear.xyz.var(axis=0, ddof=1) == pytest.approx(variances[:3], rel=1e-3)
    image = datasets.load_test("mnist")[0][5]
    assert code_questions.place_on_pca(source(), image.tobytes()) == pytest.approx(linear.xyz[5], abs=1e-3)


def test_two_numbers_have_no_third_component():
    linear = code_questions.pca_map(source("deep-2"))
    assert not linear.xyz[:, 2].any()
    assert linear.explained.sum() == pytest.approx(1)


def test_a_point_is_inspected_and_its_nearest_are_the_nearest_codes():
    z, x = code_sources.codes(source()), datasets.load_test("mnist")[0]
    found = code_questions.inspect(source(), x[3].tobytes(), 3)
    distances = np.linalg.norm(z - z[3], axis=1)
    assert list(found.nearest) == list(np.argsort(distances)[1:9])
    assert found.distances == pytest.approx(np.sort(distances)[1:9], abs=1e-3)
    assert np.array_equal(found.x_hat, encodings.reconstruct("deep-32", x[3:4])[0])
    drawn = code_questions.inspect(
        source(), x[3].tobytes(), None
    )  # the same picture, drawn by somebody: nothing is left out
    assert drawn.nearest[0] == 3


def test_the_mean_of_a_group_is_decoded():
    group = (1, 5, 8)
    z = code_sources.codes(source())[list(group)].mean(axis=0)
    assert np.array_equal(
        code_questions.decoded_mean(source(), group), encodings.dense_network("deep-32").draw(z[None])[0]
    )
    x = datasets.load_test("mnist")[0][list(group)]
    mean = code_questions.decoded_mean(source("pixels"), group)
    assert np.abs(mean.astype(float) - x.mean(axis=0)).max() <= 0.51


def test_a_digit_is_placed_among_its_own():
    whole = Source(CodesSpec("deep-32"))
    made, _ = stored_maps.load(whole.spec)
    x, labels = datasets.load_test("mnist")
    new = range(9_000, 9_100)  # not on the map
    places = [code_questions.place(whole, x[i].tobytes(), "shipped", made.xy) for i in new]
    z = encodings.dense_network("deep-32").encode(x[new])

    def right(points, queries):
        votes = [labels[neighbourhood_quality.nearest_to(points, query, 5)[0]] for query in queries]
        return sum(np.bincount(vote).argmax() == labels[i] for vote, i in zip(votes, new, strict=True))

    assert right(made.xy, places) >= right(code_sources.codes(whole), z) - 5


# Slices of t-SNE, as the worker computes them.


def test_slices_continue_each_other():
    spec = ProjectionSpec(perplexity=10, iterations=100)
    first, _ = code_questions.descend(source(), spec, None, 30)
    second, kl = code_questions.descend(source(), spec, first, 20)
    whole, kl_whole = code_questions.descend(source(), spec, None, 50)
    assert (second.iteration, kl) == (50, kl_whole)
    assert np.array_equal(second.xy, whole.xy)


def test_neighbourhoods_make_room_and_are_found_again(monkeypatch):
    spec = ProjectionSpec(perplexity=10, iterations=100)
    cache = code_sources.NEIGHBOURHOODS
    cache.clear()
    first, _ = code_questions.descend(source(), spec, None, 10)
    one = code_sources.neighbourhoods(source(), spec.perplexity)
    assert 0 < one.nbytes == 2 * (one.affinities.data.nbytes + one.affinities.indices.nbytes + 4 * (N + 1))
    monkeypatch.setattr(cache, "max_bytes", 2.5 * one.nbytes)
    for name in ("deep-2", "deep-8", "deep-16"):
        code_questions.descend(source(name), spec, None, 5)
    assert [of.spec.codes for of, _ in cache.recent()] == ["deep-8", "deep-16"]
    second, _ = code_questions.descend(source(), spec, first, 10)
    whole, _ = code_questions.descend(source(), spec, None, 20)
    assert np.array_equal(second.xy, whole.xy)


# How far a map can be believed.


@pytest.fixture(scope="module")
def measured():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((300, 12)).astype(np.float32)
    labels = rng.integers(0, 4, 300).astype(np.uint8)
    xy = z[:, :2] + 0.1 * rng.standard_normal((300, 2))
    return z, xy, labels, neighbourhood_quality.measure(z, xy, labels)


def test_trustworthiness_is_scikit_learns(measured):
    from sklearn.manifold import trustworthiness

    z, xy, _, found = measured
    assert found.trustworthiness == pytest.approx(trustworthiness(z, xy, n_neighbors=neighbourhood_quality.K), abs=1e-5)
    assert ((found.trust >= 0) & (found.trust <= 1)).all()


def test_knn_accuracy_is_scikit_learns(measured):
    from sklearn.neighbors import KNeighborsClassifier

    z, xy, labels, found = measured
    for points, right in ((z, found.right_in_codes), (xy, found.right_on_map)):
        votes = [
            KNeighborsClassifier(5).fit(np.delete(points, i, 0), np.delete(labels, i)).predict(points[i : i + 1])[0]
            for i in range(60)
        ]
        assert np.array_equal(np.array(votes) == labels[:60], right[:60])


def test_a_map_that_is_the_codes_keeps_everything(measured):
    z, _, labels, _ = measured
    found = neighbourhood_quality.measure(z, z, labels)
    assert found.trustworthiness == 1
    assert (found.overlap == 1).all()
    assert np.array_equal(found.right_in_codes, found.right_on_map)


def test_chunks_leave_no_trace(measured, monkeypatch):
    z, xy, labels, found = measured
    monkeypatch.setattr(neighbourhood_quality, "CHUNK_CELLS", 7 * 300)
    for name, values in dataclasses.asdict(neighbourhood_quality.measure(z, xy, labels)).items():
        assert np.array_equal(values, getattr(found, name))


# The maps that are shipped.


@pytest.mark.parametrize("spec", stored_maps.specs(), ids=lambda spec: f"{spec.codes}-{spec.dataset}")
def test_a_map_is_shipped_for_every_checkpoint_with_codes_and_made_from_its_weights(spec):
    made, linear = stored_maps.load(spec)
    assert made.xy.shape == (spec.n_codes, 2)
    assert linear.xyz.shape == (spec.n_codes, 3)
    assert 0.2 < made.kl_divergence < 3
    assert 0 < linear.explained.sum() <= 1 + 1e-6
    known = stored_maps.manifest()[stored_maps.stem(spec)]
    assert known["weights_sha256"] == stored_maps.weights_hash(spec)
    # Most digits have their like beside them.
    labels = Source(spec).images[1]
    sample = np.linspace(0, spec.n_codes - 1, 200).astype(int)
    beside = [labels[neighbourhood_quality.nearest_to(made.xy, made.xy[i], 2)[0][1]] for i in sample]
    assert (np.array(beside) == labels[sample]).mean() > 0.45  # two numbers tell clothes apart about so well


def test_other_codes_have_no_shipped_map():
    assert stored_maps.load(CodesSpec("deep-32", n_codes=1_000)) is None
    assert stored_maps.load(CodesSpec("deep-32", "fashion_mnist")) is None
