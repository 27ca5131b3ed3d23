"""What in the source of an answer deserves a look: ready-made operations, and traces of tampering.

Flags are hints for people. They change no points: the sandbox and the ban act when the code runs, and a
word in the source proves nothing. `ready-made: …` is for the learner too, `tampering: …` for the instructor.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator

from grader.discover import UNREADABLE, mentioned_sources, parse
from grader.model import Answer
from grader.text import clean

READY_MADE, TAMPERING = "ready-made", "tampering"

# Operation → names under which libraries have it.
_CONVOLUTION = r"\w*(conv(_?transpose)?[123]d\w*|conv_tbc|convolution\w*|convolve([12]d)?|correlate([12]d)?)"
READY_MADE_NAMES = {
    operation: re.compile(names, re.IGNORECASE)
    for operation, names in {
        "convolution": _CONVOLUTION,
        "pooling": r"\w*(max|avg|average|lp)_?pool(ing)?(_?[123]d)?\w*|(maximum|uniform)_filter",
        "backward pass": r"conv_?transpose[123]d|conv\w*_backward|conv[123]d_(input|weight)|backward|grad|vjp|jvp"
        r"|jacrev|jacfwd|jacobian",
        "convolution and im2col": rf"{_CONVOLUTION}|unfold|fold|im2col|col2im",
        "dropout": r"\w*dropout[123]?d?\w*",
        "batch norm": r"\w*(batch|instance)_?norm([123]d)?\w*",
    }.items()
}
OWN_METHODS = re.compile(r"\?(\.\w+)*\.unfold")  # X.unfold only makes a view of windows; torch.nn's unfold is im2col
READY_MADE_METHODS = {"convolution": (("PIL", ".filter"),)}  # where the package is imported
SUSPECTS = {  # full names and what they are for; everything below a module counts
    **dict.fromkeys(("grader", "solutions"), "An answer needs nothing of the grader or the solutions."),
    **dict.fromkeys(("ctypes", "_ctypes"), "This reaches memory and libraries past Python."),
    **dict.fromkeys(("torch._C", "torch.library", "torch.ops.prim", "torch.jit.enable_onednn_fusion"),
        "This reaches below PyTorch's public functions."),
    **dict.fromkeys(("sys._getframe", "sys._current_frames", "inspect.stack", "inspect.currentframe",
        "gc.get_objects", "gc.get_referrers", "gc.get_referents"), "This looks into code that called the answer."),
    **dict.fromkeys(("os._exit", "os.fork", "os.system", "os.popen", "os.kill", "os.posix_spawn", "os.execv",
        "subprocess", "socket", "_socket"), "This is about processes and networks, not about tensors."),
    **dict.fromkeys(("__import__", "eval", "exec"), "This runs code that cannot be read here."),
}  # fmt: skip
SUSPECT_STRING = re.compile(r"(?:^|[./\\])(?:grader|solutions)(?:$|[./\\])|/proc\b|\bprim::")
HARMLESS_SETTINGS = ("torch.backends", "torch._dynamo.config")

MAX_FLAGS, MAX_NODES, MAX_PARTS, MAX_SHOWN = 20, 100_000, 8, 80


def find(answer: Answer) -> tuple[str, ...]:
    """The flags of an answer's file and of those beside it that it imports, first come, first told."""
    found: list[str] = []
    nodes = MAX_NODES  # for all files together
    for module, source in mentioned_sources(answer).items():
        if nodes <= 0 or len(found) >= MAX_FLAGS:
            break
        try:
            reader = _Reader(parse(source), answer.exercise.own_work, nodes)
        except (SyntaxError, *UNREADABLE):
            continue
        nodes -= len(reader.nodes)
        lines = re.split("\r\n|\r|\n", source.decode("utf-8", "replace"))
        for kind, line, sentence in dict.fromkeys(reader.flags()):
            shown = lines[line - 1].strip()[:MAX_SHOWN] if 0 < line <= len(lines) else ""
            found.append(clean(f"{kind}: {answer.place(module, line)}: {shown} – {sentence}"))
    return tuple(found[:MAX_FLAGS])


