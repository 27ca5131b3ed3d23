# %% [markdown]
# # Edges: chosen by hand, then learned
#
# A kernel of two numbers can find the edges in a photograph. First we choose the two numbers
# ourselves. Then we hide them, and gradient descent finds them again.
#
# You need to know what cross-correlation computes. If you do not, read
# [the lesson](../lessons/convolution.md) first. It takes ten minutes.
#
# ## A photograph is a table of numbers
#
# The photograph ships with scikit-learn. Each pixel holds three numbers: red, green and blue. We
# mix them into one number for the brightness. Green weighs most, because our eyes see it best. In the code,
# `@` multiplies the three numbers of each pixel with the three weights and adds them up.

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import load_sample_image

colour = torch.tensor(load_sample_image("china.jpg")) / 255
grey = colour @ torch.tensor([0.299, 0.587, 0.114])
print("colour", tuple(colour.shape), "→ grey", tuple(grey.shape))
print(f"darkest {grey.min():.2f}, brightest {grey.max():.2f}")


# %%
def show(*images):
    height = 7 / len(images) * images[0].shape[0] / images[0].shape[1]
    _, axes = plt.subplots(1, len(images), figsize=(7, height), squeeze=False)
    for axis, image in zip(axes[0], images, strict=True):
        axis.imshow(image)
        axis.set_axis_off()


show(grey)

# %% [markdown]
# ![A grey photograph: on the left a Chinese tower with three roofs, one above the other, and railings
# below each; behind it a bright lake and sky; leaves in front and on the right.](figure:photo)
# 427 rows and 640 columns, from 0 (black) to 1 (white).
# Photograph: [danielbuechele](https://www.flickr.com/photos/danielbuechele/6061409035/),
# [CC BY 2.0](https://creativecommons.org/licenses/by/2.0/), turned to grey here.
#
# ## Two numbers that find edges
#
# Take the kernel $[1, -1]$. At each place it computes *this pixel minus its right neighbour*. Where
# both are the same, the result is 0. Where the brightness jumps, it is not.
#
# A small image shows it best: white (1) on both sides, black (0) in the middle.


# %%
def corr2d(X, K):
    batch = X[None, None]  # conv2d wants (batch, channels, height, width)
    return F.conv2d(batch, K[None, None])[0, 0]


X = torch.ones(6, 8)
X[:, 2:6] = 0
K = torch.tensor([[1.0, -1.0]])
Y = corr2d(X, K)
print(X.int())
print(Y.int())

# %% [markdown]
# Eight columns go in, seven come out: $8 - 2 + 1 = 7$. The result is 1 where white turns to black,
# −1 where black turns to white, and 0 everywhere else.
#
# ## The same two numbers on the photograph
#
# $[1, -1]$ side by side compares left with right. Written as a column, the same two numbers compare
# above with below. We show the size of the jump and not its sign: black is no jump, white one of 0.4 or more.

# %%
across = corr2d(grey, torch.tensor([[1.0, -1.0]])).abs()
down = corr2d(grey, torch.tensor([[1.0], [-1.0]])).abs()
tower = (slice(60, 300), slice(130, 330))
show(across[tower].clamp(max=0.4), down[tower].clamp(max=0.4))

# %% [markdown]
# ![The tower twice, as white lines on black. On the left its posts shine and the terrace is dark; on
# the right the terrace is a long white line and the posts are dark.](figure:photo)
# The tower. Left: jumps from left to right. Right: jumps from top to bottom.
#
# !!! question "What to notice"
#     - The posts stand upright. They are bright on the left and almost gone on the right.
#     - The terrace above the lowest roof lies flat. There it is the other way round.
#     - The sky is black in both: nothing changes there.
#     - The roof tiles are bright in both. To these kernels every small detail is an edge.

# %%
box = torch.full((5, 5), 1 / 25)
smooth = corr2d(grey, box)
show(grey[150:300, 200:420], smooth[148:298, 198:418])  # the kernel of 5 has eaten 2 pixels on each side

# %% [markdown]
# ![The middle of the photograph twice. On the right the same roof and columns, but blurred.](figure:photo)
# Left: a piece of the photograph. Right: each pixel is now the mean of 5 × 5 pixels. Another choice of
# numbers, another effect: this one blurs.
#
# ## Let the computer find the two numbers
#
# Now we pretend that we do not know the kernel. We have only the small image `X` and the answer `Y`.
# Which kernel turns one into the other?
#
# Start with two random numbers. Then repeat:
#
# 1. compute the answer with the kernel that we have;
# 2. measure how wrong it is: the sum of the squared errors;
# 3. ask for the gradient: how does the error change with each number?
# 4. take a step against it: **weight ← weight − learning rate × gradient**.


