"""What one build leaves to the next, in .cache/jupyter/ or where TUTORIAL_CACHE says.

What `kept` keeps is named by a hash of all that it depends on, so it is never out of date.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from grader.files import write_in_one_step


def place(root: Path, kind: str, name: str) -> Path:
    """Where such a file lies, of the site whose mkdocs.yml is in `root`."""
    path = Path(os.environ.get("TUTORIAL_CACHE", root / ".cache" / "jupyter"), kind, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def kept(root: Path, kind: str, name: str, make: Callable[[], bytes]) -> bytes:
    """What such a file holds; it is made where there is none yet."""
    path = place(root, kind, name)
    if not path.exists():
        write_in_one_step(path, make())
    return path.read_bytes()


def digest(*parts: bytes) -> str:
    """The hash of several things, in their order."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
