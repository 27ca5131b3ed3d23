# %% [markdown]
# # MobileNet: the saving counted, then timed
#
# A depthwise separable convolution needs about an eighth of the multiplications of a full one. Is it
# also eight times as fast? And does a net still learn with it?
#
# [The lesson](../lessons/mobilenet.md) multiplies the saving out on paper. Here a counter and a clock
# do it, and then two nets are trained.
#
# ## Count
#
# One layer in the middle of a small net: maps of 14 × 14 pixels, 256 channels in and 256 out. The two
# functions are those of [exercise 36](../exercises/ex36_mobilenet.md).

# %%
import time

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from grader.data import load
from solutions.ex22_accuracy import evaluate_accuracy
from solutions.ex23_training import train_epoch
from solutions.ex36_mobilenet import conv_macs, depthwise_separable, separable_macs

full = conv_macs(14, 14, 3, 256, 256)
separable = separable_macs(14, 14, 3, 256, 256)
print(f"full:      {full:11,} multiply–accumulates")
print(f"separable: {separable:11,}")
print(f"what remains: {separable / full:.3f}   and 1/256 + 1/9 = {1 / 256 + 1 / 9:.3f}")

# %% [markdown]
# Do the layers that PyTorch runs really do that work? PyTorch can count. It counts a multiplication and
# an addition as two operations, so we divide by 2.


# %%
def layers(channels):
    """A full 3 × 3 convolution, and the two steps that replace it."""
    full = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
    depthwise, _, _, pointwise, _, _ = depthwise_separable(channels, channels)  # the rest: batch norm and ReLU
    return {"full": full, "depthwise": depthwise, "pointwise": pointwise}


def counted(layer, X):
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        layer(X)
    return counter.get_total_flops() // 2


macs = {name: counted(layer, torch.zeros(1, 256, 14, 14)) for name, layer in layers(256).items()}
assert macs["full"] == full
assert macs["depthwise"] + macs["pointwise"] == separable
for name, number in macs.items():
    print(f"{name:9} {number:11,}")

# %% [markdown]
# The counter agrees to the last digit. Of the separable layer nearly everything is the pointwise step.
#
# ## Take the time
#
# Now a clock, for four sizes of the layer, as they follow each other in a net: the maps get smaller and
# the channels more. Each runs on 4 images, on one core of the processor. We count only the time that the
# processor spends on this program, and take the fastest of thirty runs: whatever disturbs a run makes it
# slower, never faster.
#
# The times below come from the machine that built this page. Yours will be others.


# %%
def milliseconds(layer, X):
    times = []
    for _ in range(30):
        start = time.process_time()
        layer(X)
        times.append(1000 * (time.process_time() - start))
    return min(times)


torch.set_num_threads(1)
torch.manual_seed(0)
sizes = [(56, 32), (28, 64), (14, 256), (7, 512)]
remains_counted, remains_timed, speed = [], [], []
print("maps     channels      full  depthwise  pointwise   remains: counted  timed")
for size, channels in sizes:
    X = torch.randn(4, channels, size, size)
    with torch.inference_mode():
        ms = {name: milliseconds(layer, X) for name, layer in layers(channels).items()}
    macs = {name: counted(layer, X) for name, layer in layers(channels).items()}
    remains_counted.append((macs["depthwise"] + macs["pointwise"]) / macs["full"])
    remains_timed.append((ms["depthwise"] + ms["pointwise"]) / ms["full"])
    speed.append({name: macs[name] / ms[name] / 1e6 for name in ms})
    row = "  ".join(f"{ms[name]:6.2f} ms" for name in ms)
    print(f"{size:2} × {size:2}  {channels:8}  {row}   {remains_counted[-1]:16.2f} {remains_timed[-1]:6.2f}")

# %%
_, axes = plt.subplots(1, 2, figsize=(7, 3))
places = torch.arange(4)
axes[0].bar(places - 0.2, remains_counted, 0.4, label="counted")
axes[0].bar(places + 0.2, remains_timed, 0.4, label="timed")
axes[0].axhline(1, color="0.5", linestyle="--", linewidth=1)
for name, shift, hatch in [("full", -0.27, ""), ("depthwise", 0, "//"), ("pointwise", 0.27, "..")]:
    axes[1].bar(places + shift, [rates[name] for rates in speed], 0.27, label=name, hatch=hatch)
axes[1].set_title("billion multiply–accumulates a second", fontsize=10)
axes[0].set_title("what remains of the full layer", fontsize=10)
axes[1].set_ylim(0, 1.7 * max(rates["full"] for rates in speed))
for axis in axes:
    axis.set_xticks(places, [f"{size} × {size}\n{channels} ch." for size, channels in sizes])
    axis.legend(frameon=False, loc="upper right")
