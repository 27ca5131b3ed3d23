# %% [markdown]
# # Pooling: what it keeps, what it loses
#
# Pooling keeps one number of each window. It is said to make a net indifferent to *where* something is.
# Is that so? We measure it, on digits: how much of a move comes through, what can still be answered
# behind a pooling, and which way of making an image smaller reads digits best.
#
# [The lesson](../lessons/pooling.md) explains the operation.

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from grader.data import load
from solutions.ex16_pooling import pool2d
from solutions.ex22_accuracy import evaluate_accuracy
from solutions.ex23_training import train_epoch

digits = load("digits")
digit = digits.test_images[3, 0]


# %% [markdown]
# ## A digit, pooled
#
# `pool2d` is the function that you write in [exercise 16](../exercises/ex16_pooling.md). With windows of
# 2 × 2, 4 × 4 and 7 × 7 a digit of 28 × 28 pixels shrinks to 14 × 14, 7 × 7 and 4 × 4.


# %%
def show(*rows):
    _, axes = plt.subplots(len(rows), len(rows[0]), figsize=(7, 7 * len(rows) / len(rows[0])), squeeze=False)
    for axis, image in zip(axes.flat, (image for row in rows for image in row), strict=True):
        axis.imshow(image, vmin=0, vmax=1)
        axis.set_axis_off()


show(*([digit] + [pool2d(digit, (k, k), mode) for k in (2, 4, 7)] for mode in ("max", "avg")))

# %% [markdown]
# ![Two rows of four images: a digit, and the digit in ever larger squares. In the upper row the strokes
# become thick and white, in the lower one grey and blurred.](figure:photo)
# Left: the digit. Then windows of 2, 4 and 7. Above: the maximum. Below: the mean.
#
# The maximum says *somewhere here is ink*, and makes strokes thick. The mean says *how much ink is
# here*, and makes them pale.
#
# ## How much of a move comes through?
#
# Move all test images to the right, by one pixel and then by two. By how much do the numbers change? To
# measure it, take the root of the sum of the squares of all changes, the *norm*, and divide it by the norm
# of the numbers before. 0 would mean: pooling does not notice the move.


# %%
def change(before, after):
    return ((after - before).norm() / before.norm()).item()


def moved(images, dx):
    return F.pad(images, (dx, 0))[..., :28]  # dx columns of black on the left


windows = [1, 2, 4, 7, 14]
for name, pool in [("max", F.max_pool2d), ("avg", F.avg_pool2d)]:
    small = [pool(digits.test_images, k) for k in windows]
    for dx in (1, 2):
        changes = [
            change(before, pool(moved(digits.test_images, dx), k)) for k, before in zip(windows, small, strict=True)
        ]
        shown = "  ".join(f"{k}×{k}: {value:.0%}" for k, value in zip(windows, changes, strict=True))
        print(f"{name} pooling, moved by {dx}:  {shown}")
        if dx == 1:
            assert changes == sorted(changes, reverse=True)
            assert changes[0] > 0.5
            assert changes[1] > 0.4

# %% [markdown]
# 1 × 1 is the image without pooling.
#
# !!! question "What to notice"
#     - A single pixel to the right, and the change is more than half as large as the image itself,
#       measured by the norm. So this is what a net has to get over.
#     - The larger the window, the less of the move comes through. Pooling does what it is said to do.
#     - But behind the usual 2 × 2 the numbers still change by more than 40 %. Pooling forgives a little. It
#       is not blind to moves.
#
# ## Two questions
#
# Whoever forgets the place cannot answer questions about it. We ask two things of the same digits:
# *which digit is it?* And: *how far has it been moved?* For the second question, each image is moved up
# or down by 0 to 3 pixels.
#
# The net is as small as possible, so that we see the pooling and not the rest: one convolution, ReLU,
# one pooling, one linear layer.


# %%
def move_each(images, generator):
    moves = torch.randint(-3, 4, (len(images),), generator=generator)
    # What leaves at the bottom comes back at the top.
    rows = torch.stack([torch.roll(image, int(move), dims=1) for image, move in zip(images, moves, strict=True)])
    return rows, moves + 3  # seven classes, 0 to 6


generator = torch.Generator().manual_seed(0)
which = (digits.train_images, digits.train_labels, digits.test_images, digits.test_labels)
where = (*move_each(digits.train_images, generator), *move_each(digits.test_images, generator))


def train(net, train_images, train_labels, test_images, test_labels, epochs=2):
    """Train with Adam; the accuracy on the test images."""
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(epochs):
        order = torch.randperm(len(train_labels)).split(32)
        batches = [(train_images[part], train_labels[part]) for part in order]
        train_epoch(net, batches, nn.CrossEntropyLoss(), optimizer, "cpu")
    return evaluate_accuracy(net, [(test_images, test_labels)])


