"""A program in sections, to be written as a Python script or as a Jupyter notebook: the same code, once in cells."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

COMMENT_WIDTH = 100


@dataclass(frozen=True)
class Section:
    """A cell of the program: its title, what a reader should know of it, in a sentence or two, and its lines."""

    title: str
    explanation: str
    lines: Sequence[str]

    @property
    def code(self) -> str:
        """The lines, without blank ones at the beginning and the end."""
        return "\n".join(self.lines).strip("\n")


@dataclass(frozen=True)
class Script:
    """`title`: what the program makes, a sentence. `requirements`: what has to be installed, a sentence or two."""

    title: str
    requirements: str
    sections: tuple[Section, ...]

    def python(self) -> str:
        """A Python script. Editors that know the mark `# %%` show it in cells, too."""
        header = textwrap.fill(self.requirements, COMMENT_WIDTH)
        parts = [f'"""{self.title} Made by Autoencoder Explorer.\n\n{header}\n"""']
        for section in self.sections:
            comment = [f"# {line}" for line in textwrap.wrap(section.explanation, COMMENT_WIDTH)]
            parts.append("\n".join([f"# %% {section.title}", *comment, section.code]))
        # Two blank lines after a function or a class, one elsewhere, as in Python's style guide.
        return "".join(part + ("\n\n\n" if _ends_indented(part) else "\n\n") for part in parts[:-1]) + parts[-1] + "\n"

    def notebook(self) -> str:
        """The same program as a Jupyter notebook (.ipynb, format 4), with the explanations between its cells."""
        import nbformat  # a fifth of a second that only a download should wait for
        from nbformat import v4

        cells = [v4.new_markdown_cell(f"# {self.title}\n\nMade by Autoencoder Explorer. {self.requirements}")]
        for section in self.sections:
            cells.append(v4.new_markdown_cell(f"## {section.title}\n\n{section.explanation}"))
            cells.append(v4.new_code_cell(section.code))
        for number, cell in enumerate(cells):
            cell["id"] = f"cell-{number}"  # nbformat would draw them, and the same settings give another file each time
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
        return nbformat.writes(v4.new_notebook(cells=cells, metadata=metadata))


def _ends_indented(part: str) -> bool:
    return part.rpartition("\n")[2].startswith(" ")


def number(value: float) -> str:
    """A number as Python code: short where that is exact, otherwise with all of its digits."""
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))
