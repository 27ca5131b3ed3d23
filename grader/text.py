"""Make text from strangers safe to show: no control characters, nothing a terminal would obey."""

from __future__ import annotations


def clean(text: str) -> str:
    """`text` with everything unprintable but line breaks replaced; tabs become four spaces."""
    spaced = text.replace("\r\n", "\n").replace("\t", "    ").replace("\u00a0", " ")
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in spaced)
