"""The mutants of benchmarks.mutants: which changes are made, which are not, and that explanations are not stale."""

from benchmarks import mutants
from grader.course import load_course

STUB = b'''
def given(x):
    return x + 1


def f(a, b=2):
    raise NotImplementedError("write f")
'''
SOLUTION = b'''
def given(x):
    return x + 1


def f(a, b=2):
    """Says 1 + 1."""
    with a:
        c = g(a, b, key=True) if a < -b and not b else [0.5, "x"]
    print("done", 1 + 1)
    if b > 3:
        raise ValueError("b is 4" + "5")
    return c
'''


def test_every_kind_of_change_is_made_once() -> None:
    line = "c = g(a, b, key=True) if a < -b and (not b) else [0.5, 'x']"
    assert sorted((one.before, one.after) for one in mutants.mutants(SOLUTION, STUB)) == sorted(
        [
            ("def f(a, b=2)", "def f(a, b=3)"),
            ("def f(a, b=2)", "def f(a, b=1)"),
            ("with a:", "(dropped)"),
            ("with a:", "if True:"),
            (line, "(dropped)"),
            (line, line.replace("(a, b,", "(b, a,")),
            (line, line.replace(", key=True", "")),
            (line, line.replace("True", "False")),
            (line, line.replace("<", "<=")),
            (line, line.replace("-b", "+b")),
            (line, line.replace("and (not b)", "or not b")),
            (line, line.replace("(not b)", "(not not b)")),
            (line, line.replace("0.5", "1.0")),
            (line, line.replace("'x'", "'x?'")),
            ("if b > 3:", "(dropped)"),
            ("if b > 3:", "if b >= 3:"),
            ("if b > 3:", "if b > 4:"),
            ("if b > 3:", "if b > 2:"),
            ("raise ValueError('b is 4' + '5')", "(dropped)"),
            ("return c", "(dropped)"),
        ]
    )


def test_mutants_are_whole_programs_that_differ() -> None:
    sources = [one.source for one in mutants.mutants(SOLUTION, STUB)]
    assert len(set(sources)) == len(sources)
    for source in sources:
        compile(source, "mutant.py", "exec")


def test_every_explanation_is_of_a_mutant_that_exists() -> None:
    there = {
        (exercise.name, one.before, one.after) for exercise in load_course() for one in mutants.all_mutants(exercise)
    }
    assert [known for known in mutants.explanations() if known not in there] == []
