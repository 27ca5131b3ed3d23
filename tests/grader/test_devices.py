"""The same grade on a GPU as on the CPU, where there is one."""

import pytest
import torch

from grader import run
from grader.cli import main
from grader.course import load_course
from grader.discover import discover
from grader.model import Options
from tests.conftest import ROOT


@pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no CUDA device on this machine")
def test_the_solutions_earn_every_point_on_a_gpu(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solutions", "--device", "cuda"]) == 0, capsys.readouterr().out
    assert "Device: cuda" in capsys.readouterr().out


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has the device that is meant to be missing")
def test_a_gpu_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solutions/ex11_corr2d.py", "--device", "cuda"]) == 2
    assert "--device cuda: PyTorch finds no such device here" in capsys.readouterr().err


@pytest.mark.parametrize(("device", "points"), [("cpu", 11), ("cuda", 12)])
def test_a_check_for_another_device_costs_nobody_points(device: str, points: int) -> None:
    """Also where nothing was run: a class is compared."""
    stub = discover([ROOT / "exercises" / "ex27_checkpoint.py"], load_course())
    options = Options(device=device, data="digits", data_folder=None, seed=1, isolation="fork", jobs=1)
    assert run.grade(stub, options).max_score == points
