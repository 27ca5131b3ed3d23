"""Flags point at what deserves a look, leave honest answers alone, and come whatever the source."""

import dataclasses
import json

import pytest

from grader.flags import MAX_FLAGS, READY_MADE, TAMPERING, find
from grader.model import Answer, Exercise, Grade, Options
from grader.report import json as json_report
from tests.conftest import ROOT, GradeSource

HONEST = sorted([*(ROOT / "solutions").glob("ex*.py"), *(ROOT / "tests" / "variants").glob("*/*.py")])


def flags(course: dict[str, Exercise], source: str | bytes, **beside: str) -> tuple[str, ...]:
    content = source.encode() if isinstance(source, str) else source
    sources = {"ex11_corr2d": content, **{name: text.encode() for name, text in beside.items()}}
    return find(Answer(course["ex11_corr2d"], "exercises/ex11_corr2d.py", sources))


@pytest.mark.parametrize(
    "source",
    [
        "import torch.nn.functional as F\ny = F.conv2d(x, k)",
        "from torch.nn import *\nlayer = LazyConv2d(1, 2)",
        "import torch\ny = torch.ops.aten.convolution(x)",
        "import torch\ny = getattr(torch, 'conv2d')(x)",
        "import torch\ny = eval('torch.conv_transpose1d')",
        "import numpy as np\ny = np.convolve(x, k)",
        "from scipy.signal import correlate2d as mine\ny = mine(x, k)",
        "import torch\nf = torch.jit.CompilationUnit('''def f(x, k):\n    return torch.conv2d(x, k)\n''')",
        "from PIL import Image\ny = Image.fromarray(x).im.filter((3, 3), 1.0, 0.0, k)",
        "import torch.nn as nn\nclass A(nn.Module):\n    def __init__(self):\n        self.layer = nn.Conv2d(1, 1, 2)",
    ],
)
def test_a_ready_made_operation_is_flagged(source: str, course: dict[str, Exercise]) -> None:
    kinds = [flag.split(":")[0] for flag in flags(course, source)]
    assert READY_MADE in kinds


def test_a_flag_names_file_line_text_and_reason(course: dict[str, Exercise]) -> None:
    (flag,) = flags(course, "import torch\n\ny = torch.conv2d(x, k)  # done\n")
    assert flag == (
        "ready-made: ex11_corr2d.py, line 3: y = torch.conv2d(x, k)  # done – "
        "This exercise is about writing the operation yourself."
    )


@pytest.mark.parametrize(
    "line",
    [
        "from grader.checks import test_ex11_corr2d",
        "import solutions.ex11_corr2d",
        "import sys as s\nframe = s._getframe(1)",
        "from sys import _getframe as here\nframe = here()",
        "import gc\nfor thing in gc.get_objects(): print(thing)",
        "import gc\ngc.get_referrers(1)",
        "import ctypes",
        "import os\nos._exit(0)",
        "import inspect\ninspect.stack()",
        "import inspect\ninspect.currentframe()",
        "import sys\nsys.modules['torch'] = None",
        "text = open('/proc/self/maps').read()",
        "text = open('../solutions/ex11_corr2d.py').read()",
        "torch = __import__('torch')",
        "x = eval('1 + 1')",
        "exec('y = 1')",
        "import socket",
        "from subprocess import run",
        "import os\nos.fork()",
        "from os import system\nsystem('ls')",
        "import builtins\nbuiltins.abs = None",
        "import torch\ntorch.allclose = lambda *args: True",
        "import torch\ntorch.Tensor.__eq__ = lambda *args: True",
        "import torch as t\nsetattr(t, 'all' + 'close', None)",
        "__name__ = '__main__'",
        "import torch\ny = torch.ops.prim.mkldnn_convolution(x, k)",
        "import torch\nf = torch._C.parse_ir(text)",
        "text = 'graph(%x : Tensor):\\n  %y = prim::mkldnn_convolution(%x)'",
        "import torch\ntorch.jit.enable_onednn_fusion(True)",
    ],
)
def test_a_trace_of_tampering_is_flagged(line: str, course: dict[str, Exercise]) -> None:
    assert any(flag.startswith(f"{TAMPERING}: ex11_corr2d.py, line ") for flag in flags(course, line))


