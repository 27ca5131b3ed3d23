# %% [markdown]
# # ResNet: the plus sign, measured
#
# Two nets have the same layers and the same start. One of them adds each block's input to its
# output. With few layers you hardly see a difference. With many layers only one of the two learns.
#
# [The lesson](../lessons/resnet.md) explains why, with a pencil. Here we measure three things: what
# depth does to the loss, what it does to the gradients, and what happens when we take a block out.
#
# ## Two nets that differ in one plus
#
# `Residual` is the block of [exercise 35](../exercises/ex35_resnet.md): two 3 × 3 convolutions, each
# followed by batch norm, and the shortcut. A plain block is the same without the shortcut.

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from grader.data import load
from solutions.ex22_accuracy import evaluate_accuracy
from solutions.ex35_resnet import Residual


class Plain(Residual):
    def forward(self, X):
        return torch.relu(self.main(X))  # Residual adds its shortcut here


def build(block, num_blocks):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 16, kernel_size=3, stride=2, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        *[block(16, 16) for _ in range(num_blocks)],
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(16, 10),
    )


for num_blocks in [1, 4, 12]:
    plain, residual = build(Plain, num_blocks), build(Residual, num_blocks)
    counts = [sum(p.numel() for p in net.parameters()) for net in (plain, residual)]
    assert counts[0] == counts[1]
    print(f"{num_blocks:2} blocks, {2 * num_blocks + 2:2} layers: {counts[0]:6,} parameters in each net")

# %% [markdown]
# A block has two convolutions. The first convolution and the last linear layer make two more. So the
# deepest net has $2 \cdot 12 + 2 = 26$ layers. The plus costs no parameter. Both nets draw their random
# weights from the same seed, the number that random numbers start from. So they begin with the very same
# weights.
#
# ## Six nets, two epochs each
#
# The data are 3,600 handwritten digits, 28 × 28 pixels. All six nets get the same images in the same
# order. The learning rate is 0.05, and 0.01 in the second epoch, so that the running statistics of
# batch norm can settle.

# %%
digits = load("digits")
test_iter = list(zip(digits.test_images.split(250), digits.test_labels.split(250), strict=True))


