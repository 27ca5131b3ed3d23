"""What a learner waits for: `python -m benchmarks.loop` measures what should take no time, against `import torch`.

Whole commands, from start to exit, taken in turns; the ratios are those of their medians:

- stubs      `python -m grader exercises/`, all untouched (aim: at most 0.25)
- unchanged  `python -m grader solutions/`, when nothing has changed since (aim: at most 0.25)

Verdicts are remembered in a folder of this run's own, and graded there once before: that takes a minute. What grading
itself costs says `python -m benchmarks.grading`. Options: --runs N (default 7).
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile

from benchmarks.grading import ROOT, SOLUTIONS, measure

STUBS, UNCHANGED = ([sys.executable, "-m", "grader", str(folder)] for folder in (ROOT / "exercises", SOLUTIONS))
IMPORT = [sys.executable, "-c", "import torch"]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure what a learner waits for.")
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        commands = {"import torch": (IMPORT, 0), "stubs": (STUBS, 1), "unchanged": (UNCHANGED, 0)}
        for command, status in commands.values():
            measure(command, expected=status)  # the first run of each fills the caches of disk, bytecode and verdicts
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs):
            for name, (command, status) in commands.items():
                taken[name].append(measure(command, expected=status))
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    for name, seconds in medians.items():
        print(f"{name:14}{seconds:6.3f} s   median of {runs}   ratio {seconds / medians['import torch']:5.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
