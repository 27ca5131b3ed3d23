"""The course is read from the source of its checks, and a wrong source is refused with its line."""

from pathlib import Path

import pytest

from grader.course import load_course, read_exercise
from grader.model import CourseError

GOOD = '''
from grader.plugin import deadline, needs, needs_device, points
from grader.sandbox.probes import call

OWN_WORK = "convolution"

@points(1)
def test_shape(submission):
    """The result has the right shape.

    Hint: Count on paper
    first.

    Hint: Then in code.
    """
    submission.corr2d(1, 2)

@points(2.5)
@needs("test_shape")
@deadline(60)
@needs_device("cuda")
def test_values(submission, rng):
    """The values are right."""
    compare(submission)

def compare(submission):
    submission.run(call.call, submission.conv2d, submission.device)
'''


def write(folder: Path, source: str) -> Path:
    path = folder / "test_ex99_made_up.py"
    path.write_text(source, encoding="utf-8")
    return path


def test_points_title_hints_and_the_rest_come_from_the_source(tmp_path: Path) -> None:
    exercise = read_exercise(write(tmp_path, GOOD))
    shape, values = exercise.checks
    assert exercise.name == "ex99_made_up"
    assert exercise.own_work == "convolution"
    assert exercise.probes == ("call",)
    assert exercise.max_score == 3.5
    assert (shape.title, shape.hints) == ("The result has the right shape", ("Count on paper first.", "Then in code."))
    assert (shape.seconds, shape.device, shape.uses) == (10, None, ("corr2d",))
    assert (values.needs, values.seconds, values.device, values.uses) == (("test_shape",), 60, "cuda", ("conv2d",))


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("@points(1)\n", "", "a check without points"),
        ('"""The values are right."""', "pass", "a check without a docstring"),
        ("The result has the right shape.\n", "The result has\n    the right shape.\n", "title of more than one line"),
        ("    submission.corr2d(1, 2)", "    pass", "calls nothing of the submission"),
        ('@needs("test_shape")', '@needs("test_form")', "no earlier check"),
        ("test_values(", "test_shape(", "a second check named test_shape"),
    ],
)
def test_a_wrong_check_is_refused_with_its_line(before: str, after: str, sentence: str, tmp_path: Path) -> None:
    assert before in GOOD
    with pytest.raises(CourseError, match=rf"test_ex99_made_up.py, line \d+: .*{sentence}"):
        read_exercise(write(tmp_path, GOOD.replace(before, after)))


def test_a_file_without_checks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="no checks"):
        read_exercise(write(tmp_path, "import torch\n"))


def test_exercises_come_in_the_order_of_their_numbers() -> None:
    names = [exercise.name for exercise in load_course()]
    assert names == sorted(names)
    assert "ex11_corr2d" in names
