"""Progress is kept in one readable file, survives whatever is put in its place, and hints come one at a time."""

import json
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grader import hints, progress
from grader.cli import main
from grader.model import Answer, CheckGrade, Exercise, ExerciseGrade, Outcome
from tests.conftest import ROOT

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
EX11 = "ex11_corr2d"


def answer(exercise: Exercise, source: bytes, **known: object) -> Answer:
    return replace(Answer(exercise, f"mine/{exercise.name}.py", {exercise.name: source}), **known)


def grade(exercise: Exercise, *outcomes: Outcome) -> ExerciseGrade:
    """The outcomes of the first checks; the rest passed."""
    all_outcomes = [*outcomes, *["passed"] * len(exercise.checks)]
    checks = tuple(CheckGrade(*pair) for pair in zip(exercise.checks, all_outcomes, strict=False))
    return ExerciseGrade(exercise, "", checks)


@pytest.fixture
def ex11(course: dict[str, Exercise]) -> Exercise:
    return course[EX11]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The exercises, untouched, in a folder of the learner's."""
    return Path(shutil.copytree(ROOT / "exercises", tmp_path / "mine", ignore=shutil.ignore_patterns("__pycache__")))


# What is known


def test_a_try_is_a_source_that_differs_from_the_last_one(ex11: Exercise) -> None:
    known = progress.Progress()
    for source, tries in ((b"a", 1), (b"a", 1), (b"b", 2), (b"a", 3)):
        known = progress.graded(known, answer(ex11, source), grade(ex11, "failed"), NOW)
        assert known.of(ex11).tries == tries


def test_an_untouched_stub_and_a_file_that_is_no_python_are_no_tries(ex11: Exercise) -> None:
    for one in (answer(ex11, b"a", untouched=True), answer(ex11, b"a", problem="line 1: Python does not …")):
        assert progress.graded(progress.Progress(), one, grade(ex11, "todo"), NOW) == progress.Progress()


def test_done_is_the_first_time_and_stays_while_the_score_is_that_of_now(ex11: Exercise) -> None:
    known = progress.graded(progress.Progress(), answer(ex11, b"a"), grade(ex11), NOW)
    for later, outcome in enumerate(("failed", "passed"), start=1):
        known = progress.graded(known, answer(ex11, b"b%d" % later), grade(ex11, outcome), NOW + timedelta(days=later))
        assert known.of(ex11).done == NOW.replace(microsecond=0)
        lost = ex11.checks[0].points if outcome == "failed" else 0
        assert known.of(ex11).score == ex11.max_score - lost
    broken = progress.graded(known, answer(ex11, b"", problem="is empty"), grade(ex11, "error"), NOW)
    assert (broken.of(ex11).tries, broken.of(ex11).score < ex11.max_score) == (3, True)


def test_what_was_not_reached_is_not_remembered(ex11: Exercise) -> None:
    stopped = grade(ex11, *["blocked"] * len(ex11.checks))
    assert progress.graded(progress.Progress(), answer(ex11, b"a"), stopped, NOW) == progress.Progress()


def test_the_hint_that_the_report_shows_has_been_given(ex11: Exercise) -> None:
    failed = progress.reported(progress.Progress(), answer(ex11, b"a"), grade(ex11, "failed"), NOW)
    assert failed.of(ex11).hints == {ex11.checks[0].name: 1}
    error = progress.reported(progress.Progress(), answer(ex11, b"a"), grade(ex11, "error"), NOW)
    assert error.of(ex11).hints == {}


# The file


def entry(**known: object) -> progress.Entry:
    return replace(progress.Entry(2, 3.0, 7.0, NOW.replace(microsecond=0), {"test_shape": 2}, "0123456789ab"), **known)


def test_what_is_written_is_read_again_and_is_in_the_order_of_the_course(tmp_path: Path) -> None:
    entries = {"ex22_accuracy": entry(done=None), EX11: entry(), "ex12_output_size": entry(source=None)}
    known = progress.Progress(entries)
    progress.save(tmp_path, known)
    assert progress.load(tmp_path) == (known, None)
    text = (tmp_path / "progress.json").read_text(encoding="ascii")
    assert list(json.loads(text)["exercises"]) == [EX11, "ex12_output_size", "ex22_accuracy"]
    assert '\n    "ex11_corr2d": {\n      "done": "2026-03-01T12:00:00+00:00",\n      "tries": 2,\n' in text
    assert os.listdir(tmp_path) == ["progress.json"]


def written(**fields: object) -> bytes:
    known = {"done": None, "tries": 1, "score": 1, "max_score": 7, "hints": {}, "source": None, **fields}
    return json.dumps({"version": 1, "exercises": {EX11: known}}).encode()


DAMAGED = {
    "empty": b"",
    "half": written()[:40],
    "no JSON": b"tries: 3",
    "no UTF-8": b"\xff\xfe\xfa",
    "nested": b"[" * 100_000,
    "a list": b"[]",
    "of a later version": written().replace(b'"version": 1', b'"version": 2'),
    "with a note": written(note="ask Ann"),
    "with a strange name": written().replace(b"ex11_corr2d", b"ex11\\u001b[2J"),
    "with a strange check": written(hints={"\x1b]0;x\x07": 1}),
    "too many tries": written(tries=10**9),
    "a long number": written().replace(b'"tries": 1', b'"tries": ' + b"9" * 5000),
    "NaN": written(score=float("nan")),
    "true": written(tries=True),
    "a negative number": written(tries=-1),
    "no date": written(done="yesterday"),
    "a source that is none": written(source="\x1b"),
    "too large": written() + b" " * 300_000,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_is_kept_under_another_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "progress.json").write_bytes(content)
    known, sentence = progress.update(tmp_path, lambda known: progress.Progress({EX11: entry()}))
    assert sentence is not None
    assert "could not be read. It is kept as progress-damaged-" in sentence
    [aside] = tmp_path.glob("progress-damaged-*.json")
    assert aside.read_bytes() == content
    assert progress.load(tmp_path) == (known, None)


