"""Build a net of the submission and report it by values that do not depend on how it is written.

Nothing is looked up by name. Parameters are found by walking back from the output, in the order in
which the net uses them, and filled with numbers that follow from a seed. A net of ours that is filled
alike must give the same output. Keys of a reply that begin with an underscore are for messages only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Required, TypedDict

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

LONGEST_TABLE = 60  # layers
LONGEST_NAME = 60  # characters

# In training mode a batch norm divides by √(variance + ε). Behind weights this large it makes no difference which
# small ε a learner has taken, and the norm takes the size out again.
LARGE = 100.0

MANY = 2**16  # random numbers, which cost more than a layer that uses them once
# Bytes. Linux gives as much as zeros, when they are asked for: to write them takes VGG's 64 MB 20 milliseconds.
FRESH = 2**25

Factory = Callable[..., Any]


class Reply(TypedDict, total=False):
    """What is reported of a net. Without `is_module` only what came is there, with `error` only the layers."""

    is_module: Required[bool]
    made: bool
    error: str
    shape: list[int] | None
    used: list[list[int]]
    parameters: int
    idle: int
    output: Tensor
    gradients: list[float]
    silent: int
    _type: str
    _idle: list[str]
    _unlisted: int
    _layers: list[list[Any]]


def shapes(factory: Factory, args: Sequence[Any], X: Tensor, device: str = "cpu") -> Reply:
    """What the net factory(*args) has and gives for a batch X, told by shapes alone.

    No value is in it: layers of wrong sizes look the same here whatever the activations are.
    """
    reply, _, _ = first_batch(factory, args, X, device)
    return reply


def outputs(
    factory: Factory,
    args: Sequence[Any],
    X: Tensor,
    seed: int,
    device: str = "cpu",
    training: bool = False,
    silent: bool = False,
) -> Reply:
    """The same, with the output and the norms of the gradients after `seed` has filled the parameters.

    The gradients are those of Σ cotangent · output, with a cotangent that follows from the seed. In
    training mode batch norm takes its statistics from X, else it has those that it begins with: 0 and 1.
    With `silent` also how many parameters no gradient reaches in training mode with dropout at work.
    """
    reply, net, used = first_batch(factory, args, X, device)
    if not used:
        return reply
    generator = torch.Generator().manual_seed(seed)
    fill(used, generator, LARGE if training else 1.0)
    _set_mode(net, training)
    with torch.enable_grad():
        output = net(X.to(device))
        if not isinstance(output, Tensor):  # it was one on the first batch, in evaluation mode
            return {**reply, "shape": None, "_type": type(output).__name__[:LONGEST_NAME]}
        reply = {**reply, "output": output.detach(), "gradients": gradient_norms(output, used, generator)}
        if silent:
            net.train()
            reply["silent"] = sum(norm == 0 for norm in gradient_norms(net(X.to(device)), used, generator))
        return reply


def gradient_norms(output: Tensor, parameters: Sequence[Tensor], generator: torch.Generator) -> list[float]:
    """The size of the gradient of Σ cotangent · output for each parameter; the cotangent is drawn."""
    cotangent = torch.randn(output.shape, generator=generator).to(output)
    # A sum, since handing the cotangent to `grad` would import sympy, which takes a second.
    loss = (cotangent * output).sum()
    gradients = torch.autograd.grad(loss, parameters, allow_unused=True, materialize_grads=True)
    return [torch.linalg.vector_norm(gradient).item() for gradient in gradients]


def first_batch(factory: Factory, args: Sequence[Any], X: Tensor, device: str) -> tuple[Reply, Any, list[Tensor]]:
    """What is known of a net after a batch in evaluation mode; the net; its parameters in order of use."""
    exact_arithmetic()
    with _ManyAreNotDrawn():
        net = factory(*args)
    if not isinstance(net, nn.Module):
        return {"is_module": False, "made": net is not None, "_type": type(net).__name__[:LONGEST_NAME]}, net, []
    net.to(device).eval()
    table: list[list[Any]] = []
    try:
        with torch.enable_grad():
            output = _run_recorded(net, X.to(device), table)
    except RuntimeError as error:
        if type(error) is not RuntimeError:
            raise
        # Most likely shapes that do not fit: told best with the layers that ran until then.
        return {"is_module": True, "error": str(error)[:500], "_layers": table}, net, []
    names = {parameter: name for name, parameter in net.named_parameters() if parameter.requires_grad}
    leaves = in_order_of_use(output)
    used = [leaf for leaf in leaves if leaf in names]
    idle = [name[:LONGEST_NAME] for parameter, name in names.items() if all(parameter is not one for one in used)]
    reply: Reply = {
        "is_module": True,
        "shape": list(output.shape) if isinstance(output, Tensor) else None,
        "used": [list(parameter.shape) for parameter in used],
        "parameters": sum(parameter.numel() for parameter in names),
        "idle": len(idle),
        "_type": type(output).__name__[:LONGEST_NAME],
        "_idle": idle[:LONGEST_TABLE],
        "_unlisted": len(leaves) - len(used),
        "_layers": table,
    }
    return reply, net, used


class _ManyAreNotDrawn(TorchFunctionMode):
    """Let large weights begin as zeros: they are filled anyway, and to draw 100 million numbers takes a second.

    The largest begin as whatever is in their memory, which is no more than that.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = kwargs or {}
        weight = args[0] if args else given.get("tensor")
        draws = getattr(func, "__name__", "").endswith(("uniform_", "normal_"))
        if draws and isinstance(weight, Tensor) and weight.numel() >= MANY:
            if weight.nbytes >= FRESH:
                return weight
            with torch.no_grad():
                return weight.zero_()
        return func(*args, **given)


