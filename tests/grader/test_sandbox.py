"""What the sandbox may and may not do, tried from the inside; and that nothing is left of it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import data
from grader.sandbox import lockdown, wire
from grader.sandbox.client import Raised, Sandbox, Timeout
from grader.sandbox.isolation import Fork, Spawn, scratch_folder
from tests.conftest import ROOT

locked = pytest.mark.skipif(
    sys.platform != "linux" or lockdown.landlock_abi() == 0, reason="this kernel has no Landlock to test"
)


@pytest.fixture
def sandbox(isolation: Fork) -> Iterator[Sandbox]:
    with scratch_folder() as scratch:
        one = isolation.start(scratch, "cpu")
        yield one
        one.close()


def ask(sandbox: Sandbox, code: str, seconds: float = 10.0):
    """The value of `attempt()` after `code` defined it inside the sandbox."""
    sandbox.load("attempts", "somewhere", {"attempts": code.encode()})
    probe = "grader.sandbox.probes.call:call"
    request = {"probe": probe, "args": [wire.Name("attempt")], "kwargs": {}, "seed": 1, "seconds": seconds}
    return sandbox.request(wire.encode(request), seconds)


def attempt(statement: str) -> str:
    return (
        "import ctypes, fcntl, os, resource, signal, socket, subprocess, tempfile, threading\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "def syscall(*numbers):\n"
        "    if libc.syscall(*numbers) < 0: raise OSError(ctypes.get_errno(), 'refused')\n"
        "def prctl(*numbers):\n"
        "    if libc.prctl(*numbers) < 0: raise OSError(ctypes.get_errno(), 'refused')\n"
        f"def attempt():\n    return {statement}\n"
    )


HOME = Path.home()
REFUSED = {
    "reading a file of the system": "open('/etc/passwd').read()",
    "reading the solutions": f"open({str(ROOT / 'solutions' / 'ex11_corr2d.py')!r}).read()",
    "reading the checks": f"open({str(ROOT / 'grader' / 'checks' / 'test_ex11_corr2d.py')!r}).read()",
    "reading the mistakes": f"os.listdir({str(ROOT / 'grader' / 'mistakes')!r})",
    "reading the history": f"os.listdir({str(ROOT / '.git')!r})",
    "reading the digits and their labels": f"open({str(data._digits_file())!r}, 'rb').read(1)",
    "reading the cache of data sets": f"os.listdir({str(data.default_folder())!r})",
    "listing the folder of scratch folders": f"os.listdir({os.environ.get('TMPDIR', '/tmp')!r})",
    "listing the home folder": f"os.listdir({str(HOME)!r})",
    "reading its own environment": "open('/proc/self/environ').read()",
    "reading another process's memory": "open(f'/proc/{os.getppid()}/mem', 'rb').read(1)",
    "writing to the home folder": f"open({str(HOME / 'marker')!r}, 'w')",
    "writing to the course": f"open({str(ROOT / 'marker')!r}, 'w')",
    "writing to shared memory": "open('/dev/shm/marker', 'w')",
    "changing a file's mode": f"os.chmod({str(ROOT / 'README.md')!r}, 0o777)",
    "making a link": "os.symlink('/etc/passwd', 'link')",
    "making a named pipe": "os.mkfifo('pipe')",
    "an internet socket": "socket.socket(socket.AF_INET)",
    "a local socket": "socket.socket(socket.AF_UNIX)",
    "a netlink socket": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "a connection by a first message": "socket.socketpair()[0].send(b'x', socket.MSG_FASTOPEN)",
    "forking": "os.fork()",
    "starting a program": "subprocess.run(['true'])",
    "replacing itself by a program": "os.execv('/bin/true', ['true'])",
    "a process by clone": "syscall(56 if os.uname().machine == 'x86_64' else 220, 17, 0, 0, 0, 0)",
    "leaving its session": "os.setsid()",
    "a signal to its parent": "os.kill(os.getppid(), 0)",
    "a signal to everybody": "os.kill(-1, 0)",
    "a signal to its group": "os.killpg(0, 0)",
    "a signal through a pidfd": "os.pidfd_open(os.getppid())",
    "tracing its parent": "syscall(101 if os.uname().machine == 'x86_64' else 117, 16, os.getppid(), 0, 0)",
    "memory in a file": "os.memfd_create('hidden')",
    "raising its limits": "resource.setrlimit(resource.RLIMIT_FSIZE, (2**40, 2**40))",
    "limits of another process": "resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
    "a namespace of its own": "syscall(272 if os.uname().machine == 'x86_64' else 97, 0x10000000)",
    "io_uring": "syscall(425, 8, 0)",
    "a call newer than our list": "syscall(470, 0, 0, 0)",
    "a pair of datagram sockets": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "a pair of raw sockets": "socket.socketpair(socket.AF_UNIX, socket.SOCK_RAW)",
    "signals to others by a descriptor": "fcntl.fcntl(1, fcntl.F_SETOWN, os.getppid())",
    "signals to others by ioctl": "fcntl.ioctl(1, 0x8901, bytes(4))",
    "changing a file that it may read": f"fcntl.ioctl(open({os.__file__!r}), 0x40086602, bytes(8))",
    "the machine's addresses": "fcntl.ioctl(socket.socketpair()[0], 0x8912, bytes(16))",
    "shared memory": "__import__('mmap').mmap(-1, 4096)",
    "outliving its parent": "prctl(1, 0, 0, 0, 0)",
    "moving its parent to another core": "os.sched_setaffinity(os.getppid(), {0})",
    "a file without a name": "os.open('.', os.O_TMPFILE | os.O_RDWR)",
    "shortening a file by its name": f"os.truncate({str(ROOT / 'README.md')!r}, 10**9)",
    "news of other people's files": "syscall(294 if os.uname().machine == 'x86_64' else 26, 0)",
    "removing others' semaphores": "syscall(66 if os.uname().machine == 'x86_64' else 191, 0, 0, 0)",
    "setting the clock": "__import__('time').clock_settime(0, 0)",
}


@locked
@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_refused(statement: str, sandbox: Sandbox) -> None:
    with pytest.raises(Raised) as caught:
        ask(sandbox, attempt(statement))
    assert caught.value.type in ("PermissionError", "OSError", "ValueError", "FileNotFoundError"), caught.value
    if caught.value.type == "FileNotFoundError":
        assert "data sets" in statement or str(data.default_folder()) in statement  # no cache was made yet


ALLOWED = {
    "a file in the scratch folder": "open('notes.txt', 'w').write('mine')",
    "a temporary file": "tempfile.TemporaryFile().write(b'mine')",
    "a thread": "threading.Thread(target=print).start()",
    "the standard library": "len(__import__('sqlite3').__name__)",
    "torchvision": "__import__('torchvision.transforms').__name__",
    "an optimizer": "len(__import__('torch').optim.SGD([__import__('torch').zeros(1, requires_grad=True)]).state)",
    "saving a net": "__import__('torch').save({'a': 1}, 'net.pt')",
    "a pair of sockets": "len(socket.socketpair())",
    "a signal to itself": "os.kill(os.getpid(), 0)",
    "random bytes": "len(os.urandom(4))",
}


@pytest.mark.parametrize("statement", ALLOWED.values(), ids=ALLOWED)
def test_allowed(statement: str, sandbox: Sandbox) -> None:
    ask(sandbox, attempt(statement), seconds=30)


@pytest.mark.parametrize("kind", ["fork", "spawn"])
def test_an_answers_garbage_is_collected_and_what_came_with_torch_is_not_searched(kind: str, isolation: Fork) -> None:
    with scratch_folder() as scratch:
        sandbox = (isolation if kind == "fork" else Spawn()).start(scratch, "cpu")
        enabled, frozen = ask(sandbox, "import gc\ndef attempt():\n    return gc.isenabled(), gc.get_freeze_count()\n")
        sandbox.close()
    assert enabled
    assert frozen > 100_000


def test_the_graders_garbage_is_collected_and_what_came_with_torch_is_not_searched() -> None:
    code = "import gc; from grader import run; run.choose_device('auto'); print(gc.isenabled(), gc.get_freeze_count())"
    enabled, frozen = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).split()
    assert enabled == "True"
    assert int(frozen) > 100_000


@locked
def test_both_layers_hold(sandbox: Sandbox) -> None:
    assert sandbox.layers == ["landlock", "seccomp"]


@locked
def test_only_its_own_descriptors_are_open(sandbox: Sandbox) -> None:
    code = """
