"""The two ways to start sandboxes: forked from a nursery in milliseconds, or each a process of its own.

Both are locked down where the system can do that, which is on Linux.

A process of its own connects back to the one that started it, three times, before it is locked: so no
descriptors need to be handed on, which not every system can do. It calls a local socket in its scratch
folder or, where there are none, as on Windows, the loopback address. A token that only it was told, on its
standard input, shows that it is the one who calls.

This module does not import torch: the nursery imports it while the trusted process does the same.
"""

from __future__ import annotations

import contextlib
import hmac
import itertools
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grader.stops import stops_wait

if TYPE_CHECKING:
    from grader.sandbox import client

ROOT = Path(__file__).parent.parent.parent
TOKEN_BYTES = 32
CONNECT_SECONDS = 120.0  # for a process to import torch and connect, on a slow disk
CONNECTIONS = 3  # channel, output, trace

# What a process needs of the caller's environment. Windows finds its own libraries by SYSTEMROOT.
KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "SYSTEMROOT", "USERNAME")

# Read by PyTorch as it starts, here and in sandboxes; by the C library, in what is started from here.
HOW_TO_COMPUTE = {
    # Busy processes of two threads each, on two cores, crawl; and a process that forks should have one.
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    # Large pages: Linux hands out 64 MB, the largest weight of VGG, in half the time.
    "THP_MEM_ALLOC_ENABLE": "1",
    # What one training step frees, the next one needs again. The C library would give it back to Linux between them.
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024**2),
    "MALLOC_TRIM_THRESHOLD_": str(512 * 1024**2),
}


@dataclass(frozen=True)
class Order:
    """What kind of sandbox is wanted."""

    scratch: Path
    device: str
    own_work: str | None  # the operation that is forbidden in it
    probes: tuple[str, ...]  # modules of what it will be asked

    def text(self) -> str:
        """As JSON, for the process that carries it out."""
        return json.dumps({**vars(self), "scratch": str(self.scratch)})

    @classmethod
    def read(cls, text: str | bytes) -> Order:
        """What `text` has written."""
        fields = json.loads(text)
        return cls(Path(fields["scratch"]), fields["device"], fields["own_work"], tuple(fields["probes"]))


class Fork:
    """Sandboxes forked from a nursery."""

    name = "fork"

    def __init__(self, probes: Sequence[str]) -> None:
        self.probes = probes
        self._start_nursery()

    def start(
        self, scratch: Path, device: str, own_work: str | None = None, probes: Sequence[str] = ("call",)
    ) -> client.Sandbox:
        """A new sandbox, locked and waiting for its submission. Starts a nursery where the last one is gone."""
        from grader.sandbox import client

        order = Order(scratch, device, own_work, tuple(probes))
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
            self.process = _start("nursery.main()", arguments, cwd="/", descriptors=[theirs.fileno()])

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

    def start(
        self, scratch: Path, device: str, own_work: str | None = None, probes: Sequence[str] = ("call",)
    ) -> client.Sandbox:
        """A new process that imports torch itself."""
        from grader.sandbox import client

        token = secrets.token_bytes(TOKEN_BYTES)
        with _listener(scratch) as listener:
            address = json.dumps(listener.getsockname())
            arguments = [address, Order(scratch, device, own_work, tuple(probes)).text(), str(ROOT)]
            process = client.SpawnedProcess(_start("inside.main_spawned()", arguments, cwd=scratch, said=token))
            try:
                channel, output, trace = _accept(listener, token, process)
            except BaseException:
                process.kill()
                raise
        return client.Sandbox(channel, output, trace, process, scratch)

    def close(self) -> None:
        """Nothing is shared between its sandboxes."""


@contextlib.contextmanager
def _listener(scratch: Path) -> Iterator[socket.socket]:
    """A socket to connect back to; gone, with its file, before anything of the submission is read."""
    place = scratch / "grader"
    listener = None
    if hasattr(socket, "AF_UNIX"):
        listener = socket.socket(socket.AF_UNIX)
        try:
            listener.bind(str(place))
        except OSError:  # the path is too long for a socket's address
            listener.close()
            listener = None
    if listener is None:
        listener = socket.socket(socket.AF_INET)
        listener.bind(("127.0.0.1", 0))
    try:
        with listener:
            listener.listen(CONNECTIONS)
            yield listener
    finally:
        place.unlink(missing_ok=True)