# %%
def learn_kernel(lr, num_steps, seed=1):
    torch.manual_seed(seed)
    K = torch.randn(1, 2)
    losses, kernels = [], []
    for _ in range(num_steps + 1):  # the first entry is the start
        error = corr2d(X, K) - Y
        losses.append((error**2).sum().item())
        kernels.append(K)
        # Twice the error, times the pixel that the number has met: the formula of the lesson.
        gradient = torch.stack([2 * (error * X[:, a : a + 7]).sum() for a in (0, 1)])
        K = K - lr * gradient
    return losses, torch.cat(kernels)


losses, kernels = learn_kernel(lr=0.02, num_steps=20)
for step in [0, 1, 2, 3, 5, 10, 20]:
    print(f"step {step:2}  loss {losses[step]:8.4f}  kernel {kernels[step].numpy().round(3)}")

# %% [markdown]
# The loss falls towards 0 and the kernel comes to $[1, -1]$. Nobody told it so: the pair of images
# was enough. A convolutional network learns its kernels in just this way, only many at a time.

# %%
assert torch.allclose(kernels[-1], torch.tensor([1.0, -1.0]), atol=1e-2)
_, axis = plt.subplots(figsize=(7, 2.8))
axis.plot(kernels[:, 0], marker="o", label="first number")
axis.plot(kernels[:, 1], marker="s", label="second number")
for target in (1, -1):
    axis.axhline(target, color="0.5", linewidth=1, linestyle="--")
axis.set_xticks(range(0, 21, 5))
axis.set_xlabel("step")
axis.legend(frameon=False)
plt.show()

# %% [markdown]
# ![A line plot over 20 steps. The first number moves to 1 and stays there, the second to −1.](figure:plot)
# The two numbers of the kernel, step by step. Dashed: 1 and −1.
#
# ## Too small, right, too large
#
# The learning rate decides how far a step goes. Here are three of them, with the same start.

# %%
_, axis = plt.subplots(figsize=(7, 2.8))
for lr, style in [(0.002, ":"), (0.02, "-"), (0.04, "--")]:
    losses, _ = learn_kernel(lr, num_steps=20)
    axis.semilogy(losses, style, label=f"learning rate {lr}")
    print(f"learning rate {lr}: loss after 20 steps {losses[-1]:.2g}")
axis.set_xticks(range(0, 21, 5))
axis.set_xlabel("step")
axis.set_ylabel("loss")
axis.legend(frameon=False)
plt.show()

# %% [markdown]
# ![Three curves of the loss on a logarithmic scale. With 0.002 it falls slowly, with 0.02 quickly,
# with 0.04 it rises.](figure:plot)
# The loss for three learning rates. Each number on the left is 100 times the one below it.
#
# With 0.002 it works, but slowly. With 0.04 every step jumps over the best place and lands further
# away than it was. Where is the limit? The loss is a bowl over the two numbers of the kernel, and
# the steepest direction of the bowl decides. Its second derivatives tell how steep:


# %%
def loss_of(first, second):
    return ((corr2d(X, torch.stack([first, second])[None]) - Y) ** 2).sum()


start = (torch.tensor(0.0), torch.tensor(0.0))
bowl = torch.tensor(torch.autograd.functional.hessian(loss_of, start))
print("second derivatives", bowl.tolist())
print("curvatures", torch.linalg.eigvalsh(bowl).numpy().round(2))

# %% [markdown]
# The table of second derivatives is called the *Hessian*. You can check the 36 by counting: the first
# number of the kernel lies on a white pixel at $3 \cdot 6 = 18$ places, and the second derivative of a
# square doubles that. At $2 \cdot 6 = 12$ places both numbers lie on white. Doubled, this is the 24.
#
# Now change both numbers in the same direction: the curvature is $36 + 24 = 60$. Change them in opposite
# directions: it is $36 - 24 = 12$. These are the steepest and the flattest direction of the bowl, and
# `eigvalsh` finds them.
#
# A step with learning rate $\eta$ multiplies the distance to the bottom by $1 - 60\,\eta$ in the steepest
# direction. The distance shrinks only if this factor is between −1 and 1, so
#
# $$
# \eta < \frac{2}{60} \approx 0.033 .
# $$
#
# With 0.02 the factor is −0.2: in this direction each step goes a little too far and lands on the other
# side, five times closer. That is why the first number began by going the wrong way. In the flat direction
# the factor is $1 - 12 \cdot 0.02 = 0.76$. That is slower, and it is what you see in the last ten steps.
# With 0.04 the steep factor is −1.4: further away each time.
#
# ## Try it yourself
#
# - Change `Y` to the answer of another kernel, such as $[0.5, 0.5]$. Is it found as quickly?
# - Turn the image on its side, `X.T`, and keep the kernel $[1, -1]$. Why is the answer 0 everywhere?
# - Write `corr2d` with your own hands: [exercise 11](../exercises/ex11_corr2d.md).
