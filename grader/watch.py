"""Grade what was saved, at once: a loop that waits for a key, a change in the folder, or the end of a grading.

Only what the files hold counts. A notification says that it is time to look, and nothing else; the folder is
looked at every second anyway, for folders and editors that do not notify. A verdict is shown only when the
files still hold what was graded.

A grading runs in a process forked from this one, which has torch and pytest in memory. So it can be ended at
any moment, by a save or by a key, and takes with it what it leaves in memory; the nursery ends its sandbox.
Where nothing can be forked, gradings run in this process one after the other, and keys wait.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import select
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NoReturn

from rich.control import Control
from rich.segment import ControlType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from grader import discover, hints, progress, run
from grader.model import (
    Answer,
    Check,
    CourseError,
    Exercise,
    ExerciseGrade,
    Grade,
    Options,
    Outcome,
    Submission,
    UsageError,
)
from grader.report.terminal import STYLES, Terminal
from grader.sandbox.isolation import Fork, Spawn, scratch_folder
from grader.stops import stops_wait
from grader.text import clean

# An editor that writes by rename, or in pieces, is done within this time; the library waits once or twice as long.
QUIET_MS = 25
LOOK_SECONDS = 1.0  # between two looks at the folder that nothing has called for
POLL_SECONDS = 0.2  # the same where no notification is expected
KEYS = {"n": "next", "h": "hint", "l": "list", "r": "run again", "s": "solution", "q": "quit"}
SOLUTIONS = Path(__file__).parent.parent / "solutions"


def watch(
    path: Path,
    course: Sequence[Exercise],
    options_for: Callable[[], Options],
    terminal: Terminal,
    poll: bool,
    nobody_reads: Callable[[], bool],
) -> None:
    """Grade what is saved at `path`, a folder or a file in it, until `q`. Raises UsageError, CourseError."""
    submission = discover.discover([path], course)
    folder, chosen = (path, None) if path.is_dir() else (path.parent, submission.answers[0].exercise)
    with _temporary_folder(), _notifications(folder, wanted=not poll) as bell:
        try:
            known, sentence = progress.load(folder)
        except progress.NotKeptError as error:
            known, sentence = progress.Progress(), str(error)
        first = chosen or known.first_open(course) or course[0]
        loop = _Loop(folder, course, first, known, options_for, terminal)
        try:
            loop.tell(sentence)
            with _keys() as keys:  # the innermost: whatever happens, the terminal is put right first
                loop.run(keys, bell, POLL_SECONDS if poll else LOOK_SECONDS, nobody_reads)
        finally:
            loop.close()


@dataclass(frozen=True)
class _Grading:
    """A grading that is going on in a process of its own, and what it sends: titles of checks, then the grade."""

    answer: Answer
    options: Options
    process: BaseProcess
    news: Connection


class _Loop:
    """What the screen shows, what runs, and what a key or a save does to both."""

    def __init__(
        self,
        folder: Path,
        course: Sequence[Exercise],
        current: Exercise,
        known: progress.Progress,
        options_for: Callable[[], Options],
        terminal: Terminal,
    ) -> None:
        self.folder, self.course, self.current, self.known = folder, course, current, known
        self.options_for, self.terminal, self.console = options_for, terminal, terminal.console
        self.answer: Answer | None = None  # what the files held at the last look
        self.trouble = ""  # why the last look found no answer
        self.grade: ExerciseGrade | None = None  # the verdict on `answer`, once there is one
        self.grading: _Grading | None = None
        self.isolation: Fork | Spawn | None = None
        self.prepared: list[Answer] = []  # empty ones, to the exercises whose probes the nursery has
        self.news: list[str] = []  # about progress that cannot be kept: to be said below the next report
        self.last_news = ""
        self.has_keys = False
        self.live = self.console.is_terminal and not self.console.is_dumb_terminal

    def run(
        self, keys: _Keys, bell: socket.socket | None, seconds: float, nobody_reads: Callable[[], bool]
    ) -> None:
        """Until `q` is pressed, or nobody reads any more."""
        self.has_keys = keys.there
        self.look()
        while not nobody_reads():
            sources: list[Any] = [*keys.descriptors]
            sources += [bell] if bell is not None else []
            sources += [self.grading.news] if self.grading is not None else []
            if not sources:
                time.sleep(min(seconds, keys.seconds))
            ready = wait(sources, min(seconds, keys.seconds)) if sources else []
            for key in keys.read():
                if key == "q":
                    return
                self.press(key)
            if bell is not None and bell in ready:
                bell.recv(4096)
            if self.grading is not None and self.grading.news in ready:
                self._hear(self.grading)
            self.look()

    def close(self) -> None:
        """End what runs."""
        self._stop()
        if self.live:
            self.console.print()  # the line of the keys had no end
        if self.isolation is not None:
            self.isolation.close()
            self.isolation = None

    # What was saved

    def look(self) -> None:
        """Read the folder; grade where it holds something else than at the last look."""
        try:
            answer = self._read(self.current)
            if self.answer is not None and (saved := self._saved(self.answer, answer)) is not None:
                self.current = saved
                self.answer, answer = None, self._read(saved)
        except UsageError as error:  # the folder is gone, or everything in it
            if str(error) != self.trouble:
                self._stop()
                self.answer, self.grade, self.trouble = None, None, str(error)
                self.say(self.trouble)
            return
        self.trouble = ""
        if self.answer is None or self._essence(answer) != self._essence(self.answer):
            self._begin(answer)
        else:
            self.answer = answer

    def _read(self, exercise: Exercise) -> Answer:
        return discover.discover([self.folder], self.course, exercise.name).answers[0]

    def _saved(self, before: Answer, now: Answer) -> Exercise | None:
        """Another exercise whose file was saved since, when the current one's was not."""
        changed = {name for name, content in now.sources.items() if before.sources.get(name) != content}
        if self.current.name in changed:
            return None
        return next((exercise for exercise in self.course if exercise.name in changed), None)

    def _essence(self, answer: Answer) -> object:
        """What the verdict on an answer depends on: not the other exercises."""
        others = {exercise.name for exercise in self.course} - {answer.exercise.name}
        return answer.problem, {name: content for name, content in answer.sources.items() if name not in others}

    # Gradings

    def _begin(self, answer: Answer) -> None:
        self._stop()
        self.answer, self.grade = answer, None
        submission = Submission(str(self.folder), (answer,))
        if not answer.can_run:
            self._show(run.grade(submission, self.options_for()))
            self._prepare(answer.exercise)
            return
        isolation = self._prepare(answer.exercise)  # first: the nursery imports torch while this process does
        options = self._settled()
        self._busy("Grading")
        if options.isolation != "process":
            with contextlib.suppress(OSError), stops_wait():  # OSError: no more processes are to be had
                self.grading = _start(answer, options, isolation)
        if self.grading is None:
            done, name = run.grade_answer(answer, options, isolation, self._on_start)
            self._show_if_it_holds(Grade(str(self.folder), (done,), name, options))

    def _prepare(self, exercise: Exercise) -> Fork | Spawn:
        """A nursery that has the probes of the exercise."""
        loaded = {probe for answer in self.prepared for probe in answer.exercise.probes}
        if self.isolation is not None:
            dead = isinstance(self.isolation, Fork) and self.isolation.process.poll() is not None
            if set(exercise.probes) <= loaded and not dead:
                return self.isolation
            self.isolation.close()
        empty = Answer(exercise, exercise.name, {exercise.name: b""})
        self.prepared.append(empty)
        self.isolation = run.start_isolation(self.prepared, self.options_for())
        options = self._settled()
        if options.isolation == "strict":
            run.refuse_broken_promises(self.isolation, options.device)
        if options.isolation != "process" and len(self.prepared) == 1:
            self._warm_up(empty, options, self.isolation)
        return self.isolation

    def _settled(self) -> Options:
        options = self.options_for()
        return replace(options, device=run.choose_device(options.device))

    def _warm_up(self, empty: Answer, options: Options, isolation: Fork | Spawn) -> None:
        """Grade an answer without anything in it: what that imports, every grading that is forked later has."""
        self._busy("Starting")
        run.grade_answer(empty, options, isolation, lambda answer, check: None)
        gc.collect()
        gc.freeze()  # collections in a forked grading would copy every page that they look at
        self._prompt()

    def _hear(self, grading: _Grading) -> None:
        """Take what a grading has sent: the title of the check that runs, or the end."""
        try:
            news = grading.news.recv()
        except (EOFError, OSError):
            self._stop()
            self.say("The grading was ended from outside. Save again, or press r.")
            return
        if isinstance(news, str):
            self._busy(news)
            return
        self._stop()
        if isinstance(news, Exception):
            raise news
        done, isolation = news
        self._show_if_it_holds(Grade(str(self.folder), (done,), isolation, grading.options))

    def _show_if_it_holds(self, grade: Grade) -> None:
        """Show a verdict, unless something was saved since: then the next look begins another grading."""
        with contextlib.suppress(UsageError):
            if self.answer is not None and self._essence(self._read(self.current)) == self._essence(self.answer):
                self._show(grade)

    def _stop(self) -> None:
        if self.grading is not None:
            self.grading.process.kill()
            self.grading.process.join()
            self.grading.process.close()
            self.grading.news.close()
            self.grading = None

    # Keys

    def press(self, key: str) -> None:
        """Do what a key stands for."""
        match key:
            case "n":
                self._next()
            case "h":
                self._hint()
            case "l":
                self._list()
            case "r":
                self.answer, self.trouble = None, ""
                self.look()
            case "s":
                self._solution()

    def _next(self) -> None:
        place = self.course.index(self.current)
        following = [*self.course[place + 1 :], *self.course[:place]]
        if (chosen := self.known.first_open(following)) is None:
            everything = self.known.of(self.current).done is not None
            self.say("Every exercise is done!" if everything else "This is the only exercise that is left.")
            return
        self.current, self.answer = chosen, None
        self.look()

    def _hint(self) -> None:
        if self.grade is None:
            self.say("A hint needs a verdict. Wait for it, then press h again.")
            return
        hint = hints.next_hint(self.grade, self.known.of(self.current).hints)
        self._remember(lambda known: progress.hint_given(known, self.current, hint))
        self.say(hint.words)

    def _list(self) -> None:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for title in ("", "", "exercise", "tries", "done", ""):
            table.add_column(title, no_wrap=True, justify="right" if title == "tries" else "left")
        for exercise in self.course:
            entry = self.known.of(exercise)
            outcome: Outcome = "passed" if entry.done else "failed" if entry.tries else "todo"
            mark, plain, colour = STYLES[outcome]
            now = f"{entry.score:g} / {entry.max_score:g}" if entry.score < entry.max_score else ""
            here = exercise == self.current
            table.add_row(
                ">" if here else "",
                Text(mark if self.terminal.unicode else plain, style=colour),
                Text(exercise.name, style="bold" if here else "dim" if outcome == "todo" else ""),
                str(entry.tries or ""),
                f"{entry.done:%Y-%m-%d}" if entry.done else "",
                f"now {now}" if entry.done and now else now,
            )
        self._clear()
        self.console.print(table)
        self._prompt()

    def _solution(self) -> None:
        if self.known.of(self.current).done is None:
            self.say("The solution is shown once every check has passed.")
            return
        try:
            text = (SOLUTIONS / f"{self.current.name}.py").read_text(encoding="utf-8")
        except OSError:
            self.say("The solution is not in this copy of the course.")
            return
        self._clear()
        self.console.print(Syntax(text, "python", background_color="default", word_wrap=True))
        self._prompt()

    # The screen

    def say(self, text: str) -> None:
        """Below what is there."""
        self._erase_line()
        self.console.print()
        self.terminal.say(clean(text))
        self._say_news()
        self._prompt()

    def _show(self, grade: Grade) -> None:
        done = self.grade = grade.exercises[0]
        assert self.answer is not None
        answer, now = self.answer, datetime.now().astimezone()
        self._clear()
        self.console.print()
        self.terminal.row(done)
        self.terminal.show(grade)
        self._remember(lambda known: progress.reported(known, answer, done, now))
        self._say_news()
        self._prompt()

    def _remember(self, change: Callable[[progress.Progress], progress.Progress]) -> None:
        self.known, sentence = progress.update(self.folder, change, self.known)
        self.tell(sentence)

    def tell(self, sentence: str | None) -> None:
        """Say it below the next report, once."""
        if sentence is not None and sentence != self.last_news:
            self.last_news = sentence
            self.news.append(sentence)

    def _say_news(self) -> None:
        for sentence in self.news:
            self.terminal.say(sentence)
        self.news.clear()

    def _on_start(self, answer: Answer, check: Check | None) -> None:
        if check is not None:
            self._busy(check.title)

    def _busy(self, what: str) -> None:
        self._last_line(Text(f"{self.current.name}: {what}", style="cyan"))

    def _prompt(self) -> None:
        if self.has_keys:
            parts = [Text.assemble((key, "bold"), f" {what}   ") for key, what in KEYS.items()]
            self._last_line(Text.assemble(*parts))

    def _last_line(self, text: Text) -> None:
        if self.live:
            text.truncate(self.console.width - 1)
            self._erase_line()
            self.console.print(text, end="", highlight=False, soft_wrap=True)

    def _erase_line(self) -> None:
        if self.live:
            self.console.control(Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2)))

    def _clear(self) -> None:
        if self.live:
            self.console.clear()


