"""Whatever happens to the grader, there is a verdict or a sentence, and what was graded is kept.

The faults are real: signals, killed processes, closed and full outputs, and calls that the kernel
refuses (see tests/faults.py).
"""

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from grader import data, run
from grader.course import load_course
from grader.discover import discover
from grader.model import Answer, Check, Exercise, ExerciseGrade, Options, Verdict
from grader.sandbox import lockdown
from grader.sandbox.isolation import Fork
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the faults are those of Linux")
refused_by_the_kernel = pytest.mark.skipif(
    platform.machine() not in lockdown._ARCHITECTURES, reason="no filter for this architecture"
)

SOLUTION = (ROOT / "solutions" / "ex11_corr2d.py").read_text(encoding="utf-8")
SLOW = SOLUTION.replace("    h, w = K.shape\n", "    import time\n    time.sleep(0.15)\n    h, w = K.shape\n")


@pytest.fixture(autouse=True)
def _interruptible() -> None:
    """A shell that runs tests in the background lets them ignore Ctrl-C, and what they start ignores it too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """Two slow solutions, and stubs for the rest."""
    assert SLOW != SOLUTION
    folder = tmp_path / "answers"
    shutil.copytree(ROOT / "exercises", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "ex11_corr2d.py").write_text(SLOW, encoding="utf-8")
    shutil.copy(ROOT / "solutions" / "ex22_accuracy.py", folder)
    return folder


def start(*arguments: str | Path, faults: Sequence[str] = (), **options: object) -> subprocess.Popen[str]:
    """`python -m grader …` in a process group of its own."""
    command = [sys.executable, "-m", "grader", *map(str, arguments)]
    if faults:
        command = [sys.executable, "-m", "tests.faults", *faults, "--", *command]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.Popen(command, cwd=ROOT, text=True, encoding="utf-8", start_new_session=True, **streams)


def grade(*arguments: str | Path, faults: Sequence[str] = (), **options: object) -> tuple[int, str, str]:
    """Exit status, output and errors of `python -m grader …`, which must have no traceback."""
    process = start(*arguments, faults=faults, **options)
    output, errors = process.communicate(timeout=120)
    assert "Traceback" not in (output or "") + (errors or "")
    return process.returncode, " ".join((output or "").split()), " ".join((errors or "").split())


# Stopped from outside -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "jobs", "number"),
    [
        (0.15, 1, signal.SIGINT),
        (0.4, 2, signal.SIGINT),
        (0.8, 1, signal.SIGTERM),
        (1.2, 2, signal.SIGINT),
        (1.5, 1, signal.SIGINT),
        (1.8, 2, signal.SIGTERM),
        (2.0, 1, signal.SIGINT),
        (2.2, 2, signal.SIGINT),
    ],
)
def test_stopped_at_any_moment_nothing_is_lost_or_left(
    seconds: float, jobs: int, number: int, answers: Path, tmp_path: Path
) -> None:
    file, scratch = tmp_path / "report.json", tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch)}
    process = start(answers, "-j", str(jobs), "--json", file, env=environment)
    wait_for(process, seconds)
    if process.poll() is None:
        os.killpg(process.pid, number)
    output, errors = process.communicate(timeout=60)
    assert "Traceback" not in output + errors
    assert process.returncode in (130, 1), errors
    assert list(scratch.iterdir()) == []
    assert session_members(process.pid) == []
    if file.exists():
        report = json.loads(file.read_text())
        assert report["complete"] is (process.returncode == 1)
        late = [one["name"] for one in report["exercises"] if one["message"] == run.NOT_REACHED]
        assert bool(late) is (process.returncode == 130)
        every = len(report["exercises"])
        shown = f"Stopped before the end: {every - len(late)} of {every} exercises were graded."
        assert (shown in " ".join(output.split())) is (process.returncode == 130)
    else:
        assert "Stopped before the end." in errors


@pytest.mark.parametrize(
    ("jobs", "kept", "endless", "last"),
    [
        (1, "ex11_corr2d", ["ex22_accuracy", "ex23_training"], "ex22_accuracy"),
        # The longest first: ex23 keeps one worker, the other has graded ex22 when it begins with ex11.
        (2, "ex22_accuracy", ["ex23_training", "ex11_corr2d"], "ex11_corr2d"),
    ],
)
def test_what_was_graded_before_the_stop_is_kept(
    jobs: int, kept: str, endless: list[str], last: str, answers: Path, options: Options
) -> None:
    (answers / f"{kept}.py").write_bytes((ROOT / "solutions" / f"{kept}.py").read_bytes())
    for name in endless:
        (answers / f"{name}.py").write_text("while True: pass\n", encoding="utf-8")
    submission = discover([answers], load_course())
    ours = threading.get_ident()

    def on_start(answer: Answer, check: Check | None) -> None:
        if answer.exercise.name == last:
            threading.Timer(0.2, signal.pthread_kill, (ours, signal.SIGINT)).start()

    result = run.grade(submission, replace(options, jobs=jobs), on_start)
    assert not result.complete
    grades = {one.exercise.name: one for one in result.exercises}
    done = grades.pop(kept)
    assert done.score == done.max_score
    for name in endless:
        one = grades.pop(name)
        assert (one.message, one.outcome, one.score) == (run.NOT_REACHED, "blocked", 0)
    assert {one.outcome for one in grades.values()} == {"todo"}


@pytest.mark.parametrize("arguments", [(), ("--device", "cpu"), ("--device", "cpu", "-j", "2")], ids=str)
def test_stopped_inside_an_import_that_would_swallow_it(
    arguments: tuple[str, ...], answers: Path, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(SIGNAL_IN_NUMPY, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    file = tmp_path / "signalled"
    status, output, errors = grade(answers, *arguments, env=environment | {"SIGNALLED": str(file)})
    assert file.exists()
    assert (status, "Stopped before the end" in output + errors) == (130, True)


# While torch imports NumPy, of which it takes every exception to mean that there is none.
SIGNAL_IN_NUMPY = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy._core.overrides" and not os.path.exists(os.environ["SIGNALLED"]):
            open(os.environ["SIGNALLED"], "w").close()
            os.kill(os.getpid(), signal.SIGTERM)

if "grader" in sys.orig_argv:
    sys.meta_path.insert(0, Finder())
"""


