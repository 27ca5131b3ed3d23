# %% [markdown]
# # LeNet in 1998 and today
#
# Take LeNet with sigmoids, as many courses build it, and train it with plain SGD and a learning rate of 0.1.
# In three epochs it learns nothing. Take ReLU and max pooling instead, and it reads most digits after one
# epoch. Why? We measure the gradients, layer by layer.
#
# [The lesson](../lessons/lenet.md) goes through the net number by number.

# %%
import itertools

import matplotlib.pyplot as plt
import torch
from torch import nn

from grader.data import load
from solutions.ex22_accuracy import evaluate_accuracy
from solutions.ex23_training import train_epoch
from solutions.ex24_lenet import lenet

digits = load("digits")
print(lenet())


# %% [markdown]
# This is the net of [exercise 24](../exercises/ex24_lenet.md), with sigmoids and average pooling. For the
# version of today we replace both, and leave everything else as it is. All weights begin with
# [Xavier's rule](../lessons/training.md#what-people-get-wrong), all biases with 0.


# %%
def build(today):
    torch.manual_seed(0)
    net = lenet()
    for place, layer in enumerate(net):
        if today and isinstance(layer, nn.Sigmoid):
            net[place] = nn.ReLU()
        if today and isinstance(layer, nn.AvgPool2d):
            net[place] = nn.MaxPool2d(kernel_size=2, stride=2)
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return net


NETS = {"sigmoid, mean": False, "ReLU, maximum": True}

# %% [markdown]
# ## The gradients before the first step
#
# Show 500 images to each net, go backwards, and look at each layer: how large is the gradient of its
# weights? We take the root of the sum of their squares, the *norm*.

# %%
LAYERS = ["conv 1", "conv 2", "linear 1", "linear 2", "linear 3"]


def gradient_norms(net):
    net.zero_grad()
    nn.functional.cross_entropy(net(digits.train_images[:500]), digits.train_labels[:500]).backward()
    return [layer.weight.grad.norm().item() for layer in net if isinstance(layer, nn.Conv2d | nn.Linear)]


norms = {name: gradient_norms(build(today)) for name, today in NETS.items()}
for name, values in norms.items():
    print(f"{name}:", "  ".join(f"{layer} {value:.4f}" for layer, value in zip(LAYERS, values, strict=True)))

# %%
_, axis = plt.subplots(figsize=(7, 2.8))
for (name, values), marker in zip(norms.items(), "os", strict=True):
    axis.semilogy(LAYERS, values, marker=marker, label=name)
axis.set_ylabel("norm of the gradient")
axis.legend(frameon=False)
plt.show()

# %% [markdown]
# ![Two lines over the five layers, on a logarithmic scale. With ReLU all five are of a size. With sigmoid
# the line falls from 1 in the last layer to about 0.001 in the first.](figure:plot)
# The gradient of each layer's weights, before any training. Each large mark on the left is 10 times the one
# below it.
#
# !!! question "What to notice"
#     - Read it from right to left, as the gradient travels. With sigmoid it becomes smaller with every
#       layer. In the first one, less than a hundredth of the last one's is left.
#     - With ReLU all five layers get gradients of about the same size.
#     - In the *last* layer the net with sigmoid has the larger gradient. So the loss does say what is
#       wrong. It gets lost on the way to the first layers.
#
# The lesson computes that four sigmoids let through at most $0.25^4 = 1/256$ by themselves. Here the
# weights and the pooling on the way are multiplied in as well.

# %%
sigmoid, relu = norms.values()
assert all(front < behind for front, behind in itertools.pairwise(sigmoid))
assert sigmoid[0] < sigmoid[4] / 100
assert max(relu) < 10 * min(relu)
assert sigmoid[4] > relu[4]

# %% [markdown]
# ## Where do the sigmoids sit?
#
# The slope of a sigmoid is at most 0.25, and nearly 0 where its input is far from 0, on either side. We look
# at what comes out of each activation, and compute the slopes from it. If $\sigma$ comes out of a sigmoid,
# its slope there is $\sigma' = \sigma (1 - \sigma)$. For ReLU it is 0 or 1.


# %%
def mean_slopes(net):
    slopes, X = [], digits.train_images[:500]
    with torch.no_grad():
        for layer in net:
            X = layer(X)
            if isinstance(layer, nn.Sigmoid):
                slopes.append((X * (1 - X)).mean().item())
            if isinstance(layer, nn.ReLU):
                slopes.append((X > 0).float().mean().item())
    return slopes


slopes = {name: mean_slopes(build(today)) for name, today in NETS.items()}
for name, values in slopes.items():
    print(f"{name}: mean slope of the four activations", " ".join(f"{value:.2f}" for value in values))

