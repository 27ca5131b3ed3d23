"""Pictures say what was called, what came back and what should have; a terminal draws them in its width."""

import math
import pickle
import subprocess
import sys
from collections.abc import Callable

import pytest
import torch

from grader import calls, nets, pictures
from grader.compare import Evidence, assert_close, assert_shape
from grader.diagnose import Call
from grader.model import CheckGrade, ExerciseGrade
from grader.pictures import Array, Arrays, Curves, Image, Images, Layer, Layers, Series
from grader.report.drawing import draw
from grader.sandbox import wire

# Made from tensors --------------------------------------------------------------------------------


def evidence(assertion: Callable[..., None], *args: object) -> Evidence:
    with pytest.raises(Evidence) as caught:
        assertion(*args)
    return caught.value


def test_a_comparison_that_fails_shows_both_arrays_and_the_cells_that_differ() -> None:
    picture = evidence(assert_close, torch.tensor([[19.0, 25.0], [0.0, 43.0]]), [[19, 25], [37, 43]]).picture
    assert picture == Arrays(
        expected=Array("expected", (2, 2), (0, 0), ((19, 25), (37, 43))),
        yours=Array("yours", (2, 2), (0, 0), ((19, 25), (0, 43))),
        differ=((1, 0),),
    )


def test_of_many_axes_the_matrix_with_the_worst_value_is_shown() -> None:
    value = torch.zeros(2, 3, 4, 5)
    value[0, 0, 0, 0], value[1, 2, 3, 4] = 0.1, 9
    picture = evidence(assert_close, value, torch.zeros(2, 3, 4, 5)).picture
    assert (picture.yours.corner, picture.yours.rows[3][4], picture.differ) == ((1, 2, 0, 0), 9, ((3, 4),))
    assert pictures.part_shown(picture.yours) == "at [1, 2, …] of shape (2, 3, 4, 5)"


def test_of_a_large_array_a_part_around_the_worst_value_is_kept() -> None:
    value = torch.zeros(500, 400)
    value[300, 399] = 1
    yours = evidence(assert_close, value, torch.zeros(500, 400)).picture.yours
    assert (len(yours.rows), len(yours.rows[0])) == (pictures.MAX_SIDE, pictures.MAX_SIDE)
    assert (yours.corner, yours.rows[300 - 284][31]) == ((284, 368), 1)


@pytest.mark.parametrize("value", [torch.tensor(1.0), torch.tensor([1.0])])
def test_a_single_number_is_told_in_words_alone(value: torch.Tensor) -> None:
    assert evidence(assert_close, value, torch.zeros(value.shape)).picture is None


def test_what_is_infinite_is_marked() -> None:
    picture = evidence(assert_close, torch.tensor([1.0, math.inf, math.nan]), [1, 2, 3]).picture
    assert picture.differ == ((0, 1), (0, 2))


def test_a_wrong_shape_shows_what_came_back_if_it_is_small() -> None:
    assert evidence(assert_shape, torch.ones(2, 3), (3, 2)).picture.yours.rows == ((1, 1, 1), (1, 1, 1))
    assert evidence(assert_shape, torch.ones(20, 30), (3, 2)).picture is None


def test_the_few_matrices_of_a_small_argument_have_their_names() -> None:
    assert [array.name for array in pictures.given("K", torch.ones(2, 2, 3, 3))] == [
        "K[0, 0]", "K[0, 1]", "K[1, 0]", "K[1, 1]",
    ]  # fmt: skip
    assert [array.rows for array in pictures.given("v", torch.tensor([1.0, 2.0]))] == [((1, 2),)]
    assert list(pictures.given("X", torch.ones(100, 3, 28, 28))) == []


def test_misread_images_have_the_names_of_their_classes_and_are_few() -> None:
    images, labels = torch.rand(50, 1, 28, 28), torch.arange(50) % 10
    answers = (labels + 1) % 10
    shown = pictures.misread(images, labels, answers, "abcdefghij")
    assert len(shown.images) == pictures.MAX_IMAGES
    assert (shown.images[2].label, shown.images[2].prediction) == ("c", "d")
    assert shown.title == "50 of 50 images are misread. The first 8"
    assert pictures.misread(images, labels, labels, "abcdefghij") == Images("0 of 50 images are misread", ())


