"""Broken answers get a sentence of their own, in time, and never a traceback of ours."""

import pytest

from grader.sandbox import client
from tests.conftest import ROOT, GradeSource

HEAD = "import torch\n"


def first(grade):
    """The first check that is not simply waiting."""
    return next(check for check in grade.checks if check.outcome != "passed")


CASES = {
    "an exception in the code is told with the learner's line": (
        "def corr2d(X, K):\n    return 1 / 0\n",
        "error",
        ["ZeroDivisionError: division by zero", "exercises/ex11_corr2d.py, line 3", "return 1 / 0"],
    ),
    "a loop without an end is told with the line it hangs in": (
        "def corr2d(X, K):\n    while True:\n        pass\n",
        "timeout",
        ["loop without an end", "line"],
    ),
    "os._exit": (
        "import os\ndef corr2d(X, K):\n    os._exit(0)\n",
        "error",
        ["ended the Python process (exit code 0)"],
    ),
    "sys.exit": ("import sys\ndef corr2d(X, K):\n    sys.exit(0)\n", "error", ["SystemExit"]),
    "a crash of the interpreter": (
        "import ctypes\ndef corr2d(X, K):\n    ctypes.string_at(0)\n",
        "error",
        ["ended with SIGSEGV"],
    ),
    "endless recursion": ("def corr2d(X, K):\n    return corr2d(X, K)\n", "error", ["RecursionError"]),
    "a string returned": ("def corr2d(X, K):\n    return 'done'\n", "failed", ["is a str, where a tensor"]),
    "nothing returned": ("def corr2d(X, K):\n    Y = X\n", "failed", ["is None. Does the function return"]),
    "an object returned": ("class Y: pass\ndef corr2d(X, K):\n    return Y()\n", "failed", ["is a Y, where"]),
    "NaN": ("def corr2d(X, K):\n    return torch.full((2, 2), float('nan'))\n", "failed", ["at [0, 0] is nan"]),
    "complex numbers": ("def corr2d(X, K):\n    return torch.ones(2, 2) * 1j\n", "failed", ["complex"]),
    "30 GB asked for": (
        "def corr2d(X, K):\n    return torch.ones(30 * 2**28)\n",
        "error",
        ["An answer may use 4 GB of memory", "line 3"],
    ),
    "memory taken bit by bit": (
        "def corr2d(X, K):\n    kept = []\n    while True:\n        kept.append(torch.empty(2**27))\n",
        "error",
        ["An answer may use 4 GB of memory", "line 5"],
    ),
    "100 MB printed": (
        "def corr2d(X, K):\n    for _ in range(1000):\n        print('x' * 100_000)\n",
        "error",
        ["printed more than 32 MB"],
    ),
    "a reply larger than any message": (
        "def corr2d(X, K):\n    return torch.zeros(600 * 2**18)\n",
        "error",
        ["reply"],
    ),
    "the name missing": ("def correlate(X, K):\n    return X\n", "error", ["it has no `corr2d`"]),
    "the name used for something else": ("corr2d = 5\n", "error", ["TypeError", "not callable"]),
    "too many arguments wanted": (
        "def corr2d(X, K, stride):\n    return X\n",
        "error",
        ["missing 1 required positional argument", "arguments of the stub"],
    ),
    "an exception whose text is no text": (
        "class E(Exception):\n    def __str__(self): raise self\ndef corr2d(X, K):\n    raise E\n",
        "error",
        ["its message could not be read"],
    ),
    "threads without end": (
        "import threading, time\ndef corr2d(X, K):\n    while True:\n"
        "        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n",
        "error",
        ["thread"],  # "more than 64 threads", or the line where the system had no more
    ),
}


