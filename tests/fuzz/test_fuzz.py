"""Some of the inputs of `python -m tests.fuzz`: whatever is sent, only the documented errors come out."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", ["wire", "diagnose", "discover"])
@settings(max_examples=150, deadline=None)
@given(number=st.integers(0, 2**32))
def test_damaged_input_raises_documented_errors_only(name: str, number: int) -> None:
    target = TARGETS[name]
    target.run(target.make(Random(number)))
