import random

import numpy as np


class Jitter:
    """Shift, then noise; in double precision."""

    def __init__(self, most=3, sigma=0.1):
        self.most, self.sigma = most, sigma

    def __call__(self, image):
        array = image.numpy().astype(np.float64)
        padded = np.pad(array, ((0, 0), (self.most, self.most), (self.most, self.most)))
        top, left = random.randint(0, 2 * self.most), random.randint(0, 2 * self.most)
        crop = padded[:, top : top + 28, left : left + 28]
        return np.clip(crop + np.random.normal(0, self.sigma, crop.shape), 0, 1)


train_transform = Jitter


def test_transform():
    return lambda image: image.double()