def _set_mode(net: nn.Module, training: bool) -> None:
    net.train(training)
    for layer in net.modules():
        if isinstance(layer, nn.modules.dropout._DropoutNd):
            layer.eval()  # no reference can drop the same values
        if isinstance(layer, nn.modules.batchnorm._NormBase):
            layer.reset_running_stats()  # they have moved if the net was tried out while it was built


def exact_arithmetic() -> None:
    """Let float32 mean float32 on a graphics card too: TensorFloat-32 keeps three digits."""
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


def _run_recorded(net: nn.Module, X: Tensor, table: list[list[Any]]) -> Any:
    """net(X); `table` gets the type of each layer, and the shape of what it gives, as it runs."""

    def record(layer: nn.Module, _inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor) and len(table) < LONGEST_TABLE:
            table.append([type(layer).__name__[:LONGEST_NAME], list(output.shape)])

    hooks = [layer.register_forward_hook(record) for layer in net.modules() if not list(layer.children())]
    try:
        return net(X)
    finally:
        for hook in hooks:
            hook.remove()


# Order of use -------------------------------------------------------------------------------------


class _History(NamedTuple):
    """What a value was computed from. They compare by how much that is, the most important first."""

    parameters: int  # how many different ones: more than one in the output of an earlier layer
    height: int  # steps on the longest way back
    dimensions: int  # of the largest parameter: a weight has more than its bias
    size: int


A_BRANCH = _History(parameters=2, height=0, dimensions=0, size=0)  # a weight and a bias at least
JOINS = ("CatBackward0", "torch::autograd::CopySlices")  # torch.cat, and Y[:, a:b] = branch


def in_order_of_use(output: Any) -> list[Tensor]:
    """The leaves that `output` was computed from: layer by layer, each weight before its bias.

    The walk goes back from the output. Where values meet it follows the one with the most history
    first, which is the output of the layer before; a weight or a bias was at most cast and reshaped.
    Where branches are joined, they come in the order in which they are joined.
    """
    if not isinstance(output, Tensor) or output.grad_fn is None:
        return []
    histories = _histories(output.grad_fn)

    def history(node: Any) -> _History:
        return histories[node]

    def branch_or_not(node: Any) -> _History:
        return min(histories[node], A_BRANCH)  # branches are alike, and sorting keeps their order

    def most_history_first(node: Any) -> list[Any]:
        return sorted(_children(node), key=branch_or_not if node.name() in JOINS else history, reverse=True)

    return [node.variable for node in _children_first(output.grad_fn, most_history_first) if _is_leaf(node)]


def _histories(root: Any) -> dict[Any, _History]:
    histories: dict[Any, _History] = {}
    leaves: dict[Any, int] = {}  # a set of parameters, as the bits of a number: one for each
    count = 0
    for node in _children_first(root, _children):
        below = [histories[child] for child in _children(node)]
        leaves[node] = 0
        for child in _children(node):
            leaves[node] |= leaves[child]
        dimensions, size = 0, 0
        if _is_leaf(node):
            leaves[node], count = 1 << count, count + 1
            dimensions, size = len(form(node.variable.shape)), node.variable.numel()
        histories[node] = _History(
            leaves[node].bit_count(),
            1 + max((history.height for history in below), default=0),
            max([dimensions, *(history.dimensions for history in below)]),
            max([size, *(history.size for history in below)]),
        )
    return histories