def one_pooling(k):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(k),
        nn.Flatten(),
        nn.Linear(8 * (28 // k) ** 2, 10),  # ten scores; "how far moved?" uses seven of them
    )


sizes = [2, 4, 7, 14]
answers = {"which digit?": [], "how far moved?": []}
for k in sizes:
    for question, task in zip(answers, (which, where), strict=True):
        answers[question].append(train(one_pooling(k), *task))
    print(f"windows of {k:2}×{k:<2}", " · ".join(f"{question} {right[-1]:.1%}" for question, right in answers.items()))

# %%
_, axis = plt.subplots(figsize=(7, 2.8))
for question, right in answers.items():
    axis.plot(sizes, right, marker="o", label=question)
axis.set_xticks(sizes)
axis.set_xlabel("size of the window")
axis.set_ylabel("test accuracy")
axis.set_ylim(0, 1)
axis.legend(frameon=False)
plt.show()

# %% [markdown]
# ![Two falling curves. "Which digit?" stays near 0.9 up to windows of 7, then falls. "How far moved?" begins
# lower and falls from the start, to about a quarter.](figure:plot)
# The same net, asked two questions, behind ever larger windows.
#
# !!! question "What to notice"
#     - *Which digit?* loses only a few points up to windows of 7 × 7, where 16 numbers of each channel are
#       left.
#     - *How far moved?* suffers from the start. With windows of 14 × 14 not much is left of it. Guessing
#       alone would be right one time in seven.
#
# So pooling is neither a gift nor a mistake. It throws the place away. Whether that is a loss depends on
# your question.

# %%
digit_right, move_right = answers.values()
assert digit_right[0] > 0.9 > digit_right[3] > 0.65
assert digit_right[0] - digit_right[2] < 0.08
assert move_right[0] - move_right[2] > 0.12
assert move_right[3] < 0.4

# %% [markdown]
# ## Four ways to become smaller
#
# Now a whole net, almost [LeNet](../lessons/lenet.md). Twice it must halve height and width. It can
# take the maximum or the mean. It can learn what to keep, with a convolution of stride 2. Or it can
# simply keep every second pixel of every second row, and throw the rest away unseen. Each net is trained
# on digits as they are, and then asked about digits that were moved.


# %%
def lenet_with(smaller):
    torch.manual_seed(0)
    return nn.Sequential(
        *(nn.Conv2d(1, 6, kernel_size=5, padding=2), nn.ReLU(), smaller(6)),
        *(nn.Conv2d(6, 16, kernel_size=5), nn.ReLU(), smaller(16)),
        *(nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 10)),
    )


WAYS = {
    "maximum": lambda channels: nn.MaxPool2d(2),
    "mean": lambda channels: nn.AvgPool2d(2),
    "convolution, stride 2": lambda channels: nn.Conv2d(channels, channels, kernel_size=2, stride=2),
    "every second pixel": lambda channels: nn.MaxPool2d(1, stride=2),  # a window of one pixel: nothing to choose
}
moves = [0, 1, 2, 3]
moved_tests = [moved(digits.test_images, dx) for dx in moves]
by_way = {}
for name, smaller in WAYS.items():
    net = lenet_with(smaller)
    train(net, *which, epochs=3)
    by_way[name] = [evaluate_accuracy(net, [(images, digits.test_labels)]) for images in moved_tests]
    print(f"{name:22}", "  ".join(f"{dx}: {right:.1%}" for dx, right in zip(moves, by_way[name], strict=True)))

# %%
_, axis = plt.subplots(figsize=(7, 2.8))
for (name, right), style in zip(by_way.items(), ["-", "--", "-.", ":"], strict=True):
    axis.plot(moves, right, style, marker="o", label=name)
axis.set_xticks(moves)
axis.set_xlabel("pixels to the right")
axis.set_ylabel("test accuracy")
axis.legend(frameon=False)
plt.show()

# %% [markdown]
# ![Four curves that begin close together near 0.94 and fall to between 0.57 and 0.67 at three pixels. The
# maximum is on top, every second pixel at the bottom.](figure:plot)
# Test accuracy when the digits are moved, for four ways to make the image smaller.
#
# !!! question "What to notice"
#     - On digits as they are, the four lie within a few points. Something must make the image smaller,
#       and what it is matters little.
#     - Moved by three pixels, *every second pixel* is clearly behind the maximum. Looking at all four
#       pixels of a window before keeping one number helps.
#     - No way makes the net indifferent: three pixels cost each of them more than 20 points.
#
# These are single runs with one *seed*, the number from which all random numbers follow
# (`torch.manual_seed`). A difference of one point would look different with another seed; do not make a
# rule of it.

# %%
at_rest, far = [right[0] for right in by_way.values()], {name: right[3] for name, right in by_way.items()}
assert max(at_rest) - min(at_rest) < 0.04
assert far["maximum"] > far["every second pixel"] + 0.03
assert all(right[0] - right[3] > 0.2 for right in by_way.values())

# %% [markdown]
# ## Try it yourself
#
# - Train the net of two questions without any pooling, `one_pooling(1)`. Does *how far moved?* get better?
# - Move the training images at random too. What happens to the four curves?
#   ([Augmentation](../lessons/augmentation.md) is the word for it.)
# - Take overlapping windows: `nn.MaxPool2d(3, stride=2, padding=1)`.
# - Write `pool2d` yourself: [exercise 16](../exercises/ex16_pooling.md).
