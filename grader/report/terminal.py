"""The grade on a terminal: one line for each exercise, what failed and why, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.flags import READY_MADE, TAMPERING
from grader.model import Answer, Check, CheckGrade, ExerciseGrade, Grade, Outcome
from grader.pictures import Curves
from grader.report.drawing import draw
from grader.text import break_commands, clean_line

STYLES: dict[Outcome, tuple[str, str, str]] = {  # mark, mark without UTF-8, colour
    "passed": ("✔", "+", "green"),
    "failed": ("✘", "x", "red"),
    "error": ("✘", "x", "red"),
    "timeout": ("✘", "x", "red"),
    "todo": ("·", ".", "dim"),
    "blocked": ("·", ".", "dim"),
}
WORDS: dict[Outcome, str] = {"error": "stopped", "timeout": "took too long", "failed": "failed"}
MAX_WIDTH = 100
NAME_WIDTH, SCORE_WIDTH = 20, 7  # at least: lines are written before all of them are known


class Terminal:
    """Writes to the console; draws a progress line while grading where that is a terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.console.width = min(self.console.width, MAX_WIDTH)
        self.unicode = console.encoding.lower().startswith("utf")

    @contextmanager
    def progress(self) -> Iterator[Terminal]:
        """The progress line, for as long as the grading takes; `row` writes above it."""
        self.console.print()
        with self.console.status("Starting …" if self.unicode else "Starting") as self._status:
            yield self

    def say(self, sentence: str) -> None:
        self.console.print(Text(sentence), highlight=False)

    def on_start(self, answer: Answer, check: Check | None) -> None:
        text = answer.exercise.name if check is None else f"{answer.exercise.name}: {check.title}"
        self._status.update(Text(text[: self.console.width - 4]))

    def row(self, exercise: ExerciseGrade) -> None:
        """The line of one exercise."""
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, min_width=NAME_WIDTH)
        table.add_column(no_wrap=True, min_width=SCORE_WIDTH, justify="right")
        table.add_column()
        name = Text(exercise.exercise.name, style="bold" if exercise.outcome != "todo" else "")
        score = f"{exercise.score:g} / {exercise.max_score:g}"
        table.add_row(self._mark(exercise.outcome), name, score, Text(_summary(exercise), style="dim"))
        self.console.print(table)

    def show(self, grade: Grade) -> None:
        """What follows the lines: what is wrong, the score, what to do next."""
        with self.console.capture() as report:
            for exercise in grade.exercises:
                self.details(exercise)
            self._ending(grade)
        # Once more after the lines have been wrapped: a new line may start with what was in the middle of one.
        self.console.file.write(break_commands(report.get()))
        self.console.file.flush()

    def _mark(self, outcome: Outcome) -> Text:
        mark, plain, colour = STYLES[outcome]
        return Text(mark if self.unicode else plain, style=colour)

    def details(self, exercise: ExerciseGrade) -> None:
        """What is wrong with an answer, check by check; nothing where nothing is."""
        wrong = [check for check in exercise.checks if check.outcome in WORDS]
        if wrong:
            self._wrong(exercise, wrong)
        else:
            for note in exercise.notes:
                self._paragraph(exercise.exercise.name, note, "cyan")
            for picture in [picture for check in exercise.checks for picture in check.pictures]:
                if isinstance(picture, Curves):  # what is misread of what is read well: that is for --html
                    drawn = draw(picture, self.console.width - 2, self.unicode)
                    self.console.print(Padding(drawn, (0, 0, 0, 2)))
        self._flags(exercise, above=1 if wrong else 0)

    def _flags(self, exercise: ExerciseGrade, above: int) -> None:
        said = any(READY_MADE in check.message for check in exercise.checks)
        for label, kind in (("A look at the source", READY_MADE), ("For the instructor", TAMPERING)):
            flags = [flag.removeprefix(f"{kind}: ") for flag in exercise.flags if flag.startswith(kind)]
            if flags and not (kind == READY_MADE and said):
                more = f" And {len(flags) - 1} more, see --json." if len(flags) > 1 else ""
                self.console.print(Padding(Text(f"{label}: {flags[0]}{more}", style="dim"), (above, 0, 0, 2)))

    def _wrong(self, exercise: ExerciseGrade, wrong: Sequence[CheckGrade]) -> None:
        self.console.print()
        self.console.rule(Text(f"{exercise.exercise.name}  {clean_line(exercise.path)}"), align="left", style="dim")
        if exercise.message is not None:
            self.console.print(Padding(Text(exercise.message), (0, 0, 0, 2)))
            return
        for index, check in enumerate(wrong):
            self._check(check, earlier=wrong[:index])
        blocked = [check for check in exercise.checks if check.outcome == "blocked"]
        if blocked:
            many = f"{len(blocked)} more checks wait" if len(blocked) > 1 else "1 more check waits"
            self.console.print(Padding(Text(f"{many} for these to pass.", style="dim"), (1, 0, 0, 2)))
        page = f"Explained in {page_of(exercise)}"
        self.console.print(Padding(Text(page, style="dim"), (0 if blocked else 1, 0, 0, 2)))

    def _check(self, grade: CheckGrade, earlier: Sequence[CheckGrade]) -> None:
        line = Table.grid(expand=True, padding=(0, 1))
        line.add_column(no_wrap=True)
        line.add_column(ratio=1)
        line.add_column(no_wrap=True, justify="right")
        points = f"{grade.check.points:g} point{'s' if grade.check.points != 1 else ''}"
        line.add_row(self._mark(grade.outcome), Text(grade.check.title, style="bold"), Text(points, style="dim"))
        self.console.print()
        self.console.print(line)
        if any(grade.repeats(other) for other in earlier):
            self.console.print(Padding(Text("The same as above.", style="dim"), (0, 0, 0, 2)))
            return
        drawn = [draw(picture, self.console.width - 2, self.unicode) for picture in grade.pictures]
        drawn = [picture for picture in drawn if picture]
        below = 1 if "\n" in grade.message or drawn else 0  # a picture or a place in the code wants room
        self.console.print(Padding(Text(grade.message), (0, 0, below, 2)))
        for picture in drawn:
            self.console.print(Padding(picture, (0, 0, 1, 2)))
        if grade.mistake is not None and grade.mistake not in {other.mistake for other in earlier}:
            self._paragraph("It looks like this", grade.mistake, "yellow")
        if grade.check.hints and grade.outcome == "failed":
            self._paragraph("Hint", grade.check.hints[0], "cyan")

    def _paragraph(self, label: str, text: str, style: str) -> None:
        self.console.print(Padding(Text.assemble((f"{label}: ", style), text), (0, 0, 0, 2)))

    def _ending(self, grade: Grade) -> None:
        self.console.print()
        if not grade.complete:
            graded = sum(exercise.outcome != "blocked" for exercise in grade.exercises)
            stopped = f"Stopped before the end: {graded} of {len(grade.exercises)} exercises were graded."
            self.console.print(Text(stopped, style="bold"))
        full = grade.score == grade.max_score
        score = Text(f"Score {grade.score:g} / {grade.max_score:g}", style="bold green" if full else "bold")
        self.console.print(score)
        options = grade.options
        remembered = any(check.cached for exercise in grade.exercises for check in exercise.checks)
        repeat = f"{'--fresh ' if remembered else ''}--seed {options.seed}"
        how = f"Isolation: {grade.isolation}. Device: {options.device}."
        again = f"Repeat: {repeat}"
        fits = len(how) + 1 + len(again) <= self.console.width
        self.console.print(Text(f"{how} {again}" if fits else f"{how}\n{again}", style="dim"))
        for line in _next_step(grade):
            self.console.print(Text(line), soft_wrap=True)


