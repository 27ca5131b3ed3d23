"""Exercise 41: data augmentation, more digits than there are.

Lesson: docs/en/lessons/augmentation.md
Try it: python -m grader exercises/ex41_augmentation.py
"""

from collections.abc import Callable

import torch

Transform = Callable[[torch.Tensor], torch.Tensor]


def train_transform() -> Transform:
    """A random transform for training: a digit (1, 28, 28) in [0, 1] → a digit (1, 28, 28) in [0, 1].

    Called twice with the same image it gives two different ones, and both still show the same digit:
    moved, turned or stretched a little, as you like. It never mirrors a digit, neither left to right
    nor top to bottom, and never turns it by more than 90°.

    Any transform of torchvision.transforms will do (`v2` or the older ones), several of them composed,
    or a function of your own. The images are tensors already.

    By hand: moved by 2 rows and 1 column, the pixel in row 10 and column 5 comes to row 12 and column
    6. The digit is the same. A 6 turned by 180° is a 9, and a 2 in the mirror is no digit at all.
    """
    raise NotImplementedError("write train_transform")


def test_transform() -> Transform:
    """The transform for testing: a digit (1, 28, 28) in [0, 1] → the same digit, alike in shape and range.

    It gives the same result every time, so that the accuracy of a net does not depend on luck.

    By hand: a pixel of 0.5 that stays 0.5, whenever it is asked, is all right.
    """
    raise NotImplementedError("write test_transform")