def _children_first(root: Any, children: Callable[[Any], list[Any]]) -> Iterator[Any]:
    """Every node once, after its children. Without recursion: a loop in Python makes long graphs."""
    seen = {root}
    stack = [(root, iter(children(root)))]
    while stack:
        node, rest = stack[-1]
        child = next((one for one in rest if one not in seen), None)
        if child is None:
            stack.pop()
            yield node
        else:
            seen.add(child)
            stack.append((child, iter(children(child))))


def _children(node: Any) -> list[Any]:
    return [child for child, _ in node.next_functions if child is not None]


def _is_leaf(node: Any) -> bool:
    return hasattr(node, "variable")


# Filling ------------------------------------------------------------------------------------------


def fill(parameters: Sequence[Tensor], generator: torch.Generator, large: float = 1.0) -> None:
    """Give each parameter, in this order, the values that follow from the generator.

    The scales of batch norms are about 1, and the weights before them `large` times their usual size.
    """
    with torch.no_grad():
        for parameter in parameters:
            # A large weight takes 64 MB: it is written where it is, if it can be.
            if parameter.is_contiguous() and parameter.dtype == torch.float32 and parameter.is_cpu:
                _write_values(parameter, generator)
            else:
                parameter.copy_(values(parameter.shape, generator))
        for numbers in layers([parameter.shape for parameter in parameters]):
            if len(numbers) > 2:
                weight, scale = parameters[numbers[0]], parameters[numbers[-2]]
                outputs, inputs = scale.numel(), weight.numel() / scale.numel()
                weight.mul_(large * math.sqrt((outputs + inputs) / (2 * inputs)))  # √(2 / inputs) for this direction
                scale.add_(1)


def values(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """Random values for a weight or a bias, of such a size that signals neither vanish nor explode.

    Weight [i, j] is sign i · sign j · number i + j, of random signs and numbers. So it makes no difference
    whether a layer multiplies by its weight or by the transposed weight, and the 16 million weights
    between two layers of 4096 cost 12,287 random numbers. Without the signs neighbouring rows would be
    much alike, and ReLU could silence all outputs of a layer at once.
    """
    return _write_values(torch.empty(tuple(shape)), generator)


@torch.no_grad()
def _write_values(parameter: Tensor, generator: torch.Generator) -> Tensor:
    """Write such values into a contiguous float32 tensor, and return it."""
    rows, *columns = form(parameter.shape)
    if not columns:
        return parameter.copy_(0.1 * torch.randn(rows, generator=generator).reshape(parameter.shape))
    numbers = torch.randn(rows + columns[0] - 1, generator=generator)
    signs = torch.randn(max(rows, columns[0]), generator=generator).sign()
    scale = math.sqrt(4 / (rows + columns[0]))  # He's √(2 / inputs), alike for both directions
    weight = parameter.view(rows, columns[0])
    torch.mul((scale * numbers).unfold(0, columns[0], 1), signs[:rows, None], out=weight)
    weight.mul_(signs[: columns[0]])
    return parameter


def layers(shapes: Sequence[Sequence[int]]) -> list[list[int]]:
    """The numbers of the parameters, layer by layer: a weight, and the vectors behind it.

    No vector or one is a layer without or with bias. The last two of several are the scale and the
    shift of a batch norm.
    """
    found: list[list[int]] = []
    for number, shape in enumerate(shapes):
        if not found or len(form(shape)) > 1:
            found.append([])
        found[-1].append(number)
    return found


def form(shape: Sequence[int]) -> tuple[int, ...]:
    """What a shape amounts to: (outputs, inputs to each) of a weight, (outputs,) of a bias.

    A 1×1 convolution is a linear layer, and a linear layer behind a flatten is a convolution: they
    hold the same numbers in the same order, and are all right.
    """
    sizes = [size for size in shape if size != 1] or [1]
    return tuple(sizes) if len(sizes) < 2 else (sizes[0], math.prod(sizes[1:]))
