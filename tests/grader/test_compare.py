"""assert_close passes what is right within rounding and says what is wrong with the rest."""

import pytest
import torch

from grader.compare import as_number, as_tensor, assert_close, assert_shape
from grader.sandbox.wire import Opaque


@pytest.mark.parametrize(
    "value", [torch.tensor([[1.0, 2.0]]), [[1, 2]], torch.tensor([[1, 2]]), torch.tensor([[1.00001, 2.0]]).double()]
)
def test_right_values_pass_in_any_type(value) -> None:
    assert_close(value, [[1.0, 2.0]])


def test_the_order_of_summation_does_not_matter() -> None:
    values = torch.randn(10_000, generator=torch.Generator().manual_seed(0)) * 1e-6
    assert_close(values.flip(0).cumsum(0)[-1], values.double().sum())


def test_half_precision_is_not_enough() -> None:
    X = torch.randn(50, 50, generator=torch.Generator().manual_seed(0))
    with pytest.raises(AssertionError):
        assert_close((X.half() @ X.half()).float(), X @ X)


def test_small_values_are_judged_by_their_own_size() -> None:
    with pytest.raises(AssertionError):
        assert_close(torch.full((3,), 2e-9), torch.full((3,), 1e-9))


@pytest.mark.parametrize(
    ("actual", "expected", "sentence"),
    [
        (torch.zeros(2, 3), torch.zeros(3, 2), r"Y has shape \(2, 3\), expected \(3, 2\)"),
        (torch.tensor([1.0, 5.0, 3.0]), [1, 2, 3], r"Y at \[1\] is 5, expected 2 \(1 of 3 values differ\)"),
        (5, 4, "Y is 5, expected 4"),
        (torch.tensor([1.0, float("inf")]), [1, 2], r"Y at \[1\] is inf, expected 2"),
        (torch.ones(2) * 1j, [1, 1], "complex"),
        (None, [1], "Y is None. Does the function return its result"),
        (Opaque("Conv2d"), [1], "Y is a Conv2d, where a tensor was expected"),
        ("text", [1], "Y is a str"),
        ([[1, 2], [3]], [1], "Y is a list"),
    ],
)
def test_what_is_wrong_is_said(actual, expected, sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        assert_close(actual, expected, "Y")


def test_the_message_is_one_sentence_that_needs_no_picture() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_close(torch.tensor([[19.0, 25.0], [0.0, 43.0]]), [[19, 25], [37, 43]], "Y")
    assert str(caught.value) == "Y at [1, 0] is 0, expected 37 (1 of 4 values differ)."


def test_empty_results_need_the_right_shape_only() -> None:
    assert_close(torch.empty(0, 3), torch.empty(0, 3))
    with pytest.raises(AssertionError):
        assert_shape(torch.empty(0, 3), (3, 0))


def test_numbers_come_in_many_types() -> None:
    assert [as_number(value) for value in (2, 2.0, True, torch.tensor(2), torch.tensor([2.0]))] == [2, 2, 1, 2, 2]
    for value in (None, "2", torch.ones(2), Opaque("Fraction")):
        with pytest.raises(AssertionError):
            as_number(value, "accuracy")


def test_as_tensor_names_what_came_instead() -> None:
    with pytest.raises(AssertionError, match="the output is an Embedding"):
        as_tensor(Opaque("Embedding"), "the output")
