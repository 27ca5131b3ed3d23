"""Code that tries for points it has not earned gets none. What it tries beyond that is in tests/exploits."""

import pytest

from tests.conftest import ROOT, GradeSource

IMPORTS = "import threading, time, torch\nimport torch.nn.functional as F\n"


@pytest.mark.parametrize("operation", ["conv2d(X[None, None], K[None, None])", "Conv2d(1, 1, 2)(X[None, None])"])
def test_the_ready_made_operation_is_named_kindly(operation: str, grade_source: GradeSource) -> None:
    imports = "from torch.nn import *\nfrom torch.nn.functional import *\n"
    source = f"{imports}def corr2d(X, K):\n    return {operation}[0, 0]\n"
    message = grade_source("ex11_corr2d", source).checks[0].message
    assert "Your code calls the ready-made conv2d" in message
    assert "line 4" in message


@pytest.mark.parametrize("package", ["scipy.signal", "onnxruntime"])  # installed, and not
def test_a_package_for_it_is_refused_and_named(package: str, grade_source: GradeSource) -> None:
    grade = grade_source("ex11_corr2d", f"import {package}\ndef corr2d(X, K):\n    return X\n")
    assert grade.score == 0
    assert f"ready-made {package.split('.')[0]}." in grade.checks[0].message


def test_to_ask_whether_a_package_is_there_is_no_import(grade_source: GradeSource) -> None:
    """PyTorch itself asks so, when torchvision is imported, and others that can do without."""
    solution = (ROOT / "solutions" / "ex11_corr2d.py").read_text(encoding="utf-8")
    asked = "import importlib.util\nfor name in ('scipy', 'onnxruntime'):\n    importlib.util.find_spec(name)\n"
    tried = "try:\n    import sklearn\nexcept ImportError:\n    pass\n"
    grade = grade_source("ex11_corr2d", asked + tried + solution.replace("from __future__ import annotations\n", ""))
    assert grade.score == grade.max_score, [check.message for check in grade.checks]


def test_a_ban_lasts_for_its_own_exercise_only(grade_source: GradeSource) -> None:
    grade_source("ex11_corr2d", "import torch\ndef corr2d(X, K): return torch.conv2d(X[None, None], K[None, None])\n")
    solution = (ROOT / "solutions" / "ex32_vgg.py").read_bytes()
    grade = grade_source("ex32_vgg", solution)
    assert grade.checks[0].outcome == "passed"


