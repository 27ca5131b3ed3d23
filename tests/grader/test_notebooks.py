"""Notebooks go out as exercises and come back as answers."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader import flags, notebooks
from grader.cli import main
from grader.course import load_course
from grader.discover import MAX_NOTEBOOK_BYTES, discover
from grader.memory import Memory
from grader.model import Answer, CheckGrade, Exercise, ExerciseGrade, Options, Submission, Verdict
from grader.run import grade_answer
from grader.sandbox.isolation import Fork
from tests.conftest import ROOT, STEMS

STUB = (ROOT / "exercises" / "ex11_corr2d.py").read_text(encoding="utf-8")
SOLUTION = (ROOT / "solutions" / "ex11_corr2d.py").read_text(encoding="utf-8")


def notebook(*code: str) -> bytes:
    """A notebook of these code cells, with words between them."""
    content = nbformat.v4.new_notebook()
    for text in code:
        content.cells += [nbformat.v4.new_markdown_cell("words"), nbformat.v4.new_code_cell(text)]
    return nbformat.writes(content).encode()


def answer_to(content: bytes, folder: Path) -> Answer:
    (folder / "ex11_corr2d.ipynb").write_bytes(content)
    return discover([folder], load_course(), "ex11*").answers[0]


# Out ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exercise", load_course(), ids=lambda exercise: exercise.name)
def test_an_exercise_becomes_a_notebook_with_its_idea_its_stub_and_its_check(exercise: Exercise) -> None:
    text = notebooks.export(exercise)
    assert text == notebooks.export(exercise)
    content = nbformat.reads(text, as_version=4)
    nbformat.validate(content)
    setup, idea, task, answer, checks = content.cells
    assert [cell.id for cell in content.cells] == ["setup", "idea", "task", "answer", "check"]
    assert idea.source.startswith(f"# {exercise.name[2:4]} · ")
    assert "$$" in idea.source
    assert "](../" not in idea.source
    assert "](ex" not in idea.source
    assert "Show it" not in text  # the solution
    assert answer.source == (ROOT / "exercises" / f"{exercise.name}.py").read_text(encoding="utf-8").strip()
    assert f'check("{exercise.name}")' in checks.source
    assert exercise.name in task.source
    assert "import grader" in setup.source


def test_untouched_notebooks_are_not_started_and_nothing_large_is_imported(tmp_path: Path) -> None:
    folder = tmp_path / "我的 notebooks"
    assert main(["notebook", "--out", str(folder)]) == 0
    assert sorted(path.stem for path in folder.iterdir()) == STEMS
    code = (
        "import sys; from grader.cli import main; main([sys.argv[1]]);"
        "print([name for name in ('torch', 'pytest', 'nbformat', 'IPython') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, encoding="utf-8",
        check=True, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.stdout.count("not started") == len(STEMS)
    assert done.stdout.splitlines()[-1] == "[]"


def test_work_is_never_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["notebook", "--out", str(tmp_path), "--only", "ex1[12]*"]
    assert main(arguments) == 0
    assert main(arguments) == 0  # nobody has worked on them
    mine = tmp_path / "ex12_output_size.ipynb"
    mine.write_bytes(notebook("my work"))
    (tmp_path / "ex11_corr2d.ipynb").unlink()
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert f"{mine} is there already and may hold your work. Nothing was written." in said
    assert "my work" in mine.read_text(encoding="utf-8")
    assert not (tmp_path / "ex11_corr2d.ipynb").exists()
    assert main([*arguments, "--force"]) == 0
    assert "my work" not in mine.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--out", "{file}"], "cannot be written"),
        (["--out", "{folder}", "--only", "zz*"], "no exercise has such a name"),
    ],
)
def test_what_cannot_be_written_is_a_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    words = [word.format(file=tmp_path / "file", folder=tmp_path / "new") for word in arguments]
    assert main(["notebook", *words]) == 2
    assert sentence in capsys.readouterr().err


# In -----------------------------------------------------------------------------------------------


PROBLEMS = {
    "an empty file": (b"", "it is no JSON (Expecting value in line 1). Save it again in Jupyter"),
    "bytes that are not UTF-8": (b'{"\xff": 1}', "it is no JSON"),
    "nesting without end": (b"[" * 200_000, "it is nested too deeply"),
    "a number without end": (b'{"nbformat": %s}' % (b"9" * 5000), "it is no JSON"),
    "a list": (b"[4]", "it does not say `nbformat`"),
    "no version": (b"{}", "it does not say `nbformat`"),
    "a version that is no number": (b'{"nbformat": "4"}', "it does not say `nbformat`"),
    "an old version": (b'{"nbformat": 2}', "version 2 of the format for notebooks; the grader reads 3 and 4. Open"),
    "no cells": (b'{"nbformat": 4}', "it has no list of cells"),
    "cells that are none": (b'{"nbformat": 4, "cells": 3}', "it has no list of cells"),
    "strange cells": (b'{"nbformat": 4, "cells": [1, null, {}, []]}', "has no code cell that defines `corr2d`"),
    "strange sheets": (b'{"nbformat": 3, "worksheets": [1, {"cells": 3}]}', "has no code cell that defines `corr2d`"),
    "code that is a number": (
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}', "code cell 1 holds something else than text",
    ),
    "lines that are numbers": (
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["x", 3]}]}', "holds something else than text",
    ),
    "half a character": (
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x = \\ud800"}]}', "code cell 1, line 1: Python",
    ),
    "more cells than a page has": (notebook(*["x"] * 1001), "more than 1000 code cells"),
    "more code than a page has": (notebook("#" * 200_001), "more than 200000 characters"),
    "more statements than a page has": (notebook("x\n" * 20_000), "more than 10000 statements"),
    "a syntax error": (
        notebook(STUB, "import torch\ndef corr2d(X, K)\n    return X"),
        "code cell 2, line 2: Python does not understand this (expected ':'): def corr2d(X, K)",
    ),
    "a syntax error below magics": (notebook("%time 1\n!ls\nx = = 1"), "code cell 1, line 3: Python does not"),
    "an error of scopes": (
        notebook("y = 2\n\ndef corr2d(X):\n    X = 1\n    global X"), "code cell 1, line 5: Python does not understand",
    ),
    "nesting in a cell": (notebook("corr2d = " + "-" * 100_000 + "1"), "ex11_corr2d.ipynb"),
    "a NUL byte": (notebook("def corr2d(): '\x00'"), "cannot be read as Python"),
    "too large": (b" " * (MAX_NOTEBOOK_BYTES + 1), "is larger than 5 MB. Clear its outputs in Jupyter and save it."),
}  # fmt: skip


@pytest.mark.parametrize(("content", "sentence"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_notebook_that_cannot_be_run_is_told_why(content: bytes, sentence: str, tmp_path: Path) -> None:
    problem = answer_to(content, tmp_path).problem
    assert problem is not None
    assert sentence in problem
    assert str(tmp_path) in problem


def test_links_and_pipes_are_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(notebook(SOLUTION))
    place = tmp_path / "ex11_corr2d.ipynb"
    for make in (lambda: place.symlink_to(secret), lambda: os.mkfifo(place), place.mkdir):
        make()
        answer = discover([tmp_path], load_course(), "ex11*").answers[0]
        assert "is a link" in str(answer.problem) or "is not a file" in str(answer.problem)
        place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()


def test_notebooks_of_version_3_are_read(tmp_path: Path) -> None:
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": STUB.splitlines(keepends=True)}]}]}
    assert answer_to(json.dumps(old).encode(), tmp_path).untouched


@pytest.mark.parametrize(
    ("file", "in_notebook", "counts"),
    [
        (STUB, SOLUTION, ".ipynb"),
        (SOLUTION, STUB, ".py"),
        (STUB, STUB, ".ipynb"),
        (SOLUTION, SOLUTION, None),
        ("def corr2d(", STUB, ".py"),
        (SOLUTION, "def corr2d(", None),
    ],
)
def test_of_a_file_and_a_notebook_the_one_with_work_in_it_counts(
    file: str, in_notebook: str, counts: str | None, tmp_path: Path
) -> None:
    (tmp_path / "ex11_corr2d.py").write_text(file, encoding="utf-8")
    answer = answer_to(notebook(in_notebook), tmp_path)
    if counts is None:
        assert "ex11_corr2d.py and ex11_corr2d.ipynb both hold work of yours. Move away the one" in str(answer.problem)
    else:
        assert Path(answer.path).suffix == counts
        assert "both" not in str(answer.problem)
    # Who names one has said which one counts.
    named = discover([tmp_path / "ex11_corr2d.ipynb"], load_course()).answers[0]
    assert named.path.endswith(".ipynb")
    assert "both" not in str(named.problem)


Grade = Callable[..., Any]


@pytest.fixture
def grade(options: Options, isolation: Fork, tmp_path: Path) -> Grade:
    def run(*code: str) -> Any:
        answer = answer_to(notebook(*code), tmp_path)
        assert answer.problem is None
        return grade_answer(answer, options, isolation, lambda answer, check: None)[0]

    return run


def test_a_right_notebook_earns_every_point_whatever_is_tried_out_in_it(grade: Grade) -> None:
    result = grade(
        notebooks.SETUP,
        "%load_ext autoreload\nimport no_such_module as plt\ndisplay(1 / 0)",
        SOLUTION,
        "while True: corr2d(1, 2)\nraise SystemExit",
        notebooks.CHECK.format(name="ex11_corr2d"),
    )
    assert result.score == result.max_score
    assert result.flags == ()


def test_an_error_is_told_with_cell_and_line(grade: Grade) -> None:
    helper = "def helper(X):\n    return X.nothing"
    result = grade("import torch", "!ls\n\ndef corr2d(X, K):\n    size = helper(X)\n    return size", helper)
    message = result.checks[0].message
    assert "ex11_corr2d.ipynb, code cell 3, line 2:\n    return X.nothing" in message


def test_a_loop_without_end_is_told_with_cell_and_line(options: Options, isolation: Fork, tmp_path: Path) -> None:
    answer = answer_to(notebook("import torch", "def corr2d(X, K):\n    while True:\n        pass"), tmp_path)
    exercise = answer.exercise
    quick = replace(exercise, checks=tuple(replace(check, seconds=1.0) for check in exercise.checks))
    result = grade_answer(replace(answer, exercise=quick), options, isolation, lambda answer, check: None)[0]
    assert result.checks[0].outcome == "timeout"
    assert "ex11_corr2d.ipynb, code cell 2, line " in result.checks[0].message


def test_a_verdict_is_forgotten_when_the_same_lines_stand_in_other_cells(tmp_path: Path) -> None:
    """Its messages name them."""
    function = "def corr2d(X, K): return X"
    one = answer_to(notebook(f"import torch\n\n{function}"), tmp_path)
    two = answer_to(notebook("import torch", f"\n{function}"), tmp_path)
    assert one.sources == two.sources
    checks = tuple(CheckGrade(check, "passed") for check in one.exercise.checks)
    memory = Memory({}, tmp_path / "verdicts")
    memory.keep(one, Verdict(ExerciseGrade(one.exercise, one.path, checks), "fork", "cpu", 1))
    assert list(memory.recall(Submission("mine", (one,)))) == ["ex11_corr2d"]
    assert memory.recall(Submission("mine", (two,))) == {}


def test_flags_name_the_cell(tmp_path: Path) -> None:
    answer = answer_to(notebook("import torch", "\ndef corr2d(X, K):\n    return torch.conv2d(X, K)"), tmp_path)
    assert flags.find(answer)[0].startswith("ready-made: ex11_corr2d.ipynb, code cell 2, line 3: return torch.conv2d")
