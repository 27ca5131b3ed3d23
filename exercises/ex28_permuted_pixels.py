"""Exercise 28: permuted pixels, the experiment that shows what a CNN uses.

Lesson: docs/en/lessons/fully-connected.md
Try it: python -m grader exercises/ex28_permuted_pixels.py
"""

import torch


def permute_pixels(images: torch.Tensor, permutation: torch.Tensor) -> torch.Tensor:
    """Move the pixels of images (n, c, h, w) to other places, by one permutation of h·w numbers.

    Count the pixels of an image row by row, from 0 to h·w − 1. Pixel i of the result is pixel
    permutation[i] of the image. Every image and every channel is treated alike. The result has the
    shape and the dtype of `images`, and `images` stay as they are.

    By hand: the image [[10, 11], [12, 13]] has the pixels 10, 11, 12, 13. With the permutation
    [2, 0, 3, 1] the result has the pixels 12, 10, 13, 11, so it is [[12, 10], [13, 11]].
    """
    raise NotImplementedError("write permute_pixels")
