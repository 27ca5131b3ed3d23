import numpy as np


def corr2d_backward(X, K, dY):
    X, K, dY = (np.asarray(a, dtype=np.float64) for a in (X, K, dY))
    windows = np.lib.stride_tricks.sliding_window_view(X, K.shape)
    dK = np.tensordot(dY, windows, axes=([0, 1], [0, 1]))
    dX = np.zeros_like(X)
    for (a, b), weight in np.ndenumerate(K):
        dX[a : a + dY.shape[0], b : b + dY.shape[1]] += weight * dY
    print("dX", dX.shape, "dK", dK.shape)
    return dX, dK