def test_a_second_signal_ends_at_once(answers: Path) -> None:
    process = start(answers)
    wait_for(process, 1.0)
    for _ in range(3):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.02)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in output + errors) == (130, False)


def wait_for(process: subprocess.Popen[str], seconds: float) -> None:
    """Wait until it has had `seconds` of a processor, so that a moment is the same on a busy machine."""
    ticks = seconds * os.sysconf("SC_CLK_TCK")
    for _ in range(6000):
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        if int(fields[11]) + int(fields[12]) >= ticks or fields[0] == "Z":
            return
        time.sleep(0.005)


def session_members(session: int) -> list[str]:
    """Command lines of what is left of a session."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append((folder / "cmdline").read_text())
        except OSError:
            continue
    return found


# Killed from outside ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fork(course: dict[str, Exercise]) -> Iterator[Fork]:
    one = Fork(course["ex11_corr2d"].probes)
    yield one
    one.close()


def grade_slowly(fork: Fork, course: dict[str, Exercise], options: Options, on_check: object) -> ExerciseGrade:
    answer = Answer(course["ex11_corr2d"], "exercises/ex11_corr2d.py", {"ex11_corr2d": SLOW.encode()})
    return run.grade_answer(answer, options, fork, lambda answer, check: on_check(check))[0]


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


@pytest.mark.parametrize("seconds", [0.0, 0.05], ids=["between checks", "during a check"])
def test_a_killed_nursery_changes_no_verdict(
    seconds: float, fork: Fork, course: dict[str, Exercise], options: Options
) -> None:
    killed: list[str] = []

    def kill(check: Check) -> None:
        if check == course["ex11_corr2d"].checks[2] and not killed:
            killed.append(check.name)
            timer = threading.Timer(seconds, os.kill, (fork.process.pid, signal.SIGKILL))
            timer.start()
            if seconds == 0:
                timer.join()

    done = grade_slowly(fork, course, options, kill)
    assert killed
    assert [check.message for check in done.checks if check.outcome != "passed"] == []


@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_a_killed_sandbox_costs_one_check_and_says_so(
    seconds: float, fork: Fork, course: dict[str, Exercise], options: Options
) -> None:
    def kill(check: Check) -> None:
        if check == course["ex11_corr2d"].checks[-1]:
            (sandbox,) = children(fork.process.pid)
            threading.Timer(seconds, os.kill, (sandbox, signal.SIGKILL)).start()
            time.sleep(0.02 if seconds == 0 else 0)

    done = grade_slowly(fork, course, options, kill)
    assert [check.outcome for check in done.checks[:-1]] == ["passed"] * (len(done.checks) - 1)
    assert (done.checks[-1].outcome, "killed from outside" in done.checks[-1].message) == ("error", True)


def workers(grader: int) -> list[int]:
    """What was forked from a grader: nothing else is."""
    ours = Path(f"/proc/{grader}/cmdline").read_bytes()
    return [child for child in children(grader) if Path(f"/proc/{child}/cmdline").read_bytes() == ours]


def test_a_killed_worker_costs_nothing(answers: Path, options: Options) -> None:
    submission = discover([answers], load_course())
    killed: list[int] = []

    def kill_the_first_worker() -> None:
        for _ in range(200):
            if found := workers(os.getpid()):
                time.sleep(0.3)
                os.kill(found[0], signal.SIGKILL)
                killed.append(found[0])
                return
            time.sleep(0.05)

    killer = threading.Thread(target=kill_the_first_worker)
    killer.start()
    result = run.grade(submission, replace(options, jobs=2))
    killer.join()
    assert len(killed) == 1
    assert result.complete
    begun = [one for one in result.exercises if one.outcome != "todo"]
    assert [one.exercise.name for one in begun] == ["ex11_corr2d", "ex22_accuracy"]
    assert [one.score for one in begun] == [one.max_score for one in begun]


def test_workers_that_are_killed_between_two_answers_cost_nothing(answers: Path, options: Options) -> None:
    shutil.copy(ROOT / "solutions" / "ex21_parameters.py", answers)
    submission = discover([answers], load_course())
    killed: list[int] = []

    def kill_all(answer: Answer, verdict: Verdict) -> None:
        if verdict.isolation is not None and not killed:
            killed.extend(workers(os.getpid()))
            for worker in killed:
                os.kill(worker, signal.SIGKILL)

    result = run.grade(submission, replace(options, jobs=2), on_done=kill_all)
    assert len(killed) == 2  # the one that still graded, and the one that had
    begun = [one for one in result.exercises if one.outcome != "todo"]
    assert len(begun) == 3
    assert [one.score for one in begun] == [one.max_score for one in begun]
    assert workers(os.getpid()) == []


def test_a_stop_while_a_worker_is_forked_is_heard_and_leaves_no_worker(
    answers: Path, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal comes to another thread, as to those of NumPy: there nobody has blocked it."""
    fork, ended = os.fork, threading.Event()
    bystander = threading.Thread(target=ended.wait, daemon=True)
    bystander.start()

    def fork_and_be_stopped() -> int:
        if pid := fork():
            signal.pthread_kill(bystander.ident, signal.SIGINT)
            time.sleep(0.05)
        return pid

    monkeypatch.setattr(os, "fork", fork_and_be_stopped)
    result = run.grade(discover([answers], load_course()), replace(options, jobs=2))
    ended.set()
    assert not result.complete
    assert workers(os.getpid()) == []


