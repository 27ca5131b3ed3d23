"""A command in a pseudo-terminal: what a person would type and see, for the tests and the benchmark of `watch`."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SECONDS = 180.0  # until something must have happened, on a machine that has much else to do
_CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class Screen:
    """What a command has printed since the last look, and its keyboard."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid, self.descriptor = pid, descriptor
        self.raw = b""
        self.before = self.settings()

    def press(self, keys: str) -> None:
        os.write(self.descriptor, keys.encode())

    def wait_for(self, text: str, seconds: float = SECONDS) -> str:
        """What was printed up to and with `text`; the rest is left for the next time."""
        deadline = time.monotonic() + seconds
        while (found := self.text.find(text)) < 0:
            left = deadline - time.monotonic()
            if left < 0 or not self.read(left):
                raise AssertionError(f"{text!r} was not printed. What was:\n{self.text}")
        seen = self.text[: found + len(text)]
        self.raw = self.text[found + len(text) :].encode()
        return seen

    def read(self, seconds: float) -> bool:
        """Read what comes within that time; False when it is over, or the command."""
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return False
        try:
            self.raw += (chunk := os.read(self.descriptor, 65536))
        except OSError:  # the command has ended, and with it the terminal
            return False
        return bool(chunk)

    @property
    def text(self) -> str:
        return _CONTROL.sub(b"", self.raw).decode("utf-8", "replace").replace("\r\n", "\n")

    def settings(self) -> list[object]:
        """How the terminal is set."""
        return termios.tcgetattr(self.descriptor)

    def end(self, number: int | None = None) -> int:
        """The exit status, after a signal or the key that the caller has pressed."""
        if number is not None:
            os.kill(self.pid, number)
        deadline = time.monotonic() + SECONDS
        while True:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() > deadline:
                raise AssertionError(f"The command does not end. It printed:\n{self.text}")


@contextlib.contextmanager
def running(arguments: Sequence[str], columns: int = 100, rows: int = 60) -> Iterator[Screen]:
    """`python -m grader ARGUMENTS` in a terminal of its own; killed at the end where it still runs."""
    pid, descriptor = pty.fork()
    if pid == 0:
        try:
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
            os.chdir(ROOT)
            os.execve(sys.executable, [sys.executable, "-m", "grader", *arguments], environment)
        finally:
            os._exit(127)
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    screen = Screen(pid, descriptor)
    try:
        yield screen
    finally:
        if screen.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(screen.pid, signal.SIGKILL)
            os.waitpid(screen.pid, 0)
        os.close(descriptor)
