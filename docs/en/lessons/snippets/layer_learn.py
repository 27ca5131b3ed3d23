"""One step of gradient descent towards the kernel that turns X into Y."""

import torch
import torch.nn.functional as F

X = torch.tensor([[[1.0, 1, 0, 0, 1]]])
Y = torch.tensor([[[0.0, 1, 0, -1]]])  # made with the kernel [1, −1], which we now forget


def loss_and_gradient(K: torch.Tensor) -> tuple[float, torch.Tensor]:
    K = K.clone().requires_grad_()
    loss = ((F.conv1d(X, K) - Y) ** 2).sum()
    loss.backward()
    return loss.item(), K.grad


K = torch.zeros(1, 1, 2)
loss, gradient = loss_and_gradient(K)
print(loss, gradient.flatten().tolist())  # 2.0 [-2.0, 2.0]

K = K - 0.1 * gradient  # weight ← weight − learning rate × gradient
loss, _ = loss_and_gradient(K)
print([round(k, 3) for k in K.flatten().tolist()], round(loss, 3))  # [0.2, -0.2] 1.28
