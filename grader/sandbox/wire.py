"""Plain data as bytes and back: the only thing that crosses between trusted process and sandbox.

A message is a JSON text followed by the raw bytes of its tensors in order of appearance. Decoding
builds numbers, strings, containers and tensors and nothing else: no pickle, no names to import. A
message that is not exactly in this form, or larger than any honest one, raises WireError.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from typing import Any

import torch

MAX_MESSAGE_BYTES = 512 * 1024**2  # the client accepts far less as a reply
MAX_TEXT_BYTES = 1024**2  # the course's own messages have 3 KB: what is large travels as tensors
MAX_TENSORS = 1000
MAX_DIMENSIONS = 16
MAX_EMPTY = 2**16  # product of the other sizes of a tensor without elements: loops may run over them
MAX_NESTING = 50
_INT64 = range(-(2**63), 2**63)
_LENGTH = struct.Struct("<I")

_DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float32,
        torch.float64,
        torch.float16,
        torch.bfloat16,
        torch.complex64,
        torch.complex128,
        torch.int64,
        torch.int32,
        torch.int16,
        torch.int8,
        torch.uint8,
        torch.bool,
    )
}


class WireError(Exception):
    """A message that is not plain data in the form described above."""


@dataclass(frozen=True)
class Name:
    """A name of the submission; stands for the function or class itself once inside the sandbox."""

    name: str


@dataclass(frozen=True)
class Opaque:
    """Something that was returned and is no plain data; only the name of its type crosses."""

    type_name: str


def encode(value: Any) -> bytes:
    """The message for `value`. Values that are no plain data become Opaque."""
    blobs: list[bytes] = []
    text = json.dumps(_pack(value, blobs, 0)).encode("ascii")
    return b"".join([_LENGTH.pack(len(text)), text, *blobs])


def decode(message: bytes | bytearray | memoryview) -> Any:
    """The value of a message. Raises WireError on anything malformed."""
    view = memoryview(message)
    if len(view) < _LENGTH.size:
        raise WireError("a message shorter than its own length field")
    (length,) = _LENGTH.unpack(view[: _LENGTH.size])
    if length > MAX_TEXT_BYTES:
        raise WireError(f"more than {MAX_TEXT_BYTES // 1024**2} MB of text and lists")
    if length > len(view) - _LENGTH.size:
        raise WireError("a message shorter than it says")
    blobs = _Blobs(view[_LENGTH.size + length :])
    try:
        text = bytes(view[_LENGTH.size : _LENGTH.size + length]).decode("ascii")
        packed = json.loads(text, object_pairs_hook=_one_pair)
    except (ValueError, RecursionError) as error:
        raise WireError(f"a message whose text is not JSON ({type(error).__name__})") from None
    value = _unpack(packed, blobs, 0)
    if blobs.rest:
        raise WireError("a message with bytes left over")
    return value


def _one_pair(pairs: list[tuple[str, Any]]) -> tuple[str, Any]:
    """A JSON object as its only pair; JSON itself would take the last of two equal keys."""
    if len(pairs) != 1:
        raise WireError("a message with a part of unknown form")
    return pairs[0]


class _Blobs:
    """The bytes behind the JSON text, taken from the front."""

    def __init__(self, rest: memoryview) -> None:
        self.rest = rest
        self.tensors = 0

    def take(self, length: int) -> bytearray:
        if length > len(self.rest):
            raise WireError("a message with fewer bytes than its tensors need")
        taken, self.rest = self.rest[:length], self.rest[length:]
        return bytearray(taken)


def _pack(value: Any, blobs: list[bytes], depth: int) -> Any:
    if depth > MAX_NESTING:
        return {"opaque": "nested too deeply"}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        number = int.__index__(value)  # through the base class: a subclass may print as anything
        return number if number in _INT64 else {"opaque": "int of more than 64 bits"}
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes):
        blobs.append(value)
        return {"bytes": len(value)}
    if isinstance(value, torch.Tensor):
        return _pack_tensor(value, blobs)
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_pack(item, blobs, depth + 1) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[_pack(part, blobs, depth + 1) for part in pair] for pair in value.items()]}
    if isinstance(value, Name):
        return {"name": value.name}
    if isinstance(value, Opaque):
        return {"opaque": value.type_name}
    if type(value).__module__ == "numpy" and hasattr(value, "dtype"):
        return _pack_numpy(value, blobs)
    return {"opaque": type(value).__name__}


def _pack_tensor(value: torch.Tensor, blobs: list[bytes]) -> Any:
    if value.layout != torch.strided or value.is_quantized or value.device.type == "meta":
        return {"opaque": f"tensor that is {value.layout}, {value.dtype}, on {value.device}"}
    try:
        tensor = value.detach().cpu().resolve_conj().resolve_neg().contiguous()
    except (RuntimeError, ValueError) as error:  # nested, without storage, or expanded beyond any memory
        return {"opaque": f"tensor that cannot be copied ({type(error).__name__})"}
    name = str(tensor.dtype).removeprefix("torch.")
    if name not in _DTYPES or tensor.ndim > MAX_DIMENSIONS:
        return {"opaque": f"tensor of {name} in {tensor.ndim} dimensions"}
    if tensor.numel() == 1:
        tensor = tensor.clone(memory_format=torch.contiguous_format)  # one element counts as contiguous at any stride
    flat = tensor.reshape(-1).view(torch.uint8) if tensor.numel() else torch.empty(0, dtype=torch.uint8)
    blobs.append(flat.numpy().tobytes())
    return {"tensor": [name, list(tensor.shape)]}


def _pack_numpy(value: Any, blobs: list[bytes]) -> Any:
    try:
        tensor = torch.tensor(value)
    except (TypeError, ValueError, RuntimeError):
        return {"opaque": f"numpy {type(value).__name__} of {value.dtype}"}
    return _pack_tensor(tensor, blobs)


def _unpack(packed: Any, blobs: _Blobs, depth: int) -> Any:
    if depth > 2 * MAX_NESTING:
        raise WireError("a message nested too deeply")
    if isinstance(packed, int) and packed not in _INT64:
        raise WireError("a number of more than 64 bits")
    if packed is None or isinstance(packed, bool | int | float | str):
        return packed
    if not isinstance(packed, tuple):
        raise WireError("a message with a part of unknown form")
    kind, content = packed
    if kind in ("name", "opaque") and isinstance(content, str):
        return Name(content) if kind == "name" else Opaque(content)
    if kind == "bytes" and _is_size(content):
        return bytes(blobs.take(content))
    if not isinstance(content, list):
        raise WireError("a message with a part of unknown form")
    if kind == "tensor":
        return _unpack_tensor(content, blobs)
    if kind == "list":
        return [_unpack(item, blobs, depth + 1) for item in content]
    if kind == "tuple":
        return tuple(_unpack(item, blobs, depth + 1) for item in content)
    if kind == "dict":
        return _unpack_dict(content, blobs, depth)
    raise WireError("a message with a part of unknown form")


def _unpack_dict(content: list[Any], blobs: _Blobs, depth: int) -> dict[Any, Any]:
    result: dict[Any, Any] = {}
    for pair in content:
        if not isinstance(pair, list) or len(pair) != 2:
            raise WireError("a message with a malformed dict")
        key, value = (_unpack(part, blobs, depth + 1) for part in pair)
        if not isinstance(key, str | int | float | bool | None) or key in result:
            raise WireError("a message with a dict whose keys are not plain")
        result[key] = value
    return result


def _unpack_tensor(content: list[Any], blobs: _Blobs) -> torch.Tensor:
    if len(content) != 2 or not isinstance(content[0], str) or content[0] not in _DTYPES:
        raise WireError("a tensor of unknown kind")
    name, shape = content
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS or not all(_is_size(size) for size in shape):
        raise WireError("a tensor whose shape is malformed")
    dtype = _DTYPES[name]
    count = math.prod(shape)
    if count * dtype.itemsize > MAX_MESSAGE_BYTES or (count == 0 and math.prod(filter(None, shape)) > MAX_EMPTY):
        raise WireError("a tensor larger than any message")
    blobs.tensors += 1
    if blobs.tensors > MAX_TENSORS:
        raise WireError(f"more than {MAX_TENSORS} tensors")
    raw = blobs.take(count * dtype.itemsize)
    if count == 0:
        return torch.empty(shape, dtype=dtype)
    flat = torch.frombuffer(raw, dtype=torch.uint8)
    # A bool byte other than 0 and 1 would be undefined behaviour.
    flat = flat != 0 if dtype == torch.bool else flat.view(dtype)
    return flat.reshape(shape)


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_MESSAGE_BYTES
