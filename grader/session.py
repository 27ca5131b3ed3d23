"""`check("ex11_corr2d")` in a notebook: grade what the cells that have run define.

The answer is made of the cells that this session has run, in that order, as `grader.cells` joins them: what
was run again comes again, and the last definition wins. A cell that Python could not read has defined
nothing and is left out.

It is graded in a process of its own, not here: what a notebook has set in torch, such as another default
type, must not reach the checks. That process keeps its isolation, and so a nursery that has imported
torch, for as long as the notebook's kernel lives. The verdict is for the learner; what counts is the file.
"""

from __future__ import annotations

import difflib
import io
import multiprocessing
import secrets
import signal
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from rich.console import Console

from grader import cells, discover, run
from grader.course import load_course
from grader.model import Answer, CourseError, Exercise, Grade, Options, Submission, UsageError
from grader.report.terminal import Terminal
from grader.sandbox.isolation import Fork, Spawn
from grader.text import clean

NOTEBOOK = "your notebook"
WIDTH = 100  # of the report as text

_worker: tuple[BaseProcess, Connection] | None = None


class Report:
    """A grade as notebooks show it: as HTML where they can, else as the report on a terminal."""

    def __init__(self, grade: Grade) -> None:
        self.grade = grade

    def _repr_html_(self) -> str:
        from grader.report import html

        return html.fragment(self.grade.exercises[0])

    def __repr__(self) -> str:
        text = io.StringIO()
        # Asked to, rich would show it itself, before the notebook does.
        terminal = Terminal(Console(file=text, width=WIDTH, force_jupyter=False, force_terminal=False))
        terminal.row(self.grade.exercises[0])
        terminal.show(self.grade)
        return "\n".join(line.rstrip() for line in text.getvalue().strip().splitlines())


def check(name: str) -> Report | None:
    """The report on exercise `name`; where there can be none, print a sentence that says why."""
    try:
        history = _history(name)
        exercise = _exercise(name)
        modules = discover.read_sources(Path.cwd(), load_course())
        return Report(_grade(discover.answer_in_cells(history, NOTEBOOK, exercise, modules)))
    except (UsageError, CourseError) as error:
        print(clean(str(error)))
        return None


def _history(name: object) -> list[tuple[str, str]]:
    """Name and code of the cells that this session has run."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        raise UsageError(f"check is for notebooks. Elsewhere, say in a terminal: python -m grader exercises/{name}.py")
    history = enumerate(shell.history_manager.input_hist_raw)
    return [(f"cell In[{number}]", code) for number, code in history if code and cells.is_code(code)]


def _exercise(name: object) -> Exercise:
    course = {exercise.name: exercise for exercise in load_course()}
    if isinstance(name, str) and name in course:
        return course[name]
    near = difflib.get_close_matches(str(name), course, n=3, cutoff=0.5)
    advice = f"Did you mean {' or '.join(map(repr, near))}?" if near else f"There are {', '.join(course)}."
    raise UsageError(f"There is no exercise {name!r}. {advice}")


def _grade(answer: Answer) -> Grade:
    if not answer.can_run:
        return run.grade(Submission(NOTEBOOK, (answer,)), _options("cpu"))
    for _ in range(2):
        try:
            connection = _ready()
            connection.send(answer)
            result: Grade | UsageError | CourseError = connection.recv()
        except (EOFError, OSError):
            _end()
            continue
        except BaseException:  # stopped by the learner: what it would still say is no longer asked for
            _end()
            raise
        if isinstance(result, Exception):
            raise result
        return result
    raise UsageError("The process that grades was ended from outside, twice. Is there little memory left?")


def _ready() -> Connection:
    """The connection to the process that grades, which is started the first time."""
    global _worker
    if _worker is None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), daemon=True)  # it ends when the kernel does
        process.start()
        theirs.close()
        _worker = process, ours
    return _worker[1]


def _end() -> None:
    global _worker
    if _worker is not None:
        process, connection = _worker
        _worker = None
        connection.close()
        process.kill()
        process.join()


# In the process that grades -----------------------------------------------------------------------


def _serve(kernel: Connection) -> None:
    """Grade one answer after another, until the kernel is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a cell is stopped in the kernel, and that ends this process
    options = _options(run.choose_device("auto"))
    isolation: Fork | Spawn | None = None
    probes: frozenset[str] = frozenset()
    for answer in _answers(kernel):
        try:
            if isolation is None or not probes.issuperset(answer.exercise.probes):
                if isolation is not None:
                    isolation.close()
                isolation, probes = run.start_isolation([answer], options), frozenset(answer.exercise.probes)
            done, name = run.grade_answer(answer, options, isolation, lambda answer, check: None)
            kernel.send(Grade(NOTEBOOK, (done,), name, options))
        except (UsageError, CourseError) as error:
            kernel.send(error)
    if isolation is not None:
        isolation.close()


def _answers(kernel: Connection) -> Iterator[Answer]:
    while True:
        try:
            yield kernel.recv()
        except (EOFError, OSError):
            return


def _options(device: str) -> Options:
    return Options(
        device=device,
        data="digits",
        data_folder=None,
        seed=secrets.randbelow(10**12),
        isolation="fork" if sys.platform == "linux" else "process",
        jobs=1,
    )
