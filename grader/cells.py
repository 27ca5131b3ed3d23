"""The code cells of a notebook as one module: what an exercise needs of them, each line where it can be found.

A notebook is also the place to try things out: cells that plot, train for minutes, or fail on purpose.
None of that is the answer. So of the cells, in their order, those statements are taken that bind or
change a name which the checks call, or which such a statement needs in its turn: functions, helpers,
constants, imports. All others become blank lines, and so do magics (`%time`), shell lines (`!ls`), help
(`conv2d?`) and the cells that fetch and call the grader.

Only the standard library reads here, and nothing is run or imported: cells come from strangers.
"""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader.model import Cell

MAX_STATEMENTS = 10_000  # at the top of cells; to look at so many takes about a second
PYTHON_MAGICS = ("time", "capture")  # `%%time` and `%%capture` run the rest of their cell as it is


def join(cells: Iterable[tuple[str, str]], wanted: Iterable[str]) -> tuple[bytes, tuple[Cell, ...]]:
    """One module of the cells (name, code) that defines the `wanted` names, and where each cell begins in it.

    Raises SyntaxError with the cell's name as its file name, or what else Python's parser raises, and
    ValueError when there are too many statements.
    """
    statements: list[_Statement] = []
    places: list[Cell] = []
    end = 1  # the first line is for imports from __future__, which must stand first
    for name, code in cells:
        places.append(Cell(name, end + 1))
        text, tree = _parse(name, code)
        lines = text.encode().split(b"\n")
        if len(statements) + len(tree.body) > MAX_STATEMENTS:
            raise ValueError(f"it has more than {MAX_STATEMENTS} statements. An answer is a page of code, not more")
        statements += [_read(name, node, lines, end) for node in tree.body]
        end += len(lines)
    module = [b""] * end
    for statement in _needed(statements, wanted):
        first, *others = statement.lines
        module[statement.first] += b"; " + first if module[statement.first] else first
        for number, line in enumerate(others, statement.first + 1):
            module[number] = line
    future = sorted({name for statement in statements for name in statement.future})
    module[0] = f"from __future__ import {', '.join(future)}".encode() if future else b""
    return b"\n".join(module), tuple(places)


def is_code(code: str) -> bool:
    """Whether Python understands a cell."""
    try:
        _parse("", code)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, SystemError):
        return False
    return True


# Statements ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Statement:
    """A statement at the top of a cell."""

    first: int  # its first line in the module, counted from 0
    lines: Sequence[bytes]
    binds: frozenset[str]
    uses: frozenset[str]  # global names, also those inside its functions
    changes: frozenset[str]  # what it acts on without binding it
    future: tuple[str, ...]
    imports: bool
    star: bool  # nobody knows what `from x import *` binds


def _read(cell: str, node: ast.stmt, lines: Sequence[bytes], offset: int) -> _Statement:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(one.lineno for one in decorators)]) - 1
    while decorators and first > 0 and not lines[first].startswith(b"@"):
        first -= 1
    last = node.end_lineno or node.lineno
    own = list(lines[first:last])
    own[-1] = own[-1][: node.end_col_offset]  # offsets are in bytes
    if not decorators:
        own[0] = own[0][node.col_offset :]
    try:
        binds, uses = _symbols(symtable.symtable(b"\n".join(own).decode("utf-8", "replace"), cell, "exec"))
    except SyntaxError as error:
        error.lineno = first + (error.lineno or 1)
        raise
    imported = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
    future = tuple(imported) if isinstance(node, ast.ImportFrom) and node.module == "__future__" else ()
    return _Statement(
        first=first + offset,
        lines=own,
        binds=frozenset() if future else binds,
        uses=uses,
        changes=frozenset(_changed(node)),
        future=future,
        imports=isinstance(node, ast.Import | ast.ImportFrom),
        star="*" in imported,
    )


