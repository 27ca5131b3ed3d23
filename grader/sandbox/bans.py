"""Stop the library's ready-made operation where the exercise is to write it oneself.

The ban acts when the submission runs, on what PyTorch dispatches: the kernels of the operators are
replaced before the submission is read. So it makes no difference how the call is spelled (`getattr`,
`torch.ops`, TorchScript, another thread, a gradient): the call is stopped, and its name reaches the
learner. Functions of numpy are replaced too, and packages made for the operation can neither be
imported nor read. Nothing that Python can reach holds what was there before.

Here the ban ends: a submission that drives a C library through ctypes, puts TorchScript's own operators
together, or scales its numbers into a Pillow image and filters that, can still have the work done for it.
`grader.flags` shows such code to the instructor.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib.abc
import importlib.util
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import torch


class NotOwnWork(RuntimeError):
    """A call that does the work of the exercise; the message names it."""


class NotOwnImport(NotOwnWork, ImportError):
    """The same for a package. A library that can do without the package goes on without it."""


# Operation → what does it: operators of PyTorch, functions of numpy, packages.
OPERATORS = {
    "convolution": re.compile(r"conv(?!er)"),  # not convert, conversion
    "pooling": re.compile(r"pool"),
    "backward pass": re.compile(r"conv.*(transpose|backward)"),
    "convolution and im2col": re.compile(r"conv(?!er)|im2col|col2im"),
    "dropout": re.compile(r"dropout"),
    "batch norm": re.compile(r"batch_norm|instance_norm"),
}
NUMPY_FUNCTIONS = {
    "convolution": ("convolve", "correlate", "correlate2"),
    "convolution and im2col": ("convolve", "correlate", "correlate2"),
}
_FRAMEWORKS = (
    *("jax", "jaxlib", "tensorflow", "keras", "cupy", "cupyx", "mxnet", "paddle", "mlx", "tinygrad"),
    *("onnxruntime", "openvino"),
)
_IMAGES = ("scipy", "cv2", "skimage", "sklearn", "kornia", "astropy", "SimpleITK")
PACKAGES = dict.fromkeys(OPERATORS, _FRAMEWORKS + _IMAGES)
EXTENSIONS = ("torchvision",)  # bring operators when they are imported; loaded here, so that those count too

# Of operators that nobody knows by their own.
PUBLIC_NAMES = {"im2col": "unfold", "col2im": "fold", "slow_conv_transpose2d": "conv_transpose2d"}

_KEYS = (
    *("CPU", "CUDA", "MPS", "XPU", "MkldnnCPU", "QuantizedCPU", "QuantizedCUDA"),
    *("CompositeExplicitAutograd", "CompositeExplicitAutogradNonFunctional", "CompositeImplicitAutograd"),
)


def forbid(operation: str) -> None:
    """Make every ready-made form of `operation` raise NotOwnWork, in this process, for good."""
    _load_extensions()
    _replace_operators(OPERATORS[operation])
    for name in NUMPY_FUNCTIONS.get(operation, ()):
        _replace_function("numpy", name)
    if operation == "backward pass":
        _stop_gradients()
    sys.meta_path.insert(0, _Blocker(PACKAGES[operation]))


def without_packages(paths: Iterable[Path], operation: str) -> list[Path]:
    """The paths without packages that have `operation` ready-made: for who imports past the blocker."""
    return [path for path in paths if path.name.split(".")[0] not in PACKAGES[operation]]


# PyTorch ------------------------------------------------------------------------------------------


def _load_extensions() -> None:
    for package in EXTENSIONS:
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for path in [*Path(folder).glob("_C*.so"), *Path(folder).glob("_C*.pyd")]:
                with contextlib.suppress(OSError):
                    ctypes.CDLL(str(path))


def _replace_operators(pattern: re.Pattern[str], keys: Sequence[str] = _KEYS, kernel: Any = None) -> None:
    """Give operators another kernel; a refusal unless `kernel` is given."""
    libraries: dict[str, Any] = {}
    with _silence():  # PyTorch warns of each replacement
        for key in keys:
            for qualified in torch._C._dispatch_get_registrations_for_dispatch_key(key):
                namespace, operator = qualified.split("::")
                if not pattern.search(operator):
                    continue
                name = operator.split(".")[0]
                if namespace not in libraries:
                    libraries[namespace] = torch._C._dispatch_library("IMPL", namespace, "", __file__, 0)
                libraries[namespace].impl(operator, key, kernel or _refusal(PUBLIC_NAMES.get(name, name)), False)
    for library in libraries.values():
        _keep_for_ever(library)


def _keep_for_ever(library: Any) -> None:
    """A replacement lasts as long as its library. One reference that nobody owns keeps it out of all hands."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(library))


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Without what is written to standard error in C++, on descriptor 2."""
    noise, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(noise, 2)
        os.close(noise)
        os.close(null)


# Gradients ----------------------------------------------------------------------------------------

# What is refused by its name, so that the learner is told which call was seen. Any other way to a gradient
# comes to nothing, since nothing is recorded.
GRADIENTS = {
    "torch.autograd": ("backward", "grad"),
    "torch.autograd.functional": ("hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"),
    "torch.autograd.forward_ad": ("dual_level", "enter_dual_level", "make_dual"),
    "torch.func": ("grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize", "vjp"),
}
_AUTOGRAD_KEYS = ("Autograd", "AutogradNestedTensor")
_SWITCHES = ("_jit_differentiate", "_jit_set_profiling_executor", "_jit_set_profiling_mode", "_set_mkldnn_enabled")


def _stop_gradients() -> None:
    """Let operators record nothing, backwards or forwards, whoever calls them in whatever thread."""
    _replace_operators(re.compile(""), _AUTOGRAD_KEYS, torch.library.fallthrough_kernel)
    # Two things are no operators: TorchScript's own differentiation, and oneDNN's transposed convolution
    # (`convolution` with a flag). Both can be switched off; nobody is to find the switches.
    torch._C._jit_set_profiling_mode(False)
    torch._C._set_mkldnn_enabled(False)
    refusals = {getattr(torch._C, name): _refusal(name) for name in _SWITCHES}
    for module, names in GRADIENTS.items():
        for name in names:
            refusals[getattr(sys.modules[module], name)] = _refusal(f"{module.removeprefix('torch.')}.{name}")
    _take_away(refusals)
    torch.Tensor.backward = _refusal("Tensor.backward")  # type: ignore[method-assign]


def _take_away(refusals: dict[Any, Any]) -> None:
    """Put refusals in the place of functions, in every module, other dict or object that holds these."""
    places = {id(function): refusal for function, refusal in refusals.items()}
    gc.unfreeze()  # what the nursery has frozen would not be searched
    for holder in gc.get_referrers(*refusals):
        held = holder if isinstance(holder, dict) else getattr(holder, "__dict__", None)
        if isinstance(held, dict) and held is not refusals:
            for key, value in list(held.items()):
                if id(value) in places:
                    held[key] = places[id(value)]
                if id(key) in places:
                    del held[key]
    gc.freeze()


# Others -------------------------------------------------------------------------------------------


def _replace_function(package: str, name: str) -> None:
    """Replace a function in every module of a package, the C function below it too."""
    for module_name, module in list(sys.modules.items()):
        if module_name.split(".")[0] == package and callable(vars(module).get(name)):
            setattr(module, name, _refusal(f"{package}.{name}"))


def _refusal(name: str) -> Any:
    def refuse(*_args: Any, **_kwargs: Any) -> NoReturn:
        raise NotOwnWork(name)

    refuse.__prepare_scriptable__ = refuse  # type: ignore[attr-defined]  # TorchScript asks here before it compiles
    return refuse


class _Blocker(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Refuses to import packages that have the operation ready-made. To ask whether one is there is no import."""

    def __init__(self, packages: Sequence[str]) -> None:
        self.packages = packages

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name.split(".")[0] in self.packages else None

    def create_module(self, spec: ModuleSpec) -> NoReturn:
        raise NotOwnImport(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Never called, but there must be one."""
