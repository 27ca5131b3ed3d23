"""The numbers of the lesson on LeNet."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.networks import solution
from tests.conftest import ROOT
from tests.lessons.nets import count

NET = solution("ex24_lenet").lenet()


def costs() -> list[tuple[str, int, int]]:
    """Shape, parameters and multiply–accumulates of each layer that has weights."""
    X, rows = torch.zeros(1, 1, 28, 28), []
    for layer in NET:
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            X = layer(X)
        parameters = count(layer)
        if parameters:
            rows.append((" × ".join(map(str, X.shape[1:])), parameters, counter.get_total_flops() // 2))
    return rows


def test_the_table() -> None:
    lesson = (ROOT / "docs" / "en" / "lessons" / "lenet.md").read_text("utf-8")
    table = [line for line in lesson.splitlines() if line.startswith(("| conv", "| linear"))]
    for line, (shape, parameters, work) in zip(table, costs(), strict=True):
        _, _, said_shape, said_parameters, said_work, _ = (cell.strip() for cell in line.split("|"))
        assert said_shape == shape
        assert said_parameters.endswith((f"= {parameters:,}", f"= {parameters}"))
        assert said_work.split("= ")[-1] == f"{work:,}" or said_work == str(work)
    _, parameters, work = zip(*costs(), strict=True)
    assert (sum(parameters), sum(work)) == (61_706, 416_520)


def test_where_the_costs_lie() -> None:
    _, parameters, work = zip(*costs(), strict=True)
    assert round(100 * parameters[2] / sum(parameters)) == 78
    assert round(100 * (work[0] + work[1]) / sum(work)) == 86


def test_the_slope_of_the_sigmoid() -> None:
    x = torch.linspace(-6, 6, 1201, dtype=torch.float64, requires_grad=True)
    x.sigmoid().sum().backward()
    assert x.grad.max().item() == pytest.approx(0.25)
    assert torch.allclose(x.grad, x.sigmoid() * (1 - x.sigmoid()))
    assert (0.25**4, round(1 / 256, 4)) == (1 / 256, 0.0039)
    assert round(x.grad[1100].item(), 4) == 0.0066  # at 5


def test_without_padding_256_numbers_arrive() -> None:
    layers = list(NET)
    layers[0] = nn.Conv2d(1, 6, kernel_size=5)
    with pytest.raises(RuntimeError, match=r"mat1 and mat2 shapes cannot be multiplied \(1x256 and 400x120\)"):
        nn.Sequential(*layers)(torch.zeros(1, 1, 28, 28))


def test_scores_between_0_and_1() -> None:
    best = torch.zeros(1, 10)
    best[0, 0] = 1
    assert round(nn.CrossEntropyLoss()(best, torch.tensor([0])).item(), 2) == 1.46


def test_a_batch_without_channels() -> None:
    with pytest.raises(RuntimeError, match=r"expected input\[1, 32, 28, 28\] to have 1 channels, but got 32 channels"):
        NET(torch.zeros(32, 28, 28))


def test_the_size_in_memory() -> None:
    assert round(4 * count(NET) / 1000) == 247
