"""The numbers of the lesson on ResNet."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.networks import VGG_11, multiply_accumulates, solution
from tests.lessons.nets import count, on_paper

PAGE = (Path(__file__).parents[2] / "docs" / "en" / "lessons" / "resnet.md").read_text("utf-8").replace("{,}", ",")
EX35 = solution("ex35_resnet")


def test_three_numbers() -> None:
    X, change = torch.tensor([3.0, 0, 2]), torch.tensor([-1, 0.5, 0])
    assert torch.relu(change + X).tolist() == [2, 0.5, 2]
    assert torch.relu(0 * change + X).tolist() == X.tolist()


def test_two_layers_that_multiply() -> None:
    x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    (plain,) = torch.autograd.grad(0.2 * (0.1 * x), x)
    first = 0.1 * x + x
    (residual,) = torch.autograd.grad(0.2 * first + first, x)
    assert plain.item() == pytest.approx(0.02)
    assert residual.item() == pytest.approx(1 + 0.1 + 0.2 + 0.02) == pytest.approx(1.32)
    assert 2**10 == 1024


def test_both_paths_have_one_size() -> None:
    X = torch.zeros(1, 1, 24, 24)
    assert F.conv2d(X, torch.ones(1, 1, 3, 3), stride=2, padding=1).shape[-1] == 12
    assert F.conv2d(X, torch.ones(1, 1, 1, 1), stride=2).shape[-1] == 12


def test_what_goes_wrong() -> None:
    X = torch.rand(1, 64, 8, 8)
    said = r"The size of tensor a \(128\) must match the size of tensor b \(64\)"
    with pytest.raises(RuntimeError, match=said):
        EX35.Residual(64, 128)(X)
    assert said.replace("\\", "") in PAGE
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        nn.BatchNorm2d(4)(torch.zeros(1, 4, 1, 1))
    torch.manual_seed(0)
    assert (EX35.Residual(64, 64)(X) < X).any()
    assert (X + torch.relu(torch.randn(X.shape)) >= X).all()


def test_the_plus_is_nearly_free() -> None:
    block = on_paper(lambda: EX35.Residual(64, 64))
    work = multiply_accumulates(block, 24, 64)
    assert work == 24 * 24 * 2 * 36_864 == 42_467_328
    assert block(torch.zeros(1, 64, 24, 24, device="meta")).numel() == 64 * 24 * 24 == 36_864 == 9 * 64 * 64
    assert 36_864 / work < 1 / 1000
    wider = on_paper(lambda: EX35.Residual(64, 128, True, 2))
    sizes = [layer.weight.numel() for layer in wider.modules() if isinstance(layer, nn.Conv2d)]
    assert sizes[2] == 8192
    assert sum(sizes[:2]) == 221_184


def test_what_it_costs() -> None:
    net = on_paper(EX35.resnet18)
    parts = [net[:4], net[4:6], net[6:8], net[8:10], net[10:12], net[12:]]
    X, totals = torch.zeros(1, 1, 96, 96, device="meta"), []
    for part in parts:
        totals.append((count(part), multiply_accumulates(part, X.shape[-1], X.shape[1])))
        X = part(X)
        row = " × ".join(map(str, X.shape[1:]))
        assert f"| {row} | {totals[-1][0]:,} | {totals[-1][1]:,} |" in PAGE
    together = [sum(column) for column in zip(*totals, strict=True)]
    assert together == [count(net), multiply_accumulates(net, 96)]
    assert f"| together | | {together[0]:,} | {together[1]:,} |" in PAGE
    convolutions = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d) and layer.kernel_size != (1, 1)]
    assert len(convolutions) + 1 == 18
    original = multiply_accumulates(on_paper(lambda: EX35.resnet18(1000, 3)), 224, 3)
    vgg = multiply_accumulates(on_paper(lambda: solution("ex32_vgg").vgg(VGG_11)), 224)
    assert round(original / 1e9, 1) == 1.8
    assert round(vgg / original) == 4
