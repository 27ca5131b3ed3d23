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
from typing import Any, NamedTuple

from grader.sandbox import wire
from grader.sandbox.inside import FRAME, TEXT_LIMIT
from grader.sandbox.lockdown import MEMORY_BYTES

START_SECONDS = 120.0  # for torch to be imported, on a slow disk
LOAD_SECONDS = 10.0  # for the submission to be imported
OUTPUT_BYTES = 32 * 1024**2  # what one sandbox may print
REPLY_BYTES = 64 * 1024**2
MAX_THREADS = 64
WRITTEN_BYTES = 512 * 1024**2  # to files, in all
SCRATCH_ENTRIES = 1000  # files and folders in the scratch folder
TICK_SECONDS = 0.05
EXIT_SECONDS = 2.0  # for a process to be gone
TAIL_BYTES = 4000
# Windows has none of these signals: nothing is paused there, and terminating is killing.
RESUME, PAUSE = getattr(signal, "SIGCONT", None), getattr(signal, "SIGSTOP", None)
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


class SandboxError(Exception):
    """The sandbox gave no reply that can be used, and is gone; the message is for the learner."""


class NurseryGone(SandboxError):
    """The nursery died, and its sandboxes with it: no fault of the submission. Start another and ask again."""

    def __init__(self) -> None:
        super().__init__("the process that starts sandboxes was ended from outside, twice")


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
        scratch: Path,
    ) -> None:
        self.channel, self.output, self.trace, self.process = channel, output, trace, process
        self.scratch = scratch
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
        self._base_memory = _usage(self.process.pid).memory

    def load(self, name: str, folder: str, sources: dict[str, bytes]) -> list[str]:
        """Import the submission's module `name`; returns its public names. Raises Raised."""
        content = {"name": name, "folder": folder, "sources": sources}
        value: list[str] = self.request(wire.encode({"load": content, "seconds": LOAD_SECONDS}), LOAD_SECONDS)
        return value

    def request(self, message: bytes, seconds: float) -> Any:
        """Send an encoded request and wait for its reply. Raises Raised, Timeout, SandboxError."""
        self.printed.clear()
        # It runs only while we wait for it, and watch it: nothing goes on between two questions.
        self.process.send(RESUME)
        try:
            reply = self._read_reply(seconds, FRAME.pack(len(message)) + message)
        finally:
            self.process.send(PAUSE)
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
            self._watch()

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

    def _watch(self) -> None:
        """End a sandbox that takes more than an answer may; what the kernel can limit is in lockdown."""
        usage = _usage(self.process.pid)
        if self._base_memory and usage.memory > self._base_memory + MEMORY_BYTES:
            raise self._broken(f"it used more than {MEMORY_BYTES // 1024**3} GB of memory")
        if usage.threads > MAX_THREADS:
            raise self._broken(f"it started more than {MAX_THREADS} threads")
        if usage.written > WRITTEN_BYTES:
            raise self._broken(f"it wrote more than {WRITTEN_BYTES // 1024**2} MB to files")
        if _more_entries_than(SCRATCH_ENTRIES, self.scratch):
            raise self._broken(f"it made more than {SCRATCH_ENTRIES} files")

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
        if silent := code is None:
            # Either it lives on without a channel, or there is no nursery any more to tell how it ended.
            self.process.send(KILL)
            code = self.process.exit_code()
        self.close()
        if code is None:
            return NurseryGone()
        if silent:
            return SandboxError("it closed its connection to the grader")
        if code == -KILL:
            return SandboxError("it was killed from outside, as a system does that runs out of memory")
        if code < 0:
            name = signal.Signals(-code).name
            return SandboxError(f"it ended with {name}, as after endless recursion or a bad memory access")
        if code > 255:  # how Windows says it
            return SandboxError(f"it ended with 0x{code:08X}, as after endless recursion or a bad memory access")
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
            raise NurseryGone from None
        self.pidfd: int | None = descriptors[0]
        self._code: int | None = None

    def exit_code(self) -> int | None:
        """How it ended; None while it has not, and when the nursery did not live to tell."""
        if self._code is None:
            self.status.settimeout(EXIT_SECONDS)
            with contextlib.suppress(OSError, ValueError, KeyError):
                self._code = int(json.loads(self.status.recv(4096))["exit"])
        return self._code

    def send(self, number: signal.Signals | None) -> None:
        if self.pidfd is not None and number is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, number)

    def kill(self) -> None:
        if self.pidfd is not None:
            self.send(KILL)
            os.close(self.pidfd)
            self.pidfd = None
            self.exit_code()
            self.status.close()


class SpawnedProcess:
    """A process that we started ourselves, with a group of its own."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.pid = process.pid

    def exit_code(self) -> int | None:
        """How it ended; None while it has not."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(EXIT_SECONDS)
        return None

    def send(self, number: signal.Signals | None) -> None:
        if number is not None:
            self.process.send_signal(number)  # to nobody, once the process has been waited for

    def kill(self) -> None:
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, KILL)
        self.process.kill()
        self.process.wait()


class _Usage(NamedTuple):
    memory: int  # bytes, anonymous and shared
    threads: int
    written: int  # bytes, to files and pipes


def _usage(pid: int) -> _Usage:
    """What a process uses. Zeros where the system does not tell, as everywhere but on Linux."""
    try:
        # Of the first thread that lives: the main one may have ended, and then tells nothing.
        threads = (_fields(path) for path in Path(f"/proc/{pid}/task").glob("*/status"))
        status = next((fields for fields in threads if "RssAnon" in fields), {})
        written = _fields(Path(f"/proc/{pid}/io"))
    except OSError:
        return _Usage(0, 0, 0)
    kilobytes = sum(int(status.get(name, "0 kB").split()[0]) for name in ("RssAnon", "RssShmem"))
    # What was passed to write, and what reached the disk by other ways, such as a mapped file.
    return _Usage(
        kilobytes * 1024, int(status.get("Threads", "0")), max(int(written["wchar"]), int(written["write_bytes"]))
    )


def _fields(path: Path) -> dict[str, str]:
    return dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)


def _more_entries_than(count: int, folder: Path) -> bool:
    pending = [folder]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    count -= 1
                    if count < 0:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(Path(entry.path))
        except FileNotFoundError:
            continue  # removed while we look
        except OSError:
            return True  # hidden from us: a folder that may not be read, or a path too long to follow
    return False
