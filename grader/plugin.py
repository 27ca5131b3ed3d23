"""The pytest plugin: what checks are written with, and what turns their ends into outcomes.

A check is a pytest function with points and a docstring:

    @points(2)
    def test_hand_worked_example(submission):
        \"""A 3×3 image and a 2×2 kernel give the four sums on the page.

        Hint: the top-left output is 0·0 + 1·1 + 3·2 + 4·3 = 19.
        \"""
        assert_close(submission.corr2d(X, K), [[19, 25], [37, 43]])

`submission.corr2d` is the learner's function: calling it runs it in the sandbox. Passed to a probe,
as in `submission.run(nets.outputs, submission.lenet, …)`, it is the function itself once inside.
`rng` is a torch.Generator that differs for every check and every run, `dataset` has images and
labels. Decorators are read from the source by `grader.course`: their arguments are literals.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
import torch

from grader import calls, data
from grader.compare import Evidence
from grader.diagnose import Call
from grader.model import Answer, Check, CheckGrade, CourseError, Options, Outcome
from grader.pictures import Arrays, Picture
from grader.sandbox import forms, wire
from grader.sandbox.client import NurseryGone, Raised, Sandbox, SandboxError, Timeout
from grader.sandbox.isolation import Fork, Spawn, scratch_folder
from grader.sandbox.lockdown import LAYERS, MEMORY_BYTES
from grader.sandbox.probes import call as call_probes
from grader.stops import stops_wait
from grader.text import clean

PRINTED_LINES, PRINTED_WIDTH = 8, 70
PLACE_WIDTH = 200  # of the line of the submission that is shown

_F = TypeVar("_F", bound=Callable[..., None])


def _declaration(*_literals: object) -> Callable[[_F], _F]:
    """A decorator that says something of a check; `grader.course` reads it from the source."""
    return lambda function: function


points = _declaration  # points(2): what the check is worth
needs = _declaration  # needs("test_shape"): blocked unless these have passed
deadline = _declaration  # deadline(60): seconds for the whole check, instead of 10
needs_device = _declaration  # needs_device("cuda"): left out on other devices


class Function:
    """A function or class of the submission, known by its name; calling it runs the call probe."""

    def __init__(self, owner: RunningSubmission, name: str) -> None:
        self._owner, self.name = owner, name

    def __call__(self, *args: Any) -> Any:
        return self._owner.run(call_probes.call, self, *args)


class RunningSubmission:
    """The answer to one exercise as its checks see it: its names, and `run` for probes."""

    def __init__(self, answer: Answer, options: Options, isolation: Fork | Spawn) -> None:
        self._answer, self._options, self._isolation = answer, options, isolation
        self._sandbox: Sandbox | None = None
        self._names: set[str] = set()
        self._scratch = contextlib.ExitStack()  # holds the scratch folder of the sandbox
        self._check: Check
        self._deadline = 0.0
        self._rng = torch.Generator()
        self.layers: list[str] = []
        self.load_error: Raised | SandboxError | None = None
        self.calls: dict[str, list[Call]] = {}
        self.printed = ""
        self.notes: list[str] = []
        self.pictures: list[Picture] = []  # of the check that runs
        self.question: bytes | None = None  # its last

    @property
    def device(self) -> str:
        """Where nets are to be put: "cpu", "cuda" or "mps"."""
        return self._options.device

    def __getattr__(self, name: str) -> Function:
        if name.startswith("_"):
            raise AttributeError(name)
        return Function(self, name)

    def run(self, probe: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run `probe(*args, **kwargs)` in the sandbox; names of the submission may be among `args`.

        Raises Raised when the submission raised, Timeout when the check's deadline has passed,
        SandboxError when no reply came.
        """
        request = {
            "probe": f"{probe.__module__}:{probe.__qualname__}",
            "args": [wire.Name(arg.name) if isinstance(arg, Function) else arg for arg in args],
            "kwargs": kwargs,
            "seed": int(torch.randint(2**31, (1,), generator=self._rng)),
        }
        try:
            reply = self._ask(request)
        except NurseryGone:
            reply = self._ask(request)
        if not forms.fits(reply, forms.reply_form(probe)):
            raise SandboxError("its sandbox sent something else than what was asked for")
        return reply

    def _ask(self, request: dict[str, Any]) -> Any:
        self.question = None
        sandbox = self._ready()
        names = [arg.name for arg in request["args"] if isinstance(arg, wire.Name)]
        if missing := [name for name in names if name not in self._names]:
            raise SandboxError(f"it has no `{missing[0]}`. Give your function exactly this name")
        left = self._deadline - time.monotonic()
        # The same for whoever is asked: known mistakes are asked it only once.
        self.question = question = wire.encode(request)
        try:
            reply = sandbox.request(wire.encode({**request, "seconds": max(0.1, left)}), left)
        except Raised as raised:
            self._note(question, raised)
            raise
        finally:
            self.printed = bytes(sandbox.printed).decode("utf-8", "replace")
        self._note(question, reply)
        return reply

    def note(self, sentence: str) -> None:
        """Tell the learner something that is worth no points."""
        self.notes.append(clean(sentence))

    def show(self, picture: Picture) -> None:
        """Put a picture into the report, whether the check passes or fails."""
        self.pictures.append(picture)

    def isolation_name(self) -> str:
        """The isolation that the submission ran under, for the report."""
        missing = [layer for layer in LAYERS if layer not in self.layers]
        without = f"without {' and '.join(missing)}: no security boundary" if missing else ""
        return f"{self._isolation.name} ({', '.join([*self.layers, without] if missing else self.layers)})"

    def begin(self, check: Check, rng: torch.Generator) -> None:
        """Start the clock of a check."""
        self._check, self._rng = check, rng
        self._deadline = time.monotonic() + check.seconds
        self.calls[check.name] = []
        self.printed = ""
        self.pictures, self.question = [], None

    def close(self) -> None:
        """End the sandbox and remove its folder."""
        with stops_wait():  # a sandbox that is ended by half, or a folder that stays, nobody would end or remove
            if self._sandbox is not None:
                self._sandbox.close()
                self._sandbox = None
            self._scratch.close()

    def _note(self, question: bytes, reply: Any) -> None:
        self.calls[self._check.name].append(Call(question, reply))

    def _ready(self) -> Sandbox:
        if self.load_error is not None:
            raise self.load_error
        if self._sandbox is not None and self._sandbox.alive:
            return self._sandbox
        self.close()
        began = time.monotonic()
        try:
            folder = self._scratch.enter_context(scratch_folder())
            exercise, device = self._answer.exercise, self._options.device
            self._sandbox = self._isolation.start(folder, device, exercise.own_work, exercise.probes)
        except OSError as error:
            raise SandboxError(f"no sandbox can be started on this machine ({error.strerror})") from None
        self.layers = self._sandbox.layers
        if self._options.isolation == "strict" and self.layers != list(LAYERS):
            self._sandbox.close()
            raise SandboxError("its sandbox could not be locked as --isolation strict asks for")
        answer = self._answer
        place = str(Path(answer.path).parent)
        try:
            names = self._sandbox.load(answer.exercise.name, place, dict(answer.sources))
        except NurseryGone:
            raise
        except (Raised, SandboxError) as error:
            self.load_error = error
            self.printed = bytes(self._sandbox.printed).decode("utf-8", "replace")
            raise
        self._names = set(names)
        self._deadline += time.monotonic() - began  # the clock of a check starts when the sandbox stands
        return self._sandbox


