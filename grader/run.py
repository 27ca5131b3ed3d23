"""Grade a submission: pytest runs the checks of each exercise, sandboxes run the answers."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, NoReturn

from grader import flags
from grader.model import (
    Answer,
    Check,
    CheckGrade,
    CourseError,
    Exercise,
    ExerciseGrade,
    Grade,
    Options,
    Outcome,
    Submission,
    UsageError,
    Verdict,
)
from grader.sandbox.isolation import HOW_TO_COMPUTE, Fork, Spawn, scratch_folder
from grader.stops import STOPS, stops_blocked, stops_wait
from grader.text import clean

if TYPE_CHECKING:  # it imports torch, which takes two seconds: not for untouched stubs
    from grader.plugin import GraderPlugin

# Each pytest run is ours alone: no configuration, plugins or caches of the folder it happens in.
PYTEST_ARGUMENTS = (
    "--capture=no",
    "--assert=plain",  # every assertion of a check explains itself
    "--import-mode=importlib",
    "--noconftest",
    # What no check uses: to register them all takes a tenth of a second for each exercise.
    *("-pno:debugging", "-pno:doctest", "-pno:junitxml", "-pno:legacypath", "-pno:logging", "-pno:monkeypatch"),
    *("-pno:pastebin", "-pno:recwarn", "-pno:setuponly", "-pno:setupplan", "-pno:skipping", "-pno:stepwise"),
    *("-pno:subtests", "-pno:terminal", "-pno:tmpdir", "-pno:unittest", "-pno:warnings"),
    *("-pno:cacheprovider", "-pno:faulthandler"),  # nor write into the course's folder, nor to standard error
    # They collect garbage at the end, to find what nobody caught: a third of a second for each exercise.
    *("-pno:unraisableexception", "-pno:threadexception"),
)
NOTHING_RAN = "none (nothing was run)"
NOT_REACHED = "Not graded: stopped before it was its turn."
WORKER_SECONDS = 5.0  # for a worker to end its sandbox

OnStart = Callable[[Answer, Check | None], None]
OnDone = Callable[[Answer, Verdict], None]


def grade(
    submission: Submission,
    options: Options,
    on_start: OnStart = lambda answer, check: None,
    on_done: OnDone = lambda answer, verdict: None,
    remembered: Mapping[str, Verdict] | None = None,
) -> Grade:
    """The grade of a submission; `on_start` hears which check starts, `on_done` what each answer earned.

    What is `remembered`, by names of exercises, is not run again. KeyboardInterrupt ends it early: the grade holds
    what was graded until then, and is not complete. Raises CourseError when the checks of an exercise cannot be
    collected, UsageError when this machine has no room for a sandbox, no such device, or cannot be strict.
    """
    verdicts = dict(remembered or {})
    ready = [answer for answer in submission.answers if answer.can_run and answer.exercise.name not in verdicts]
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as stack:
        isolation = None
        if ready:
            # The nursery imports torch while this process does the same.
            isolation = stack.enter_context(contextlib.closing(start_isolation(ready, options)))
            options = replace(options, device=choose_device(options.device))
            if options.isolation == "strict":
                refuse_broken_promises(isolation, options.device)
        elif device := _together(verdict.device for verdict in verdicts.values()):
            options = replace(options, device=device)
        one_by_one = _one_by_one(submission.answers, verdicts, options, isolation, on_start)
        for answer, verdict in stack.enter_context(contextlib.closing(one_by_one)):  # workers end before the nursery
            verdicts[answer.exercise.name] = verdict
            on_done(answer, verdict)
    grades = {answer.exercise.name: _without_running(answer, options.device) for answer in submission.answers}
    grades |= {name: verdict.grade for name, verdict in verdicts.items()}
    ran = [verdict for verdict in verdicts.values() if verdict.isolation is not None]
    seeds = {verdict.seed for verdict in ran}  # what is remembered may have had another
    seed = seeds.pop() if len(seeds) == 1 else options.seed
    return Grade(
        submission.name,
        tuple(grades[answer.exercise.name] for answer in submission.answers),
        _together(verdict.isolation for verdict in ran) or NOTHING_RAN,
        replace(options, device=_together(verdict.device for verdict in ran) or "cpu", seed=seed),
        complete=all(answer.exercise.name in verdicts for answer in ready),
    )


def _one_by_one(
    answers: Sequence[Answer],
    known: Mapping[str, Verdict],
    options: Options,
    isolation: Fork | Spawn | None,
    on_start: OnStart,
) -> Generator[tuple[Answer, Verdict]]:
    """Each answer with its verdict: in the order of the course, or, side by side, as they come."""
    ready = [answer for answer in answers if answer.can_run and answer.exercise.name not in known]
    side_by_side = min(options.jobs, len(ready)) > 1
    for answer in answers:
        if (verdict := known.get(answer.exercise.name)) is not None:
            yield answer, verdict
        elif not answer.can_run:
            yield answer, Verdict(_without_running(answer, options.device), None, None, options.seed)
        elif isolation is not None and not side_by_side:
            yield answer, _verdict(options, *grade_answer(answer, options, isolation, on_start))
    if isolation is not None and side_by_side:
        for answer, done, name in _side_by_side(ready, options, isolation, on_start):
            yield answer, _verdict(options, done, name)


def _verdict(options: Options, done: ExerciseGrade, isolation: str) -> Verdict:
    return Verdict(done, isolation, options.device, options.seed)


def _together(words: Iterable[str | None]) -> str:
    return " and ".join(sorted({word for word in words if word is not None}))


def _without_running(answer: Answer, device: str) -> ExerciseGrade:
    """The grade of an answer that is missing, unreadable, untouched, or not reached."""
    outcome: Outcome = "error" if answer.problem is not None else "todo" if answer.untouched else "blocked"
    message = None if outcome == "todo" else clean(answer.problem or NOT_REACHED)
    exercise = _on_device(answer.exercise, device)
    return ExerciseGrade(exercise, answer.path, tuple(CheckGrade(check, outcome) for check in exercise.checks), message)


def _on_device(exercise: Exercise, device: str) -> Exercise:
    """The exercise with the checks that there are on this device."""
    return replace(exercise, checks=tuple(check for check in exercise.checks if check.device in (None, device)))


def start_isolation(answers: Sequence[Answer], options: Options) -> Fork | Spawn:
    """What starts sandboxes for these answers; to be closed by the caller. UsageError where there is no room."""
    os.environ.update(HOW_TO_COMPUTE)
    try:
        with scratch_folder():
            pass
    except OSError as error:
        raise UsageError(
            f"No folder for an answer can be made in {_temporary_folder()}: {error.strerror}. "
            "Make room there, or set TMPDIR to a folder in which you may write."
        ) from None
    try:
        if options.isolation == "process":
            return Spawn()
        probes = {probe for answer in answers for probe in answer.exercise.probes}
        return Fork([*sorted(probes), "promises"])
    except OSError as error:
        raise UsageError(
            f"No process can be started here ({error.strerror}), and each answer needs one to run in. "
            "Is the number of processes limited (ulimit -u)?"
        ) from None


def _temporary_folder() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:
        return "the temporary folder"


def choose_device(wish: str) -> str:
    """The device that `wish` stands for. Raises UsageError where there is none of that name."""
    if wish == "cpu":
        return wish
    os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "1"  # asking must not open a CUDA context here
    with _importing():
        import torch

    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wish == "auto":
        return next((device for device, there in available.items() if there), "cpu")
    if not available[wish]:
        raise UsageError(f"--device {wish}: PyTorch finds no such device here. Leave the option out to use the CPU.")
    return wish


@contextlib.contextmanager
def _importing() -> Iterator[None]:
    """For what imports torch. Stops wait; and nobody looks for garbage in it, now or later: all of it stays, and to
    look takes a tenth of the import's time.
    """
    first = "torch" not in sys.modules and gc.isenabled()
    with stops_wait():
        if first:
            gc.disable()
        try:
            yield
        finally:
            if first:
                gc.freeze()
                gc.enable()


def refuse_broken_promises(isolation: Fork | Spawn, device: str) -> None:
    """Raise UsageError where this machine cannot keep what --isolation strict promises."""
    if device != "cpu":
        raise UsageError(f"--isolation strict: with --device {device} answers reach the driver. Use --device cpu.")
    from grader.sandbox import promises

    if broken := promises.broken(isolation, device):
        listed = "".join(f"\n  - {sentence}" for sentence in broken)
        raise UsageError(
            f"--isolation strict: on this machine the grader cannot promise that an answer{listed}\n"
            "Nothing was graded. docs/en/grader/safety.md says what each promise needs."
        )


def _side_by_side(
    answers: Sequence[Answer], options: Options, isolation: Fork | Spawn, on_start: OnStart
) -> Iterator[tuple[Answer, ExerciseGrade, str]]:
    """Workers that grade one answer after the other: forked from this process, with one nursery for all, or new."""
    if isinstance(isolation, Fork):
        with _importing():
            import torch

            import grader.plugin  # noqa: F401  torch is imported once, before the workers are forked

        # A fork inherits no threads: what this process has computed with several, a worker would wait for, for ever.
        torch.set_num_threads(1)
    waiting = sorted(answers, key=_longest, reverse=True)
    workers: list[_Worker] = []
    busy: dict[_Worker, Answer] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < options.jobs:
                answer = waiting.pop(0)
                on_start(answer, None)
                idle = [worker for worker in workers if worker not in busy]
                try:
                    worker = idle[0] if idle else _start_worker(options, isolation, workers)
                except OSError:  # no more processes are to be had
                    yield answer, *grade_answer(answer, options, isolation, on_start)
                    continue
                busy[worker] = answer
                with contextlib.suppress(OSError):  # it was ended from outside: it has no result then either
                    worker.channel.send(answer)
            ready = wait([worker.channel for worker in busy])
            for worker in [one for one in busy if one.channel in ready]:
                result = _result(worker.channel)
                answer = busy.pop(worker)
                if result is None:
                    workers.remove(worker)
                    worker.end()
                yield answer, *(result or grade_answer(answer, options, isolation, on_start))
    finally:
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.end()


@dataclass(frozen=True)
class _Worker:
    """A process that grades what it is sent."""

    process: BaseProcess
    channel: Connection

    def end(self) -> None:
        self.process.join(WORKER_SECONDS)
        self.process.kill()
        self.process.join()
        self.channel.close()


def _longest(answer: Answer) -> float:
    """Seconds that an answer may take: an exercise with long checks should not be the last to start."""
    return sum(check.seconds for check in answer.exercise.checks)


def _start_worker(options: Options, isolation: Fork | Spawn, workers: list[_Worker]) -> _Worker:
    """A new one, which is among the `workers` before a stop can come: what is not there, nobody would end."""
    forked = isinstance(isolation, Fork)
    context = multiprocessing.get_context("fork") if forked else multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(options, isolation, theirs, ours))
    # Nor may a signal to the whole group come to the worker before it has its own handlers. To block signals is not
    # enough for us: a thread of NumPy's would take them, and `fork` swallows what its hooks raise.
    try:
        with stops_wait(), stops_blocked():
            process.start()
            workers.append(worker := _Worker(process, ours))
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    return worker


def _work(options: Options, isolation: Fork | Spawn, channel: Connection, other_end: Connection) -> NoReturn:
    """The life of a worker: grade each answer that comes, send its grade or the CourseError; end when none can come."""
    try:
        other_end.close()  # while it is open here, `recv` would wait for ever when its owner was killed
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that forked us …
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # … and ends us by this
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        gc.freeze()  # collections would copy every inherited page that they look at
        while True:
            answer = channel.recv()
            try:
                channel.send(grade_answer(answer, options, isolation, lambda answer, check: None))
            except (CourseError, UsageError) as error:
                channel.send(error)
    except BaseException:  # noqa: BLE001  stopped; or to be tried again by the process that forked us
        pass
    finally:
        os._exit(0)


def _result(channel: Connection) -> tuple[ExerciseGrade, str] | None:
    """What a worker sent; None when it ended without a word."""
    try:
        result: tuple[ExerciseGrade, str] | CourseError | UsageError = channel.recv()
    except (EOFError, OSError):
        return None
    if isinstance(result, Exception):
        raise result
    return result


def grade_answer(
    answer: Answer, options: Options, isolation: Fork | Spawn, on_start: OnStart
) -> tuple[ExerciseGrade, str]:
    """The grade of one answer, and the isolation under which it ran."""
    with _importing():
        from grader import diagnose
        from grader.plugin import GraderPlugin

    exercise = _on_device(answer.exercise, options.device)
    answer = replace(answer, exercise=exercise)
    plugin = GraderPlugin(answer, options, isolation, lambda check: on_start(answer, check))
    try:
        run_checks(exercise, plugin)
        failed = [name for name, one in plugin.grades.items() if one.outcome in ("failed", "error")]
        mistakes = diagnose.recognise(exercise, plugin.running.calls, failed)
    finally:
        plugin.running.close()
    grades = tuple(
        replace(plugin.grades[check.name], mistake=mistakes[check.name].sentence if check.name in mistakes else None)
        for check in exercise.checks
    )
    running = plugin.running
    notes = tuple(running.notes)
    done = ExerciseGrade(exercise, answer.path, grades, plugin.load_message(), notes, flags.find(answer))
    return done, running.isolation_name()


def run_checks(exercise: Exercise, plugin: GraderPlugin) -> None:
    """Let pytest run the checks; `plugin.grades` has their results. KeyboardInterrupt ends it early."""
    import pytest

    with _pytest_environment():
        folder = exercise.path.parent  # both times: without the second, pytest looks at every folder above it
        place = ("-c", os.devnull, f"--rootdir={folder}", f"--confcutdir={folder}", str(exercise.path))
        code = pytest.main([*PYTEST_ARGUMENTS, *place], plugins=[plugin])
    if plugin.fault is not None:
        raise plugin.fault
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if missing := [check.name for check in exercise.checks if check.name not in plugin.grades]:
        raise CourseError(f"{exercise.path}: {missing[0]} was not run (pytest ended with {code}).")


@contextlib.contextmanager
def _pytest_environment() -> Iterator[None]:
    """Without the caller's settings for pytest, which may name plugins and options."""
    before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PYTEST_")}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("PYTEST_")]:
            del os.environ[name]
        os.environ.update(before)