def test_a_killed_grader_leaves_no_process(answers: Path) -> None:
    process = start(answers, "-j", "2")
    for _ in range(600):
        if len(workers(process.pid)) == 2:
            break
        time.sleep(0.05)
    process.kill()
    process.communicate(timeout=60)  # its output is closed when the last of its workers has ended
    assert process.returncode == -signal.SIGKILL
    assert session_members(process.pid) == []


# What the machine lacks ---------------------------------------------------------------------------


@refused_by_the_kernel
@pytest.mark.parametrize(
    ("missing", "layers"),
    [
        (["landlock"], "(seccomp, without landlock: no security boundary)"),
        (["seccomp"], "(landlock, without seccomp: no security boundary)"),
    ],
    ids=["landlock", "seccomp"],
)
def test_without_a_layer_the_grade_is_right_and_the_report_says_so(missing: list[str], layers: str) -> None:
    status, output, errors = grade("solutions", "--only", "ex11*", faults=missing)
    assert (status, errors) == (0, "")
    assert f"Isolation: fork {layers}" in output


@refused_by_the_kernel
@pytest.mark.parametrize(
    ("fault", "isolation", "sentence"),
    [
        ("fork", "auto", "No process can be started here"),
        ("mkdir", "auto", "No space left on device. Make room there, or set TMPDIR"),
        ("mkdir", "process", "No space left on device. Make room there, or set TMPDIR"),
    ],
)
def test_where_no_sandbox_can_be_started_a_sentence_says_why(fault: str, isolation: str, sentence: str) -> None:
    status, _, errors = grade("solutions", "--only", "ex11*", "--isolation", isolation, faults=[fault])
    assert status == 2
    assert sentence in errors


