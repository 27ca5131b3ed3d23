"""In use, a batch norm is a scale and a shift: the convolution before it can take both over."""

import torch
from torch import nn

torch.manual_seed(0)
conv, norm = nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8)
for _ in range(20):  # let the layer see some batches
    norm(conv(torch.rand(16, 3, 10, 10)))
norm.eval()

scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
folded = nn.Conv2d(3, 8, 3)
with torch.no_grad():
    folded.weight.copy_(conv.weight * scale[:, None, None, None])
    folded.bias.copy_(norm.bias - norm.running_mean * scale)

X = torch.rand(2, 3, 10, 10)
print(torch.allclose(folded(X), norm(conv(X)), atol=1e-5))  # True
