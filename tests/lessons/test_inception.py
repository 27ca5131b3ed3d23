"""The numbers of the lesson on Inception."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.networks import VGG_11, multiply_accumulates, solution
from tests.lessons.nets import count, on_paper

LESSONS = Path(__file__).parents[2] / "docs" / "en" / "lessons"
PAGE = (LESSONS / "inception.md").read_text("utf-8").replace("{,}", ",")
EX34 = solution("ex34_inception")
FIRST = (192, 64, (96, 128), (16, 32), 32)


def weights(net: nn.Module) -> int:
    return sum(layer.weight.numel() for layer in net.modules() if isinstance(layer, nn.Conv2d))


def test_the_picture_of_the_branches() -> None:
    picture = (LESSONS / "pictures" / "inception_branches.svg").read_text("utf-8")
    drawn = re.findall(r">(\d+(?: channels)?)</text>", picture)
    assert drawn == ["192 channels", "256 channels", "64", "96", "128", "16", "32", "192", "32"]
    assert 64 + 128 + 32 + 32 == 256
    assert on_paper(lambda: EX34.Inception(*FIRST))(torch.zeros(1, 192, 12, 12, device="meta")).shape[1] == 256


def test_all_branches_keep_the_size() -> None:
    X = torch.zeros(1, 1, 12, 12)
    assert [F.conv2d(X, torch.ones(1, 1, f, f), padding=(f - 1) // 2).shape[-1] for f in (1, 3, 5)] == [12] * 3
    assert F.max_pool2d(X, 3, stride=1, padding=1).shape[-1] == 12


def test_the_bottleneck() -> None:
    at_once = on_paper(lambda: nn.Conv2d(192, 32, 5, padding=2))
    narrow = on_paper(lambda: nn.Sequential(nn.Conv2d(192, 16, 1), nn.Conv2d(16, 32, 5, padding=2)))
    assert (weights(at_once), weights(narrow)) == (153_600, 15_872)
    assert [weights(layer) for layer in narrow] == [3072, 12_800]
    assert round(weights(at_once) / weights(narrow)) == 10
    assert multiply_accumulates(at_once, 12, 192) == 22_118_400
    assert multiply_accumulates(narrow, 12, 192) == 144 * 15_872 == 2_285_568
    second = on_paper(lambda: nn.Sequential(nn.Conv2d(192, 96, 1), nn.Conv2d(96, 128, 3, padding=1)))
    assert (weights(on_paper(lambda: nn.Conv2d(192, 128, 3))), weights(second)) == (221_184, 129_024)
    assert 64 + 128 + 32 + 192 == 416


def test_what_goes_wrong() -> None:
    same, other = torch.zeros(8, 4, 12, 12), torch.zeros(8, 4, 4, 4)
    assert torch.cat([same] * 4).shape[0] == 32
    with pytest.raises(RuntimeError, match="Sizes of tensors must match except in dimension 1"):
        torch.cat([same, other], dim=1)
    with pytest.raises(RuntimeError, match="Sizes of tensors must match except in dimension 0"):
        torch.cat([same, torch.zeros(8, 5, 12, 12)])
    assert nn.MaxPool2d(3, padding=1)(same).shape[-1] == 4
    with pytest.raises(RuntimeError):
        torch.zeros(1, 64, 12, 12) + torch.zeros(1, 128, 12, 12)
    models = pytest.importorskip("torchvision.models")
    theirs = on_paper(lambda: models.googlenet(init_weights=False))
    assert theirs.inception3a.branch3[1].conv.kernel_size == (3, 3)
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in theirs.modules())


def test_the_first_block() -> None:
    block = on_paper(lambda: EX34.Inception(*FIRST))
    at_once = [192 * 64, 9 * 192 * 128, 25 * 192 * 32, 0]
    rows = list(zip(("1 × 1", "3 × 3", "5 × 5", "pooling"), at_once, block.children(), strict=True))
    for name, direct, branch in rows:
        assert f"| {name} | {direct:,} | {weights(branch):,} | {multiply_accumulates(branch, 12, 192):,} |" in PAGE
    work = multiply_accumulates(block, 12, 192)
    assert f"| together | {sum(at_once):,} | {weights(block):,} | {work:,} |" in PAGE
    assert (count(block) - weights(block), count(block)) == (368, 163_696)
    assert "163,696" in PAGE


def test_the_whole_net() -> None:
    net, vgg = on_paper(EX34.googlenet), on_paper(lambda: solution("ex32_vgg").vgg(VGG_11))
    for name, its, size in (("GoogLeNet", net, 96), ("GoogLeNet", net, 224), ("VGG-11", vgg, 224)):
        assert f"| {name}, {size} × {size} | {count(its):,} | {multiply_accumulates(its, size):,} |" in PAGE
    assert round(multiply_accumulates(vgg, 224) / multiply_accumulates(net, 224)) == 5
    assert round(count(vgg) / count(net)) == 22
    assert sum(isinstance(layer, EX34.Inception) for layer in net) == 9
    assert sum(isinstance(layer, nn.Conv2d) for layer in net) == 3
