"""The lesson's convolutional autoencoder: trained live, and looked into."""

import streamlit as st

from aecore.specs import BATCH_SIZES, ModelSpec, TrainSpec, presets
from pages.lessons.convolutional import race, shift
from pages.shared import controls
from pages.shared.app import problems, startup, state
from pages.shared.controls import sections
from pages.shared.inspector import feature_maps, opened_network
from pages.shared.pickers import digit_source
from pages.shared.training import keras_code, panel
from pages.shared.url import links

PAGE = "convolutional"
LESSONS, DEFAULT = presets.CONVOLUTIONAL, presets.LIVE_CONVOLUTIONAL
PRESETS = {
    "The lesson's": LESSONS,
    "Strides, transposed convolutions": ModelSpec("conv", 128, downsampling="strides", upsampling="transposed"),
    "A code of 32 numbers": ModelSpec("conv", 32),
    "Two layers, 32 filters": presets.DENOISER,
}
INSIDE, RACE, SHIFT = "inside", "race", "shift"
SECTIONS = {
    INSIDE: ("Look inside", None),
    RACE: ("Beside dense networks", None),
    SHIFT: ("Move the digit", None),
}
LOOK_WIDTH, SOURCE_WIDTH = 400, 300  # pixels; side by side where there is room


def use_preset() -> None:
    problems.clear(PAGE)
    if chosen := state.get(PAGE, "preset"):
        controls.put(PAGE, PRESETS[chosen])
    controls.start_afresh(PAGE)


startup.enter()
controls.restore(PAGE, LESSONS, DEFAULT)
opened_network.restore(PAGE)
if not state.has(PAGE, "section"):
    state.set(PAGE, "section", links.choice(PAGE, "section", SECTIONS, INSIDE))

st.title("A convolutional autoencoder")
st.markdown(
    "Instead of looking at all pixels at once, this network slides small **filters** over the image. Each makes a "
    "**feature map** of where it has found what it looks for; poolings halve the maps until a small stack is left, "
    "the **code**. The decoder goes the same way back. Nobody tells it what to look for: press **Train** and watch "
    "the filters form."
)
problems_place = st.container()

preset_place = st.container()
with st.container(horizontal=True, gap="large"):
    with st.container(width=430):
        filters = controls.filters(PAGE, "Filters")
        code_dim = controls.convolutional_code(PAGE, filters)
    with st.container(width=330):
        epochs = controls.slider(PAGE, "epochs", help="How often every training image is shown.")
        start_place = st.container()
with st.expander("More settings"):
    network, data, learning = st.columns(3, gap="large")
    with network:
        words = "How the encoder makes its maps smaller: by the largest of each four, or by steps of two pixels."
        downsampling = controls.choice(PAGE, "downsampling", help=words)
        words = "How the decoder makes its maps larger: by repeating each number, or by stamping filters apart."
        upsampling = controls.choice(PAGE, "upsampling", help=words)
        activation = controls.choice(PAGE, "activation", help="What each unit does to its sum.")
        words = "ReLU keeps the code's numbers at 0 or above; linear ones may be anything."
        code_activation = controls.choice(PAGE, "code_activation", help=words)
        activity_l1 = controls.scale(
            PAGE,
            "activity_l1",
            controls.SPARSITIES,
            "Sparsity (L1 on the code)",
            help="What each unit of activation in the code adds to the loss.",
        )
    with data:
        dataset = controls.dataset(PAGE)
        n_train = controls.n_train(PAGE)
        batch_size = controls.scale(PAGE, "batch_size", BATCH_SIZES, help="Images a training step looks at.")
        seed = controls.number(PAGE, "seed", help="Decides the first weights and the order of the images.")
    with learning:
        loss, optimizer, learning_rate = controls.learning(PAGE)

model_spec = ModelSpec(
    "conv", code_dim, filters, activity_l1, activation, code_activation,
    downsampling=downsampling, upsampling=upsampling,
)  # fmt: skip
with start_place:
    start = controls.start(PAGE, model_spec)
train_spec = TrainSpec(dataset, n_train, epochs, batch_size, optimizer, learning_rate, loss, seed, start)

state.set(PAGE, "preset", next((name for name, spec in PRESETS.items() if spec == model_spec), None))
with preset_place:
    st.segmented_control(
        "Network", list(PRESETS), key=f"{PAGE}.preset", on_change=use_preset, label_visibility="collapsed"
    )
    st.caption(opened_network.in_a_line(model_spec))
rivals = [race.rival_page(PAGE, name) for name in race.RIVALS]
panel.show(PAGE, model_spec, train_spec, beside=rivals)

section, _ = sections.choose(PAGE, SECTIONS)
look = None
if section == RACE:
    race.show(PAGE, model_spec, train_spec)
else:
    with st.container(horizontal=True, gap="large"):
        with st.container(width=LOOK_WIDTH):
            look = opened_network.choose(PAGE, with_untrained=section == INSIDE)
        with st.container(width=SOURCE_WIDTH):
            shown = opened_network.dataset(PAGE, look, dataset)
            digit = digit_source.choose(f"{PAGE}.{shown}", shown)
    if section == INSIDE:
        feature_maps.inside(PAGE, digit, look, model_spec, train_spec)
    else:
        shift.show(PAGE, digit, look)

with problems_place:  # behind the rest, as not before that is it known what this network has not got
    problems.show(PAGE)

keras_code.show(PAGE, model_spec, train_spec, "autoencoder")

controls.sync_url(PAGE, model_spec, train_spec, LESSONS, DEFAULT)
query = opened_network.in_link(PAGE, look) | ({} if section == INSIDE else {"section": section})
query |= shift.in_link(PAGE) if section == SHIFT else {}
links.put(query, (*opened_network.NAMES, *shift.NAMES, "net", "at"))
