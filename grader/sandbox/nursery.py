"""Fork sandboxes in milliseconds from a process that has imported torch and nothing else of value.

Importing torch costs seconds, a fork almost nothing. So that what is inherited is harmless, the
nursery runs no operation, starts no thread, opens no CUDA context, and knows neither seeds nor
checks nor anybody's answers.

A request is one datagram on the control socket: an `isolation.Order`, and four descriptors (channel,
output, trace, status). On `status` go first the sandbox's process id with a descriptor for it (pidfd),
and at its end its exit code. Closing it ends the sandbox: one whose grader was killed must not stay, stopped.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import torch  # noqa: F401  the reason why this process exists

from grader.sandbox import inside, lockdown
from grader.sandbox.isolation import Order

REQUEST_BYTES = 8192


def main() -> None:
    """Serve requests on the descriptor that the command line names, until it is closed."""
    control = socket.socket(fileno=int(sys.argv[1]))
    inside.import_probes(sys.argv[3:], root=sys.argv[2])
    gc.freeze()  # collections in a sandbox would touch, and so copy, every inherited page
    Nursery(control, lockdown.readable_paths()).run()
    os._exit(0)  # at once: libraries that are torn down have much to say


class Nursery:
    """The loop, and the sandboxes that are alive: pidfd → (pid, status socket)."""

    def __init__(self, control: socket.socket, readable: Sequence[Path]) -> None:
        self.control = control
        self.readable = readable
        self.alive: dict[int, tuple[int, socket.socket]] = {}

    def run(self) -> None:
        while True:
            asked_by = {status.fileno(): pidfd for pidfd, (_, status) in self.alive.items()}
            ready, _, _ = select.select([self.control.fileno(), *self.alive, *asked_by], [], [])
            for status in asked_by.keys() & ready:  # nothing is ever sent to us on it: whoever asked is gone
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(asked_by[status], signal.SIGKILL)
            for pidfd in self.alive.keys() & ready:
                self.bury(pidfd)
            if self.control.fileno() in ready and not self.accept():
                break
        for pidfd in list(self.alive):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            self.bury(pidfd)

    def accept(self) -> bool:
        """Fork a sandbox for the next request; False when nobody is left to ask."""
        message, descriptors, _, _ = socket.recv_fds(self.control, REQUEST_BYTES, 4)
        if not message:
            return False
        # Where there are no more processes, for now, whoever asked finds the descriptors closed.
        with contextlib.suppress(OSError):
            self.fork(Order.read(message), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def fork(self, order: Order, descriptors: Sequence[int]) -> None:
        """A sandbox for this order. Raises OSError where there can be no more processes."""
        pid = os.fork()
        if pid == 0:
            channel, output, trace, _ = (socket.socket(fileno=descriptor) for descriptor in descriptors)
            inside.become_sandbox(channel, output, trace, order, self.readable)
        pidfd = os.pidfd_open(pid)
        reporter = socket.socket(fileno=os.dup(descriptors[3]))
        with contextlib.suppress(OSError):
            socket.send_fds(reporter, [json.dumps({"pid": pid}).encode()], [pidfd])
        self.alive[pidfd] = (pid, reporter)

    def bury(self, pidfd: int) -> None:
        """Sweep what is left of an ended sandbox's process group, then report its exit code."""
        pid, status = self.alive.pop(pidfd)
        os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOWAIT)  # ended, and its number is still its own
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        _, wait_status = os.waitpid(pid, 0)
        with contextlib.suppress(OSError):
            status.send(json.dumps({"exit": os.waitstatus_to_exitcode(wait_status)}).encode())
        status.close()
        os.close(pidfd)