def test_images_of_a_submission_may_hold_any_numbers() -> None:
    odd = torch.tensor([math.nan, math.inf, -5.0, 2.0]).reshape(1, 1, 2, 2)
    (image,) = pictures.misread(odd, torch.tensor([0]), torch.tensor([1]), "01").images
    assert image.rows == ((0, 255), (0, 255))


def test_a_long_curve_becomes_means_and_loses_what_is_not_finite() -> None:
    assert pictures.curve("loss", [math.nan, 1.0, None, math.inf]).values == (None, 1.0, None, None)
    long = pictures.curve("loss", [float(i) for i in range(600)]).values
    assert (len(long), long[0], long[-1]) == (60, 4.5, 594.5)


# What a check called ------------------------------------------------------------------------------


def question(probe: str, *args: object, **kwargs: object) -> bytes:
    content = {"probe": f"grader.sandbox.probes.{probe}", "args": list(args), "kwargs": kwargs, "seed": 1}
    return wire.encode(content)


CORR2D = {"corr2d": ("image", "kernel")}


def test_a_call_is_told_as_the_learner_would_write_it() -> None:
    told = calls.told(question("call:call", wire.Name("corr2d"), torch.ones(3, 3), torch.ones(2, 2)), CORR2D)
    assert told.called == "Called: corr2d(image, kernel)"
    assert [array.name for array in told.given] == ["image", "kernel"]


def test_plain_values_stand_in_the_call_and_large_arrays_behind_it() -> None:
    asked = question("call:call", wire.Name("f"), torch.ones(40, 50), (2, 3), "max", 0.1, None, torch.tensor(3.0))
    called = "Called: f(X, (2, 3), 'max', 0.1, None, 3), with X of shape (40, 50)"
    assert calls.told(asked, {"f": ("X",)}).called == called


def test_another_probe_is_told_by_its_own_arguments() -> None:
    state = [torch.ones(50, 50)]
    args = (wire.Name("train_epoch"), "perceptron", state, [], "cross-entropy", "cpu")
    told = calls.told(question("training:epoch", *args, lr=0.3), {})
    assert told.called == "Called: train_epoch with name = 'perceptron', loss = 'cross-entropy', lr = 0.3"
    asked = question("call:vjp", wire.Name("corr2d"), torch.ones(2, 2), torch.ones(3, 3), torch.ones(2, 2))
    assert calls.told(asked, CORR2D).called == "Called: corr2d with cotangent, image, kernel"


def test_the_call_behind_a_value_is_found_also_behind_a_part_of_its_reply() -> None:
    one, other = torch.ones(3, 3), torch.ones(3, 3)
    asked = [Call(b"first", one), Call(b"second", {"outputs": [other, 5.0]}), Call(b"third", None)]
    assert calls.behind(one, asked).question == b"first"
    assert calls.behind(other[1:, 0], asked).question == b"second"
    assert calls.behind(torch.ones(3, 3), asked) is None


def test_parameters_are_read_from_the_source_without_running_it() -> None:
    source = b"def f(a, b=1, *c): 1 / 0\nclass C:\n    def __init__(self, x): ...\nclass D: ...\n1 / 0\n"
    assert calls.parameter_names(source) == {"f": ("a", "b"), "C": ("x",), "D": ()}
    assert calls.parameter_names(b"def f(:") == {}


# Whole checks -------------------------------------------------------------------------------------

SOURCE = "import torch\ndef corr2d(X, K):\n    {}\n"


def failed(grade: ExerciseGrade) -> list[CheckGrade]:
    return [check for check in grade.checks if check.outcome in ("failed", "error", "timeout")]


def test_a_failed_check_shows_what_was_called_with_what_and_both_results(grade_source) -> None:
    body = "return torch.zeros(X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1)"
    grade = grade_source("ex11_corr2d", SOURCE.format(body))
    first = failed(grade)[0]
    (picture,) = first.pictures
    assert picture.called == "Called: corr2d(X, K)"
    assert [array.rows for array in picture.given] == [((0, 1, 2), (3, 4, 5), (6, 7, 8)), ((0, 1), (2, 3))]
    assert picture.expected.rows == ((19, 25), (37, 43))
    assert picture.yours.rows == ((0, 0), (0, 0))
    assert first.message == "corr2d(X, K) at [1, 1] is 0, expected 43 (4 of 4 values differ)."


