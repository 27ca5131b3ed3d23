"""Name the mistake: find the known wrong implementation that answers what the submission answered.

`mistakes/exNN_name.py` holds one class for each mistake: its docstring is the sentence that a
teacher would say, its functions are a complete implementation that is wrong in one way. A mistake
is recognised when, given the same probes and the same data, it replies what the submission replied.
When two mistakes reply alike, the other checks' calls decide; when nothing decides, nothing is said.
An error, or a number or two, may come about in many ways. With so little to go by, the mistake has to
reply alike wherever a check of the same function failed.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import inspect
import io
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from grader.compare import RTOL  # as near as a right answer has to be: a mistake that is right here is not the one
from grader.model import CourseError, Exercise
from grader.sandbox import inside, wire
from grader.sandbox.client import Raised

MISTAKES = Path(__file__).parent / "mistakes"
LITTLE = 2  # finite numbers in the replies to a check: too few to tell a mistake by them alone
# The same for rows of floats under these keys. The sizes of gradients in a deep net differ by a per cent from one
# processor to another, where a hidden unit falls on the other side of ReLU's kink.
ROUGH = {"gradients": 3e-2}


@dataclass(frozen=True)
class Call:
    """One question that a check asked, as it crosses the wire, and what came back."""

    question: bytes
    reply: Any  # plain data, or Raised


@dataclass(frozen=True)
class Mistake:
    """A known wrong implementation: its name, the teacher's sentence, and the functions."""

    name: str
    sentence: str
    namespace: type


@functools.cache
def load_mistakes(exercise: Exercise, folder: Path = MISTAKES) -> tuple[Mistake, ...]:
    """The mistakes of an exercise, in the order of their file."""
    path = folder / f"{exercise.name}.py"
    if not path.exists():
        return ()
    spec = importlib.util.spec_from_file_location(f"grader.mistakes.{exercise.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    classes = [
        value
        for name, value in vars(module).items()
        if inspect.isclass(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]
    for value in classes:
        if not value.__doc__:
            raise CourseError(f"{path}: the mistake {value.__name__} has no sentence. Write it as its docstring.")
    return tuple(Mistake(value.__name__, " ".join((value.__doc__ or "").split()), value) for value in classes)


def recognise(exercise: Exercise, calls: Mapping[str, Sequence[Call]], failed: Sequence[str]) -> dict[str, Mistake]:
    """The mistake behind each failed check, for those where exactly one fits best.

    `calls` holds what every check asked and was told, by name of the check.
    """
    mistakes = load_mistakes(exercise) if failed else ()
    found: dict[str, Mistake] = {}
    for check in failed:
        candidates = [mistake for mistake in mistakes if calls[check] and agrees(mistake, calls[check])]
        if candidates and sum(_numbers_in(call.reply) for call in calls[check]) <= LITTLE:
            alike = [name for name in failed if _functions(calls[name]) == _functions(calls[check])]
            candidates = [mistake for mistake in candidates if all(agrees(mistake, calls[name]) for name in alike)]
        if len(candidates) > 1:
            others = [calls[name] for name in calls if name != check]
            agreement = [sum(agrees(mistake, asked) for asked in others) for mistake in candidates]
            best = max(agreement)
            candidates = [one for one, count in zip(candidates, agreement, strict=True) if count == best]
        if len(candidates) == 1:
            found[check] = candidates[0]
    return found


def agrees(mistake: Mistake, calls: Sequence[Call]) -> bool:
    """Whether a mistake, asked the same, replies what the submission replied."""
    return all(same(replay(mistake, call.question), call.reply) for call in calls)


def _functions(calls: Sequence[Call]) -> set[str]:
    """The names of the submission that a check's questions are about."""
    return {arg.name for call in calls for arg in wire.decode(call.question)["args"] if isinstance(arg, wire.Name)}


def _numbers_in(reply: Any) -> int:
    """How many finite numbers are in a reply; none in an error."""
    if isinstance(reply, torch.Tensor):
        return int(reply.isfinite().sum())
    if isinstance(reply, dict):
        return sum(map(_numbers_in, _without_remarks(reply).values()))
    if isinstance(reply, list | tuple):
        return sum(map(_numbers_in, reply))
    return int(isinstance(reply, int | float) and not isinstance(reply, bool) and math.isfinite(reply))


@functools.lru_cache(maxsize=1000)
def replay(mistake: Mistake, question: bytes) -> Any:
    """What a mistake replies to a question: plain data or Raised, as it would cross the wire."""
    request = wire.decode(question)
    if any(isinstance(arg, bytes) for arg in [*request["args"], *request["kwargs"].values()]):
        return object()  # a file that the submission wrote: out here nothing opens it, so this equals no reply
    silence = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
        warnings.simplefilter("ignore")
        try:
            return wire.decode(wire.encode(inside.call_probe(mistake.namespace, request)))
        except Exception as error:  # a mistake may break as a submission does
            return Raised(type(error).__name__, str(error)[: inside.TEXT_LIMIT], None, None, False)


def same(one: Any, other: Any, row_rtol: float = RTOL) -> bool:
    """Whether two replies are the same, numbers within rounding: in a row of floats `row_rtol` of the largest."""
    if isinstance(one, Raised) and isinstance(other, Raised):
        return (one.type, one.text) == (other.type, other.text)
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return _same_tensors(one, other)
    one, other = _number(one), _number(other)  # a tensor without axes is as good as the number in it
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int) and isinstance(other, int):
        return one == other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return _same_tensors(torch.tensor(one), torch.tensor(other))
    if _is_row(one) and _is_row(other):
        return _same_tensors(torch.tensor(one), torch.tensor(other), row_rtol)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        one, other = _without_remarks(one), _without_remarks(other)
        return one.keys() == other.keys() and all(same(one[key], other[key], ROUGH.get(key, RTOL)) for key in one)
    return bool(type(one) is type(other) and one == other)


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, torch.Tensor) and value.dim() == 0 else value


def _is_row(value: Any) -> bool:
    """Whether these are floats, to be judged by the largest: beside it, some may be nothing but rounding."""
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(one, float) for one in value)


def _without_remarks(reply: dict[Any, Any]) -> dict[Any, Any]:
    """A reply without what a probe adds for messages only, such as names that the learner chose."""
    return {key: value for key, value in reply.items() if not str(key).startswith("_")}


def _same_tensors(one: torch.Tensor, other: torch.Tensor, rtol: float = RTOL) -> bool:
    if one.shape != other.shape or one.is_complex() != other.is_complex():
        return False
    if one.numel() == 0:
        return True
    dtype = torch.complex128 if one.is_complex() else torch.float64
    one, other = one.to(dtype), other.to(dtype)
    size = other.abs().nan_to_num(0.0, 0.0, 0.0).max().item()
    return torch.allclose(one, other, rtol=0.0, atol=rtol * size + 1e-12, equal_nan=True)
