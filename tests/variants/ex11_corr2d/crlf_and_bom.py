import torch


def corr2d(X, K):
    rows, cols = K.shape
    Y = torch.zeros((X.shape[0] - rows + 1, X.shape[1] - cols + 1))
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i:i + rows, j:j + cols] * K).sum()
    return Y