@pytest.mark.parametrize("body", ["return X[0, 0].item", "raise ValueError(1)", "while True: pass"])
def test_every_way_to_fail_says_what_was_called(grade_source, body: str) -> None:
    for check in failed(grade_source("ex11_corr2d", SOURCE.format(body), seconds=0.5)):
        if check.outcome != "error" or "raised" in check.message:
            assert check.pictures[0].called == "Called: corr2d(X, K)"
            assert [array.name for array in check.pictures[0].given] == ["X", "K"]


def test_nothing_is_shown_of_checks_that_passed_wait_or_could_not_begin(grade_source, course) -> None:
    solution = (course["ex11_corr2d"].path.parents[2] / "solutions" / "ex11_corr2d.py").read_bytes()
    assert [check.pictures for check in grade_source("ex11_corr2d", solution).checks] == [()] * 6
    grade = grade_source("ex11_corr2d", "def another(): pass")
    assert [check.pictures for check in grade.checks] == [()] * 6
    grade = grade_source("ex11_corr2d", SOURCE.format("return X"))
    assert [check.pictures for check in grade.checks if check.outcome == "blocked"] == [()] * 4


def test_names_that_an_answer_chose_are_cleaned(grade_source) -> None:
    hostile = "\\x1b[2J::error::x" * 10
    grade = grade_source("ex24_lenet", (
        "from torch import nn\nclass L(nn.Identity): pass\n"
        f"L.__name__ = '{hostile}'\n"
        "def lenet(num_classes=10):\n    return nn.Sequential(L(), nn.Flatten(), nn.Linear(784, 7))\n"
    ))  # fmt: skip
    (picture,) = grade.checks[0].pictures
    assert isinstance(picture, Layers)
    assert "\x1b" not in repr(picture)
    assert picture.rows[picture.first_difference] == Layer("output", (1, 7), (1, 10))


def test_a_training_shows_its_curve_and_what_it_misreads_though_it_passes(grade_source, course) -> None:
    solution = (course["ex44_keras_port"].path.parents[2] / "solutions" / "ex44_keras_port.py").read_bytes()
    curves, images = grade_source("ex44_keras_port", solution).checks[-1].pictures
    assert isinstance(curves, Curves)
    assert curves.series[0].values[0] > curves.series[0].values[-1]
    assert isinstance(images, Images)
    assert 0 < len(images.images) <= pictures.MAX_IMAGES
    assert all(image.label != image.prediction for image in images.images)


def test_the_parameters_of_a_net_stand_beside_those_expected() -> None:
    net = nets.Net("net()", (1, 3), (1, 2), ((4, 3), (4,), (2, 4), (2,)), 24, 0, (), (), torch.empty(0), ())
    picture = evidence(nets.assert_parameters, net, [(4, 3), (4,), (2, 5), (2,), (2, 2)]).picture
    assert picture.first_difference == 2
    assert picture.rows[2] == Layer("3. weight", (2, 4), (2, 5))
    assert picture.rows[4] == Layer("5. weight", None, (2, 2))


def test_losses_that_a_sandbox_made_up_do_no_harm() -> None:
    for losses in (torch.full((10**6,), math.nan), torch.ones(3, 3), torch.ones(3, dtype=torch.int64), torch.empty(0)):
        picture = nets.training_curve({"parameters": [], "_losses": losses}, "net()")
        assert draw(picture, 80).plain == ""


def test_pictures_travel_and_are_drawn_without_torch() -> None:
    for picture in PICTURES:
        assert pickle.loads(pickle.dumps(picture)) == picture
    code = "import sys; import grader.report.html, grader.report.terminal; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Drawn on a terminal ------------------------------------------------------------------------------

