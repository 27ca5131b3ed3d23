"""The same questions elsewhere: `python -m benchmarks.others` compares the grader with otter-grader and plain pytest.

One submission, the solutions to six exercises, is graded by the same check functions with the same random numbers
(`benchmarks.in_process`), each time as the tool's documentation says. There are two such homeworks:

- first          the first six exercises of the course, whose checks are quick
- mixed          six of all kinds: nets are trained, and most of the time goes into the checks themselves

The ways to grade them:

- plain Python   import the answers, run the checks: nothing that runs them one after the other can take less
- grader         `python -m grader FILES --fresh`; with `-j 2`, side by side; and when the verdicts are remembered
- watch          `python -m grader watch` runs already: from a save to the end of the report on the screen
- pytest         `python -m pytest`, with a test file for each exercise, which imports the answer
- otter run      a notebook and a folder of tests, `otter generate`, then `otter run`: the way to grade a submission
                 without containers. Each answer is a cell, and a cell that checks it follows, as `otter assign` does
- otter check    an answer as a script and its question: the way for learners at a prompt
- open notebook  `grader.check(…)` of otter-grader in a kernel that runs already: the answer's cell, then the check

All are taken in turns, each with one thread. Other work on the machine stretches the time on the clock, and some ways
more than others; the processor time, of all processes of a way together, stands beside it. otter-grader is installed
into an environment that is thrown away; what it shares with this one, torch above all, it finds here. A wrong answer
comes first, and every tool must find it. Arguments: the homeworks (default: both), and --runs N (default 7).
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from benchmarks.grading import OPTIONS, ROOT, SOLUTIONS, descendants
from benchmarks.watch import KEYS, save
from grader.course import load_course
from grader.model import Exercise
from tests.grader.pseudo_terminal import Screen, running

MIXED = ("ex11_corr2d", "ex14_padding_stride", "ex16_pooling", "ex23_training", "ex24_lenet", "ex32_vgg")
HOMEWORKS = {
    "first": load_course()[:6],
    "mixed": tuple(exercise for exercise in load_course() if exercise.name in MIXED),
}
OTTER = "otter-grader[grading]==7.0.0"
NOTEBOOK = "homework.ipynb"
AIMS = {
    "grader --fresh": 3,
    "grader --fresh -j 2": 3,
    "grader, remembered": 20,
    "watch, all saved": 20,
    "watch, one saved": 20,
}
FOR_ONE = "watch, one saved", "otter check, one", "open notebook, one"  # of the six: the last
BESIDES = """
The checks are the same. What the tools do besides:
- grader: an answer runs in a locked process of its own and cannot reach the checks, each check has a deadline,
  ready-made operators are refused where the work must be one's own, and a wrong answer is told its likely mistake.
- pytest: answers and checks share a process. A failed check is shown with its source and its values.
- otter-grader: answers and checks share a kernel, so an answer can reach the checks; its containers were not measured.
  It writes grades for Gradescope, and shows a failed check with its exception.
"""

Way = Callable[[], bool]  # whether the submission got full marks


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.others", description="Compare with other graders.")
    parser.add_argument("homeworks", nargs="*", metavar="HOMEWORK", help=" or ".join(HOMEWORKS))
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    if unknown := set(arguments.homeworks) - set(HOMEWORKS):
        parser.error(f"there is no homework {unknown.pop()!r}, only {' and '.join(HOMEWORKS)}")
    with tempfile.TemporaryDirectory(prefix="others-") as name:
        folder = Path(name)
        os.environ.update(OMP_NUM_THREADS="1", PYTHONPATH=str(ROOT), PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # with it, only what was not installed would be compiled anew
        os.environ.update(XDG_CACHE_HOME=str(folder / "cache"), IPYTHONDIR=str(folder / "ipython"))
        otter = install_otter(folder / "environment")
        print(versions(otter))
        for homework in arguments.homeworks or HOMEWORKS:
            exercises = HOMEWORKS[homework]
            costs = compare(folder / homework, exercises, otter, arguments.runs)
            checks = sum(len(exercise.checks) for exercise in exercises)
            print(f"\n{homework}: {', '.join(exercise.name for exercise in exercises)}; {checks} checks")
            show(costs)
            print(f"Medians of {arguments.runs}. One: {exercises[-1].name}.", flush=True)
    print(BESIDES)
    return 0


def compare(folder: Path, exercises: Sequence[Exercise], otter: Path, runs: int) -> dict[str, Cost]:
    """The median cost of every way to grade the solutions to some exercises."""
    wrong = Homework(folder / "wrong", exercises, otter)
    wrong.lay_out("\n\nright = corr2d\n\n\ndef corr2d(X, K):\n    return right(X, K.flip(0, 1))\n")
    for name, way in wrong.commands().items():
        if way():
            raise SystemExit(f"{name}: a wrong answer got full marks, so there is nothing to compare.")
    homework = Homework(folder / "homework", exercises, otter)
    homework.lay_out()
    with homework.saves() as saves, homework.open_notebook() as cells:
        ways = {**homework.commands(), **saves, **homework.otter_check(), **cells}
        for name, way in ways.items():
            measure(name, way)  # the first run of each fills caches
        rounds = [{name: measure(name, way) for name, way in ways.items()} for _ in range(runs)]
    return {name: Cost.median([one[name] for one in rounds]) for name in ways}


# Measuring ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, and processor seconds of all processes together."""

    clock: float
    processor: float

    @classmethod
    def median(cls, costs: Sequence[Cost]) -> Cost:
        return cls(statistics.median(one.clock for one in costs), statistics.median(one.processor for one in costs))


