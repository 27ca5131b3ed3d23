"""The numbers of the lesson on transfer learning."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.networks import solution
from tests.lessons.nets import count, on_paper

PAGE = (Path(__file__).parents[2] / "docs" / "en" / "lessons" / "transfer.md").read_text("utf-8")


def test_a_small_head() -> None:
    W, features = torch.tensor([[1.0, 0, -1], [0, 3, 2]]), torch.tensor([2.0, 0, 1])
    assert (W @ features).tolist() == [1, 2]
    assert count(nn.Linear(3, 2)) == 8


def test_the_head_of_the_picture() -> None:
    assert count(nn.Linear(64, 5)) == 325


def test_a_running_mean() -> None:
    norm, seen = nn.BatchNorm1d(1), []
    assert norm.momentum == 0.1
    for _ in range(10):
        norm(torch.tensor([[4.0], [6.0]]))
        seen.append(round(norm.running_mean.item(), 2))
    assert (seen[0], seen[1], seen[9]) == (0.5, 0.95, 3.26)


def test_what_goes_wrong() -> None:
    head = nn.Linear(4, 5)
    with pytest.raises(IndexError, match=r"Target 5 is out of bounds\."):
        F.cross_entropy(head(torch.zeros(1, 4)), torch.tensor([5]))
    head.requires_grad_(False)
    said = "element 0 of tensors does not require grad and does not have a grad_fn"
    with pytest.raises(RuntimeError, match=said):
        F.cross_entropy(head(torch.zeros(1, 4)), torch.tensor([3])).backward()
    assert said in PAGE


@pytest.mark.parametrize(("words", "frozen"), [("everything", False), ("the head only", True)])
def test_what_it_costs(words: str, frozen: bool) -> None:
    net = on_paper(lambda: solution("ex35_resnet").resnet18(5))
    if frozen:
        net[:-1].requires_grad_(False)
    learning = sum(parameter.numel() for parameter in net.parameters() if parameter.requires_grad)
    with FlopCounterMode(display=False) as counter:
        net(torch.zeros(1, 1, 96, 96, device="meta")).sum().backward()
    work = counter.get_total_flops() // 2
    assert f"| {words} | {learning:,} | {work:,} |" in PAGE
    assert (512 * 5 + 5, 512 * 5) == (2565, 2560)


def test_a_layer_does_three_things_of_equal_work() -> None:
    X, layer = torch.zeros(7, 4, requires_grad=True), nn.Linear(4, 5)
    work = []
    for backward in (False, True):
        with FlopCounterMode(display=False) as counter:
            Y = layer(X)
            if backward:
                Y.sum().backward()
        work.append(counter.get_total_flops())
    assert work[1] == 3 * work[0]
