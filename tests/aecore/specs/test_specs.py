"""Settings keep to their ranges, say what is wrong in a sentence, and survive the way through a URL."""

import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aecore.specs import (
    FAMILIES,
    MAX_FILTERS,
    NO_NOISE,
    NOISES,
    Choice,
    ModelSpec,
    Name,
    NoiseSpec,
    Range,
    SpecError,
    TrainSpec,
    Widths,
    format_value,
)

SPECS = [ModelSpec, TrainSpec, NoiseSpec]
NASTY = [
    "", " ", "nan", "inf", "-inf", "1e400", "-1", "--5", "128-", "-", "5000", "9-9-9-9-9", "32.5", "0x20", "True",
    "１２", "1_0", "\x00", "\ud800", "9" * 4_300, "9" * 5_000, "x" * 10_000,
]  # fmt: skip


def valid_values(field: dataclasses.Field) -> st.SearchStrategy:
    match field.metadata["domain"]:
        case Range(low, high) if type(field.default) is int:
            return st.integers(low, high)
        case Range(low, high):
            return st.floats(low, high)
        case Choice(values):
            return st.sampled_from(values)
        case Widths():
            return st.lists(st.integers(2, 1024), max_size=4).map(tuple)
        case Name():
            return st.from_regex(r"[a-z0-9-]{0,40}", fullmatch=True)


def valid_specs(cls: type) -> st.SearchStrategy:
    values = {field.name: valid_values(field) for field in dataclasses.fields(cls)}
    if cls is TrainSpec:
        return st.sampled_from((NO_NOISE, *NOISES)).flatmap(
            lambda noise: st.builds(
                cls, **values | {"noise": st.just(noise), "noise_amount": st.floats(0, NOISES.get(noise, ("", 4.0))[1])}
            )
        )
    if cls is NoiseSpec:
        return st.sampled_from(tuple(NOISES)).flatmap(
            lambda kind: st.builds(cls, kind=st.just(kind), amount=st.floats(0, NOISES[kind][1]))
        )

    def filters(family: str) -> st.SearchStrategy:
        return st.lists(st.integers(2, MAX_FILTERS[family]), max_size=4).map(tuple)

    return st.sampled_from(FAMILIES).flatmap(
        lambda family: st.builds(
            cls, **values | {"family": st.just(family)} | ({"widths": filters(family)} if family in MAX_FILTERS else {})
        )
    )


def queries(cls: type) -> st.SearchStrategy:
    """Parameters of a URL, good and bad ones mixed."""
    bad = st.text() | st.sampled_from(NASTY) | st.from_regex(r"[-+\d., e]+")
    values = {field.name: bad | valid_values(field).map(format_value) for field in dataclasses.fields(cls)}
    return st.fixed_dictionaries({}, optional=values)


@pytest.mark.parametrize(
    ("cls", "name", "value", "expected", "given"),
    [
        (ModelSpec, "code_dim", 100_000, "Code size must be a number from 2 to 128", "100000"),
        (ModelSpec, "code_dim", "32", "Code size must be a number from 2 to 128", "'32'"),
        (ModelSpec, "code_dim", True, "Code size must be a number from 2 to 128", "True"),
        (ModelSpec, "code_dim", 32.5, "Code size must be a whole number", "32.5"),
        (ModelSpec, "activity_l1", float("nan"), "Sparsity must be a number from 0 to 0.01", "nan"),
        (ModelSpec, "activity_l1", -1e-9, "Sparsity must be a number from 0 to 0.01", "-1e-09"),
        (ModelSpec, "family", "recurrent", "Model family must be one of dense", "'recurrent'"),
        (ModelSpec, "widths", "128-", "at most 4 whole numbers from 2 to 1,024", "'128-'"),
        (ModelSpec, "widths", (5_000,), "at most 4 whole numbers from 2 to 1,024", "'5000'"),
        (ModelSpec, "widths", (64,) * 5, "at most 4 whole numbers from 2 to 1,024", "'64-64-64-64-64'"),
        (ModelSpec, "widths", (64.0,), "at most 4 whole numbers from 2 to 1,024", "(64.0,)"),
        (ModelSpec, "beta", 10.5, "β must be a number from 0 to 10", "10.5"),
        (
            TrainSpec,
            "start",
            "../basic-32",
            "Start from must be a name of lower-case letters",
            "'../basic-32'",
        ),
        (TrainSpec, "start", "x" * 41, "Start from must be a name of lower-case letters", "'xxx"),
        (TrainSpec, "learning_rate", float("inf"), "Learning rate must be a number from 1e-06 to 10", "inf"),
        (TrainSpec, "n_train", 60_001, "Training images must be a number from 1,000 to 60,000", "60001"),
        (TrainSpec, "batch_size", 100, "Batch size must be one of 32, 64, 128, 256, 512, 1024", "100"),
        (TrainSpec, "batch_size", 32.0, "Batch size must be a whole number", "32.0"),
        (TrainSpec, "seed", -1, "Seed must be a number from 0 to 999,999", "-1"),
        (TrainSpec, "dataset", ["mnist"], "Data set must be one of mnist, fashion_mnist", "['mnist']"),
    ],
)
def test_a_value_out_of_range_is_named_in_one_sentence(cls, name, value, expected, given):
    with pytest.raises(SpecError) as caught:
        cls(**{name: value})
    assert re.fullmatch(rf".*{re.escape(expected)}.*; got .*{re.escape(given)}.*\.", str(caught.value))


