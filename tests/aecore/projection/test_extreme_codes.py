"""Codes of any magnitude get a map that can be believed, or one sentence; never a map of no numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aecore import projection
from aecore.projection import code_questions, code_sources, neighbourhood_quality
from aecore.projection.code_sources import Source
from aecore.specs import INITIALISATIONS, RUN, CodesSpec, ModelSpec, ProjectionSpec, SpecError

N, CLASSES = 90, 3
LABELS = np.repeat(np.arange(CLASSES), N // CLASSES)


def clusters(seed: int = 0, dims: int = 4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(CLASSES, dims))[LABELS] * 8 + rng.normal(size=(N, dims))


@pytest.mark.parametrize("initialisation", INITIALISATIONS)
@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e12, 1e19, 1e25, 1e37])
def test_a_map_does_not_depend_on_the_unit_of_the_codes(scale, initialisation):
    z = clusters().astype(np.float32)
    scaled = z * np.float32(scale)
    spec = ProjectionSpec(perplexity=8, iterations=100, initialisation=initialisation)
    made = projection.project(scaled, spec)
    assert np.isfinite(made.xy).all()
    found = neighbourhood_quality.measure(scaled, made.xy, LABELS)
    plain = neighbourhood_quality.measure(z, projection.project(z, spec).xy, LABELS)
    assert 0.9 < found.trustworthiness < 1
    assert found.trustworthiness == pytest.approx(plain.trustworthiness, abs=0.03)
    assert found.knn_accuracy_map > 0.95
    at = projection.place(scaled, made.xy, scaled[0])
    assert LABELS[np.linalg.norm(made.xy - at, axis=1).argmin()] == LABELS[0]


@given(
    st.lists(st.floats(-44, 38), min_size=4, max_size=4),
    st.sampled_from(INITIALISATIONS),
    st.sampled_from(["", "outlier", "copies", "constant", "offset"]),
    st.integers(0, 3),
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_whatever_codes_are_they_get_a_map_of_numbers_or_a_sentence(exponents, initialisation, oddity, seed):
    with np.errstate(over="ignore", under="ignore"):
        z = np.clip(clusters(seed) * 10.0 ** np.array(exponents), -3e38, 3e38).astype(np.float32)
    if oddity == "outlier":
        z[7] = 3e38
    elif oddity == "copies":
        z[10:] = z[0]
    elif oddity == "constant":
        z[:] = z[0]
    elif oddity == "offset":
        z += np.float32(1e9)
    try:
        made = projection.project(z, ProjectionSpec(perplexity=8, iterations=100, initialisation=initialisation))
    except SpecError as error:
        made, sentence = None, str(error)
    if made is None:
        assert sentence.endswith(".")
        return
    assert np.isfinite(made.xy).all()
    assert np.isfinite(made.kl_divergence)
    found = neighbourhood_quality.measure(z, made.xy, LABELS)
    assert 0 <= found.trustworthiness <= 1
    assert np.isfinite(projection.place(z, made.xy, z[3])).all()
    assert np.isfinite(projection.place(z, made.xy, np.full(4, 3e38, np.float32))).all()
    assert np.isfinite(projection.place(z, made.xy, np.zeros(4, np.float32))).all()


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_principal_components_do_not_depend_on_the_unit_either(scale, monkeypatch):
    z = (clusters() * scale).astype(np.float32)
    monkeypatch.setattr(code_sources, "codes", lambda source, weights=None: z)
    source = Source(CodesSpec(RUN, "mnist", 500), f"extreme {scale:g}", ModelSpec(code_dim=4))
    found = code_questions.pca_map(source)
    assert np.isfinite(found.xyz).all()
    assert found.explained.sum() == pytest.approx(_explained(clusters()), abs=1e-4)


def _explained(z: np.ndarray) -> float:
    values = np.linalg.eigvalsh(np.cov(z.T))
    return values[-3:].sum() / values.sum()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_a_number_is_judged_and_placed_by_a_sentence(bad):
    z, xy = clusters(), clusters(1, 2)
    spoilt = xy.copy()
    spoilt[3] = bad
    with pytest.raises(SpecError, match="positions on the map that are finite numbers"):
        neighbourhood_quality.measure(z, spoilt, LABELS)
    spoilt = z.copy()
    spoilt[3, 1] = bad
    with pytest.raises(SpecError, match="codes that are finite numbers"):
        neighbourhood_quality.measure(spoilt, xy, LABELS)
    for codes_, map_, point in ((spoilt, xy, z[0]), (z, xy, spoilt[3])):
        with pytest.raises(SpecError, match="finite numbers"):
            projection.place(codes_, map_, point)
