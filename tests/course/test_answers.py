"""Right answers earn everything, however they are written; stubs are all to do."""

from pathlib import Path

import pytest

from grader.course import load_course
from tests.conftest import ROOT, STEMS, GradeSource, sample

VARIANTS = {
    exercise.name: sorted((ROOT / "tests" / "variants" / exercise.name).glob("*.py")) for exercise in load_course()
}
CASES = [
    pytest.param(path, id=f"{path.parent.name}-{path.stem}", marks=sample(exercise, number, quick=1))
    for exercise in load_course()
    for number, path in enumerate(VARIANTS[exercise.name])
]


@pytest.mark.parametrize("stem", STEMS)
def test_the_solution_earns_every_point(stem: str, grade_source: GradeSource) -> None:
    assert lost(grade_source(stem, (ROOT / "solutions" / f"{stem}.py").read_bytes())) == []


@pytest.mark.parametrize("path", CASES)
def test_a_right_answer_written_otherwise_earns_every_point(path: Path, grade_source: GradeSource) -> None:
    assert lost(grade_source(path.parent.name, path.read_bytes())) == []


@pytest.mark.parametrize("stem", STEMS)
def test_an_exercise_has_three_variants(stem: str) -> None:
    assert len(VARIANTS[stem]) >= 3


@pytest.mark.parametrize("stem", STEMS)
def test_every_check_of_the_stub_is_to_do_when_it_runs(stem: str, grade_source: GradeSource) -> None:
    """Stubs are known without running them; run all the same, they must come to the same result."""
    grade = grade_source(stem, (ROOT / "exercises" / f"{stem}.py").read_bytes())
    assert {check.outcome for check in grade.checks} <= {"todo", "blocked"}


def lost(grade):
    """The checks that did not pass, with what was said."""
    return [(check.check.name, check.outcome, check.message) for check in grade.checks if check.outcome != "passed"]
