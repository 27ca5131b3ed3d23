# %% [markdown]
# # Channels: red, but not green
#
# A colour photograph has three channels. A kernel sees all of them at once, and so it can find what no
# single channel shows. We try this on a flower. Then we look at the smallest kernel of all, 1 × 1, and
# let it learn something.
#
# [The lesson](../lessons/channels.md) has the formulas, with small numbers.
#
# ## Three grey images
#
# First the photograph itself. Then each of its three channels, shown as a grey image.

# %%
import time

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import load_sample_image
from torch import nn

from solutions.ex15_channels import corr2d_multi_in, corr2d_multi_in_out_1x1
from solutions.ex21_parameters import conv_parameters, count_parameters


def photograph(name):
    pixels = torch.tensor(load_sample_image(name)) / 255
    return pixels.permute(2, 0, 1)  # from (height, width, channel) to (channel, height, width)


def show(*images):
    height = 7 / len(images) * images[0].shape[-2] / images[0].shape[-1]
    _, axes = plt.subplots(1, len(images), figsize=(7, height), squeeze=False)
    for axis, image in zip(axes[0], images, strict=True):
        axis.imshow(image.permute(1, 2, 0) if image.ndim == 3 else image, vmin=0, vmax=1)
        axis.set_axis_off()


flower = photograph("flower.jpg")
red, green, blue = flower
print("the photograph", tuple(flower.shape), "· one channel", tuple(red.shape))
show(flower)

# %% [markdown]
# ![An orange dahlia in front of dark leaves of a blue green. Its petals are pale at the rim of the flower
# and deep orange in the middle.](figure:photo)
# A dahlia. Photograph: [vultilion](https://www.flickr.com/photos/vultilion/6056698931/),
# [CC BY 2.0](https://creativecommons.org/licenses/by/2.0/).

# %%
show(red, green, blue)

# %% [markdown]
# ![The flower three times in grey. In red it is nearly white, and the leaves are black. In green it becomes
# darker towards the middle, in blue it is dark, like the leaves.](figure:photo)
# The channels red, green and blue. White: much of the colour.
#
# !!! question "What to notice"
#     - In red, the whole flower is bright. You cannot tell its rim from its middle.
#     - In green, the rim is brighter than the middle. But the middle is not alone in being dark: the
#       leaves are dark too.
#
# So where is the photograph *deep orange*? No single channel says it.
#
# ## A kernel that sees all channels
#
# We want a number that is large where there is much red and little green. Take red minus green. As a
# kernel this is one slice for each channel, each of 1 × 1: $1$ for red, $-1$ for green, $0$ for blue.

# %%
red_not_green = torch.tensor([1.0, -1.0, 0.0]).reshape(3, 1, 1)
deep_orange = corr2d_multi_in(flower, red_not_green)
library = F.conv2d(flower[None], red_not_green[None])[0, 0]
print("three channels in, one out:", tuple(deep_orange.shape))
print("largest difference from PyTorch's conv2d:", (deep_orange - library).abs().max().item())
show(red, 2 * deep_orange.clamp(0, 0.5))

# %% [markdown]
# ![The flower twice. Left: all of it is bright. Right: its middle shines, its rim is dark grey, and the
# leaves are black.](figure:photo)
# Left: red. Right: red minus green, shown twice as bright. What is below 0 is black.
#
# The results of the three slices are **added up**. That is why the kernel can subtract one channel from
# another. `corr2d_multi_in` is the function that you write in
# [exercise 15](../exercises/ex15_channels.md).
#
# In numbers, for a small piece of each: red alone cannot tell middle from rim, and red minus green can.

# %%
middle, rim, leaves = (flower[:, 215:235, 295:325], flower[:, 330:345, 280:340], flower[:, 150:250, 20:100])
for name, patch in [("middle", middle), ("rim", rim), ("leaves", leaves)]:
    means = ", ".join(f"{channel.mean():.2f}" for channel in patch)
    print(f"{name:7} red, green, blue: {means}   red − green: {(patch[0] - patch[1]).mean():5.2f}")
assert (middle[0] - middle[1]).mean() > 1.8 * (rim[0] - rim[1]).mean() > 0 > (leaves[0] - leaves[1]).mean()

# %% [markdown]
# ## Several kernels, several channels
#
# One kernel makes one channel. Three kernels of 1 × 1 make three new channels, and all of them together
# are a matrix of 3 × 3: a row for each new channel, a column for each old one. Every pixel is multiplied
# by this matrix.

# %%
mixes = torch.tensor([[0.299, 0.587, 0.114], [1.0, -1.0, 0.0], [0.0, 1.0, -1.0]])
mixed = corr2d_multi_in_out_1x1(flower, mixes.reshape(3, 3, 1, 1))
assert torch.allclose(mixed, F.conv2d(flower[None], mixes.reshape(3, 3, 1, 1))[0], atol=1e-6)
show(*(2 * mixed).clamp(0, 1))

# %% [markdown]
# ![The flower three times. Left: as a grey photograph. In the middle: only its heart is bright. Right: its
# rim is bright, its heart is dark.](figure:photo)
# Brightness; red minus green; green minus blue. All three are shown twice as bright.
#
# So turning a photograph to grey, as in [the tutorial on edges](edges.py), is a 1 × 1 convolution with
# three numbers.
#
# ## Let 1 × 1 kernels learn
#
# How *colourful* is a pixel? A usual measure is the largest of its three numbers minus the smallest: 0
# for grey, up to 1 for a pure colour. We do not tell the net this rule. We show it the flower, and the
# answer for each pixel. Three nets try:


