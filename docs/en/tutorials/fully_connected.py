# %% [markdown]
# # Why not fully connected? An experiment
#
# A fully connected net can do everything that a convolutional net can. So what does a convolution
# know that it does not? We train both on handwritten digits. Then we shuffle the pixels, and train
# them again.
#
# [The lesson](../lessons/fully-connected.md) explains what a fully connected layer is and counts its
# weights. Here we only measure. It takes half a minute on one processor.
#
# ## Two nets of the same size
#
# The course ships with 5,000 real digits of 28 × 28 pixels. 3,600 of them are for training, 1,000 for
# the test. The other 400 are not used on this page.

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from grader.data import load
from solutions.ex21_parameters import count_parameters
from solutions.ex22_accuracy import evaluate_accuracy
from solutions.ex23_training import train_epoch
from solutions.ex28_permuted_pixels import permute_pixels

digits = load("digits")
print("to train on", tuple(digits.train_images.shape), "· to test on", tuple(digits.test_images.shape))


# %% [markdown]
# The functions from `solutions` are those that you write in the exercises
# [21](../exercises/ex21_parameters.md), [22](../exercises/ex22_accuracy.md),
# [23](../exercises/ex23_training.md) and [28](../exercises/ex28_permuted_pixels.md).
#
# To be fair, both nets get about the same number of parameters. The convolutional one is
# [LeNet](../lessons/lenet.md) with ReLU and max pooling. The other has one layer of 77 numbers between the
# pixels and the ten scores. Such a layer is called *hidden*: nobody says from outside what its numbers
# should be.


# %%
def fully_connected():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 77), nn.ReLU(), nn.Linear(77, 10))


