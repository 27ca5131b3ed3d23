"""The numbers and messages of the lesson on saving."""

import runpy
from pathlib import Path

import pytest
import torch
from torch import nn

ROOT = Path(__file__).parents[2]


def test_momentum_by_hand() -> None:
    weight = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.9)
    walked = []
    for _ in range(3):
        weight.grad = torch.ones(1)
        optimizer.step()
        walked.append((optimizer.state[weight]["momentum_buffer"].item(), weight.item()))
    assert walked == [pytest.approx(row) for row in [(1, -0.1), (1.9, -0.29), (2.71, -0.561)]]
    assert pytest.approx(-0.39) == -0.29 - 0.1 * (0.9 * 0 + 1)


def test_messages_of_names_and_shapes() -> None:
    state = nn.Sequential(nn.Linear(2, 3)).state_dict()
    with pytest.raises(RuntimeError, match=r"Missing key\(s\) in state_dict: .*\n.*Unexpected key\(s\) in state_dict"):
        nn.Linear(2, 3).load_state_dict(state)
    with pytest.raises(RuntimeError, match=r"size mismatch for 0\.weight"):
        nn.Sequential(nn.Linear(2, 4)).load_state_dict(state)


def test_strict_false_keeps_random_weights() -> None:
    net = nn.Linear(2, 3)
    before = net.weight.detach().clone()
    answer = net.load_state_dict(nn.Sequential(nn.Linear(2, 3)).state_dict(), strict=False)
    assert torch.equal(net.weight, before)
    assert answer.missing_keys == ["weight", "bias"]


def test_a_state_dict_is_no_copy() -> None:
    net = nn.Linear(2, 1)
    kept = net.state_dict()
    with torch.no_grad():
        net.weight += 1
    assert torch.equal(kept["weight"], net.weight)


def test_a_program_in_a_file_is_refused(tmp_path: Path) -> None:
    """A class of ours stands for a program: a loader that builds it would run its code."""
    torch.save({"net": Path("anything")}, tmp_path / "net.pt")
    with pytest.raises(Exception, match=r"[Ww]eights.only"):
        torch.load(tmp_path / "net.pt")


def test_the_size_of_files(tmp_path: Path) -> None:
    lenet = runpy.run_path(str(ROOT / "solutions" / "ex24_lenet.py"))["lenet"]

    def kilobytes(make_optimizer) -> float:
        net = lenet()
        optimizer = make_optimizer(net.parameters())
        net(torch.rand(2, 1, 28, 28)).sum().backward()
        optimizer.step()
        torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, tmp_path / "file.pt")
        return (tmp_path / "file.pt").stat().st_size / 1000

    one = 4 * 61_706 / 1000
    assert [round(k * one) for k in (1, 2, 3)] == [247, 494, 740]
    assert 0 < kilobytes(lambda weights: torch.optim.SGD(weights, lr=0.1)) - one < 15
    assert 0 < kilobytes(lambda weights: torch.optim.SGD(weights, lr=0.1, momentum=0.9)) - 2 * one < 15
    assert 0 < kilobytes(lambda weights: torch.optim.Adam(weights)) - 3 * one < 20
    torch.save(lenet().state_dict(), tmp_path / "net.pt")
    assert 0 < (tmp_path / "net.pt").stat().st_size / 1000 - one < 15