# Ways to have the backward pass done, and the call that the learner is told.
LEAVES = "X.requires_grad_(), K.requires_grad_()"
LOSS = "(torch.conv2d(X[None, None], K[None, None])[0, 0] * dY).sum()"
FORWARD = "lambda X, K: torch.conv2d(X[None, None], K[None, None])[0, 0]"
TRANSPOSED = "None, [1, 1], [0, 0], [1, 1], True, [0, 0], 1"
READY_MADE_GRADIENTS = {
    f"{LEAVES}; return torch.autograd.grad({LOSS}, [X, K])": "autograd.grad",
    f"{LEAVES}; return getattr(torch.autograd, 'gr' + 'ad')({LOSS}, [X, K])": "autograd.grad",
    f"from torch.autograd import grad; {LEAVES}; return grad({LOSS}, [X, K])": "autograd.grad",
    f"{LEAVES}; {LOSS}.backward(); return X.grad, K.grad": "Tensor.backward",
    f"{LEAVES}; torch.Tensor.backward({LOSS}); return X.grad, K.grad": "Tensor.backward",
    f"{LEAVES}; torch.autograd.backward([{LOSS}]); return X.grad, K.grad": "autograd.backward",
    f"return torch.func.vjp({FORWARD}, X, K)[1](dY)": "func.vjp",
    f"return torch.func.grad(lambda X, K: {LOSS}, argnums=(0, 1))(X, K)": "func.grad",
    f"return torch._functorch.apis.grad(lambda X, K: {LOSS}, argnums=(0, 1))(X, K)": "func.grad",
    f"return torch.func.jacrev(lambda X, K: {LOSS}, argnums=(0, 1))(X, K)": "func.jacrev",
    f"return torch.func.jacfwd(lambda X, K: {LOSS}, argnums=(0, 1))(X, K)": "func.jacfwd",
    f"return torch.func.linearize(lambda X, K: {LOSS}, X, K)[1](X, K)": "func.linearize",
    f"return torch.func.jvp({FORWARD}, (X, K), (X, K))": "func.jvp",
    f"return torch.autograd.functional.vjp({FORWARD}, (X, K), dY)[1]": "autograd.functional.vjp",
    f"return torch.autograd.functional.jacobian(lambda X, K: {LOSS}, (X, K))": "autograd.functional.jacobian",
    "import torch.autograd.forward_ad as ad; ad.enter_dual_level(); return ad.make_dual(X, X)": "autograd.forward_ad",
    r"return torch.jit.CompilationUnit('def f(x):\n    return torch.autograd.grad([x], [x])\n').f(X)": "autograd.grad",
    "return F.conv_transpose2d(dY[None, None], K[None, None])[0, 0], K": "conv_transpose2d",
    "return torch.nn.ConvTranspose2d(1, 1, 2)(dY[None, None])[0, 0], K": "conv_transpose2d",
    f"return torch.convolution(dY[None, None], K[None, None], {TRANSPOSED})[0, 0], K": "conv_transpose2d",
    f"return torch.convolution(torch.ones(9, 9, 99, 99), torch.ones(9, 9, 3, 3), {TRANSPOSED}), K": "conv_transpose2d",
    "torch.backends.mkldnn.enabled = True": "_set_mkldnn_enabled",
    "torch._C._jit_set_profiling_mode(True)": "_jit_set_profiling_mode",
    "return torch.nn.grad.conv2d_input((1, 1, *X.shape), K[None, None], dY[None, None])[0, 0], K": (
        "convolution_backward"
    ),
    "return X, torch.nn.grad.conv2d_weight(X[None, None], (1, 1, *K.shape), dY[None, None])[0, 0]": (
        "convolution_backward"
    ),
}
# Ways past the functions that are replaced: nothing was recorded, so nothing comes back.
SCRIPT = "def f(x, k):\\n    return (x * k * x).tanh()\\ndef b(y):\\n    y.sum().backward()\\n"
HIDDEN_GRADIENTS = {
    "the engine itself": f"""
    {LEAVES}
    return torch._C._ImperativeEngine().run_backward(({LOSS},), (torch.tensor(1.0),), False, False, (X, K), True)""",
    "the function below": f"""
    {LEAVES}
    below = torch.autograd.graph._engine_run_backward
    return below(({LOSS},), (torch.tensor(1.0),), False, False, (X, K), True, accumulate_grad=False)""",
    "another thread": f"""
    {LEAVES}
    threading.Thread(target=lambda: {LOSS}.backward()).start()
    time.sleep(0.2)
    return X.grad, K.grad""",
    "an operation with a backward of its own": f"""
    class Ready(torch.autograd.Function):
        forward = staticmethod(lambda context, X, K: {LOSS})
        backward = staticmethod(lambda context, grad: torch.autograd.grad({LOSS}, [X, K]))
    {LEAVES}
    Ready.apply(X, K)
    return Ready.backward(None, dY)""",
    "TorchScript, which differentiates by itself": f"""
    unit = torch.jit.CompilationUnit("{SCRIPT}")
    image, kernel = torch.ones(4, 4, requires_grad=True), torch.ones(4, 4, requires_grad=True)
    for _ in range(3):
        y = unit.f(image, kernel)
    if y.requires_grad:
        raise ArithmeticError("TorchScript has recorded this")
    unit.b(y)""",
}


@pytest.mark.parametrize(("code", "call"), READY_MADE_GRADIENTS.items())
def test_a_ready_made_backward_pass_is_named_kindly(code: str, call: str, grade_source: GradeSource) -> None:
    grade = grade_source("ex17_backward", f"{IMPORTS}def corr2d_backward(X, K, dY):\n    {code}\n")
    assert {check.outcome for check in grade.checks} <= {"failed", "blocked"}
    assert grade.checks[0].message.startswith("Your code calls the ready-made ")
    assert call in grade.checks[0].message


@pytest.mark.parametrize("code", HIDDEN_GRADIENTS.values(), ids=HIDDEN_GRADIENTS)
def test_a_hidden_backward_pass_earns_nothing(code: str, grade_source: GradeSource) -> None:
    grade = grade_source("ex17_backward", f"{IMPORTS}def corr2d_backward(X, K, dY):{code}\n")
    assert {check.outcome for check in grade.checks} <= {"failed", "error", "blocked"}
    assert "ArithmeticError" not in grade.checks[0].message


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
    assert "sent something else than what was asked for" in grade.checks[-1].message