@pytest.mark.parametrize(
    "source",
    [
        '"""No conv2d here, says the grader: `python -m grader`."""\nx = 1',
        "def convolve(x, k):\n    return x * k\n\n\ndef corr2d(X, K):\n    return convolve(X, K)",
        "class Net:\n    def __init__(self):\n        self.conv2d = 1\n\n    def go(self):\n        return self.conv2d",
        "if __name__ == '__main__':\n    import torch, subprocess\n    print(torch.conv2d(x, k), eval('1'))",
        "net.eval()\nsolutions = []\nsolutions.append(1)",
        "import torch\ny = torch.stack([x])",
        "from PIL import Image\nkept = list(filter(None, x))",
        "print('not what F.conv2d gives')",
        "import torch\ntorch.backends.cudnn.benchmark = True",
        "import matplotlib.pyplot as plt\nplt.title('Convolution')\nplt.rcParams['figure.dpi'] = 100",
    ],
)
def test_what_is_honest_is_not_flagged(source: str, course: dict[str, Exercise]) -> None:
    assert flags(course, source) == ()


@pytest.mark.parametrize("path", HONEST, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_honest_answers_have_no_flags(path, course: dict[str, Exercise]) -> None:
    name = path.stem if path.stem in course else path.parent.name
    assert find(Answer(course[name], path.name, {name: path.read_bytes()})) == ()


def test_the_operation_may_be_used_where_it_is_not_the_exercise(course: dict[str, Exercise]) -> None:
    source = b"import torch.nn as nn\nnet = nn.Conv2d(1, 1, 2)"
    assert find(Answer(course["ex24_lenet"], "ex24_lenet.py", {"ex24_lenet": source})) == ()


def test_only_files_that_the_answer_imports_are_looked_at(course: dict[str, Exercise]) -> None:
    hostile = "import ctypes"
    used = flags(course, "from tools import f", tools="import more", more=hostile, other=hostile)
    assert [flag.split(", ")[0] for flag in used] == ["tampering: more.py"]
    assert flags(course, "import importlib\nm = importlib.import_module('other')", other=hostile)


@pytest.mark.parametrize(
    "source",
    [
        b"def f(:",
        b"\xff\xfe",
        b"# coding: klingon\n",
        b"(" * 10_000,
        b"x" + b".y" * 50_000,
        b"x = " + b"-" * 50_000 + b"1",
        b"import ctypes\n" * 10_000,
        b"import a\n" + b"a.b = 1\n" * 15_000,
        b"x = [" + b"1," * 90_000 + b"]",
        b"x = '" + b"conv" * 40_000 + b"'",
        b"import ctypes  # " + b"\x1b[31m \x00"[:5] + b"z" * 100_000,
    ],
    ids=range(11),
)
def test_source_made_to_be_hard_is_read_or_left(source: bytes, course: dict[str, Exercise]) -> None:
    found = flags(course, source, ex22_accuracy="import ex11_corr2d")
    assert len(found) <= MAX_FLAGS
    assert all(len(flag) < 400 and flag.isprintable() for flag in found)


def test_flags_cost_nothing_and_stand_in_the_report(grade_source: GradeSource, options: Options) -> None:
    solution = (ROOT / "solutions" / "ex11_corr2d.py").read_text(encoding="utf-8")
    grade = grade_source("ex11_corr2d", f"{solution}\nimport ctypes\nimport torch\nlayer = torch.nn.Conv2d\n")
    assert grade.score == grade.max_score
    assert [flag.split(":")[0] for flag in grade.flags] == [TAMPERING, READY_MADE]
    report = json.loads(json_report.render(Grade("exercises", (grade,), "fork", options)))
    assert report["exercises"][0]["flags"] == list(grade.flags)
    assert dataclasses.replace(grade, flags=()).score == grade.score


def test_windows_that_are_only_looked_at_are_own_work(course: dict[str, Exercise]) -> None:
    def found(code: str) -> tuple[str, ...]:
        source = f"import torch.nn.functional as F\ndef im2col(X, size):\n    return {code}\n".encode()
        return find(Answer(course["ex18_im2col"], "ex18_im2col.py", {"ex18_im2col": source}))

    assert found("X.unfold(2, size, 1)[0].unfold(2, size, 1)") == ()
    assert len(found("F.unfold(X, size)")) == 1
