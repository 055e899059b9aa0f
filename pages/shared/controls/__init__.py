"""Controls for specs: ranges and words come from the specs, values live in the session and in the link."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, NoReturn

import streamlit as st

from aecore import checkpoints
from aecore.specs import (
    DATASETS,
    LESSON_FILTERS,
    MAX_MAPS,
    NO_NOISE,
    NOISES,
    ModelSpec,
    SpecError,
    TrainSpec,
    default_rate,
    format_value,
    format_widths,
    parse_widths,
    quote,
)
from pages.shared.app import problems, runs, state
from pages.shared.url import links

LABELS = {
    "mnist": "Digits (MNIST)",
    "fashion_mnist": "Clothes (Fashion-MNIST)",
    "adam": "Adam",
    "adadelta": "Adadelta",
    "rmsprop": "RMSprop",
    "sgd": "SGD with momentum",
    "binary_crossentropy": "Binary cross-entropy",
    "mse": "Squared error",
    "relu": "ReLU",
    "gelu": "GELU",
    "tanh": "tanh",
    "linear": "none (linear)",
    "max_pooling": "Max pooling",
    "strides": "Strides of 2",
    "upsampling": "Upsampling",
    "transposed": "Transposed convolutions",
}
MAPS, DENSE_CODE = "maps", "dense"
LEARNING_RATES = (0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
SPARSITIES = (0.0, 1e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3)
IMAGE_COUNTS = (1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000)
MAX_WRITTEN = 100
MODEL, TRAIN = ModelSpec(), TrainSpec()
NOISE_LABELS = {
    "gaussian": "Gaussian",
    "salt_and_pepper": "Salt and pepper",
    "speckle": "Speckle",
    "masking": "Missing pixels",
    "square": "Missing square",
    "blur": "Blur",
}
_FIELDS = {field.name: field for spec in (ModelSpec, TrainSpec) for field in dataclasses.fields(spec)}


def restore(
    page: str, default: ModelSpec = MODEL, train_default: TrainSpec = TRAIN, families: tuple[str, ...] = ()
) -> None:
    """Set the page's controls and its run from the link it was opened with, or keep what the session has.

    `default`, `train_default`: what this page begins with. It trains networks of these `families`, by default of that
    of `default` alone, and with noise if `train_default` has noise.

    Values of the link that are out of range become sentences for `problems.show`.
    """
    put(page, *state.pop(page, "wanted", ()))
    query = {name: text for name, text in st.query_params.to_dict().items() if name in _FIELDS or name == "run"}
    # What a page itself wrote may come back late, after the visitor has moved on, be it to another page: no new link.
    if query in state.setdefault("links", "written", []):
        query = {}
    if not query and state.get(page, "restored", None):
        return
    state.set(page, "restored", True)
    families = families or (default.family,)
    run = runs.open_linked(page, query.pop("run", None), families, train_default.noise_spec is not None)
    if run is not None and not query:
        put(page, run.model_spec, run.train_spec)
        return
    query = _of_start(query, families) | query
    if query.get("family") not in families:
        query["family"] = default.family
    if train_default.noise_spec is not None and query.get("noise") == NO_NOISE:
        del query["noise"]
    for spec, base in ((ModelSpec, _base(default, query["family"])), (TrainSpec, train_default)):
        restored, sentences = spec.from_query(query, base)
        if isinstance(restored, TrainSpec) and restored.start not in ("", *_starts(families)):
            sentences.append(
                f"Start from must be one of {', '.join(_starts(families))}, but {quote(restored.start)} came. "
                "Training starts from random weights instead."
            )
            restored = dataclasses.replace(restored, start="")
        put(page, restored)
        for sentence in sentences:
            problems.add(page, sentence)


def _base(default: ModelSpec, family: str) -> ModelSpec:
    """What a link's settings of a network differ from: the page's default, or that of another family."""
    return default if family == default.family else ModelSpec(family)


def _starts(families: tuple[str, ...]) -> tuple[str, ...]:
    every = (checkpoints.about(name) for name in checkpoints.names())
    return tuple(a.name for a in every if a.model_spec.family in families and a.train_spec is not None)


def _of_start(query: dict[str, str], families: tuple[str, ...]) -> dict[str, str]:
    """What a link means that names a checkpoint to start from: its network and its data set."""
    if query.get("start") not in _starts(families):
        return {}
    about = checkpoints.about(query["start"])
    model = {f.name: format_value(getattr(about.model_spec, f.name)) for f in dataclasses.fields(ModelSpec)}
    return model | {"dataset": about.train_spec.dataset}


def put(page: str, *specs: ModelSpec | TrainSpec) -> None:
    """Set the controls to these specs."""
    for spec in specs:
        for field in dataclasses.fields(spec):
            value = getattr(spec, field.name)
            state.set(page, field.name, format_widths(value) if field.name == "widths" else value)


def put_and_rerun(page: str, *specs: ModelSpec | TrainSpec) -> NoReturn:
    """As `put`, from inside a fragment: what that sets itself, the browser's own values would replace on the way."""
    state.set(page, "wanted", specs)
    st.rerun()


