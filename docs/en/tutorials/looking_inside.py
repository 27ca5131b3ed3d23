# %% [markdown]
# # Looking inside: filters, maps, and what speaks for a 4
#
# We train a small net and then open it. What do its filters look for? What has each layer found in a
# digit? Which strokes make it say "4"? And which digits does it mix up?
#
# [The lesson](../lessons/looking-inside.md) explains the tools, and works Grad-CAM by hand. Here we use
# them on a net that really reads digits, and we test whether Grad-CAM tells the truth.

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

from grader.data import load
from solutions.ex22_accuracy import evaluate_accuracy
from solutions.ex23_training import train_epoch
from solutions.ex43_feature_maps import feature_maps, grad_cam

digits = load("digits")
train_iter = list(zip(digits.train_images.split(50), digits.train_labels.split(50), strict=True))
test_iter = list(zip(digits.test_images.split(250), digits.test_labels.split(250), strict=True))

torch.manual_seed(0)
net = nn.Sequential(
    *(nn.Conv2d(1, 8, kernel_size=5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),  # layers 0, 1, 2
    *(nn.Conv2d(8, 16, kernel_size=5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),  # 3, 4, 5
    *(nn.Conv2d(16, 32, kernel_size=3, padding=1), nn.ReLU()),  # 6, 7
    *(nn.Flatten(), nn.Linear(32 * 7 * 7, 10)),  # 8, 9
)
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(3):
    loss, _ = train_epoch(net, train_iter, nn.CrossEntropyLoss(), optimizer, "cpu")
    print(f"epoch {epoch + 1}: loss {loss:.3f}, {evaluate_accuracy(net, test_iter):.1%} of the test digits right")
assert evaluate_accuracy(net, test_iter) > 0.92

# %% [markdown]
# ## Filters: what the first layer looks for
#
# The first layer has eight filters of 5 × 5. Zero is mid-grey, light is positive, dark is negative. White
# is $m$ and black is $-m$, where $m$ is the largest absolute value of all these weights.


# %%
def show(rows, limit=None):
    """Rows of images, in one scale from -limit to limit, or each from its smallest to its largest number."""
    columns = len(rows[0])
    _, axes = plt.subplots(len(rows), columns, figsize=(7, 7 * len(rows) / columns), squeeze=False)
    for line, images in zip(axes, rows, strict=True):
        for axis, image in zip(line, images, strict=True):
            axis.imshow(image, vmin=None if limit is None else -limit, vmax=limit)
            axis.set_axis_off()


filters = net[0].weight.detach()[:, 0]
show([filters], limit=filters.abs().max())
print(f"weights from {filters.min():.2f} to {filters.max():.2f}")

# %% [markdown]
# ![Eight squares of 5 × 5 grey fields. In most of them the light fields lie together on one side or in
# a stripe, the dark ones on the other.](figure:photo)
# The eight filters of the first layer.
#
# !!! question "What to notice"
#     - Light on one side, dark on the other: such a filter finds an edge, or a stroke in one
#       direction.
#     - They are not tidy. They began as random numbers, and three epochs have moved them only as
#       far as was useful.
#
# ## Feature maps: what the layers have found
#
# `feature_maps` from [exercise 43](../exercises/ex43_feature_maps.md) hangs a hook on a layer and takes
# its output. We look at one digit, behind the first ReLU and behind the second.

# %%
four = (digits.test_labels == 4).nonzero()[0]
X = digits.test_images[four]
first, second = feature_maps(net, "1", X)[0].detach(), feature_maps(net, "4", X)[0].detach()
print("behind layer 1:", tuple(first.shape), " behind layer 4:", tuple(second.shape))
show([[X[0, 0], *maps] for maps in (first, second[:8], second[8:])])

# %% [markdown]
# ![Three rows of images; a handwritten 4 at the left of each. In the first row the 4 can be seen in most
# images, with different strokes bright. In the other two rows the images are coarser, and only some
# spots are bright.](figure:photo)
# At the left of each row the digit itself. First row: the eight maps behind the first ReLU, 28 × 28
# each. Below: the sixteen maps behind the second, 14 × 14 each. Each map goes from its own smallest number,
# black, to its own largest, white.
#
# !!! question "What to notice"
#     - In the first row you can still read the 4. Each map has kept other parts of it.
#     - Below, the maps are coarser. Some keep a piece of the 4, others only a few spots. A spot
#       says that the layer has found something there, put together from what the first layer found.
#
# ## Grad-CAM: what speaks for a class
#
# We ask layer 4, the second ReLU, twice for each digit: what speaks for the class that the net has answered, and what
# speaks for the runner-up, the class with the second highest score? The map is enlarged to 28 × 28 and
# the outline of the digit is drawn over it.


# %%
def cam(images, classes):
    pairs = zip(images[:, None], classes.tolist(), strict=True)
    maps = torch.cat([grad_cam(net, "4", X, k).detach() for X, k in pairs])
    return F.interpolate(maps[:, None], size=(28, 28), mode="bilinear")[:, 0]


chosen = torch.stack([(digits.test_labels == k).nonzero()[0, 0] for k in [2, 3, 4, 5, 7, 9]])
X = digits.test_images[chosen]
best, runner_up = net(X).topk(2).indices.T
print("answer   ", *best.tolist())
print("runner-up", *runner_up.tolist())

_, axes = plt.subplots(2, 6, figsize=(7, 2.4))
for line, maps in zip(axes, [cam(X, best), cam(X, runner_up)], strict=True):
    for axis, heat, image in zip(line, maps, X[:, 0], strict=True):
        axis.imshow(heat, cmap="magma", vmin=0, vmax=1)
        axis.contour(image, levels=[0.5], colors="white", linewidths=1)
        axis.set_axis_off()

# %% [markdown]
# ![Two rows of six dark squares with the outlines of a 2, 3, 4, 5, 7 and 9. Bright spots lie on parts of
# the strokes or beside them. In some columns the two rows are alike, in others not.](figure:photo)
# Above: what speaks for the net's answer. Below: what speaks for the runner-up. Bright is much.
#
# !!! question "What to notice"
#     - The bright places are parts of the digit: an end, a bend, one stroke of two.
#     - Some lie **beside** the stroke, where there is no ink. An empty place can speak for a class,
#       too.
#     - In some columns both maps are nearly the same. One stroke can speak for two classes, and the
#       rest of the digit has to decide.
#
# ## Does Grad-CAM tell the truth?
#
# A nice picture proves nothing. So we test it. Grad-CAM says that some pixels matter. If it is right,
# the answer should change when we wipe out **these** pixels, and change less when we wipe out as many
# others.
#
# From each of 500 test digits we wipe out 40 pixels of ink. Once the brightest ones of the map, once
# the darkest ones, once 40 at random. How often does the net still give the same answer?

# %%
X = digits.test_images[:500]
with torch.no_grad():
    answers = net(X).argmax(dim=1)
heat = cam(X, answers)
ink = X[:, 0] > 0.2
print(f"a digit has {ink.sum(dim=(1, 2)).float().mean():.0f} pixels of ink on average")


def same_answer_without(score, number=40):
    """Wipe out the `number` pixels of ink with the highest score; how many answers stay the same?"""
    wiped = score.masked_fill(~ink, -1).flatten(1).topk(number).indices
    with torch.no_grad():
        left = net(X.flatten(1).scatter(1, wiped, 0).view_as(X))
    return (left.argmax(dim=1) == answers).float().mean().item()


brightest = same_answer_without(heat)
darkest = same_answer_without(1 - heat)
anywhere = same_answer_without(torch.rand(heat.shape, generator=torch.Generator().manual_seed(0)))
print(f"without the brightest 40: {brightest:.0%} the same answer")
print(f"without the darkest 40:   {darkest:.0%}")
print(f"without 40 at random:     {anywhere:.0%}")

# %%
assert brightest < darkest - 0.05
assert darkest < anywhere

# %% [markdown]
# !!! question "What to notice"
#     - The brightest pixels matter most. Grad-CAM has told the truth, on average.
#     - The darkest ones matter as well. Grad-CAM shows what speaks **for** the class. A missing
#       stroke can also make another class more likely.
#     - Forty pixels picked here and there hardly matter: they leave holes, but no stroke is gone.
#       So compare patches with patches. Had we compared with these only, Grad-CAM would have
#       looked better than it is.
#
# A second test: spoil the net, and look whether the maps change. We give the last layer random weights.
# A method that draws much the same picture anyway would only show where the ink is.

# %%
trained = [net[-1].weight.detach().clone(), net[-1].bias.detach().clone()]
torch.manual_seed(1)
net[-1].reset_parameters()
heat_spoiled = cam(X, answers)
with torch.no_grad():
    net[-1].weight.copy_(trained[0])
    net[-1].bias.copy_(trained[1])


def correlation(a, b):
    """Of two maps, image by image: 1 where they agree, 0 where one says nothing about the other."""
    a, b = [m.flatten(1) - m.flatten(1).mean(dim=1, keepdim=True) for m in (a, b)]
    return F.cosine_similarity(a, b, dim=1).mean().item()


print(f"maps before and after: correlation {correlation(heat, heat_spoiled):.2f}")
print(f"maps and the ink:      correlation {correlation(heat, X[:, 0]):.2f}")

assert correlation(heat, heat_spoiled) < 0.6

# %% [markdown]
# With random weights in the last layer most of the picture is gone: a correlation of 1 would be the same
# map. So the maps tell of what the net has learned, and not only of the ink. You can look at filters
# and maps for hours and still fool yourself. These two tests take thirty lines.
#
# ## What does it mix up?
#
# The pictures above show digits that we had picked. Now we count all mistakes on the 1,000 test digits.

# %%
with torch.no_grad():
    scores = torch.cat([net(X) for X, _ in test_iter])
answers = scores.argmax(dim=1)
wrong = torch.zeros(10, 10, dtype=torch.int64)
for true, answer in zip(digits.test_labels, answers, strict=True):
    wrong[true, answer] += true != answer
true, answer = divmod(wrong.argmax().item(), 10)
print(f"{wrong.sum()} of 1000 digits are misread")
print(f"most often: {wrong[true, answer]} times a {true} is taken for a {answer}")

_, axis = plt.subplots(figsize=(4, 4))
axis.imshow(wrong, cmap="Greys")
for row, column in wrong.nonzero().tolist():
    dark = wrong[row, column] > wrong.max() / 2
    axis.text(column, row, wrong[row, column].item(), ha="center", va="center", color="white" if dark else "black")
axis.set_xticks(range(10))
axis.set_yticks(range(10))
axis.set_xlabel("answer")
axis.set_ylabel("true digit")
plt.show()

# %% [markdown]
# ![A table of ten rows and ten columns. The diagonal is empty, most other fields too. Some fields hold a
# 1 or a 2, a few more.](figure:plot)
# The confusion matrix without its diagonal: how often the digit on the left was taken for the one
# below.
#
# A net also says how sure it is: softmax turns the scores into probabilities. Here are the twelve
# mistakes of which it was surest.

# %%
assert 12 <= wrong.sum() < 80
sure = scores.softmax(dim=1).amax(dim=1).masked_fill(answers == digits.test_labels, 0)
worst = sure.topk(12).indices
show([digits.test_images[worst[:6], 0], digits.test_images[worst[6:], 0]])
for name, values in [("true", digits.test_labels[worst]), ("answer", answers[worst])]:
    print(f"{name:6}", *values[:6].tolist(), "  ", *values[6:].tolist())
print("surest mistake:", f"{sure.max():.1%}", "  median of all mistakes:", f"{sure[sure > 0].median():.0%}")

# %% [markdown]
# ![Two rows of six handwritten digits. Several are written carelessly, with strokes that are missing,
# too long or slanted.](figure:photo)
# The surest mistakes. Above the picture: what they are, and what the net took them for, first row and
# second row.
#
# !!! question "What to notice"
#     - The mistakes are not spread evenly. Most pairs are never mixed up, a few come again.
#     - Cover the printed answers and read the digits yourself. Some are hard for you, too. Others
#       are not, and the net is sure all the same: a high probability is no proof.
#     - The *median* is the number in the middle: half of all mistakes are surer than that, half are less.
#
# ## Try it yourself
#
# - Ask Grad-CAM for layer 1 or layer 7 in place of layer 4, and wipe out pixels again. Which layer
#   tells the truth best?
# - Wipe out 20 pixels, or 60.
# - Give the net random weights everywhere and draw its first filters. Can you tell them from the
#   trained ones?
# - Write both tools yourself: [exercise 43](../exercises/ex43_feature_maps.md).
