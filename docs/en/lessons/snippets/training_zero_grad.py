"""PyTorch adds each new gradient to the old one."""

import torch

X, Y, lr = 2.0, 6.0, 0.1


def two_steps(forget: bool) -> list[float]:
    K = torch.tensor(1.0, requires_grad=True)
    walked = []
    for _ in range(2):
        if forget:
            K.grad = None
        ((X * K - Y) ** 2).backward()
        with torch.no_grad():
            K -= lr * K.grad
        walked.append(round(K.item(), 2))
    return walked


print(two_steps(forget=True))  # [2.6, 2.92]
print(two_steps(forget=False))  # [2.6, 4.52]
