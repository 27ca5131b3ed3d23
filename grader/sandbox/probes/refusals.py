"""Give a function of the submission what it must refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def refuses(function: Callable[..., Any], *args: Any) -> bool:
    """Whether function(*args) raises a ValueError, of which there are many kinds."""
    try:
        function(*args)
    except ValueError:
        return True
    return False
