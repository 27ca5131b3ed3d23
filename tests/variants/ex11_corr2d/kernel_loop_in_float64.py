# 只循环卷积核，图像整体移动
import torch


def corr2d(X, K):
    """Sum over the kernel's cells of shifted images, in double precision."""
    kh, kw = K.size()
    h, w = X.size(0) - kh + 1, X.size(1) - kw + 1
    Y = 0
    for a in range(kh):
        for b in range(kw):
            Y = Y + X[a : a + h, b : b + w].double() * K[a, b].double()
    return Y


if __name__ == "__main__":
    import torch.nn.functional as F

    X, K = torch.randn(6, 7), torch.randn(3, 2)
    assert torch.allclose(corr2d(X, K).float(), F.conv2d(X[None, None], K[None, None])[0, 0], atol=1e-5)