def train(net):
    torch.manual_seed(0)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    losses = []
    for lr in [0.05, 0.01]:
        optimizer.param_groups[0]["lr"] = lr
        net.train()
        for batch in torch.randperm(len(digits.train_labels)).split(64):
            loss = F.cross_entropy(net(digits.train_images[batch]), digits.train_labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return torch.tensor(losses)


# %%
nets, losses, accuracy = {}, {}, {}
for block in [Plain, Residual]:
    for num_blocks in [1, 4, 12]:
        key = block.__name__, 2 * num_blocks + 2
        nets[key] = build(block, num_blocks)
        losses[key] = train(nets[key])
        accuracy[key] = evaluate_accuracy(nets[key], test_iter)
        end = losses[key][-20:].mean()
        print(f"{key[0]:8} {key[1]:2} layers: loss {end:.2f}, {accuracy[key]:.1%} of the test digits right")

# %%
_, axes = plt.subplots(1, 2, figsize=(7, 3), sharey=True)
for axis, name in zip(axes, ["Plain", "Residual"], strict=True):
    for num_layers, style in [(4, ":"), (10, "--"), (26, "-")]:
        smooth = losses[name, num_layers].unfold(0, 10, 1).mean(dim=1)
        axis.plot(range(10, 10 + len(smooth)), smooth, style, label=f"{num_layers} layers")
    axis.set_title(name)
    axis.set_xlabel("step")
axes[0].set_ylabel("training loss")
axes[0].set_ylim(0, 2.5)
axes[1].legend(frameon=False)
plt.show()

# %% [markdown]
# ![Two plots of the loss over 114 steps. On the left, plain nets: with 4 and with 10 layers the loss
# falls quickly, with 26 layers it stays high. On the right, residual nets: the deeper the net, the
# faster the loss falls.](figure:plot)
# The loss on the training images, the mean of ten steps. A net that guesses has a loss of
# $\ln 10 \approx 2.3$.
#
# !!! question "What to notice"
#     - From 4 to 10 layers both kinds gain.
#     - From 10 to 26 layers the plain net gets worse. And this is the loss on the images **that it is
#       trained on**. It has not learned them by heart. It has learned little at all.
#     - The residual net of 26 layers learns at least as well as the one of 10.

# %%
deep_plain, deep_residual = losses["Plain", 26][-20:].mean(), losses["Residual", 26][-20:].mean()
assert deep_plain > 2 * losses["Plain", 10][-20:].mean()
assert deep_residual < losses["Residual", 10][-20:].mean() + 0.02
assert losses["Plain", 10][-20:].mean() < losses["Plain", 4][-20:].mean()
assert losses["Residual", 10][-20:].mean() < losses["Residual", 4][-20:].mean()
assert accuracy["Residual", 26] > accuracy["Plain", 26] + 0.3

# %% [markdown]
# Two epochs are short. The plain net might catch up with many more, or with a better learning rate.
# What we have measured is that it is much harder to train, from the same start and with the same
# steps.
#
# ## What arrives at the first layer?
#
# A step moves a weight by its gradient. So let us look at the gradients before the first step, layer
# by layer, for nets with 12 blocks. And a third kind joins: plain blocks without batch norm, as the
# nets before 2015 were built.


# %%
class Bare(Plain):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.main[1] = self.main[4] = nn.Identity()  # in place of the two batch norms


def gradient_norms(block):
    net = build(block, 12)
    F.cross_entropy(net(digits.train_images[:256]), digits.train_labels[:256]).backward()
    blocks = [layer for layer in net if isinstance(layer, Residual)]
    return [block.main[i].weight.grad.norm().item() for block in blocks for i in (0, 3)]


norms = {name: gradient_norms(block) for name, block in [("bare", Bare), ("plain", Plain), ("residual", Residual)]}
for name, values in norms.items():
    print(f"{name:8}: first convolution {values[0]:.1e}, last {values[-1]:.1e}, quotient {values[0] / values[-1]:.1e}")

# %%
_, axis = plt.subplots(figsize=(7, 3))
for (name, values), style in zip(norms.items(), [":", "--", "-"], strict=True):
    axis.semilogy(range(1, 25), values, style, marker="o", markersize=4, label=name)
axis.set_xlabel("convolution, from the image on the left to the scores on the right")
axis.set_ylabel("length of the gradient")
axis.legend(frameon=False, loc="lower right")
plt.show()

# %% [markdown]
# ![Three curves over 24 convolutions, on a logarithmic scale. Bare: it falls steeply from right to
# left, by about nine powers of ten. Plain with batch norm: it rises slowly from right to left, about
# tenfold. Residual: nearly flat.](figure:plot)
# The length (norm) of the gradient of each convolution's weights, before the first step. Gradients
# travel from right to left.
#
# !!! question "What to notice"
#     - **Bare:** the gradient shrinks from layer to layer. At the first layer less than a
#       millionth is left. These layers cannot learn.
#     - **Plain, with batch norm:** the gradient does not vanish. It grows instead, and at the first
#       layer it is more than five times as long as at the last. A learning rate that suits the last
#       layers is large for the first.
#     - **Residual:** the first and the last gradient differ by a factor of two or three.

# %%
assert norms["bare"][0] < 1e-6 * norms["bare"][-1]
assert norms["plain"][0] > 5 * norms["plain"][-1]
assert 1 < norms["residual"][0] / norms["residual"][-1] < 4

# %% [markdown]
# So the vanishing gradient was the trouble of nets without batch norm. In our plain net the gradients
# are alive, and it still does not learn. [The lesson](../lessons/resnet.md#the-gradient-through-a-sum)
# names the other half of the answer: a block with a shortcut can do nothing, and do no harm. We can
# see this, too.
#
# ## Take a block out
#
# Every block has the same shapes on both sides. So we can take any of them out of a trained net, and
# what is left still runs. What does it know? The plain net of 10 layers and the residual net of 26
# can read. From each we take out one block at a time.


# %%
def without(net, index):
    return nn.Sequential(*[layer for i, layer in enumerate(net) if i != index])


def accuracy_without_each_block(net):
    blocks = [i for i, layer in enumerate(net) if isinstance(layer, Residual)]
    return [evaluate_accuracy(without(net, i), test_iter) for i in blocks]


plain_left = accuracy_without_each_block(nets["Plain", 10])
residual_left = accuracy_without_each_block(nets["Residual", 26])
print("plain,    10 layers:", " ".join(f"{a:4.0%}" for a in plain_left))
print("residual, 26 layers:", " ".join(f"{a:4.0%}" for a in residual_left))

# %%
_, axes = plt.subplots(1, 2, figsize=(7, 2.8), sharey=True, width_ratios=[1, 3])
for axis, left, key in [(axes[0], plain_left, ("Plain", 10)), (axes[1], residual_left, ("Residual", 26))]:
    axis.bar(range(1, len(left) + 1), left)
    axis.axhline(accuracy[key], color="0.5", linestyle="--", linewidth=1)
    axis.set_xticks(range(1, len(left) + 1))
    axis.set_title(f"{key[0]}, {key[1]} layers")
    axis.set_xlabel("block taken out")
axes[0].set_ylabel("test accuracy")
axes[0].set_ylim(0, 1)
plt.show()

# %% [markdown]
# ![Bars. Whichever of its four blocks is missing, the plain net is right for about one digit in ten. The
# residual net without its first block is right for less than half, without the second for about two
# thirds, and without one of the last nine nearly as often as before.](figure:plot)
# Test accuracy when one block is missing. Dashed: with all blocks.
#
# !!! question "What to notice"
#     - The plain net knows little without one of its blocks: one digit in ten would be luck. Each block
#       speaks a language that only the next one understands.
#     - The residual net hardly misses most of its blocks. Each of them changes a little of what goes
#       by, and the next one can live without it.
#     - Its first blocks matter most.

# %%
assert max(plain_left) < 0.35
assert residual_left[0] < min(residual_left[6:])
assert min(residual_left[6:]) > accuracy["Residual", 26] - 0.1

# %% [markdown]
# The lesson counts [many ways of different lengths](https://arxiv.org/abs/1605.06431) through such a net.
# Half of them do not go through a given block, and they are still there when it is gone. The picture also
# says that these 26 layers are more than digits need.
#
# ## Try it yourself
#
# - `nn.init.zeros_(block.main[4].weight)` in every block: then each residual block passes on its
#   input at the start. Does the net learn faster? What does the plain net do with it?
# - Leave out two blocks, or swap two neighbours.
# - Train the plain net of 26 layers with a smaller learning rate. How far does it get?
# - Write the block yourself: [exercise 35](../exercises/ex35_resnet.md).