def test_a_good_file_is_not_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "progress.json").write_bytes(written())
    assert progress.load(tmp_path)[1] is None


@pytest.mark.parametrize("kind", ["link", "dangling link", "folder", "pipe"])
def test_what_is_no_plain_file_is_left_alone(tmp_path: Path, kind: str) -> None:
    path, target = tmp_path / "progress.json", tmp_path / "elsewhere.json"
    match kind:
        case "link":
            target.write_bytes(written())
            path.symlink_to(target)
        case "dangling link":
            path.symlink_to(target)
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
    before = path.lstat()
    known, sentence = progress.update(tmp_path, lambda known: progress.Progress({EX11: entry()}))
    assert known.entries[EX11] == entry()  # for as long as the command runs
    assert sentence is not None
    assert "is not a plain file, so your progress is not kept. Move it away" in sentence
    assert (path.lstat().st_ino, path.lstat().st_mode) == (before.st_ino, before.st_mode)
    assert target.exists() == (kind == "link")
    assert kind != "link" or target.read_bytes() == written()


def test_where_nothing_can_be_written_a_sentence_says_so_and_memory_serves(tmp_path: Path) -> None:
    nowhere = tmp_path / "gone"
    known, sentence = progress.update(nowhere, lambda known: progress.Progress({EX11: entry(tries=1)}))
    assert "cannot be written, so your progress is not kept" in str(sentence)
    after, _ = progress.update(nowhere, lambda one: progress.Progress({**one.entries, "ex22_accuracy": entry()}), known)
    assert set(after.entries) == {EX11, "ex22_accuracy"}


def test_an_interrupted_write_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    progress.save(tmp_path, progress.Progress({EX11: entry()}))

    def full(*paths: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(progress.NotKeptError, match="No space left"):
        progress.save(tmp_path, progress.Progress())
    assert os.listdir(tmp_path) == ["progress.json"]
    assert progress.load(tmp_path)[0].entries == {EX11: entry()}


# The commands


def known_in(folder: Path) -> progress.Progress:
    return progress.load(folder)[0]


def test_grading_untouched_stubs_writes_no_file(folder: Path) -> None:
    main([str(folder)])
    assert not (folder / "progress.json").exists()


def test_grading_a_folder_or_a_file_is_remembered_there(folder: Path, ex11: Exercise) -> None:
    shutil.copy(ROOT / "solutions" / f"{EX11}.py", folder)
    main([str(folder), "--only", "ex11*"])
    assert known_in(folder).of(ex11).done is not None
    (folder / f"{EX11}.py").write_text("def corr2d(X, K):\n    return X\n", encoding="utf-8")
    main([str(folder / f"{EX11}.py")])
    assert (known_in(folder).of(ex11).tries, known_in(folder).of(ex11).score < 7) == (2, True)
    assert list(known_in(folder).entries) == [EX11]


def test_an_instructor_leaves_no_trace(folder: Path) -> None:
    shutil.copy(ROOT / "solutions" / f"{EX11}.py", folder)
    main([str(folder), "--only", "ex11*", "--no-progress"])
    assert not (folder / "progress.json").exists()


def ask(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What `hint` says, on one line."""
    assert main(["hint", *map(str, arguments)]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_hints_come_one_at_a_time_and_the_last_one_again(
    folder: Path, ex11: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [" ".join(hint.split()) for hint in ex11.checks[0].hints]
    for number, text in enumerate(texts, start=1):
        said = ask(capsys, EX11, folder)
        assert f"{EX11}: {ex11.checks[0].title} Hint {number} of 3: {text}" in said
        assert not any(other in said for other in texts if other != text)
    for _ in range(2):
        said = ask(capsys, EX11, folder)
        assert f"You have had every hint for this. Here is the last one again. Hint 3 of 3: {texts[-1]}" in said
        assert "docs/en/exercises/ex11_corr2d.md helps you further: read “If you are stuck”." in said
    assert known_in(folder).of(ex11).hints == {ex11.checks[0].name: 3}


def test_without_a_name_the_hint_is_for_the_first_exercise_that_is_not_complete(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(capsys, folder).startswith("ex11_corr2d:")
    shutil.copy(ROOT / "solutions" / f"{EX11}.py", folder)
    assert ask(capsys, folder).startswith("ex12_output_size:")  # and what it found on the way is remembered:
    assert known_in(folder).entries[EX11].done is not None
    assert ask(capsys, EX11, folder) == "ex11_corr2d: every check has passed, no hint is needed."


def test_the_hint_follows_the_first_check_that_did_not_pass(ex11: Exercise) -> None:
    second, title = ex11.checks[1], ex11.checks[1].title
    for outcome in ("failed", "error", "timeout", "todo"):
        assert hints.next_hint(grade(ex11, "passed", outcome, "blocked"), {}).check == second.name
    assert f"{title}\nHint 3 of 3" in hints.next_hint(grade(ex11, "passed", "failed"), {second.name: 2}).words


def test_a_file_that_does_not_run_costs_no_hint(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / f"{EX11}.py").write_text("def corr2d(X, K)\n", encoding="utf-8")
    said = ask(capsys, folder / f"{EX11}.py")
    assert "Python does not understand this" in said
    assert "Put this right first." in said
    assert not (folder / "progress.json").exists()


def test_a_hint_for_what_does_not_exist_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hint", "ex99_nothing"]) == 2
    assert "There is no exercise ex99_nothing. There are ex11_corr2d, " in capsys.readouterr().err
