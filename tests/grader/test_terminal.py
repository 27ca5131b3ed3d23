"""The terminal report says what matters, fits its width, and works without colour and without UTF-8."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from grader.model import Answer, Check, CheckGrade, Exercise, ExerciseGrade, Grade, Options
from grader.pictures import Array, Arrays, Curves, Images, Series
from grader.report.terminal import Terminal
from grader.text import MAX_CHARACTERS, MAX_LINES, clean

OPTIONS = Options(device="cpu", data="digits", data_folder=None, seed=42, isolation="fork", jobs=1)


def check(name: str, title: str = "The sums are right", points: float = 2) -> Check:
    return Check(f"test_{name}", title, ("Look at the corner.", "Then look again."), points, (), ("f",), 10, None)


def exercise(
    name: str,
    *grades: CheckGrade,
    message: str | None = None,
    notes: tuple[str, ...] = (),
    flags: tuple[str, ...] = (),
    folder: str = "exercises",
) -> ExerciseGrade:
    checks = tuple(grade.check for grade in grades)
    return ExerciseGrade(Exercise(name, Path(), checks, None, ()), f"{folder}/{name}.py", grades, message, notes, flags)


def shown(*exercises: ExerciseGrade, width: int = 80, encoding: str = "utf-8", colour: bool = False) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="strict")
    console = Console(file=file, width=width, force_terminal=colour, color_system="truecolor" if colour else None)
    terminal = Terminal(console)
    for one in exercises:
        terminal.row(one)
    terminal.show(Grade("exercises", exercises, "fork (landlock, seccomp)", OPTIONS))
    file.flush()
    return raw.getvalue().decode(encoding)


FAILED = CheckGrade(check("sums"), "failed", "f(1) is 2, expected 3.", mistake="You added one too few.")
PASSED = CheckGrade(check("shape", "The shape is right", 1), "passed")
BLOCKED = CheckGrade(check("more"), "blocked", "This check builds on another.")
TODO = CheckGrade(check("todo"), "todo")


def test_a_failure_is_told_with_title_points_message_mistake_and_first_hint_only() -> None:
    text = shown(exercise("ex11_corr2d", PASSED, FAILED, BLOCKED))
    assert "✘ ex11_corr2d 1 / 5 1 passed, 1 failed, 1 waiting" in " ".join(text.split())
    for part in (
        "✘ The sums are right",
        "2 points",
        "f(1) is 2, expected 3.",
        "It looks like this: You added one too few.",
        "Hint: Look at the corner.",
        "1 more check waits for these to pass.",
    ):
        assert part in text
    assert "Then look again." not in text
    assert "The shape is right" not in text


def test_the_end_names_score_isolation_seed_and_the_next_step() -> None:
    text = shown(exercise("ex11_corr2d", PASSED), exercise("ex22_accuracy", TODO))
    assert "Score 1 / 3" in text
    assert "fork (landlock, seccomp)" in text
    assert "--seed 42" in text
    assert "Next: exercises/ex22_accuracy.py, explained in docs/en/exercises/ex22_accuracy.md" in text


def test_full_marks_are_celebrated_and_nothing_is_next() -> None:
    text = shown(exercise("ex11_corr2d", PASSED))
    assert "Every point earned." in text
    assert "Next:" not in text


CALL = Arrays("Called: f(x)", (Array("x", (2,), (0,), ((1.0, 2.0),)),))
CURVE = Curves("f learns", "step", "loss", 2, (Series("loss", (2.0, 1.0)),))


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_failure_shows_its_pictures_below_its_message(encoding: str) -> None:
    failed = CheckGrade(check("sums"), "failed", "f(x) is 2.", pictures=(CALL, CURVE))
    lines = [line.strip() for line in shown(exercise("ex11_corr2d", failed), encoding=encoding).splitlines()]
    start = lines.index("f(x) is 2.")
    assert lines[start + 1 : start + 6] == ["", "Called: f(x)", "x", "1 2", ""]
    assert lines[start + 6 : start + 8] in (
        ["f learns: loss, steps 1 to 2", "loss  █▁  2 to 1"],
        ["f learns: loss, steps 1 to 2", "loss  #_  2 to 1"],
    )


def test_a_training_that_went_well_is_shown_as_a_curve_alone() -> None:
    passed = CheckGrade(check("learns"), "passed", pictures=(CURVE, Images("1 image is misread", ())))
    text = shown(exercise("ex24_lenet", passed))
    assert "█▁  2 to 1" in text
    assert "misread" not in text


def test_the_page_that_explains_an_exercise_is_named_once() -> None:
    text = shown(exercise("ex11_corr2d", FAILED, FAILED), exercise("ex22_accuracy", PASSED))
    assert text.count("Explained in docs/en/exercises/ex11_corr2d.md") == 1
    assert "Explained in docs/en/exercises/ex22_accuracy.md" not in text


def test_the_same_message_and_the_same_mistake_are_said_once() -> None:
    again = CheckGrade(check("again", "The sums are right again"), "failed", FAILED.message, mistake=FAILED.mistake)
    other = CheckGrade(check("other", "Other sums are right"), "failed", "f(2) is 3, expected 4.", FAILED.mistake)
    text = shown(exercise("ex11_corr2d", FAILED, again, other))
    assert text.count("f(1) is 2") == 1
    assert text.count("You added one too few") == 1
    assert "The same as above." in text
    assert "f(2) is 3" in text


def test_an_exercise_that_could_not_be_run_is_told_once() -> None:
    broken = CheckGrade(check("a"), "error"), CheckGrade(check("b"), "error")
    text = shown(exercise("ex11_corr2d", *broken, message="exercises/ex11_corr2d.py is empty."))
    assert text.count("is empty.") == 1
    assert "could not be run" in text


def test_an_error_gets_no_hint_for_it_would_not_fit() -> None:
    text = shown(exercise("ex11_corr2d", CheckGrade(check("a"), "error", "Your code raised ValueError.")))
    assert "Hint" not in text


def test_a_note_is_shown_to_the_learner() -> None:
    assert "A LeNet with ReLU." in shown(exercise("ex24_lenet", PASSED, notes=("A LeNet with ReLU.",)))


@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_fit_the_terminal(width: int) -> None:
    long = CheckGrade(check("long", "A title that goes on " * 4), "failed", "A long message. " * 10, "So it is. " * 9)
    lines = shown(exercise("ex11_corr2d", long), width=width).splitlines()
    assert [line for line in lines if len(line.rstrip()) > width and not line.startswith("Next:")] == []


def test_without_utf8_the_marks_are_plain() -> None:
    text = shown(exercise("ex11_corr2d", PASSED), exercise("ex22_accuracy", TODO), encoding="ascii")
    assert "+  ex11_corr2d" in text


def test_colour_only_where_it_is_wanted() -> None:
    assert "\x1b[" in shown(exercise("ex11_corr2d", FAILED), colour=True)
    assert "\x1b[" not in shown(exercise("ex11_corr2d", FAILED))


def test_text_in_brackets_is_text_and_no_markup() -> None:
    odd = CheckGrade(check("odd"), "failed", "x[0] is [red]1[/red], expected [bold]2[/bold].")
    assert "x[0] is [red]1[/red], expected [bold]2[/bold]." in shown(exercise("ex11_corr2d", odd))


def test_the_progress_line_names_exercise_and_check() -> None:
    file = io.StringIO()
    terminal = Terminal(Console(file=file, width=80, force_terminal=True))
    one = exercise("ex11_corr2d", PASSED)
    with terminal.progress():
        terminal.on_start(Answer(one.exercise, one.path, {}), PASSED.check)
        terminal._status._live.refresh()
    assert "ex11_corr2d: The shape is right" in file.getvalue()


READY_MADE = "ready-made: ex11_corr2d.py, line 3: torch.conv2d – This exercise is about writing it yourself."
TAMPERING = "tampering: ex11_corr2d.py, line 1: import ctypes – This reaches past Python."


def test_flags_are_one_quiet_line_for_each_reader() -> None:
    text = " ".join(shown(exercise("ex11_corr2d", PASSED, flags=(TAMPERING, READY_MADE, TAMPERING))).split())
    assert "A look at the source: ex11_corr2d.py, line 3: torch.conv2d" in text
    assert "For the instructor: ex11_corr2d.py, line 1: import ctypes – This reaches past Python. And 1 more" in text


def test_a_flag_that_a_check_has_told_is_not_said_again() -> None:
    told = CheckGrade(check("a"), "failed", "Your code calls the ready-made convolution.")
    assert "A look" not in shown(exercise("ex11_corr2d", told, flags=(READY_MADE,)))


COMMANDS = ["::error::no", "   ::add-mask::4", "##[error]no", "a ##vso[task.complete result=Failed;]", "##teamcity[x]"]
OBEYED = r"(?m)^\s*::\w|##\w*\["


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("width", [20, 40, 80])
def test_no_line_is_a_command_of_a_ci_system(command: str, width: int) -> None:
    for before in ("", "one\n", *("x" * length for length in range(10, 90, 3)), *("y " * count for count in range(40))):
        message = clean(before + command)
        assert not re.search(OBEYED, message)
        broken = CheckGrade(check("a"), "error", message)
        text = shown(exercise("ex11_corr2d", broken, message=None), width=width)
        assert not re.search(OBEYED, text)
        assert not re.search(OBEYED, shown(exercise("ex11_corr2d", broken, message=message), width=width))


def test_honest_text_is_left_as_it_is() -> None:
    code = ("x[::2] is wrong", "    Y[::-1, ::2] = 0", "std::vector, a::b", "## a heading [1]")
    for text in (*code, "naïve, é, 卷积, हिन्दी"):
        assert clean(text) == text


def test_text_without_end_is_cut_and_says_so() -> None:
    assert clean("x" * 10**7).endswith("… (cut here: it has 10000000 characters)")
    assert len(clean("x" * 10**7)) < MAX_CHARACTERS + 100
    many = clean("x\n" * 1000)
    assert many.count("\n") == MAX_LINES
    assert "… (cut here: it has 1001 lines)" in many


def test_a_letter_has_a_bounded_number_of_marks() -> None:
    assert clean("e" + "\u0301" * 1000) == "e" + "\u0301" * 4


def test_colours_are_taken_out_and_let_no_command_through() -> None:
    assert clean("two options, \x1b[1mdo those\x1b[0m only") == "two options, do those only"
    assert clean("\x1b[1m::error::x") == ": :error::x"
    assert clean("##\x1b[0m[error]") == "# #[error]"
    assert "\x1b" not in clean("\x1b[\x1b[0m2J")


def test_a_path_stays_on_its_line() -> None:
    hostile = exercise("ex11_corr2d", FAILED, folder="a\nScore 42 / 42\n\x1b[2J")
    assert "\nScore 42" not in shown(hostile)
    assert "\x1b" not in shown(hostile)


def test_what_was_remembered_is_called_so() -> None:
    remembered = replace(PASSED, cached=True)
    text = shown(exercise("ex11_corr2d", remembered))
    assert "every check passed (remembered)" in text
    assert "Repeat: --fresh --seed 42" in text
    assert "remembered" not in shown(exercise("ex11_corr2d", PASSED))
    assert "Repeat: --seed 42" in shown(exercise("ex11_corr2d", PASSED))
