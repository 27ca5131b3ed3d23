"""What isolation costs: `python -m benchmarks.grading` grades the solutions with and without it.

The floor runs the same checks and the same probes in one plain process, without any sandbox. It, the grader, and
the grader with `-j 2` are whole commands, measured from start to exit and taken in turns; the ratios are those
of their medians. What two cores can do at best is measured too: two floors at once, each of which would be half
of the work. On an ideal machine that is 0.50; it is more where two cores share one processor.
Options: --runs N (default 7).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grader import course, discover, run
from grader.model import Options
from grader.sandbox.isolation import HOW_TO_COMPUTE, Fork, scratch_folder

ROOT = Path(__file__).parent.parent
SOLUTIONS = ROOT / "solutions"
OPTIONS = Options(device="cpu", data="digits", data_folder=None, seed=1, isolation="fork", jobs=1)
MEGABYTE = 1024**2


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the cost of isolation.")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--floor", action="store_true", help=argparse.SUPPRESS)  # the command that is measured
    arguments = parser.parse_args()
    if arguments.floor:
        return grade_in_this_process()
    grader = [sys.executable, "-m", "grader", str(SOLUTIONS), "--fresh", "--seed", "1"]
    floor = [sys.executable, "-m", "benchmarks.grading", "--floor"]
    commands = {
        "one plain process": floor,
        "grader, -j 1": [*grader, "-j", "1"],
        "grader, -j 2": [*grader, "-j", "2"],
    }
    # The first run of each fills the caches of disk and bytecode, and tells the memory: to count it takes time.
    peaks = {name: memory(command) for name, command in commands.items()}
    rounds, halves = [], []
    for _ in range(arguments.runs):
        rounds.append({name: measure(command) for name, command in commands.items()})
        halves.append(measure(floor, floor) / 2)
    medians = {name: statistics.median(one[name] for one in rounds) for name in commands}
    for name, seconds in medians.items():
        peak = peaks[name] / MEGABYTE
        ratio = seconds / medians["one plain process"]
        print(f"{name:19}{seconds:7.2f} s   ratio {ratio:4.2f}   peak memory {peak:5.0f} MB (PSS, all processes)")
    half = statistics.median(halves)
    print(f"half of two floors {half:7.2f} s   ratio {half / medians['one plain process']:4.2f}   two at once")
    print(f"                   medians of {arguments.runs}")
    for name, milliseconds in sandbox_costs():
        print(f"sandbox            {milliseconds:6.1f} ms  {name}")
    return 0


def measure(*commands: Sequence[str], expected: int = 0) -> float:
    """Seconds until all of these commands, started together, have ended.

    Ends the program where one ends with another status than the expected one.
    """
    began = time.perf_counter()
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) for command in commands]
    statuses = [process.wait() for process in processes]
    seconds = time.perf_counter() - began
    if set(statuses) != {expected}:
        raise SystemExit(f"{' '.join(commands[0])} ended with {statuses}: nothing was measured")
    return seconds


def memory(command: Sequence[str]) -> int:
    """The largest sum of memory, in bytes, over the process of a command and its descendants."""
    peak = 0
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        peak = max(peak, sum(map(proportional_memory, descendants(process.pid))))
        time.sleep(0.1)
    return peak


def descendants(pid: int) -> list[int]:
    """The process and all that came from it."""
    found, todo = [], [pid]
    while todo:
        found.append(current := todo.pop())
        try:
            children = Path(f"/proc/{current}/task/{current}/children").read_text()
        except OSError:
            continue
        todo += map(int, children.split())
    return found


def proportional_memory(pid: int) -> int:
    """Bytes in memory, where pages shared by n processes count 1/n in each (PSS)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def sandbox_costs(count: int = 20) -> list[tuple[str, float]]:
    """Median milliseconds of starting a sandbox (fork and lock) and of importing a submission in it."""
    submission = discover.discover([SOLUTIONS], course.load_course(), "ex32_vgg")
    answer = submission.answers[0]
    isolation = Fork(answer.exercise.probes)
    starts, imports = [], []
    try:
        for _ in range(count + 1):
            with scratch_folder() as scratch:
                began = time.perf_counter()
                sandbox = isolation.start(scratch, "cpu")
                started = time.perf_counter()
                sandbox.load(answer.exercise.name, "solutions", dict(answer.sources))
                imports.append(time.perf_counter() - started)
                starts.append(started - began)
                sandbox.close()
    finally:
        isolation.close()
    start, load = (1000 * statistics.median(times[1:]) for times in (starts, imports))  # the first waits for torch
    return [("fork and lock", start), ("import the submission", load), ("together", start + load)]


# The floor ----------------------------------------------------------------------------------------


def grade_in_this_process() -> int:
    os.environ.update(HOW_TO_COMPUTE)  # as the grader does
    submission = discover.discover([SOLUTIONS], course.load_course())
    plain: Any = InThisProcess()
    grades = [run.grade_answer(answer, OPTIONS, plain, lambda answer, check: None)[0] for answer in submission.answers]
    return 0 if all(grade.score == grade.max_score for grade in grades) else 1


class InThisProcess:
    """Stands in for Fork: its sandbox is no sandbox."""

    name = "process"

    def start(self, scratch: Path, device: str, own_work: str | None, probes: Sequence[str]) -> PlainSandbox:
        return PlainSandbox()


class PlainSandbox:
    """Stands in for Sandbox: probes are called where they are asked for."""

    def __init__(self) -> None:
        self.alive, self.layers, self.printed = True, [], b""
        self.module: Any = None

    def load(self, name: str, folder: str, sources: dict[str, bytes]) -> list[str]:
        from grader.sandbox import inside

        # Nothing is forbidden: in this process it would be forbidden to the checks as well.
        self.module = inside.load(name, folder, sources)
        return sorted(vars(self.module))

    def request(self, message: bytes, seconds: float) -> Any:
        from grader.sandbox import inside, wire

        return wire.decode(wire.encode(inside.call_probe(self.module, wire.decode(message))))

    def close(self) -> None:
        self.alive = False


if __name__ == "__main__":
    sys.exit(main())
