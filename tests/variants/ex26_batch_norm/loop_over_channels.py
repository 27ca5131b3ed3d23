# 逐个通道归一化
import torch
import torch.nn as nn


class BatchNorm2d(nn.Module):
    def __init__(self, num_features, eps=0.00001, momentum=0.1):
        super(BatchNorm2d, self).__init__()
        self.通道数 = num_features
        self.ε, self.m = eps, momentum
        self.b = nn.Parameter(torch.zeros(num_features), requires_grad=True)
        self.w = nn.Parameter(torch.ones(num_features), requires_grad=True)
        self.register_buffer("steps", torch.tensor(0))
        self.register_buffer("v", torch.ones(num_features))
        self.register_buffer("mu", torch.zeros(num_features))

    def forward(self, X):
        out = []
        for c in range(self.通道数):
            x = X[:, c]
            if self.training:
                mean = x.mean()
                var = ((x - mean) ** 2).sum() / x.numel()
                self.mu[c] += self.m * (mean.item() - self.mu[c])
                self.v[c] += self.m * (var.item() * x.numel() / (x.numel() - 1) - self.v[c])
            else:
                mean, var = self.mu[c].clone(), self.v[c].clone()
            out.append((x - mean) / (var + self.ε).sqrt() * self.w[c] + self.b[c])
        if self.training:
            self.steps += 1
        return torch.stack(out, dim=1)
