"""Make text from strangers safe to show: nothing that a terminal, a CI system or a reader would take for ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

MAX_CHARACTERS, MAX_LINES = 6000, 60
MAX_MARKS = 4  # accents and the like on one letter: no script needs more, a flood of them covers other lines

_COLOUR = re.compile(r"\x1b\[[\d;]*m")  # some errors of PyTorch come in bold

# What CI systems obey: `::error::` at the start of a line, however far indented; `##[error]` and `##vso[` anywhere.
_COMMAND = re.compile(r"^((?:\s|\x1b\[[\d;]*m)*):(?=:\w)|##(?=\w*\[)", re.MULTILINE)


def clean(text: str) -> str:
    """`text` of bounded length without colours, control characters and commands; tabs become four spaces."""
    total = len(text)
    text = _COLOUR.sub("", text[:MAX_CHARACTERS])
    text = text.replace("\r\n", "\n").replace("\t", "    ").replace("\u00a0", " ")
    text = "".join(_calm(char if char.isprintable() or char == "\n" else "\ufffd" for char in text))
    lines = text.split("\n")
    if total > MAX_CHARACTERS:
        lines = [*lines[:MAX_LINES], f"… (cut here: it has {total} characters)"]
    elif len(lines) > MAX_LINES:
        lines = [*lines[:MAX_LINES], f"… (cut here: it has {len(lines)} lines)"]
    return break_commands("\n".join(lines))


def clean_line(text: str) -> str:
    """The same on one line, as for a path."""
    return clean(text).replace("\n", "\ufffd")


def break_commands(text: str) -> str:
    """`text` with a space inside what a CI system would obey: `: :error::`, `# #[error]`."""
    return _COMMAND.sub(lambda found: "# #" if found[1] is None else f"{found[1]}: ", text)


def _calm(text: Iterable[str]) -> Iterator[str]:
    """Without more marks on one letter than any script has."""
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char)[0] == "M" else 0
        if marks <= MAX_MARKS:
            yield char
