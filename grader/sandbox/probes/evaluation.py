"""Let `evaluate_accuracy` of the submission judge a net of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypedDict

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from grader.sandbox.probes import models

Batches = Sequence[tuple[Tensor, Tensor]]
Evaluate = Callable[..., Any]


class Afterwards(TypedDict):
    """What `gradients_afterwards` sends."""

    recording: bool
    gradients: list[Tensor | None]


def fraction(
    evaluate: Evaluate, name: str, state: Sequence[Tensor], batches: Batches, form: str, net_device: str, *device: str
) -> Any:
    """What evaluate(net, data_iter, *device) returns, for batches in the form of FORMS."""
    net = models.build(name, state).to(net_device)
    net.train()
    # Where a submission leaves gradients switched off, the next probe must not suffer from it.
    with torch.enable_grad():
        return evaluate(net, FORMS[form](batches), *device)


def gradients_afterwards(
    evaluate: Evaluate, name: str, state: Sequence[Tensor], batches: Batches, net_device: str
) -> Afterwards:
    """After evaluate(net, batches): gradients of the net's cross-entropy on the first batch.

    The gradient of a parameter that none reaches is None. `recording` says whether PyTorch records.
    """
    net = models.build(name, state).to(net_device)
    X, y = batches[0]
    with torch.enable_grad():
        evaluate(net, batches)
        recording = torch.is_grad_enabled()
        loss = F.cross_entropy(net(X.to(net_device)), y.to(net_device))
        if loss.requires_grad:
            loss.backward()  # type: ignore[no-untyped-call]
    return {"recording": recording, "gradients": [parameter.grad for parameter in net.parameters()]}


def _loader(batches: Batches) -> DataLoader[Any]:
    images, labels = (torch.cat(part) for part in zip(*batches, strict=True))
    return DataLoader(TensorDataset(images, labels), batch_size=len(batches[0][1]))


FORMS: dict[str, Callable[[Batches], Iterable[Any]]] = {
    "list": list,
    "generator": lambda batches: (batch for batch in batches),
    "DataLoader": _loader,
}