def _symbols(module: symtable.SymbolTable) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a piece of code binds, and the global names that it uses, at any depth."""
    symbols = module.get_symbols()
    binds = {one.get_name() for one in symbols if one.is_assigned() or one.is_imported()}
    uses = {one.get_name() for one in symbols if one.is_referenced()}
    pending = list(module.get_children())
    while pending:
        table = pending.pop()
        pending += table.get_children()
        body = table.get_type() == "class"  # `size = size` in it takes the global one
        uses |= {one.get_name() for one in table.get_symbols() if one.is_global() or (body and one.is_referenced())}
    return frozenset(binds), frozenset(uses)


def _changed(statement: ast.stmt) -> Iterator[str]:
    """Names of what is changed without being bound: `Net.forward = …`, `sizes.append(3)`, `@add_to(Net)`."""
    pending: list[ast.AST] = [statement]
    while pending:
        match node := pending.pop():
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                parts = (part for decorator in node.decorator_list for part in ast.walk(decorator))
                yield from (part.id for part in parts if isinstance(part, ast.Name))
                continue  # what is inside runs later, or is its own
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                yield from _root(node)
            case ast.Expr(value=ast.Call(func=ast.Attribute() as method)):
                yield from _root(method)
        pending += ast.iter_child_nodes(node)


def _root(node: ast.expr) -> Iterator[str]:
    """The `net` of `net.layers[0].weight`."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        yield node.id


def _needed(statements: Sequence[_Statement], wanted: Iterable[str]) -> list[_Statement]:
    """In their order, the statements that the wanted names need."""
    # `plt.show()` and `torch.save(…)` change nothing that an answer needs: of an import only the binding counts.
    imported = {name for statement in statements if statement.imports for name in statement.binds}
    touching = defaultdict(list)
    for number, statement in enumerate(statements):
        for name in statement.binds | (statement.changes - imported):
            touching[name].append(number)
    needed: set[int] = {number for number, statement in enumerate(statements) if statement.star}
    pending, seen = set(wanted), set[str]()
    while pending:
        seen.add(name := pending.pop())
        for number in touching[name]:
            if number not in needed:
                needed.add(number)
                pending |= statements[number].uses - seen
    return [statements[number] for number in sorted(needed)]


# Magics -------------------------------------------------------------------------------------------


def _parse(name: str, code: str) -> tuple[str, ast.Module]:
    """The code as Python alone, line by line where it was, and its syntax tree."""
    text = code.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the learner sees Python's own warnings when running the cell
        try:
            return text, ast.parse(text, name)
        except SyntaxError:  # Python alone has no magics: only a cell that is not Python can hold one
            text = _without_magics(text)
            return text, ast.parse(text, name)


_CELL_MAGIC = re.compile(r"\s*%%(\w*)")
_TO_THE_END = r"[^\n\\]*(?:\\.[^\n\\]*)*"  # of the line, and of those that a backslash adds
_MAGIC = re.compile(
    rf"([ \t]*)(?:[%!?]{_TO_THE_END}|[\w.]+[ \t]*=[ \t]*[%!]{_TO_THE_END}|[\w.*]+\?\??[ \t]*(?=\n|\Z))", re.DOTALL
)
_TOKEN = re.compile(
    r"""\#[^\n]*
    |('''|\"\"\")(?:\\.|(?!\1).)*(?:\1|\Z)
    |"(?:\\.|[^"\\\n])*"?
    |'(?:\\.|[^'\\\n])*'?
    |\\.|.""",
    re.DOTALL | re.VERBOSE,
)


def _without_magics(text: str) -> str:
    """The text with what only IPython understands replaced by blank lines; where a block needs a line, by `pass`."""
    cell_magic = _CELL_MAGIC.match(text)
    if cell_magic and cell_magic[1] not in PYTHON_MAGICS:
        return "\n" * text.count("\n")
    parts: list[str] = []
    place, depth, starts = 0, 0, True  # a magic stands where a statement could start
    while place < len(text):
        if starts and (magic := _MAGIC.match(text, place)):
            parts.append(f"{magic[1]}pass" if magic[1] else "")
            parts.append("\n" * magic[0].count("\n"))
            place = magic.end()
            starts = False
        token = _TOKEN.match(text, place)
        if token is None:
            break
        parts.append(token[0])
        place = token.end()
        depth = max(0, depth + (token[0] in "([{") - (token[0] in ")]}"))
        starts = token[0] == "\n" and depth == 0
    return "".join(parts)
