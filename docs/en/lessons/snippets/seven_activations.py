"""How much of a gradient comes back through seven activations: sigmoid and ReLU."""

import torch


def gradient_through(activation, times: int = 7) -> float:
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(times):
        y = activation(y)
    y.backward()
    return x.grad.item()


print(f"{gradient_through(torch.sigmoid):.6f}")  # 0.000025
print(f"{gradient_through(torch.relu):.6f}")  # 1.000000
