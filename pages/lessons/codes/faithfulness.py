"""How far to trust a map: what it keeps of the neighbourhoods in code space, overall and class by class."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.projection import code_questions
from aecore.projection.neighbourhood_quality import NeighbourhoodQuality
from pages.lessons.codes.visitor_maps import Maps
from pages.shared.app import worker

TABLE_WIDTH = 760  # pixels
TRUSTWORTHINESS_HELP = (
    "Whether a point's ten nearest neighbours on the map are its neighbours in code space too: 1 if no stranger has "
    "moved in, and less the farther away the strangers come from."
)


def question(maps: Maps) -> worker.Question:
    """The question to the worker about the t-SNE map."""
    code_set = maps.code_set
    return worker.Question(code_questions.measure, (code_set.source, maps.map_id), (maps.xy, code_set.weights))


def show(page: str, maps: Maps) -> None:
    """What the t-SNE map keeps, beside what the map of the principal components keeps."""
    if maps.moving:
        st.info("The map is still moving; it can be judged once it has stopped.")
        return
    if maps.xy is None:
        st.info("There is no t-SNE map of these codes yet: **Run t-SNE** makes one.")
        return
    questions = [question(maps)]
    if maps.pca is not None:
        payload = (maps.pca.xyz[:, : maps.dims], maps.code_set.weights)
        questions.append(worker.Question(code_questions.measure, (maps.code_set.source, f"pca-{maps.dims}"), payload))
    worker.answered(lambda *measured: _draw(maps, *measured), *questions)


def _draw(maps: Maps, tsne: NeighbourhoodQuality, pca: NeighbourhoodQuality | None = None) -> None:
    _metrics(tsne)
    if pca is not None:
        st.markdown(
            f"**The map of the principal components**, for comparison: trustworthiness **{pca.trustworthiness:.3f}**, "
            f"neighbours kept **{pca.overlap.mean():.0%}**, 5-NN accuracy **{pca.knn_accuracy_map:.1%}**. For points "
            "scattered at random, trustworthiness is 0.5 and almost no neighbours are kept."
        )
    st.markdown(
        f"t-SNE never saw a label. It preserves **who is near whom** as far as {maps.dims} numbers per point allow, "
        "and gives up everything else. This is how well it does, class by class:"
    )
    _by_class(maps, tsne)
    st.caption(
        "The **KL divergence** below a map measures, in nats, how far its neighbourhoods are from those of the codes; "
        "t-SNE makes it as small as it can. Use it only to compare maps of the same codes at the same perplexity."
    )


def _metrics(measured: NeighbourhoodQuality) -> None:
    columns = st.columns(4)
    columns[0].metric("Trustworthiness", f"{measured.trustworthiness:.3f}", help=TRUSTWORTHINESS_HELP)
    columns[1].metric(
        "Neighbours kept",
        f"{measured.overlap.mean():.0%}",
        help="The share of the ten nearest codes that are among the ten nearest neighbours on the map.",
    )
    columns[2].metric(
        "5-NN accuracy, codes",
        f"{measured.knn_accuracy_codes:.1%}",
        help="How often a majority vote of the five nearest neighbours gives the right class, with distances measured "
        "between codes.",
    )
    change = 100 * (measured.knn_accuracy_map - measured.knn_accuracy_codes)
    columns[3].metric(
        "5-NN accuracy, map",
        f"{measured.knn_accuracy_map:.1%}",
        delta=f"{change:+.1f} points" if abs(change) >= 0.05 else None,
        help="The same, with distances measured on the map.",
    )


def _by_class(maps: Maps, measured: NeighbourhoodQuality) -> None:
    labels, classes = maps.code_set.source.images[1], maps.code_set.classes
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
    st.dataframe(table, hide_index=True, width=TABLE_WIDTH, column_config=formats)
