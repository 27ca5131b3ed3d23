"""Move a pattern by two pixels: the output of a convolution moves along, that of a linear layer does not."""

import torch
import torch.nn.functional as F

image = torch.tensor([0.0, 0, 5, 5, 0, 0, 0, 0, 0, 0])
moved = image.roll(2)  # two pixels to the right

kernel = torch.tensor([1.0, -1.0])


def conv(row: torch.Tensor) -> list[float]:
    return F.conv1d(row[None, None], kernel[None, None])[0, 0].tolist()


print(conv(image))  # [0.0, -5.0, 0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0]
print(conv(moved))  # [0.0, 0.0, 0.0, -5.0, 0.0, 5.0, 0.0, 0.0, 0.0]

weights = torch.tensor([[3.0, -1, 4, 1, -5, 9, 2, -6, 5, 3], [2, -7, 1, 8, -2, 8, 1, -8, 2, 8]])  # two outputs
print((weights @ image).tolist(), (weights @ moved).tolist())  # [25.0, 45.0] [20.0, 30.0]
