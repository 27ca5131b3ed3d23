"""How long a save waits for its verdict: `python -m benchmarks.watch` drives a real `watch` in a pseudo-terminal.

For each exercise the right answer is saved again and again, each time with another comment; measured is the
time from the save to the verdict on the screen. Printed are the medians, in seconds and as ratios to
`python -c "import torch"` of the same run. Options: --runs N (default 7), and --saves N, which types for a
while instead: N saves, most of them half-typed, some while the last grading is still going on. It counts
processes, open descriptors and memory after WARM saves and at the end, and ends with status 1 where processes
or descriptors grew, or memory by more than MEMORY_MB.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.grading import ROOT, SOLUTIONS, descendants, proportional_memory
from tests.grader.pseudo_terminal import Screen, running

AIMS = {"ex11_corr2d": 0.25, "ex32_vgg": 0.6}  # seconds
KEYS = "q quit"  # the end of what is shown, each time
WARM = 20
MEMORY_MB = 30
MEGABYTE = 1024**2


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watch", description="Measure save to verdict.")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--saves", type=int, metavar="N", help="type for a while, and count what that leaves")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between two of these saves (default: 0.5)")
    arguments = parser.parse_args()
    if arguments.saves is not None:
        return endurance(arguments.saves, arguments.pause)
    imports = statistics.median(import_torch() for _ in range(arguments.runs))
    print(f"import torch       {imports:6.2f} s   median of {arguments.runs}")
    for name, aim in AIMS.items():
        seconds = statistics.median(waits(name, arguments.runs))
        print(f"{name:<18} {seconds:6.2f} s   save to verdict, median of {arguments.runs} (aim: {aim} s)")
        print(f"{'':<18} {seconds / imports:6.2f}     of import torch")
    return 0


def import_torch() -> float:
    """Seconds for a Python that imports torch and ends."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.perf_counter() - began


def waits(name: str, runs: int) -> Iterator[float]:
    """Seconds from each save to its verdict, in a watch that is warm."""
    right = (SOLUTIONS / f"{name}.py").read_text(encoding="utf-8")
    with watching(name) as (screen, file):
        for number in range(runs + 2):  # the first two fill caches
            drain(screen)
            began = time.perf_counter()
            save(file, f"{right}\n# {number}\n")
            screen.wait_for("every check passed")
            if number >= 2:
                yield time.perf_counter() - began
            screen.wait_for(KEYS)


@contextmanager
def watching(name: str) -> Iterator[tuple[Screen, Path]]:
    """A watch over a copy of the exercises, at the exercise `name`, and the file to save."""
    with tempfile.TemporaryDirectory(prefix="watch-") as folder:
        answers = Path(folder) / "exercises"
        shutil.copytree(ROOT / "exercises", answers, ignore=shutil.ignore_patterns("__pycache__", "progress*"))
        file = answers / f"{name}.py"
        with running(["watch", str(file), "--device", "cpu"]) as screen:
            screen.wait_for(KEYS)
            yield screen, file
            screen.press("q")
            screen.end()


def save(file: Path, source: str) -> None:
    """As an editor does, that writes by rename."""
    temporary = file.with_name(f".{file.name}.new")
    temporary.write_text(source, encoding="utf-8")
    os.replace(temporary, file)


def drain(screen: Screen) -> None:
    while screen.read(0.02):
        pass
    screen.raw = b""


# Typing for a while -------------------------------------------------------------------------------


def endurance(saves: int, pause: float) -> int:
    random.seed(1)
    name = "ex11_corr2d"
    right = (SOLUTIONS / f"{name}.py").read_text(encoding="utf-8")
    with watching(name) as (screen, file):
        counts = []
        for number, source in zip(range(1, saves + 1), typed(right), strict=False):
            save(file, source)
            until = time.monotonic() + pause * random.uniform(0.2, 1.8)
            while (left := until - time.monotonic()) > 0:
                screen.read(left)
            screen.raw = screen.raw[-10_000:]
            if number == min(WARM, saves):
                counts.append(count(f"after {number} saves", screen, file, right))
        counts.append(count(f"after {saves} saves", screen, file, right))
    first, last = counts
    grown = [one for one in ("processes", "descriptors") if last[one] > first[one]]
    grown += ["memory"] if last["memory"] > first["memory"] + MEMORY_MB else []
    print(f"grown: {', '.join(grown)}" if grown else "nothing has grown")
    return 1 if grown else 0


def typed(right: str) -> Iterator[str]:
    """The states of a file that is typed: cut off anywhere, wrong, endless, whole."""
    header = right[: right.index("def corr2d")]
    for number in itertools.count():
        end = f"\n# {number}\n"
        yield right[: random.randrange(len(right))]
        yield right.replace("* K", "+ K") + end
        yield f"{header}def corr2d(X, K):\n    while True: pass{end}"
        yield right[: random.randrange(len(header), len(right))] + end
        yield right + end


def count(when: str, screen: Screen, file: Path, right: str) -> dict[str, float]:
    """What there is once the right answer has been graded and everything is at rest."""
    drain(screen)
    save(file, f"{right}# {when}\n")
    screen.wait_for("every check passed")
    screen.wait_for(KEYS)
    for _ in range(50):  # what was ended may take a moment to be gone
        if len(descendants(screen.pid)) <= 2:
            break
        time.sleep(0.1)
    pids = descendants(screen.pid)
    found = {
        "processes": len(pids),
        "descriptors": min(map(descriptors, [pids] * 20)),  # the fewest: a look at the folder opens some for a moment
        "memory": sum(map(proportional_memory, pids)) / MEGABYTE,
    }
    print("{0:<18} {processes} processes, {descriptors} descriptors, {memory:.0f} MB of memory".format(when, **found))
    return found


def descriptors(pids: list[int]) -> int:
    time.sleep(0.03)
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids)


if __name__ == "__main__":
    sys.exit(main())
