"""The course's checks without the grader: asked in the very process that the submission runs in.

`benchmarks.others` puts them into otter-grader and into plain pytest, so that all of them ask the same questions:
the same check functions, with the same random numbers. There is no sandbox, no ban on ready-made operators, no time
limit and no diagnosis here.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import torch

from grader import data
from grader.sandbox.inside import seed_all
from grader.sandbox.probes import call

SEED = 1


def ask(exercise: str, check: str, names: Mapping[str, Any]) -> None:
    """Run a check on the functions in `names`. Raises what the check or the submission raises."""
    function = getattr(_checks(exercise), check)
    rng = data.generator_for(SEED, exercise, check)
    fixtures: dict[str, Callable[[], Any]] = {
        "submission": lambda: InProcess(names, rng),
        "rng": lambda: rng,
        "dataset": lambda: data.load("digits").disguised(data.generator_for(SEED, exercise, "dataset")),
    }
    function(**{name: fixtures[name]() for name in inspect.signature(function).parameters})


class InProcess:
    """Stands in for RunningSubmission: probes are called where they are asked for."""

    device = "cpu"

    def __init__(self, names: Mapping[str, Any], rng: torch.Generator) -> None:
        self._names, self._rng = names, rng

    def __getattr__(self, name: str) -> Function:
        return Function(self, name)

    def run(self, probe: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        seed_all(int(torch.randint(2**31, (1,), generator=self._rng)))
        inside = [self._names[arg.name] if isinstance(arg, Function) else _copied(arg) for arg in args]
        return _copied(probe(*inside, **_copied(kwargs)))

    def note(self, sentence: str) -> None:
        """Nobody reads it here."""

    def show(self, picture: object) -> None:
        """Nobody sees it here."""


class Function:
    """A function of the submission, known by its name."""

    def __init__(self, submission: InProcess, name: str) -> None:
        self._submission, self.name = submission, name

    def __call__(self, *args: Any) -> Any:
        return self._submission.run(call.call, self, *args)


def _copied(value: Any) -> Any:
    """Plain data as it would come out of a sandbox: what is written into it changes nothing here."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, list | tuple):
        return type(value)(map(_copied, value))
    return {key: _copied(item) for key, item in value.items()} if isinstance(value, dict) else value


def _checks(exercise: str) -> ModuleType:
    # All that the checks take from the plugin are declarations. The plugin itself would import pytest, and other
    # tools are not to wait for that.
    declarations = ModuleType("grader.plugin")
    for name in ("points", "needs", "deadline", "needs_device"):
        setattr(declarations, name, lambda *literals: lambda function: function)
    lent = sys.modules.setdefault("grader.plugin", declarations) is declarations
    try:
        return importlib.import_module(f"grader.checks.test_{exercise}")
    finally:
        if lent:
            del sys.modules["grader.plugin"]