import os
def attempt():
    found = []
    for number in range(1024):
        try: os.fstat(number); found.append(number)
        except OSError: pass
    return found
"""
    assert len(ask(sandbox, code)) == 5  # input, output, error, channel, trace


def test_nothing_of_the_caller_is_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "1998")
    spawn = Spawn()
    with scratch_folder() as scratch:
        sandbox = spawn.start(scratch, "cpu")
        assert "A_SECRET" not in ask(sandbox, "import os\ndef attempt():\n    return list(os.environ)\n")
        sandbox.close()


def test_a_large_file_is_refused_and_a_small_one_is_not(sandbox: Sandbox) -> None:
    code = """
def attempt():
    with open("small", "wb") as file: file.write(bytes(2**20))
    with open("big", "wb") as file:
        for _ in range(100): file.write(bytes(2**20))
"""
    with pytest.raises(Raised, match="File too large"):
        ask(sandbox, code)


def test_a_killed_sandbox_leaves_neither_process_nor_folder(isolation: Fork) -> None:
    with scratch_folder() as scratch:
        sandbox = isolation.start(scratch, "cpu")
        pid = sandbox.process.pid
        with pytest.raises(Timeout) as caught:
            ask(sandbox, "def attempt():\n    while True: pass\n", seconds=0.5)
        assert (caught.value.module, caught.value.line) == (None, None) or caught.value.line == 2
        assert not sandbox.alive
    assert not scratch.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_sandbox_that_does_not_read_is_ended_in_time(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message larger than the socket's buffer, to a process that nobody wakes."""
    os.kill(sandbox.process.pid, signal.SIGSTOP)
    send = sandbox.process.send
    monkeypatch.setattr(sandbox.process, "send", lambda number: number == signal.SIGKILL and send(number))
    began = time.monotonic()
    with pytest.raises(Timeout):
        sandbox.request(bytes(50_000_000), 1.0)
    assert time.monotonic() - began < 30