def convolutional():
    return nn.Sequential(  # *(…) hands over the layers in the brackets one by one: it keeps a stage on one line
        *(nn.Conv2d(1, 6, kernel_size=5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, kernel_size=5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )


NETS = {"fully connected": fully_connected, "convolutional": convolutional}
for name, build in NETS.items():
    print(f"{name:16} {count_parameters(build()):,} parameters")

# %% [markdown]
# `train` shows all training images five times, in batches of 32 and in a new order each time. After
# each epoch it asks for the accuracy on the test images.


# %%
def train(build, train_images, test_images, epochs=5):
    torch.manual_seed(0)
    net = build()
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    accuracies = []
    for _ in range(epochs):
        order = torch.randperm(len(train_images)).split(32)
        batches = [(train_images[part], digits.train_labels[part]) for part in order]
        train_epoch(net, batches, nn.CrossEntropyLoss(), optimizer, "cpu")
        accuracies.append(evaluate_accuracy(net, [(test_images, digits.test_labels)]))
    return net, accuracies


nets, curves = {}, {}
for name, build in NETS.items():
    nets[name], curves[name] = train(build, digits.train_images, digits.test_images)
    print(f"{name:16} test accuracy {curves[name][-1]:.1%}")

# %% [markdown]
# With as many numbers to learn, the convolutional net makes fewer mistakes.

# %%
assert curves["convolutional"][-1] > curves["fully connected"][-1] + 0.01

# %% [markdown]
# ## Now shuffle the pixels
#
# Draw one new order for the 784 pixels, and use it for every image, in training and in the test. No
# number is lost: whoever knows the order can put the digits together again.

# %%
permutation = torch.randperm(784, generator=torch.Generator().manual_seed(0))
permuted_train = permute_pixels(digits.train_images, permutation)
permuted_test = permute_pixels(digits.test_images, permutation)


def show(*rows, limit=None):
    height = 7 * len(rows) / len(rows[0])
    _, axes = plt.subplots(len(rows), len(rows[0]), figsize=(7, height), squeeze=False)
    for axis, image in zip(axes.flat, torch.cat(rows), strict=True):
        axis.imshow(image[0], vmin=-limit if limit else 0, vmax=limit or 1)
        axis.set_axis_off()


show(digits.train_images[:9], permuted_train[:9])

# %% [markdown]
# ![Nine handwritten digits, white on black. Below each stands a square of white dots without any
# shape.](figure:photo)
# Above: nine digits. Below: the same pixels in the new order.
#
# Can you still tell which of the lower squares show the same digit? What do you expect of the two
# nets?

# %%
for name, build in NETS.items():
    _, curves[name, "permuted"] = train(build, permuted_train, permuted_test)
    print(f"{name:16} {curves[name][-1]:.1%} → permuted {curves[name, 'permuted'][-1]:.1%}")

# %%
_, axis = plt.subplots(figsize=(7, 3))
epochs = range(1, 6)
for name, colour in [("convolutional", "C0"), ("fully connected", "C1")]:
    axis.plot(epochs, curves[name], color=colour, marker="o", label=name)
    axis.plot(epochs, curves[name, "permuted"], color=colour, marker="o", linestyle="--", label=f"{name}, permuted")
axis.set_xticks(epochs)
axis.set_xlabel("epoch")
axis.set_ylabel("test accuracy")
axis.legend(frameon=False, loc="lower right")
plt.show()

# %% [markdown]
# ![Four curves over five epochs. The two of the fully connected net lie on each other, near 0.91. The
# convolutional net is above them on digits as they are, and far below on permuted ones.](figure:plot)
# Solid: digits as they are. Dashed: with permuted pixels.
#
# !!! question "What to notice"
#     - To the fully connected net, both tasks are the same. It never knew which pixels are neighbours.
#     - The convolutional net begins far behind and stays behind. Its kernels of 5 × 5 look at 25 pixels
#       that have nothing to do with each other.
#     - It still learns something: its three last layers are fully connected.
#
# So that is what a convolution knows before it has seen a single image: **neighbours belong
# together**.

# %%
plain, shuffled = curves["fully connected"], curves["fully connected", "permuted"]
assert abs(plain[-1] - shuffled[-1]) < 0.03
assert curves["convolutional", "permuted"][0] < shuffled[0] - 0.15
assert curves["convolutional", "permuted"][-1] < shuffled[-1] - 0.01

# %% [markdown]
# ## Move the digits
#
# A convolution knows a second thing: what is worth finding on the left is worth finding on the right.
# Take the two nets that were trained on digits as they are. Move the test images to the right, by one
# to four pixels. A person hardly notices.

# %%
moves = range(5)
moved = {dx: F.pad(digits.test_images, (dx, 0))[..., :28] for dx in moves}  # dx columns of black on the left
show(torch.stack([moved[dx][0] for dx in moves] + [moved[dx][1] for dx in moves]))

# %% [markdown]
# ![Two digits, each five times in a row, every time a little further to the right.](figure:photo)
# Two digits, moved by 0, 1, 2, 3 and 4 pixels.

# %%
by_move = {
    name: [evaluate_accuracy(nets[name], [(moved[dx], digits.test_labels)]) for dx in moves] for name in NETS
}
for name, accuracies in by_move.items():
    print(f"{name:16}", "  ".join(f"{dx}: {accuracy:.1%}" for dx, accuracy in zip(moves, accuracies, strict=True)))

# %%
_, axis = plt.subplots(figsize=(7, 2.8))
for name, colour in [("convolutional", "C0"), ("fully connected", "C1")]:
    axis.plot(moves, by_move[name], color=colour, marker="o", label=name)
axis.set_xticks(moves)
axis.set_xlabel("pixels to the right")
axis.set_ylabel("test accuracy")
axis.set_ylim(0, 1)
axis.legend(frameon=False)
plt.show()

# %% [markdown]
# ![Two falling curves. The fully connected net falls at once and steeply. The convolutional net hardly
# falls at one pixel, and later as steeply.](figure:plot)
# Test accuracy when the digits are moved.
#
# One pixel costs the fully connected net more than 4 points of its accuracy (a point is one image in a
# hundred), and the convolutional net at most half as much. Two pixels cost the fully connected net more than
# 15 points: its weights are tied to places.
#
# But look at four pixels: the convolutional net fails often there, too. Its *convolutions* follow a move,
# but its last three layers are fully connected, and they have only ever seen centred digits. A
# convolutional net is not independent of the place. It only forgives more.
# [The tutorial on pooling](pooling.py) goes on from here.

# %%
connected, convolved = by_move["fully connected"], by_move["convolutional"]
assert connected[0] - connected[1] > 0.04
assert convolved[0] - convolved[1] < 0.5 * (connected[0] - connected[1])
assert connected[0] - connected[2] > 0.15
assert convolved[4] < 0.7

# %% [markdown]
# ## What the fully connected net has learned
#
# Each of its 77 hidden numbers has 784 weights, one for each pixel. So they can be shown as images.
# Grey is zero, white a weight above zero, black one below.

# %%
weights = nets["fully connected"][1].weight.detach().reshape(77, 1, 28, 28)
strongest = weights.flatten(1).norm(dim=1).argsort(descending=True)[:10]
show(weights[strongest], limit=0.2)

# %% [markdown]
# ![Ten squares of cloudy grey, with a few dark and bright strokes in the middle of each.](figure:photo)
# The ten hidden numbers with the largest weights.
#
# You see pieces of strokes, much noise, and a grey border. No digit has ink there, so these weights got no
# gradient and stayed small. Each piece lies at its own place, and it is found only there. A kernel of 5 × 5
# needs 25 weights for a stroke, and finds it everywhere.
#
# ## Try it yourself
#
# - Give the fully connected net 500 hidden numbers. Does it catch up?
# - Permute *each image* by an order of its own. What is left to learn?
# - Train both nets with the first 300 images only. Which one suffers more?
# - Write `permute_pixels` yourself: [exercise 28](../exercises/ex28_permuted_pixels.md).
