"""A lesson names the test that computes a number, in a comment beside it: each of them exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LESSONS = sorted((ROOT / "docs" / "en" / "lessons").glob("*.md"))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_test_named_in_a_lesson_exists(lesson: Path) -> None:
    named = re.findall(r"<!-- (tests/\S+?)::(\w+) -->", lesson.read_text("utf-8"))
    assert named
    for file, test in named:
        functions = [node.name for node in ast.parse((ROOT / file).read_text("utf-8")).body if hasattr(node, "name")]
        assert test in functions, f"{file}::{test}"
