"""What holds for every exercise: its four files, one signature, one docstring, checks that explain."""

import ast
from pathlib import Path

import pytest

from grader.course import CHECKS, load_course
from grader.diagnose import MISTAKES
from grader.discover import discover, parse
from tests.conftest import ROOT, STEMS

PLACES = {
    "stub": (ROOT / "exercises", "ex*.py"),
    "solution": (ROOT / "solutions", "ex*.py"),
    "page": (ROOT / "docs" / "en" / "exercises", "ex*.md"),
    "mistakes": (MISTAKES, "ex*.py"),
    "variants": (ROOT / "tests" / "variants", "ex*"),
}


@pytest.mark.parametrize("place", PLACES)
def test_every_exercise_has_its_file_and_there_are_no_orphans(place: str) -> None:
    folder, pattern = PLACES[place]
    assert sorted(path.stem for path in folder.glob(pattern)) == STEMS


@pytest.mark.parametrize("stem", STEMS)
def test_stub_and_solution_share_signatures_and_docstrings(stem: str) -> None:
    stub, solution = (parse((ROOT / place / f"{stem}.py").read_bytes()) for place in ("exercises", "solutions"))
    assert public_face(stub) == public_face(solution)


@pytest.mark.parametrize("stem", STEMS)
def test_checks_call_names_of_the_stub_and_all_of_them(stem: str) -> None:
    exercise = next(exercise for exercise in load_course() if exercise.name == stem)
    names = {name for check in exercise.checks for name in check.uses}
    # What is given stands complete in the stub; a check that called it would make the stub look begun.
    definitions = [node for node in _stub(stem).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert names == {node.name for node in definitions if "raise NotImplementedError" in ast.unparse(node)}


def test_every_stub_is_known_as_untouched_without_running_it() -> None:
    submission = discover([ROOT / "exercises"], load_course())
    assert [answer.exercise.name for answer in submission.answers if not answer.untouched] == []


def test_no_solution_is_taken_for_a_stub() -> None:
    submission = discover([ROOT / "solutions"], load_course())
    assert [answer.exercise.name for answer in submission.answers if answer.untouched or answer.problem] == []


@pytest.mark.parametrize("stem", STEMS)
def test_every_check_has_three_hints_and_every_assertion_a_message(stem: str) -> None:
    path = CHECKS / f"test_{stem}.py"
    exercise = next(exercise for exercise in load_course() if exercise.name == stem)
    assert [check.name for check in exercise.checks if len(check.hints) != 3] == []
    bare = [node.lineno for node in ast.walk(parse(path.read_bytes())) if isinstance(node, ast.Assert) and not node.msg]
    assert bare == [], f"{path}: an assert without a message tells the learner nothing"


@pytest.mark.parametrize("stem", STEMS)
def test_titles_fit_on_two_lines_of_a_terminal(stem: str) -> None:
    exercise = next(exercise for exercise in load_course() if exercise.name == stem)
    assert [check.title for check in exercise.checks if len(check.title) > 90] == []


def _stub(stem: str) -> ast.Module:
    return parse((ROOT / "exercises" / f"{stem}.py").read_bytes())


def public_face(tree: ast.Module) -> tuple[str | None, list[tuple[str, str | None]]]:
    """Module docstring; signature and docstring of each public function and method."""
    found: list[tuple[str, str | None]] = []
    for node in tree.body:
        parts = [node, *node.body] if isinstance(node, ast.ClassDef) else [node]
        for part in parts:
            if isinstance(part, ast.FunctionDef):
                bare = ast.FunctionDef(**{**vars(part), "body": [ast.Pass()]})
                found.append((ast.unparse(bare), ast.get_docstring(part)))
            elif isinstance(part, ast.ClassDef):
                found.append((part.name, ast.get_docstring(part)))
    return ast.get_docstring(tree), found


def test_nothing_names_a_path_of_one_machine() -> None:
    places = [ROOT / name for name in ("grader", "exercises", "solutions", "docs", "benchmarks")]
    files = [path for place in places for path in place.rglob("*.*") if path.suffix in (".py", ".md", ".toml", ".yml")]
    homes = (str(Path.home()), "/home/")
    named = [path for path in files if any(home in path.read_text(encoding="utf-8") for home in homes)]
    assert named == []
