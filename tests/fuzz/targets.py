"""What is fuzzed: for each target a way to make hostile input, and a run that lets only documented errors pass.

Inputs are valid ones that were damaged: bits flipped, cut, spliced, repeated, tokens replaced by nasty
ones. `make` draws everything from one random number generator, so a number repeats an input.
"""

import contextlib
import math
import os
import re
import shutil
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import torch

from grader import compare, diagnose, flags, nets
from grader.course import load_course
from grader.discover import discover
from grader.model import UsageError
from grader.sandbox import forms, wire
from grader.sandbox.client import SandboxError
from grader.sandbox.probes import nets as net_probes
from tests.conftest import ROOT

COURSE = load_course()


@dataclass(frozen=True)
class Target:
    """`run(make(random))` returns in a few words how it came out; any exception is a finding."""

    make: Callable[[Random], Any]
    run: Callable[[Any], str]


# Damage -------------------------------------------------------------------------------------------


def damage(random: Random, data: bytes, other: bytes) -> bytes:
    """`data` with one kind of damage done to it; `other` lends it bytes."""
    start, end = sorted(random.randrange(len(data) + 1) for _ in range(2))
    match random.randrange(6):
        case 0:
            return data[:start]
        case 1:
            return data[:start] + data[end:]
        case 2:
            return data[:start] + other[: random.randrange(len(other) + 1)] + data[end:]
        case 3:
            return data[:end] + data[start : start + 50] * random.choice([1, 3, 100, 3000]) + data[end:]
        case 4:
            return data[:start] + random.randbytes(random.randrange(1, 9)) + data[start:]
    flipped = bytearray(data or b"\0")
    flipped[start % len(flipped)] ^= 1 << random.randrange(8)
    return bytes(flipped)


# Messages -----------------------------------------------------------------------------------------

NUMBERS = [0, 1, -1, 7, 2**31, 2**63 - 1, -(2**63), 2**63, 10**30, 0.0, -0.0, 1.5, 1e308, math.inf, math.nan]
LONG = torch.zeros(1_000_000, dtype=torch.uint8)
STRINGS = ["", "x", "shape", "_layers", "卷积", "\ud800", "\0\x1b[2J", "x" * 5000]
NASTY = [
    b"1e999", b"-1e999", b"NaN", b"9" * 4000, b"9" * 5000, b"-0", b"1.0", b"true", b"null", b'"\\ud800"', b'""', b"[]",
    b"{}", b"[" * 500, b"]" * 500, b'{"list":' * 60, b"2305843009213693952", b"536870912", b"-1", b'"tensor"',
    b'{"list":[],"list":[]}', b'{"tensor":["float32",[0,536870912]]}', b'{"tensor":["bool",[0]]},' * 2000,
    b'{"tensor":["complex128",[268435456,268435456,268435456,268435456,268435456,268435456,268435456,0]]}',
    b'{"dict":[[1,1],[true,2],[1.0,3]]}', b'{"opaque":"M"}', b'{"name":"f"}', b'{"bytes":536870912}',
]  # fmt: skip
TOKEN = re.compile(rb'"[^"]*"|-?[\d.]+|[\[\]{}:,]|true|false|null')


def plain(random: Random, depth: int = 0) -> Any:
    """Plain data, as a probe may return it."""
    match random.randrange(8 if depth < 4 else 4):
        case 0:
            return random.choice([None, True, False, *NUMBERS])
        case 1:
            return random.choice(STRINGS)
        case 2:
            return random.choice([b"", random.randbytes(8), wire.Opaque("M"), wire.Name("f")])
        case 3:
            shape = random.choice([(), (0,), (2,), (2, 0), (1, 3, 2), (1,) * 16])
            return torch.full(shape, random.choice([0, 1, 3])).to(random.choice([*wire._DTYPES.values()]))
        case 4 | 5:
            return [plain(random, depth + 1) for _ in range(random.randrange(4))]
        case 6:
            return tuple(plain(random, depth + 1) for _ in range(random.randrange(3)))
    keys = [random.choice([*STRINGS, *NUMBERS, None, True]) for _ in range(random.randrange(4))]
    return {key: plain(random, depth + 1) for key in keys}


def report(random: Random) -> dict[str, Any]:
    """What a probe says of a net, with some of it replaced."""
    good: dict[str, Any] = {"is_module": True, "_type": "Sequential", "_layers": [["Linear", [2, 3]]], "shape": [2, 3]}
    good |= {"used": [[3, 4], [3]], "parameters": 15, "idle": 0, "_idle": [], "output": torch.ones(2, 3)}
    good |= {"gradients": [1.0, 2.0]}
    for key in random.sample([*good, "error"], random.randrange(4)):
        good[key] = plain(random)
    if random.random() < 0.1:  # deeper than the form of a reply reaches
        good["_layers"] = [["Linear", random.choice([LONG, [LONG], plain(random)])]]
    return good


def message(random: Random, make: Callable[[Random], Any]) -> bytes:
    """A message of the wire, sound or damaged; its length field is mostly put right again."""
    good = wire.encode(make(random))
    (length,) = struct.unpack("<I", good[:4])
    text, blobs = good[4 : 4 + length], good[4 + length :]
    for _ in range(random.randrange(4)):
        if random.random() < 0.5 and (tokens := [*TOKEN.finditer(text)]):
            token = random.choice(tokens)
            text = text[: token.start()] + random.choice(NASTY) + text[token.end() :]
        elif random.random() < 0.5:
            text = damage(random, text, random.choice(NASTY))
        else:
            blobs = damage(random, blobs, random.randbytes(16))
    head = struct.pack("<I", len(text)) if random.random() < 0.9 else random.randbytes(4)
    return head + text + blobs


