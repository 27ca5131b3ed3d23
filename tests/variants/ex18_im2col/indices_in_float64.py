"""用下标一次取出所有窗口，在双精度下计算。"""
import torch


def im2col(img, kernel_size, padding=0, stride=1):
    return _gather(img.double(), kernel_size, padding, stride)[0]


def _gather(X, kernel_size, padding, stride):
    def two(size):
        return torch.tensor(size).expand(2).tolist()

    (kh, kw), (ph, pw), (sh, sw) = two(kernel_size), two(padding), two(stride)
    n, c, h, w = X.shape
    # 先放到更大的零图像里
    big = torch.zeros(n, c, h + 2 * ph, w + 2 * pw, dtype=X.dtype)
    big[:, :, ph : ph + h, pw : pw + w] = X
    oh = (big.shape[2] - kh) // sh + 1
    ow = (big.shape[3] - kw) // sw + 1
    # 行下标与列下标：(kh, kw, oh, ow)
    r = torch.arange(kh).view(-1, 1, 1, 1) + sh * torch.arange(oh).view(1, 1, -1, 1)
    s = torch.arange(kw).view(1, -1, 1, 1) + sw * torch.arange(ow).view(1, 1, 1, -1)
    return big[:, :, r, s].reshape(n, c * kh * kw, oh * ow), (oh, ow)


def conv2d(img, kernels, bias=None, padding=0, stride=1):
    co = kernels.size(0)
    cols, (oh, ow) = _gather(img.double(), tuple(kernels.shape[2:]), padding, stride)
    out = torch.einsum("ok,nkl->nol", kernels.reshape(co, -1).double(), cols)
    if bias is None:
        bias = torch.zeros(co)
    return (out + bias.double().unsqueeze(-1)).reshape(len(img), co, oh, ow).float()