def sync_url(
    page: str,
    model_spec: ModelSpec,
    train_spec: TrainSpec,
    default: ModelSpec = MODEL,
    train_default: TrainSpec = TRAIN,
    **more: str,
) -> None:
    """Let the link say what is on screen: every setting that is not the page's default, the run, and what is `more`."""
    run = runs.current(page)
    others = {name: text for name, text in st.query_params.to_dict().items() if name not in _FIELDS and name != "run"}
    query = model_spec.to_query(_base(default, model_spec.family)) | train_spec.to_query(train_default)
    query |= {"family": model_spec.family} if model_spec.family != default.family else {}
    # A link that names a checkpoint means its settings; what is set differently has to be said, default or not.
    for name, of_start in _of_start(query, (model_spec.family,)).items():
        spec = model_spec if hasattr(model_spec, name) else train_spec
        if (now := format_value(getattr(spec, name))) != of_start:
            query[name] = now
    query |= {"run": run.run_id} if run else {}
    written = state.get("links", "written")
    if query not in written:
        written.append(query)
        del written[:-MAX_WRITTEN]
    links.write(others | more | query)


def value(page: str, name: str) -> Any:
    """The present value of a control."""
    return state.get(page, name)


def _key(page: str, name: str) -> str:
    return f"{page}.{name}"


def _common(page: str, name: str, label: str | None, **kwargs: Any) -> dict[str, Any]:
    kwargs.setdefault("on_change", problems.clear)
    kwargs.setdefault("args", (page,))
    return {
        "label": label or _FIELDS[name].metadata["label"],
        "key": _key(page, name),
        "persist_state": "session",
        **kwargs,
    }


def slider(page: str, name: str, label: str | None = None, **kwargs: Any) -> Any:
    """A slider over the setting's whole range."""
    domain = _FIELDS[name].metadata["domain"]
    kind = type(_FIELDS[name].default)
    return st.slider(min_value=kind(domain.low), max_value=kind(domain.high), **_common(page, name, label, **kwargs))


def number(page: str, name: str, label: str | None = None, **kwargs: Any) -> Any:
    """A box for a whole number of the setting's range."""
    domain = _FIELDS[name].metadata["domain"]
    return st.number_input(
        min_value=int(domain.low), max_value=int(domain.high), step=1, **_common(page, name, label, **kwargs)
    )


def choice(page: str, name: str, label: str | None = None, **kwargs: Any) -> Any:
    """A list of the setting's values."""
    options = _FIELDS[name].metadata["domain"].values
    kwargs.setdefault("format_func", lambda option: LABELS.get(option, str(option)))
    return st.selectbox(options=options, **_common(page, name, label, **kwargs))


def scale(page: str, name: str, marks: Sequence[Any], label: str | None = None, **kwargs: Any) -> Any:
    """A slider over marks; a value of a link that lies between two of them gets a mark of its own."""
    options = sorted({*marks, value(page, name)})
    kwargs.setdefault("format_func", lambda option: f"{option:,g}")
    return st.select_slider(options=options, **_common(page, name, label, **kwargs))


