"""The command line: words become calls, outcomes become an exit status.

Exit status: 0 every point earned, 1 points lost, 2 the command or the course itself is wrong,
130 stopped before the end.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import secrets
import signal
import stat
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any, TextIO, cast

from rich.console import Console

from grader import course, discover, hints, notebooks, progress, run
from grader.files import write_in_one_step
from grader.memory import Memory
from grader.model import (
    DATA_SETS,
    DEVICES,
    Answer,
    CourseError,
    Exercise,
    ExerciseGrade,
    Grade,
    Options,
    Submission,
    UsageError,
    Verdict,
)
from grader.report import json
from grader.report.terminal import Terminal
from grader.stops import stops_go_to, stops_wait
from grader.text import clean

DEFAULT_COMMAND = "grade"
STOPPED = 130  # what shells say of a command that Ctrl-C ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")  # into a file, Windows writes an encoding without ✔ and −
    parser, commands = _parser()
    if not words or words[0] not in (*commands, "-h", "--help"):
        words.insert(0, DEFAULT_COMMAND)
    arguments = parser.parse_args(words)
    try:
        with _stoppable():
            return int(arguments.command(arguments))
    except (UsageError, CourseError) as error:
        print(clean(str(error)), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped before the end.", file=sys.stderr)
        return STOPPED


def grade(arguments: argparse.Namespace) -> int:
    """Grade the paths, show the report as it grows, and write the files that were asked for."""
    json_file = None if arguments.json is None else _writable(arguments.json)
    html_file = None if arguments.html is None else _writable(arguments.html)
    submission = discover.discover(arguments.paths, course.load_course(), arguments.only)
    output = _Output(sys.stdout)
    terminal = Terminal(Console(file=cast(IO[str], output)))
    result = _grade(arguments, submission, terminal, on_done=terminal.row)
    try:
        if json_file is not None:
            _write(json_file, json.render(result))
        if html_file is not None:
            from grader.report import html  # here: most runs need none, and stubs should be told at once

            _write(html_file, html.page(result))
    finally:
        terminal.show(result)
    if arguments.progress:
        for sentence in progress.record(arguments.paths, submission, result):
            terminal.say(sentence)
    output.complain()
    if not result.complete:
        return STOPPED
    return 0 if result.score == result.max_score else 1


def _grade(
    arguments: argparse.Namespace,
    submission: Submission,
    terminal: Terminal,
    on_done: Callable[[ExerciseGrade], None] = lambda grade: None,
) -> Grade:
    """The grade of a submission; what is remembered is not graded again."""
    options = _options(arguments)
    memory = Memory({name: getattr(arguments, name) for name in ("device", "data", "data_dir", "seed", "isolation")})
    remembered = {} if arguments.fresh else memory.recall(submission)
    if any(answer.can_run and answer.exercise.name not in remembered for answer in submission.answers):
        _fetch(options, terminal.say)

    def keep(answer: Answer, verdict: Verdict) -> None:
        on_done(verdict.grade)
        memory.keep(answer, verdict)

    with terminal.progress():
        return run.grade(submission, options, terminal.on_start, keep, remembered)


def watch(arguments: argparse.Namespace) -> int:
    """Grade what is saved, until `q` or Ctrl-C."""
    from grader import watch

    output = _Output(sys.stdout)
    terminal = Terminal(Console(file=cast(IO[str], output)))
    _fetch(_options(arguments), terminal.say)
    try:
        watch.watch(
            arguments.path,
            course.load_course(),
            lambda: _options(arguments),
            terminal,
            poll=arguments.poll,
            nobody_reads=lambda: output.error is not None,
        )
    except KeyboardInterrupt:
        return STOPPED
    output.complain()
    return 0


def hint(arguments: argparse.Namespace) -> int:
    """Show the next hint for an exercise; without a name, for the first one that is not complete."""
    exercises = course.load_course()
    name, path = _name_and_path(arguments, exercises)
    submission = discover.discover([path], exercises, name)
    folder = path if path.is_dir() else path.parent
    terminal = Terminal(Console(file=cast(IO[str], _Output(sys.stdout))))
    known, sentence = progress.update(folder, lambda known: known)
    words = "Every exercise is done, no hint is needed."
    for answer in submission.answers:
        if len(submission.answers) > 1 and known.of(answer.exercise).done is not None:
            continue
        result = _grade(arguments, Submission(submission.name, (answer,)), terminal)
        if not result.complete:
            return STOPPED
        next_one = hints.next_hint(result.exercises[0], known.of(answer.exercise).hints)
        known, sentence = progress.update(folder, _after_hint(answer, result, next_one), known)
        if result.score < result.max_score or len(submission.answers) == 1:
            words = next_one.words
            break
    for said in filter(None, (words, sentence)):
        terminal.say(said)
    return 0


def _name_and_path(arguments: argparse.Namespace, exercises: Sequence[Exercise]) -> tuple[str | None, Path]:
    """What `hint`, `hint NAME`, `hint NAME PATH` and `hint PATH` mean."""
    name, path = arguments.name, arguments.path
    if name is None or any(exercise.name == name for exercise in exercises):
        return name, path or Path("exercises")
    if path is None and os.path.exists(name):
        return None, Path(name)
    raise UsageError(f"There is no exercise {name}. There are {', '.join(one.name for one in exercises)}.")


def _after_hint(answer: Answer, result: Grade, hint: hints.Hint) -> Callable[[progress.Progress], progress.Progress]:
    now = datetime.now().astimezone()
    return lambda known: progress.hint_given(
        progress.graded(known, answer, result.exercises[0], now), answer.exercise, hint
    )


def notebook(arguments: argparse.Namespace) -> int:
    """Write the exercises as notebooks."""
    print(clean(notebooks.write(course.load_course(), arguments.out, arguments.only, arguments.force)))
    return 0


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Ctrl-C and SIGTERM raise KeyboardInterrupt, which keeps what was graded; the second ends at once."""

    def stop(_number: int, _frame: object) -> None:
        for number in numbers:
            signal.signal(number, lambda number, frame: os._exit(STOPPED))
        raise KeyboardInterrupt

    with stops_go_to(stop) as numbers:
        yield


