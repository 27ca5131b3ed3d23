"""Grade a submission: pytest runs the checks of each exercise, sandboxes run the answers."""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

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
)
from grader.sandbox.isolation import Fork, Spawn
from grader.text import clean

if TYPE_CHECKING:  # it imports torch, which takes two seconds: not for untouched stubs
    from grader.plugin import GraderPlugin

# Each pytest run is ours alone: no configuration, plugins or caches of the folder it happens in.
PYTEST_ARGUMENTS = (
    "--capture=no",
    "--assert=plain",  # every assertion of a check explains itself
    "--import-mode=importlib",
    "--noconftest",
    *(f"-p{name}" for name in ("no:terminal", "no:cacheprovider", "no:faulthandler", "no:warnings", "no:logging")),
)
NOTHING_RAN = "none (nothing was run)"

Watcher = Callable[[Answer, Check | None], None]


def grade(submission: Submission, options: Options, on_start: Watcher = lambda answer, check: None) -> Grade:
    """The grade of a submission; `on_start` hears which check starts.

    Raises CourseError when the checks of an exercise cannot be collected.
    """
    grades = {answer.exercise.name: _without_running(answer) for answer in submission.answers}
    ready = [answer for answer in submission.answers if grades[answer.exercise.name] is None]
    isolations: set[str] = set()
    for done, isolation in _grade_ready(ready, options, on_start):
        grades[done.exercise.name] = done
        isolations.add(isolation)
    complete = tuple(one for answer in submission.answers if (one := grades[answer.exercise.name]) is not None)
    isolation = " and ".join(sorted(isolations)) or NOTHING_RAN
    return Grade(submission.name, complete, isolation, options)


def _without_running(answer: Answer) -> ExerciseGrade | None:
    """The grade of an answer that is missing, unreadable or untouched."""
    if answer.problem is not None:
        return _all_alike(answer, "error", answer.problem)
    return _all_alike(answer, "todo", None) if answer.untouched else None


def _all_alike(answer: Answer, outcome: Outcome, message: str | None) -> ExerciseGrade:
    checks = tuple(CheckGrade(check, outcome) for check in answer.exercise.checks)
    return ExerciseGrade(answer.exercise, answer.path, checks, clean(message) if message else None)


def _grade_ready(
    answers: Sequence[Answer], options: Options, on_start: Watcher
) -> Iterator[tuple[ExerciseGrade, str]]:
    if not answers:
        return
    isolation = _start_isolation(answers, options)
    try:
        if min(options.jobs, len(answers)) > 1 and options.isolation == "fork":
            yield from _side_by_side(answers, options, isolation, on_start)
        else:
            for answer in answers:
                yield grade_answer(answer, options, isolation, on_start)
    finally:
        isolation.close()


def _start_isolation(answers: Sequence[Answer], options: Options) -> Fork | Spawn:
    # Busy processes of two threads each, on two cores, crawl; and a process that forks should have one.
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    probes = sorted({probe for answer in answers for probe in answer.exercise.probes})
    return Fork(probes) if options.isolation == "fork" else Spawn()


_shared: tuple[Options, Fork | Spawn] | None = None  # what forked workers inherit


def _side_by_side(
    answers: Sequence[Answer], options: Options, isolation: Fork | Spawn, on_start: Watcher
) -> Iterator[tuple[ExerciseGrade, str]]:
    """Workers forked from this process, each with its own pytest; the nursery serves them all."""
    global _shared
    import grader.plugin  # noqa: F401  torch is imported once, before the workers are forked

    _shared = options, isolation
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(min(options.jobs, len(answers)), context) as pool:
        futures = [pool.submit(_grade_in_worker, answer) for answer in answers]
        for answer in answers:
            on_start(answer, None)
        for future in concurrent.futures.as_completed(futures):
            yield future.result()


def _grade_in_worker(answer: Answer) -> tuple[ExerciseGrade, str]:
    assert _shared is not None
    options, isolation = _shared
    return grade_answer(answer, options, isolation, lambda answer, check: None)


def grade_answer(
    answer: Answer, options: Options, isolation: Fork | Spawn, on_start: Watcher
) -> tuple[ExerciseGrade, str]:
    """The grade of one answer, and the isolation under which it ran."""
    from grader import diagnose
    from grader.plugin import GraderPlugin

    checks = tuple(check for check in answer.exercise.checks if check.device in (None, options.device))
    exercise = replace(answer.exercise, checks=checks)
    answer = replace(answer, exercise=exercise)
    plugin = GraderPlugin(answer, options, isolation, lambda check: on_start(answer, check))
    try:
        _run_pytest(exercise, plugin)
        failed = [name for name, one in plugin.grades.items() if one.outcome in ("failed", "error")]
        mistakes = diagnose.recognise(exercise, plugin.running.calls, failed)
    finally:
        plugin.running.close()
    grades = tuple(
        replace(plugin.grades[check.name], mistake=mistakes[check.name].sentence if check.name in mistakes else None)
        for check in checks
    )
    running = plugin.running
    done = ExerciseGrade(exercise, answer.path, grades, plugin.load_message(), tuple(running.notes))
    return done, running.isolation_name()


def _run_pytest(exercise: Exercise, plugin: GraderPlugin) -> None:
    import pytest

    with _pytest_environment():
        place = ("-c", os.devnull, f"--rootdir={exercise.path.parent}", str(exercise.path))
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