# %%
def colourfulness(image):
    return image.amax(dim=0) - image.amin(dim=0)


def one_layer():
    return nn.Conv2d(3, 1, kernel_size=1)


def two_layers():
    return nn.Sequential(nn.Conv2d(3, 16, kernel_size=1), nn.Conv2d(16, 1, kernel_size=1))


def two_layers_and_relu():
    return nn.Sequential(nn.Conv2d(3, 16, kernel_size=1), nn.ReLU(), nn.Conv2d(16, 1, kernel_size=1))


def learn(build, image, num_steps=600):
    torch.manual_seed(0)
    net = build()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    X, Y = image[None, :, ::8, ::8], colourfulness(image)[::8, ::8]  # every eighth pixel is enough
    for _ in range(num_steps):
        optimizer.zero_grad()
        loss = ((net(X)[0, 0] - Y) ** 2).mean()
        loss.backward()
        optimizer.step()
    return net


def error(net, image):
    """By how much the net is off, for a pixel of the whole photograph on average."""
    with torch.no_grad():
        return (net(image[None])[0, 0] - colourfulness(image)).abs().mean().item()


tower = photograph("china.jpg")
nets, errors = {}, {}
for build in (one_layer, two_layers, two_layers_and_relu):
    net = nets[build] = learn(build, flower)
    errors[build] = error(net, flower), error(net, tower)
    here, there = errors[build]
    size = count_parameters(net)
    print(f"{build.__name__:20} {size:3} parameters   error {here:.3f}, on another photograph {there:.3f}")

# %% [markdown]
# !!! question "What to notice"
#     - Two layers with nothing between them can do no more than one: together they are a single matrix, and
#       the errors nearly agree.
#     - With ReLU between them the error falls to less than a fifth. *Largest minus smallest* has bends,
#       and ReLU is a bend.
#     - The rule serves for another photograph too, though less exactly: its colours are others. This is
#       a small net that every pixel goes through by itself, whatever is around it.

# %%
assert abs(errors[one_layer][0] - errors[two_layers][0]) < 0.005
assert errors[two_layers_and_relu][0] < 0.2 * errors[one_layer][0]
assert errors[two_layers_and_relu][1] < 0.5 * errors[one_layer][1]
with torch.no_grad():
    show(tower, nets[two_layers_and_relu](tower[None])[0, 0].clamp(0, 1))

# %% [markdown]
# ![Left: a Chinese tower in front of a lake, in colour. Right: the same in grey. The tiles of the roofs and
# some leaves are bright, sky and lake are nearly black.](figure:photo)
# A photograph that the net was not trained with, and how colourful it finds each pixel. Photograph:
# [danielbuechele](https://www.flickr.com/photos/danielbuechele/6061409035/),
# [CC BY 2.0](https://creativecommons.org/licenses/by/2.0/).
#
# ## Fewer channels before an expensive layer
#
# A 3 × 3 layer from 256 to 256 channels is expensive. A *bottleneck* goes down to 64 channels with a
# 1 × 1, does the 3 × 3 there, and comes back with another 1 × 1. The lesson counts weights. Here is the
# clock too:

# %%
wide = nn.Conv2d(256, 256, kernel_size=3, padding=1, bias=False)
bottleneck = nn.Sequential(
    nn.Conv2d(256, 64, kernel_size=1, bias=False),
    nn.Conv2d(64, 64, kernel_size=3, padding=1, bias=False),
    nn.Conv2d(64, 256, kernel_size=1, bias=False),
)
assert count_parameters(wide) == conv_parameters(256, 256, 3, bias=False)


def milliseconds(net, X, times=7):
    """The quickest of several runs: whatever else the computer does makes it only slower."""
    seconds = []
    with torch.no_grad():
        for _ in range(times):
            began = time.perf_counter()
            net(X)
            seconds.append(time.perf_counter() - began)
    return 1000 * min(seconds)


X = torch.rand(1, 256, 28, 28)
weights = count_parameters(wide), count_parameters(bottleneck)
spent = milliseconds(wide, X), milliseconds(bottleneck, X)
print(f"weights      {weights[0]:,} and {weights[1]:,}: {weights[0] / weights[1]:.1f} times fewer")
print(f"milliseconds {spent[0]:.1f} and {spent[1]:.1f}: {spent[0] / spent[1]:.1f} times faster")
assert weights[0] / weights[1] > 8
assert spent[0] / spent[1] > 2

# %% [markdown]
# The weights are exact. The milliseconds are those of the computer that built this page, and yours will
# differ. The saving in time need not be the saving in weights: three layers also have to be started, and
# their results written and read again.
#
# ## Try it yourself
#
# - Which three numbers find the *leaves*, and nothing of the flower?
# - Swap two axes by mistake: `pixels.reshape(3, 427, 640)` instead of `permute`. What do you see?
# - Can a net of 1 × 1 kernels learn to blur? Why not?
# - Write the three functions: [exercise 15](../exercises/ex15_channels.md).
