import torch


class Corr2d(torch.autograd.Function):
    """As one writes a new operation for PyTorch; here its backward is called by hand."""

    @staticmethod
    def forward(ctx, X, K):
        ctx.save_for_backward(X, K)
        windows = X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1)
        return torch.einsum("ijab,ab->ij", windows, K)

    @staticmethod
    def backward(ctx, dY):
        X, K = ctx.saved_tensors
        dX, dK = X.new_zeros(X.size()), K.new_zeros(K.size())
        for a in range(K.shape[0]):
            for b in range(K.shape[1]):
                under = X[a:a + dY.shape[0], b:b + dY.shape[1]]
                dK[a, b] = torch.sum(under * dY)
                dX[a:a + dY.shape[0], b:b + dY.shape[1]].add_(dY, alpha=K[a, b].item())
        return dX, dK


class Context:
    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors


def corr2d_backward(X, K, dY):
    context = Context()
    Corr2d.forward(context, X.requires_grad_(False), K)
    return Corr2d.backward(context, dY)
