"""The checks as `benchmarks.others` gives them to other tools: the grader's own questions, and wrong answers fail."""

import sys
from typing import Any

import pytest

from benchmarks.grading import OPTIONS, ROOT, SOLUTIONS, InThisProcess
from benchmarks.in_process import SEED, ask
from grader.course import load_course
from grader.diagnose import load_mistakes
from grader.model import Answer
from grader.run import grade_answer

EXERCISE = next(exercise for exercise in load_course() if exercise.name == "ex11_corr2d")
SOLUTION = (SOLUTIONS / "ex11_corr2d.py").read_text(encoding="utf-8")
MISTAKES = (ROOT / "grader" / "mistakes" / "ex11_corr2d.py").read_text(encoding="utf-8")
TELLS = """

right = corr2d


def corr2d(X, K):
    import sys

    sys.heard.append((X.tolist(), K.tolist(), X.requires_grad))
    return right(X, K)
"""


def test_the_solution_passes_every_check():
    assert failed_here(SOLUTION) == set()


@pytest.mark.parametrize("mistake", load_mistakes(EXERCISE), ids=lambda mistake: mistake.name)
def test_a_wrong_answer_fails_the_checks_that_it_fails_in_the_grader(mistake, monkeypatch):
    source = f"{MISTAKES}\n\ncorr2d = {mistake.name}.corr2d\n"
    outcomes = outcomes_in_grader(source, monkeypatch)
    lost = {check for check, outcome in outcomes.items() if outcome in ("failed", "error")}
    assert lost
    # Here nothing is blocked: what comes after a failed check runs, and may pass or fail.
    assert lost <= failed_here(source) <= lost | {check for check in outcomes if outcomes[check] == "blocked"}


def test_the_questions_are_those_of_the_grader(monkeypatch):
    assert OPTIONS.seed == SEED
    heard = [[], []]
    monkeypatch.setattr(sys, "heard", heard[0], raising=False)
    outcomes_in_grader(SOLUTION + TELLS, monkeypatch)
    monkeypatch.setattr(sys, "heard", heard[1])
    failed_here(SOLUTION + TELLS)
    assert heard[0] == heard[1]
    assert len(heard[0]) > len(EXERCISE.checks)


def failed_here(source: str) -> set[str]:
    """The checks that do not pass when they are asked outside the grader."""
    names: dict[str, Any] = {}
    exec(source, names)
    failed = set()
    for check in EXERCISE.checks:
        try:
            ask(EXERCISE.name, check.name, names)
        except Exception:  # noqa: BLE001  whatever a wrong answer raises
            failed.add(check.name)
    return failed


def outcomes_in_grader(source: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the grader says of each check, with its sandbox in this process."""
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])  # where a sandbox puts what it imports
    answer = Answer(EXERCISE, "exercises/ex11_corr2d.py", {EXERCISE.name: source.encode()})
    isolation: Any = InThisProcess()
    grade, _ = grade_answer(answer, OPTIONS, isolation, lambda answer, check: None)
    sys.modules.pop(EXERCISE.name)
    return {one.check.name: one.outcome for one in grade.checks}