def widths(page: str, label: str | None = None) -> tuple[int, ...]:
    """A box for the hidden layers' widths. Text that describes none gets one sentence, and the layers are left out."""
    text = st.text_input(
        placeholder="none",
        help="Units of the encoder's hidden layers, with hyphens between them; the decoder mirrors them. "
        "128-64 gives 784 → 128 → 64 → code → 64 → 128 → 784. Empty: the code alone.",
        **_common(page, "widths", label),
    )
    try:
        try:
            parsed = parse_widths(text)
        except ValueError:
            parsed = text
        return ModelSpec(widths=parsed).widths
    except SpecError as error:
        st.warning(f"{error} The network is built without hidden layers.")
        return ()


def filters(page: str, label: str | None = None) -> tuple[int, ...]:
    """A box for the filters of a convolutional network. Text that describes none gets one sentence, and the lesson's
    are taken."""
    text = st.text_input(
        placeholder=format_widths(LESSON_FILTERS),
        help="How many filters each of the encoder's convolutions has, with hyphens between them; each halves the "
        "picture, and the decoder mirrors them. One to four numbers.",
        **_common(page, "widths", label),
    )
    try:
        try:
            parsed = parse_widths(text)
        except ValueError:
            parsed = text
        return ModelSpec("conv", widths=parsed).widths
    except SpecError as error:
        st.warning(f"{error} The network is built with {format_widths(LESSON_FILTERS)} filters.")
        return LESSON_FILTERS


def convolutional_code(page: str, widths: tuple[int, ...]) -> int:
    """What the code of a convolutional network of these filters is, and so how many numbers it has."""
    n_maps = math.prod(ModelSpec("conv", widths=widths).pooled_shape)
    # Set by a preset, a link, a run or the slider.
    if state.get(page, "code_seen", None) != state.get(page, "code_dim"):
        state.set(page, "code_kind", MAPS if state.get(page, "code_dim") == n_maps else DENSE_CODE)

    def use_usual_size() -> None:
        problems.clear(page)
        state.set(page, "code_dim", ModelSpec.code_dim)
        state.set(page, "code_seen", ModelSpec.code_dim)

    too_many = n_maps > MAX_MAPS
    _put_maps_aside(page, n_maps, too_many)
    if too_many:
        st.warning(
            f"With {format_widths(widths)} filters the last feature maps have {n_maps:,} numbers, and a code may have "
            f"at most {MAX_MAPS:,}. So it is a dense layer's; with fewer filters, or another layer of them, the maps "
            "can be the code."
        )
    kind = st.segmented_control(
        "The code is",
        [DENSE_CODE] if too_many else [MAPS, DENSE_CODE],
        format_func={MAPS: f"the last feature maps: {n_maps} numbers", DENSE_CODE: "a dense layer's"}.get,
        key=state.key(page, "code_kind"),
        required=True,
        persist_state="session",
        on_change=use_usual_size,
        help="What the encoder ends with, and all that the decoder gets.",
    )
    if kind == MAPS:
        state.set(page, "code_dim", n_maps)
    else:
        domain = _FIELDS["code_dim"].metadata["domain"]
        state.set(page, "code_dim", min(state.get(page, "code_dim"), int(domain.high)))
        slider(page, "code_dim", help="How many numbers the decoder gets.")
    state.set(page, "code_seen", state.get(page, "code_dim"))
    return state.get(page, "code_dim")


def _put_maps_aside(page: str, n_maps: int, too_many: bool) -> None:
    """Let a code of feature maps be a dense one while there are too many of them, and be of maps again afterwards."""
    if too_many and state.get(page, "code_kind") == MAPS:
        state.set(page, "code_kind", DENSE_CODE)
        state.set(page, "code_dim", ModelSpec.code_dim)
        state.set(page, "maps_aside", ModelSpec.code_dim)
    elif not too_many and state.pop(page, "maps_aside") == state.get(page, "code_dim"):
        state.set(page, "code_kind", MAPS)
        state.set(page, "code_dim", n_maps)


