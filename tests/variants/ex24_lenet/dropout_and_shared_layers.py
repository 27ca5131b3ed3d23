import torch
from torch import nn


class LeNet5(nn.Module):
    def __init__(self, n_out: int = 10):
        nn.Module.__init__(self)
        self.convs = nn.ModuleList([nn.Conv2d(1, 6, 5, 1, 2), nn.Conv2d(6, 16, 5)])
        self.dense = nn.ModuleList([nn.Linear(16 * 5 * 5, 120), nn.Linear(120, 84), nn.Linear(84, n_out)])
        self.drop = nn.Dropout(0.1)

    def forward(self, X):
        for conv in self.convs:
            X = torch.max_pool2d(torch.tanh(conv(X)), 2, 2)
        X = torch.flatten(X, start_dim=1)
        *hidden, last = self.dense
        for layer in hidden:
            X = self.drop(torch.tanh(layer(X)))
        return last(X)


lenet = LeNet5  # a class is as good as a function
