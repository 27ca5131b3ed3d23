"""What is said of a wrong answer is true of it: no mistake is named that was not made, no title accuses in vain."""

import re
from typing import NamedTuple

import pytest

from tests.conftest import GradeSource


class Case(NamedTuple):
    """An answer, a check, and what should come of it."""

    stem: str
    source: str
    check: str
    outcome: str
    message: str = ""  # found in the message
    mistake: str | None = None  # found in the sentence of the mistake; None: no mistake is named


SQUARE = """
import torch
def corr2d(X, K):
    k = len(K)
    Y = torch.zeros(X.shape[0] - k + 1, X.shape[1] - k + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + k, j : j + k] * K).sum()
    return Y
"""
ONE_TOO_MANY = """
import torch
def corr2d(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 2)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y
"""
ONE_TOO_FEW = """
def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride
"""
PLAIN_EXCEPTION = """
def conv_output_size(n, kernel, padding=0, stride=1, dilation=1):
    if min(kernel, stride, dilation) < 1 or padding < 0:
        raise Exception("kernel, stride, dilation or padding is wrong")
    size = (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
    if size < 1:
        raise Exception("the kernel does not fit")
    return size
"""
NOT_EVALUATING = """
import torch
def accuracy(y_hat, y):
    return (y_hat.argmax(dim=1) == y).sum()
def evaluate_accuracy(net, data_iter, device=None):
    with torch.no_grad():
        counts = [(accuracy(net(X), y), len(y)) for X, y in data_iter]
    return sum(right for right, _ in counts) / sum(number for _, number in counts)
"""
A_CLASS = """
from torch import nn
class Net(nn.Module):
    pass
def lenet(num_classes=10):
    return Net
"""
POOLING_BEFORE_ONE_SIGMOID = """
from torch import nn
def lenet(num_classes=10):
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.AvgPool2d(2), nn.Sigmoid(),
        nn.Flatten(), nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, num_classes))
"""
LAYERS_IN_A_LIST = """
from torch import nn
class vgg_block(nn.Module):
    def __init__(self, num_convs, in_channels, out_channels):
        super().__init__()
        sizes = [in_channels] + num_convs * [out_channels]
        self.convs = [nn.Conv2d(a, b, 3, padding=1) for a, b in zip(sizes, sizes[1:])]
    def forward(self, X):
        for conv in self.convs:
            X = conv(X).relu()
        return nn.functional.max_pool2d(X, 2)
"""
CEIL_MODE = """
from torch import nn
def digit_net():
    return nn.Sequential(
        nn.Conv2d(1, 8, 2), nn.ReLU(), nn.MaxPool2d(4, ceil_mode=True), nn.Flatten(), nn.Linear(8 * 7 * 7, 10))
"""
NO_RELU_AFTER_THE_SUM = """
import torch
from torch import nn
class Residual(nn.Module):
    def __init__(self, in_channels, out_channels, use_1x1conv=False, stride=1):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride, 1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, 1, 1), nn.BatchNorm2d(out_channels))
        self.side = nn.Conv2d(in_channels, out_channels, 1, stride) if use_1x1conv else nn.Identity()
    def forward(self, X):
        return self.main(X) + self.side(X)
"""

CASES = {
    "a kernel that must be square": Case("ex11_corr2d", SQUARE, "test_inputs_are_left_alone", "blocked"),
    "an error that says little": Case("ex11_corr2d", ONE_TOO_MANY, "test_shape", "error", "must match the size"),
    "one too few is an int": Case("ex12_output_size", ONE_TOO_FEW, "test_sizes_are_whole_numbers", "blocked"),
    "one too few, dilated": Case("ex12_output_size", ONE_TOO_FEW, "test_convolution_with_dilation", "blocked"),
    "a plain Exception": Case(
        "ex12_output_size",
        PLAIN_EXCEPTION,
        "test_convolution_refuses",
        "failed",
        r"raises Exception: kernel, stride, .* Expected a ValueError",
    ),
    "a tensor for a number": Case(
        "ex22_accuracy", NOT_EVALUATING, "test_evaluation_mode", "failed", "in training mode", "evaluation mode"
    ),
    "a class for a net": Case("ex24_lenet", A_CLASS, "test_shape", "failed", "gives a class"),
    "nearly right": Case("ex24_lenet", POOLING_BEFORE_ONE_SIGMOID, "test_output", "failed", "none of the six outputs"),
    "layers in a list": Case(
        "ex32_vgg", LAYERS_IN_A_LIST, "test_block_parameters", "failed", r"does not list: 4 of them\. .* nn\.ModuleList"
    ),
    "no ReLU after the sum": Case("ex35_resnet", NO_RELU_AFTER_THE_SUM, "test_block_in_evaluation_mode", "blocked"),
    "windows that are not full": Case(
        "ex44_keras_port", CEIL_MODE, "test_parameters", "failed", r"\(10, 392\)", "windows that are not full"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_said_is_true(case: Case, grade_source: GradeSource) -> None:
    (grade,) = (one for one in grade_source(case.stem, case.source).checks if one.check.name == case.check)
    assert grade.outcome == case.outcome, grade.message
    assert re.search(case.message, grade.message), grade.message
    assert (grade.mistake is None) == (case.mistake is None), grade.mistake
    assert (case.mistake or "") in (grade.mistake or "")
