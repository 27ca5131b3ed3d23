# %% [markdown]
# # One budget: every architecture of the course, side by side
#
# LeNet, AlexNet, VGG, NiN, GoogLeNet, ResNet, MobileNet: which one is best? The question has no answer
# without a budget. So here is one: small nets, 3,600 digits, three epochs, one processor.
#
# We compare accuracy with three prices: parameters, multiply–accumulates, and time. At the end stands
# what such a comparison does **not** say.
#
# ## Nine small nets
#
# Most of the originals are made for photographs of 224 × 224 pixels and a thousand classes. Ours are made
# of the same blocks, which you know from the exercises, but with few of them and few channels. Only LeNet
# is as large as ever. All take 28 × 28 pixels and have room for 10 classes.

# %%
import itertools
import math
import time

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from grader.data import load
from solutions.ex22_accuracy import evaluate_accuracy
from solutions.ex23_training import train_epoch
from solutions.ex24_lenet import lenet
from solutions.ex32_vgg import vgg_block
from solutions.ex33_nin import nin_block
from solutions.ex34_inception import Inception
from solutions.ex35_resnet import Residual
from solutions.ex36_mobilenet import depthwise_separable


def fully_connected():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))


def lenet_with_relu():
    return nn.Sequential(*[nn.ReLU() if isinstance(layer, nn.Sigmoid) else layer for layer in lenet()])


def alexnet():
    return nn.Sequential(
        *(nn.Conv2d(1, 16, kernel_size=5, stride=2, padding=2), nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1)),
        *(nn.Conv2d(16, 32, kernel_size=3, padding=1), nn.ReLU()),
        *(nn.Conv2d(32, 32, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(3, stride=2)),
        *(nn.Flatten(), nn.Linear(32 * 3 * 3, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10)),
    )


def vgg():
    return nn.Sequential(
        *(vgg_block(1, 1, 8), vgg_block(1, 8, 16), vgg_block(2, 16, 32)),
        *(nn.Flatten(), nn.Linear(32 * 3 * 3, 64), nn.ReLU(), nn.Linear(64, 10)),
    )


