"""The exercises as notebooks: write them for learners, read the code cells of those that come back.

Written with nbformat, every time the same, byte for byte: a cell that fetches the grader where it is
missing, the idea from the exercise's page, the stub, and a cell that checks it. Read with the standard
library alone, for a notebook that comes back is a file of a stranger. `grader.cells` makes a module of
its cells.
"""

from __future__ import annotations

import fnmatch
import json
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader.model import Exercise, UsageError

ADDRESS = "ADDRESS"  # of the course's repository, as in docs/en/index.md; once known, SETUP needs no second sentence
ROOT = Path(__file__).parent.parent
MAX_CELLS = 1000
MAX_CODE = 200_000  # characters in all code cells, as many as a Python file may have
CONVERT = "Open it in Jupyter and save it again, or run: jupyter nbconvert --to notebook --nbformat 4"

SETUP = f"""\
# This cell makes the grader ready. Where the course is not installed yet, as on a hosted notebook, it installs it.
# (Write the address of the course's repository in place of ADDRESS.)
try:
    import grader
except ImportError:
    %pip install --quiet "convolutions-by-hand @ git+{ADDRESS}"
"""
# Of a tutorial that uses solutions: they are no part of what SETUP installs.
FETCH = f"""\
# This tutorial uses the course's solutions. Where they are not here, this cell fetches the course and goes there.
try:
    import solutions
except ImportError:
    %pip install --quiet matplotlib scikit-learn tensorboard
    !git clone --quiet {ADDRESS} convolutions-by-hand
    %cd -q convolutions-by-hand
"""
TASK = """\
## Your answer

The next cell says what is asked. Replace each `raise NotImplementedError` by your own code, and run the cell.
Then run the one below it: it says what is right, and what is not yet. The course's page
`docs/en/exercises/{name}.md` has more help, and a solution.
"""
CHECK = """\
from grader import check

check("{name}")
"""


# Writing ------------------------------------------------------------------------------------------


def write(course: Sequence[Exercise], folder: Path, only: str | None = None, force: bool = False) -> str:
    """Write exercises as notebooks into a folder; the sentence about it.

    Raises UsageError, before anything is written, where somebody has worked on one that is there: with
    `force` it is replaced.
    """
    wanted = [exercise for exercise in course if only is None or fnmatch.fnmatchcase(exercise.name, only)]
    if not wanted:
        raise UsageError(f"--only {only}: no exercise has such a name.")
    texts = {folder / f"{exercise.name}.ipynb": export(exercise) for exercise in wanted}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        worked_on = [path for path, text in texts.items() if path.exists() and path.read_bytes() != text.encode()]
        if worked_on and not force:
            raise UsageError(_kept(worked_on))
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{error.filename or folder} cannot be written: {error.strerror}.") from None
    made = f"{len(texts)} notebooks are" if len(texts) > 1 else "1 notebook is"
    return f'{made} in {folder}. Open one in Jupyter. To grade what is there: python -m grader "{folder}"'


def _kept(paths: list[Path]) -> str:
    more = f", and so do {len(paths) - 1} more" if len(paths) > 1 else ""
    return (
        f"{paths[0]} is there already and may hold your work{more}. Nothing was written. "
        "Name another folder with --out, or only the exercises that you want with --only. "
        "If what is there can go, add --force."
    )


def export(exercise: Exercise) -> str:
    """An exercise as a notebook."""
    from nbformat import v4

    name = exercise.name
    stub = _part_of_the_course(f"exercises/{name}.py")
    cells = [
        v4.new_code_cell(SETUP.strip(), id="setup"),
        v4.new_markdown_cell(idea(_part_of_the_course(f"docs/en/exercises/{name}.md")), id="idea"),
        v4.new_markdown_cell(TASK.format(name=name).strip(), id="task"),
        v4.new_code_cell(stub.strip(), id="answer"),
        v4.new_code_cell(CHECK.format(name=name).strip(), id="check"),
    ]
    return written(cells)


def written(cells: list[Any]) -> str:
    """A notebook of these cells, as the text of its file."""
    from nbformat import v4, writes

    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    notebook.nbformat_minor = 5  # whatever nbformat's newest is: 4.5 has the ids, and everything opens it
    return str(writes(notebook)) + "\n"


def idea(page: str) -> str:
    """Title, idea and formula of an exercise's page."""
    return words(page[page.index("\n# ") : page.index("\n## Your file")])


def words(markdown: str) -> str:
    """Markdown of the site, as notebooks understand it."""
    text = re.sub(r"\[([^\]]*)\]\((?!https?:)[^)]*\)", r"\1", markdown)  # other pages of the site are not beside it
    text = re.sub(r'^!!! \w+ "(.*)"\n((?:(?: {4}.*)?\n?)*)', _box, text, flags=re.MULTILINE)
    return re.sub(r"^``` (\w+).*$", r"```\1", text, flags=re.MULTILINE).strip()


def _box(box: re.Match[str]) -> str:
    """A box of the site has a title and an indented text, which a notebook would take for code."""
    return f"**{box[1]}**\n\n{textwrap.dedent(box[2])}"


def _part_of_the_course(path: str) -> str:
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{ROOT / path} cannot be read: {error.strerror}. Notebooks are made from the course's own folder: "
            "run this command in it."
        ) from None


# Reading ------------------------------------------------------------------------------------------


def code_cells(content: bytes) -> list[tuple[str, str]]:
    """Name and text of every code cell. Raises ValueError, or what else the parser raises, saying what is wrong."""
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("it is nested too deeply. Save it again in Jupyter") from None
    except ValueError as error:
        where = f" ({error.msg} in line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise ValueError(f"it is no JSON{where}. Save it again in Jupyter") from None
    cells = [cell for cell in _cells(notebook) if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    if len(cells) > MAX_CELLS:
        raise ValueError(f"it has more than {MAX_CELLS} code cells. An answer is a page of code: remove the rest")
    named = [(f"code cell {number}", _text(cell, f"code cell {number}")) for number, cell in enumerate(cells, 1)]
    if sum(len(code) for _, code in named) > MAX_CODE:
        raise ValueError(f"its code has more than {MAX_CODE} characters. An answer is a page of code: remove the rest")
    return named


def _cells(notebook: Any) -> list[Any]:
    version = notebook.get("nbformat") if isinstance(notebook, dict) else None
    match notebook:
        case {"nbformat": 4, "cells": list(cells)}:
            return cells
        case {"nbformat": 3, "worksheets": list(sheets)}:
            return [cell for sheet in sheets if isinstance(sheet, dict) for cell in _listed(sheet.get("cells"))]
    if version in (3, 4):
        raise ValueError(f"it has no list of cells. {CONVERT}")
    if isinstance(version, int) and 0 < version < 100:
        raise ValueError(f"it is in version {version} of the format for notebooks; the grader reads 3 and 4. {CONVERT}")
    raise ValueError("it does not say `nbformat`, as every notebook does. Save it again in Jupyter")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(cell: dict[str, Any], name: str) -> str:
    text = cell.get("source", cell.get("input", ""))  # version 3 says input
    lines = text if isinstance(text, list) else [text]
    if not all(isinstance(line, str) for line in lines):
        raise ValueError(f"{name} holds something else than text")
    return "".join(lines)