def _summary(exercise: ExerciseGrade) -> str:
    if exercise.outcome == "blocked":  # all of it: where checks wait for others, one of those has another outcome
        return "not graded"
    if exercise.message is not None:
        return "could not be run"
    counts = {outcome: sum(one.outcome == outcome for one in exercise.checks) for outcome in STYLES}
    remembered = " (remembered)" if any(one.cached for one in exercise.checks) else ""
    if counts["passed"] == len(exercise.checks):
        return f"every check passed{remembered}"
    if counts["todo"] == len(exercise.checks):
        return "not started"
    parts = [f"{counts[outcome]} {word}" for outcome, word in WORDS.items() if counts[outcome]]
    parts += [f"{counts['todo']} to do"] if counts["todo"] else []
    parts += [f"{counts['blocked']} waiting"] if counts["blocked"] else []
    return f"{counts['passed']} passed, {', '.join(parts)}{remembered}"


def _next_step(grade: Grade) -> list[str]:
    """What to do now, for the first exercise that is not complete."""
    open_exercises = [exercise for exercise in grade.exercises if exercise.score < exercise.max_score]
    if not open_exercises:
        return ["Every point earned. Well done!"]
    exercise = open_exercises[0]
    return [f"Next: {clean_line(exercise.path)}, explained in {page_of(exercise)}"]


def page_of(exercise: ExerciseGrade) -> str:
    """The page that explains an exercise."""
    return f"docs/en/exercises/{exercise.exercise.name}.md"
