"""The trusted side of the boundary: send requests to a sandbox, keep the clock, kill."""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.sandbox import wire
from grader.sandbox.inside import FRAME, TEXT_LIMIT
from grader.sandbox.lockdown import MEMORY_BYTES

START_SECONDS = 120.0  # for torch to be imported, on a slow disk
LOAD_SECONDS = 10.0  # for the submission to be imported
OUTPUT_BYTES = 32 * 1024**2  # what one sandbox may print
REPLY_BYTES = 64 * 1024**2
MAX_THREADS = 256
TICK_SECONDS = 0.05
TAIL_BYTES = 4000


class SandboxError(Exception):
    """The sandbox gave no reply that can be used, and is gone; the message is for the learner."""


class Timeout(SandboxError):
    """The deadline passed. `line` is where in `module` the submission was, if that is known."""

    def __init__(self, seconds: float, module: str | None, line: int | None) -> None:
        super().__init__(f"no answer within {seconds:g} seconds")
        self.seconds, self.module, self.line = seconds, module, line


@dataclass
class Raised(Exception):
    """The submission raised an exception: its type and text, and the last line of its own files."""

    type: str
    text: str
    module: str | None
    line: int | None
    stub: bool

    def __str__(self) -> str:
        return f"{self.type}: {self.text}" if self.text else self.type


class Sandbox:
    """One running sandbox. After any SandboxError it is dead."""

    def __init__(
        self,
        channel: socket.socket,
        output: socket.socket,
        trace: socket.socket,
        process: ForkedProcess | SpawnedProcess,
    ) -> None:
        self.channel, self.output, self.trace, self.process = channel, output, trace, process
        self.alive = True
        self.printed = bytearray()  # the tail of what the submission printed
        self.printed_bytes = 0
        self._trace = bytearray()
        self._base_memory = 0
        self._selector = selectors.DefaultSelector()
        for end in (channel, output, trace):
            end.setblocking(False)
            self._selector.register(end, selectors.EVENT_READ)
        hello = self._read_reply(START_SECONDS)
        self.layers: list[str] = hello.get("layers", [])
        self._base_memory = self.process.memory()[0]

    def load(self, name: str, folder: str, sources: dict[str, bytes], own_work: str | None) -> list[str]:
        """Import the submission's module `name`; returns its public names. Raises Raised."""
        content = {"name": name, "folder": folder, "sources": sources, "own_work": own_work}
        value: list[str] = self.request(wire.encode({"load": content, "seconds": LOAD_SECONDS}), LOAD_SECONDS)
        return value

    def request(self, message: bytes, seconds: float) -> Any:
        """Send an encoded request and wait for its reply. Raises Raised, Timeout, SandboxError."""
        self.printed.clear()
        reply = self._read_reply(seconds, FRAME.pack(len(message)) + message)
        if set(reply) == {"value"}:
            return reply["value"]
        match reply.get("raised"):
            case {"type": str(kind), "text": str(text), "module": module, "line": line, "stub": bool(stub)} if (
                isinstance(module, str | None) and isinstance(line, int | None)
            ):
                raise Raised(kind[:TEXT_LIMIT], text[:TEXT_LIMIT], module, line, stub)
        raise self._broken("the sandbox sent a reply of unknown form")

    def close(self) -> None:
        """Kill the process and its group, and let go of everything."""
        if not self.alive:
            return
        self.alive = False
        self.process.kill()
        self._selector.close()
        for end in (self.channel, self.output, self.trace):
            end.close()

    def _read_reply(self, seconds: float, outgoing: bytes = b"") -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        pending, incoming = memoryview(outgoing), bytearray()
        self._selector.modify(self.channel, selectors.EVENT_READ | (selectors.EVENT_WRITE if pending else 0))
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise self._late(seconds)
            for key, events in self._selector.select(min(left, TICK_SECONDS)):
                if key.fileobj is self.channel and events & selectors.EVENT_WRITE:
                    pending = self._write(pending)
                if events & selectors.EVENT_READ:
                    self._read(key.fileobj, incoming)
            if (reply := self._complete(incoming)) is not None:
                return reply
            self._watch_memory()

    def _write(self, pending: memoryview) -> memoryview:
        try:
            pending = pending[self.channel.send(pending) :]
        except BlockingIOError:
            return pending
        except OSError:
            raise self._ended() from None
        if not pending:
            self._selector.modify(self.channel, selectors.EVENT_READ)
        return pending

    def _read(self, end: Any, incoming: bytearray) -> None:
        try:
            chunk = end.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            if end is self.channel:
                raise self._ended()
            self._selector.unregister(end)
        elif end is self.channel:
            incoming += chunk
        elif end is self.trace:
            self._trace = (self._trace + chunk)[-TAIL_BYTES:]
        else:
            self.printed_bytes += len(chunk)
            self.printed = (self.printed + chunk)[-TAIL_BYTES:]
            if self.printed_bytes > OUTPUT_BYTES:
                raise self._broken(
                    f"it printed more than {OUTPUT_BYTES // 1024**2} MB. Take the print out of the loop"
                )

    def _complete(self, incoming: bytearray) -> dict[str, Any] | None:
        if len(incoming) < FRAME.size:
            return None
        (length,) = FRAME.unpack(incoming[: FRAME.size])
        if length > REPLY_BYTES:
            raise self._broken(f"its reply has more than {REPLY_BYTES // 1024**2} MB")
        if len(incoming) < FRAME.size + length:
            return None
        if len(incoming) > FRAME.size + length:
            raise self._broken("the sandbox sent more than one reply")
        try:
            reply = wire.decode(memoryview(incoming)[FRAME.size :])
        except wire.WireError as error:
            raise self._broken(f"the sandbox sent {error}") from None
        if not isinstance(reply, dict):
            raise self._broken("the sandbox sent a reply of unknown form")
        return reply

    def _watch_memory(self) -> None:
        memory, threads = self.process.memory()
        if self._base_memory and memory > self._base_memory + MEMORY_BYTES:
            raise self._broken(f"it used more than {MEMORY_BYTES // 1024**3} GB of memory")
        if threads > MAX_THREADS:
            raise self._broken(f"it started more than {MAX_THREADS} threads")

    def _late(self, seconds: float) -> Timeout:
        found = re.findall(rb'File "([^"\n]*?)([^"/\\\n]+)\.py", line (\d+) in', bytes(self._trace))
        self.close()
        for _, module, line in found:  # innermost first; frames of libraries are skipped by the caller
            if module.startswith(b"ex"):
                return Timeout(seconds, module.decode("ascii", "replace"), int(line))
        return Timeout(seconds, None, None)

    def _broken(self, sentence: str) -> SandboxError:
        self.close()
        return SandboxError(sentence)

    def _ended(self) -> SandboxError:
        code = self.process.exit_code()
        self.close()
        if code is not None and code < 0:
            name = signal.Signals(-code).name
            return SandboxError(f"it ended with {name}, as after endless recursion or a bad memory access")
        return SandboxError(f"it ended the Python process (exit code {code}), as os._exit does. Let it return instead")


