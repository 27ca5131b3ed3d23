"""Every known mistake loses marks and is told its own sentence, and no other."""

from pathlib import Path

import pytest

from grader.course import load_course
from grader.diagnose import MISTAKES, Mistake, load_mistakes
from tests.conftest import GradeSource, sample

CASES = [
    pytest.param(exercise.name, mistake, id=f"{exercise.name}-{mistake.name}", marks=sample(exercise, number, quick=2))
    for exercise in load_course()
    for number, mistake in enumerate(load_mistakes(exercise))
]


@pytest.mark.parametrize(("stem", "mistake"), CASES)
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
