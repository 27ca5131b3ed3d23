"""Turn paths into a submission: read the answers as bytes, run nothing, import nothing."""

from __future__ import annotations

import ast
import codecs
import fnmatch
import functools
import io
import itertools
import os
import re
import stat
import tokenize
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from grader import cells, notebooks
from grader.model import Answer, Exercise, Submission, UsageError
from grader.text import clean

MAX_FILE_BYTES = 200_000  # source made to be slow takes the parser a second and 150 MB at most
MAX_NOTEBOOK_BYTES = 5_000_000  # with the plots that Jupyter keeps in it
MAX_SIBLINGS = 200
MAX_FOLDER_BYTES = 2_000_000  # of all Python files together
MAX_ENTRIES = 10_000  # of a folder, that are looked at
NOTEBOOK = ".ipynb"
KINDS = (".py", NOTEBOOK)  # of files with an answer
# Codecs that read each byte once. Others are no text (zlib), or take minutes for a file made to be slow (punycode).
ENCODINGS = re.compile(r"utf-8(-sig)?|ascii|(iso8859-|cp|koi8-|mac-)\w+|(gb|big5|euc_|shift_)\w+")


def discover(paths: Sequence[Path], course: Sequence[Exercise], only: str | None = None) -> Submission:
    """The submission at `paths`: folders stand for every exercise, files for their own.

    Raises UsageError when a path does not exist, is no exercise, or names an exercise twice, and
    when `only`, a pattern such as `ex1*`, matches nothing.
    """
    wanted = [exercise for exercise in course if only is None or fnmatch.fnmatchcase(exercise.name, only)]
    if not wanted:
        names = ", ".join(exercise.name for exercise in course)
        raise UsageError(f"--only {only}: no exercise has such a name. There are {names}.")
    answers: dict[str, Answer] = {}
    for path in paths:
        for answer in _answers_at(path, wanted, course):
            name = answer.exercise.name
            if name in answers:
                raise UsageError(f"{name} is given twice: {answers[name].path} and {answer.path}. Name one of them.")
            answers[name] = answer
    if not answers:
        raise UsageError(f"--only {only}: none of the files given is an exercise with such a name.")
    ordered = [answers[exercise.name] for exercise in course if exercise.name in answers]
    return Submission(name=" ".join(str(path) for path in paths), answers=tuple(ordered))


def _answers_at(path: Path, wanted: Sequence[Exercise], course: Sequence[Exercise]) -> list[Answer]:
    if _is_folder(path):
        sources = read_sources(path, course)
        if not any(exercise.name in sources or _occupied(path, exercise) for exercise in course):
            raise UsageError(f"{path} holds no exercise. Its files should have names like {course[0].name}.py.")
        return [_answer_in(path, exercise, sources) for exercise in wanted]
    exercise = next((exercise for exercise in course if path.stem == exercise.name), None)
    if exercise is None or path.suffix not in KINDS:
        raise UsageError(f"{path} is not an exercise. Its name should be one like {course[0].name}.py.")
    answer = _notebook_answer if path.suffix == NOTEBOOK else _answer
    return [answer(path.parent, exercise, read_sources(path.parent, course))] if exercise in wanted else []


def _occupied(folder: Path, exercise: Exercise) -> bool:
    return any(os.path.lexists(folder / f"{exercise.name}{kind}") for kind in KINDS)


def _answer_in(folder: Path, exercise: Exercise, sources: dict[str, bytes]) -> Answer:
    """The file or the notebook. Where both are there, the one that was worked on; a choice between two is not ours."""
    if not os.path.lexists(folder / f"{exercise.name}{NOTEBOOK}"):
        return _answer(folder, exercise, sources)
    notebook = _notebook_answer(folder, exercise, sources)
    if not os.path.lexists(folder / f"{exercise.name}.py"):
        return notebook
    file = _answer(folder, exercise, sources)
    if file.untouched:
        return notebook
    if notebook.untouched:
        return file
    both = f"{file.path} and {Path(notebook.path).name} both hold work of yours."
    return replace(file, problem=f"{both} Move away the one that is not to count.")


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"{path} does not exist. Name a folder such as exercises/ or a file in it.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be opened: {error.strerror}.") from None
    except ValueError as error:
        raise UsageError(f"{path} is no path: {error}.") from None


