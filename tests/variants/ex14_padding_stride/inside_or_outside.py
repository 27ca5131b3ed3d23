import torch

# 不真的补零：落在图像外面的像素直接跳过


def pixel(X, row, col):
    inside = 0 <= row < X.shape[0] and 0 <= col < X.shape[1]
    return X[row, col] if inside else 0.0


def corr2d_pad_stride(X, K, padding=(0, 0), stride=(1, 1)):
    size = [(n + 2 * p - k) // s + 1 for n, k, p, s in zip(X.shape, K.shape, padding, stride)]
    Y = torch.zeros(size)
    for i in range(size[0]):
        for j in range(size[1]):
            for a in range(K.shape[0]):
                for b in range(K.shape[1]):
                    Y[i, j] = Y[i, j] + pixel(X, i * stride[0] + a - padding[0], j * stride[1] + b - padding[1]) * K[a, b]
    return Y