def test_nothing_goes_on_between_two_questions(sandbox: Sandbox) -> None:
    code = """
import threading, time
count = 0
def go_on():
    global count
    while True:
        count += 1
        time.sleep(0.001)
threading.Thread(target=go_on, daemon=True).start()
def attempt():
    return count
"""
    before = ask(sandbox, code)
    time.sleep(3.0)  # time for thousands
    request = {"probe": "grader.sandbox.probes.call:call", "args": [wire.Name("attempt")], "kwargs": {}, "seed": 1}
    after = sandbox.request(wire.encode({**request, "seconds": 10.0}), 10.0)
    assert 0 <= after - before < 1000


def test_a_reply_fed_byte_by_byte_is_ended_in_time(sandbox: Sandbox) -> None:
    """Descriptor 3 and above: the channel is the first socket among them."""
    code = """
import os, stat, struct, time
def is_socket(number):
    try: return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError: return False
channel = next(number for number in range(3, 64) if is_socket(number))
def attempt():
    os.write(channel, struct.pack("<Q", 1000))
    while True:
        os.write(channel, b"x")
        time.sleep(0.01)
"""
    with pytest.raises(Timeout):
        ask(sandbox, code, seconds=1.0)


def test_the_nursery_ends_with_the_process_that_started_it() -> None:
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from grader.sandbox.isolation import Fork, scratch_folder\n"
        "fork = Fork(['call', 'kernels'])\n"
        "with scratch_folder() as scratch:\n"
        "    sandboxes = [fork.start(scratch, 'cpu', probes=[probe]) for probe in ('call', 'kernels')]\n"
        "    print(fork.process.pid, *(sandbox.process.pid for sandbox in sandboxes), flush=True)\n"
        "    os._exit(0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(ROOT)], capture_output=True, text=True, check=True)
    pids = set(map(int, done.stdout.split()))
    assert len(pids) == 3
    for _ in range(100):
        pids = {pid for pid in pids if Path(f"/proc/{pid}").exists()}
        if not pids:
            break
        time.sleep(0.1)
    assert not pids