def read_sources(folder: Path, course: Sequence[Exercise]) -> dict[str, bytes]:
    """The Python files of a folder by module name; links, pipes and oversized files are left out."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entry.name for entry in itertools.islice(entries, MAX_ENTRIES) if entry.name.endswith(".py"))
    except OSError as error:
        raise UsageError(f"{folder} cannot be opened: {error.strerror}.") from None
    sources: dict[str, bytes] = {}
    left = MAX_FOLDER_BYTES
    # The exercises first, and by name: they are found however many files lie beside them.
    for name in dict.fromkeys([*(f"{exercise.name}.py" for exercise in course), *found[:MAX_SIBLINGS]]):
        if (content := read_regular(folder / name)) is not None and len(content) <= left:
            left -= len(content)
            sources[name.removesuffix(".py")] = content
    return sources


def read_regular(path: Path, limit: int = MAX_FILE_BYTES) -> bytes | None:
    """The content of a file; None where it is missing, too large, a link, or anything else than a file."""
    # O_NOFOLLOW and O_NONBLOCK: a link may lead out of the folder, a named pipe would wait forever.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if not hasattr(os, "O_NOFOLLOW") and os.path.islink(path):  # Windows
            return None
        descriptor = os.open(path, flags)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with open(descriptor, "rb") as file:
        try:
            content = file.read(limit + 1)
        except OSError:
            return None
    return content if len(content) <= limit else None


def _answer(folder: Path, exercise: Exercise, sources: dict[str, bytes]) -> Answer:
    path = Path(clean(str(folder / f"{exercise.name}.py")))  # from here on for messages only
    content = sources.get(exercise.name)
    if content is None:
        return Answer(exercise, str(path), sources, problem=_why_unread(folder / f"{exercise.name}.py", exercise))
    try:
        tree = parse(content)
    except SyntaxError as error:
        return Answer(exercise, str(path), sources, problem=_syntax_sentence(str(path), error))
    except UNREADABLE as error:
        reason = str(error) or "it is nested too deeply"
        return Answer(exercise, str(path), sources, problem=f"{path} cannot be read as Python: {reason}.")
    if not tree.body:
        problem = f"{path} is empty. {_restore(exercise)}"
        return Answer(exercise, str(path), sources, problem=problem)
    return Answer(exercise, str(path), sources, untouched=_untouched(tree, exercise))


def _notebook_answer(folder: Path, exercise: Exercise, sources: dict[str, bytes]) -> Answer:
    file = folder / f"{exercise.name}{NOTEBOOK}"
    path = clean(str(file))
    content = read_regular(file, MAX_NOTEBOOK_BYTES)
    if content is None:
        return Answer(exercise, path, sources, problem=_why_unread(file, exercise))
    try:
        code = notebooks.code_cells(content)
    except UNREADABLE as error:
        return Answer(exercise, path, sources, problem=f"{path} cannot be read as a notebook: {error}.")
    return answer_in_cells(code, path, exercise, sources)


def answer_in_cells(
    code: Sequence[tuple[str, str]], path: str, exercise: Exercise, sources: Mapping[str, bytes]
) -> Answer:
    """The answer that cells (name, code) hold, with `sources` of modules beside it."""
    answer = Answer(exercise, path, sources)
    wanted = sorted({name for check in exercise.checks for name in check.uses})
    try:
        module, places = cells.join(code, wanted)
        tree = parse(module)
    except SyntaxError as error:
        return replace(answer, problem=_syntax_sentence(f"{path}, {error.filename}", error))
    except UNREADABLE as error:
        reason = str(error) or "it is nested too deeply"
        return replace(answer, problem=f"{path} cannot be read as Python: {reason}.")
    if not tree.body:
        names = " and ".join(f"`{name}`" for name in wanted)
        return replace(answer, problem=f"{path} has no code cell that defines {names}.")
    sources = {**sources, exercise.name: module}
    return replace(answer, sources=sources, cells=places, untouched=_untouched(tree, exercise))


def _why_unread(path: Path, exercise: Exercise) -> str:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return f"{path} is missing. {_restore(exercise)}"
    except OSError as error:
        return f"{path} cannot be opened: {error.strerror}."
    if stat.S_ISLNK(found.st_mode):
        return f"{path} is a link. Put the file itself there: the grader follows no links."
    if not stat.S_ISREG(found.st_mode):
        return f"{path} is not a file. Put your answer there as a Python file."
    if path.suffix == NOTEBOOK and found.st_size > MAX_NOTEBOOK_BYTES:
        return f"{path} is larger than {MAX_NOTEBOOK_BYTES // 1_000_000} MB. Clear its outputs in Jupyter and save it."
    if path.suffix != NOTEBOOK and found.st_size > MAX_FILE_BYTES:
        return f"{path} is larger than {MAX_FILE_BYTES // 1000} KB. An answer is a page of code: remove the rest."
    return f"{path} cannot be opened. Check that you may read it."


def _restore(exercise: Exercise) -> str:
    return f"Put the course's exercises/{exercise.name}.py there again and write your answer into it."


# What the parser raises besides SyntaxError, for source that is nested too deeply or holds strange bytes.
UNREADABLE = (ValueError, RecursionError, MemoryError, OverflowError, SystemError)


def parse(content: bytes) -> ast.Module:
    """The syntax tree of a source file in its declared encoding. Raises SyntaxError or one of UNREADABLE."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except SyntaxError as error:  # an unknown encoding, or bytes in the first two lines that are not UTF-8
        if "unknown" in str(error):
            raise
        encoding = "utf-8"
    if not ENCODINGS.fullmatch(codecs.lookup(encoding).name):
        raise ValueError(f"its first lines declare the encoding {encoding}; save the file as UTF-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        byte = f"0x{error.object[error.start]:02x}"
        wrong = f"line {line} holds the byte {byte}, which is not valid {encoding.upper()}"
        raise ValueError(f"{wrong}; save the file as UTF-8") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the learner sees Python's own warnings when running the file
        return ast.parse(text)


def mentioned_sources(answer: Answer) -> dict[str, bytes]:
    """The source of an answer, and of the files beside it that it mentions, itself or by way of others."""
    found: dict[str, bytes] = {}
    pending = [answer.exercise.name]
    while pending:
        name = pending.pop(0)
        if name in answer.sources and name not in found:
            found[name] = answer.sources[name]
            pending += sorted(mentions(found[name]) & answer.sources.keys())
    return found


@functools.lru_cache(maxsize=2 * MAX_SIBLINGS)
def mentions(content: bytes) -> frozenset[str]:
    """The modules that a source imports, its strings, and its names that are not its own, such as `open`."""
    try:
        tree = parse(content)
    except (SyntaxError, *UNREADABLE):
        return frozenset()
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=imported):
                found |= {one.name.split(".")[0] for one in imported}
            case ast.ImportFrom(module=module):
                found.add(str(module).split(".")[0])
            case ast.Constant(value=str(text)) | ast.Name(id=text, ctx=ast.Load()):
                found.add(text)
    return frozenset(found)


def _syntax_sentence(path: str, error: SyntaxError) -> str:
    if error.lineno is None:
        return f"{path} cannot be read as Python: {error.msg}."
    line = (error.text or "").strip()[:100]
    shown = f": {line}" if line else ""
    return f"{path}, line {error.lineno}: Python does not understand this ({error.msg}){shown}"


def _untouched(tree: ast.Module, exercise: Exercise) -> bool:
    """Whether everything that the checks call still only raises NotImplementedError."""
    defined = {
        node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    used = {name for check in exercise.checks for name in check.uses}
    return used <= defined.keys() and all(_is_stub(defined[name]) for name in used)


def _is_stub(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    if isinstance(node, ast.ClassDef):
        methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
        return bool(methods) and all(_is_stub(method) for method in methods)
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    if len(body) != 1 or not isinstance(body[0], ast.Raise):
        return False
    raised = body[0].exc.func if isinstance(body[0].exc, ast.Call) else body[0].exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