@pytest.mark.parametrize(("source", "outcome", "phrases"), CASES.values(), ids=CASES)
def test_a_broken_answer_gets_its_sentence(source, outcome, phrases, grade_source: GradeSource) -> None:
    seconds = 3 if outcome == "timeout" else 30
    check = first(grade_source("ex11_corr2d", HEAD + source, seconds=seconds))
    assert check.outcome == outcome, check.message
    for phrase in phrases:
        assert phrase in check.message
    assert "Traceback" not in check.message
    assert check.lasting == (outcome != "timeout" and "could not be checked" not in check.message)


AT_IMPORT = {
    "an exception": ("1 / 0\n", "error", ["ZeroDivisionError", "line 2"]),
    "a loop without an end": ("while True: pass\n", "timeout", ["loop without an end", "line 2"]),
    "os._exit": ("import os; os._exit(0)\n", "error", ["ended the Python process"]),
    "a module that does not exist": ("import nothing_of_that_name\n", "error", ["ModuleNotFoundError"]),
}


@pytest.mark.parametrize(("source", "outcome", "phrases"), AT_IMPORT.values(), ids=AT_IMPORT)
def test_an_answer_that_breaks_at_import_is_told_once(
    source, outcome, phrases, grade_source: GradeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LOAD_SECONDS", 2.0)
    grade = grade_source("ex11_corr2d", HEAD + source)
    assert grade.checks[0].outcome == outcome
    assert {check.outcome for check in grade.checks} <= {outcome, "blocked"}
    assert grade.message is not None
    for phrase in phrases:
        assert phrase in grade.message


def test_an_endless_loop_costs_one_deadline_only(grade_source: GradeSource) -> None:
    grade = grade_source("ex11_corr2d", "def corr2d(X, K):\n    while True: pass\n", seconds=1)
    assert [check.outcome for check in grade.checks].count("timeout") == 1


def test_a_hang_in_a_later_call_leaves_earlier_points(grade_source: GradeSource) -> None:
    solution = (ROOT / "solutions" / "ex11_corr2d.py").read_text(encoding="utf-8")
    source = solution.replace("    h, w = K.shape\n", "    h, w = K.shape\n    while h == 5: pass\n")
    grade = grade_source("ex11_corr2d", source, seconds=1)
    assert [check.outcome for check in grade.checks[:3]] == ["passed", "timeout", "blocked"]


def test_what_the_code_printed_is_shown_beside_the_failure(grade_source: GradeSource) -> None:
    grade = grade_source("ex11_corr2d", "def corr2d(X, K):\n    print('K is', K.tolist())\n    return X\n")
    assert "Your code printed:\n    K is [[0.0, 1.0], [2.0, 3.0]]" in first(grade).message


def test_what_would_command_a_terminal_is_not_shown(grade_source: GradeSource) -> None:
    source = "def corr2d(X, K):\n    print('\\x1b[2J\\x07\\u202edone')\n    raise ValueError('\\x1b]0;title\\x07')\n"
    message = first(grade_source("ex11_corr2d", source)).message
    assert all(char.isprintable() or char == "\n" for char in message)


def test_honest_noise_costs_nothing(grade_source: GradeSource) -> None:
    """10 MB printed, global state changed, a callable object instead of a function, a test below main."""
    source = (ROOT / "solutions" / "ex11_corr2d.py").read_text(encoding="utf-8") + (
        "\nimport sys\nsys.setrecursionlimit(5000)\ntorch.set_default_dtype(torch.float64)\n"
        "class Corr:\n    def __call__(self, X, K):\n        print('x' * 2**20)\n        return right(X, K).float()\n"
        "right, corr2d = corr2d, Corr()\n"
        "if __name__ == '__main__':\n    torch.nn.functional.conv2d(X, K)\n"
    )
    grade = grade_source("ex11_corr2d", source)
    assert grade.score == grade.max_score, first(grade).message


def test_a_module_beside_the_answer_can_be_imported(grade_source: GradeSource) -> None:
    solution = (ROOT / "solutions" / "ex11_corr2d.py").read_bytes()
    grade = grade_source("ex11_corr2d", "from my_tools import corr2d\n", siblings={"my_tools": solution})
    assert grade.score == grade.max_score