WRONG = Arrays(
    "Called: corr2d(X, K)",
    (Array("X", (2, 3), (0, 0), ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))), Array("K", (1, 2), (0, 0), ((0.5, -0.25),))),
    Array("expected", (2, 2), (0, 0), ((19, 25), (37, 43))),
    Array("yours", (2, 2), (0, 0), ((19, 25), (0, 43))),
    ((1, 0),),
)
LARGE = Arrays(
    "Called: blur(X)",
    (),
    Array("expected", (60, 70), (20, 30), tuple(tuple(i + j / 8 for j in range(32)) for i in range(32))),
    Array("yours", (60, 70), (20, 30), ((0.0,) * 32,) * 32),
    tuple((i, j) for i in range(32) for j in range(32) if i + j),
)
LAYERS = Layers("Layer by layer", (Layer("Conv2d", (1, 6, 28, 28)), Layer("output", (1, 7), (1, 10))), 1)
LONG = Layers("Layer by layer", tuple(Layer("x" * 90, (1, 2), (1, 2 if i < 50 else 3)) for i in range(100)), 50)
TRAINING = Curves(
    "lenet() learns",
    "step",
    "loss",
    100,
    (Series("expected", tuple(float(i) for i in range(60, 0, -1))), Series("yours", (60.0, None, 50.0))),
    level=("guessing", 2.3),
)
DIGITS = Images("1 of 9 images is misread", (Image(((0, 255), (128, 0)), "4", "9"),))
PICTURES = [WRONG, LARGE, LAYERS, LONG, TRAINING, DIGITS]


def test_target_stands_beside_yours_and_a_star_marks_what_differs() -> None:
    assert draw(WRONG, 76).plain.splitlines() == [
        "Called: corr2d(X, K)",
        "X       K",
        "1 2 3    0.50 -0.25",
        "4 5 6",
        "",
        "expected   yours (* differs)",
        "19 25      19  25",
        "37 43       0* 43",
    ]


def test_of_a_large_array_the_part_around_the_worst_cell_is_drawn() -> None:
    lines = draw(LARGE, 76).plain.splitlines()
    assert lines[2] == "Shown: rows 46 to 51, columns 56 to 61 of shape (60, 70)"
    assert lines[-1].endswith("0.0*")


def test_the_first_difference_of_a_net_is_pointed_at() -> None:
    assert draw(LAYERS, 76).plain.splitlines() == [
        "Layer by layer:",
        "          yours           expected",
        "  Conv2d  (1, 6, 28, 28)",
        "  output  (1, 7)          (1, 10)   <- first difference",
    ]


def test_a_long_table_is_cut_around_the_first_difference() -> None:
    lines = draw(LONG, 76).plain.splitlines()
    assert len(lines) == 15
    assert [line.strip() for line in lines if "…" in line and "x" not in line] == ["…", "…"]


def test_a_training_is_a_line_of_blocks_with_its_ends() -> None:
    lines = draw(TRAINING, 76).plain.splitlines()
    assert lines[0] == "lenet() learns: loss, steps 1 to 100; guessing: 2.3"
    assert lines[1].startswith("  expected  █")
    assert lines[1].endswith("▁  60 to 1")
    assert lines[2] == "  yours     █ ▇  60 to 50"


def test_images_are_told_in_words() -> None:
    assert draw(DIGITS, 76).plain == "1 of 9 images is misread: 4 as 9"


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: type(picture).__name__)
@pytest.mark.parametrize("width", [78, 98])
def test_every_picture_fits_its_width(picture: pictures.Picture, width: int) -> None:
    assert max(len(line) for line in draw(picture, width).plain.splitlines()) <= width


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: type(picture).__name__)
def test_without_utf8_the_same_is_drawn_in_ascii(picture: pictures.Picture) -> None:
    plain, drawn = draw(picture, 78, unicode=False), draw(picture, 78)
    assert plain.plain.isascii()
    assert [len(line) for line in plain.plain.splitlines()] == [len(line) for line in drawn.plain.splitlines()]


def test_colour_is_never_the_only_sign() -> None:
    for picture, sign in ((WRONG, "*"), (LAYERS, "<- first difference")):
        text = draw(picture, 78)
        coloured = [text.plain[span.start : span.end] for span in text.spans if "red" in str(span.style)]
        assert coloured
        assert all(sign in piece for piece in coloured)
