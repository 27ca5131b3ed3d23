"""The numbers of the lesson on dropout."""

import re
from itertools import product
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

PICTURES = Path(__file__).parents[2] / "docs" / "en" / "lessons" / "pictures"
X = torch.tensor([1.0, 2, 3, 4])


def test_all_sixteen_cases() -> None:
    results = [X * torch.tensor(kept) * 2 for kept in product([0.0, 1.0], repeat=4)]
    sums = torch.stack(results).sum(dim=1)
    assert len(sums) == 16
    assert torch.stack(results).mean(dim=0).tolist() == X.tolist()
    assert sums.mean() == 10 == X.sum()
    assert round(sums.std(correction=0).item(), 1) == 5.5
    for case, total in [((2, 0, 0, 8), 10), ((0, 4, 6, 0), 10), ((0, 4, 0, 0), 4)]:
        assert sum(case) == total
        assert list(case) in [result.tolist() for result in results]


def test_the_picture() -> None:
    drawn = re.findall(r"<text x=[^>]*>(\d)</text>", (PICTURES / "dropout.svg").read_text("utf-8"))
    rows = torch.tensor([float(number) for number in drawn]).reshape(5, 4)
    assert rows[0].tolist() == rows[4].tolist() == X.tolist()
    for row in rows[1:4]:
        assert all(value in (0, 2 * x) for value, x in zip(row, X, strict=True))


def test_factors() -> None:
    for p, factor in [(0.5, 2), (0.2, 1.25), (0.75, 4)]:
        assert set(F.dropout(torch.ones(1000), p).tolist()) == {0, factor}


def test_the_mean_of_many_ones() -> None:
    torch.manual_seed(0)
    assert abs(F.dropout(torch.ones(10_000), 0.5).mean() - 1) < 0.1


def test_the_variance_differs_between_training_and_use() -> None:
    torch.manual_seed(0)
    layer, values = nn.Dropout(0.5), torch.randn(100_000)
    assert abs(layer.train()(values).var() - 2) < 0.1
    assert abs(layer.eval()(values).var() - 1) < 0.1


def test_p_of_one() -> None:
    assert F.dropout(X, 1.0).tolist() == [0, 0, 0, 0]
    assert (torch.tensor(0.0) * torch.inf).isnan()