def pair(random: Random) -> tuple[bytes, bytes]:
    """Two replies that have much in common."""
    value = plain(random)
    return wire.encode(value), message(random, lambda _: value)


def run_wire(data: bytes) -> str:
    """Decode; what comes out must survive the functions that checks give it to."""
    try:
        value = wire.decode(data)
    except wire.WireError as error:
        return re.sub(r"\d+", "N", str(error))
    with contextlib.suppress(AssertionError):
        compare.assert_close(value, [[1.0, 2.0]])
    with contextlib.suppress(AssertionError):
        compare.as_number(value)
    wire.decode(wire.encode(value))
    return f"decoded to {type(value).__name__}"


def run_diagnose(replies: tuple[bytes, bytes]) -> str:
    """`same` of two replies."""
    try:
        one, other = map(wire.decode, replies)
    except wire.WireError:
        return "refused by the wire"
    return f"same: {diagnose.same(one, other)}, {diagnose.same(other, one)}, {diagnose.same(one, one)}"


def run_nets(data: bytes) -> str:
    """`nets.read` of a reply that has the form that its probe promises."""
    try:
        reply = wire.decode(data)
        if not forms.fits(reply, forms.reply_form(net_probes.outputs)):
            return "a reply of another form"
        net = nets.read(reply, "net()", torch.ones(2, 4))
        nets.assert_parameters(net, [(3, 4), (3,)])
        nets.assert_output(net, torch.ones(2, 3))
        nets.assert_gradients(net, [1.0, 2.0])
    except (wire.WireError, AssertionError, SandboxError) as error:
        if len(str(error)) > 10_000_000:
            raise ValueError("a message of more than 10 MB") from None
        return type(error).__name__
    return "a net that passes"


# Folders ------------------------------------------------------------------------------------------

SOURCES = [path.read_bytes() for name in ("exercises", "solutions") for path in sorted((ROOT / name).glob("*.py"))]
CODECS = "utf-8 utf-7 utf-16 rot13 idna punycode unicode_escape zlib_codec hex latin-1 gbk cp037 mac-roman undefined x"
PIECES = [
    *"([{)]}-~:,;@.\\'\"#=*!$\n\r\t\f\0", "not ", "lambda:", "f'{", "{0:", "a.", "a()",
    "a[0]", "1 if 1 else ", "a,", "a=", "a<", "9", "1_", "0x", "if a:\n ", "elif a: pass\n", "else:\n", "def f():\n",
    "class A:\n", "try:\n", "await ", "yield ", "for a in b ", "match x:\n case ", "'''", "é", "\ud800", "\ufeff",
    "def corr2d(X, K):\n    raise NotImplementedError\n", "x = 1\n", "\\N{DIGIT ONE}", "with a:\n", "print a\n",
]  # fmt: skip


def folder(random: Random) -> tuple[bytes, str, str]:
    """The content of an answer, what lies in its place, and how the path is given."""
    source = random.choice([b"", *SOURCES])
    for _ in range(random.randrange(4)):
        pieces = "".join(random.choice(PIECES) * random.choice([1, 1, 2, 99, 200, 5000]) for _ in range(3))
        source = damage(random, source, pieces.encode("utf-8", "surrogatepass"))
    if random.random() < 0.2:
        source = f"# coding: {random.choice(CODECS.split())}\n".encode() + source
    if random.random() < 0.05:
        source = b"\xef\xbb\xbf" + source
    kind = random.choice(["file"] * 12 + ["link", "folder", "pipe", "nothing", "loop"])
    return source, kind, random.choice(["."] * 8 + ["ex11_corr2d.py", "x" * 300, "ex11_corr2d.py/x", "a\0b", "\udcff"])


def run_discover(made: tuple[bytes, str, str]) -> str:
    """Discover the folder, written to disk, and look for flags in what is found."""
    content, kind, path = made
    place = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        answer = place / "ex11_corr2d.py"
        {
            "file": partial(answer.write_bytes, content),
            "link": partial(answer.symlink_to, __file__),
            "folder": answer.mkdir,
            "pipe": partial(os.mkfifo, answer),
            "nothing": partial((place / "ex22_accuracy.py").write_bytes, content),
            "loop": partial(answer.symlink_to, answer),
        }[kind]()
        (found,) = discover([place / path], COURSE, "ex11*").answers
        if found.problem is None:
            flags.find(found)
        reason = (found.problem or f"untouched: {found.untouched}").replace(found.path, "FILE")
        return re.sub(r"\d+|'.*'|\(.*|0x..", "N", reason)[:40]
    except UsageError as error:
        return str(error).replace(str(place), "FOLDER")[:40]
    finally:
        shutil.rmtree(place)


TARGETS = {
    "wire": Target(partial(message, make=plain), run_wire),
    "diagnose": Target(pair, run_diagnose),
    "nets": Target(partial(message, make=report), run_nets),
    "discover": Target(folder, run_discover),
}
