"""Plain data crosses the wire unchanged; anything else is refused with WireError, never believed."""

import contextlib
import json
import struct

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox import wire

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(plain)
def test_plain_data_comes_back_as_it_was(value):
    assert wire.decode(wire.encode(value)) == value


@pytest.mark.parametrize("dtype", wire._DTYPES.values(), ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 4)], ids=str)
def test_tensors_come_back_with_shape_dtype_and_values(dtype, shape):
    tensor = (10 * torch.randn(shape)).to(dtype)
    back = wire.decode(wire.encode([tensor]))[0]
    assert back.dtype == dtype
    assert back.shape == tensor.shape
    assert torch.equal(back, tensor)


def test_a_tensor_crosses_by_value_whatever_its_layout_in_memory():
    base = torch.arange(24.0).reshape(2, 3, 4)
    single = base[::2, ::3, ::4]  # one element, whose strides say that there are more
    for view in (base.mT, base[:, ::2], base.expand(5, 2, 3, 4), base[..., -1], single, base.requires_grad_() * 2):
        assert torch.equal(wire.decode(wire.encode(view)), view.detach())


def test_what_is_received_can_be_written_without_changing_what_was_sent():
    sent = torch.zeros(3)
    wire.decode(wire.encode(sent)).add_(1)
    assert sent.tolist() == [0, 0, 0]


def test_numpy_values_arrive_as_numbers_and_tensors():
    assert wire.decode(wire.encode(np.float64(1.5))) == 1.5
    assert wire.decode(wire.encode(np.int32(7))) == 7
    assert torch.equal(wire.decode(wire.encode(np.eye(2, dtype=np.float32))), torch.eye(2))


def test_anything_else_arrives_as_the_name_of_its_type():
    class Sly:
        def __eq__(self, other):
            return True

        def __hash__(self):
            return 0

    assert wire.decode(wire.encode(Sly())) == wire.Opaque("Sly")
    assert wire.decode(wire.encode(torch.eye(2).to_sparse())).type_name.startswith("tensor that is torch.sparse")


def test_a_subclass_of_a_plain_type_crosses_as_the_plain_value():
    class Liar(int):
        def __repr__(self):
            return "1, 2, 3"

    assert wire.decode(wire.encode(Liar(5))) == 5


def test_an_int_that_no_tensor_holds_arrives_as_a_word():
    """10**30 made `torch.tensor` raise in the checks and in the diagnosis."""
    assert wire.decode(wire.encode([10**30, -(2**63)])) == [wire.Opaque("int of more than 64 bits"), -(2**63)]


def test_a_list_that_contains_itself_ends():
    endless: list = []
    endless.append(endless)
    wire.decode(wire.encode(endless))


def message(packed, blobs=b""):
    text = json.dumps(packed).encode()
    return struct.pack("<I", len(text)) + text + blobs


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"\x00",
        struct.pack("<I", 100) + b"{}",
        struct.pack("<I", 2) + b"{]",
        struct.pack("<I", 3) + b"\xff\xfe\xfd",
        message({"tensor": ["float32", [2]]}, b"1234"),
        message({"tensor": ["float32", [2]]}, b"123456789"),
        message({"tensor": ["float32", [-1]]}),
        message({"tensor": ["float32", [True]]}, b"1234"),
        message({"tensor": ["float32", [2**40, 0, 2**40]]}),
        message({"tensor": ["float32", [2**20, 2**20]]}),
        message({"tensor": ["float32", [0, *[2**28] * 15]]}),
        message({"tensor": ["float32", [2**28, 0]]}),
        message({"list": [{"tensor": ["bool", [0]]}] * 1001}),
        message({"list": [0] * 500_000}),
        message(2**63),
        message({"dict": [[1, 0], [True, 0]]}),
        struct.pack("<I", 21) + b'{"list":[],"list":[]}',
        message({"tensor": ["object", [1]]}, b"12345678"),
        message({"tensor": ["float32", [1] * 100]}, b"1234"),
        message({"tensor": [["float32"], [1]]}, b"1234"),
        message({"dict": [["a"]]}),
        message({"dict": [[{"list": []}, 1]]}),
        message({"list": 3}),
        message({"name": ["x"]}),
        message({"bytes": -1}),
        message({"pickle": "gASV"}),
        message({"list": [], "tuple": []}),
        message([1, 2]),
        message(1, b"left over"),
        struct.pack("<I", 200_000) + b"[" * 200_000,
        struct.pack("<I", 5000) + b"9" * 5000,
    ],
    ids=lambda bad: repr(bytes(bad[:40])),
)
def test_a_malformed_message_is_refused(bad):
    with pytest.raises(wire.WireError):
        wire.decode(bad)


def test_deep_nesting_is_refused_and_does_not_overflow():
    packed = 1
    for _ in range(400):
        packed = {"list": [packed]}
    with pytest.raises(wire.WireError, match="deeply"):
        wire.decode(message(packed))


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_or_decoded_and_nothing_else(noise):
    with contextlib.suppress(wire.WireError):
        wire.decode(noise)


@given(st.binary(max_size=40), st.integers(0, 200), st.integers(0, 255))
def test_a_message_with_a_changed_byte_is_refused_or_decoded_and_nothing_else(tail, position, byte):
    good = bytearray(wire.encode({"a": [torch.arange(3), (1, None, "x")], "b": 1.5}) + tail)
    good[position % len(good)] = byte
    with contextlib.suppress(wire.WireError):
        wire.decode(good)
