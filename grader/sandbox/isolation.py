"""The two ways to start sandboxes: forked from a nursery in milliseconds, or each a process of its own.

Both are locked down where the system can do that, which is on Linux.

This module does not import torch: the nursery imports it while the trusted process does the same.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.sandbox import client

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Order:
    """What kind of sandbox is wanted."""

    scratch: Path
    device: str
    own_work: str | None  # the operation that is forbidden in it

    def text(self) -> str:
        """As JSON, for the process that carries it out."""
        return json.dumps({"scratch": str(self.scratch), "device": self.device, "own_work": self.own_work})

    @classmethod
    def read(cls, text: str | bytes) -> Order:
        """What `text` has written."""
        fields = json.loads(text)
        return cls(Path(fields["scratch"]), fields["device"], fields["own_work"])


class Fork:
    """Sandboxes forked from a nursery."""

    name = "fork"

    def __init__(self, probes: Sequence[str]) -> None:
        self.probes = probes
        self._start_nursery()

    def start(self, scratch: Path, device: str, own_work: str | None = None) -> client.Sandbox:
        """A new sandbox, locked and waiting for its submission. Starts a nursery where the last one is gone."""
        from grader.sandbox import client

        order = Order(scratch, device, own_work)
        try:
            return self._ask(order)
        except client.NurseryGone:
            self.close()
            self._start_nursery()
            return self._ask(order)

    def close(self) -> None:
        self.control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        self.process.kill()
        self.process.wait()

    def _start_nursery(self) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            arguments = [str(theirs.fileno()), str(ROOT), *self.probes]
            self.process = _start("nursery.main()", arguments, [theirs.fileno()], cwd="/")

    def _ask(self, order: Order) -> client.Sandbox:
        from grader.sandbox import client

        ours, theirs = _socketpairs(socket.SOCK_STREAM, socket.SOCK_STREAM, socket.SOCK_STREAM, socket.SOCK_SEQPACKET)
        try:
            with contextlib.ExitStack() as closing:
                for end in theirs:
                    closing.enter_context(end)
                socket.send_fds(self.control, [order.text().encode()], [end.fileno() for end in theirs])
            return client.Sandbox(ours[0], ours[1], ours[2], client.ForkedProcess(ours[3]), order.scratch)
        except OSError:
            raise client.NurseryGone from None
        except client.SandboxError:
            for end in ours:
                end.close()
            raise


class Spawn:
    """Sandboxes that are processes of their own: slower, and the only way where nothing can be forked."""

    name = "process"

    def __init__(self, probes: Sequence[str]) -> None:
        self.probes = probes

    def start(self, scratch: Path, device: str, own_work: str | None = None) -> client.Sandbox:
        """A new process that imports torch itself."""
        from grader.sandbox import client

        ours, theirs = _socketpairs(socket.SOCK_STREAM, socket.SOCK_STREAM, socket.SOCK_STREAM)
        numbers = [end.fileno() for end in theirs]
        arguments = [*map(str, numbers), Order(scratch, device, own_work).text(), str(ROOT), *self.probes]
        process = _start("inside.main_spawned()", arguments, numbers, cwd=scratch)
        for end in theirs:
            end.close()
        return client.Sandbox(ours[0], ours[1], ours[2], client.SpawnedProcess(process), scratch)

    def close(self) -> None:
        """Nothing is shared between its sandboxes."""


def _start(call: str, arguments: Sequence[str], descriptors: Sequence[int], cwd: str | Path) -> subprocess.Popen[bytes]:
    """A Python of its own session that imports nothing from where it stands and knows nothing of the caller."""
    module = call.split(".")[0]
    # The course's folder goes last: a file of it must not take the place of Python's own.
    code = f"import sys; sys.path.append({str(ROOT)!r}); from grader.sandbox import {module}; {call}"
    return subprocess.Popen(
        [sys.executable, "-E", "-P", "-c", code, *arguments],
        env=_clean_environment(),
        pass_fds=descriptors,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the trusted process, which ends the others
        cwd=cwd,
    )


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for one sandbox; removed afterwards, whatever was left in it."""
    folder = Path(tempfile.mkdtemp(prefix="convolutions-"))
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError):
            _empty(folder)
            folder.rmdir()


def _empty(folder: Path) -> None:
    """Remove what is in a folder, however deep it is nested and whoever may not read it."""
    fresh = (folder / f".{secrets.token_hex(8)}" for _ in itertools.count())
    pending = [folder]
    while pending:
        current = pending.pop()
        for entry in list(os.scandir(current)):
            if entry.is_dir(follow_symlinks=False):
                # Moved up before it is emptied, so that no path grows too long.
                os.chmod(entry.path, 0o700)
                pending.append(next(fresh))
                os.rename(entry.path, pending[-1])
            else:
                os.unlink(entry.path)
        if current != folder:
            os.rmdir(current)


def _socketpairs(*kinds: socket.SocketKind) -> tuple[list[socket.socket], list[socket.socket]]:
    pairs = [socket.socketpair(socket.AF_UNIX, kind) for kind in kinds]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _clean_environment() -> dict[str, str]:
    """One thread for each process, and nothing of the caller's secrets."""
    names = ("PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return {**kept, **threads, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
