"""A layer keeps a weight and a bias, and says that both can be learned."""

import torch
from torch import nn

layer = nn.Conv2d(in_channels=1, out_channels=1, kernel_size=2)
print([(name, tuple(p.shape)) for name, p in layer.named_parameters()])  # [('weight', (1, 1, 2, 2)), ('bias', (1,))]

with torch.no_grad():  # choose the numbers, to compare with the pencil
    layer.weight.copy_(torch.tensor([[0.0, 1], [2, 3]]))
    layer.bias.fill_(10)
X = torch.tensor([[0.0, 1, 2], [3, 4, 5], [6, 7, 8]])
print(layer(X[None, None])[0, 0].tolist())  # [[29.0, 35.0], [47.0, 53.0]]


class Forgotten(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.rand(2, 2)  # a plain tensor: nobody will train it


print(list(Forgotten().parameters()))  # []