def dataset(page: str) -> str:
    """The data set; the number of training images follows if there are fewer."""

    def limit_images() -> None:
        problems.clear(page)
        size = DATASETS[value(page, "dataset")]
        state.set(page, "n_train", min(value(page, "n_train"), size))

    words = "What is learned: handwritten digits, or pictures of clothes and shoes."
    return choice(page, "dataset", help=words, on_change=limit_images, args=())


def n_train(page: str) -> int:
    """The number of training images, up to what the chosen data set has."""
    size = DATASETS[value(page, "dataset")]
    marks = [count for count in IMAGE_COUNTS if count <= size]
    return scale(page, "n_train", marks, help="Fewer images train faster and generalise worse.")


def optimizer(page: str) -> str:
    """The optimizer; the learning rate goes to its default for this network's loss when it changes."""

    def usual_rate() -> None:
        problems.clear(page)
        rate = default_rate(value(page, "optimizer"), value(page, "family"))
        state.set(page, "learning_rate", rate)

    words = "The rule by which the weights are changed after each batch. Adam is a good first choice."
    return choice(page, "optimizer", help=words, on_change=usual_rate, args=())


def learning(page: str) -> tuple[str, str, float]:
    """Loss, optimizer and learning rate."""
    words = "How the distance between image and redrawn image is measured; training makes it small."
    loss = choice(page, "loss", help=words)
    rule = optimizer(page)
    words = "How far each step goes. Too small: it learns slowly. Too large: it learns nothing."
    return loss, rule, scale(page, "learning_rate", LEARNING_RATES, help=words)


def start_afresh(page: str) -> None:
    """Set the page to start from random weights."""
    state.set(page, "start", "")


def model(page: str) -> ModelSpec:
    """The network that `put` has set, for a page without controls of its own for each of its settings."""
    values = {field.name: value(page, field.name) for field in dataclasses.fields(ModelSpec)}
    return ModelSpec(**values | {"widths": parse_widths(values["widths"])})


def noise(page: str) -> tuple[str, float]:
    """The noise that is trained against: its kind and amount."""

    def usual_amount() -> None:
        problems.clear(page)
        state.set(page, "noise_amount", TrainSpec.noise_amount)  # no more than any kind may have

    kind = st.selectbox(
        options=list(NOISES),
        format_func=NOISE_LABELS.get,
        **_common(page, "noise", "Noise to train against", on_change=usual_amount, args=()),
    )
    unit, most, _ = NOISES[kind]
    return kind, st.slider(
        min_value=0.0, max_value=most, step=0.01, **_common(page, "noise_amount", f"Its amount: {unit}")
    )


def start(page: str, model_spec: ModelSpec, families: tuple[str, ...] = ()) -> str:
    """What weights to start from: random ones, or a checkpoint's; choosing one sets the network to the checkpoint's.

    `families`: whose checkpoints are offered, by default those of the family of `model_spec`.

    A checkpoint that does not fit the controls' network gets one sentence, and training starts from random weights.
    """

    def use_network() -> None:
        problems.clear(page)
        if state.get(page, "start"):
            about = checkpoints.about(state.get(page, "start"))
            put(page, about.model_spec)
            state.set(page, "dataset", about.train_spec.dataset)
            size = DATASETS[about.train_spec.dataset]
            state.set(page, "n_train", min(value(page, "n_train"), size))

    chosen = st.selectbox(
        options=["", *_starts(families or (model_spec.family,))],
        format_func=lambda name: checkpoints.about(name).title if name else "Random weights",
        help="Train a shipped network further: the controls take its settings, its learned weights are the start.",
        **_common(page, "start", None, on_change=use_network, args=()),
    )
    if chosen and not checkpoints.fits(chosen, model_spec):
        st.warning(
            f"{checkpoints.about(chosen).title} is another network than the one set here, so its weights do not fit: "
            "training starts from random weights. Choose it again to take its network."
        )
        return ""
    return chosen
