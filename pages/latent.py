"""The latent space of a variational autoencoder: drag, and digits appear."""

import streamlit as st

from aecore.specs import BATCH_SIZES, ModelSpec, TrainSpec, presets
from aecore.specs.errors import UNSOUND
from pages.lessons.latent import model as latent_model
from pages.lessons.latent import sections as latent_sections
from pages.shared import controls
from pages.shared.app import following, problems, runs, startup, state
from pages.shared.controls import sections
from pages.shared.training import keras_code, panel
from pages.shared.url import links

PAGE = "latent"
DEFAULT = presets.VARIATIONAL
MODELS = {
    "vae-2": "Digits, 2 numbers",
    "vae-16": "Digits, 16 numbers",
    "fashion-vae-2": "Clothes, 2 numbers",
    latent_model.RUN: "The one trained below",
}
SECTIONS = {
    "manifold": ("The manifold", latent_sections.manifold),
    "between": ("Between two digits", latent_sections.between),
    "new": ("New digits", latent_sections.new_digits),
    "gaussian": ("The unit Gaussian", latent_sections.unit_gaussian),
    "own": ("Your own digit", latent_sections.own_digit),
    "maths": ("The maths", latent_sections.maths),
    "train": ("Train one live", None),
}
PAD_POLL_S = 2.0


def restore() -> None:
    """Set the model, the place in its space and the part of the page from the link."""
    if state.has(PAGE, "model"):
        return
    state.set(PAGE, "model", links.choice(PAGE, "model", MODELS, "vae-2"))
    state.set(PAGE, "section", links.choice(PAGE, "section", SECTIONS, "manifold"))
    if "z" in st.query_params:
        z = latent_model.parse_position(st.query_params["z"])
        if z is None or not latent_model.go_to(PAGE, z):
            problems.add(PAGE, "The link's z must be numbers with commas between them, such as 0.5,-1; it is not.")


def pad(polling: bool) -> None:
    """The pad, the digit and its nearest neighbour. A fragment: what follows a run redraws itself while that trains."""
    name = state.get(PAGE, "model")
    run = runs.current(PAGE)
    model = model_in_hand()
    if model is None and run is not None and run.snapshot().progress is not None:
        st.warning(UNSOUND)
        return
    if model is None:
        st.info(
            "No network is trained on this page yet. Open **Train one live** below and press **Train**; the plane "
            "follows it as it learns."
        )
        return
    with st.container():
        if name == latent_model.RUN:
            latent_model.carry(model)
    latent_model.pad(PAGE, model, latent_sections.mark_of(PAGE, model))
    if name == latent_model.RUN and run is not None:
        snapshot = run.snapshot()
        if snapshot.status == "diverged":
            st.warning(snapshot.error)
        st.caption(
            f"The network as it was after {snapshot.progress.epoch:.1f} epochs; its plane shows the codes of test "
            "images."
        )
    z = latent_model.position(PAGE, model)
    put_in_link("z", ",".join(f"{value:g}" for value in z) if any(z) else None)
    if polling and run is not None and not run.snapshot().changing:
        st.rerun()  # once more in full, so that the polling ends


def model_in_hand() -> latent_model.LatentModel | None:
    name = state.get(PAGE, "model")
    if name != latent_model.RUN:
        return latent_model.of_checkpoint(name)
    run = runs.current(PAGE)
    return latent_model.of_run(run) if run is not None else None


def put_in_link(name: str, value: str | None) -> None:
    """Let the link say it, or with None not mention it. Only what has changed is written: the pad polls."""
    if state.get(PAGE, f"link.{name}", "") == value:
        return
    state.set(PAGE, f"link.{name}", value)
    if value is not None:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def train() -> None:
    """The controls of a VAE, its training, and its Keras code."""
    st.markdown(
        "The loss is **reconstruction_loss + β · kl_loss**. With β = 0 it is nearly a plain autoencoder; a large β "
        "presses all codes into the same standard Gaussian until they say nothing. Press **Train**, and "
        "the plane above follows the training."
    )
    network, data, learning = st.columns(3, gap="large")
    with network:
        beta = controls.slider(PAGE, "beta", "β, the weight of the KL", step=0.1)
        code_dim = controls.slider(PAGE, "code_dim", "Latent numbers")
        widths = controls.widths(PAGE, "Hidden layers")
        activation = controls.choice(PAGE, "activation", help="What each unit of a hidden layer does to its sum.")
    model_spec = ModelSpec("vae", code_dim, widths, 0.0, activation, beta=beta)
    with data:
        dataset = controls.dataset(PAGE)
        n_train = controls.n_train(PAGE)
        batch_size = controls.scale(PAGE, "batch_size", BATCH_SIZES, help="Images a training step looks at.")
        seed = controls.number(PAGE, "seed", help="Decides weights, order of the images, and the dice.")
    with learning:
        start = controls.start(PAGE, model_spec)
        epochs = controls.slider(PAGE, "epochs", help="How often every training image is shown.")
        optimizer = controls.optimizer(PAGE)
        learning_rate = controls.scale(PAGE, "learning_rate", controls.LEARNING_RATES)
    train_spec = TrainSpec(dataset, n_train, epochs, batch_size, optimizer, learning_rate, seed=seed, start=start)
    panel.show(PAGE, model_spec, train_spec)
    keras_code.show(PAGE, model_spec, train_spec, "vae")
    controls.sync_url(PAGE, model_spec, train_spec, DEFAULT)


def follow_new_run() -> None:
    """Once a run is begun on this page, the pad shows that one."""
    run = runs.current(PAGE)
    if run is not None and state.get(PAGE, "followed", None) != run.run_id:
        state.set(PAGE, "followed", run.run_id)
        state.set(PAGE, "model", latent_model.RUN)


startup.enter()
for name in ("z", "model", "section"):
    state.pop(PAGE, f"link.{name}")  # a switch of pages has emptied the link
restore()
controls.restore(PAGE, DEFAULT)
follow_new_run()

st.title("The latent space: drag, and digits appear")
st.markdown(
    "A **variational** autoencoder (VAE) is trained so that every place in its space of codes means something. "
    "**Drag over the plane**: the decoder draws whatever lies under your finger, here in your browser."
)
problems.show(PAGE)
st.segmented_control(
    "Network", list(MODELS), format_func=MODELS.get, key=f"{PAGE}.model", required=True, persist_state="session"
)
marks = following.resting(PAGE)
pad_place = st.container()
section, draw = sections.choose(PAGE, SECTIONS)
if section == "train":
    train()
elif (model := model_in_hand()) is not None:
    draw(PAGE, model)

# Behind the rest, because the digit that is chosen there is marked here.
run = runs.current(PAGE)
follows = state.get(PAGE, "model") == latent_model.RUN and run is not None and run.snapshot().changing
with pad_place:
    with st.container():
        if state.get(PAGE, "model") != latent_model.RUN:
            latent_model.carry(model_in_hand())
    st.fragment(pad, run_every=PAD_POLL_S if follows else None)(follows)
if section != "train":  # there the panel follows it
    following.follow(marks)
put_in_link("model", None if state.get(PAGE, "model") == "vae-2" else state.get(PAGE, "model"))
put_in_link("section", None if section == "manifold" else section)
