"""What the link says of the page on codes: the code set, the settings of t-SNE, and the selected point."""

from __future__ import annotations

import dataclasses

import streamlit as st

from aecore import checkpoints
from aecore.projection import code_sources
from aecore.specs import RUN, CodesSpec, ProjectionSpec, SpecError
from aecore.specs.errors import UNSOUND
from pages.lessons.codes import tsne_settings
from pages.lessons.codes.code_set import CodeSet, has_codes
from pages.shared.app import problems, server, state
from pages.shared.url import links


def restore(page: str) -> None:
    """Set the controls from the link when the page is first opened; later only settings that a map asks for."""
    tsne_settings.apply_requested(page)
    if state.has(page, "codes"):
        return
    query = st.query_params.to_dict()
    spec, sentences = CodesSpec.from_query(query, _default(query.get("codes", CodesSpec.codes)))
    try:
        code_sources.check(spec)
    except SpecError as error:
        sentences.append(f"{error} The default, {CodesSpec.codes}, is used instead.")
        spec = dataclasses.replace(spec, codes=CodesSpec.codes)
    projection_spec, more_sentences = ProjectionSpec.from_query(query)
    state.set(page, "codes", _linked_run(page, query, sentences) if spec.codes == RUN else spec.codes)
    for sentence in (*sentences, *more_sentences):
        problems.add(page, sentence)
    state.set(page, "dataset", spec.dataset)
    state.set(page, "n_codes", spec.n_codes)
    tsne_settings.put(page, projection_spec)
    state.set(page, "point", links.whole_number(page, "point", spec.n_codes - 1, otherwise=None))
    state.set(page, "lasso", ())


def _linked_run(page: str, query: dict[str, str], sentences: list[str]) -> str:
    """The option for the run that the link names; the default code set, and one more problem, if it has no codes."""
    run = server.runs().get(query.get("run", ""))
    if run is not None and has_codes(run):
        state.set(page, "linked_run", run.run_id)
        return f"{RUN}:{run.run_id}"
    reason = "The run of this link is no longer kept here, or has no codes."
    if run is not None and not run.snapshot().sound:
        reason = UNSOUND
    sentences.append(f"{reason} Other codes are shown instead.")
    return CodesSpec.codes


def _default(name: str) -> CodesSpec:
    """The codes of a checkpoint on the data set it was trained on."""
    known = name in code_sources.names()
    return CodesSpec(dataset=checkpoints.about(name).dataset if known else CodesSpec.dataset)


def write(page: str, code_set: CodeSet, spec: ProjectionSpec, **more: str | None) -> None:
    """Write the code set, the settings of t-SNE and `more` into the link."""
    query = code_set.spec.to_query(_default(code_set.spec.codes)) | spec.to_query()
    query |= {"run": code_set.run.run_id} if code_set.run else {}
    query |= {name: text for name, text in more.items() if text is not None}
    if "digit" in st.query_params:  # the test image chosen in the section on one's own digit
        query["digit"] = st.query_params["digit"]
    links.write(query)