COMPILER = """
import sys
import torch

def real():
    return "torch._dynamo.eval_frame" in sys.modules

def train():
    for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop, torch.optim.LBFGS):
        weight = torch.nn.Parameter(torch.ones(2))
        optimizer = kind([weight], lr=0.1)
        for _ in range(2):
            optimizer.zero_grad()
            optimizer.step(lambda: (weight.sum().backward(), weight.sum())[1])
        other = kind([{"params": [weight]}], lr=0.1)
        other.load_state_dict(optimizer.state_dict())
        other.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))]})
        if not (weight < 1).all():
            raise ValueError(kind)
"""


def test_the_compiler_is_imported_by_whom_it_serves(isolation: Fork) -> None:
    code = COMPILER + (
        "from torchvision.transforms import v2\n"
        "def attempt():\n"
        "    train()\n"
        "    v2.RandomRotation(10)(torch.ones(1, 4, 4))\n"
        "    before = real()\n"
        "    doubled = torch.compile(lambda x: 2 * x, backend='eager')(torch.ones(2))\n"
        "    train()\n"
        "    return [before, real(), doubled.tolist()]\n"
    )
    with scratch_folder() as scratch, contextlib.closing(isolation.start(scratch, "cpu", probes=["training"])) as one:
        assert ask(one, code, seconds=60) == [False, True, [2.0, 2.0]]


@pytest.mark.parametrize(
    "line",
    [
        "import torch._dynamo.config",
        "from torch._dynamo import config",
        "torch._dynamo.reset()",
        "from torch._dynamo.utils import counters",
        "torch.compiler.reset()",
        "from torch._dynamo.utils import is_compile_supported; is_compile_supported('cpu')",
    ],
)
def test_who_asks_for_the_compiler_gets_the_real_one(isolation: Fork, line: str) -> None:
    code = f"{COMPILER}\ndef attempt():\n    train()\n    {line}\n    train()\n    return real()\n"
    with scratch_folder() as scratch, contextlib.closing(isolation.start(scratch, "cpu", probes=["training"])) as one:
        assert ask(one, code, seconds=60) is True


def test_a_sandbox_whose_grader_was_killed_ends_though_it_is_stopped(sandbox: Sandbox) -> None:
    ask(sandbox, "def attempt(): return 1")
    sandbox.process.status.shutdown(socket.SHUT_RDWR)  # what the kernel does for a process that is gone
    for _ in range(100):
        if not Path(f"/proc/{sandbox.process.pid}").exists():
            break
        time.sleep(0.1)
    assert not Path(f"/proc/{sandbox.process.pid}").exists()


def test_a_socket_of_ours_is_not_reached_by_its_abstract_name(sandbox: Sandbox) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0convolutions-test")
        server.listen()
        with pytest.raises(Raised):
            ask(sandbox, attempt("socket.socket(socket.AF_UNIX).connect('\\0convolutions-test')"))