def nin():
    return nn.Sequential(
        *(nin_block(1, 16, kernel_size=5, strides=2, padding=2), nn.MaxPool2d(3, stride=2, padding=1)),
        *(nin_block(16, 32, kernel_size=3, strides=1, padding=1), nin_block(32, 10, 3, 1, 1)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    )


def googlenet():
    return nn.Sequential(
        *(nn.Conv2d(1, 16, kernel_size=5, stride=2, padding=2), nn.ReLU()),
        *(Inception(16, 8, (8, 12), (4, 8), 4), nn.MaxPool2d(3, stride=2, padding=1)),
        *(Inception(32, 16, (16, 24), (8, 16), 8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)),
    )


def resnet():
    return nn.Sequential(
        *(nn.Conv2d(1, 16, kernel_size=3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU()),
        *(Residual(16, 32, use_1x1conv=True, stride=2), Residual(32, 32)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)),
    )


def mobilenet():
    return nn.Sequential(
        *(nn.Conv2d(1, 16, kernel_size=3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU()),
        *(depthwise_separable(16, 32, stride=2), depthwise_separable(32, 64), depthwise_separable(64, 64)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)),
    )


builders = {
    "fully connected": fully_connected,
    "LeNet, sigmoid": lenet,
    "LeNet, ReLU": lenet_with_relu,
    "AlexNet": alexnet,
    "VGG": vgg,
    "NiN": nin,
    "GoogLeNet": googlenet,
    "ResNet": resnet,
    "MobileNet": mobilenet,
}

# %% [markdown]
# ## The same treatment for all
#
# All nets see the same images in the same order, in batches of 50, with Adam and the learning rate
# 0.003. The start is He's, which suits ReLU; the net with sigmoids starts as Xavier proposed. After each
# epoch we test on 1,000 digits. The clock counts the processor's time of the training.

# %%
digits = load("digits")
train_iter = list(zip(digits.train_images.split(50), digits.train_labels.split(50), strict=True))
test_iter = list(zip(digits.test_images.split(250), digits.test_labels.split(250), strict=True))


def start(net, rule):
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            rule(layer.weight)
            nn.init.zeros_(layer.bias)


def multiply_accumulates(net):
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net.eval()(digits.test_images[:1])
    return counter.get_total_flops() // 2  # it counts a multiplication and an addition as two


torch.set_num_threads(1)
parameters, macs, seconds, accuracy = {}, {}, {}, {}
print(f"{'':15}  parameters       MACs  seconds   right after epoch 1, 2, 3")  # MACs: multiply–accumulates
for name, build in builders.items():
    torch.manual_seed(0)
    net = build()
    start(net, nn.init.xavier_uniform_ if name == "LeNet, sigmoid" else nn.init.kaiming_normal_)
    parameters[name] = sum(p.numel() for p in net.parameters())
    macs[name] = multiply_accumulates(net)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    seconds[name], accuracy[name] = 0, []
    for _ in range(3):
        began = time.process_time()
        train_epoch(net, train_iter, nn.CrossEntropyLoss(), optimizer, "cpu")
        seconds[name] += time.process_time() - began
        accuracy[name].append(evaluate_accuracy(net, test_iter))
    right = "  ".join(f"{a:.1%}" for a in accuracy[name])
    print(f"{name:15}  {parameters[name]:10,}  {macs[name]:9,}  {seconds[name]:7.1f}   {right}")

# %%
_, axes = plt.subplots(1, 3, figsize=(7, 4), sharey=True)
for number, name in enumerate(builders):
    for axis, price in zip(axes, [parameters, macs, seconds], strict=True):
        axis.plot(price[name], accuracy[name][-1], "o^sDv<>pX"[number], color=f"C{number}", label=name, markersize=7)
for axis, title in zip(axes, ["parameters", "multiply–accumulates", "seconds"], strict=True):
    axis.set_xlabel(title)
    axis.set_xscale("log")
    axis.minorticks_off()
axes[2].set_xscale("linear")
axes[2].set_xlim(left=0)
axes[0].set_ylabel("test accuracy after three epochs")
axes[0].figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
plt.show()

# %% [markdown]
# ![Three plots of test accuracy for nine nets: against parameters, multiply–accumulates and seconds. LeNet with
# ReLU, ResNet, AlexNet and VGG lie at the top, NiN and LeNet with sigmoid far below these. The points
# do not lie on a line in any of the three.](figure:plot)
# Test accuracy after three epochs against three prices. Multiply–accumulates are for one image; seconds are
# those of the whole training, on the machine that built this page.
#
# !!! question "What to notice"
#     - No price buys accuracy by itself: the points lie on no line.
#     - The fully connected net has the most parameters and does the least work: each weight is used
#       once. In ResNet each weight is used at about fifty places.
#     - Work is not time. GoogLeNet does about half of ResNet's multiply–accumulates and takes longer: it
#       consists of many small steps.
#     - LeNet with ReLU, a plan of 1998 with the activation of today, is among the best here. The same net with
#       sigmoids is far behind.

# %%
assert max(parameters, key=parameters.get) == min(macs, key=macs.get) == "fully connected"
assert 0.99 < macs["fully connected"] / parameters["fully connected"] < 1
assert 45 < macs["ResNet"] / parameters["ResNet"] < 55
assert 0.5 < macs["GoogLeNet"] / macs["ResNet"] < 0.6
assert seconds["GoogLeNet"] > seconds["ResNet"]
last = {name: values[-1] for name, values in accuracy.items()}
assert last["LeNet, ReLU"] > max(last.values()) - 0.03
assert last["LeNet, ReLU"] > last["LeNet, sigmoid"] + 0.1
assert min(last["AlexNet"], last["VGG"], last["ResNet"]) > max(last["NiN"], last["LeNet, sigmoid"]) + 0.05

# %% [markdown]
# ## What this does not say
#
# **Chance.** The test has 1,000 digits. A net that is right for a fraction $p$ of all digits does not get
# exactly $1000\,p$ of them right. The typical deviation of the measured fraction is
# $\sqrt{p\,(1 - p) / 1000}$. For $p = 0.95$ it is 0.007, or 0.7 points. And another seed gives other
# weights. So a lead of one or two points may be luck.
#
# **The budget.** After one epoch you would have put these nets into another order than after three. How
# many of the 36 pairs of nets change places?

# %%
best = max(last.values())
deviation = math.sqrt(best * (1 - best) / 1000)
print(f"best: {best:.1%} ± {deviation:.1%}")
pairs = list(itertools.combinations(accuracy.values(), 2))
swapped = sum((a[0] - b[0]) * (a[-1] - b[-1]) < 0 for a, b in pairs)
print(f"{swapped} of {len(pairs)} pairs change places from the first epoch to the third")
gains = sorted(accuracy, key=lambda name: accuracy[name][1] - accuracy[name][2])
print("gained most in the last epoch:", ", ".join(gains[:3]))

# %% [markdown]
# The nets that gained most in the last epoch are probably not done. More time would help them more than
# the others. So "NiN is bad" does not follow from the table. NiN and GoogLeNet end with a mean and have no
# batch norm, so they learn slowly at first. And NiN may have [one more difficulty](nin.py): a class whose
# map is 0 for every image learns nothing, however long you train.
#
# **The learning rate.** One number for all is simple, and it is not fair. Each net has a best one of its
# own.
#
# **The task.** These are small grey digits, all of one size, in the middle of the image. LeNet was made for
# them. VGG, GoogLeNet and ResNet were made for photographs of a thousand kinds of things, and what made
# them famous, depth, brings little on small digits. [ResNet](resnet.py) shows what it is for.
#
# A fair summary of this page: for a small task, begin with a small net, ReLU and a good start. Then let a
# larger one show that it is worth its price, with **your** data and **your** budget.

# %%
assert deviation < 0.01
assert 0 < swapped < len(pairs) / 2
assert accuracy["NiN"][2] > accuracy["NiN"][0] + 0.1

# %% [markdown]
# ## Try it yourself
#
# - Give every net six epochs. Which pairs change places now?
# - Give every net the same **time**: stop the training when ten seconds are over.
# - Put a batch norm behind each convolution of VGG, NiN and GoogLeNet. Who gains most?
# - Build a better net than these nine for at most 10,000 parameters.
