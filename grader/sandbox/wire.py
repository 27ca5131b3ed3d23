"""Plain data as bytes and back: the only thing that crosses between trusted process and sandbox.

A message is a JSON text followed by the raw bytes of its tensors in order of appearance. Decoding
builds numbers, strings, containers and tensors and nothing else: no pickle, no names to import. A
message that is not exactly in this form raises WireError.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from typing import Any

import torch

MAX_MESSAGE_BYTES = 512 * 1024**2  # the client accepts far less as a reply
MAX_NESTING = 50
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
    if length > len(view) - _LENGTH.size:
        raise WireError("a message shorter than it says")
    blobs = _Blobs(view[_LENGTH.size + length :])
    try:
        packed = json.loads(bytes(view[_LENGTH.size : _LENGTH.size + length]).decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise WireError(f"a message whose text is not JSON ({type(error).__name__})") from None
    value = _unpack(packed, blobs, 0)
    if blobs.rest:
        raise WireError("a message with bytes left over")
    return value


class _Blobs:
    """The bytes behind the JSON text, taken from the front."""

    def __init__(self, rest: memoryview) -> None:
        self.rest = rest

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
    if isinstance(value, int | float):
        # Through the base class: a subclass may print as anything.
        return int.__index__(value) if isinstance(value, int) else float.__float__(value)
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
    tensor = value.detach().cpu().resolve_conj().resolve_neg().contiguous()
    name = str(tensor.dtype).removeprefix("torch.")
    if name not in _DTYPES:
        return {"opaque": f"tensor of {name}"}
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
    if packed is None or isinstance(packed, bool | int | float | str):
        return packed
    if not isinstance(packed, dict) or len(packed) != 1:
        raise WireError("a message with a part of unknown form")
    ((kind, content),) = packed.items()
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
        if not isinstance(key, str | int | float | bool | None):
            raise WireError("a message with a dict whose keys are not plain")
        result[key] = value
    return result


def _unpack_tensor(content: list[Any], blobs: _Blobs) -> torch.Tensor:
    if len(content) != 2 or not isinstance(content[0], str) or content[0] not in _DTYPES:
        raise WireError("a tensor of unknown kind")
    name, shape = content
    if not isinstance(shape, list) or len(shape) > 16 or not all(_is_size(size) for size in shape):
        raise WireError("a tensor whose shape is malformed")
    dtype = _DTYPES[name]
    count = math.prod(shape)
    if count * dtype.itemsize > MAX_MESSAGE_BYTES:
        raise WireError("a tensor larger than any message")
    raw = blobs.take(count * dtype.itemsize)
    if count == 0:
        return torch.empty(shape, dtype=dtype)
    flat = torch.frombuffer(raw, dtype=torch.uint8)
    # A bool byte other than 0 and 1 would be undefined behaviour.
    flat = flat != 0 if dtype == torch.bool else flat.view(dtype)
    return flat.reshape(shape)


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_MESSAGE_BYTES
