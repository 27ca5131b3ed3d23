"""PyTorch's compiler, imported by whom it serves, and by nobody else.

Each optimizer tells `torch._dynamo`, the first part of the compiler, that it does not want to be compiled. So the
first optimizer of a process imports it, and torchvision does so too: a thousand modules, for which no exercise
has a use, and which take nearly as long as torch itself. `postpone` puts stand-ins in their place. They know what is
said to the compiler by those who do not compile. Whoever asks for anything more gets the real module.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

PACKAGE = "torch._dynamo"


def postpone() -> None:
    """Let stand-ins be the compiler until somebody asks for it. To be called before the first optimizer is made."""
    if PACKAGE not in sys.modules:
        _StandIn(PACKAGE, graph_break=_do_nothing, disable=_as_it_is)
        _StandIn(f"{PACKAGE}.utils", is_compile_supported=_is_compile_supported)


class _StandIn(ModuleType):
    """A module that knows a few names; at any other name all stand-ins make way for the real modules."""

    def __init__(self, name: str, **known: Callable[..., Any]) -> None:
        super().__init__(name)
        vars(self).update(known)
        sys.modules[name] = self

    def __getattr__(self, name: str) -> Any:
        # Python asks every module for names like __file__. For __path__ it asks when a part of the package is imported.
        if name.startswith("__") and (self.__name__, name) != (PACKAGE, "__path__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(_real(self.__name__), name)


def _real(name: str) -> ModuleType:
    for one in [one for one, module in sys.modules.items() if isinstance(module, _StandIn)]:
        del sys.modules[one]
    return importlib.import_module(name)


def _do_nothing(*_: object, **__: object) -> None:
    """`torch._dynamo.graph_break`, where nothing is compiled."""


def _as_it_is(function: Any = None, *_: object, **__: object) -> Any:
    """`torch._dynamo.disable`, where nothing is compiled."""
    return (lambda decorated: decorated) if function is None else function


def _is_compile_supported(device: Any) -> Any:
    return _real(f"{PACKAGE}.utils").is_compile_supported(device)
