# %% [markdown]
# # Inception: four branches, and which one the net listens to
#
# Which kernel size is best? An Inception block takes all of them, side by side. We count and time what
# its bottlenecks save. Then we let nets with one kernel size compete with it, and at the end we cut
# its branches off, one after the other.
#
# [The lesson](../lessons/inception.md) draws the block and multiplies it out.
#
# ## What the bottleneck saves
#
# This is the first block of GoogLeNet: 192 channels of 12 × 12 go in. `Inception` is the class of
# [exercise 34](../exercises/ex34_inception.md). `Direct` has the same branches without the 1 × 1
# convolutions before the large kernels.

# %%
import time

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from grader.data import load
from solutions.ex22_accuracy import evaluate_accuracy
from solutions.ex23_training import train_epoch
from solutions.ex34_inception import Inception


class Direct(Inception):
    def __init__(self, in_channels, c1, c2, c3, c4):
        super().__init__(in_channels, c1, (in_channels, c2[1]), (in_channels, c3[1]), c4)
        self.branch2, self.branch3 = self.branch2[2:], self.branch3[2:]  # without the 1 × 1 and its ReLU


def macs(net, X):
    """Multiply–accumulates. PyTorch counts a multiplication and an addition as two."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(X)
    return counter.get_total_flops() // 2


def milliseconds(net, X):
    """The processor's time for one run, the fastest of ten."""
    times = []
    for _ in range(10):
        start = time.process_time()
        net(X)
        times.append(1000 * (time.process_time() - start))
    return min(times)


torch.set_num_threads(1)
torch.manual_seed(0)
X = torch.randn(1, 192, 12, 12)
work, ms = {}, {}
with torch.inference_mode():
    for kind in [Direct, Inception]:
        block = kind(192, 64, (96, 128), (16, 32), 32)
        for name, branch in block.named_children():
            work[kind, name], ms[kind, name] = macs(branch, X), milliseconds(branch, X)

print(f"{'':8} {'at once':^34} {'with bottleneck':^34}")
for name in ["branch1", "branch2", "branch3", "branch4"]:
    row = [f"{work[kind, name]:10,} MACs in {ms[kind, name]:5.2f} ms" for kind in (Direct, Inception)]
    print(f"{name}  {row[0]:34}  {row[1]:34}")

# %% [markdown]
# MACs are multiply–accumulates. The lesson has worked out those of branch 3 with a pencil: 22,118,400 at
# once and 2,285,568 with the bottleneck. It is a tenth of the work.
#
# !!! question "What to notice"
#     - Branches 1 and 4 are the same in both columns. Where their times differ, it is chance.
#     - In branch 3 the bottleneck saves nine tenths of the work, and much of the time.
#     - In branch 2 it saves less than half of the work. Its bottleneck is wider.
#     - Branch 4 has the fewest multiply–accumulates, and it takes longer than branch 3. Max pooling
#       multiplies nothing, so it is not counted at all. But it compares nine numbers for each of 192 channels
#       at each pixel. Count first, then use a clock.

# %%
assert (work[Direct, "branch3"], work[Inception, "branch3"]) == (22_118_400, 2_285_568)
saved = {b: (work[Inception, b] / work[Direct, b], ms[Inception, b] / ms[Direct, b]) for b in ("branch2", "branch3")}
assert saved["branch3"][0] < 0.11
assert saved["branch3"][1] < 0.6
assert 0.5 < saved["branch2"][0] < 0.6
assert work[Inception, "branch4"] == min(work.values())
assert ms[Inception, "branch4"] > ms[Inception, "branch3"]

# %% [markdown]
# ## Four nets compete
#
# The same net four times: a convolution, pooling, a block, pooling, a second block, the mean of each map,
# and a linear layer. Three nets have blocks of one kernel size only, with as many channels as the
# Inception block gives. All train for three epochs on 3,600 digits.

# %%
digits = load("digits")
train_iter = list(zip(digits.train_images.split(50), digits.train_labels.split(50), strict=True))
test_iter = list(zip(digits.test_images.split(250), digits.test_labels.split(250), strict=True))


def one_size(kernel):
    def block(in_channels, c1, c2, c3, c4):
        out_channels = c1 + c2[1] + c3[1] + c4
        return nn.Sequential(nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2), nn.ReLU())

    return block


