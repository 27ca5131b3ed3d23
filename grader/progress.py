"""What a learner has done so far, kept beside the answers in one readable file, `progress.json`.

The nouns are frozen: `graded` and `hint_given` take what is known and return what is known then. `update`
reads the file, applies one of them and writes the file again, so that a `watch` and a `grade` of the same
folder do not undo each other's work. The folder may be anybody's: no link is followed, a file of another
form is kept under another name before a new one is begun, and the new one takes its place in one step.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import secrets
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from grader import hints
from grader.discover import read_regular
from grader.files import write_in_one_step
from grader.model import Answer, Exercise, ExerciseGrade, Grade, Submission
from grader.text import clean

FILE = "progress.json"
VERSION = 1
LARGEST = 1_000_000  # of any number in the file
EXERCISE_NAME = re.compile(r"ex\w{1,80}")
CHECK_NAME = re.compile(r"test_\w{1,80}")
FINGERPRINT = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True)
class Entry:
    """What is known of one exercise."""

    tries: int = 0  # gradings of a source that differs from the last one
    score: float = 0.0  # now
    max_score: float = 0.0
    done: datetime | None = None  # when every point was earned for the first time
    hints: Mapping[str, int] = field(default_factory=dict)  # name of a check → how many were given
    source: str | None = None  # fingerprint of what was graded last


@dataclass(frozen=True)
class Progress:
    """What is known of every exercise that was tried, by name."""

    entries: Mapping[str, Entry] = field(default_factory=dict)

    def of(self, exercise: Exercise) -> Entry:
        return self.entries.get(exercise.name, Entry())

    def first_open(self, course: Sequence[Exercise]) -> Exercise | None:
        """The first exercise that was never complete."""
        return next((exercise for exercise in course if self.of(exercise).done is None), None)


class NotKeptError(Exception):
    """Progress cannot be kept in this folder; the message says why and what to do."""


def record(paths: Sequence[Path], submission: Submission, grade: Grade) -> list[str]:
    """Remember a grade and the hints that its report shows, in each folder of `paths` where one may write.

    Returns what a person should be told.
    """
    now = datetime.now().astimezone()
    sentences = []
    for folder in dict.fromkeys(path if path.is_dir() else path.parent for path in paths):
        here = [
            (answer, done)
            for answer, done in zip(submission.answers, grade.exercises, strict=True)
            if Path(answer.path).parent == Path(clean(str(folder)))
        ]

        def change(progress: Progress, here: Sequence[tuple[Answer, ExerciseGrade]] = here) -> Progress:
            for answer, done in here:
                progress = reported(progress, answer, done, now)
            return progress

        if os.access(folder, os.W_OK):
            sentences.append(update(folder, change)[1])
    return [sentence for sentence in sentences if sentence is not None]


def reported(progress: Progress, answer: Answer, grade: ExerciseGrade, now: datetime) -> Progress:
    """After a report was shown: the grade is known, and so is the hint that stands in it."""
    progress = graded(progress, answer, grade, now)
    check = hints.in_report(grade)
    return progress if check is None else _given(progress, answer.exercise, check, 1)


def graded(progress: Progress, answer: Answer, grade: ExerciseGrade, now: datetime) -> Progress:
    """After a grading. An untouched stub, or a file that cannot be read as Python, is no try."""
    entry = progress.of(answer.exercise)
    tried = answer.problem is None and not answer.untouched
    if grade.outcome == "blocked" or not (tried or entry.tries):  # stopped before its turn, or never begun
        return progress
    if tried:
        source = hashlib.sha256(answer.sources[answer.exercise.name]).hexdigest()[:12]
        entry = replace(entry, tries=entry.tries + (source != entry.source), source=source)
    complete = grade.max_score > 0 and grade.score == grade.max_score
    done = entry.done or (now.replace(microsecond=0) if complete else None)
    return _with(progress, answer.exercise, replace(entry, score=grade.score, max_score=grade.max_score, done=done))


def hint_given(progress: Progress, exercise: Exercise, hint: hints.Hint) -> Progress:
    """After a hint was shown."""
    return progress if hint.check is None else _given(progress, exercise, hint.check, hint.number)


def _given(progress: Progress, exercise: Exercise, check: str, number: int) -> Progress:
    entry = progress.of(exercise)
    given = {**entry.hints, check: max(number, entry.hints.get(check, 0))}
    return _with(progress, exercise, replace(entry, hints=given))


def _with(progress: Progress, exercise: Exercise, entry: Entry) -> Progress:
    return Progress({**progress.entries, exercise.name: entry})


# The file -----------------------------------------------------------------------------------------


def update(
    folder: Path, change: Callable[[Progress], Progress], known: Progress | None = None
) -> tuple[Progress, str | None]:
    """Read, change, write. Returns what is known then, and a sentence where something is to be said.

    Where nothing can be kept, the change is made to `known`, which the caller holds in memory.
    """
    try:
        before, sentence = load(folder)
        after = change(before)
        if after != before:
            save(folder, after)
    except NotKeptError as error:
        return change(known or Progress()), str(error)
    return after, sentence


def load(folder: Path) -> tuple[Progress, str | None]:
    """What the file says, and a sentence where that was not to be read. Raises NotKeptError."""
    path = folder / FILE
    content = read_regular(path)
    progress = None if content is None else _parse(content)
    if progress is not None:
        return progress, None
    try:
        kind = os.lstat(path).st_mode
    except FileNotFoundError:
        return Progress(), None
    except (OSError, ValueError) as error:
        raise NotKeptError(clean(f"{path} cannot be opened, so your progress is not kept: {error}.")) from None
    if not stat.S_ISREG(kind):
        why = f"{path} is not a plain file, so your progress is not kept."
        raise NotKeptError(clean(f"{why} Move it away: the grader makes a new one."))
    aside = path.with_name(f"progress-damaged-{secrets.token_hex(3)}.json")
    try:
        os.rename(path, aside)
    except OSError as error:
        raise NotKeptError(_not_written(path, error)) from None
    return Progress(), clean(f"{path} could not be read. It is kept as {aside.name}, and a new one is begun.")


def save(folder: Path, progress: Progress) -> None:
    """Write the file in one step. Raises NotKeptError."""
    path = folder / FILE
    try:
        write_in_one_step(path, _text(progress))
    except OSError as error:
        raise NotKeptError(_not_written(path, error)) from None


def _not_written(path: Path, error: OSError) -> str:
    return clean(f"{path} cannot be written, so your progress is not kept: {error.strerror}.")


def _text(progress: Progress) -> str:
    exercises = {
        name: {
            "done": None if entry.done is None else entry.done.isoformat(),
            "tries": entry.tries,
            "score": entry.score,
            "max_score": entry.max_score,
            "hints": dict(entry.hints),
            "source": entry.source,
        }
        for name, entry in sorted(progress.entries.items())  # by their numbers, as the course does
    }
    return json.dumps({"version": VERSION, "exercises": exercises}, indent=2) + "\n"


def _parse(content: bytes) -> Progress | None:
    """What a file says; None where it says anything else than `_text` writes, so that nothing of it is lost."""
    try:
        fields = json.loads(content)
        if fields.keys() != {"version", "exercises"} or fields["version"] != VERSION:
            return None
        return Progress({_matching(EXERCISE_NAME, name): _entry(one) for name, one in fields["exercises"].items()})
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None


def _entry(fields: Any) -> Entry:
    if fields.keys() != {"done", "tries", "score", "max_score", "hints", "source"}:
        raise ValueError("another form")
    return Entry(
        tries=_number(int, fields["tries"]),
        score=float(_number((int, float), fields["score"])),
        max_score=float(_number((int, float), fields["max_score"])),
        done=None if fields["done"] is None else datetime.fromisoformat(fields["done"]),
        hints={_matching(CHECK_NAME, name): _number(int, count) for name, count in fields["hints"].items()},
        source=None if fields["source"] is None else _matching(FINGERPRINT, fields["source"]),
    )


def _number(kind: Any, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, kind) or not math.isfinite(value) or not 0 <= value <= LARGEST:
        raise ValueError("no number that this module writes")
    return value


def _matching(form: re.Pattern[str], text: str) -> str:
    if not form.fullmatch(text):
        raise ValueError("no name that this module writes")
    return text
