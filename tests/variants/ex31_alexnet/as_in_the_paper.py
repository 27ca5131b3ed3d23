import torch
import torch.nn as nn
import torch.nn.functional as F


class AlexNet(nn.Module):
    """Response normalisation with the paper's numbers before the pooling, and no padding at the beginning."""

    def __init__(self, classes, channels):
        super().__init__()
        self.fc8 = nn.Linear(4096, classes)
        self.fc7 = nn.Linear(4096, 4096)
        self.fc6 = nn.Linear(256 * 5 * 5, 4096)
        self.c = nn.ModuleList([nn.Conv2d(channels, 96, 11, 4), nn.Conv2d(96, 256, 5, 1, 2),
                                nn.Conv2d(256, 384, 3, 1, 1), nn.Conv2d(384, 384, 3, 1, 1),
                                nn.Conv2d(384, 256, 3, 1, 1)])

    def forward(self, x):
        for i in (0, 1):
            x = F.local_response_norm(F.relu(self.c[i](x)), size=5, alpha=1e-4, beta=0.75, k=2.0)
            x = F.max_pool2d(x, 3, 2)
        x = F.relu(self.c[3](F.relu(self.c[2](x))))
        x = F.max_pool2d(F.relu(self.c[4](x)), 3, 2)
        x = x.view(x.size(0), -1)
        for layer in (self.fc6, self.fc7):
            x = F.dropout(F.relu(layer(x)), 0.5, self.training)
        return self.fc8(x)


def alexnet(num_classes=10, in_channels=1):
    return AlexNet(num_classes, in_channels)
