"""What stands in for Windows and macOS here: processes of their own, and a Python without what Unix alone has."""

import json
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grader.sandbox import isolation, wire
from grader.sandbox.client import Sandbox, SandboxError
from grader.sandbox.isolation import Spawn, scratch_folder
from tests.conftest import ROOT

SOLUTION = (ROOT / "solutions" / "ex11_corr2d.py").read_text(encoding="utf-8")

# Modules and names that Windows does not have; those of the last line are Linux's own.
WITHOUT_UNIX = """
import os, signal, socket, sys
for module in ("fcntl", "resource", "termios", "tty", "pty", "pwd", "grp", "curses", "readline"):
    sys.modules[module] = None
for place, names in (
    (os, "fork killpg setsid getsid getuid O_NOFOLLOW O_NONBLOCK mkfifo waitid"),
    (signal, "SIGSTOP SIGCONT pthread_sigmask SIGWINCH SIGTSTP"),
    (socket, "AF_UNIX"),
    (os, "pidfd_open"), (signal, "pidfd_send_signal"),
):
    for name in names.split():
        if hasattr(place, name):
            delattr(place, name)
"""
IMPORTS = """
import importlib, pathlib
for path in sorted(pathlib.Path("grader").rglob("*.py")):
    if path.parent.name not in ("checks", "mistakes") and path.stem not in ("__main__", "__init__"):
        importlib.import_module(".".join(path.with_suffix("").parts))
"""
GRADES = """
from grader import cli
sys.exit(cli.main(sys.argv[1:]))
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, check=False)
    said, complained = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, said, complained)


def test_every_module_of_the_grader_is_imported_without_what_unix_alone_has() -> None:
    done = python(WITHOUT_UNIX + IMPORTS)
    assert done.returncode == 0, done.stderr


def test_without_what_unix_alone_has_an_answer_is_graded_through_the_loopback_address(tmp_path: Path) -> None:
    folder = tmp_path / "Mein Ordner 我的答案"
    folder.mkdir()
    (folder / "ex11_corr2d.py").write_bytes(SOLUTION.replace("\n", "\r\n").encode())
    file = tmp_path / "report.json"
    done = python(WITHOUT_UNIX + GRADES, str(folder), "--only", "ex11*", "--isolation", "process", "--json", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(file.read_text())["exercises"][0]["score"] > 0


def test_where_a_name_for_a_local_socket_is_too_long_the_loopback_address_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("long " * 20)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with scratch_folder() as scratch:
        sandbox = Spawn().start(scratch, "cpu")
        assert sandbox.channel.family == socket.AF_INET
        assert double(sandbox) == 14
        assert list(scratch.iterdir()) == []
        sandbox.close()


def double(sandbox: Sandbox) -> object:
    """What the sandbox says is twice seven."""
    sandbox.load("answer", "somewhere", {"answer": b"def double(x):\r\n    return 2 * x\r\n"})
    probe = {"probe": "grader.sandbox.probes.call:call", "args": [wire.Name("double"), 7], "kwargs": {}, "seed": 1}
    return sandbox.request(wire.encode({**probe, "seconds": 10.0}), 10.0)


def test_who_does_not_know_the_token_is_not_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    strangers: list[socket.socket] = []
    accept = isolation._accept

    def with_strangers(listener: socket.socket, token: bytes, process: object) -> list[socket.socket]:
        for said in (b"", token[:-1], bytes(len(token)) + b"\0", token + b"\7"):
            stranger = socket.socket(listener.family)
            stranger.connect(listener.getsockname())
            stranger.sendall(said)
            stranger.shutdown(socket.SHUT_WR)
            strangers.append(stranger)
        return accept(listener, token, process)  # type: ignore[arg-type]

    monkeypatch.setattr(isolation, "_accept", with_strangers)
    with scratch_folder() as scratch:
        sandbox = Spawn().start(scratch, "cpu")
        assert double(sandbox) == 14
        sandbox.close()
    assert [stranger.recv(1) for stranger in strangers] == [b""] * 4


def test_a_process_that_ends_before_it_is_ready_is_a_sentence() -> None:
    with scratch_folder() as scratch, pytest.raises(SandboxError, match="its process ended"):
        Spawn().start(scratch, "cpu", probes=["no_such_probe"])


def test_side_by_side_works_with_processes_of_their_own_too(tmp_path: Path) -> None:
    names = ("ex11_corr2d", "ex22_accuracy")
    for name in names:
        (tmp_path / f"{name}.py").write_bytes((ROOT / "solutions" / f"{name}.py").read_bytes())
    paths = [str(tmp_path / f"{name}.py") for name in names]
    done = python("import sys" + GRADES, *paths, "--isolation", "process", "-j", "2")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_report_in_an_encoding_without_our_marks_is_still_a_report(tmp_path: Path) -> None:
    (tmp_path / "ex11_corr2d.py").write_text("def corr2d(X, K) # 我\n    pass", encoding="utf-8")
    code = "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, 'cp1252', 'strict')" + GRADES
    done = python(code, str(tmp_path), "--only", "ex11*")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "could not be run" in done.stdout
