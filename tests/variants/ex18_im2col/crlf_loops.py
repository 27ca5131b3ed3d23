import torch
import torch.nn.functional as F


def im2col(X, kernel_size, padding=0, stride=1):
    if type(kernel_size) is int: kernel_size = [kernel_size] * 2
    if type(padding) is int: padding = [padding] * 2
    if type(stride) is int: stride = [stride] * 2
    X = F.pad(X, [padding[1], padding[1], padding[0], padding[0]])
    print('padded', X.shape)
    columns = []
    for i in range(0, X.shape[2] - kernel_size[0] + 1, stride[0]):
        for j in range(0, X.shape[3] - kernel_size[1] + 1, stride[1]):
            columns.append(X[:, :, i:i + kernel_size[0], j:j + kernel_size[1]].flatten(1))
    return torch.stack(columns, dim=-1)


def conv2d(X, weight, bias=None, padding=0, stride=1):
    ph = padding if type(padding) is int else padding[0]
    sh = stride if type(stride) is int else stride[0]
    rows = weight.reshape(weight.shape[0], -1)
    results = []
    # one image after the other
    for x in X:
        y = rows.mm(im2col(x[None], weight.shape[2:], padding, stride)[0])
        if bias is not None:
            y = y + bias.reshape(-1, 1)
        results.append(y.reshape(y.shape[0], (x.shape[1] + 2 * ph - weight.shape[2]) // sh + 1, -1))
    return torch.stack(results)


if __name__ == '__main__':
    print(F.unfold(torch.ones(1, 1, 3, 3), 2))
