"""Ask each layer of a net what it gives, and whether there is a zero in it."""

import torch
from torch import nn

net = nn.Sequential(nn.Conv2d(1, 6, kernel_size=5), nn.ReLU(), nn.Flatten())
noted = []


def note(layer, inputs, output):
    zero = (output == 0).any().item()
    noted.append((type(layer).__name__, tuple(output.shape), zero))


hooks = [layer.register_forward_hook(note) for layer in net]
torch.manual_seed(0)
net(torch.randn(1, 1, 28, 28))
print(noted[0])  # ('Conv2d', (1, 6, 24, 24), False)
print(noted[1])  # ('ReLU', (1, 6, 24, 24), True)
print(noted[2])  # ('Flatten', (1, 3456), True)

for hook in hooks:
    hook.remove()
net(torch.randn(1, 1, 28, 28))
print(len(noted))  # 3
