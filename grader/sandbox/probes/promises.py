"""Attempts to break each promise of the sandbox, from the inside; see `grader.sandbox.promises`.

An attempt that gets through returns True. One that is refused raises what the kernel made of it.
"""

from __future__ import annotations

import mmap
import os
import socket
from pathlib import Path

from grader.sandbox.lockdown import FILE_BYTES, MEMORY_BYTES

STANDARD_DESCRIPTORS = 5  # input, output, error, channel and trace


def read_a_file(path: str) -> bool:
    with open(path, "rb") as file:
        file.read(1)
    return True


def write_a_file(path: str) -> bool:
    with open(path, "wb"):
        os.unlink(path)
    return True


def open_a_connection() -> bool:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
    return True


def open_a_local_connection() -> bool:
    socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).close()
    return True


def send_to_any_local_socket() -> bool:
    for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM):
        end.close()
    return True


def start_a_process() -> bool:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return True


def signal_a_process() -> bool:
    os.kill(os.getppid(), 0)
    return True


def read_the_memory_of_a_process() -> bool:
    with open(f"/proc/{os.getppid()}/mem", "rb"):
        return True


def take_memory() -> bool:
    mmap.mmap(-1, MEMORY_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    return True


def write_a_large_file() -> bool:
    path = Path("large")
    try:
        with path.open("wb") as file:
            file.truncate(FILE_BYTES + 1)
    finally:
        path.unlink()
    return True


def inherit_descriptors() -> bool:
    return sum(map(_is_open, range(1024))) > STANDARD_DESCRIPTORS


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
