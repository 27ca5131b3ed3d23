import torch
import torch.nn.functional as F
from torch import nn


class ByHand(nn.Module):
    """Bare parameters with weights on the right, a mask of its own for dropout, convolutions in double precision."""

    def __init__(self, k, c):
        super().__init__()

        def make(*shape):
            return nn.Parameter(torch.empty(*shape).uniform_(-0.02, 0.02))

        self.b = nn.ParameterList([make(o, 1, 1) for o in (96, 256, 384, 384, 256)] + [make(1, o) for o in (4096, 4096, k)])
        self.w = nn.ParameterList([make(96, c, 11, 11), make(256, 96, 5, 5), make(384, 256, 3, 3), make(384, 384, 3, 3),
                                   make(256, 384, 3, 3), make(6400, 4096), make(4096, 4096), make(4096, k)])

    def forward(self, X):
        X = X.double()
        for i, (stride, padding) in enumerate([(4, 0), (1, 2), (1, 1), (1, 1), (1, 1)]):
            X = F.conv2d(X, self.w[i].double(), None, stride, padding) + self.b[i].double()
            if i in (0, 1, 4):  # pooling before the activation gives the same
                X = F.max_pool2d(X, 3, 2)
            X = torch.clamp(X, min=0)
            if i < 2:
                X = self.normalise(X)
        X = X.flatten(1).float()
        for i in (5, 6):
            X = self.drop((X @ self.w[i] + self.b[i]).relu())
        return X @ self.w[7] + self.b[7]

    def normalise(self, X, n=5):
        """The formula of the paper: a sum, not a mean, of the squares of the neighbours."""
        squares = F.pad(X.pow(2), (0, 0, 0, 0, n // 2, n // 2))
        return X / (2 + 1e-4 * sum(squares[:, i : i + X.shape[1]] for i in range(n))) ** 0.75

    def drop(self, X):
        return X * (torch.rand_like(X) > 0.5) * 2 if self.training else X


alexnet = lambda num_classes=10, in_channels=1: ByHand(num_classes, in_channels)
