"""Write a file so that it is whole at any moment."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def write_in_one_step(path: Path, content: str | bytes, mode: int | None = None) -> None:
    """Put text, as UTF-8, or bytes in the place of what the file held; `mode` are its permissions. Raises OSError.

    Whoever reads it meanwhile, and whoever looks after a crash, finds the old content or the new.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        if mode is not None:
            temporary.chmod(mode)
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
