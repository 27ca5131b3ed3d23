"""The numbers of the lesson on batch normalisation."""

import pytest
import torch
from torch import nn

from tests.lessons.nets import count


def test_four_values_by_hand() -> None:
    X = torch.tensor([1.0, 1, 3, 3])
    assert (X.mean(), X.var(correction=0), X.var(correction=1)) == (2, 1, pytest.approx(4 / 3))
    assert pytest.approx(1.0333, abs=1e-4) == 0.9 * 1 + 0.1 * 4 / 3
    assert pytest.approx(0.787, abs=1e-3) == (1 - 0.2) / 1.0333**0.5


def test_which_numbers_share_a_mean() -> None:
    torch.manual_seed(0)
    X = torch.rand(3, 3, 2, 2)
    Y = nn.BatchNorm2d(3)(X)
    assert X[:, 1].numel() == 12
    for channel in range(3):
        assert Y[:, channel].mean().item() == pytest.approx(0, abs=1e-6)
        assert Y[:, channel].var(correction=0).item() == pytest.approx(1, abs=1e-3)


def test_how_long_the_beginning_counts() -> None:
    assert round(100 * 0.9**10) == 35
    assert 0.9**44 < 0.01 < 0.9**43
    layer = nn.BatchNorm2d(1)
    for _ in range(10):
        layer(torch.full((2, 1, 1, 1), 5.0))
    assert layer.running_mean.item() == pytest.approx(5 * (1 - 0.9**10))


def test_one_value_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        nn.BatchNorm2d(3)(torch.zeros(1, 3, 1, 1))


def test_a_bias_before_it_is_subtracted_again() -> None:
    torch.manual_seed(0)
    X, conv, norm = torch.rand(4, 1, 6, 6), nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)
    before = norm(conv(X))
    with torch.no_grad():
        conv.bias += 7
    assert torch.allclose(norm(conv(X)), before, atol=1e-4)


def test_frozen_weights_do_not_stop_the_remembering() -> None:
    layer = nn.BatchNorm2d(1).requires_grad_(False)
    layer.eval()(torch.ones(2, 1, 2, 2))
    assert layer.running_mean.item() == 0
    layer.train()(torch.ones(2, 1, 2, 2))
    assert layer.running_mean.item() == pytest.approx(0.1)


def test_parameters_and_buffers() -> None:
    layer = nn.BatchNorm2d(64)
    assert count(layer) == 128
    assert sum(b.numel() for b in layer.buffers()) == 128 + 1
    assert nn.Conv2d(64, 64, 3, bias=False).weight.numel() == 36_864