def measure(name: str, way: Way) -> Cost:
    """What one run of a way costs. Ends the program where it does not give full marks."""
    used, began = processor_seconds(), time.perf_counter()
    full_marks = way()
    clock = time.perf_counter() - began
    if not full_marks:
        raise SystemExit(f"{name}: the solutions did not get full marks, so nothing was measured.")
    return Cost(clock, processor_seconds() - used)


def processor_seconds() -> float:
    """What this process, those that came from it, and those of them that have ended, have used up."""
    ticks = 0
    for pid in descendants(os.getpid()):
        with contextlib.suppress(OSError):  # it has just ended
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))  # user and system, and the same of children that have ended
    return ticks / os.sysconf("SC_CLK_TCK")


def show(costs: dict[str, Cost]) -> None:
    print(f"{'':20}    clock   processor   otter-grader takes")
    for name, cost in costs.items():
        other = costs["otter check, one" if name in FOR_ONE else "otter run"]
        by_clock, by_processor = other.clock / cost.clock, other.processor / max(cost.processor, 0.01)
        aim = f"   (aim: {AIMS[name]})" if name in AIMS else ""
        print(
            f"{name:20}{cost.clock:7.2f} s   {cost.processor:7.2f} s   "
            f"{by_clock:5.1f} × by the clock, {by_processor:5.1f} × of processor{aim}"
        )


# The homework and the ways to grade it ------------------------------------------------------------


