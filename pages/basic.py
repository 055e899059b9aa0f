"""Dense autoencoders, trained live."""

import streamlit as st

from aecore import checkpoints
from aecore.specs import BATCH_SIZES, ModelSpec, TrainSpec, presets
from pages.shared import controls
from pages.shared.app import problems, startup, state
from pages.shared.training import keras_code, panel

PAGE = "basic"
CONTROLS_WIDTH, DRAWING_WIDTH = 470, 580  # pixels; side by side where there is room
PRESETS = {
    "Basic": presets.BASIC,
    "Sparse": presets.SPARSE,
    "Deep": presets.DEEP,
}
PRESET_WORDS = {
    "Basic": "One layer in, one layer out: the smallest autoencoder there is.",
    "Sparse": "As Basic, but activity in the code costs a little: only a few numbers are large.",
    "Deep": "Two more layers on each side: the code can stand for whole shapes.",
    None: "A network of your own.",
}


def preset_of(spec: ModelSpec) -> str | None:
    return next((name for name, preset in PRESETS.items() if preset == spec), None)


def use_preset() -> None:
    problems.clear(PAGE)
    # None where the chosen one was clicked again, which takes the choice away until the page is drawn anew.
    if chosen := state.get("basic", "preset"):
        controls.put(PAGE, PRESETS[chosen])
        controls.start_afresh(PAGE)


startup.enter()
controls.restore(PAGE)

st.title("Train an autoencoder")
st.markdown(
    "The **encoder** squeezes an image of 28 × 28 = 784 pixels into a short list of numbers, the **code**. "
    "The **decoder** has to redraw the image from the code alone. Nobody tells the network what digits are: "
    "it only learns to make its picture like the one it was shown. Press **Train** and watch."
)
problems.show(PAGE)

with st.container(horizontal=True, gap="medium"):
    left, drawing = st.container(width=CONTROLS_WIDTH), st.container(width=DRAWING_WIDTH)
with left:
    preset_place = st.container()
    sliders = st.columns(2)
    with sliders[0]:
        words = "How many numbers the decoder gets. Fewer: a smaller code, and a blurrier picture."
        code_dim = controls.slider(PAGE, "code_dim", help=words)
    with sliders[1]:
        epochs = controls.slider(PAGE, "epochs", help="How often every training image is shown.")
    start_place = st.container()
with st.expander("More settings"):
    network, data, learning = st.columns(3, gap="large")
    with network:
        widths = controls.widths(PAGE, "Hidden layers")
        activity_l1 = controls.scale(
            PAGE,
            "activity_l1",
            controls.SPARSITIES,
            "Sparsity (L1 on the code)",
            help="What each unit of activation in the code adds to the loss.",
        )
        activation = controls.choice(PAGE, "activation", help="What each unit of a hidden layer does to its sum.")
        words = "ReLU keeps the code's numbers at 0 or above; linear ones may be anything."
        code_activation = controls.choice(PAGE, "code_activation", help=words)
        seed = controls.number(PAGE, "seed", help="Decides the first weights and the order of the images.")
    with data:
        dataset = controls.dataset(PAGE)
        n_train = controls.n_train(PAGE)
        batch_size = controls.scale(PAGE, "batch_size", BATCH_SIZES, help="Images a training step looks at.")
    with learning:
        loss, optimizer, learning_rate = controls.learning(PAGE)

model_spec = ModelSpec("dense", code_dim, widths, activity_l1, activation, code_activation)
with start_place:
    start = controls.start(PAGE, model_spec)
train_spec = TrainSpec(dataset, n_train, epochs, batch_size, optimizer, learning_rate, loss, seed, start)

state.set("basic", "preset", preset_of(model_spec))
with preset_place:
    st.segmented_control(
        "Network", list(PRESETS), key="basic.preset", on_change=use_preset, label_visibility="collapsed"
    )
    further = f"{checkpoints.about(start).title}: a shipped network, trained further." if start else None
    st.caption(further or PRESET_WORDS[preset_of(model_spec)])
with drawing:
    panel.show_network(PAGE, model_spec, dataset)
panel.show(PAGE, model_spec, train_spec)

keras_code.show(PAGE, model_spec, train_spec, "autoencoder")

controls.sync_url(PAGE, model_spec, train_spec)
