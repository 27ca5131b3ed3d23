"""Run a command on a machine that lacks something: `python -m tests.faults landlock -- COMMAND …`.

The kernel itself refuses, by a seccomp filter or a limit that the command inherits:

    landlock   no Landlock, as on a kernel before 5.13
    seccomp    no further seccomp filters, as in some containers
    fork       no new processes, as when their number is limited
    mkdir      no new folders, as on a full disk
    files      no file larger than 4 KB, as on a disk that becomes full
"""

import ctypes
import errno
import os
import platform
import resource
import struct
import sys

from grader.sandbox import lockdown

_PRCTL, _SECCOMP = (157, 167), (317, 277)  # numbers on x86_64 and aarch64
_FORK, _VFORK, _MKDIR, _MKDIRAT = (57, None), (58, None), (83, None), (258, 34)
FAULTS = ("landlock", "seccomp", "fork", "mkdir", "files")


def main() -> None:
    split = sys.argv.index("--")
    for fault in sys.argv[1:split]:
        if fault == "files":
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        else:
            _install(_program(fault))
    os.execvp(sys.argv[split + 1], sys.argv[split + 1 :])


def _program(fault: str) -> list[bytes]:
    """The BPF program that makes the calls of `fault` fail."""
    column = lockdown._ARCHITECTURES[platform.machine()][0]
    program = [lockdown._op(lockdown._LOAD, 0)]
    match fault:
        case "landlock":
            program += _refuse(lockdown._CREATE_RULESET, errno.ENOSYS)
        case "seccomp":
            program += _refuse(_SECCOMP[column], errno.EINVAL)
            set_seccomp = [lockdown._op(lockdown._EQUAL, 22, no=1), _fail(errno.EINVAL)]
            program += lockdown._where(_PRCTL[column], 0, set_seccomp)
        case "fork":
            program += _refuse(_FORK[column], errno.EAGAIN) + _refuse(_VFORK[column], errno.EAGAIN)
            program += _refuse(lockdown._CLONE3, errno.ENOSYS)  # the C library falls back to clone
            is_thread = [lockdown._op(lockdown._BITS, lockdown._CLONE_THREAD, yes=1), _fail(errno.EAGAIN)]
            program += lockdown._where(lockdown._CLONE[column], 0, is_thread)
        case "mkdir":
            program += _refuse(_MKDIR[column], errno.ENOSPC) + _refuse(_MKDIRAT[column], errno.ENOSPC)
        case _:
            raise SystemExit(f"{fault} is none of {', '.join(FAULTS)}")
    return [*program, lockdown._op(lockdown._RETURN, lockdown._ALLOW)]


def _refuse(number: int | None, code: int) -> list[bytes]:
    return [] if number is None else [lockdown._op(lockdown._EQUAL, number, no=1), _fail(code)]


def _fail(code: int) -> bytes:
    return lockdown._op(lockdown._RETURN, lockdown._ERRNO | code)


def _install(program: list[bytes]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(b"".join(program), 8 * len(program))
    fprog = struct.pack("@HP", len(program), ctypes.addressof(code))
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    if libc.prctl(22, 2, fprog, 0, 0) != 0:  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
        raise SystemExit(f"no filter could be set: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main()
