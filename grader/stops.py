"""Ctrl-C and SIGTERM may come at any moment: what must not be cut in two waits for neither, and they wait for it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

STOPS = {signal.SIGINT, signal.SIGTERM}


@contextlib.contextmanager
def stops_wait() -> Iterator[None]:
    """Ctrl-C and SIGTERM come after the block. For imports: to torch, one inside it means that NumPy is missing."""
    if threading.current_thread() is not threading.main_thread():  # signals go to the main thread only
        yield
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, frame: came.append(number)) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
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