class _Reader:
    """One source file: what its names stand for, and what is seen in it."""

    def __init__(self, tree: ast.Module, own_work: str | None, max_nodes: int) -> None:
        self.ready_made = READY_MADE_NAMES.get(own_work or "", re.compile("(?!)"))
        self.methods = READY_MADE_METHODS.get(own_work or "", ())
        self.nodes = list(itertools.islice(_walk(tree), max_nodes))
        self.imported: dict[str, str] = {}  # name here → full name
        self.defined: set[str] = set()
        for node in self.nodes:
            self._learn(node)
        self.modules = {full.split(".")[0] for full in self.imported.values()} | {"builtins", "__builtins__"}

    def _learn(self, node: ast.AST) -> None:
        match node:
            case ast.Import(names=names):
                self.imported |= {one.asname or one.name.split(".")[0]: one.name for one in names if one.asname}
                self.imported |= {one.name.split(".")[0]: one.name.split(".")[0] for one in names if not one.asname}
            case ast.ImportFrom(module=module, names=names):
                self.imported |= {one.asname or one.name: f"{module}.{one.name}" for one in names}
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                self.defined.add(name)
            case ast.arg(arg=name):
                self.defined.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                self.defined.add(name)

    def flags(self) -> Iterator[tuple[str, int, str]]:
        """Kind, line and sentence of everything seen."""
        for node in self.nodes:
            line = getattr(node, "lineno", 0)
            names = list(self._names(node))
            for name, (suspect, sentence) in itertools.product(names, SUSPECTS.items()):
                if f"{name}.".startswith(f"{suspect}."):
                    yield TAMPERING, line, sentence
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if SUSPECT_STRING.search(node.value):
                    yield TAMPERING, line, "An answer needs nothing of the grader, the solutions or the system."
                # A word alone is a title; names that are called may be source for `eval` or TorchScript.
                called = [word for part in re.split(r"[^\w.(]+", node.value) for word in part.split("(")[:-1]]
                names = [word for word in called if "." in word]
                names += [node.value] if re.search(r"[.\d]", node.value) else []
            last = {name.split(".")[-1] for name in names if not OWN_METHODS.fullmatch(name)} - self.defined
            methods = tuple(method for package, method in self.methods if package in self.modules)
            if any(name.endswith(methods) for name in names) or any(self.ready_made.fullmatch(name) for name in last):
                yield READY_MADE, line, "This exercise is about writing the operation yourself."
            if (target := self._replaced(node)) is not None:
                yield TAMPERING, line, f"This replaces a part of {target}."

    def _names(self, node: ast.AST) -> Iterator[str]:
        """Full names: `torch.nn.functional.conv2d` for `F.conv2d`; `?.x` where x belongs to something of the answer."""
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names)
            case ast.ImportFrom(module=module, names=names):
                yield from (f"{module}.{one.name}" for one in names)
            case ast.Attribute() | ast.Name():
                parts: list[str] = []
                while isinstance(node, ast.Attribute) and len(parts) < MAX_PARTS:
                    parts.append(node.attr)
                    node = node.value
                name = node.id if isinstance(node, ast.Name) else "?"
                yield ".".join([self.imported.get(name, "?" if name in self.defined else name), *reversed(parts)])

    def _replaced(self, node: ast.AST) -> str | None:
        """The module of which this sets a part."""
        match node:
            case ast.Name(id="__name__", ctx=ast.Store()):
                return "the way Python runs a file"
            case ast.Attribute(value=place, ctx=ast.Store()) | ast.Subscript(value=place, ctx=ast.Store()):
                pass
            case ast.Call(func=ast.Name(id="setattr"), args=[place, *_]):
                pass
            case _:
                return None
        base = next(self._names(place), "?")
        known = base.split(".")[0] in self.modules and not base.startswith(HARMLESS_SETTINGS)
        return base if known and (base == "sys.modules" or not isinstance(node, ast.Subscript)) else None


def _walk(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes in the order of the source, without docstrings and what is below `if __name__ == "__main__"`."""
    pending: list[ast.AST] = [tree]
    while pending:
        match node := pending.pop():
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.If(test=ast.Compare(ast.Name("__name__"), [ast.Eq()], [ast.Constant("__main__")]), orelse=other):
                pending += reversed(other)
                continue
        yield node
        pending += reversed(list(ast.iter_child_nodes(node)))
