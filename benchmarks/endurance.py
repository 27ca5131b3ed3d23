"""What a thousand gradings leave behind: `python -m benchmarks.endurance --gradings 1000`.

Grades answers to ex11 and ex22 in turn, good, broken and hostile ones, in one process with one nursery,
and every hundredth one with a sandbox that is a process of its own. Before, after, and every hundred it
counts what may leak, here and in the nursery: child processes, open descriptors, threads, memory, and
files in the temporary folder. Collections run before each count, so that only what is held is seen.

Ends with status 1 when an outcome was not the expected one, when processes, descriptors, threads or files grew
at all since the first count, or when memory grew by more than MEMORY_MB between the second hundred
(by then every lazy import and cache has been paid for) and the end.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.grading import OPTIONS, SOLUTIONS
from grader import run
from grader.course import load_course
from grader.model import Answer, Exercise
from grader.sandbox import client
from grader.sandbox.isolation import Fork, Spawn

MEMORY_MB = 20
WARM = 200
SECONDS = 0.3  # deadline of a check, for answers that do not end

RIGHT = {name: (SOLUTIONS / f"{name}.py").read_text(encoding="utf-8") for name in ("ex11_corr2d", "ex22_accuracy")}
FLIPPED = RIGHT["ex11_corr2d"].replace("    h, w = K.shape\n", "    K = K.flip(0, 1)\n    h, w = K.shape\n")
BODY = "import ctypes, os, signal, struct, threading, time, torch\ndef corr2d(X, K):\n    {}\n"
FORGED = (
    "for n in range(3, 64):\n        try: os.write(n, struct.pack('<Q', 30) + struct.pack('<I', 20) + b'x' * 26)\n"
    "        except OSError: pass"
)

# Name → exercise, source, outcome of its first check.
ANSWERS = {
    "right": ("ex11_corr2d", RIGHT["ex11_corr2d"], "passed"),
    "right too": ("ex22_accuracy", RIGHT["ex22_accuracy"], "passed"),
    "a known mistake": ("ex11_corr2d", FLIPPED, "failed"),
    "a stub that is run": ("ex11_corr2d", BODY.format("raise NotImplementedError"), "todo"),
    "a syntax error": ("ex11_corr2d", "def corr2d(X, K)\n", "error"),
    "an exception": ("ex11_corr2d", BODY.format("raise ValueError(X)"), "error"),
    "an exception at import": ("ex22_accuracy", "1 / 0\n", "error"),
    "os._exit": ("ex11_corr2d", BODY.format("os._exit(0)"), "error"),
    "a crash": ("ex11_corr2d", BODY.format("ctypes.string_at(0)"), "error"),
    "a loop without an end": ("ex11_corr2d", BODY.format("while True: pass"), "timeout"),
    "too much memory": ("ex11_corr2d", BODY.format("return torch.ones(2**31)"), "error"),
    "40 MB printed": ("ex11_corr2d", BODY.format("print('x' * 40 * 2**20)"), "error"),
    "a forged reply": ("ex11_corr2d", BODY.format(FORGED), "error"),
    "files left": ("ex11_corr2d", BODY.format("os.makedirs('a/b', exist_ok=True); open('a/b/c', 'w')"), "failed"),
    "threads left": ("ex11_corr2d", BODY.format("threading.Thread(target=time.sleep, args=(60,)).start()"), "failed"),
    "a large reply": ("ex11_corr2d", BODY.format("return torch.zeros(2**24 + 1)"), "error"),
    "killed by itself": ("ex11_corr2d", BODY.format("os.kill(os.getpid(), signal.SIGKILL)"), "error"),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endurance", description="Count what gradings leave.")
    parser.add_argument("--gradings", type=int, default=1000)
    gradings = parser.parse_args().gradings
    course = {exercise.name: exercise for exercise in load_course()}
    probes = sorted({probe for exercise in course.values() for probe in exercise.probes})
    client.LOAD_SECONDS = 5.0
    with tempfile.TemporaryDirectory(prefix="endurance-") as folder:
        tempfile.tempdir = folder
        fork, spawn = Fork(probes), Spawn()
        try:
            run.grade_answer(_answer(course["ex11_corr2d"], "right"), OPTIONS, fork, lambda answer, check: None)
            counts = [count(0, fork.process.pid)]
            wrong = 0
            began = time.monotonic()
            for number, name in zip(range(1, gradings + 1), itertools.cycle(ANSWERS), strict=False):
                isolation = spawn if number % 100 == 0 else fork
                answer = _answer(course[ANSWERS[name][0]], name)
                done = run.grade_answer(answer, OPTIONS, isolation, lambda answer, check: None)[0]
                if done.checks[0].outcome != ANSWERS[name][2]:
                    wrong += 1
                    print(f"{name} ({isolation.name}): {done.checks[0].outcome} {done.checks[0].message[:300]}")
                if number % 100 == 0 or number == gradings:
                    counts.append(count(number, fork.process.pid))
            print(f"{gradings} gradings in {time.monotonic() - began:.0f} s, {wrong} with an unexpected outcome")
        finally:
            fork.close()
            tempfile.tempdir = None
    return 1 if wrong or grew(counts) else 0


def _answer(exercise: Exercise, name: str) -> Answer:
    checks = exercise.checks
    if ANSWERS[name][2] == "timeout":
        checks = tuple(replace(check, seconds=SECONDS) for check in checks)
    source = ANSWERS[name][1].encode()
    return Answer(replace(exercise, checks=checks), f"exercises/{exercise.name}.py", {exercise.name: source})


def count(gradings: int, nursery: int) -> dict[str, int]:
    """What there is now, printed as one line of the table."""
    gc.collect()
    ours = os.getpid()
    found = {
        "gradings": gradings,
        "children": len(_children(ours)),
        "of nursery": len(_children(nursery)),
        "fds": len(os.listdir("/proc/self/fd")),
        "of the nursery": len(os.listdir(f"/proc/{nursery}/fd")),
        "threads": _status(ours, "Threads:"),
        "files": sum(1 for _ in Path(tempfile.gettempdir()).rglob("*")),
        "MB": _status(ours, "VmRSS:") // 1024,
        "MB nursery": _status(nursery, "VmRSS:") // 1024,
    }
    if gradings == 0:
        print("  ".join(found))
    print("  ".join(str(value).rjust(len(name)) for name, value in found.items()), flush=True)
    return found


def grew(counts: list[dict[str, int]]) -> bool:
    """Whether anything leaked, and a line for each thing that did."""
    first, last = counts[0], counts[-1]
    warm = next((one for one in counts if one["gradings"] >= WARM), first)
    leaks = [name for name in first if name not in ("gradings", "MB", "MB nursery") and last[name] > first[name]]
    leaks += [name for name in ("MB", "MB nursery") if last[name] > warm[name] + MEMORY_MB]
    for name in leaks:
        print(f"leak: {name} {first[name]} → {last[name]}")
    return bool(leaks)


def _children(pid: int) -> list[str]:
    # A process that was just killed may take a moment to be gone.
    for _ in range(40):
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if not found or (pid == os.getpid() and len(found) == 1):
            break
        time.sleep(0.05)
    return found


def _status(pid: int, field: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


if __name__ == "__main__":
    sys.exit(main())
