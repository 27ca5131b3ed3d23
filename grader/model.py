"""The nouns of the grader, as frozen dataclasses; every other module speaks in these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from grader.pictures import Picture

Outcome = Literal["passed", "failed", "todo", "error", "timeout", "blocked"]

DATA_SETS = ("digits", "mnist", "fashion-mnist")
DEVICES = ("auto", "cpu", "cuda", "mps")


class UsageError(Exception):
    """The command cannot be carried out as given; the message says what is wrong and what to do."""


class CourseError(Exception):
    """A file of the course itself is wrong; the message names it and says what to write."""


@dataclass(frozen=True)
class Check:
    """One pytest function that judges one claim about one exercise."""

    name: str
    title: str
    hints: tuple[str, ...]
    points: float
    needs: tuple[str, ...]  # checks of the same exercise that must pass first
    uses: tuple[str, ...]  # names of the submission that the check calls
    seconds: float  # deadline for the whole check
    device: str | None  # the only device the check can run on, if there is one


@dataclass(frozen=True)
class Exercise:
    """One stem (`ex11_corr2d`) and what is known of it without running anything."""

    name: str
    path: Path  # its checks
    checks: tuple[Check, ...]
    own_work: str | None  # the operation that must be written by hand: "convolution", …
    probes: tuple[str, ...]  # modules of probes that its checks use

    @property
    def max_score(self) -> float:
        return sum(check.points for check in self.checks)


@dataclass(frozen=True)
class Cell:
    """A code cell of a notebook, as a part of the module that `grader.cells` makes of all of them."""

    name: str  # by which a person finds it: "code cell 2"
    line: int  # of the module, with which it begins


@dataclass(frozen=True)
class Answer:
    """Somebody's file for one exercise, as bytes; nothing of it has run."""

    exercise: Exercise
    path: str  # as a person would name it, for messages
    sources: Mapping[str, bytes]  # module name → source, the file and its siblings
    problem: str | None = None  # why it cannot be run at all
    untouched: bool = False  # every function that the checks call is still the stub's
    cells: tuple[Cell, ...] = ()  # of a notebook: whose the lines of its module are

    def place(self, module: str, line: int) -> str:
        """Where a person finds a line of the sources, in the folder of the answer."""
        above = [cell for cell in self.cells if cell.line <= line]
        if module != self.exercise.name or not above:
            return f"{module}.py, line {line}"
        return f"{Path(self.path).name}, {above[-1].name}, line {line - above[-1].line + 1}"

    @property
    def can_run(self) -> bool:
        """Whether there is something to grade."""
        return self.problem is None and not self.untouched


@dataclass(frozen=True)
class Submission:
    """A file or folder with somebody's answers."""

    name: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class CheckGrade:
    """What one check gave."""

    check: Check
    outcome: Outcome
    message: str = ""
    mistake: str | None = None
    seconds: float = 0.0
    cached: bool = False
    pictures: tuple[Picture, ...] = ()  # what there is to see, whether it passed or not
    lasting: bool = True  # False where the sandbox was lost: another time the same answer may do better

    @property
    def score(self) -> float:
        return self.check.points if self.outcome == "passed" else 0.0

    def repeats(self, other: CheckGrade) -> bool:
        """Whether it went wrong with the very words of the other one."""
        return bool(self.message) and (self.outcome, self.message, self.mistake) == (
            other.outcome,
            other.message,
            other.mistake,
        )


@dataclass(frozen=True)
class ExerciseGrade:
    """What the answer to one exercise earned, check by check."""

    exercise: Exercise
    path: str
    checks: tuple[CheckGrade, ...]
    message: str | None = None  # set when the answer could not be run at all
    notes: tuple[str, ...] = ()  # said to the learner, worth no points
    flags: tuple[str, ...] = ()  # what a person should look at in the source, see grader.flags

    @property
    def score(self) -> float:
        return sum(grade.score for grade in self.checks)

    @property
    def max_score(self) -> float:
        return self.exercise.max_score

    @property
    def outcome(self) -> Outcome:
        """The outcome that sums up the exercise: the worst that a person should look at first."""
        found = {grade.outcome for grade in self.checks}
        order: tuple[Outcome, ...] = ("error", "timeout", "failed", "todo", "blocked")
        return next((outcome for outcome in order if outcome in found), "passed")


@dataclass(frozen=True)
class Options:
    """How to grade; the same for every exercise of a run."""

    device: str  # one of DEVICES; in a grade, the one that it was
    data: str
    data_folder: Path | None
    seed: int
    isolation: str  # "fork", "strict" (fork, and only if every promise holds) or "process"
    jobs: int


@dataclass(frozen=True)
class Verdict:
    """What an answer earned, and how that came about."""

    grade: ExerciseGrade
    isolation: str | None  # None where nothing was run
    device: str | None
    seed: int


@dataclass(frozen=True)
class Grade:
    """What a submission earned."""

    submission: str
    exercises: tuple[ExerciseGrade, ...]
    isolation: str
    options: Options
    complete: bool = True  # False when the grading was stopped before the end

    @property
    def score(self) -> float:
        return sum(grade.score for grade in self.exercises)

    @property
    def max_score(self) -> float:
        return sum(grade.max_score for grade in self.exercises)
