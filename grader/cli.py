"""The command line: words become calls, outcomes become an exit status.

Exit status: 0 every point earned, 1 points lost, 2 the command or the course itself is wrong.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from grader import course, discover, run
from grader.model import DATA_SETS, DEVICES, CourseError, Options, Submission, UsageError
from grader.report import json
from grader.report.terminal import Terminal

COMMANDS = ("grade",)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] not in (*COMMANDS, "-h", "--help"):
        words.insert(0, "grade")
    arguments = _parser().parse_args(words)
    try:
        return grade(arguments)
    except (UsageError, CourseError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped before the end. No report was written.", file=sys.stderr)
        return 130


def grade(arguments: argparse.Namespace) -> int:
    """Grade the paths, show the report and write the files that were asked for."""
    json_file = None if arguments.json is None else _writable(arguments.json)
    submission = discover.discover(arguments.paths, course.load_course(), arguments.only)
    terminal = Terminal(Console())
    options = _options(arguments, submission, terminal)
    with terminal.progress():
        result = run.grade(submission, options, on_start=terminal.on_start)
    terminal.show(result)
    if json_file is not None:
        _write(json_file, json.render(result))
    return 0 if result.score == result.max_score else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m grader",
        description="Grade answers to the exercises of Convolutions by Hand.",
        epilog="Exit status: 0 every point earned, 1 points lost, 2 the command or the course itself is wrong.",
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    one = commands.add_parser("grade", help="grade exercises (the default command)")
    add = one.add_argument
    add("paths", metavar="PATH", nargs="*", type=Path, default=[Path("exercises")],
        help="a folder of exercises or files in it (default: exercises/)")  # fmt: skip
    add("--only", metavar="GLOB", help="only exercises whose names match, such as 'ex1*'")
    add("--device", choices=DEVICES, default="auto", help="where nets run (default: a GPU if there is one)")
    add("--data", choices=DATA_SETS, default="digits", help="what nets train on (default: digits, no download)")
    add("--data-dir", metavar="DIR", type=Path, help="where data sets are kept")
    add("--seed", metavar="N", type=int, help="repeat the random inputs of an earlier run")
    add("-j", metavar="N", dest="jobs", type=_positive, default=1, help="exercises graded side by side (default: 1)")
    add("--isolation", choices=("auto", "fork", "process"), default="auto",
        help="fork: locked-down sandboxes, on Linux; process: works everywhere, is no security boundary")  # fmt: skip
    add("--json", metavar="FILE", type=Path, help="write the report for other programs")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return int(text)


def _writable(path: Path) -> Path:
    """`path`, or UsageError now rather than after minutes of grading."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder. Name a file for the report.")
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent} does not exist. Make the folder first, then the report goes there.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"{path} cannot be written. Name a file where you may write.")
    return path


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="ascii")
    except OSError as error:
        raise UsageError(f"{path} could not be written: {error.strerror}. The grade above is complete.") from None


def _options(arguments: argparse.Namespace, submission: Submission, terminal: Terminal) -> Options:
    needed = any(answer.problem is None and not answer.untouched for answer in submission.answers)
    if needed and arguments.data != "digits":
        from grader import data  # here: it imports torch

        data.fetch(arguments.data, arguments.data_dir, terminal.say)
    return Options(
        device=_device(arguments.device) if needed else "cpu",
        data=arguments.data,
        data_folder=arguments.data_dir,
        seed=secrets.randbelow(10**12) if arguments.seed is None else arguments.seed,
        isolation=_isolation(arguments.isolation),
        jobs=arguments.jobs,
    )


def _isolation(wish: str) -> str:
    if sys.platform == "linux":
        return "fork" if wish == "auto" else wish
    if wish == "fork":
        raise UsageError("--isolation fork needs Linux. Use --isolation process for code that you trust.")
    return "process"


def _device(wish: str) -> str:
    if wish == "cpu":
        return wish
    os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "1"  # asking must not open a CUDA context here
    import torch

    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wish == "auto":
        return next((device for device, there in available.items() if there), "cpu")
    if not available[wish]:
        raise UsageError(f"--device {wish}: PyTorch finds no such device here. Leave the option out to use the CPU.")
    return wish