plt.show()

# %% [markdown]
# ![Two bar charts for four layers. On the left, what remains of the full layer: counted, between 0.11
# and 0.14 in all four; timed, more than that. On the right, multiply–accumulates a second: the
# depthwise step is by far the slowest in all four.](figure:plot)
# Left: work and time of the separable layer, as a fraction of the full one. Right: how fast the
# processor works in each step.
#
# !!! question "What to notice"
#     - In the last two rows, with many channels, the separable layer is clearly faster. In the first
#       two, with large maps and few channels, it gains less.
#     - All in all the time shrinks less than the count.
#     - The right plot says why: in the depthwise step the processor does far fewer
#       multiply–accumulates in a second. So a small number of them still takes its time.

# %%
assert all(0.11 < part < 0.15 for part in remains_counted)
assert max(remains_timed[2:]) < 0.7
assert sum(remains_timed) > 1.2 * sum(remains_counted)
assert sum(remains_timed[:2]) > sum(remains_timed[2:])
assert all(rates["depthwise"] < rates["full"] / 2 for rates in speed)

# %% [markdown]
# A full convolution uses each number that it has fetched from memory nine times for every output
# channel. The depthwise one uses it nine times and is done with it. So it spends its time on fetching
# more than on multiplying.
#
# ## Does it still learn?
#
# Two nets of the same plan. In one of them each 3 × 3 convolution in the middle is full, in the
# other it is separable. Both train on 3,600 digits for two epochs, and the separable one for two more.

# %%
digits = load("digits")
train_iter = list(zip(digits.train_images.split(50), digits.train_labels.split(50), strict=True))
test_iter = list(zip(digits.test_images.split(250), digits.test_labels.split(250), strict=True))


def full_block(in_channels, out_channels, stride=1):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


def build(block):
    return nn.Sequential(
        nn.Conv2d(1, 16, kernel_size=3, stride=2, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        block(16, 32),
        block(32, 64, stride=2),
        block(64, 64),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 10),
    )


def train(net, num_epochs):
    """Train for that many epochs; return the processor's seconds."""
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    start = time.process_time()
    for _ in range(num_epochs):
        train_epoch(net, train_iter, nn.CrossEntropyLoss(), optimizer, "cpu")
    return time.process_time() - start


nets, work, seconds, accuracy = {}, {}, {}, {}
for name, block in [("full", full_block), ("separable", depthwise_separable)]:
    torch.manual_seed(0)
    nets[name] = build(block)
    work[name] = counted(nets[name].eval(), digits.test_images[:1])
    parameters = sum(p.numel() for p in nets[name].parameters())
    seconds[name] = train(nets[name], num_epochs=2)
    accuracy[name] = evaluate_accuracy(nets[name], test_iter)
    print(f"{name:9} {parameters:6,} parameters, {work[name]:9,} multiply–accumulates an image")
    print(f"{'':9} 2 epochs in {seconds[name]:.1f} s: {accuracy[name]:.1%} of the test digits right")
train(nets["separable"], num_epochs=2)
accuracy["longer"] = evaluate_accuracy(nets["separable"], test_iter)
print(f"separable, after 2 more epochs: {accuracy['longer']:.1%}")

# %% [markdown]
# !!! question "What to notice"
#     - The separable net has less than a sixth of the parameters and does a seventh of the work. It
#       learns to read digits all the same.
#     - After the same two epochs it is behind the full net. Two more epochs make it better: compare the
#       last line with the full net. A fair comparison would also give the full net more. Here we only see
#       that a separable net can learn the task.
#     - The time of the training has not become a seventh. Look at the seconds: how much is saved at all?
#       In nets as small as these, much of the time goes into other things: batch norm, ReLU, and starting
#       each of the many small steps.

# %%
assert work["separable"] < work["full"] / 7
assert seconds["separable"] / seconds["full"] > 2 * work["separable"] / work["full"]
assert accuracy["full"] > accuracy["separable"] > 0.7
assert accuracy["longer"] > max(0.85, accuracy["separable"])

# %% [markdown]
# So the saving is real where multiplying is most of the work: in large nets with many channels, and on
# processors that are made for it. On others, count first, then use a clock.
#
# ## Try it yourself
#
# - Take kernels of 5 × 5 in `layers`: build the two convolutions yourself. What remains then, counted
#   and timed? The formula says $1 / c_\text{out} + 1 / 25$.
# - Time the layers on one image, and on 32. Does the depthwise step gain?
# - If you have a GPU, put the layers and `X` on it. It goes on computing while Python is already further.
#   So call `torch.cuda.synchronize()` before you read a clock, and take `time.perf_counter`.
# - Write the block and the two counts yourself: [exercise 36](../exercises/ex36_mobilenet.md).
