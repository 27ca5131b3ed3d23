"""Code that tries for points it has not earned gets none. What it tries beyond that is in tests/exploits."""

import pytest

from tests.conftest import ROOT, GradeSource


@pytest.mark.parametrize("operation", ["conv2d(X[None, None], K[None, None])", "Conv2d(1, 1, 2)(X[None, None])"])
def test_the_ready_made_operation_is_named_kindly(operation: str, grade_source: GradeSource) -> None:
    imports = "from torch.nn import *\nfrom torch.nn.functional import *\n"
    source = f"{imports}def corr2d(X, K):\n    return {operation}[0, 0]\n"
    message = grade_source("ex11_corr2d", source).checks[0].message
    assert "Your code calls the ready-made conv2d" in message
    assert "line 4" in message


def test_a_ban_lasts_for_its_own_exercise_only(grade_source: GradeSource) -> None:
    grade_source("ex11_corr2d", "import torch\ndef corr2d(X, K): return torch.conv2d(X[None, None], K[None, None])\n")
    solution = (ROOT / "solutions" / "ex32_vgg.py").read_bytes()
    grade = grade_source("ex32_vgg", solution)
    assert grade.checks[0].outcome == "passed"


FORGED = {
    "a line that is no number": {"type": "E", "text": "", "module": "ex11_corr2d", "line": "9", "stub": False},
    "a text that is no text": {"type": "E", "text": [1], "module": None, "line": None, "stub": False},
    "missing fields": {"type": "E"},
    "no fields": 5,
}


@pytest.mark.parametrize("raised", FORGED.values(), ids=FORGED)
def test_a_forged_exception_is_an_error_and_breaks_nothing(raised: object, grade_source: GradeSource) -> None:
    patch = f"import grader.sandbox.inside as inside\ninside.describe = lambda error: {raised!r}\n"
    source = f"{patch}def corr2d(X, K): 1 / 0\n"
    grade = grade_source("ex11_corr2d", source)
    assert grade.checks[0].outcome == "error"
    assert "reply of unknown form" in grade.checks[0].message


def test_a_probe_replaced_by_nonsense_costs_its_own_check_only(grade_source: GradeSource) -> None:
    solution = (ROOT / "solutions" / "ex11_corr2d.py").read_text(encoding="utf-8")
    source = f"{solution}\nimport grader.sandbox.probes.call as probes\nprobes.vjp = lambda *args: None\n"
    grade = grade_source("ex11_corr2d", source)
    assert [check.outcome for check in grade.checks] == ["passed"] * 4 + ["error"] * 2
    assert "sent something else than what was asked for" in grade.checks[-1].message
