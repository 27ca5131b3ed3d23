"""`--isolation strict` starts where every promise holds and nowhere else; its attempts are real ones."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.sandbox import lockdown
from grader.sandbox.isolation import Fork, Spawn
from grader.sandbox.promises import Promise, broken, promises
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or lockdown.landlock_abi() == 0, reason="this kernel has no Landlock to test"
)


@pytest.mark.parametrize("promise", promises(), ids=lambda promise: promise.sentence)
def test_an_attempt_gets_through_where_nothing_is_locked(promise: Promise, tmp_path: Path) -> None:
    code = (
        "import sys; from grader.sandbox.probes import promises\n"
        "extra = [open('/dev/null') for _ in range(5)]\n"
        f"sys.exit(promises.{promise.attempt.__name__}(*{promise.args!r}) is not True)"
    )
    command = [sys.executable, "-c", code]
    environment = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("start", [lambda: Fork(["promises"]), Spawn], ids=["forked", "spawned"])
def test_every_promise_holds_in_a_sandbox(start: Callable[[], Fork | Spawn]) -> None:
    isolation = start()
    try:
        assert broken(isolation, "cpu") == []
    finally:
        isolation.close()


def strict(folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    arguments = [str(ROOT / "solutions"), "--only", "ex11*", "--isolation", "strict"]
    command = [sys.executable, *flags, "-m", "grader", *arguments]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_strict_grades_as_usual_in_the_courses_folder() -> None:
    done = strict(ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Isolation: fork (landlock, seccomp)" in done.stdout


def test_strict_refuses_a_folder_whose_files_python_may_have_imported(tmp_path: Path) -> None:
    done = strict(tmp_path)
    assert done.returncode == 2
    assert "python -P -m grader" in done.stderr
    assert strict(tmp_path, "-P").returncode == 0
