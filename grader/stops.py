"""Ctrl-C and SIGTERM may come at any moment: what must not be cut in two waits for neither, and they wait for it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Collection, Iterator
from types import FrameType

STOPS = {signal.SIGINT, signal.SIGTERM}


@contextlib.contextmanager
def stops_go_to(handler: Callable[[int, FrameType | None], object]) -> Iterator[Collection[int]]:
    """Inside the block `handler` hears of stops; gives their numbers. What the caller ignores, as nohup and the shell's
    & do, stays ignored, and signals go to the main thread only.
    """
    numbers = STOPS if threading.current_thread() is threading.main_thread() else ()
    before = {number: old for number in numbers if (old := signal.getsignal(number)) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, handler)
    try:
        yield before.keys()
    finally:
        for number, old in before.items():
            signal.signal(number, old)


@contextlib.contextmanager
def stops_wait() -> Iterator[None]:
    """Ctrl-C and SIGTERM come after the block. For imports: to torch, one inside it means that NumPy is missing."""
    came: list[int] = []
    try:
        with stops_go_to(lambda number, frame: came.append(number)):
            yield
    finally:
        if came:
            signal.raise_signal(came[0])


@contextlib.contextmanager
def stops_blocked() -> Iterator[None]:
    """The kernel keeps them until after the block: for forks, whose children begin with their parent's handlers."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows, where no signal goes to a group
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
