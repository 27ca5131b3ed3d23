"""`watch` in a pseudo-terminal, as a learner uses it: whatever is saved is graded, and keys do what they say."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.grading import descendants
from grader import watch
from grader.cli import main
from tests.conftest import ROOT
from tests.grader.pseudo_terminal import SECONDS, Screen, running

KEYS = "q quit"  # the end of the line that follows every report
RIGHT = (ROOT / "solutions" / "ex11_corr2d.py").read_text(encoding="utf-8")
FLIPPED = RIGHT.replace("    h, w = K.shape\n", "    K = K.flip(0, 1)\n    h, w = K.shape\n")
ENDLESS = "def corr2d(X, K):\n    while True: pass\n"
FULL = "7 / 7  every check passed"


class Session(Screen):
    """A `watch` over a folder, and the folder."""

    folder: Path
    numbers = itertools.count()

    @property
    def file(self) -> Path:
        return self.folder / "ex11_corr2d.py"

    def save(self, source: str, name: str = "ex11_corr2d") -> None:
        """Save something that was not there before."""
        self.drain()
        (self.folder / f"{name}.py").write_text(f"{source}# {next(self.numbers)}\n", encoding="utf-8")

    def drain(self) -> None:
        """Forget what was printed until now."""
        while self.read(0.05):
            pass
        self.raw = b""

    def type(self, key: str) -> str:
        """Press a key; returns what is shown for it."""
        self.drain()
        self.press(key)
        return self.wait_for(KEYS)


def started(folder: Path, *options: str) -> Iterator[Session]:
    shutil.copytree(ROOT / "exercises", folder, ignore=shutil.ignore_patterns("__pycache__"))
    with running(["watch", str(folder), *options]) as screen:
        screen.__class__ = Session
        assert isinstance(screen, Session)
        screen.folder = folder
        screen.wait_for(KEYS)
        yield screen


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    yield from started(tmp_path_factory.mktemp("watch") / "my answers")


@pytest.fixture
def session(shared: Session) -> Session:
    """The session of this module; it may stand at any exercise, and the next save brings it to that file."""
    shared.save(RIGHT)
    shared.wait_for(FULL)
    shared.wait_for(KEYS)
    return shared


def test_a_save_is_graded_and_the_mistake_named(session: Session) -> None:
    session.save(FLIPPED)
    shown = session.wait_for(KEYS)
    assert "It looks like this:" in shown
    assert "Hint:" in shown
    session.save(RIGHT)
    session.wait_for(FULL)


def test_editors_may_write_by_rename(session: Session) -> None:
    for source, verdict in ((FLIPPED, "2 failed"), (RIGHT, "every check passed")):
        session.drain()
        temporary = session.folder / ".ex11_corr2d.py.swp"
        temporary.write_text(f"{source}# {next(session.numbers)}\n", encoding="utf-8")
        os.replace(temporary, session.file)
        session.wait_for(verdict)


def damage(path: Path, state: str) -> None:
    """What a file may be, half-typed or by mistake."""
    if state != "empty":
        path.unlink()
    match state:
        case "empty":
            path.write_bytes(b"")
        case "a syntax error":
            path.write_bytes(b"def corr2d(X, K)\n")
        case "no UTF-8":
            path.write_bytes(b"# \xff\n")
        case "a folder":
            path.mkdir()
        case "a pipe":
            os.mkfifo(path)
        case "a link":
            path.symlink_to(ROOT / "solutions" / "ex11_corr2d.py")
        case "large":
            path.write_bytes(b"#" * 300_000)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("empty", "is empty."),
        ("a syntax error", "line 1: Python does not understand this"),
        ("no UTF-8", "line 1 holds the byte 0xff"),
        ("deleted", "is missing."),
        ("a folder", "is not a file."),
        ("a pipe", "is not a file."),
        ("a link", "is a link."),
        ("large", "is larger than 200 KB."),
    ],
)
def test_every_state_of_a_file_is_a_sentence_and_the_next_save_a_verdict(
    shared: Session, state: str, sentence: str
) -> None:
    shared.drain()
    damage(shared.file, state)
    shown = shared.wait_for(KEYS)
    while "could not be run" not in shown:
        shown += shared.wait_for(KEYS)
    assert sentence in " ".join(shown.split())
    if state == "a folder":
        shared.file.rmdir()
    elif state != "deleted":
        shared.file.unlink()
    shared.save(RIGHT)
    shared.wait_for(FULL)
    shared.wait_for(KEYS)


def test_a_save_during_a_grading_ends_it_and_is_graded_itself(session: Session) -> None:
    session.save(ENDLESS)
    session.wait_for("The example that was worked by hand")  # the check that does not end is running
    session.save(RIGHT)
    assert "took too long" not in session.wait_for(FULL)
    session.wait_for(KEYS)
    assert not session.read(1.0), session.text  # nor does anything come after it


def test_a_file_that_was_written_in_pieces_ends_with_the_verdict_on_the_whole(session: Session) -> None:
    session.drain()
    with session.file.open("w", encoding="utf-8") as file:
        for line in [*FLIPPED.splitlines(keepends=True), f"# {next(session.numbers)}\n"]:
            file.write(line)
            file.flush()
            time.sleep(0.02)
    session.wait_for("2 failed")
    session.wait_for(KEYS)


def test_another_exercise_whose_file_is_saved_becomes_the_current_one(session: Session) -> None:
    session.save("def accuracy(y_hat, y)\n", "ex22_accuracy")
    assert "Python does not understand this" in " ".join(session.wait_for(KEYS).split())
    assert "ex22_accuracy           0 /" in session.type("r")


def test_a_folder_that_is_gone_is_a_sentence_and_comes_back(session: Session) -> None:
    session.drain()
    session.folder.rename(session.folder.with_name("away"))
    session.wait_for("does not exist.")
    session.folder.with_name("away").rename(session.folder)
    session.wait_for(FULL)
    session.save(FLIPPED)
    session.wait_for("2 failed")


def test_keys_need_no_enter(session: Session) -> None:
    assert FULL in session.type("r")
    listed = session.type("l")
    assert any(line.startswith(">  ✔  ex11_corr2d") for line in listed.splitlines()), listed
    assert "·  ex12_output_size" in listed
    assert "def corr2d" in session.type("s")
    assert "every check has passed, no hint is needed" in session.type("h")
    assert "ex12_output_size       0 / 12  not started" in session.type("n")
    assert "Hint 1 of 3" in session.type("h")
    assert "Hint 2 of 3" in session.type("h")
    assert "The solution is shown once every check has passed." in session.type("s")
    assert "ex13_conv_layer" in session.type("n")


def test_keys_that_mean_nothing_do_nothing(session: Session) -> None:
    session.drain()
    session.press("xyz \x1b[A\n")
    assert not session.read(0.5), session.text


def test_gradings_leave_no_process(session: Session) -> None:
    before = len(descendants(session.pid))
    for number in range(6):
        session.save(ENDLESS if number % 2 else FLIPPED)
        time.sleep(0.1 * number)  # some are ended early, some late
    session.save(RIGHT)
    session.wait_for(FULL)
    session.wait_for(KEYS)
    wait_until(lambda: len(descendants(session.pid)) <= before)


@pytest.mark.parametrize("way", ["q", "Ctrl-C", "SIGTERM"])
def test_at_the_end_the_terminal_is_as_it_was_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    for session in started(tmp_path / "answers"):
        session.save(ENDLESS)
        # watch, its nursery, the grading and the sandbox
        wait_until(lambda session=session: len(descendants(session.pid)) >= 4)
        processes = descendants(session.pid)
        assert session.settings() != session.before
        if way != "SIGTERM":
            session.press("q" if way == "q" else "\x03")
        assert session.end(signal.SIGTERM if way == "SIGTERM" else None) == (0 if way == "q" else 130)
        assert session.settings() == session.before
        assert "Traceback" not in session.text
        for pid in processes:
            wait_until(lambda pid=pid: not Path(f"/proc/{pid}").exists())
    assert os.listdir(tmp_path / "tmp") == []


def test_the_terminal_is_put_right_after_an_exception_too(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with open(ours, "rb", buffering=0), open(theirs, encoding="utf-8") as keyboard:
        monkeypatch.setattr(sys, "stdin", keyboard)
        before = termios.tcgetattr(theirs)
        with pytest.raises(ZeroDivisionError), watch._keys() as keys:  # noqa: PT012  what is raised, is raised within
            assert termios.tcgetattr(theirs) != before
            os.write(ours, b"Nh")
            assert keys.read() == "nh"
            raise ZeroDivisionError
        assert termios.tcgetattr(theirs) == before


def test_without_a_terminal_notifications_and_forks_saves_are_graded_until_a_signal_comes(tmp_path: Path) -> None:
    folder, printed = tmp_path / "answers", tmp_path / "printed"
    shutil.copytree(ROOT / "exercises", folder, ignore=shutil.ignore_patterns("__pycache__"))
    options = ["--poll", "--isolation", "process"]
    command = [sys.executable, "-m", "grader", "watch", str(folder / "ex11_corr2d.py"), *options]
    with printed.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    try:
        wait_until(lambda: "0 / 7" in printed.read_text())
        (folder / "ex11_corr2d.py").write_text(RIGHT, encoding="utf-8")
        wait_until(lambda: FULL in printed.read_text())
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 130
    finally:
        process.kill()
        process.wait()
    assert "\x1b" not in printed.read_text()
    assert "Traceback" not in printed.read_text()
    assert KEYS not in printed.read_text()


def test_what_is_no_exercise_is_a_sentence_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "nowhere"]) == 2
    assert "nowhere does not exist." in capsys.readouterr().err


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)
