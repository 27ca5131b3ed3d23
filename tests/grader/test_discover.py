"""Paths become a submission: what is missing, unreadable or no file is said, and nothing is followed."""

import importlib.util
import os
import py_compile
import subprocess
import sys
from pathlib import Path

import pytest

from grader.course import load_course
from grader.discover import MAX_FILE_BYTES, MAX_FOLDER_BYTES, discover
from grader.model import Answer, Options, UsageError
from grader.run import grade_answer
from grader.sandbox.isolation import Fork
from tests.conftest import ROOT

STUB = (ROOT / "exercises" / "ex11_corr2d.py").read_bytes()


def answer_in(folder: Path) -> Answer:
    return discover([folder], load_course(), "ex11*").answers[0]


def with_file(folder: Path, content: bytes) -> Answer:
    (folder / "ex11_corr2d.py").write_bytes(content)
    return answer_in(folder)


PROBLEMS = {
    "an empty file": (b"", "is empty. Put the course's exercises/ex11_corr2d.py there again"),
    "comments only": (b"# nothing yet\n", "is empty"),
    "a syntax error": (b"def corr2d(X, K)\n    return X\n", "line 1: Python does not understand this"),
    "an indentation error": (b"def corr2d(X, K):\nreturn X\n", "line 2: Python does not understand this"),
    "bytes that are not UTF-8": (b"x = 1\n# \xff\xfe\n", "line 2 holds the byte 0xff, which is not valid UTF-8"),
    "such bytes in the first line": (b"# \xff\n", "line 1 holds the byte 0xff, which is not valid UTF-8"),
    "a NUL byte": (b"x = '\x00'\n", "cannot be read as Python"),
    "an unknown encoding": (b"# coding: klingon\n", "cannot be read as Python"),
    "nesting without end": (b"(" * 10_000, "ex11_corr2d.py"),
    "more than 200 KB": (b"#" * (MAX_FILE_BYTES + 1), "larger than 200 KB"),
    "a codec that is no text": (b"# coding: zlib_codec\n", "declare the encoding zlib_codec; save the file as UTF-8"),
    "a codec that takes minutes": (b"# coding: punycode\n-" + b"aa" * 90_000, "declare the encoding punycode"),
}


