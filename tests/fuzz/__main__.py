"""Fuzz for minutes: `python -m tests.fuzz --minutes 10 wire` (or discover, diagnose, nets).

Prints how many inputs ran, how they came out, the longest single time and the growth of memory. Ends
with status 1 when an input raised what it should not, took too long, or took too much memory; `--first N`
with the number that is printed and `--minutes 0` repeats that input.
"""

import argparse
import collections
import itertools
import resource
import sys
import time
import traceback
from random import Random

from tests.fuzz.targets import TARGETS

SECONDS, MEGABYTES = 3.0, 700  # for one input, in time of this process; for all of them


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the trusted side of the grader.")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    arguments = parser.parse_args()
    target = TARGETS[arguments.target]
    for number in range(100):  # lazily imported modules are no growth
        target.run(target.make(Random(-1 - number)))
    before, ends = peak_megabytes(), time.monotonic() + 60 * arguments.minutes
    outcomes: collections.Counter[str] = collections.Counter()
    findings, longest = [], (0.0, 0)
    for number in itertools.count(arguments.first):
        made = target.make(Random(number))
        began = time.process_time()
        try:
            outcomes[target.run(made)] += 1
        except Exception:  # noqa: BLE001  any that is not documented
            findings.append(number)
            print(f"FINDING: input {number}\n{traceback.format_exc()}", flush=True)
        longest = max(longest, (time.process_time() - began, number))
        if time.monotonic() >= ends or len(findings) == 5:
            break
    growth = peak_megabytes() - before
    for outcome, count in outcomes.most_common():
        print(f"{count:10,}  {outcome}")
    print(f"{number + 1 - arguments.first:,} inputs, {len(outcomes)} outcomes, {len(findings)} findings")
    print(f"longest {longest[0]:.3f} s (input {longest[1]}), memory grew by {growth} MB")
    return 1 if findings or longest[0] > SECONDS or growth > MEGABYTES else 0


def peak_megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    sys.exit(main())