def test_a_report_that_cannot_be_written_leaves_the_old_one_whole(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("the old report")
    status, output, errors = grade("exercises", "--json", file, faults=["files"])
    assert (status, file.read_text()) == (2, "the old report")
    assert "could not be written: File too large" in errors
    assert "Score 0 /" in output
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_report_takes_the_place_of_the_old_one_only(tmp_path: Path) -> None:
    file, link = tmp_path / "report.json", tmp_path / "link.json"
    file.write_text("the old report")
    file.chmod(0o640)
    link.symlink_to(file)
    assert grade("exercises", "--json", link)[0] == 1
    assert (link.is_symlink(), file.stat().st_mode & 0o777) == (True, 0o640)
    assert json.loads(file.read_text())["complete"] is True
    status, output, _ = grade("exercises", "--json", "/dev/stdout")
    assert (status, '"version": 1' in output) == (1, True)


def test_folders_that_may_not_be_written_are_no_matter() -> None:
    nowhere = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null/cache", "TMPDIR": "/dev/null/temporary"}
    assert grade("solutions", "--only", "ex11*", env={**os.environ, **nowhere})[0] == 0
    data.load.cache_clear()
    assert torch.equal(data.load("digits", Path("/dev/null/cache")).test_labels, data.load("digits").test_labels)


def test_one_core_is_enough() -> None:
    core = {min(os.sched_getaffinity(0))}
    status, _, _ = grade("solutions", "--only", "ex11*", preexec_fn=lambda: os.sched_setaffinity(0, core))
    assert status == 0


# Where the report is shown ------------------------------------------------------------------------


def test_an_output_that_is_full_closed_or_not_read_is_no_traceback(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        status, _, errors = grade("exercises", stdout=full)
    assert (status, errors) == (2, "The report could not be shown: No space left on device.")
    reader, writer = os.pipe()
    os.close(reader)
    assert grade("exercises", stdout=writer) == (1, "", "")
    os.close(writer)
    file = tmp_path / "report.json"
    closed = f"exec {sys.executable} -m grader solutions --only 'ex11*' --json {file} <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", closed], cwd=ROOT, check=False).returncode == 0
    assert json.loads(file.read_text())["score"] == 7


def test_a_plain_terminal_gets_plain_text() -> None:
    status, output, errors = grade("exercises", env={**os.environ, "TERM": "dumb", "NO_COLOR": "1"})
    assert (status, errors, "\x1b" in output) == (1, "", False)
