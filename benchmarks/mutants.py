"""How sharp the checks are: `python -m benchmarks.mutants [ex11_corr2d …]` breaks each solution and grades it.

A mutant is a solution with one small change: an operator, a comparison or a constant replaced, two arguments
swapped, an argument, a decorator or a statement dropped. It is killed when a check does not pass. What a stub gives,
annotations, docstrings, and what an answer prints or says in an error are left alone.

A survivor is either a question that the checks forgot to ask, or it computes the same (dropout instead
of none, where either is right). Those are listed with the reason in `equivalent_mutants.toml`. Ends with
status 1 when a survivor is not explained there, or when less than 97 % of the others were killed.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import itertools
import multiprocessing
import os
import sys
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.grading import OPTIONS, ROOT, SOLUTIONS
from grader import run
from grader.course import load_course
from grader.discover import parse
from grader.model import Answer, Check, Exercise
from grader.sandbox.isolation import HOW_TO_COMPUTE, Fork

EQUIVALENT = Path(__file__).parent / "equivalent_mutants.toml"
AIM = 0.97
SECONDS = 30.0  # for a check: a mutant may never end
LONGEST = 90  # characters of the code shown around a change

BINARY = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.MatMult: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
BOOLEAN = {ast.And: ast.Or, ast.Or: ast.And}
KEPT = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Pass)  # statements that are not dropped


@dataclass(frozen=True)
class Mutant:
    """A solution with one change: where it is, the code around it before and after, the whole source."""

    line: int
    before: str
    after: str
    source: str


@dataclass(frozen=True)
class Change:
    """A change of one field of a node, to be made and taken back."""

    node: ast.AST  # at this line, for the reader
    owner: Any  # whose attribute or item it is
    key: Any
    value: Any
    words: tuple[str, str] | None = None  # before and after, where the code around says too much

    @contextlib.contextmanager
    def made(self) -> Iterator[None]:
        before = self._get()
        self._set(self.value)
        try:
            yield
        finally:
            self._set(before)

    def _get(self) -> Any:
        return self.owner[self.key] if isinstance(self.owner, list) else getattr(self.owner, self.key)

    def _set(self, value: Any) -> None:
        if isinstance(self.owner, list):
            self.owner[self.key] = value
        else:
            setattr(self.owner, self.key, value)


# Making mutants -----------------------------------------------------------------------------------


def mutants(solution: bytes, stub: bytes) -> list[Mutant]:
    """Every mutant of a solution, each different from it and from the others."""
    tree = parse(solution)
    given = {ast.dump(node) for node in _functions(parse(stub))}
    own = [node for node in _functions(tree) if ast.dump(node) not in given]
    found = {ast.unparse(tree): None}
    for function in own:
        parents = {child: node for node in ast.walk(function) for child in ast.iter_child_nodes(node)}
        for change in _changes(function):
            shown = _around(change.node, parents)
            before = _header(shown)
            with change.made():
                source = ast.unparse(ast.fix_missing_locations(tree))
                after = _header(shown)
            before, after = change.words or (before, after)
            if source not in found:
                found[source] = Mutant(change.node.lineno, before, after, source)
    return [mutant for mutant in found.values() if mutant is not None]


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    """Functions of the module and methods of its classes."""
    parts = [node.body if isinstance(node, ast.ClassDef) else [node] for node in tree.body]
    return [node for node in itertools.chain.from_iterable(parts) if isinstance(node, ast.FunctionDef)]


def _changes(function: ast.FunctionDef) -> Iterator[Change]:
    for node in _code(function):
        match node:
            case ast.BinOp(op=op) if type(op) in BINARY:
                yield Change(node, node, "op", BINARY[type(op)]())
            case ast.AugAssign(op=op) if type(op) in BINARY:
                yield Change(node, node, "op", BINARY[type(op)]())
            case ast.BoolOp(op=op):
                yield Change(node, node, "op", BOOLEAN[type(op)]())
            case ast.Compare(ops=ops):
                for index, op in enumerate(ops):
                    yield Change(node, ops, index, COMPARISONS[type(op)]())
            case ast.UnaryOp(op=ast.USub()):
                yield Change(node, node, "op", ast.UAdd())
            case ast.UnaryOp(op=ast.Not()):
                yield Change(node, node, "operand", ast.UnaryOp(ast.Not(), node.operand))
            case ast.Constant(value=value):
                yield from (Change(node, node, "value", other) for other in _other_values(value))
            case ast.Call(args=args):
                yield from _swaps(node, args)
                yield from (
                    Change(node, node, "keywords", [one for one in node.keywords if one is not dropped])
                    for dropped in node.keywords
                )
            case ast.Tuple(elts=elements, ctx=ast.Load()):
                yield from _swaps(node, elements)
        if isinstance(node, ast.FunctionDef):
            yield from (
                Change(node, node, "decorator_list", [one for one in node.decorator_list if one is not dropped])
                for dropped in node.decorator_list
            )
        for field in ("body", "orelse", "finalbody"):
            statements = getattr(node, field, [])
            for index, statement in enumerate(statements if isinstance(statements, list) else []):
                if not _is_talk(statement) and not isinstance(statement, KEPT):
                    words = (_header(statement), "(dropped)")
                    yield Change(statement, statements, index, ast.copy_location(ast.Pass(), statement), words)
                if isinstance(statement, ast.With):
                    bare = ast.If(ast.Constant(True), statement.body, [])
                    words = (_header(statement), "if True:")
                    yield Change(statement, statements, index, ast.copy_location(bare, statement), words)


def _code(function: ast.FunctionDef) -> Iterator[Any]:
    """The nodes of a function but annotations, docstrings and what is said in an error."""
    pending: list[ast.AST] = [function]
    while pending:
        node = pending.pop(0)
        yield node
        match node:
            case ast.FunctionDef():
                children = [*node.args.defaults, *(one for one in node.args.kw_defaults if one), *node.body]
            case ast.Raise() | ast.JoinedStr():
                children = []
            case _ if _is_talk(node):
                children = []
            case ast.AnnAssign():
                children = [node.value] if node.value else []
            case _:
                children = list(ast.iter_child_nodes(node))
        pending += children


def _is_talk(node: ast.AST) -> bool:
    """A docstring, or something printed."""
    match node:
        case ast.Expr(value=ast.Constant() | ast.Call(func=ast.Name(id="print"))):
            return True
    return False


def _other_values(value: object) -> list[Any]:
    match value:
        case bool():
            return [not value]
        case int():
            return [value + 1, value - 1]
        case float():
            return [2 * value or 1.0]
        case str():
            return [value + "?"]
    return []


def _swaps(node: ast.AST, items: list[ast.expr]) -> Iterator[Change]:
    """Neighbours in other places."""
    field = "args" if isinstance(node, ast.Call) else "elts"
    for first in range(len(items) - 1):
        pair = items[first : first + 2]
        if not any(isinstance(one, ast.Starred) for one in pair):
            one, other = map(_header, pair)
            words = (f"{one}, {other}", f"{other}, {one}") if len(_header(node)) > LONGEST else None
            yield Change(pair[0], node, field, [*items[:first], *reversed(pair), *items[first + 2 :]], words)


def _around(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> ast.AST:
    """The largest piece of code around a node that is short enough to be shown."""
    shown = node
    while not isinstance(shown, ast.stmt) and (parent := parents.get(shown)) is not None:
        if len(_header(parent)) > LONGEST:
            break
        shown = parent
    return shown


def _header(node: ast.AST) -> str:
    """Code in one line; of a statement with a body, what stands before it."""
    if isinstance(node, ast.FunctionDef):
        # Of a function, the name, the arguments and the decorators.
        node = ast.FunctionDef(**{**vars(node), "body": [ast.Expr(ast.Constant(...))]})
        return ast.unparse(ast.fix_missing_locations(node)).rpartition(":")[0]
    line = ast.unparse(node).splitlines()[0]
    return line if len(line) <= LONGEST + 1 else line[:LONGEST] + "…"


# Grading them -------------------------------------------------------------------------------------


def killer(exercise: Exercise, source: str, isolation: Fork) -> str | None:
    """The name of the first check that a mutant does not pass; None when it survives."""
    from grader.plugin import GraderPlugin  # here: it imports torch

    checks = tuple(replace(check, seconds=min(check.seconds, SECONDS)) for check in exercise.checks)
    answer = Answer(replace(exercise, checks=checks), f"{exercise.name}.py", {exercise.name: source.encode()})

    def stop_when_killed(check: Check) -> None:
        if any(grade.outcome != "passed" for grade in plugin.grades.values()):
            raise KeyboardInterrupt

    plugin = GraderPlugin(answer, OPTIONS, isolation, stop_when_killed)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            run.run_checks(answer.exercise, plugin)
    finally:
        plugin.running.close()
    return next((name for name, grade in plugin.grades.items() if grade.outcome != "passed"), None)


_nursery: list[Fork] = []  # of this worker


def _begin_worker() -> None:
    os.environ.update(HOW_TO_COMPUTE)
    _nursery.append(Fork(sorted({probe for exercise in load_course() for probe in exercise.probes})))


def _work(exercise: Exercise, source: str) -> str | None:
    return killer(exercise, source, _nursery[0])


# The report ---------------------------------------------------------------------------------------


def explanations(path: Path = EQUIVALENT) -> dict[tuple[str, str, str], str]:
    """(exercise, before, after) → why such a mutant is as right as the solution."""
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("mutant", [])
    return {(one["exercise"], one["before"], one["after"]): one["why"] for one in entries}


def all_mutants(exercise: Exercise) -> list[Mutant]:
    """The mutants of an exercise's solution."""
    solution, stub = (ROOT / place / f"{exercise.name}.py" for place in (SOLUTIONS.name, "exercises"))
    return mutants(solution.read_bytes(), stub.read_bytes())


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description="Grade broken solutions.")
    parser.add_argument("exercises", nargs="*", help="names of exercises; all of them when none is given")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, help="processes side by side")
    arguments = parser.parse_args(argv)
    course = {exercise.name: exercise for exercise in load_course()}
    if unknown := [name for name in arguments.exercises if name not in course]:
        parser.error(f"there is no exercise {unknown[0]}. There are: {', '.join(course)}")
    names = arguments.exercises or list(course)
    known = explanations()
    totals = [0, 0, 0]
    unexplained: list[str] = []
    print(f"{'exercise':24}{'mutants':>9}{'killed':>9}{'survived':>9}{'explained':>10}")
    with ProcessPoolExecutor(arguments.jobs, multiprocessing.get_context("spawn"), _begin_worker) as pool:
        for name in names:
            made = all_mutants(course[name])
            killers = pool.map(_work, itertools.repeat(course[name]), [mutant.source for mutant in made])
            survivors = [mutant for mutant, by in zip(made, killers, strict=True) if by is None]
            explained = [one for one in survivors if (name, one.before, one.after) in known]
            for index, number in enumerate((len(made), len(made) - len(survivors), len(explained))):
                totals[index] += number
            counts = (len(made), len(made) - len(survivors), len(survivors), len(explained))
            print(name.ljust(24) + "".join(f"{count:9,}" for count in counts), flush=True)
            for one in survivors:
                why = known.get((name, one.before, one.after))
                print(f"    line {one.line}: {one.before}\n         →   {one.after}\n        {why or 'NOT EXPLAINED'}")
                unexplained += [] if why else [name]
    made_all, killed, explained_all = totals
    rate = killed / max(1, made_all - explained_all)
    print(f"{made_all:,} mutants: {killed:,} killed, {made_all - killed:,} survived, {explained_all:,} explained")
    print(f"{rate:.1%} of those that are not explained were killed; the aim is {AIM:.0%}")
    return 1 if unexplained or rate < AIM else 0


if __name__ == "__main__":
    sys.exit(main())
