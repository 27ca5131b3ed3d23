"""Say what a check called: which function of the submission, with which arguments.

Every call crosses the boundary as one question, so it is told here, in one place, for all checks.
`submission.corr2d(X, K)` is told as it is written. Other probes prepare the call themselves, and are
told by the function and the probe's own arguments: "train_epoch with loss = 'cross-entropy', lr = 0.3".
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch

from grader import pictures
from grader.diagnose import Call
from grader.discover import UNREADABLE, parse
from grader.sandbox import wire
from grader.text import clean_line

UNSAID = {"seed", "device"}  # arguments of probes that explain nothing
MAX_TEXT, MAX_VALUE = 300, 60  # characters
MAX_ITEMS = 4  # of a list of tensors


def told(question: bytes, parameters: Mapping[str, Sequence[str]], label: str = "Called") -> pictures.Arrays:
    """A call in words, with the arrays that it was given; `parameters` has the names that the learner gave them."""
    request = wire.decode(question)
    bound = inspect.signature(pkgutil.resolve_name(request["probe"])).bind(*request["args"], **request["kwargs"])
    functions = [value.name for value in bound.arguments.values() if isinstance(value, wire.Name)]
    own = parameters.get(functions[0], ()) if functions else ()
    as_written, named = [], []
    for name, value in bound.arguments.items():
        if bound.signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
            as_written += [(own[i] if i < len(own) else f"argument {i + 1}", item) for i, item in enumerate(value)]
        elif not isinstance(value, wire.Name) and name not in UNSAID:
            named += list(_items(name, value))
    call = " and ".join(functions)
    large = [f"{name} of shape {tuple(value.shape)}" for name, value in as_written if not _is_drawn(name, value)]
    if named or not as_written:
        text = ", ".join(_assigned(name, value) for name, value in [*named, *as_written])
        call += f" with {text}" if text else ""
    else:
        call += f"({', '.join(_written(name, value) for name, value in as_written)})"
        call += f", with {' and '.join(large)}" if large else ""
    arrays = [
        array
        for name, value in [*named, *as_written]
        if isinstance(value, torch.Tensor)
        for array in pictures.given(clean_line(name), value)
    ]
    return pictures.Arrays(clean_line(f"{label}: {call}"[:MAX_TEXT]), tuple(arrays[: pictures.MAX_GIVEN]))


def behind(about: Any, calls: Sequence[Call]) -> Call | None:
    """The call that replied with this very value, or with something of which it is a part."""
    return next((call for call in reversed(calls) if about is not None and _holds(call.reply, about)), None)


def parameter_names(source: bytes) -> dict[str, tuple[str, ...]]:
    """The names of the parameters of every function and class of a source file."""
    try:
        tree = parse(source)
    except (SyntaxError, *UNREADABLE):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = _parameters(node)
        elif isinstance(node, ast.ClassDef):
            makers = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"]
            found[node.name] = _parameters(makers[0])[1:] if makers else ()
    return found


def _parameters(node: ast.FunctionDef) -> tuple[str, ...]:
    return tuple(argument.arg for argument in [*node.args.posonlyargs, *node.args.args])


def _items(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """An argument of a probe; of a list of small tensors, the first few one by one; nothing of what says nothing."""
    if isinstance(value, list | tuple):
        items = [(f"{name}[{i}]", item) for i, item in enumerate(value[:MAX_ITEMS])]
        if value and _is_plain(value):
            yield name, value
        elif all(isinstance(item, torch.Tensor) and _is_drawn(place, item) for place, item in items):
            yield from items
    elif value is not None:
        yield name, value


def _is_drawn(name: str, value: Any) -> bool:
    """Whether a person sees all of it: in words, or as small arrays."""
    if not isinstance(value, torch.Tensor):
        return True
    arrays = list(pictures.given(name, value))
    return value.dim() == 0 or (bool(arrays) and pictures.is_small(value))


def _written(name: str, value: Any) -> str:
    """An argument as it stands in a call."""
    return name if isinstance(value, torch.Tensor) and value.dim() else _value(value)


def _assigned(name: str, value: Any) -> str:
    if isinstance(value, torch.Tensor) and value.dim():
        return name if _is_drawn(name, value) else f"{name} of shape {tuple(value.shape)}"
    return f"{name} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, wire.Name):
        return value.name
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, torch.Tensor):
        value = value.item()
    if isinstance(value, list | tuple) and (not _is_plain(value) or len(repr(value)) > MAX_VALUE):
        return f"a {type(value).__name__} of {len(value)}"
    text = f"{value:.6g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 2]} …"


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


def _holds(reply: Any, about: Any) -> bool:
    if reply is about:
        return True
    if isinstance(reply, torch.Tensor) and isinstance(about, torch.Tensor):
        address = reply.untyped_storage().data_ptr()  # a part of a tensor lies in its memory
        return address != 0 and address == about.untyped_storage().data_ptr()
    if isinstance(reply, dict):
        reply = list(reply.values())
    return isinstance(reply, list | tuple) and any(_holds(part, about) for part in reply)
