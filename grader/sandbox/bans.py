"""Stop the library's ready-made operation where the exercise is to write it oneself.

The kernel of the operator is replaced in PyTorch's dispatcher, after the fork and before the
submission is read. So it makes no difference how the call is spelled (`getattr`, `torch.ops`,
TorchScript, another thread): the call is stopped, and its name reaches the learner.
"""

from __future__ import annotations

import importlib.abc
import os
import re
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any, NoReturn

import numpy
import torch


class NotOwnWork(RuntimeError):
    """A call that does the work of the exercise; the message names it."""


# Operation → the operators of PyTorch, functions of numpy and packages that do it.
OPERATORS = {"convolution": re.compile(r"conv(?!er)")}  # not convert, conversion
NUMPY_FUNCTIONS = {"convolution": ("convolve", "correlate")}
PACKAGES = {
    "convolution": ("scipy", "cv2", "skimage", "sklearn", "kornia", "jax", "tensorflow", "keras", "torchvision.ops"),
}

_KEYS = ("CPU", "CUDA", "MPS", "MkldnnCPU", "QuantizedCPU", "QuantizedCUDA", "CompositeExplicitAutograd")
_libraries: list[torch.library.Library] = []  # a replacement lasts as long as its Library object


def forbid(operation: str) -> None:
    """Make every ready-made form of `operation` raise NotOwnWork, in this process, for good."""
    _replace_operators(OPERATORS[operation])
    for name in NUMPY_FUNCTIONS[operation]:
        setattr(numpy, name, _refusal(f"numpy.{name}"))
    sys.meta_path.insert(0, _Blocker(PACKAGES[operation]))


def _replace_operators(pattern: re.Pattern[str]) -> None:
    libraries: dict[str, torch.library.Library] = {}
    noise = os.dup(2)  # PyTorch warns of each replacement, in C++, on descriptor 2
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        for qualified in torch._C._dispatch_get_all_op_names():
            namespace, operator = qualified.split("::")
            if not pattern.search(operator):
                continue
            for key in _KEYS:
                if torch._C._dispatch_has_kernel_for_dispatch_key(qualified, key):
                    if namespace not in libraries:
                        libraries[namespace] = torch.library.Library(namespace, "IMPL")  # type: ignore[no-untyped-call]
                    libraries[namespace].impl(operator, _refusal(operator.split(".")[0]), key)  # type: ignore[no-untyped-call]
    finally:
        os.dup2(noise, 2)
        os.close(noise)
        os.close(null)
    _libraries.extend(libraries.values())


def _refusal(name: str) -> Any:
    def refuse(*_args: Any, **_kwargs: Any) -> NoReturn:
        raise NotOwnWork(name)

    return refuse


class _Blocker(importlib.abc.MetaPathFinder):
    """Refuses to import packages that have the operation ready-made."""

    def __init__(self, packages: Sequence[str]) -> None:
        self.packages = packages

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> None:
        if any(name == package or name.startswith(f"{package}.") for package in self.packages):
            raise NotOwnWork(name)