class _Output:
    """Standard output for the report. Where it breaks, the grading goes on, and `complain` says so at the end."""

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream or io.StringIO()  # there is none where the caller closed it
        self.error: OSError | None = None

    def write(self, text: str) -> None:
        with self._remembering():
            self.stream.write(text)

    def flush(self) -> None:
        with self._remembering():
            self.stream.flush()

    @contextlib.contextmanager
    def _remembering(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def complain(self) -> None:
        """Raise UsageError where the report was not shown; that nobody wants the rest, as head -1, is no error."""
        self.flush()
        if self.error is not None and not isinstance(self.error, BrokenPipeError):
            raise UsageError(f"The report could not be shown: {self.error.strerror}.")


def _parser() -> tuple[argparse.ArgumentParser, Collection[str]]:
    """The parser, and the names of its commands. Each command sets `command`, which carries it out."""
    parser = argparse.ArgumentParser(
        prog="python -m grader",
        description="Grade answers to the exercises of Convolutions by Hand.",
        epilog="Exit status: 0 every point earned, 1 points lost, 2 the command or the course itself is wrong.",
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    one = commands.add_parser(DEFAULT_COMMAND, help="grade exercises (the default command)")
    one.set_defaults(command=grade)
    add = one.add_argument
    add("paths", metavar="PATH", nargs="*", type=Path, default=[Path("exercises")],
        help="a folder of exercises or files in it (default: exercises/)")  # fmt: skip
    add("--only", metavar="GLOB", help="only exercises whose names match, such as 'ex1*'")
    add("-j", metavar="N", dest="jobs", type=_positive, default=1, help="exercises graded side by side (default: 1)")
    add("--fresh", action="store_true", help="grade again what has not changed since it was graded")
    add("--json", metavar="FILE", type=Path, help="write the report for other programs")
    add("--html", metavar="FILE", type=Path, help="write the report as a page with plots, to open in a browser")
    add("--no-progress", dest="progress", action="store_false",
        help="do not remember it in the folder, as for folders that are not yours")  # fmt: skip
    _add_grading_options(one)
    one = commands.add_parser("watch", help="grade an exercise as soon as its file is saved")
    one.set_defaults(command=watch, jobs=1)
    add = one.add_argument
    add("path", metavar="PATH", nargs="?", type=Path, default=Path("exercises"),
        help="a folder of exercises or a file in it (default: exercises/)")  # fmt: skip
    add("--poll", action="store_true", help="look five times a second, for folders that do not notify of a save")
    _add_grading_options(one)
    one = commands.add_parser("hint", help="show the next hint")
    one.set_defaults(command=hint, jobs=1)
    add = one.add_argument
    add("name", metavar="NAME", nargs="?", help="an exercise (default: the first one that is not complete)")
    add("path", metavar="PATH", nargs="?", type=Path, help="a folder of exercises (default: exercises/)")
    add("--fresh", action="store_true", help="grade again what has not changed since it was graded")
    _add_grading_options(one)
    one = commands.add_parser("notebook", help="write the exercises as notebooks")
    one.set_defaults(command=notebook)
    add = one.add_argument
    add("--out", metavar="DIR", type=Path, required=True, help="the folder for the notebooks")
    add("--only", metavar="GLOB", help="only exercises whose names match, such as 'ex1*'")
    add("--force", action="store_true", help="replace notebooks that are there, with the work in them")
    return parser, commands.choices


def _add_grading_options(parser: argparse.ArgumentParser) -> None:
    """How to grade: the same for every command that does; `_options` reads them."""
    add = parser.add_argument
    add("--device", choices=DEVICES, default="auto", help="where nets run (default: a GPU if there is one)")
    add("--data", choices=DATA_SETS, default="digits", help="what nets train on (default: digits, no download)")
    add("--data-dir", metavar="DIR", type=Path, help="where data sets are kept")
    add("--seed", metavar="N", type=int, help="repeat the random inputs of an earlier run")
    add("--isolation", choices=("auto", "fork", "process", "strict"), default="auto",
        help="strict: start only if every promise of the sandbox holds here; fork and process: two ways to start "
        "sandboxes (default: fork on Linux, process elsewhere)")  # fmt: skip


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return int(text)


def _writable(path: Path) -> Path:
    """`path`, or UsageError now rather than after minutes of grading."""
    if os.path.isdir(path):
        raise UsageError(f"{path} is a folder. Name a file for the report.")
    if not os.path.isdir(path.parent):
        raise UsageError(f"{path.parent} does not exist. Make the folder first, then the report goes there.")
    if not os.access(path if os.path.exists(path) else path.parent, os.W_OK):
        raise UsageError(f"{path} cannot be written. Name a file where you may write.")
    return path


def _write(path: Path, text: str) -> None:
    """Write in one step: an older report stays whole where the new one cannot be written."""
    target = path.resolve()  # of a link, the file that it leads to
    try:
        if not _is_regular(path) or not os.access(target.parent, os.W_OK):
            path.write_text(text, encoding="ascii")
            return
        write_in_one_step(target, text, stat.S_IMODE(target.stat().st_mode) if target.exists() else None)
    except OSError as error:
        raise UsageError(f"{path} could not be written: {error.strerror}. The grade above is complete.") from None


def _is_regular(path: Path) -> bool:
    """Whether a file can take the place of `path`: not so for /dev/stdout and pipes."""
    return not path.exists() or path.is_file()


def _options(arguments: argparse.Namespace) -> Options:
    """How to grade, as the command line says it."""
    return Options(
        device=arguments.device,
        data=arguments.data,
        data_folder=arguments.data_dir,
        seed=secrets.randbelow(10**12) if arguments.seed is None else arguments.seed,
        isolation=_isolation(arguments.isolation),
        jobs=arguments.jobs,
    )


def _isolation(wish: str) -> str:
    if sys.platform != "linux":
        if wish in ("fork", "strict"):
            raise UsageError(f"--isolation {wish} needs Linux. Use --isolation process for code that you trust.")
        return "process"
    course_folder = Path(__file__).parent.parent
    if wish == "strict" and not sys.flags.safe_path and Path.cwd() != course_folder:
        raise UsageError(
            f"--isolation strict: Python was started in {Path.cwd()} and may have imported a file from there. "
            f"Start it in {course_folder}, or as python -P -m grader."
        )
    return "fork" if wish == "auto" else wish


def _fetch(options: Options, say: Callable[[str], None]) -> None:
    """Have the data set there before the grading begins."""
    if options.data != "digits":
        with stops_wait():
            from grader import data  # here: it imports torch
        data.fetch(options.data, options.data_folder, say)
