"""What there is to ask a map of codes: one function for each part of the page."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore import codes, faithfulness, figures
from aecore.codes import Inspected
from aecore.faithfulness import Faithfulness
from aecore.specs import PIXELS
from pages.shared import components, session
from pages.shared.codes_model import Shown
from pages.shared.digit_source import Digit

WIDE = 760  # pixels
TRUST_HELP = (
    "Trustworthiness: whether a point's ten neighbours on the map are its neighbours in code space too. At 1 no "
    "stranger has moved in; the farther strangers come from, the less."
)


# One digit.


def point(page: str, shown: Shown) -> None:
    """The picked digit, its code, and its nearest in code space, which the map may have parted."""
    number = st.session_state[f"{page}.point"]
    if number is None:
        st.info("**Click a point of a map** to see its digit, its code, and whose codes are really nearest to it.")
        return
    x, labels = shown.subject.source.images
    question = _inspect(shown, x[number].tobytes(), number)

    def draw(found: Inspected) -> None:
        words = f"test image {number:,}, a {shown.subject.classes[labels[number]]}"
        _portrait(page, shown, x[number], words, found)
        _nearest(page, shown, found)
        if shown.in_the_making:
            st.caption("How far the map lies about it is told when the map stands still.")
        elif shown.xy is not None:
            session.answered(lambda measured: _truth_of_point(shown, measured, number), faith_question(shown))

    session.answered(draw, question)


def _inspect(shown: Shown, image: bytes, number: int | None) -> session.Question:
    subject = shown.subject
    return session.Question(codes.inspect, (subject.source, image, number), (subject.weights,))


def _portrait(page: str, shown: Shown, x: np.ndarray, words: str, found: Inspected) -> None:
    pixels = shown.subject.spec.codes == PIXELS
    cells = [(x, words)] if pixels else [(x, words), (found.x_hat, "what the decoder makes of its code")]
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        with st.container(width=330):
            images = [figures.image_cells([image], [text])[0] for image, text in cells]
            components.figure(figures.picture_row(images, [text for _, text in cells], 150), key=f"{page}.portrait")
        if not pixels:
            with st.container(width=400):
                low, high = min(float(found.z.min()), 0.0), max(float(found.z.max()), 1e-6)
                components.figure(figures.code_bars(found.z, high, low), key=f"{page}.code")
                st.caption(f"Its code, {len(found.z):,} numbers, a bar each; hover one for its value.")


def _nearest(page: str, shown: Shown, found: Inspected) -> None:
    x, labels = shown.subject.source.images
    classes = shown.subject.classes
    titles = [
        f"test image {i:,}, a {classes[labels[i]]}, {distance:.2f} away"
        for i, distance in zip(found.nearest, found.distances, strict=True)
    ]
    st.markdown("**Its nearest neighbours in code space**, whatever the map says:")
    with st.container(width=WIDE):
        captions = [
            f"{classes[labels[i]]}<br>{distance:.2f}"
            for i, distance in zip(found.nearest, found.distances, strict=True)
        ]
        components.figure(
            figures.picture_row(figures.image_cells(x[found.nearest], titles), captions, 78), key=f"{page}.nearest"
        )
    st.button(
        "Show them on the maps",
        icon=":material/my_location:",
        key=f"{page}.light_up",
        on_click=_light_up,
        args=(page, found),
        help="Lights these eight up in both maps, so that one sees how far apart they were put.",
    )


def _light_up(page: str, found: Inspected) -> None:
    st.session_state[f"{page}.lasso"] = tuple(sorted(int(i) for i in found.nearest))


def _truth_of_point(shown: Shown, measured: Faithfulness, number: int) -> None:
    kept = round(float(measured.overlap[number]) * faithfulness.K)
    _, labels = shown.subject.source.images
    mine = shown.subject.classes[labels[number]]
    votes = {True: f"vote for {mine}, rightly", False: f"outvote it: they are mostly no {mine}"}
    st.markdown(
        f"**How far the map has lied about it.** Of its {faithfulness.K} nearest codes, {kept} are among its "
        f"{faithfulness.K} neighbours on the map; its trustworthiness is **{measured.trust[number]:.3f}** (the mean "
        f"of all: {measured.trustworthiness:.3f}). Its {faithfulness.K_VOTES} nearest codes "
        f"{votes[bool(measured.right_in_codes[number])]}; its {faithfulness.K_VOTES} neighbours on the map "
        f"{votes[bool(measured.right_on_map[number])]}."
    )


# A group.


def group(page: str, shown: Shown) -> None:
    """The mean of the points in the lasso, in pixels and decoded, and what they are."""
    numbers = st.session_state[f"{page}.lasso"]
    if not numbers:
        st.info("Press **Lasso** above a map, or hold shift, and **draw around a group** of points.")
        return
    subject = shown.subject
    x, labels = subject.source.images
    chosen = np.array(numbers)
    mean = np.rint(x[chosen].mean(axis=0, dtype=np.float64)).astype(np.uint8)
    counts = np.bincount(labels[chosen], minlength=len(subject.classes))

    def draw(decoded: np.ndarray) -> None:
        cells = [(mean, "their mean, pixel by pixel")]
        if subject.spec.codes != PIXELS:
            cells.append((decoded, "the mean of their codes, decoded"))
        with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
            with st.container(width=380):
                images = [figures.image_cells([image], [words])[0] for image, words in cells]
                components.figure(figures.picture_row(images, [words for _, words in cells], 170), key=f"{page}.means")
            with st.container(width=430):
                chart = figures.bar_chart(counts.tolist(), subject.classes, "images")
                st.vega_lite_chart(spec=chart, width="stretch", alt="How many of the group are of each class")
        most = int(counts.argmax())
        st.markdown(
            f"**{len(numbers):,} images**, {counts[most] / len(numbers):.0%} of them a {subject.classes[most]}. "
            "A mean of pixels is a double exposure; a mean of codes, decoded, is nearer to something one could write."
        )

    session.answered(draw, session.Question(codes.decoded_mean, (subject.source, numbers), (subject.weights,)))


# One's own digit.


def own(page: str, shown: Shown, digit: Digit) -> None:
    """The visitor's own digit, encoded, on the map that is there, and its nearest."""
    st.markdown(
        "It is encoded like any other, and put on the map where its neighbours in code space pull it. **The map is not "
        "computed anew**: the framed picture shows where it belongs."
    )
    if shown.in_the_making:
        st.info("It will be placed when the map stands still.")
    elif shown.xy is None:
        st.info("There is no t-SNE map of these codes yet, only the plane of the principal components.")

    def draw(found: Inspected) -> None:
        _portrait(page, shown, digit.x, digit.words, found)
        votes = np.bincount(shown.subject.source.images[1][found.nearest[: faithfulness.K_VOTES]], minlength=10)
        winner = int(votes.argmax())
        st.markdown(
            f"Of its {faithfulness.K_VOTES} nearest codes, **{votes[winner]} are a {shown.subject.classes[winner]}**."
        )
        _nearest(page, shown, found)

    session.answered(draw, _inspect(shown, digit.image, None))


