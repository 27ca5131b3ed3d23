"""A checkpoint is all that goes from one sandbox to the next, and nothing outside a sandbox opens it."""

from typing import Any

from grader.diagnose import Call, Mistake, agrees
from grader.sandbox import wire
from grader.sandbox.probes import models
from tests.conftest import GradeSource


def test_a_state_that_is_kept_in_a_variable_is_gone_in_the_next_process(grade_source: GradeSource) -> None:
    source = """
import copy

KEPT = []


def save_checkpoint(path, net, optimizer, epoch):
    with open(path, "w") as file:
        file.write(str(len(KEPT)))
    KEPT.append(copy.deepcopy((net.state_dict(), optimizer.state_dict(), epoch)))


def load_checkpoint(path, net, optimizer):
    with open(path) as file:
        net_state, optimizer_state, epoch = KEPT[int(file.read())]
    net.load_state_dict(net_state)
    optimizer.load_state_dict(optimizer_state)
    return epoch
"""
    grade = grade_source("ex27_checkpoint", source)
    assert [one.check.name for one in grade.checks if one.outcome != "passed"] == ["test_the_file_is_enough"]


def test_known_mistakes_do_not_open_a_file_of_the_submission() -> None:
    opened = []

    class Opens:
        def load_checkpoint(*args: Any) -> None:
            opened.append(args)

    state = models.state_of(models.NETS["perceptron"]())
    request = {
        "probe": "grader.sandbox.probes.checkpoints:load_file",
        "args": [wire.Name("load_checkpoint"), b"anything", "perceptron", state, "SGD", [[0.1, 0.1]], [], "cpu"],
        "kwargs": {},
        "seed": 1,
    }
    assert not agrees(Mistake("Opens", "A sentence.", Opens), [Call(wire.encode(request), {})])
    assert opened == []
