# %% [markdown]
# # VGG: what a block sees, and how to start a deep net
#
# VGG is one block, repeated. Its kernels are only 3 × 3. How much of an image does the net see at the
# end? Why does a net of such blocks often not begin to learn at all? And is it better to spend weights
# on depth or on width?
#
# [The lesson](../lessons/vgg.md) works out the sizes and the costs. Here we measure what it claims.
#
# ## What does one number see?
#
# Each number behind a block depends on a square of the image: its receptive field. We can measure it
# with a trick. Put a "not a number", `nan`, into one column of the image. Whatever is added to `nan` or
# multiplied by it is `nan`, even 0 times `nan`. So all that depends on this column becomes `nan` as well. We
# do this for all 224 columns at once, with a batch of 224 images.
#
# The blocks are those of [exercise 32](../exercises/ex32_vgg.md), with as many convolutions as in
# VGG-11. The number of channels does not matter for this question, so each has only one.

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from grader.data import load
from solutions.ex22_accuracy import evaluate_accuracy
from solutions.ex23_training import train_epoch
from solutions.ex32_vgg import vgg_block

torch.manual_seed(0)
blocks = [vgg_block(num_convs, 1, 1) for num_convs in (1, 1, 2, 2, 2)]

X = torch.zeros(224, 1, 32, 224)  # 32 rows are enough: we only ask about columns
column = torch.arange(224)
X[column, :, :, column] = torch.nan  # image number i has nan in its column i

measured = []
with torch.no_grad():
    for number, block in enumerate(blocks, 1):
        X = block(X)
        middle = X[:, 0, X.shape[2] // 2, X.shape[3] // 2]
        seen = middle.isnan().nonzero()[:, 0]
        measured.append((seen.min().item(), seen.max().item()))
        print(f"block {number}: {len(seen):3} columns, from {seen.min()} to {seen.max()}")

# %% [markdown]
# On paper it is the rule of the lesson: each layer with a kernel or window of size $f$ adds
# $(f - 1) \cdot j$ pixels, where $j$ is how many pixels of the image lie between neighbouring numbers. Each
# pooling doubles $j$.

# %%
r, j, computed = 1, 1, []
for num_convs in (1, 1, 2, 2, 2):
    r += num_convs * (3 - 1) * j  # the convolutions
    r += (2 - 1) * j  # the pooling
    j *= 2
    computed.append(r)
print(computed)
assert computed == [last - first + 1 for first, last in measured] == [4, 10, 30, 70, 150]

# %%
digits = load("digits")
eight = digits.test_images[digits.test_labels == 8][:1]
image = F.interpolate(eight, size=(224, 224), mode="bilinear")[0, 0]
_, axis = plt.subplots(figsize=(4.2, 4.2))
axis.imshow(image)
axis.set_axis_off()
for (first, _), side, colour in zip(measured, computed, ["C1", "C2", "C3", "C4", "C9"], strict=True):
    axis.add_patch(plt.Rectangle((first, first), side, side, fill=False, edgecolor=colour, linewidth=2))
    if side > 40:
        axis.text(first + 3, first + 4, side, color=colour, va="top")
plt.show()

# %% [markdown]
# ![A handwritten 8 with five squares around its middle, one inside the other. The outermost covers nearly
# all of the digit.](figure:photo)
# What the number in the middle sees behind each of the five blocks: squares of 4, 10, 30, 70 and 150
# pixels. The image has 224.
#
# !!! question "What to notice"
#     - Each block more than doubles what is seen. The kernels are 3 × 3 all the time. It is the pooling
#       that makes them reach further.
#     - Behind the second block a number sees 10 pixels: a piece of a stroke. Behind the fifth, one
#       number sees nearly the whole digit.
#
# ## Why does it not begin to learn?
#
# Now with channels: 8, 16, 32, 64, 64, an eighth of VGG-11. The images are 32 × 32, and one linear
# layer follows the blocks. We do not train yet. We only send 200 digits through, and print how much the
# numbers behind each convolution and its ReLU differ from digit to digit.


# %%
def deep(start):
    torch.manual_seed(0)
    layers, in_channels = [], 1
    for num_convs, out_channels in [(1, 8), (1, 16), (2, 32), (2, 64), (2, 64)]:
        layers += vgg_block(num_convs, in_channels, out_channels)
        in_channels = out_channels
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(64, 10))
    if start == "He":
        net.apply(he)
    return net


def he(layer):
    if isinstance(layer, nn.Conv2d):
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)


def padded(X):
    return F.pad(X, (2, 2, 2, 2))  # 28 × 28 → 32 × 32


def spreads(net):
    """How much the numbers behind each ReLU differ from digit to digit."""
    X, found = padded(digits.train_images[:200]), []
    with torch.no_grad():
        for layer in net:
            X = layer(X)
            if isinstance(layer, nn.ReLU):
                found.append(X.std(dim=0).mean().item())
    return found


for start in ["default", "He"]:
    print(f"{start:8}", " ".join(f"{s:.5f}" for s in spreads(deep(start))))

