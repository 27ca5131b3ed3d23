"""Ask a function of the submission for many sizes in one message, and note what it refuses."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any, TypedDict

REFUSALS = (ValueError, ArithmeticError, AssertionError)  # and a plain Exception; others are told with their line
LONGEST_TEXT = 200


class Outcome(TypedDict):
    """What `outcomes` sends for one call: the value, or the kind of error and whether it names a fault."""

    value: Any
    error: str | None
    named: bool
    _text: str


def outcomes(
    function: Callable[..., Any], cases: Sequence[tuple[Sequence[Any], Sequence[int]]], names: Sequence[str]
) -> list[Outcome]:
    """What function(*args) does for each case (args, faults).

    `names` are the names of the arguments, `faults` the positions of those that the message of an
    error may name; the function's own name for an argument is as good.
    """
    words = list(zip(names, _own_names(function, names), strict=True))
    return [_outcome(function, args, [word for fault in faults for word in words[fault]]) for args, faults in cases]


def _outcome(function: Callable[..., Any], args: Sequence[Any], words: Sequence[str]) -> Outcome:
    try:
        return {"value": function(*args), "error": None, "named": False, "_text": ""}
    except Exception as error:
        if not isinstance(error, REFUSALS) and type(error) is not Exception:
            raise
        kind = "ValueError" if isinstance(error, ValueError) else type(error).__name__
        text = str(error)
        named = any(_names(text, word) for word in words)
        return {"value": None, "error": kind, "named": named, "_text": text[:LONGEST_TEXT]}


def _own_names(function: Callable[..., Any], names: Sequence[str]) -> list[str]:
    """The function's names for its first arguments, or `names` where it has none."""
    try:
        own = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        own = []
    return [*own, *names[len(own) :]][: len(names)]


def _names(text: str, word: str) -> bool:
    """Whether a text holds a word; "n" has to stand alone, "stride" may be part of "strides"."""
    pattern = rf"(?<![a-z]){re.escape(word)}(?![a-z])" if len(word) == 1 else re.escape(word)
    return re.search(pattern, text, re.IGNORECASE) is not None
