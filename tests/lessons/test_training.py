"""The numbers of the lesson on training."""

import math
import re
import runpy
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

ROOT = Path(__file__).parents[2]
LESSONS = ROOT / "docs" / "en" / "lessons"


def test_cross_entropy_by_hand() -> None:
    scores = torch.tensor([[2.0, 1, 0]])
    assert [round(math.exp(z), 3) for z in (2, 1, 0)] == [7.389, 2.718, 1]
    assert round(sum(math.exp(z) for z in (2, 1, 0)), 3) == 11.107
    assert [round(p, 3) for p in scores.softmax(dim=1)[0].tolist()] == [0.665, 0.245, 0.090]
    losses = [nn.CrossEntropyLoss()(scores, torch.tensor([y])).item() for y in (0, 2)]
    assert [round(loss, 2) for loss in losses] == [0.41, 2.41]


def test_a_net_that_knows_nothing() -> None:
    assert round(nn.CrossEntropyLoss()(torch.zeros(5, 10), torch.arange(5)).item(), 2) == 2.30


def test_the_second_gradient() -> None:
    assert pytest.approx(-3.2) == 8 * (2.6 - 3)
    assert pytest.approx((2.92, 4.52)) == (2.6 + 0.1 * 3.2, 2.6 + 0.1 * (16 + 3.2))


def test_forgetting_between_backward_and_step_stops_the_net() -> None:
    net = nn.Linear(2, 1)
    before = net.weight.detach().clone()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net(torch.ones(1, 2)).sum().backward()
    optimizer.zero_grad()
    optimizer.step()
    assert torch.equal(net.weight, before)


def test_the_mean_over_examples() -> None:
    assert ((4 * 1.0 + 2 * 4.0) / 6, (1.0 + 4.0) / 2) == (2.0, 2.5)


def test_two_lines_are_one_line_and_two_bends_are_not() -> None:
    x = torch.linspace(-3, 3, 13)
    assert torch.allclose(3 * (2 * x + 1) + 4, 6 * x + 7)
    assert torch.equal(torch.relu(x) + torch.relu(-x), x.abs())


def test_the_picture_of_flatten() -> None:
    drawn = re.findall(r"<text x=[^>]*>(\d+)</text>", (LESSONS / "pictures" / "flatten.svg").read_text("utf-8"))
    numbers = [int(number) for number in drawn]
    x = runpy.run_path(str(LESSONS / "snippets" / "training_flatten.py"))["x"].int()
    assert numbers == [*x.flatten().tolist(), *x.flatten().tolist()]


def test_a_softmax_too_many() -> None:
    perfect = torch.zeros(1, 10)
    perfect[0, 3] = 1  # the softmax of a net that is certain, and right
    loss = nn.CrossEntropyLoss()(perfect, torch.tensor([3])).item()
    assert loss == pytest.approx(-math.log(math.e / (math.e + 9)))
    assert round(loss, 2) == 1.46


def test_xaviers_range() -> None:
    weight = nn.Linear(400, 120).weight
    nn.init.xavier_uniform_(weight)
    assert round(math.sqrt(6 / 520), 3) == 0.107
    assert math.sqrt(6 / 520) >= weight.abs().max() > 0.106


def test_the_work_of_an_epoch_of_lenet() -> None:
    net = runpy.run_path(str(ROOT / "solutions/ex24_lenet.py"))["lenet"]()
    with FlopCounterMode(display=False) as forwards:
        net(torch.zeros(1, 1, 28, 28))
    with FlopCounterMode(display=False) as both:
        net(torch.zeros(1, 1, 28, 28)).sum().backward()
    assert (forwards.get_total_flops() // 2, both.get_total_flops() // 2) == (416_520, 1_131_960)
    assert 3 * 416_520 - 117_600 == 1_131_960
    assert round(60_000 * 1_131_960 / 1e9) == 68