# How far to believe it.


def faith_question(shown: Shown) -> session.Question:
    """What is asked about a map as a whole."""
    subject = shown.subject
    return session.Question(codes.measure, (subject.source, shown.map_id), (shown.xy, subject.weights))


def overall(page: str, shown: Shown) -> None:
    """Three figures about the whole map."""
    if shown.xy is None:
        st.info("There is no t-SNE map of these codes yet: **Run t-SNE** makes one.")
        return
    if shown.in_the_making:
        st.info("The map is still in the making; it is judged when it stands still.")
        return

    def draw(measured: Faithfulness) -> None:
        labels, classes = shown.subject.source.images[1], shown.subject.classes
        columns = st.columns(4)
        columns[0].metric("Trustworthiness", f"{measured.trustworthiness:.3f}", help=TRUST_HELP)
        words = "The share of the ten nearest codes that are among the ten neighbours on the map."
        columns[1].metric("Neighbours kept", f"{measured.overlap.mean():.0%}", help=words)
        words = "How often the five nearest others vote for the right class: by distances between codes."
        columns[2].metric("5-NN accuracy, codes", f"{measured.knn_accuracy_codes:.1%}", help=words)
        words = "The same by distances on the map."
        change = measured.knn_accuracy_map - measured.knn_accuracy_codes
        columns[3].metric(
            "5-NN accuracy, map", f"{measured.knn_accuracy_map:.1%}", delta=f"{100 * change:+.1f} points", help=words
        )
        st.markdown(
            "t-SNE never saw a label, and it has two numbers where the code has more: it keeps **who is near whom** "
            "and gives up the rest. What it keeps of that, class by class:"
        )
        present = [c for c in range(len(classes)) if (labels == c).any()]
        table = {
            "class": [classes[c] for c in present],
            "trustworthiness": [float(measured.trust[labels == c].mean()) for c in present],
            "neighbours kept": [100 * float(measured.overlap[labels == c].mean()) for c in present],
            "5-NN, codes": [100 * float(measured.right_in_codes[labels == c].mean()) for c in present],
            "5-NN, map": [100 * float(measured.right_on_map[labels == c].mean()) for c in present],
        }
        percent = st.column_config.NumberColumn(format="%.1f %%")
        st.dataframe(
            table,
            hide_index=True,
            width=WIDE,
            column_config={
                "trustworthiness": st.column_config.NumberColumn(format="%.3f"),
                **dict.fromkeys(("neighbours kept", "5-NN, codes", "5-NN, map"), percent),
            },
        )

    session.answered(draw, faith_question(shown))
