"""Denoising: turn the noise up, and see how long a network still knows the digit."""

import streamlit as st

from aecore import checkpoints
from aecore.export import denoiser
from aecore.specs import BATCH_SIZES, ModelSpec, TrainSpec, presets
from aecore.tasks import denoising
from pages.lessons.denoise_digits import model
from pages.lessons.denoise_digits import sections as denoising_sections
from pages.shared import controls
from pages.shared.app import following, problems, runs, startup, state
from pages.shared.controls import sections
from pages.shared.pickers import digit_source
from pages.shared.training import keras_code, panel

PAGE = "denoise_digits"
SOURCE_WIDTH, PICTURES_WIDTH = 290, 700  # pixels; side by side where there is room
LESSONS = presets.DENOISER
PRESETS = {
    "The lesson's, 32 filters": LESSONS,
    "Dense layers": ModelSpec("dense", 64, (512, 256)),
    "U-shaped, as the shipped one": checkpoints.about(denoising.MODEL).model_spec,
}
DEFAULT = presets.LIVE_DENOISER
FAMILIES = ("conv", "dense", "unet")
SECTIONS = {
    "filters": ("Against classical filters", denoising_sections.filters),
    "curve": ("The more noise, the worse", denoising_sections.curves),
    "plain": ("A plain autoencoder", denoising_sections.plain),
    "train": ("Train one live", None),
}


def use_preset() -> None:
    problems.clear(PAGE)
    chosen = state.get(PAGE, "preset")
    if chosen:
        controls.put(PAGE, PRESETS[chosen])
    controls.start_afresh(PAGE)


def train() -> None:
    """The controls of a denoiser and its training."""
    st.markdown(
        "A denoiser is trained like any autoencoder, with one difference: what **goes in** is the image with noise, "
        "what has to **come out** is the image without. It never sees the same noise twice, so it cannot learn the "
        "noise by heart; it has to learn what digits look like. Press **Train**."
    )
    model_spec = controls.model(PAGE)
    state.set(PAGE, "preset", next((name for name, spec in PRESETS.items() if spec == model_spec), None))
    st.segmented_control(
        "Network", list(PRESETS), key=f"{PAGE}.preset", on_change=use_preset, label_visibility="collapsed"
    )
    network, data, learning = st.columns(3, gap="large")
    with network:
        kind, amount = controls.noise(PAGE)
        start = controls.start(PAGE, model_spec, FAMILIES)
    with data:
        dataset = controls.dataset(PAGE)
        n_train = controls.n_train(PAGE)
        epochs = controls.slider(PAGE, "epochs", help="How often every training image is shown.")
    with learning:
        optimizer = controls.optimizer(PAGE)
        learning_rate = controls.scale(PAGE, "learning_rate", controls.LEARNING_RATES)
        with st.popover("More"):
            batch_size = controls.scale(PAGE, "batch_size", BATCH_SIZES, help="Images a training step looks at.")
            loss = controls.choice(PAGE, "loss", help="How the distance to the clean image is measured.")
            seed = controls.number(PAGE, "seed", help="Decides the first weights, the order of the images, the noise.")
    train_spec = TrainSpec(
        dataset, n_train, epochs, batch_size, optimizer, learning_rate, loss, seed, start, kind, amount
    )
    panel.show(PAGE, model_spec, train_spec)
    keras_code.show(PAGE, model_spec, train_spec, "denoiser", denoiser.denoiser_script)
    controls.sync_url(PAGE, model_spec, train_spec, LESSONS, DEFAULT)


startup.enter()
model.restore(PAGE, SECTIONS)
controls.restore(PAGE, LESSONS, DEFAULT, FAMILIES)

st.title("Denoising: turn the noise up")
st.markdown(
    "Below is a picture, then the same under noise, and what a network makes of that **noisy picture alone**. "
    "It has learned what digits look like, so it can tell the digit from the dirt. **Drag the amount** until it fails."
)
problems_place = st.container()
with st.container(horizontal=True, gap="medium"):
    with st.container(width=SOURCE_WIDTH):
        dataset = model.dataset(PAGE)
        digit = digit_source.choose(f"{PAGE}.{dataset}", dataset, slot=model.SLOTS[dataset])
    with problems_place:
        problems.show(PAGE)
    with st.container(width=PICTURES_WIDTH):
        noise, seed = model.noise(PAGE)
        denoising_sections.answer(PAGE, digit, noise, seed, dataset == model.DATASET)

section, draw = sections.choose(PAGE, SECTIONS)
if section == "train":
    train()
else:
    marks = following.marks_of(run and run.run_id for run in (runs.current(PAGE), runs.previous(PAGE)))
    draw(PAGE, digit, noise, seed)
    following.follow(marks)
model.put_in_link(PAGE, noise, seed, dataset, section)
