"""What a sandbox promises, each promise with an attempt to break it.

`--isolation strict` tries them all in a sandbox of its own before anybody's answer runs, and does not
start where one gets through. So what is promised was seen to hold on this machine, this day.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.sandbox import wire
from grader.sandbox.client import Raised, Sandbox, SandboxError
from grader.sandbox.isolation import Fork, Spawn, scratch_folder
from grader.sandbox.lockdown import FILE_BYTES, LAYERS, MEMORY_BYTES
from grader.sandbox.probes import promises as attempts

SECONDS = 10.0
REFUSALS = ("PermissionError", "OSError", "MemoryError")  # anything else is a fault of the attempt
_MEGABYTE, _GIGABYTE = 1024**2, 1024**3


@dataclass(frozen=True)
class Promise:
    """One promise: what an answer cannot do, and the probe that tries to do it."""

    sentence: str
    attempt: Callable[..., bool]
    args: tuple[str, ...] = ()


def promises() -> tuple[Promise, ...]:
    """All of them. The files that they try to reach are the course's own and a new one beside the scratch folder."""
    outside = Path(tempfile.gettempdir()) / "convolutions-promise"
    return (
        Promise("reads no file but Python's own and those in its scratch folder", attempts.read_a_file, (__file__,)),
        Promise("writes no file outside its scratch folder", attempts.write_a_file, (str(outside),)),
        Promise("opens no connection to the network", attempts.open_a_connection),
        Promise("opens no connection to a program on this machine", attempts.open_a_local_connection),
        Promise("sends nothing to a program on this machine", attempts.send_to_any_local_socket),
        Promise("starts no process", attempts.start_a_process),
        Promise("sends no signal to another process", attempts.signal_a_process),
        Promise("reads no memory of another process", attempts.read_the_memory_of_a_process),
        Promise(f"takes no more than {MEMORY_BYTES // _GIGABYTE} GB of memory", attempts.take_memory),
        Promise(f"writes no file of more than {FILE_BYTES // _MEGABYTE} MB", attempts.write_a_large_file),
        Promise("inherits no open file of the grader", attempts.inherit_descriptors),
    )


def broken(isolation: Fork | Spawn, device: str) -> list[str]:
    """The sentences of the promises that do not hold here, after trying each of them.

    A Fork must know the probes of the module "promises".
    """
    with scratch_folder() as scratch:
        sandbox = isolation.start(scratch, device, probes=["promises"])
        try:
            missing = [f"is locked by {layer}" for layer in LAYERS if layer not in sandbox.layers]
            return missing + [one.sentence for one in promises() if _gets_through(one, sandbox)]
        finally:
            sandbox.close()


def _gets_through(promise: Promise, sandbox: Sandbox) -> bool:
    probe = f"{promise.attempt.__module__}:{promise.attempt.__qualname__}"
    request: dict[str, Any] = {"probe": probe, "args": list(promise.args), "kwargs": {}, "seed": 0, "seconds": SECONDS}
    try:
        return sandbox.request(wire.encode(request), SECONDS) is not False
    except Raised as raised:
        return raised.type not in REFUSALS
    except SandboxError:
        return True  # no answer is no proof
