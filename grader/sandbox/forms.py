"""The form of a reply: what a probe's return annotation says, and nothing else.

A probe sends what its annotation names: `list[Tensor]`, a TypedDict, Any. Inside the sandbox anybody
may send something else, such as a tensor with a million items where a list of three was asked for. So
the trusted side compares each reply with the annotation before a check sees it.
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Callable
from typing import Any


@functools.cache
def reply_form(probe: Callable[..., Any]) -> Any:
    """The annotation of what a probe returns."""
    return typing.get_type_hints(probe)["return"]


_fields = functools.cache(typing.get_type_hints)  # of a TypedDict, for each of perhaps a thousand


def fits(value: Any, form: Any) -> bool:
    """Whether plain data has the form: Any, a class, a union, list[…], dict[str, …] or a TypedDict."""
    if form is Any:
        return True
    if typing.is_typeddict(form):
        fields = _fields(form)
        return (
            type(value) is dict
            and form.__required_keys__ <= value.keys() <= fields.keys()
            and all(fits(item, fields[key]) for key, item in value.items())
        )
    arguments = typing.get_args(form)
    match typing.get_origin(form):
        case None:
            return type(value) is form or (form is None and value is None)
        case types.UnionType | typing.Union:
            return any(fits(value, one) for one in arguments)
        case origin if origin is list:
            return type(value) is list and all(fits(item, arguments[0]) for item in value)
    raise TypeError(f"a probe cannot return {form}: see grader.sandbox.forms")
