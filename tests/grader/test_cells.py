"""Of the cells of a notebook an answer is made: what the checks call and what that needs, each line in its place."""

import pytest

from grader import cells, notebooks


def joined(*code: str, wanted: str = "f") -> list[str]:
    """The module of these cells, line by line, without the first line."""
    module, _ = cells.join([(f"cell {number}", text) for number, text in enumerate(code, 1)], [wanted])
    return module.decode().split("\n")[1:]


def test_of_the_cells_only_what_the_answer_needs_is_taken_and_every_line_keeps_its_place() -> None:
    assert joined(
        "import torch\nimport matplotlib.pyplot as plt\nSIZE = 3",
        'def helper(x):\n    """Doc."""\n    return x * SIZE\n\ndef f(X):\n    Y = torch.exp(X)\n    return helper(Y)',
        "Y = f(torch.ones(3))\nwhile True: plt.plot(Y)",
    ) == [
        "import torch", "", "SIZE = 3",
        "def helper(x):", '    """Doc."""', "    return x * SIZE", "", "def f(X):", "    Y = torch.exp(X)",
        "    return helper(Y)",
        "", "",
    ]  # fmt: skip


NEEDED = {
    "the last definition, and those before it": ["def f(): return 1\n", "def f(): return 2"],
    "what is added to a class later": ["class f: pass", "f.size = 3", "@f.register\ndef g(x): return x"],
    "what is put into a list": ["sizes = []\nsizes.append(3)\nsizes[0] += 1\ndef f(): return sizes"],
    "a choice": ["if True:\n    size = 1\nelse:\n    size = 2\ndef f(x=size): return x"],
    "a base class, a decorator, a default": ["class A: pass", "def d(g): return g", "@d\ndef f(x=A()): return x"],
    "a global of a nested function": ["k = 1\ndef f():\n    def g(): return k\n    return g()"],
    "two on a line": ["x = 1; y = 2\ndef f(): return x + y"],
    "the statement that ends where another begins": ["x = [1,\n  2]; y = 2\ndef f(): return x + y"],
    "nobody knows what from": ["from math import *"],
    "words that are no magic": ['def f(x):\n    """\n%time\n!ls\n"""\n    return (x\n        % 3)'],
    "accents before the end of a statement": ["ä = 'é'; y = ä\ndef f(): return y"],
}


@pytest.mark.parametrize("code", NEEDED.values(), ids=NEEDED)
def test_what_is_needed_is_taken_as_it_is(code: list[str]) -> None:
    assert joined(*code) == "\n".join(code).split("\n")


SKIPPED = {
    "magics": "%matplotlib inline\n%pip install x \\\n  y",
    "magics that give a value": "took = %time f()\nfiles = !ls",
    "a magic in a block": "if True:\n    %time f()",
    "shell lines": "!pip install torch",
    "help": "torch.nn.Conv2d?\n?f\nf??\nf.*x?",
    "other languages": "%%bash\nls -l (",
    "the cell that fetches the grader": notebooks.SETUP,
    "the cell that checks": notebooks.CHECK.format(name="ex11_corr2d"),
    "what is tried out": "result = f(3)\nprint(result)\nplt.show()\nassert result == 4\nfor i in range(9): f(i)",
    "imports for that": "import matplotlib.pyplot as plt",
    "local names that are global too": "def other():\n    f = 1",
    "comments": "# why?",
}


@pytest.mark.parametrize("code", SKIPPED.values(), ids=SKIPPED)
def test_what_is_not_needed_is_blank(code: str) -> None:
    lines = [""] * len(code.split("\n"))
    assert joined(code, "def f(x): return x") == [*lines, "def f(x): return x"]


def test_a_cell_that_only_takes_the_time_or_the_output_defines_as_any_other() -> None:
    assert joined("%%time\ndef f(): pass", "%%capture out\nx = 1") == ["", "def f(): pass", "", ""]


def test_imports_from_the_future_come_first() -> None:
    module, places = cells.join([("a", "x = 1"), ("b", "from __future__ import annotations\ndef f(): return x")], ["f"])
    assert module.decode().split("\n") == ["from __future__ import annotations", "x = 1", "", "def f(): return x"]
    assert [place.line for place in places] == [2, 3]


def test_line_ends_of_every_system_are_line_ends() -> None:
    assert joined("x = 1\r\ny = 2\rdef f(): return y") == ["", "y = 2", "def f(): return y"]
