"""What runs in the sandbox: lock down, load the submission, answer requests for probes."""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import os
import random
import socket
import struct
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import numpy
import torch

from grader.sandbox import bans, compiler, lockdown, wire
from grader.sandbox.isolation import TOKEN_BYTES, Order, connect_back

FRAME = struct.Struct("<Q")
TEXT_LIMIT = 2000
PROBES = "grader.sandbox.probes"
SOCKETS_ARE_FILES = sys.platform != "win32"


def serve(channel: socket.socket, trace: int | None, hello: Mapping[str, Any]) -> None:
    """Say hello, then answer requests until the other side closes the channel."""
    _send(channel, hello)
    submission = ModuleType("nothing loaded yet")
    while (message := _receive(channel)) is not None:
        request = wire.decode(message)
        if trace is not None:
            # The line that a late call hangs in: written by a C thread just before the deadline.
            faulthandler.dump_traceback_later(request["seconds"] * 0.95, file=trace)
        reply: dict[str, Any]
        try:
            if "load" in request:
                submission = load(**request["load"])
                reply = {"value": sorted(name for name in vars(submission) if not name.startswith("_"))}
            else:
                reply = {"value": call_probe(submission, request)}
        except BaseException as error:  # also SystemExit: the reply says what happened
            reply = {"raised": describe(error)}
        if trace is not None:
            faulthandler.cancel_dump_traceback_later()
        _flush()
        _send(channel, reply)


def call_probe(namespace: Any, request: Mapping[str, Any]) -> Any:
    """Call a probe of ours with names resolved in `namespace` (a submission, or a known mistake)."""
    module, function = request["probe"].split(":")
    if not module.startswith(f"{PROBES}."):
        raise ValueError(f"{module} is no module of probes")
    probe: Callable[..., Any] = getattr(importlib.import_module(module), function)
    args = [getattr(namespace, arg.name) if isinstance(arg, wire.Name) else arg for arg in request["args"]]
    seed_all(request["seed"])
    return probe(*args, **request["kwargs"])


def seed_all(seed: int) -> None:
    """Seed every source of random numbers that a submission may use, `seed` below 2³²."""
    torch.manual_seed(seed)
    random.seed(seed)
    numpy.random.seed(seed)


# Loading ------------------------------------------------------------------------------------------


class _Memory(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):  # type: ignore[misc]  # typeshed's two bases differ
    """Imports modules from the bytes that were sent: what was inspected is what runs."""

    def __init__(self, sources: Mapping[str, bytes], folder: str) -> None:
        self.sources = sources
        self.folder = folder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if path is not None or name not in self.sources:
            return None
        return importlib.util.spec_from_loader(name, self, origin=self.get_filename(name))

    def get_filename(self, fullname: str) -> str:
        return os.path.join(self.folder, f"{fullname}.py")

    def get_data(self, path: str) -> bytes:
        return self.sources[Path(path).stem]


def load(name: str, folder: str, sources: Mapping[str, bytes]) -> ModuleType:
    """Import the submission's module `name` from `sources`."""
    finder = _Memory(sources, folder)
    # Last: a learner's random.py must not take the place of Python's own.
    sys.meta_path.append(finder)
    spec = finder.find_spec(name)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__file__ = finder.get_filename(name)
    sys.modules[name] = module
    finder.exec_module(module)
    return module


