"""Code that tries for points it has not earned gets none, and reads nothing that is not its own."""

import pytest

from tests.conftest import ROOT, GradeSource

READ = """
def corr2d(X, K):
    {body}
    namespace = {{}}
    exec(source, namespace)
    return namespace["corr2d"](X, K)
"""

CHEATS = {
    "knows the worked example by heart": """
import torch
def corr2d(X, K):
    return torch.tensor([[19.0, 25.0], [37.0, 43.0]])
""",
    "patches torch.allclose and builtins": """
import builtins, torch
torch.allclose = torch.equal = lambda *args, **kwargs: True
torch.Tensor.__eq__ = torch.Tensor.__lt__ = lambda *args: True
builtins.abs = builtins.max = builtins.all = builtins.any = lambda *args: True
class AssertionError(Exception): pass
builtins.AssertionError = AssertionError
def corr2d(X, K): return X
""",
    "walks frames and the garbage collector to the expected values": """
import gc, sys, torch
def corr2d(X, K):
    frame = sys._getframe()
    while frame is not None:
        for name in ("expected", "target", "reference"):
            if name in frame.f_locals:
                return frame.f_locals[name](X, K) if callable(frame.f_locals[name]) else frame.f_locals[name]
        frame = frame.f_back
    shape = (X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1)
    found = [one for one in gc.get_objects() if isinstance(one, torch.Tensor) and one.shape == shape]
    return found[0] if found else X
""",
    "returns an object that equals everything": """
class Equal:
    shape = property(lambda self: self)
    def __eq__(self, other): return True
    def __getattr__(self, name): return self
    def __call__(self, *args, **kwargs): return self
    def __iter__(self): return iter([self])
    def __bool__(self): return True
def corr2d(X, K): return Equal()
""",
    "returns a tensor subclass that equals everything": """
import torch
class Equal(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None): return True
def corr2d(X, K): return torch.zeros(X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1).as_subclass(Equal)
""",
    "reads solutions/ by its path": READ.format(
        body=f"source = open({str(ROOT / 'solutions' / 'ex11_corr2d.py')!r}).read()"
    ),
    "reads the known mistakes by their path": READ.format(
        body=f"source = open({str(ROOT / 'grader' / 'mistakes' / 'ex11_corr2d.py')!r}).read()"
    ),
    "imports the solutions": "from solutions.ex11_corr2d import corr2d\n",
    "imports the checks for their reference": "from grader.checks.test_ex11_corr2d import reference as corr2d\n",
    "ends the process with success": "import os, atexit\ndef corr2d(X, K): os._exit(0)\n",
    "raises what pytest takes for a skip": """
class Skipped(BaseException): pass
Skipped.__module__ = "_pytest.outcomes"
def corr2d(X, K): raise Skipped("skipped")
""",
    "writes a forged reply to every descriptor": """
import os, json, struct
def corr2d(X, K):
    text = json.dumps({"dict": [["value", {"list": [{"list": [19, 25]}, {"list": [37, 43]}]}]]}).encode()
    message = struct.pack("<I", len(text)) + text
    for descriptor in range(3, 256):
        try: os.write(descriptor, struct.pack("<Q", len(message)) + message)
        except OSError: pass
    return X
""",
    "replaces the probes and the encoder": """
import sys, torch
for name, module in list(sys.modules.items()):
    if name.startswith("grader.sandbox.probes"):
        for attribute in list(vars(module)):
            if callable(getattr(module, attribute)):
                setattr(module, attribute, lambda *args, **kwargs: {"value": True, "gradients": [True, True]})
def corr2d(X, K): return X
""",
    "uses conv2d under another name": """
import torch
operator = getattr(torch.ops.aten, "con" + "v2d")
def corr2d(X, K): return operator(X[None, None], K[None, None])[0, 0]
""",
    "uses conv2d in a thread, compiled": """
import threading, torch
@torch.jit.script
def run(X, K):
    return torch.conv2d(X[None, None], K[None, None])[0, 0]
def corr2d(X, K):
    result = []
    thread = threading.Thread(target=lambda: result.append(run(X, K)))
    thread.start(); thread.join()
    return result[0]
""",
    "uses the transposed convolution's gradient": """
import torch
def corr2d(X, K):
    Y = torch.zeros(X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1, requires_grad=True)
    full = torch.nn.functional.conv_transpose2d(Y[None, None], K[None, None])[0, 0]
    return torch.autograd.grad(full, Y, X)[0]
""",
    "uses nn.Conv2d": """
import torch
def corr2d(X, K):
    layer = torch.nn.Conv2d(1, 1, tuple(K.shape), bias=False)
    layer.weight.data[0, 0] = K
    return layer(X[None, None])[0, 0]
""",
    "uses scipy": """
from scipy.signal import correlate2d
import torch
def corr2d(X, K): return torch.from_numpy(correlate2d(X.numpy(), K.numpy(), mode="valid"))
""",
}


@pytest.mark.parametrize("source", CHEATS.values(), ids=CHEATS)
def test_a_cheat_earns_nothing(source: str, grade_source: GradeSource) -> None:
    grade = grade_source("ex11_corr2d", source, seconds=5)
    assert grade.score == 0, [(check.check.name, check.outcome) for check in grade.checks]


@pytest.mark.parametrize("operation", ["conv2d(X[None, None], K[None, None])", "Conv2d(1, 1, 2)(X[None, None])"])
def test_the_ready_made_operation_is_named_kindly(operation: str, grade_source: GradeSource) -> None:
    imports = "from torch.nn import *\nfrom torch.nn.functional import *\n"
    source = f"{imports}def corr2d(X, K):\n    return {operation}[0, 0]\n"
    message = grade_source("ex11_corr2d", source).checks[0].message
    assert "Your code calls the ready-made convolution" in message
    assert "line 4" in message


def test_a_ban_lasts_for_its_own_exercise_only(grade_source: GradeSource) -> None:
    grade_source("ex11_corr2d", "import torch\ndef corr2d(X, K): return torch.conv2d(X[None, None], K[None, None])\n")
    solution = (ROOT / "solutions" / "ex32_vgg.py").read_bytes()
    grade = grade_source("ex32_vgg", solution)
    assert grade.checks[0].outcome == "passed"


FORGED = {
    "a line that is no number": {"type": "E", "text": "", "module": "ex11_corr2d", "line": "9", "stub": False},
    "a text that is no text": {"type": "E", "text": [1], "module": None, "line": None, "stub": False},
    "missing fields": {"type": "E"},
    "no fields": 5,
}


@pytest.mark.parametrize("raised", FORGED.values(), ids=FORGED)
def test_a_forged_exception_is_an_error_and_breaks_nothing(raised: object, grade_source: GradeSource) -> None:
    patch = f"import grader.sandbox.inside as inside\ninside.describe = lambda error: {raised!r}\n"
    source = f"{patch}def corr2d(X, K): 1 / 0\n"
    grade = grade_source("ex11_corr2d", source)
    assert grade.checks[0].outcome == "error"
    assert "reply of unknown form" in grade.checks[0].message


def test_a_probe_replaced_by_nonsense_costs_its_own_check_only(grade_source: GradeSource) -> None:
    solution = (ROOT / "solutions" / "ex11_corr2d.py").read_text(encoding="utf-8")
    source = f"{solution}\nimport grader.sandbox.probes.call as probes\nprobes.vjp = lambda *args: None\n"
    grade = grade_source("ex11_corr2d", source)
    assert [check.outcome for check in grade.checks] == ["passed"] * 4 + ["error"] * 2
    assert "could not make sense of what came back" in grade.checks[-1].message