def _accept(listener: socket.socket, token: bytes, process: client.SpawnedProcess) -> list[socket.socket]:
    """The connections of a new process, in their order. Raises SandboxError when it ended, or was not heard of."""
    from grader.sandbox import client

    ends: dict[int, socket.socket] = {}
    deadline = time.monotonic() + CONNECT_SECONDS
    listener.settimeout(0.2)
    try:
        while len(ends) < CONNECTIONS:
            if process.process.poll() is not None or time.monotonic() > deadline:
                raise client.SandboxError("its process ended, or was not heard of, before it was ready")
            with contextlib.suppress(TimeoutError):
                end, _ = listener.accept()
                number = _greeting(end, token)
                if number is None or number in ends:  # somebody else on this machine
                    end.close()
                else:
                    _send_at_once(end)
                    ends[number] = end
    except BaseException:
        for end in ends.values():
            end.close()
        raise
    return [ends[number] for number in range(CONNECTIONS)]


def _greeting(end: socket.socket, token: bytes) -> int | None:
    """Which connection this is; None where the token is another, or does not come."""
    end.settimeout(1.0)
    greeting = b""
    with contextlib.suppress(OSError):
        while len(greeting) <= TOKEN_BYTES and (more := end.recv(TOKEN_BYTES + 1 - len(greeting))):
            greeting += more
    right = len(greeting) == TOKEN_BYTES + 1 and hmac.compare_digest(greeting[:-1], token)
    return greeting[-1] if right and greeting[-1] < CONNECTIONS else None


def connect_back(address: str, token: bytes) -> list[socket.socket]:
    """In the new process: its connections to the one that started it."""
    where = json.loads(address)
    ends = []
    for number in range(CONNECTIONS):
        local = isinstance(where, str)
        end = socket.socket(socket.AF_UNIX if local else socket.AF_INET)
        end.connect(where if local else tuple(where))
        _send_at_once(end)
        end.sendall(token + bytes([number]))
        ends.append(end)
    return ends


def _send_at_once(end: socket.socket) -> None:
    if end.family == socket.AF_INET:  # small messages would wait for each other
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _start(
    call: str, arguments: Sequence[str], cwd: str | Path, descriptors: Sequence[int] = (), said: bytes = b""
) -> subprocess.Popen[bytes]:
    """A Python of its own session that imports nothing from where it stands and knows nothing of the caller.

    `said` is what it reads on its standard input, which other users cannot see.
    """
    module = call.split(".")[0]
    # The course's folder goes last: a file of it must not take the place of Python's own.
    # All that comes with torch stays: nobody looks for garbage in it, as in `grader.run`.
    imports = f"import gc, sys; gc.disable(); sys.path.append({str(ROOT)!r}); from grader.sandbox import {module}"
    code = f"{imports}; gc.freeze(); gc.enable(); {call}"
    process = subprocess.Popen(
        [sys.executable, "-E", "-P", "-c", code, *arguments],
        env=_clean_environment(),
        pass_fds=descriptors,
        stdin=subprocess.PIPE if said else subprocess.DEVNULL,
        # Ctrl-C is for the trusted process, which ends the others. Windows has process groups for that.
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        cwd=cwd,
    )
    if process.stdin is not None:
        with contextlib.suppress(OSError), process.stdin as pipe:  # ended already: who waits for it will notice
            pipe.write(said)
    return process


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for one sandbox; removed afterwards, whatever was left in it."""
    folder = None
    try:
        with stops_wait():
            folder = Path(tempfile.mkdtemp(prefix="convolutions-"))
        yield folder
    finally:
        if folder is not None:
            with stops_wait(), contextlib.suppress(OSError):
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
    """What a process needs, and nothing of the caller's secrets."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return {**kept, **HOW_TO_COMPUTE, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