@pytest.mark.parametrize(("name", "value"), [("code_dim", 10**5_000), ("widths", (10**5_000,))], ids=["int", "widths"])
def test_a_number_too_long_for_python_to_print_is_refused_like_any_other(name, value):
    with pytest.raises(SpecError):
        ModelSpec(**{name: value})


def test_all_images_of_a_smaller_data_set_are_fewer():
    assert TrainSpec(dataset="fashion_mnist").n_train == 10_000
    spec, problems = TrainSpec.from_query({"dataset": "fashion_mnist"})
    assert (spec.dataset, spec.n_train, problems) == ("fashion_mnist", 10_000, [])


def test_an_optimizer_comes_with_its_usual_learning_rate_unless_one_is_given():
    for query, rate in [
        ({"optimizer": "sgd"}, 0.1),
        ({"optimizer": "sgd", "learning_rate": "0.5"}, 0.5),
        ({"learning_rate": "0.5"}, 0.5),
    ]:
        assert TrainSpec.from_query(query)[0].learning_rate == rate


def test_the_last_batch_of_an_epoch_may_be_smaller():
    assert TrainSpec(n_train=1_000, batch_size=256).steps_per_epoch == 4
    assert TrainSpec(n_train=1_024, batch_size=256).steps_per_epoch == 4
    assert TrainSpec(n_train=1_025, batch_size=256).steps_per_epoch == 5


@pytest.mark.parametrize("cls", SPECS)
def test_only_what_differs_from_the_default_is_in_the_url(cls):
    assert cls().to_query() == {}
    assert cls.from_query({"utm_source": "mail"}) == (cls(), [])


@pytest.mark.parametrize("cls", SPECS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_every_spec_survives_the_url(cls, data):
    spec = data.draw(valid_specs(cls))
    assert cls.from_query(spec.to_query()) == (spec, [])


@pytest.mark.parametrize("cls", SPECS)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_bad_parameter_costs_only_itself_and_a_sentence(cls, data):
    query = data.draw(queries(cls))
    spec, problems = cls.from_query(query)
    complaints = []
    expected = {}
    # How wide layers may be hangs on the family, how many images there are on the data set, how much noise there may
    # be on its kind; all else stands alone.
    first = ("family", "dataset", "noise", "kind")
    base, _ = cls.from_query({name: text for name, text in query.items() if name in first})
    for name, text in query.items():
        alone, complaint = cls.from_query({name: text}, cls() if name in first else base)
        expected[name] = getattr(alone, name)
        complaints += complaint
        assert not complaint or (len(complaint) == 1 and expected[name] in (getattr(base, name), getattr(cls(), name)))
    assert sorted(problems) == sorted(complaints)
    together = cls(**expected)
    assert {name: getattr(spec, name) for name in query} == {name: getattr(together, name) for name in query}


@pytest.mark.parametrize("cls", SPECS)
@pytest.mark.parametrize("text", ["9" * 4_300, "x" * 10_000], ids=["number", "text"])
def test_a_sentence_quotes_no_more_than_a_visitor_reads(cls, text):
    _, problems = cls.from_query({field.name: text for field in dataclasses.fields(cls)})
    assert problems
    assert max(map(len, problems)) < 300


def test_a_convolutional_network_without_filters_is_the_lessons():
    spec = ModelSpec("conv", 128)
    assert spec.widths == (16, 8, 8)
    assert spec.pooled_shape == (4, 4, 8)
    assert spec == ModelSpec("conv", 128, (16, 8, 8))


def test_too_many_filters_are_refused_though_a_dense_layer_may_be_that_wide():
    assert ModelSpec(widths=(128,)).widths == (128,)
    with pytest.raises(SpecError, match="from 2 to 64 with a hyphen between them, such as 16-8-8; got `'128-8'`"):
        ModelSpec("conv", widths=(128, 8))


def test_the_lessons_denoising_code_is_larger_than_a_dense_one_may_be():
    spec = ModelSpec("conv", 7 * 7 * 32, (32, 32))
    assert spec.code_dim == np.prod(spec.pooled_shape)
    with pytest.raises(SpecError, match="Code size must be a number from 2 to 128"):
        ModelSpec("dense", 7 * 7 * 32)


def test_how_much_noise_there_may_be_hangs_on_its_kind():
    assert NoiseSpec("blur", 4.0).amount == 4.0
    with pytest.raises(SpecError, match=r"Amount of noise must be a number from 0 to 0\.5; got 0\.6"):
        NoiseSpec("square", 0.6)
    assert TrainSpec(noise="speckle", noise_amount=2.0).noise_spec == NoiseSpec("speckle", 2.0)
    assert TrainSpec(noise_amount=0.7) == TrainSpec()  # of no noise there is no amount
    assert TrainSpec().noise_spec is None


def test_an_architecture_is_what_decides_the_weights_shapes():
    sparse, plain = ModelSpec(activity_l1=1e-4), ModelSpec()
    assert sparse.architecture == plain.architecture
    assert ModelSpec("vae", beta=4.0).architecture == ModelSpec("vae").architecture
    assert ModelSpec(activation="gelu").architecture != plain.architecture
