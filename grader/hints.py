"""Hints, one at a time: which one comes next, and how it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.model import Check, ExerciseGrade


@dataclass(frozen=True)
class Hint:
    """What a learner who asks for a hint is told."""

    words: str
    check: str | None = None  # the check whose hint it is, if it is one
    number: int = 0  # from 1


def next_hint(grade: ExerciseGrade, given: Mapping[str, int]) -> Hint:
    """The next hint for the first check that did not pass. `given`: how many a check has had, by its name."""
    name = grade.exercise.name
    if grade.message is not None:
        return Hint(f"{grade.message}\nPut this right first. Hints come after that.")
    check = _first_open(grade)
    if check is None:
        return Hint(f"{name}: every check has passed, no hint is needed.")
    total, had = len(check.hints), given.get(check.name, 0)
    number = min(had + 1, total)
    lines = [f"{name}: {check.title}"]
    if had >= total:
        lines.append("You have had every hint for this. Here is the last one again." if total else "This has no hints.")
    if total:
        lines.append(f"Hint {number} of {total}: {check.hints[number - 1]}")
    if had >= total:
        lines.append(f"docs/en/exercises/{name}.md helps you further: read “If you are stuck”.")
    return Hint("\n".join(lines), check.name, number)


def in_report(grade: ExerciseGrade) -> str | None:
    """The check that the next hint would be for, when the report has shown its first one, as below what failed."""
    check = _first_open(grade)
    failed = {one.check.name for one in grade.checks if one.outcome == "failed" and one.check.hints}
    return check.name if check is not None and check.name in failed and grade.message is None else None


def _first_open(grade: ExerciseGrade) -> Check | None:
    return next((one.check for one in grade.checks if one.outcome not in ("passed", "blocked")), None)
