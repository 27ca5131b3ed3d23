"""Remember verdicts: what was graded once, and depends on nothing that has changed, is not graded again.

A verdict is kept under a key made of all that it depends on: the answer and the files beside it that it
mentions, its checks, mistakes and probes with the rest of the grader, the data, the device, the options, and
the versions of Python and the libraries. Whatever changes, the key is another, and nothing has to be found out
of date. Verdicts are JSON files in the user's cache folder, where no sandbox can read or write.

What may come out otherwise the next time is not kept: that time was up, or that a sandbox was lost, can be the
machine's fault. This module does not import torch.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import platformdirs

from grader import pictures
from grader.discover import mentioned_sources, mentions
from grader.files import write_in_one_step
from grader.model import Answer, CheckGrade, Exercise, ExerciseGrade, Outcome, Submission, Verdict

FORMAT = 1  # of the files; another number forgets them all
GRADER = Path(__file__).parent
LIBRARIES = ("torch", "torchvision", "numpy", "mlxtend", "pytest")
# With these an answer finds files whose names are not written in it.
FINDERS = frozenset(
    ["__import__", "importlib", "pkgutil", "runpy", "open", "os", "io", "pathlib", "glob", "eval", "exec"]
)
MOST, SPARE = 2000, 200  # files in the folder; so many more before the oldest go


class Memory:
    """The verdicts of all runs with the same `wishes`: the options as they were given, before "auto" is looked into."""

    def __init__(self, wishes: Mapping[str, object], folder: Path | None = None) -> None:
        self.folder = folder or platformdirs.user_cache_path("convolutions-by-hand") / "verdicts"
        self.wishes = dict(wishes)

    def recall(self, submission: Submission) -> dict[str, Verdict]:
        """What came out the last time that everything was the same, by names of exercises."""
        found = {answer.exercise.name: self._recall(answer) for answer in submission.answers if answer.can_run}
        return {name: verdict for name, verdict in found.items() if verdict is not None}

    def _recall(self, answer: Answer) -> Verdict | None:
        try:
            return _read(json.loads(self._file(answer).read_bytes()), answer)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):  # none, or a damaged one
            return None

    def keep(self, answer: Answer, verdict: Verdict) -> None:
        """Remember it, if it is worth that and there is a place."""
        checks = verdict.grade.checks
        new = answer.can_run and not any(one.cached for one in checks)
        if not new or verdict.grade.message is not None or not all(one.lasting for one in checks):
            return
        file = self._file(answer)
        with contextlib.suppress(OSError):  # the next run takes longer, and that is all
            self.folder.mkdir(parents=True, exist_ok=True)
            write_in_one_step(file, json.dumps(_written(verdict)))
            self._forget_the_oldest()

    def _file(self, answer: Answer) -> Path:
        parts = {
            "answer": {name: _digest(source) for name, source in _sources(answer).items()},
            "path": answer.path,  # messages name it, and the cells of a notebook
            "cells": [[cell.name, cell.line] for cell in answer.cells],
            "course": _course_files(answer.exercise),
            "machine": _machine(),
            "wishes": self.wishes,
        }
        return self.folder / f"{_digest(json.dumps(parts, sort_keys=True, default=str).encode())}.json"

    def _forget_the_oldest(self) -> None:
        files = list(self.folder.glob("*.json"))
        if len(files) > MOST + SPARE:
            files.sort(key=lambda file: file.stat().st_mtime)
            for file in files[:-MOST]:
                file.unlink(missing_ok=True)


# What a verdict depends on ------------------------------------------------------------------------


def _sources(answer: Answer) -> Mapping[str, bytes]:
    """The files that an answer can import: those that it mentions, or all, where it can find others by itself."""
    mentioned = mentioned_sources(answer)
    return answer.sources if any(mentions(source) & FINDERS for source in mentioned.values()) else mentioned


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@functools.cache
def _grader_files() -> dict[str, str]:
    """Every source file of the grader by its path, with a digest of its content."""
    return {path.relative_to(GRADER).as_posix(): _digest(path.read_bytes()) for path in sorted(GRADER.rglob("*.py"))}


def _course_files(exercise: Exercise) -> dict[str, str]:
    """The grader without what belongs to other exercises."""
    own = {f"checks/test_{exercise.name}.py", f"mistakes/{exercise.name}.py"}
    return {
        name: digest
        for name, digest in _grader_files().items()
        if name in own or not name.startswith(("checks/test_", "mistakes/ex"))
    }


@functools.cache
def _machine() -> list[str]:
    versions = [importlib.metadata.version(name) for name in LIBRARIES]
    # Whether there is a graphics card decides what "auto" means; asking PyTorch takes seconds.
    cards = [str(os.path.exists("/dev/nvidiactl")), os.environ.get("CUDA_VISIBLE_DEVICES", "")]
    return [str(FORMAT), platform.python_version(), platform.platform(), *versions, *cards]


# As JSON ------------------------------------------------------------------------------------------


def _written(verdict: Verdict) -> dict[str, Any]:
    grade = verdict.grade
    checks = [
        {
            "name": one.check.name,
            "outcome": one.outcome,
            "message": one.message,
            "mistake": one.mistake,
            "seconds": one.seconds,
            "pictures": _plain(one.pictures),
        }
        for one in grade.checks
    ]
    how = {"isolation": verdict.isolation, "device": verdict.device, "seed": verdict.seed}
    return {"checks": checks, "notes": grade.notes, "flags": grade.flags, **how}


PICTURES = {
    kind.__name__: kind
    for kind in (
        *(pictures.Array, pictures.Arrays, pictures.Layer, pictures.Layers),
        *(pictures.Series, pictures.Curves, pictures.Image, pictures.Images),
    )
}


def _plain(value: Any) -> Any:
    """Pictures as lists, and dicts that name their kind."""
    if dataclasses.is_dataclass(value):
        fields = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"kind": type(value).__name__, **fields}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _pictured(value: Any) -> Any:
    """What `_plain` was given."""
    if isinstance(value, dict):
        fields = {name: _pictured(item) for name, item in value.items() if name != "kind"}
        return PICTURES[value["kind"]](**fields)
    return tuple(map(_pictured, value)) if isinstance(value, list) else value


def _read(content: Any, answer: Answer) -> Verdict:
    """The verdict that was written; anything else raises one of the errors that `recall` expects."""
    checks = {check.name: check for check in answer.exercise.checks}
    grades = tuple(
        CheckGrade(
            checks[one["name"]],
            one["outcome"],
            message=str(one["message"]),
            mistake=None if one["mistake"] is None else str(one["mistake"]),
            seconds=float(one["seconds"]),
            cached=True,
            pictures=_pictured(one["pictures"]),
        )
        for one in content["checks"]
    )
    if not {one.outcome for one in grades} <= set(get_args(Outcome)):
        raise ValueError("no outcome")
    exercise = dataclasses.replace(answer.exercise, checks=tuple(one.check for one in grades))
    notes, flags = (tuple(str(one) for one in content[name]) for name in ("notes", "flags"))
    grade = ExerciseGrade(exercise, answer.path, grades, None, notes, flags)
    return Verdict(grade, str(content["isolation"]), str(content["device"]), int(content["seed"]))