def describe(error: BaseException) -> dict[str, Any]:
    """What is said of an exception: its type, its text, and the last line of the submission's own."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _is_own(frame.filename)]
    stub = isinstance(error, NotImplementedError) and bool(own) and own[-1] is frames[-1]
    banned = _find_ban(error)
    try:
        text = str(error)
    except BaseException:
        text = "(its message could not be read)"
    return {
        "type": "NotOwnWork" if banned else type(error).__name__,
        "text": (banned or text)[:TEXT_LIMIT],
        "module": Path(own[-1].filename).stem if own else None,
        "line": own[-1].lineno if own else None,
        "stub": stub,
    }


def _find_ban(error: BaseException | None) -> str | None:
    seen = 0
    while error is not None and seen < 20:
        if isinstance(error, bans.NotOwnWork):
            return str(error)
        error, seen = error.__cause__ or error.__context__, seen + 1
    return None


def _is_own(filename: str) -> bool:
    finders = [finder for finder in sys.meta_path if isinstance(finder, _Memory)]
    return any(filename == finder.get_filename(name) for finder in finders for name in finder.sources)


# Talking ------------------------------------------------------------------------------------------


def _send(channel: socket.socket, value: Any) -> None:
    message = wire.encode(value)
    channel.sendall(FRAME.pack(len(message)))
    channel.sendall(message)


def _receive(channel: socket.socket) -> bytearray | None:
    header = _exactly(channel, FRAME.size)
    return None if header is None else _exactly(channel, FRAME.unpack(header)[0])


def _exactly(channel: socket.socket, length: int) -> bytearray | None:
    buffer = bytearray(length)
    view, filled = memoryview(buffer), 0
    while filled < length:
        received = channel.recv_into(view[filled:])
        if received == 0:
            return None
        filled += received
    return buffer


def _flush() -> None:
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()


# Starting -----------------------------------------------------------------------------------------


def _enter(output: socket.socket, scratch: Path) -> None:
    """Take the scratch folder as home and the output socket as standard output and error."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    number = output.detach() if SOCKETS_ARE_FILES else null
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        os.dup2(number, descriptor)
        raw = io.FileIO(descriptor, "w", closefd=False) if SOCKETS_ARE_FILES else socket.SocketIO(output, "w")
        stream = io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", "backslashreplace", line_buffering=True)
        setattr(sys, name, stream)
    os.chdir(scratch)
    for variable in ("HOME", "TMPDIR", "TORCH_HOME", "MPLCONFIGDIR", "XDG_CACHE_HOME", "TORCHINDUCTOR_CACHE_DIR"):
        os.environ[variable] = str(scratch)
    tempfile.tempdir = str(scratch)  # it may have been looked up before the fork
    sys.argv = [""]


def import_probes(modules: Sequence[str], root: str) -> None:
    """Import modules of probes; afterwards nothing comes from the course's folder."""
    compiler.postpone()
    for module in modules:
        importlib.import_module(f"{PROBES}.{module}")
    sys.path[:] = [entry for entry in sys.path if entry != root]


def become_sandbox(
    channel: socket.socket, output: socket.socket, trace: socket.socket, order: Order, readable: Iterable[Path]
) -> NoReturn:
    """Lock this process, then serve. Never returns: whatever happens, the process ends here."""
    code = 1
    try:
        lockdown.new_session()
        _enter(output, order.scratch)
        _close_all_but({0, 1, 2, channel.fileno(), trace.fileno()})
        if sys.platform != "linux":  # where the system ends us itself
            threading.Thread(target=_end_with, args=(trace,), daemon=True).start()
        if order.own_work is not None:
            bans.forbid(order.own_work)
            readable = bans.without_packages(readable, order.own_work)
        lockdown.limit_resources(order.device)
        layers = lockdown.lock(readable, order.scratch, order.device)
        serve(channel, trace.fileno() if SOCKETS_ARE_FILES else None, {"layers": layers})
        code = 0
    finally:
        os._exit(code)


def main_spawned() -> NoReturn:
    """Entry of a sandbox that is started as a process of its own, see `isolation.Spawn`."""
    address, text, root = sys.argv[1:]
    order = Order.read(text)
    import_probes(order.probes, root)
    channel, output, trace = connect_back(address, sys.stdin.buffer.read(TOKEN_BYTES))
    become_sandbox(channel, output, trace, order, lockdown.readable_paths())


def _end_with(trace: socket.socket) -> None:
    """End when the trusted process has: it never sends anything here, so what comes is the end of the connection."""
    with contextlib.suppress(OSError):
        trace.recv(1)
    os._exit(1)


def _close_all_but(kept: set[int]) -> None:
    if sys.platform == "linux":  # elsewhere a process that was started inherits nothing else
        for name in os.listdir("/proc/self/fd"):
            if int(name) not in kept:
                with contextlib.suppress(OSError):
                    os.close(int(name))
