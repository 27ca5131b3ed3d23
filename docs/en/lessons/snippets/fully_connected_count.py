"""Count parameters: ask the layers, and compare with the pencil."""

from torch import nn


def parameters(layer: nn.Module) -> int:
    return sum(p.numel() for p in layer.parameters())


linear = nn.Linear(28 * 28, 128)
conv = nn.Conv2d(in_channels=3, out_channels=64, kernel_size=3)

print(parameters(linear), "=", 784 * 128 + 128)  # 100480 = 100480
print(parameters(conv), "=", 3 * 64 * 3 * 3 + 64)  # 1792 = 1792
print([tuple(p.shape) for p in conv.parameters()])  # [(64, 3, 3, 3), (64,)]
