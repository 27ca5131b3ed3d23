"""Exercise 44: a small Keras net, written again in PyTorch.

Lesson: docs/en/lessons/keras.md
Try it: python -m grader exercises/ex44_keras_port.py
"""

from torch import nn


def digit_net() -> nn.Module:
    """The Keras net below in PyTorch: images (n, 1, 28, 28) → logits (n, 10), 2,930 parameters.

    In Keras, for images of 28×28 with one channel:

        Conv2D(8, 2, activation="relu")
        MaxPooling2D(4)
        Flatten()
        Dense(10, activation="softmax")

    What Keras does where nothing is said: a convolution has no padding ("valid"), stride 1 and a
    bias. A pooling window moves by its own size, and rows that fill no whole window are left out.
    The number of input channels is found by looking at the data.

    One thing changes. PyTorch's cross-entropy applies the softmax itself, so the last layer gives
    plain scores (logits).

    By hand: the convolution turns 28 rows into 28 − 2 + 1 = 27 and has 8 · (1 · 2 · 2) + 8 = 40
    parameters.
    """
    return nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=2),
        nn.ReLU(),
        nn.MaxPool2d(4),
        nn.Flatten(),
        nn.Linear(8 * 6 * 6, 10),
    )
