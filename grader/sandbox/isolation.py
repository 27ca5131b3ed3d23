"""The two ways to start sandboxes: forked from a nursery and locked, or spawned and not.

This module does not import torch: the nursery imports it while the trusted process does the same.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.sandbox import client

ROOT = Path(__file__).parent.parent.parent


class Fork:
    """Sandboxes forked from a nursery and locked down."""

    name = "fork"

    def __init__(self, probes: Sequence[str]) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        code = "import sys; sys.path.append(sys.argv[2]); from grader.sandbox import nursery; nursery.main()"
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-E", "-P", "-c", code, str(theirs.fileno()), str(ROOT), *probes],
                env=_clean_environment(),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd="/",
            )

    def start(self, scratch: Path, device: str) -> client.Sandbox:
        """A new sandbox, locked and waiting for its submission."""
        from grader.sandbox import client

        ours, theirs = _socketpairs(4, kinds=(socket.SOCK_STREAM,) * 3 + (socket.SOCK_SEQPACKET,))
        request = json.dumps({"scratch": str(scratch), "device": device}).encode()
        try:
            socket.send_fds(self.control, [request], [end.fileno() for end in theirs])
        except OSError:
            raise client.SandboxError("the nursery, which starts the sandboxes, is gone") from None
        for end in theirs:
            end.close()
        return client.Sandbox(ours[0], ours[1], ours[2], client.ForkedProcess(ours[3]))

    def close(self) -> None:
        self.control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        self.process.kill()
        self.process.wait()


class Spawn:
    """Sandboxes that are processes of their own: works everywhere, is no security boundary."""

    name = "process"

    def start(self, scratch: Path, device: str) -> client.Sandbox:
        """A new process that imports torch itself."""
        from grader.sandbox import client

        ours, theirs = _socketpairs(3, kinds=(socket.SOCK_STREAM,) * 3)
        code = "import sys; sys.path.append(sys.argv.pop()); from grader.sandbox import inside; inside.main_spawned()"
        numbers = [str(end.fileno()) for end in theirs]
        process = subprocess.Popen(
            [sys.executable, "-E", "-P", "-c", code, *numbers, str(scratch), device, str(ROOT)],
            env=_clean_environment(),
            pass_fds=[end.fileno() for end in theirs],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            cwd=scratch,
        )
        for end in theirs:
            end.close()
        return client.Sandbox(ours[0], ours[1], ours[2], client.SpawnedProcess(process))

    def close(self) -> None:
        """Nothing is shared between its sandboxes."""


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for one sandbox; removed afterwards, whatever was left in it."""
    folder = Path(tempfile.mkdtemp(prefix="convolutions-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _socketpairs(count: int, kinds: Sequence[int]) -> tuple[list[socket.socket], list[socket.socket]]:
    pairs = [socket.socketpair(socket.AF_UNIX, kinds[index]) for index in range(count)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _clean_environment() -> dict[str, str]:
    """One thread for each process, and nothing of the caller's secrets."""
    names = ("PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return {**kept, **threads, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