assert all(0.15 < slope <= 0.25 for slope in slopes["sigmoid, mean"])
assert all(0.3 < slope < 0.7 for slope in slopes["ReLU, maximum"][1:])
assert slopes["ReLU, maximum"][0] < 0.3

# %% [markdown]
# At the start no sigmoid is stuck: all slopes are near their best value, 0.25. The trouble is that even
# the best is a quarter, four times in a row. ReLU lets about half of the numbers through, and these
# untouched. Only behind the first convolution there are fewer: most of an image is black, and where a
# window is black the result is 0.
#
# ## Train both
#
# First the plainest way: SGD with a learning rate of 0.1. Then the net with sigmoid
# gets help from Adam, which divides each weight's step by the usual size of its gradient. A gradient
# that is always a thousand times too small is then no longer too small.


# %%
def train(today, optimizer_class, lr, epochs=3):
    net = build(today)
    optimizer = optimizer_class(net.parameters(), lr=lr)
    losses, accuracies = [], []
    for _ in range(epochs):
        order = torch.randperm(len(digits.train_labels)).split(32)
        batches = [(digits.train_images[part], digits.train_labels[part]) for part in order]
        losses.append(train_epoch(net, batches, nn.CrossEntropyLoss(), optimizer, "cpu")[0])
        accuracies.append(evaluate_accuracy(net, [(digits.test_images, digits.test_labels)]))
    return net, losses, accuracies


PROGRAMMES = {
    "sigmoid, SGD 0.1": (False, torch.optim.SGD, 0.1),
    "sigmoid, Adam 0.003": (False, torch.optim.Adam, 3e-3),
    "ReLU, SGD 0.1": (True, torch.optim.SGD, 0.1),
}
trained, curves = {}, {}
for name, programme in PROGRAMMES.items():
    trained[name], losses, curves[name] = train(*programme)
    shown = "  ".join(f"{loss:.2f} → {right:.1%}" for loss, right in zip(losses, curves[name], strict=True))
    print(f"{name:20} loss → test accuracy: {shown}")

# %%
_, axis = plt.subplots(figsize=(7, 2.8))
for (name, accuracies), style in zip(curves.items(), [":", "--", "-"], strict=True):
    axis.plot([1, 2, 3], accuracies, style, marker="o", label=name)
axis.set_xticks([1, 2, 3])
axis.set_xlabel("epoch")
axis.set_ylabel("test accuracy")
axis.set_ylim(0, 1)
axis.legend(frameon=False)
plt.show()

# %% [markdown]
# ![Three curves over three epochs. ReLU is near the top from the first epoch. Sigmoid with SGD stays at
# 0.1. Sigmoid with Adam begins at 0.1 and then climbs above 0.8.](figure:plot)
# Test accuracy after each epoch.
#
# !!! question "What to notice"
#     - *Sigmoid, SGD*: the loss stays near $\ln 10 = 2.30$ and the accuracy at one in ten. Nothing is wrong
#       with the code. The front of the net hardly moves.
#     - *Sigmoid, Adam*: nothing for a whole epoch, and then it learns quickly. If you had stopped early, you
#       would have searched for a bug.
#     - *ReLU*: reads more than seven of ten digits after the first epoch, with the plainest of all optimizers.
#
# So was LeNet a bad net? No. In 1998 it had a scaled tanh, $1.7159 \tanh(\frac{2}{3} x)$, whose slope at 0 is
# above 1, and 60,000 images in place of our 3,600. The sigmoid in today's courses is a simplification, and
# the harder of the two.

# %%
assert all(0.05 < right < 0.2 for right in curves["sigmoid, SGD 0.1"])
assert curves["sigmoid, Adam 0.003"][0] < 0.4 < 0.7 < curves["sigmoid, Adam 0.003"][2]
assert curves["ReLU, SGD 0.1"][0] > 0.7
assert curves["ReLU, SGD 0.1"][2] > 0.92
scaled_tanh = torch.tensor(0.0, requires_grad=True)
(1.7159 * torch.tanh(2 / 3 * scaled_tanh)).backward()
print(f"slope of 1.7159 · tanh(2x/3) at 0: {scaled_tanh.grad:.2f}")
assert scaled_tanh.grad > 1

# %% [markdown]
# ## Try it yourself
#
# - Replace `nn.Sigmoid` by `nn.Tanh`. With SGD 0.1 it learns at once. Then try SGD 0.9.
# - Give the net with sigmoid ten epochs of SGD 0.9. Does it wake up?
# - Leave out Xavier's rule for the net with ReLU. Is it still needed?
# - Build the net yourself: [exercise 24](../exercises/ex24_lenet.md).