class GraderPlugin:
    """Grades the checks of one exercise; `grades` holds the results in their order."""

    def __init__(
        self, answer: Answer, options: Options, isolation: Fork | Spawn, on_check: Callable[[Check], None]
    ) -> None:
        self.answer, self.options, self.on_check = answer, options, on_check
        self.running = RunningSubmission(answer, options, isolation)
        self.checks = {check.name: check for check in answer.exercise.checks}
        self.grades: dict[str, CheckGrade] = {}
        self.fault: CourseError | None = None  # why the checks could not be collected

    # Fixtures

    @pytest.fixture(name="submission")
    def _submission(self, request: pytest.FixtureRequest, rng: torch.Generator) -> RunningSubmission:
        self.running.begin(self.checks[request.node.name], rng)
        return self.running

    @pytest.fixture(name="rng")
    def _rng(self, request: pytest.FixtureRequest) -> torch.Generator:
        return self._generator(request.node.name)

    @pytest.fixture(name="dataset")
    def _dataset(self) -> data.Dataset:
        """The chosen data set under this run's secret transformation, see `Dataset.disguised`."""
        plain = data.load(self.options.data, self.options.data_folder)
        return plain.disguised(self._generator("dataset"))

    def _generator(self, purpose: str) -> torch.Generator:
        return data.generator_for(self.options.seed, self.answer.exercise.name, purpose)

    # Hooks

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.name in self.checks]
        config.option.tbstyle = "no"  # a traceback takes pytest 10 milliseconds, and nobody reads it

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        check = self.checks[item.name]
        self.on_check(check)
        for earlier in self.grades.values():
            needed = earlier.check.name in check.needs and earlier.outcome != "passed"
            # What did not end once would not end again: one deadline is enough to wait for.
            endless = earlier.outcome == "timeout" and set(earlier.check.uses) & set(check.uses)
            if needed or endless:
                raise Blocked(earlier)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
        report = yield
        if call.when == "call" or (call.when == "setup" and call.excinfo is not None):
            check = self.checks[item.name]
            error = call.excinfo.value if call.excinfo is not None else None
            outcome, message = self.explain(check, error)
            seconds = round(call.duration, 3)
            pictures = self.pictures(check, outcome, error) if call.when == "call" else ()
            lasting = error is None or isinstance(error, AssertionError | Blocked | Raised)
            self.grades[item.name] = CheckGrade(
                check, outcome, clean(message), seconds=seconds, pictures=pictures, lasting=lasting
            )
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.fault = CourseError(f"{self.answer.exercise.path} cannot be imported:\n{report.longreprtext}")

    # Words

    def load_message(self) -> str | None:
        """Why the answer could not be run at all, if so."""
        error = self.running.load_error
        if error is None:
            return None
        return clean(self.explain(next(iter(self.checks.values())), error)[1])

    def explain(self, check: Check, error: BaseException | None) -> tuple[Outcome, str]:
        """The outcome that the end of a check stands for, and the sentences for the learner."""
        printed = _indented("Your code printed", self.running.printed)
        match error:
            case None:
                return "passed", ""
            case Blocked():
                return "blocked", f"This check builds on “{error.earlier.check.title}”, which comes first."
            case AssertionError():
                return "failed", f"{str(error).strip()}{printed}"
            case Raised(stub=True):
                return "todo", ""
            case Raised(type="NotOwnWork"):
                own_work = self.answer.exercise.own_work
                return "failed", (
                    f"Your code calls the ready-made {error.text}. It gives the right numbers, but this exercise is "
                    f"about writing the {own_work} yourself.{self._place(error.module, error.line)}"
                )
            case Raised():
                place = self._place(error.module, error.line)
                return "error", f"Your code raised {str(error).rstrip('.')}.{_advice(check, error)}{place}{printed}"
            case Timeout():
                place = self._place(error.module, error.line)
                late = f"No answer within {error.seconds:.0f} seconds. Is there a loop without an end?"
                return "timeout", f"{late}{' It was here when time was up:' if place else ''}{place}{printed}"
            case SandboxError():
                return "error", f"{self.answer.path} could not be checked: {error}."
        # Either the check has a fault or the sandbox sent something that no probe of ours sends.
        return "error", (
            f"The check could not make sense of what came back from {self.answer.path} "
            f"({type(error).__name__}: {error}). If your code leaves the grader alone, this is a fault of the course: "
            f"please report {self.answer.exercise.name}::{check.name}."
        )

    def pictures(self, check: Check, outcome: Outcome, error: BaseException | None) -> tuple[Picture, ...]:
        """What there is to see of a check that has run: what it showed, and what was called and came back."""
        shown = tuple(self.running.pictures)
        own_work = isinstance(error, Raised) and error.type == "NotOwnWork"  # it matters what was called inside
        if outcome in ("passed", "todo") or own_work:
            return shown
        evidence = error.picture if isinstance(error, Evidence) else None
        if evidence is not None and not isinstance(evidence, Arrays):
            return (evidence, *shown)
        about = error.about if isinstance(error, Evidence) else None
        question, label = self.running.question, "Called"
        if isinstance(error, AssertionError):
            call = calls.behind(about, self.running.calls[check.name])
            question, label = (question, "Last call") if call is None else (call.question, label)
            if call is None and any(str(error).startswith(f"{name}(") for name in check.uses):
                question = None  # the sentence says which of many calls it was
        if question is not None:
            parameters = calls.parameter_names(self.answer.sources[self.answer.exercise.name])
            told = calls.told(question, parameters, label)
            evidence = replace(evidence or Arrays(), called=told.called, given=told.given)
        return shown if evidence is None else (evidence, *shown)

    def _place(self, module: str | None, line: int | None) -> str:
        """Where in the submission: file, line and the text of that line."""
        if module is None or line is None or module not in self.answer.sources:
            return ""
        lines = self.answer.sources[module].decode("utf-8", "replace").splitlines()
        if not 0 < line <= len(lines):
            return ""  # the sandbox says where; what is not there, it made up
        text = lines[line - 1].strip()[:PLACE_WIDTH]
        return f"\n{Path(self.answer.path).parent / self.answer.place(module, line)}:\n    {text}"


class Blocked(Exception):
    """A check was not run, because one that it needs did not pass."""

    def __init__(self, earlier: CheckGrade) -> None:
        super().__init__(earlier.check.name)
        self.earlier = earlier


def _advice(check: Check, error: Raised) -> str:
    """What to add to an exception whose own text does not tell a learner enough."""
    if error.type == "TypeError" and error.line is None:
        called = " and ".join(f"`{name}`" for name in check.uses)
        return f" The checks call {called} with the arguments of the stub, in their order. Does yours take them?"
    if error.type == "MemoryError" or "can't allocate memory" in error.text:
        return f" An answer may use {MEMORY_BYTES // 1024**3} GB of memory."
    if error.type == "PermissionError":
        return " An answer runs without network, other processes, and files other than its own."
    return ""


def _indented(title: str, text: str) -> str:
    lines = text.rstrip().splitlines()[-PRINTED_LINES:]
    return "\n".join([f"\n{title}:", *(f"    {line[:PRINTED_WIDTH]}" for line in lines)]) if lines else ""