@dataclass(frozen=True)
class Homework:
    """A folder with the answers as files and as a notebook, and with the tests of every tool."""

    folder: Path
    exercises: Sequence[Exercise]
    otter: Path

    @property
    def one(self) -> str:
        return self.exercises[-1].name

    def lay_out(self, appended: str = "") -> None:
        """Write everything; `appended` goes to the end of the first answer."""
        cells = [f'import otter\ngrader = otter.Notebook("{NOTEBOOK}")']
        for exercise in self.exercises:
            name = exercise.name
            answer = (SOLUTIONS / f"{name}.py").read_text(encoding="utf-8")
            answer += appended if exercise == self.exercises[0] else ""
            cells += [answer, f'grader.check("{name}")']
            self.write(f"{name}.py", answer)
            self.write(f"tests/{name}.py", otter_tests(exercise))
            self.write(f"pytest/test_{name}.py", pytest_tests(exercise))
        self.write("plain.py", "".join(map(plain_checks, self.exercises)))
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / NOTEBOOK)
        subprocess.run([self.otter, "generate"], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(command, cwd=self.folder, capture_output=True)

    def commands(self) -> dict[str, Way]:
        """Whole commands that grade all answers."""
        files = [f"{exercise.name}.py" for exercise in self.exercises]
        grader = [sys.executable, "-m", "grader", *files, "--device", "cpu", "--seed", str(OPTIONS.seed)]
        points = sum(check.points for exercise in self.exercises for check in exercise.checks)

        def otter_run() -> bool:
            results = self.folder / "results.json"
            results.unlink(missing_ok=True)
            self.run(self.otter, "run", NOTEBOOK).check_returncode()
            tests = json.loads(results.read_text(encoding="utf-8"))["tests"]
            return sum(one.get("score", 0) for one in tests) == points  # one of them is a summary

        return {
            "plain Python": lambda: self.run(sys.executable, "plain.py").returncode == 0,
            "grader --fresh": lambda: self.run(*grader, "--fresh").returncode == 0,
            "grader --fresh -j 2": lambda: self.run(*grader, "--fresh", "-j", "2").returncode == 0,
            "grader, remembered": lambda: self.run(*grader).returncode == 0,
            "pytest": lambda: self.run(sys.executable, "-m", "pytest", "pytest").returncode == 0,
            "otter run": otter_run,
        }

    def otter_check(self) -> dict[str, Way]:
        command = [self.otter, "check", f"{self.one}.py", "-q", self.one]
        return {"otter check, one": lambda: b"All tests passed!" in self.run(*command).stdout}

    @contextlib.contextmanager
    def saves(self) -> Iterator[dict[str, Way]]:
        """Saves of answers, one after the other, into a folder that a `watch` looks at."""
        watched = self.folder / "watched"
        names = [exercise.name for exercise in self.exercises]
        answers = {name: (self.folder / f"{name}.py").read_text(encoding="utf-8") for name in names}
        for name, answer in answers.items():
            self.write(f"watched/{name}.py", answer)
        numbers = itertools.count()

        def saved(screen: Screen, names: Sequence[str]) -> bool:
            for name in names:
                save(watched / f"{name}.py", f"{answers[name]}\n# {next(numbers)}\n")
                report = screen.wait_for(KEYS)
                if name not in report or "every check passed" not in report:
                    return False
            return True

        with running(["watch", str(watched), "--device", "cpu"]) as screen:
            screen.wait_for("every check passed")
            screen.wait_for(KEYS)
            yield {
                "watch, all saved": lambda: saved(screen, names),
                "watch, one saved": lambda: saved(screen, [self.one]),
            }
            screen.press("q")
            screen.end()

    @contextlib.contextmanager
    def open_notebook(self) -> Iterator[dict[str, Way]]:
        """A cell that is run again, in a kernel that has otter-grader and torch in memory."""
        command = [self.otter.with_name("python"), "-c", CLIENT, NOTEBOOK, self.one]
        with subprocess.Popen(command, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
            assert client.stdin is not None
            assert client.stdout is not None
            keyboard, words = client.stdin, client.stdout

            def run_again() -> bool:
                keyboard.write(b"\n")
                keyboard.flush()
                return words.readline() == b"ok\n"

            yield {"open notebook, one": run_again}
            keyboard.close()


# Runs the first cell of a notebook, and then, at every line that it reads, an answer and its check.
CLIENT = """
import sys
import nbformat
from jupyter_client.manager import start_new_kernel

notebook, name = sys.argv[1:]
cells = [cell.source for cell in nbformat.read(notebook, as_version=4).cells]
check = f'grader.check("{name}")'
manager, client = start_new_kernel(extra_arguments=["--log-level=ERROR"])
try:
    client.execute_interactive(cells[0], output_hook=lambda output: None)
    for line in sys.stdin:
        both = cells[cells.index(check) - 1] + f"\\nassert {check}.passed_all"
        reply = client.execute_interactive(both, output_hook=lambda output: None)
        print(reply["content"]["status"], flush=True)
finally:
    manager.shutdown_kernel(now=True)
"""


# The checks, as each tool wants them --------------------------------------------------------------


def otter_tests(exercise: Exercise) -> str:
    head = (
        "from otter.test_files import test_case\nfrom benchmarks.in_process import ask\n\n"
        f'OK_FORMAT = False\nname = "{exercise.name}"\npoints = None\n'
    )
    return head + "".join(
        f"\n\n@test_case(points={check.points})\ndef {check.name}(env):\n"
        f'    ask("{exercise.name}", "{check.name}", env)\n'
        for check in exercise.checks
    )


def pytest_tests(exercise: Exercise) -> str:
    head = f"import {exercise.name}\nfrom benchmarks.in_process import ask\n"
    return head + "".join(
        f'\n\ndef {check.name}():\n    ask("{exercise.name}", "{check.name}", vars({exercise.name}))\n'
        for check in exercise.checks
    )


def plain_checks(exercise: Exercise) -> str:
    head = f"import {exercise.name}\nfrom benchmarks.in_process import ask\n"
    return head + "".join(
        f'ask("{exercise.name}", "{check.name}", vars({exercise.name}))\n' for check in exercise.checks
    )


# Installing ---------------------------------------------------------------------------------------


def install_otter(folder: Path) -> Path:
    """The `otter` command of a new environment, which has otter-grader and finds all else in this one."""
    print("Installing otter-grader into an environment that will be thrown away …", flush=True)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    paths = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "borrowed.pth").write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
    pip = [folder / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, OTTER], check=True)
    return folder / "bin" / "otter"


def versions(otter: Path) -> str:
    names = ("torch", "pytest", "otter-grader", "nbconvert", "ipykernel")
    code = f"from importlib.metadata import version\nprint(', '.join(f'{{n}} {{version(n)}}' for n in {names}))"
    found = subprocess.run([otter.with_name("python"), "-c", code], check=True, capture_output=True, text=True)
    return f"Python {sys.version.split()[0]}, {found.stdout.strip()}"


if __name__ == "__main__":
    sys.exit(main())
