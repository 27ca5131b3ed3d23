import torch


class BatchNorm2d(torch.nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = torch.nn.Parameter(torch.ones(num_features))
        self.bias = torch.nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))
        self.register_buffer("num_batches_tracked", torch.tensor(0, dtype=torch.long))

    def _update(self, rows):
        self.num_batches_tracked.add_(1)
        var, mean = torch.var_mean(rows.detach(), dim=0)
        self.running_mean.mul_(1 - self.momentum).add_(mean, alpha=self.momentum)
        self.running_var.mul_(1 - self.momentum).add_(var, alpha=self.momentum)

    def forward(self, input):
        rows = input.movedim(1, -1)
        if self.training:
            self._update(rows.reshape(-1, rows.shape[-1]))
            var, mean = torch.var_mean(rows, dim=(0, 1, 2), unbiased=False)
        else:
            mean, var = self.running_mean, self.running_var
        rows = (rows - mean) / (var + self.eps) ** 0.5 * self.weight + self.bias
        return rows.movedim(-1, 1)