class ForkedProcess:
    """A process that the nursery forked: known by its pidfd, so that no other can be hit."""

    def __init__(self, status: socket.socket) -> None:
        self.status = status
        self.status.settimeout(START_SECONDS)
        try:
            message, descriptors, _, _ = socket.recv_fds(status, 4096, 1)
            self.pid = int(json.loads(message)["pid"])
        except (OSError, ValueError):
            raise SandboxError("the nursery, which starts the sandboxes, is gone") from None
        self.pidfd: int | None = descriptors[0]
        self._code: int | None = None

    def memory(self) -> tuple[int, int]:
        """Bytes of anonymous and shared memory in use, and number of threads."""
        try:
            lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        except OSError:
            return 0, 0
        fields = dict(line.split(":", 1) for line in lines if ":" in line)
        kilobytes = sum(int(fields.get(name, "0 kB").split()[0]) for name in ("RssAnon", "RssShmem"))
        return kilobytes * 1024, int(fields.get("Threads", "0"))

    def exit_code(self) -> int | None:
        if self._code is None:
            self.status.settimeout(2.0)
            with contextlib.suppress(OSError, ValueError, KeyError):
                self._code = int(json.loads(self.status.recv(4096))["exit"])
        return self._code

    def kill(self) -> None:
        if self.pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            os.close(self.pidfd)
            self.pidfd = None
            self.exit_code()
            self.status.close()


class SpawnedProcess:
    """A process that we started ourselves, with a group of its own."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def memory(self) -> tuple[int, int]:
        return 0, 0

    def exit_code(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(2.0)
        return None

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
