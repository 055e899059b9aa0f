"""The glossary: every term is explained in plain words, and taught on a page that there is."""

from pathlib import Path

import pytest

from pages.shared import glossary
from pages.shared.glossary import GLOSSARY, help_for

PAGES = {path.stem for path in Path(glossary.__file__).parents[1].glob("*.py")}


@pytest.mark.parametrize("term", GLOSSARY.values(), ids=lambda term: term.name)
def test_a_term_is_explained_and_taught(term):
    assert term.page in PAGES
    assert term.meaning.endswith(".")
    assert len(term.meaning) < 160


def test_a_hover_text_of_several_terms_names_each():
    assert help_for("stride") == GLOSSARY["stride"].meaning
    both = help_for("stride", "padding")
    assert both.startswith("**Stride**: ")
    assert "**Padding**: " in both
    with pytest.raises(KeyError):
        help_for("no such term")
