"""Every known mistake loses marks and is told its own sentence, and no other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.course import DEFAULT_SECONDS, load_course
from grader.diagnose import MISTAKES, Mistake, load_mistakes
from tests.conftest import GradeSource

QUICK = 8  # mistakes of a large net that are graded without --thorough


def cases() -> Iterator[object]:
    """Each mistake of each exercise; nets with long deadlines take seconds for each, so most of theirs are thorough."""
    for exercise in load_course():
        large = max(check.seconds for check in exercise.checks) > DEFAULT_SECONDS
        for number, mistake in enumerate(load_mistakes(exercise)):
            marks = [pytest.mark.thorough] if large and number >= QUICK else []
            yield pytest.param(exercise.name, mistake, id=f"{exercise.name}-{mistake.name}", marks=marks)


@pytest.mark.parametrize(("stem", "mistake"), list(cases()))
def test_a_mistake_loses_marks_and_is_told_its_own_sentence(
    stem: str, mistake: Mistake, grade_source: GradeSource
) -> None:
    grade = grade_source(stem, as_submission(stem, mistake))
    told = {check.mistake for check in grade.checks} - {None}
    shown = [(check.check.name, check.outcome, check.message, check.mistake) for check in grade.checks]
    assert grade.score < grade.max_score, "no check catches it"
    assert told == {mistake.sentence}, shown


@pytest.mark.parametrize("exercise", load_course(), ids=lambda exercise: exercise.name)
def test_an_exercise_has_eight_mistakes_whose_sentences_differ(exercise) -> None:
    sentences = [mistake.sentence for mistake in load_mistakes(exercise)]
    assert len(sentences) >= 8
    assert len(set(sentences)) == len(sentences)


def as_submission(stem: str, mistake: Mistake) -> str:
    """A source file in which the functions of the mistake are the learner's."""
    functions = [name for name, value in vars(mistake.namespace).items() if not name.startswith("__")]
    lines = [f"{name} = {mistake.name}.{name}" for name in functions]
    return "\n".join([Path(MISTAKES / f"{stem}.py").read_text(encoding="utf-8"), *lines, ""])
