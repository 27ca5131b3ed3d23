"""The commands as a person types them: what is printed, what is written, and the exit status."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.cli import main
from tests.conftest import ROOT, STEMS


def command(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m grader …` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "grader", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """A folder with one right answer, one mistake and stubs for the rest."""
    folder = tmp_path / "my answers"  # with a space
    shutil.copytree(ROOT / "exercises", folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "solutions" / "ex11_corr2d.py", folder)
    solution = (ROOT / "solutions" / "ex22_accuracy.py").read_text(encoding="utf-8")
    (folder / "ex22_accuracy.py").write_text(solution.replace("dim=1", "dim=0"), encoding="utf-8")
    return folder


def test_stubs_are_all_to_do_and_torch_is_not_imported() -> None:
    code = (
        "import sys; from grader.cli import main; status = main(['exercises']);"
        "print('torch' in sys.modules, 'pytest' in sys.modules, status)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False False 1"
    assert done.stdout.count("not started") == len(STEMS)
    assert "Next: exercises/ex11_corr2d.py, explained in docs/en/exercises/ex11_corr2d.md" in done.stdout


def test_what_was_graded_is_remembered_until_it_changes(answers: Path, tmp_path: Path) -> None:
    words = [str(answers), "--only", "ex[12][12]*"]
    counting = f"import sys; from grader.cli import main; main({words}); print('torch' in sys.modules)"

    def graded(*more: str) -> list[str]:
        code = counting.replace("]);", f", *{list(more)}]);") if more else counting
        cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **cache},
                              capture_output=True, text=True, check=True)  # fmt: skip
        return done.stdout.splitlines()

    def rows(lines: list[str]) -> list[str]:
        return [line for line in lines if " / " in line and not line.startswith("Score")]

    first, second = graded(), graded()
    assert (first[-1], second[-1]) == ("True", "False")  # whether torch was imported
    assert not any("remembered" in line for line in first)
    assert [line.replace(" (remembered)", "") for line in rows(second)] == rows(first)
    assert sum("(remembered)" in line for line in rows(second)) == 2
    seed = [line.rpartition("--seed ")[2] for line in first + second if "--seed" in line]
    assert len(seed) == 2
    assert seed[0] == seed[1]
    assert not any("remembered" in line for line in graded("--fresh"))
    with open(answers / "ex11_corr2d.py", "a") as file:
        file.write("# changed\n")
    assert sum("(remembered)" in line for line in rows(graded())) == 1


def test_the_default_is_to_grade_the_exercises() -> None:
    done = command()
    assert done.returncode == 1
    assert done.stdout.count("not started") == len(STEMS)


def test_the_json_report_has_the_fields_of_version_1(answers: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    done = command(str(answers), "--only", "ex[12]*", "--seed", "7", "--device", "cpu", "--json", str(file), "-j", "2")
    report = json.loads(file.read_text(encoding="ascii"))
    assert done.returncode == 1, done.stderr
    assert list(report) == ["version", "score", "max_score", "isolation", "device", "seed", "complete", "exercises"]
    assert (report["version"], report["device"], report["seed"], report["complete"]) == (1, "cpu", 7, True)
    first, second, third, *_ = report["exercises"]
    assert list(first) == ["name", "score", "max_score", "message", "flags", "checks"]
    assert (first["name"], first["score"], first["message"]) == ("ex11_corr2d", first["max_score"], None)
    assert 0 <= second["score"] < second["max_score"]
    assert {check["outcome"] for check in third["checks"]} == {"todo"}
    fields = ["name", "title", "outcome", "score", "max_score", "message", "mistake", "hints", "seconds", "cached"]
    assert list(first["checks"][0]) == fields
    assert report["score"] == sum(exercise["score"] for exercise in report["exercises"])


def test_a_seed_repeats_a_run(answers: Path, tmp_path: Path) -> None:
    reports = []
    for name in ("one", "two"):
        main([str(answers), "--only", "ex22*", "--seed", "11", "--json", str(tmp_path / name)])
        report = json.loads((tmp_path / name).read_text())
        for check in report["exercises"][0]["checks"]:
            del check["seconds"]
        reports.append(report)
    assert reports[0] == reports[1]


def test_without_a_seed_every_run_has_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    seeds = set()
    for _ in range(3):
        main(["exercises", "--only", "ex11*"])
        seeds.add(capsys.readouterr().out.split("--seed ")[1].split()[0])
    assert len(seeds) == 3


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "nowhere does not exist"),
        (["--only", "zz*"], "no exercise has such a name"),
        (["--isolate"], "unrecognized arguments: --isolate"),
        (["--device", "abacus"], "invalid choice"),
        (["-j", "0"], "0 is not a whole number above 0"),
        (["--seed", "x"], "invalid int value"),
        (["--json", "nowhere/report.json"], "nowhere does not exist. Make the folder first"),
        (["--json", "exercises"], "is a folder. Name a file"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_status_2(arguments: list[str], sentence: str) -> None:
    done = command(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_device_that_is_not_there_is_a_sentence(answers: Path) -> None:
    import torch

    if torch.backends.mps.is_available():
        pytest.skip("this machine has the device that is meant to be missing")
    done = command(str(answers), "--only", "ex11*", "--device", "mps")
    assert (done.returncode, "PyTorch finds no such device here" in done.stderr) == (2, True)


def test_a_missing_file_costs_its_own_points_only(answers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (answers / "ex22_accuracy.py").unlink()
    assert main([str(answers), "--only", "ex[12]*"]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "ex11_corr2d 7 / 7 every check passed" in shown
    assert "is missing. Put the course's exercises/ex22_accuracy.py there again" in shown


def test_broken_answers_of_all_kinds_leave_the_right_one_its_points(answers: Path, tmp_path: Path) -> None:
    broken = {
        "ex11_corr2d": b"import os\nos._exit(0)\n",
        "ex22_accuracy": b"def accuracy(y_hat, y)\n",
        "ex23_training": b"# \xff\n",
        "ex24_lenet": b"def lenet(num_classes=10):\n    return lenet(num_classes)\n",
    }
    for name, content in broken.items():
        (answers / f"{name}.py").write_bytes(content)
    (answers / "ex33_nin.py").unlink()
    shutil.copy(ROOT / "solutions" / "ex32_vgg.py", answers)
    file = tmp_path / "report.json"
    done = command(str(answers), "--json", str(file))
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    scores = {one["name"]: (one["score"], one["max_score"]) for one in json.loads(file.read_text())["exercises"]}
    assert {name: score for name, (score, _) in scores.items() if score} == {"ex32_vgg": scores["ex32_vgg"][1]}
    for phrase in ("as os._exit does", "Python does not understand", "byte 0xff", "RecursionError", "is missing"):
        assert phrase in " ".join(done.stdout.split())


def test_spawned_processes_give_the_same_grade_and_say_what_they_are(
    answers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(answers / "ex11_corr2d.py"), "--isolation", "process"]) == 0
    assert "Isolation: process (" in capsys.readouterr().out


def test_spawned_processes_keep_the_clock_too(answers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (answers / "ex11_corr2d.py").write_text("def corr2d(X, K):\n    while True: pass\n", encoding="utf-8")
    assert main([str(answers / "ex11_corr2d.py"), "--isolation", "process"]) == 1
    assert "loop without an end" in capsys.readouterr().out


def test_text_fits_80_columns_and_has_no_colour_off_a_terminal(answers: Path) -> None:
    done = command(str(answers), "--only", "ex[12]*", COLUMNS="80")
    assert "\x1b" not in done.stdout
    wide = [line for line in done.stdout.splitlines() if len(line) > 80 and not line.startswith("Next:")]
    assert wide == []


def test_a_terminal_without_utf8_gets_plain_marks(answers: Path) -> None:
    done = command(str(answers), "--only", "ex11*", PYTHONIOENCODING="ascii:backslashreplace", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert "+  ex11_corr2d" in done.stdout


def test_modules_of_the_submissions_folder_are_not_imported_by_the_grader(answers: Path) -> None:
    """`python -m grader .` run inside the folder puts it first on the path of the trusted process."""
    for name in ("torch", "pytest", "rich", "conftest", "numpy"):
        (answers / f"{name}.py").write_text("raise SystemExit('imported from the submission')\n", encoding="utf-8")
    (answers / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n", encoding="utf-8")
    done = command(".", "--only", "ex11*", cwd=answers)
    assert "imported from the submission" not in done.stdout + done.stderr
    assert done.returncode == 0, done.stderr
