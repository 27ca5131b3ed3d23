"""Read what the course asks from the source of its checks, without importing them.

The folder `checks/` is the register: `test_exNN_name.py` makes the exercise `exNN_name`. Titles,
hints and points stand in the source as docstrings and literal decorators, so an untouched stub is
reported without importing torch, and a missing file still counts with its full points.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from grader.model import Check, CourseError, Exercise

CHECKS = Path(__file__).parent / "checks"
DEFAULT_SECONDS = 10.0
PROBES = "grader.sandbox.probes"

# Attributes of the `submission` fixture that are ours; every other one is a name of the learner's.
FIXTURE_ATTRIBUTES = frozenset({"run", "device", "note", "show", "close"})

Mentioned = tuple[set[str], set[str]]  # by a function of a check file: names, and attributes of `submission`


@cache
def load_course(folder: Path = CHECKS) -> tuple[Exercise, ...]:
    """All exercises in the order of their numbers. Raises CourseError naming file and line."""
    return tuple(read_exercise(path) for path in sorted(folder.glob("test_ex*.py")))


def read_exercise(path: Path) -> Exercise:
    """The exercise that the check file at `path` describes."""
    tree = ast.parse(path.read_bytes(), filename=str(path))
    mentioned = {node.name: _mentioned(node) for node in tree.body if isinstance(node, ast.FunctionDef)}
    checks: list[Check] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            check = _read_check(node, mentioned, path)
            earlier = {other.name for other in checks}
            if check.name in earlier:
                raise _wrong(path, node, f"a second check named {check.name}")
            if unknown := [name for name in check.needs if name not in earlier]:
                raise _wrong(path, node, f"@needs names {unknown[0]}, which is no earlier check")
            checks.append(check)
    if not checks:
        raise CourseError(f"{path}: no checks. Write a function whose name starts with test_.")
    return Exercise(
        name=path.stem.removeprefix("test_"),
        path=path,
        checks=tuple(checks),
        own_work=_own_work(tree),
        probes=tuple(sorted(set(_probe_modules(tree)) | {"call"})),
    )


def _read_check(node: ast.FunctionDef, mentioned: Mapping[str, Mentioned], path: Path) -> Check:
    marks = dict(_decorators(node))
    if "points" not in marks:
        raise _wrong(path, node, "a check without points. Put @points(2), say, above it")
    text = ast.get_docstring(node)
    if not text:
        raise _wrong(path, node, "a check without a docstring. Its first line is the title")
    title, *rest = inspect.cleandoc(text).split("\n\n")
    if "\n" in title:
        raise _wrong(path, node, "a title of more than one line. Leave a blank line below it")
    uses = tuple(sorted(_names_used(node.name, mentioned)))
    if not uses:
        raise _wrong(path, node, "a check that calls nothing of the submission")
    return Check(
        name=node.name,
        title=title.rstrip("."),
        hints=tuple(_hint(paragraph) for paragraph in rest),
        points=float(marks["points"][0]),
        needs=tuple(marks.get("needs", ())),
        uses=uses,
        seconds=float(marks.get("deadline", (DEFAULT_SECONDS,))[0]),
        device=marks.get("needs_device", (None,))[0],
    )


def _decorators(node: ast.FunctionDef) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name):
            yield decorator.func.id, tuple(ast.literal_eval(arg) for arg in decorator.args)


def _mentioned(function: ast.FunctionDef) -> Mentioned:
    names: set[str] = set()
    attributes: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "submission":
            attributes.add(node.attr)
    return names, attributes


def _names_used(check: str, mentioned: Mapping[str, Mentioned]) -> set[str]:
    """Names of the submission that a check calls, itself or through functions beside it."""
    used: set[str] = set()
    seen, todo = {check}, [check]
    while todo:
        names, attributes = mentioned[todo.pop()]
        used |= attributes
        new = names & mentioned.keys() - seen
        seen |= new
        todo += new
    return used - FIXTURE_ATTRIBUTES


def _hint(paragraph: str) -> str:
    return " ".join(paragraph.split()).removeprefix("Hint: ")


def _own_work(tree: ast.Module) -> str | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["OWN_WORK"]:
            return str(ast.literal_eval(node.value))
    return None


def _probe_modules(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == PROBES:
            yield from (alias.name for alias in node.names)


def _wrong(path: Path, node: ast.FunctionDef, what: str) -> CourseError:
    return CourseError(f"{path}, line {node.lineno}: {what} (in {node.name}).")
