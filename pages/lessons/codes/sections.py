"""What there is to ask a map of codes: one function for each part of the page."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.figures import code_charts, distribution_charts, image_grid
from aecore.projection import code_questions, neighbourhood_quality
from aecore.projection.code_questions import Inspected
from aecore.projection.neighbourhood_quality import NeighbourhoodQuality
from aecore.specs import PIXELS
from aecore.specs.grammar import with_article
from pages.lessons.codes.model import Shown
from pages.shared import components
from pages.shared.app import state, worker
from pages.shared.pickers.digit_source import Digit

WIDE = 760  # pixels
PURE = 0.8  # the share of one class from which on a group is of that class
TRUST_HELP = (
    "Trustworthiness: whether a point's ten neighbours on the map are its neighbours in code space too. At 1 no "
    "stranger has moved in; the farther strangers come from, the less."
)


def _pictures(cells: list[tuple[np.ndarray, str]], width_px: int, key: str) -> None:
    """Images side by side, each with words below it."""
    words = [text for _, text in cells]
    images = [image_grid.image_cells([image], [text])[0] for image, text in cells]
    components.figure(image_grid.image_row(images, words, width_px), key=key)


# One image.


def point(page: str, shown: Shown) -> None:
    """The picked digit, its code, and its nearest in code space, which the map may have parted."""
    number = state.get(page, "point")
    if number is None:
        st.info("**Click a point of a map** to see its digit, its code, and whose codes are really nearest to it.")
        return
    x, labels = shown.subject.source.images
    question = _inspect(shown, x[number].tobytes(), number)

    def draw(found: Inspected) -> None:
        words = f"test image {number:,}, {with_article(shown.subject.classes[labels[number]])}"
        _portrait(page, shown, x[number], words, found)
        _nearest(page, shown, found)
        if shown.in_the_making:
            st.caption("How far the map lies about it is told when the map stands still.")
        elif shown.xy is not None:
            worker.answered(lambda measured: _truth_of_point(shown, measured, number), faith_question(shown))

    worker.answered(draw, question)


def _inspect(shown: Shown, image: bytes, number: int | None) -> worker.Question:
    subject = shown.subject
    return worker.Question(code_questions.inspect, (subject.source, image, number), (subject.weights,))


def _portrait(page: str, shown: Shown, x: np.ndarray, words: str, found: Inspected) -> None:
    pixels = shown.subject.spec.codes == PIXELS
    cells = [(x, words)] if pixels else [(x, words), (found.x_hat, "what the decoder makes of its code")]
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        with st.container(width=330):
            _pictures(cells, 150, key=f"{page}.portrait")
        if not pixels:
            with st.container(width=400):
                low, high = code_charts.code_span(found.z)
                components.figure(code_charts.code_bars(found.z, high, low), key=f"{page}.code")
                st.caption(f"Its code, {len(found.z):,} numbers, a bar each; hover one for its value.")


def _nearest(page: str, shown: Shown, found: Inspected) -> None:
    _put_out(page, found)
    x, labels = shown.subject.source.images
    classes = shown.subject.classes
    titles = [
        f"test image {i:,}, {with_article(classes[labels[i]])}, {distance:.2f} away"
        for i, distance in zip(found.nearest, found.distances, strict=True)
    ]
    st.markdown("**Its nearest neighbours in code space**, whatever the map says:")
    with st.container(width=WIDE):
        captions = [
            f"{classes[labels[i]]}<br>{distance:.2f} away"
            for i, distance in zip(found.nearest, found.distances, strict=True)
        ]
        components.figure(
            image_grid.image_row(image_grid.image_cells(x[found.nearest], titles), captions, 78), key=f"{page}.nearest"
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
    state.set(page, "lasso", _numbers(found))
    state.set(page, "lit", _numbers(found))


def _numbers(found: Inspected) -> tuple[int, ...]:
    return tuple(sorted(int(i) for i in found.nearest))


def _put_out(page: str, found: Inspected) -> None:
    """Let go of neighbours that are lit but belong to another image."""
    lit = state.get(page, "lit", None)
    if lit and lit == state.get(page, "lasso") and lit != _numbers(found):
        state.set(page, "lasso", ())


def _truth_of_point(shown: Shown, measured: NeighbourhoodQuality, number: int) -> None:
    kept = round(float(measured.overlap[number]) * neighbourhood_quality.K)
    _, labels = shown.subject.source.images
    mine = shown.subject.classes[labels[number]]
    votes = {True: f"vote for {mine}, rightly", False: f"outvote it: they are mostly no {mine}"}
    st.markdown(
        f"**How truly the map shows it.** Of its {neighbourhood_quality.K} nearest codes, {kept} are among its "
        f"{neighbourhood_quality.K} neighbours on the map; its trustworthiness is **{measured.trust[number]:.3f}** "
        f"(the mean of all: {measured.trustworthiness:.3f}). Its {neighbourhood_quality.K_VOTES} nearest codes "
        f"{votes[bool(measured.right_in_codes[number])]}; its {neighbourhood_quality.K_VOTES} neighbours on the map "
        f"{votes[bool(measured.right_on_map[number])]}."
    )


# A group.


def group(page: str, shown: Shown) -> None:
    """The mean of the points in the lasso, in pixels and decoded, and what they are."""
    numbers = state.get(page, "lasso")
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
                _pictures(cells, 170, key=f"{page}.means")
            with st.container(width=430):
                chart = distribution_charts.bar_chart(counts.tolist(), subject.classes, "images")
                st.vega_lite_chart(spec=chart, width="stretch", alt="How many of the group are of each class")
        most = int(counts.argmax())
        st.markdown(
            f"**{len(numbers):,} images**, {counts[most] / len(numbers):.0%} of them "
            f"{with_article(subject.classes[most])}. "
            + (
                "A mean of pixels is a double exposure; a mean of codes, decoded, is nearer to a picture of its own."
                if counts[most] >= PURE * len(numbers)
                else "Of so mixed a group the mean is no picture of anything, neither in pixels nor decoded."
            )
        )

    worker.answered(draw, worker.Question(code_questions.decoded_mean, (subject.source, numbers), (subject.weights,)))


# One's own digit.


def own(page: str, shown: Shown, digit: Digit) -> None:
    """The visitor's own digit, encoded, on the map that is there, and its nearest."""
    st.markdown(
        "It is encoded like any other, and put on the map where its neighbours in code space pull it; **the map is not "
        "computed anew**. A place between the clusters means little: its neighbours then lie scattered."
    )
    if shown.in_the_making:
        st.info("It will be placed when the map stands still.")
    elif shown.xy is None:
        st.info("There is no t-SNE map of these codes yet, only the plane of the principal components.")

    def draw(found: Inspected) -> None:
        _portrait(page, shown, digit.x, digit.words, found)
        votes = np.bincount(
            shown.subject.source.images[1][found.nearest[: neighbourhood_quality.K_VOTES]], minlength=10
        )
        winner = int(votes.argmax())
        st.markdown(
            f"Of its {neighbourhood_quality.K_VOTES} nearest codes, **{votes[winner]} are "
            f"{with_article(shown.subject.classes[winner])}**."
        )
        _nearest(page, shown, found)

    worker.answered(draw, _inspect(shown, digit.image, None))