# %% [markdown]
# The row "default" is how PyTorch fills the weights if you do nothing. Each layer makes the differences
# smaller. Behind the eighth convolution all digits look the same to three decimals, and what the
# last layer cannot tell apart it cannot learn.
#
# "He" is `kaiming_normal_`, named after Kaiming He. It gives the weights a standard deviation of
# $\sqrt{2 / n}$, where $n$ is the number of products in each sum. The 2 makes up for the ReLU, which throws
# half of the numbers away. So the size is kept from layer to layer, roughly.
#
# What does that do to learning? One epoch each, with the same images in the same order.

# %%
train_iter = list(zip(digits.train_images.split(50), digits.train_labels.split(50), strict=True))
test_iter = list(zip(digits.test_images.split(250), digits.test_labels.split(250), strict=True))

losses = {}
for start in ["default", "He"]:
    net = deep(start)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    losses[start] = []
    for X, y in train_iter:
        loss = F.cross_entropy(net(padded(X)), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses[start].append(loss.item())
    print(f"{start:8} loss of the last ten steps: {sum(losses[start][-10:]) / 10:.3f}")

# %%
_, axis = plt.subplots(figsize=(7, 2.8))
for (start, values), style in zip(losses.items(), ["--", "-"], strict=True):
    axis.plot(range(1, len(values) + 1), values, style, label=start)
axis.set_ylim(0, 3.5)
axis.set_xlabel("step")
axis.set_ylabel("training loss")
axis.legend(frameon=False, loc="lower left")
plt.show()

# %% [markdown]
# ![Two curves of the loss over 72 steps. The dashed one stays at 2.3 all the time. The other one jumps up
# and down at first and then falls below 1.5.](figure:plot)
# The loss of the same net from two starts.
#
# !!! question "What to notice"
#     - From the default start the loss stays at 2.3. That is $\ln 10$: the net guesses among ten
#       classes. The code is right, and so is the learning rate. Only the start is not.
#     - From the other start it falls.
#
# A [batch norm](../lessons/batch-norm.md) behind each convolution is the other cure: it brings the
# numbers back to one size, whatever the weights are.

# %%
default, he_start = spreads(deep("default")), spreads(deep("He"))
assert default[-1] < 0.0005
assert default == sorted(default, reverse=True)
assert min(he_start) > 0.02
assert 2.25 < sum(losses["default"][-10:]) / 10 < 2.35
assert sum(losses["He"][-10:]) / 10 < 2

# %% [markdown]
# ## Deep or wide?
#
# You may spend about 4,700 weights in the middle of a net. Three ways to do it:
#
# - **one wide layer:** 3 × 3, from 16 to 32 channels;
# - **one large kernel:** 5 × 5, from 16 to 12 channels;
# - **two small layers:** 3 × 3, from 16 to 16 and again to 16, with a ReLU between them.
#
# All else is the same: a first convolution and a pooling before, and behind it a second pooling, the mean of
# each channel and a linear layer. The start is He's, for all three. Each trains for two epochs, from two
# seeds.

# %%
middles = {
    "one wide": [(16, 32, 3)],
    "one large": [(16, 12, 5)],
    "two small": [(16, 16, 3), (16, 16, 3)],
}


def build(middle):
    layers = [nn.Conv2d(1, 16, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    for in_channels, out_channels, kernel in middle:
        layers += [nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2), nn.ReLU()]
    layers += [nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(out_channels, 10)]
    return nn.Sequential(*layers).apply(he)


accuracy = {name: [] for name in middles}
for name, middle in middles.items():
    for seed in range(2):
        torch.manual_seed(seed)
        net = build(middle)
        optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
        for _ in range(2):
            loss, _ = train_epoch(net, train_iter, nn.CrossEntropyLoss(), optimizer, "cpu")
        accuracy[name].append(evaluate_accuracy(net, test_iter))
    weights = sum(layer.weight.numel() for layer in net[3:-1] if isinstance(layer, nn.Conv2d))
    right = " and ".join(f"{a:.1%}" for a in accuracy[name])
    print(f"{name:9} {weights:,} weights: {right}   loss of the second {loss:.2f}")

# %% [markdown]
# !!! question "What to notice"
#     - The wide layer is last. It sees 3 × 3 places at a time, and the mean that follows cannot put
#       them together.
#     - The large kernel sees 5 × 5 with a few more weights, and does better. So the field counts for
#       more than the number of channels here.
#     - The two small layers see 5 × 5 as well, and do better still: they have more channels for the same
#       price, and one more ReLU.

# %%
assert max(accuracy["one wide"]) < min(accuracy["two small"])
assert sum(accuracy["one wide"]) < sum(accuracy["one large"]) < sum(accuracy["two small"])

# %% [markdown]
# Two seeds and two epochs are not much, and these nets are tiny. But one of the comparisons stands in the
# VGG paper, for a large net: pairs of 3 × 3 layers did better than single layers of 5 × 5.
#
# ## Try it yourself
#
# - Put a fourth way beside the three: four layers of 3 × 3 with 11 channels. Is deeper still better?
# - Replace the mean by `nn.Flatten()` and a larger linear layer. Then every place has weights of its
#   own. How much of the difference is left?
# - Start the deep net with weights twice as large as He's, or half as large.
# - Write the block and the net yourself: [exercise 32](../exercises/ex32_vgg.md).
