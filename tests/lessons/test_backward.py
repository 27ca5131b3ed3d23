"""The numbers of the lesson on the backward pass."""

import re
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

PICTURES = Path(__file__).parents[2] / "docs" / "en" / "lessons" / "pictures"

X = torch.arange(9.0).reshape(3, 3)
K = torch.arange(4.0).reshape(2, 2)
DY = torch.tensor([[1.0, 0], [2, 0]])


def correlate(A: torch.Tensor, B: torch.Tensor, padding: int = 0) -> torch.Tensor:
    return F.conv2d(A[None, None], B[None, None], padding=padding)[0, 0]


def gradients(image: torch.Tensor, kernel: torch.Tensor, dY: torch.Tensor) -> tuple[torch.Tensor, ...]:
    image, kernel = image.clone().requires_grad_(), kernel.clone().requires_grad_()
    return torch.autograd.grad(correlate(image, kernel), [image, kernel], dY)


def test_the_gradient_of_the_kernel() -> None:
    assert 1 * 0 + 0 * 1 + 2 * 3 + 0 * 4 == 6
    assert gradients(X, K, DY)[1].tolist() == correlate(X, DY).tolist() == [[6, 9], [15, 18]]


def cells(picture: str) -> torch.Tensor:
    drawn = re.findall(r"<text x=[^>]*>(\d)</text>", (PICTURES / picture).read_text("utf-8"))
    return torch.tensor([float(number) for number in drawn])


def test_the_pictures() -> None:
    dX = gradients(X, K, DY)[0]
    scattered = cells("backward.svg")
    assert scattered[:8].tolist() == [*K.flatten().tolist(), *(2 * K).flatten().tolist()]
    assert scattered[8:].tolist() == dX.flatten().tolist()
    turned = cells("backward_turned.svg")
    assert turned[:16].tolist() == F.pad(DY, (1, 1, 1, 1)).flatten().tolist()
    assert turned[16:20].tolist() == K.flip(0, 1).flatten().tolist()
    assert turned[20:].tolist() == dX.flatten().tolist()
    assert 1 * 3 + 0 * 2 + 2 * 1 + 0 * 0 == 5 == dX[1, 1]


def test_the_gradient_of_the_bias() -> None:
    b = torch.zeros(1, requires_grad=True)
    F.conv2d(X[None, None], K[None, None], b).backward(DY[None, None])
    assert b.grad.item() == DY.sum() == 3


def test_the_nudge_by_hand() -> None:
    moved = X.clone()
    moved[1, 1] = 5
    before, after = correlate(X, K), correlate(moved, K)
    assert (before[0, 0], before[1, 0], (DY * before).sum()) == (19, 37, 93)
    assert (after[0, 0], after[1, 0], (DY * after).sum()) == (22, 38, 98)


def test_float32_is_too_coarse() -> None:
    step = torch.nextafter(torch.tensor(93.0), torch.tensor(94.0)) - 93
    assert round(step.item(), 7) == 7.6e-6
    assert 2 * 1e-4 * 5 == 0.001
    assert 0.005 < step / 0.001 < 0.01  # two digits


def test_stride_padding_channels_and_batch() -> None:
    torch.manual_seed(0)
    images = torch.rand(4, 3, 7, 9, dtype=torch.float64, requires_grad=True)
    weight = torch.rand(5, 3, 3, 2, dtype=torch.float64, requires_grad=True)
    Y = F.conv2d(images, weight, stride=2, padding=1)
    dY = torch.rand_like(Y)
    dX, dK = torch.autograd.grad(Y, [images, weight], dY)
    # The transposed convolution is the backward pass; output_padding is the remainder.
    remainder = ((7 + 2 - 3) % 2, (9 + 2 - 2) % 2)
    assert torch.allclose(dX, F.conv_transpose2d(dY, weight, stride=2, padding=1, output_padding=remainder))
    # Scattered by hand: padded, strided, summed over output channels, one for each image.
    padded, by_hand = torch.zeros(4, 3, 9, 11, dtype=torch.float64), torch.zeros_like(weight)
    framed = F.pad(images.detach(), (1, 1, 1, 1))
    for i in range(dY.shape[2]):
        for j in range(dY.shape[3]):
            here = (..., slice(2 * i, 2 * i + 3), slice(2 * j, 2 * j + 2))
            padded[here] += torch.einsum("no,ocab->ncab", dY[:, :, i, j], weight.detach())
            by_hand += torch.einsum("no,ncab->ocab", dY[:, :, i, j], framed[here])
    assert torch.allclose(dX, padded[:, :, 1:-1, 1:-1])
    assert torch.allclose(dK, by_hand)


def test_a_kernel_of_ones_hides_the_mistake() -> None:
    ones = torch.ones(2, 2)
    assert torch.equal(gradients(X, ones, DY)[0], correlate(DY, ones, padding=1))
    assert not torch.equal(gradients(X, K, DY)[0], correlate(DY, K, padding=1))
    assert gradients(X, ones, torch.ones(2, 2))[0][1, 1] == 4


def test_three_times_the_work() -> None:
    net = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.Conv2d(1, 1, 2, bias=False))
    hidden = net[0](X[None, None])  # so that the layer that is counted is not the first one
    with FlopCounterMode(display=False) as forwards:
        Y = net[1](hidden)
    with FlopCounterMode(display=False) as backwards:
        torch.autograd.grad(Y.sum(), [hidden, net[1].weight])
    assert (forwards.get_total_flops() // 2, backwards.get_total_flops() // 2) == (16, 32)