# How far to believe it.


def faith_question(shown: Shown) -> worker.Question:
    """What is asked about a map as a whole."""
    subject = shown.subject
    return worker.Question(code_questions.measure, (subject.source, shown.map_id), (shown.xy, subject.weights))


def overall(page: str, shown: Shown) -> None:
    """What the whole map keeps, and what the plane of the principal components keeps."""
    if shown.in_the_making:
        st.info("The map is in the making; it is judged when it stands still.")
        return
    if shown.xy is None:
        st.info("There is no t-SNE map of these codes yet: **Run t-SNE** makes one.")
        return
    questions = [faith_question(shown)]
    if shown.pca is not None:
        payload = (shown.pca.xyz[:, : shown.dims], shown.subject.weights)
        questions.append(worker.Question(code_questions.measure, (shown.subject.source, f"pca-{shown.dims}"), payload))
    worker.answered(lambda *found: _judged(shown, *found), *questions)


def _judged(shown: Shown, measured: NeighbourhoodQuality, linear: NeighbourhoodQuality | None = None) -> None:
    columns = st.columns(4)
    columns[0].metric("Trustworthiness", f"{measured.trustworthiness:.3f}", help=TRUST_HELP)
    words = "The share of the ten nearest codes that are among the ten neighbours on the map."
    columns[1].metric("Neighbours kept", f"{measured.overlap.mean():.0%}", help=words)
    words = "How often the five nearest others vote for the right class: by distances between codes."
    columns[2].metric("5-NN accuracy, codes", f"{measured.knn_accuracy_codes:.1%}", help=words)
    change = 100 * (measured.knn_accuracy_map - measured.knn_accuracy_codes)
    columns[3].metric(
        "5-NN accuracy, map",
        f"{measured.knn_accuracy_map:.1%}",
        delta=f"{change:+.1f} points" if abs(change) >= 0.05 else None,
        help="The same by distances on the map.",
    )
    if linear is not None:
        st.markdown(
            f"**The map of the principal components**, beside it: trustworthiness **{linear.trustworthiness:.3f}**, "
            f"neighbours kept **{linear.overlap.mean():.0%}**, 5-NN accuracy **{linear.knn_accuracy_map:.1%}**. Where "
            "points lie by chance, trustworthiness is 0.5 and next to no neighbour is kept."
        )
    st.markdown(
        f"t-SNE never saw a label. It keeps **who is near whom** as far as {shown.dims} numbers a point allow, and "
        "gives up the rest. What is left of that, class by class:"
    )
    _by_class(shown, measured)
    st.caption(
        "The **KL divergence** under a map tells how far its neighbourhoods are from those of the codes, in nats; t-SNE"
        " makes it as small as it can. It compares maps of the same codes at the same perplexity, and no others."
    )


def _by_class(shown: Shown, measured: NeighbourhoodQuality) -> None:
    labels, classes = shown.subject.source.images[1], shown.subject.classes
    present = [c for c in range(len(classes)) if (labels == c).any()]

    def means(values: np.ndarray, scale: float = 100) -> list[float]:
        return [scale * float(values[labels == c].mean()) for c in present]

    table = {
        "class": [classes[c] for c in present],
        "trustworthiness": means(measured.trust, 1),
        "neighbours kept": means(measured.overlap),
        "5-NN, codes": means(measured.right_in_codes),
        "5-NN, map": means(measured.right_on_map),
    }
    percent = st.column_config.NumberColumn(format="%.1f %%")
    formats = {name: percent for name in table if name not in ("class", "trustworthiness")}
    formats["trustworthiness"] = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(table, hide_index=True, width=WIDE, column_config=formats)