@pytest.mark.parametrize(("content", "sentence"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_file_that_cannot_be_run_is_told_why(content: bytes, sentence: str, tmp_path: Path) -> None:
    problem = with_file(tmp_path, content).problem
    assert problem is not None
    assert sentence in problem


def test_a_missing_file_is_told_where_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "ex24_lenet.py").write_bytes(STUB)
    assert "is missing. Put the course's exercises/ex11_corr2d.py there" in str(answer_in(tmp_path).problem)


def test_links_pipes_and_folders_are_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.py"
    secret.write_text("password = 1")
    folder = tmp_path / "answers"
    folder.mkdir()
    place = folder / "ex11_corr2d.py"
    for make, sentence in (
        (lambda: place.symlink_to(secret), "is a link"),
        (lambda: os.mkfifo(place), "is not a file"),
        (lambda: place.mkdir(), "is not a file"),
    ):
        make()
        (folder / "sibling.py").symlink_to(secret)
        answer = answer_in(folder)
        assert sentence in str(answer.problem)
        assert answer.sources == {}
        (folder / "sibling.py").unlink()
        place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1", "gbk"])
def test_declared_encodings_are_read(encoding: str, tmp_path: Path) -> None:
    head = "" if encoding == "utf-8-sig" else f"# coding: {encoding}\n"
    note = "é" if encoding == "latin-1" else "卷积"
    answer = with_file(tmp_path, f"{head}def corr2d(X, K):\n    '{note}'\n    return X\n".encode(encoding))
    assert answer.problem is None


TOUCHED = {
    "the stub": (STUB, True),
    "the stub without its docstring": (b"def corr2d(X, K):\n    raise NotImplementedError\n", True),
    "the stub and notes beside it": (STUB + b"\nprint('started')\n", True),
    "an answer": (b"def corr2d(X, K):\n    return X\n", False),
    "an answer that raises something else": (b"def corr2d(X, K):\n    raise ValueError\n", False),
    "a first line of an answer": (b"def corr2d(X, K):\n    h = 1\n    raise NotImplementedError\n", False),
    "the name bound otherwise": (b"corr2d = lambda X, K: X\n", False),
    "the name missing": (b"x = 1\n", False),
}


@pytest.mark.parametrize(("content", "untouched"), TOUCHED.values(), ids=TOUCHED)
def test_an_untouched_stub_is_told_from_an_answer(content: bytes, untouched: bool, tmp_path: Path) -> None:
    assert with_file(tmp_path, content).untouched is untouched


def test_a_file_brings_its_siblings_and_itself_only(tmp_path: Path) -> None:
    for name in ("ex11_corr2d.py", "ex32_vgg.py", "tools.py", "notes.txt"):
        (tmp_path / name).write_bytes(STUB)
    submission = discover([tmp_path / "ex11_corr2d.py"], load_course())
    (answer,) = submission.answers
    assert sorted(answer.sources) == ["ex11_corr2d", "ex32_vgg", "tools"]


@pytest.mark.parametrize(
    ("paths", "only", "sentence"),
    [
        (["nowhere"], None, "nowhere does not exist"),
        (["empty"], None, "holds no exercise"),
        (["notes.py"], None, "is not an exercise"),
        (["full"], "zz*", "no exercise has such a name. There are ex11_corr2d"),
        (["full/ex11_corr2d.py"], "ex32*", "none of the files given"),
        (["full", "full/ex11_corr2d.py"], None, "is given twice"),
    ],
)
def test_paths_that_make_no_sense_are_refused(
    paths: list[str], only: str | None, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("full").mkdir()
    Path("full/ex11_corr2d.py").write_bytes(STUB)
    Path("notes.py").write_bytes(STUB)
    with pytest.raises(UsageError, match=sentence):
        discover([Path(path) for path in paths], load_course(), only)


def test_a_path_that_cannot_be_opened_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be opened: File name too long"):
        discover([tmp_path / ("x" * 300)], load_course())
    (tmp_path / "ex11_corr2d.py").write_bytes(STUB)
    with pytest.raises(UsageError, match="does not exist"):
        discover([tmp_path / "ex11_corr2d.py" / "x"], load_course())


def test_an_answer_among_very_many_files_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.discover.MAX_ENTRIES", 50)
    for number in range(300):
        (tmp_path / f"a{number}.py").write_bytes(b"")
    answer = with_file(tmp_path, STUB)
    assert answer.untouched
    assert 49 <= len(answer.sources) <= 51


def test_large_files_beside_an_answer_are_left_out_in_the_end(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"a{number}.py").write_bytes(b"#" * MAX_FILE_BYTES)
    answer = with_file(tmp_path, STUB)
    assert "ex11_corr2d" in answer.sources
    assert sum(map(len, answer.sources.values())) <= MAX_FOLDER_BYTES < 12 * MAX_FILE_BYTES


@pytest.mark.parametrize("content", [b"-" * 100_000 + b"1", b"[" * 90 + b"]" * 90, b"x" + b".y" * 50_000])
def test_source_made_to_overflow_is_refused_or_read_and_nothing_else(content: bytes, tmp_path: Path) -> None:
    with_file(tmp_path, content)
    with_file(tmp_path, b"def corr2d(X, K):\n    raise NotImplementedError(" + content + b")\n")


def test_compiled_code_beside_the_source_is_not_what_runs(tmp_path: Path, isolation: Fork, options: Options) -> None:
    """Python itself takes it for the source's, for a file of this kind says that nobody needs to look."""
    source, solved = tmp_path / "ex11_corr2d.py", tmp_path / "solved.py"
    source.write_text("def corr2d(X, K):\n    return X\n")
    solved.write_bytes((ROOT / "solutions" / "ex11_corr2d.py").read_bytes())
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(solved), importlib.util.cache_from_source(str(source)), invalidation_mode=unchecked)
    command = [sys.executable, "-c", "import ex11_corr2d; print(ex11_corr2d.__doc__)"]
    assert "cross-correlation" in subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout
    grade = grade_answer(answer_in(tmp_path), options, isolation, lambda answer, check: None)[0]
    assert grade.score == 0


@pytest.mark.parametrize("encoding", ["rot13", "utf-7", "unicode_escape", "raw_unicode_escape", "idna"])
def test_an_encoding_that_reads_otherwise_than_a_person_is_refused(encoding: str, tmp_path: Path) -> None:
    problem = with_file(tmp_path, f"# coding: {encoding}\ndef corr2d(X, K):\n    return X\n".encode()).problem
    assert f"declare the encoding {encoding}" in str(problem)