def build(block):
    return nn.Sequential(
        *(nn.Conv2d(1, 16, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(block(16, 8, (8, 12), (4, 8), 4), nn.MaxPool2d(2)),
        *(block(32, 16, (16, 24), (8, 16), 8), nn.AdaptiveAvgPool2d(1)),
        *(nn.Flatten(), nn.Linear(64, 10)),
    )


def he(layer):
    if isinstance(layer, nn.Conv2d):
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)


kinds = {"1 × 1": one_size(1), "3 × 3": one_size(3), "5 × 5": one_size(5), "Inception": Inception}
nets, parameters, work, seconds, accuracy = {}, {}, {}, {}, {}
for name, block in kinds.items():
    torch.manual_seed(0)
    nets[name] = build(block).apply(he)
    optimizer = torch.optim.Adam(nets[name].parameters(), lr=5e-3)
    start = time.process_time()
    for _ in range(3):
        train_epoch(nets[name], train_iter, nn.CrossEntropyLoss(), optimizer, "cpu")
    seconds[name] = time.process_time() - start
    accuracy[name] = evaluate_accuracy(nets[name], test_iter)
    parameters[name] = sum(p.numel() for p in nets[name].parameters())
    work[name] = macs(nets[name], digits.test_images[:1])
    print(f"{name:9}  {parameters[name]:6,} parameters  {work[name]:9,} MACs", end="")
    print(f"  {seconds[name]:5.1f} s  {accuracy[name]:.1%} of the test digits right")

# %% [markdown]
# !!! question "What to notice"
#     - 1 × 1 alone can hardly read. It never looks at a neighbour. Only the first convolution and the
#       pooling do.
#     - 5 × 5 alone is best here. A digit is made of long strokes, and on 14 × 14 pixels a large kernel
#       sees much of one. It is also by far the most expensive.
#     - Inception is behind, with about a sixth of the parameters and of the work of 5 × 5. But nobody
#       had to tell it which size is right.
#     - Look at the seconds: its small work is not quick work. Each block is six convolutions, a pooling
#       and the joining. These are many small steps, and pooling is slow, as we have seen.

# %%
assert accuracy["1 × 1"] < 0.65
assert accuracy["5 × 5"] == max(accuracy.values())
assert accuracy["5 × 5"] > accuracy["1 × 1"] + 0.2
assert accuracy["Inception"] > accuracy["1 × 1"] + 0.15
assert 5 < parameters["5 × 5"] / parameters["Inception"] < 7
assert 5 < work["5 × 5"] / work["Inception"] < 7
assert seconds["Inception"] / seconds["5 × 5"] > work["Inception"] / work["5 × 5"]

# %% [markdown]
# So on this task one good size wins, if you know it. Inception was made for photographs, where things
# appear large in one image and small in the next.
#
# ## Cut a branch off
#
# The next layer sees the channels of all four branches, and training decides which of them it listens
# to. To find out, we replace the output of one branch at a time by zeros and test again. We do it with a
# [hook](../lessons/looking-inside.md#feature-maps-what-has-a-layer-found), a function that PyTorch calls
# when a layer has run. If it returns something, this takes the place of the layer's output.


# %%
def silence(layer, inputs, output):
    return torch.zeros_like(output)


left = {}
for number, block in enumerate([nets["Inception"][3], nets["Inception"][5]], 1):
    for name, branch in block.named_children():
        hook = branch.register_forward_hook(silence)
        left[number, name] = evaluate_accuracy(nets["Inception"], test_iter)
        hook.remove()
        print(f"block {number} without {name}: {left[number, name]:.1%}")

# %%
_, axis = plt.subplots(figsize=(7, 2.8))
names = ["1 × 1", "3 × 3", "5 × 5", "pooling"]
for number, shift, hatch in [(1, -0.2, ""), (2, 0.2, "//")]:
    heights = [left[number, f"branch{b}"] for b in (1, 2, 3, 4)]
    axis.bar(torch.arange(4) + shift, heights, 0.4, hatch=hatch, label=f"block {number}")
axis.axhline(accuracy["Inception"], color="0.5", linestyle="--", linewidth=1)
axis.set_xticks(range(4), names)
axis.set_xlabel("branch cut off")
axis.set_ylabel("test accuracy")
axis.set_ylim(0, 1)
axis.figure.legend(frameon=False, loc="outside right upper")
plt.show()

# %% [markdown]
# ![Pairs of bars for four branches. Without 3 × 3 or 5 × 5 the accuracy falls deeply, most in the second
# block. Without 1 × 1 or pooling it falls less, in the second block hardly at all.](figure:plot)
# Test accuracy when one branch gives zeros. Dashed: with all branches.
#
# !!! question "What to notice"
#     - In both blocks the net listens most to 3 × 3 and 5 × 5.
#     - In the second block 1 × 1 and 5 × 5 give 16 channels each. Without 1 × 1 hardly anything happens,
#       without 5 × 5 the net is lost. It is not the number of channels that counts.
#     - This fits the contest above: what digits need is a large kernel, and training has found the
#       branch that has one.

# %%
for number in (1, 2):
    large = max(left[number, "branch2"], left[number, "branch3"])
    assert large < min(left[number, "branch1"], left[number, "branch4"])
assert left[2, "branch1"] > accuracy["Inception"] - 0.1
assert left[2, "branch3"] < 0.5

# %% [markdown]
# ## Try it yourself
#
# - Train the net with Inception blocks for six epochs in place of three. Does it catch up with 5 × 5?
# - Put a block of 7 × 7 beside the others. Is larger always better?
# - Cut two branches off at once. Does the accuracy fall by the sum of the two?
# - Write the block and the net yourself: [exercise 34](../exercises/ex34_inception.md).
