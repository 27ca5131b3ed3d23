"""The same grade on a GPU as on the CPU, where there is one."""

import pytest
import torch

from grader.cli import main


@pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no CUDA device on this machine")
def test_the_solutions_earn_every_point_on_a_gpu(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solutions", "--device", "cuda"]) == 0, capsys.readouterr().out
    assert "Device: cuda" in capsys.readouterr().out


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has the device that is meant to be missing")
def test_a_gpu_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solutions/ex11_corr2d.py", "--device", "cuda"]) == 2
    assert "--device cuda: PyTorch finds no such device here" in capsys.readouterr().err
