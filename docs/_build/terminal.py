"""Draws docs/assets/terminal.svg, the README's picture: a real report on an answer with a flipped kernel.

Run by hand after the report's looks have changed: python docs/_build/terminal.py
"""

import io
import re
import shutil
import tempfile
from contextlib import chdir
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from grader.course import load_course
from grader.discover import discover
from grader.model import Options
from grader.report.terminal import Terminal
from grader.run import grade

ROOT = Path(__file__).parent.parent.parent
OPTIONS = Options(device="cpu", data="digits", data_folder=None, seed=1998, isolation="fork", jobs=1)
FLIPPED = ("* K).sum()", "* K.flip(0, 1)).sum()")


def main() -> None:
    console = Console(record=True, width=80, file=io.StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        shutil.copytree(ROOT / "exercises", "exercises")
        answer = (ROOT / "solutions" / "ex11_corr2d.py").read_text(encoding="utf-8")
        Path("exercises/ex11_corr2d.py").write_text(answer.replace(*FLIPPED), encoding="utf-8")
        Terminal(console).show(grade(discover([Path("exercises")], load_course()), OPTIONS))
    # The fonts that the template would fetch from elsewhere are left out.
    template = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    picture = console.export_svg(title="python -m grader exercises/", code_format=template, unique_id="report")
    (ROOT / "docs" / "assets" / "terminal.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