@contextlib.contextmanager
def _temporary_folder() -> Iterator[None]:
    """Gradings that are ended leave their scratch folders behind: in this one, which goes at the end."""
    with contextlib.ExitStack() as leaving:
        with contextlib.suppress(OSError):  # there is no room: start_isolation says so
            tempfile.tempdir = str(leaving.enter_context(scratch_folder()))
        try:
            yield
        finally:
            tempfile.tempdir = None


# A grading in a process of its own ----------------------------------------------------------------


def _start(answer: Answer, options: Options, isolation: Fork | Spawn) -> _Grading:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(answer, options, isolation, theirs))
    try:
        process.start()
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    return _Grading(answer, options, process, ours)


def _work(answer: Answer, options: Options, isolation: Fork | Spawn, news: Connection) -> NoReturn:
    """The life of that process: grade one answer, send the titles of its checks and its grade, end."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that forked us, which ends us
        for number in (signal.SIGTERM, signal.SIGCONT):
            signal.signal(number, signal.SIG_DFL)
        try:
            on_start = lambda answer, check: news.send(check.title) if check is not None else None  # noqa: E731
            news.send(run.grade_answer(answer, options, isolation, on_start))
        except (CourseError, UsageError) as error:
            news.send(error)
    except BaseException:  # noqa: BLE001  whoever forked us hears that nothing more comes
        pass
    finally:
        os._exit(0)


# Keys and notifications ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Keys:
    """Keys that are read as they are pressed, where there is a keyboard."""

    there: bool
    read: Callable[[], str]  # what was pressed since the last time; does not wait
    descriptors: tuple[int, ...] = ()  # to wait for
    seconds: float = LOOK_SECONDS  # how long one may wait where there is nothing to wait for


@contextlib.contextmanager
def _keys() -> Iterator[_Keys]:
    """The terminal without Enter and echo; as it was at the end. Ctrl-C stays Ctrl-C."""
    if sys.stdin is None or not sys.stdin.isatty():
        yield _Keys(False, lambda: "")
        return
    if sys.platform == "win32":  # untested: the course has no such machine
        import msvcrt

        def pressed() -> str:
            found = ""
            while msvcrt.kbhit():
                found += msvcrt.getwch()
            return found

        yield _Keys(True, pressed, seconds=0.05)
        return
    import termios
    import tty

    terminal = sys.stdin.fileno()
    if _in_background(terminal):  # the keyboard is another's
        yield _Keys(False, lambda: "")
        return
    before = termios.tcgetattr(terminal)

    def read() -> str:
        if not select.select([terminal], [], [], 0)[0]:
            return ""
        try:
            content = os.read(terminal, 1000)
        except OSError:  # the terminal is gone
            content = b""
        if not content:
            return "q"
        return "" if content.startswith(b"\x1b") else content.decode("ascii", "ignore").lower()  # no arrow is a key

    def again(number: int, frame: object) -> None:  # after Ctrl-Z and fg
        if not _in_background(terminal):
            tty.setcbreak(terminal, termios.TCSANOW)

    main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGCONT, again) if main else None
    try:
        tty.setcbreak(terminal, termios.TCSANOW)
        yield _Keys(True, read, (terminal,))
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)
        if main:
            signal.signal(signal.SIGCONT, handler)


def _in_background(terminal: int) -> bool:
    try:
        return os.tcgetpgrp(terminal) != os.getpgrp()
    except OSError:  # a terminal that has no jobs
        return False


@contextlib.contextmanager
def _notifications(folder: Path, wanted: bool) -> Iterator[socket.socket | None]:
    """A socket that can be read whenever something was saved in the folder."""
    if not wanted:
        yield None
        return
    bell, rope = socket.socketpair()
    rope.setblocking(False)
    ended = threading.Event()
    thread = threading.Thread(target=_ring, args=(folder, rope, ended), daemon=True)
    thread.start()
    try:
        yield bell
    finally:
        ended.set()
        thread.join(1)
        bell.close()
        rope.close()


def _ring(folder: Path, rope: socket.socket, ended: threading.Event) -> None:
    import watchfiles

    def is_source(change: watchfiles.Change, path: str) -> bool:
        return path.endswith((".py", ".ipynb"))

    # Where a folder does not notify, or is gone, a look each second has to do: these errors say no more than that.
    with contextlib.suppress(OSError, RuntimeError):
        for _ in watchfiles.watch(
            folder, watch_filter=is_source, step=QUIET_MS, debounce=4 * QUIET_MS, stop_event=ended, recursive=False
        ):
            with contextlib.suppress(BlockingIOError):
                rope.send(b".")
