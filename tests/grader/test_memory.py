"""Verdicts are remembered for as long as nothing changes on which they depend."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader import memory as memory_module
from grader.course import load_course
from grader.discover import discover
from grader.memory import Memory
from grader.model import Answer, CheckGrade, ExerciseGrade, Outcome, Submission, Verdict
from grader.pictures import Array, Arrays, Curves, Image, Images, Layer, Layers, Series

PICTURES = (
    Arrays(
        "corr2d(X, K)",
        given=(Array("X", (3, 3), (0, 0), ((0.0, math.inf), (2.5, -1.0))),),
        expected=Array("expected", (1,), (0,), ((19.0,),)),
        yours=None,
        differ=((0, 0),),
    ),
    Layers("Parameters", (Layer("1", (4, 3), None), Layer("2", None, (4,))), 1),
    Curves("Loss", "epoch", "loss", 3, (Series("yours", (2.3, None, 0.5)),), level=("guessing", 2.3)),
    Images("One is misread", (Image(((0, 255), (7, 8)), "3", "5"),)),
)
WISHES = {"seed": None, "device": "auto"}
ANSWER = "import helper\ndef corr2d(X, K):\n    return helper.slide(X, K)\n"


@pytest.fixture
def submission(tmp_path: Path) -> Callable[..., Submission]:
    """Makes a submission of ex11 with a helper; the sources can be given."""
    folder = tmp_path / "answers"
    folder.mkdir()

    def make(**sources: str) -> Submission:
        files = {"ex11_corr2d": ANSWER, "helper": "def slide(X, K): ...\n", "other": "pass\n", **sources}
        for name, source in files.items():
            (folder / f"{name}.py").write_text(source, encoding="utf-8")
        return discover([folder / "ex11_corr2d.py"], load_course())

    return make


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(WISHES, tmp_path / "verdicts")


def verdict_for(
    answer: Answer, outcome: Outcome = "passed", message: str | None = None, lasting: bool = True
) -> Verdict:
    parts = ("words", "a mistake", 0.25)
    fields = {"pictures": PICTURES, "lasting": lasting}
    checks = tuple(CheckGrade(one, outcome, *parts, **fields) for one in answer.exercise.checks)
    grade = ExerciseGrade(answer.exercise, answer.path, checks, message, ("a note",), ("a flag",))
    return Verdict(grade, "fork", "cpu", 7)


def kept(memory: Memory, submission: Submission, **fields: object) -> bool:
    memory.keep(submission.answers[0], verdict_for(submission.answers[0], **fields))
    return bool(memory.recall(submission))


def test_what_is_remembered_is_what_was_graded(memory: Memory, submission: Callable[..., Submission]) -> None:
    one = submission()
    verdict = verdict_for(one.answers[0], "failed")
    memory.keep(one.answers[0], verdict)
    (recalled,) = memory.recall(submission()).values()
    assert all(check.cached for check in recalled.grade.checks)
    fresh = tuple(replace(check, cached=False) for check in recalled.grade.checks)
    assert replace(recalled, grade=replace(recalled.grade, checks=fresh)) == verdict


@pytest.mark.parametrize(
    "change",
    [{"ex11_corr2d": ANSWER + "\n"}, {"helper": "def slide(X, K): pass\n"}, {"ex11_corr2d": "import other\n" + ANSWER}],
    ids=["the answer", "a file that it imports", "an import"],
)
def test_a_change_of_the_answer_forgets(
    change: dict[str, str], memory: Memory, submission: Callable[..., Submission]
) -> None:
    assert kept(memory, submission())
    assert not memory.recall(submission(**change))


def test_a_file_that_it_does_not_import_may_change(memory: Memory, submission: Callable[..., Submission]) -> None:
    assert kept(memory, submission())
    assert memory.recall(submission(other="pass  # changed\n"))


@pytest.mark.parametrize(
    "line",
    ["import importlib", "exec('import ' + 'ot' + 'her')", "__import__('oth' + 'er')", "from pathlib import Path",
     "text = open('oth' + 'er.py').read()", "import os"],
)  # fmt: skip
def test_an_answer_that_can_find_files_depends_on_all(
    line: str, memory: Memory, submission: Callable[..., Submission]
) -> None:
    source = f"{line}\n{ANSWER}"
    assert kept(memory, submission(ex11_corr2d=source))
    assert not memory.recall(submission(ex11_corr2d=source, other="pass  # changed\n"))


@pytest.mark.parametrize("file", ["checks/test_ex11_corr2d.py", "mistakes/ex11_corr2d.py", "nets.py",
                                  "sandbox/lockdown.py", "sandbox/probes/call.py", "report/terminal.py"])  # fmt: skip
def test_a_change_of_the_course_forgets(
    file: str, memory: Memory, submission: Callable[..., Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept(memory, submission())
    files = memory_module._grader_files()
    assert file in files
    monkeypatch.setattr(memory_module, "_grader_files", lambda: {**files, file: "changed"})
    assert not memory.recall(submission())


def test_other_exercises_may_change(
    memory: Memory, submission: Callable[..., Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept(memory, submission())
    files = memory_module._grader_files()
    changed = {"checks/test_ex12_output_size.py": "changed", "mistakes/ex12_output_size.py": "changed"}
    assert changed.keys() <= files.keys()
    monkeypatch.setattr(memory_module, "_grader_files", lambda: files | changed)
    assert memory.recall(submission())


def test_another_library_or_option_forgets(
    memory: Memory, submission: Callable[..., Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept(memory, submission())
    assert not Memory({**WISHES, "seed": 1}, memory.folder).recall(submission())
    assert not Memory({**WISHES, "device": "cpu"}, memory.folder).recall(submission())
    monkeypatch.setattr(memory_module, "_machine", lambda: ["torch 99"])
    assert not memory.recall(submission())


@pytest.mark.parametrize("fields", [{"lasting": False}, {"message": "it is empty"}], ids=str)
def test_what_may_be_the_machines_fault_is_not_kept(
    fields: dict[str, str], memory: Memory, submission: Callable[..., Submission]
) -> None:
    assert not kept(memory, submission(), **fields)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"null", b'{"checks": [{}]}', b"\xff"])
def test_a_damaged_file_is_no_verdict(damage: bytes, memory: Memory, submission: Callable[..., Submission]) -> None:
    one = submission()
    assert kept(memory, one)
    (file,) = memory.folder.iterdir()
    file.write_bytes(damage)
    assert memory.recall(one) == {}


def test_an_outcome_is_not_believed_that_is_never_kept(memory: Memory, submission: Callable[..., Submission]) -> None:
    one = submission()
    assert kept(memory, one)
    (file,) = memory.folder.iterdir()
    content = json.loads(file.read_text())
    content["checks"][0]["outcome"] = "splendid"
    file.write_text(json.dumps(content))
    assert memory.recall(one) == {}


def test_a_folder_that_cannot_be_written_is_no_matter(submission: Callable[..., Submission]) -> None:
    assert not kept(Memory(WISHES, Path("/dev/null/verdicts")), submission())


def test_the_oldest_are_forgotten(
    memory: Memory, submission: Callable[..., Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_module, "MOST", 3)
    monkeypatch.setattr(memory_module, "SPARE", 2)
    for number in range(20):
        assert kept(memory, submission(ex11_corr2d=f"{ANSWER}# {number}\n"))
        assert len(list(memory.folder.iterdir())) <= 5
