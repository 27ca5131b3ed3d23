"""Inside a notebook, `check` grades what its cells have defined: through a real kernel."""

import os
import signal
import subprocess
import sys
import time
from typing import Any

import nbformat
import pytest

pytest.importorskip("nbclient", reason="the packages that drive a kernel are not installed")
import nbclient

from grader import check
from grader.cli import main
from tests.conftest import ROOT

STUB = (ROOT / "exercises" / "ex11_corr2d.py").read_text(encoding="utf-8")
SOLUTION = (ROOT / "solutions" / "ex11_corr2d.py").read_text(encoding="utf-8")
FLIPPED = SOLUTION.replace("* K)", "* K.flip(0, 1))")


def test_outside_a_notebook_check_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert check("ex11_corr2d") is None
    assert "Elsewhere, say in a terminal: python -m grader exercises/ex11_corr2d.py" in capsys.readouterr().out


def test_importing_check_imports_no_torch() -> None:
    code = "import sys; from grader import check; print([name for name in sys.modules if name.startswith('grader.')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the cells of an exported notebook showed, after a learner has worked in it."""
    folder = tmp_path_factory.mktemp("my notebooks")
    assert main(["notebook", "--out", str(folder), "--only", "ex11*"]) == 0
    content = nbformat.read(folder / "ex11_corr2d.ipynb", as_version=4)
    answer, checked = next(cell for cell in content.cells if cell.id == "answer"), content.cells[-1]

    def add(name: str, code: str) -> None:
        content.cells.append(nbformat.v4.new_code_cell(code, id=name))

    checked.id = "untouched"
    add("float64", "torch.set_default_dtype(torch.float64)\n%time 1 + 1")
    add("broken", "def corr2d(X, K)\n    return X")
    add("wrong", FLIPPED)
    add("check-wrong", checked.source)
    add("raising", "def corr2d(X, K):\n    return X.nothing\n\ncorr2d(torch.ones(2, 2), 1)")
    add("check-raising", checked.source)
    add("right", SOLUTION)
    add("check-right", checked.source)
    add("near", "check('ex11_cor2d')")
    add("worker", "from grader import session\nprint(session._worker[0].pid)")
    assert answer.source == STUB.strip()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython")}
    client = nbclient.NotebookClient(
        content, timeout=300, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env=environment)
    return {cell.id: _shown(cell) for cell in content.cells if cell.cell_type == "code"}


def _shown(cell: Any) -> str:
    """All that a code cell has put out, as text and as HTML."""
    parts = []
    for output in cell.outputs:
        data = output.get("data", {})
        parts += [output.get("text", ""), data.get("text/plain", ""), data.get("text/html", "")]
        parts += output.get("traceback", [])
    return "\n".join(parts)


def test_in_a_kernel_a_notebook_goes_from_export_to_full_marks(session: dict[str, str]) -> None:
    assert session["setup"] == ""
    assert "not started" in session["untouched"]
    right = session["check-right"]
    assert "every check passed" in right
    assert "Every point earned. Well done!" in right
    assert '<div class="grader-report">' in right  # as HTML too
    assert "\x1b" not in right


def test_in_a_kernel_a_wrong_answer_is_told_its_mistake(session: dict[str, str]) -> None:
    assert "It looks like this: " in session["check-wrong"]
    assert "flip" in session["check-wrong"] or "turned" in session["check-wrong"]


def test_in_a_kernel_an_error_is_told_with_the_number_that_the_cell_shows(session: dict[str, str]) -> None:
    assert "your notebook, cell In[" in session["check-raising"]
    assert "line 2:\n      return X.nothing" in session["check-raising"]


def test_in_a_kernel_an_unknown_name_is_told_those_near_it(session: dict[str, str]) -> None:
    assert session["near"].startswith("There is no exercise 'ex11_cor2d'. Did you mean 'ex11_corr2d'")


def test_the_process_that_grades_ends_with_the_kernel(session: dict[str, str]) -> None:
    number = int(session["worker"])
    for _ in range(100):
        try:
            os.kill(number, signal.SIG_DFL)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail(f"process {number} is still there")
