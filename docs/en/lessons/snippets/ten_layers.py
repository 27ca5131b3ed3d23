"""The gradient that comes back through ten layers, plain and with shortcuts."""

import torch


def gradient(shortcut: bool, w: float = 0.1, layers: int = 10) -> float:
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(layers):
        y = w * y + y if shortcut else w * y
    y.backward()
    return x.grad.item()


print(f"{gradient(shortcut=False):.3g}")  # 1e-10
print(f"{gradient(shortcut=True):.3g}")  # 2.59
