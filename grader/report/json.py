"""The grade as JSON, version 1: for other programs. The fields are those of docs/en/grader/index.md."""

from __future__ import annotations

import json

from grader.model import CheckGrade, ExerciseGrade, Grade


def render(grade: Grade) -> str:
    """The JSON text, in ASCII."""
    content = {
        "version": 1,
        "score": grade.score,
        "max_score": grade.max_score,
        "isolation": grade.isolation,
        "device": grade.options.device,
        "seed": grade.options.seed,
        "complete": grade.complete,
        "exercises": [_exercise(exercise) for exercise in grade.exercises],
    }
    return json.dumps(content, indent=2) + "\n"


def _exercise(grade: ExerciseGrade) -> dict[str, object]:
    return {
        "name": grade.exercise.name,
        "score": grade.score,
        "max_score": grade.max_score,
        "message": grade.message,
        "flags": list(grade.flags),
        "checks": [_check(check) for check in grade.checks],
    }


def _check(grade: CheckGrade) -> dict[str, object]:
    return {
        "name": grade.check.name,
        "title": grade.check.title,
        "outcome": grade.outcome,
        "score": grade.score,
        "max_score": grade.check.points,
        "message": grade.message,
        "mistake": grade.mistake,
        "hints": list(grade.check.hints),
        "seconds": grade.seconds,
        "cached": grade.cached,
    }
