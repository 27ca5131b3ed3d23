"""The widgets compute what PyTorch computes, and can be used with keys, a pointer and a screen reader."""

import gzip
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

pytest.importorskip("mkdocs", reason="the packages that build the site are not installed")

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "docs" / "assets"
SCRIPTS = sorted(ASSETS.glob("widgets/*.js"))


@pytest.fixture(scope="session")
def widget_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small site: a page for each widget, in a folder as the lessons are, and one page without any."""
    folder = tmp_path_factory.mktemp("widgets")
    (folder / "mkdocs.yml").write_text(
        "site_name: Widgets\n"
        "theme: {name: material, font: false, language: en}\n"
        "extra_css: [assets/site.css]\n"
        f"hooks: ['{ROOT / 'docs' / '_build' / 'widgets.py'}']\n",
        encoding="utf-8",
    )
    shutil.copytree(ASSETS, folder / "docs" / "assets")
    (folder / "docs" / "index.md").write_text("# A page without widgets", encoding="utf-8")
    (folder / "docs" / "lessons").mkdir()
    for element in (path.stem for path in SCRIPTS if "-" in path.stem):
        text = f'# A page\n\n<figure class="widget">\n<{element}>\n<p>Words instead.</p>\n</{element}>\n</figure>\n'
        (folder / "docs" / "lessons" / f"{element}.md").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--no-directory-urls"],
        cwd=folder,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return folder / "site"


# The arithmetic, in the browser and in PyTorch

COMPUTE = """
    settings => settings.map(({kind, X, K, options}) => {
        const {convSize, transposedSize, conv2d, pool2d, terms, flip} = convolutions;
        if (kind === "transposed") return [transposedSize(X.length, options), transposedSize(X[0].length, options)];
        if (kind !== "conv") return pool2d(X, {mode: kind, ...options});
        const Y = conv2d(X, K, options);
        const size = n => convSize(n, {kernel: K.length, ...options});
        if (Y.length !== size(X.length) || Y[0].length !== size(X[0].length)) throw new Error("sizes differ");
        const sum = (i, j) => terms(X, K, i, j, options).reduce((sum, term) => sum + term.pixel * term.weight, 0);
        if (Y.some((row, i) => row.some((value, j) => value !== sum(i, j)))) throw new Error("terms differ");
        return Y;
    })
"""


def test_500_random_settings_give_what_pytorch_gives(browser) -> None:
    draw = random.Random(1998)
    settings = [random_setting(draw, kind) for kind in ("conv", "max", "avg", "transposed") for _ in range(125)]
    tab = browser.new_page()
    tab.add_script_tag(path=ASSETS / "widgets" / "convolution.js")
    computed = tab.evaluate(COMPUTE, settings)
    tab.close()
    for setting, answer in zip(settings, computed, strict=True):
        assert answer == by_pytorch(**setting), setting
    # None of the rules that the settings draw from went untried.
    assert {setting["options"].get("ceil") for setting in settings} == {None, True, False}
    assert len({str(setting["options"]) for setting in settings}) > 300


def random_setting(draw: random.Random, kind: str) -> dict:
    """Kind, image, kernel and options of a layer that PyTorch accepts."""
    while True:
        kernel, stride, dilation = draw.randint(1, 5), draw.randint(1, 4), draw.randint(1, 3)
        options = {"padding": draw.randint(0, 4), "stride": stride, "dilation": dilation}
        X = integers(draw, draw.randint(1, 12), draw.randint(1, 12))
        K = integers(draw, kernel, kernel)
        if kind == "transposed":
            options["outputPadding"] = draw.randrange(max(stride, dilation))
        if kind in ("max", "avg"):
            options["ceil"] = draw.random() < 0.5
            options["padding"] = draw.randint(0, kernel // 2)
        if kind == "avg":
            del options["dilation"]
        if kind != "conv":
            options["kernel"] = kernel
        setting = {"kind": kind, "X": X, "K": K, "options": options}
        try:
            by_pytorch(**setting)
        except RuntimeError:
            continue
        return setting


def integers(draw: random.Random, rows: int, columns: int) -> list[list[int]]:
    return [[draw.randint(-9, 9) for _ in range(columns)] for _ in range(rows)]


def by_pytorch(kind: str, X: list, K: list, options: dict) -> list:
    image = torch.tensor(X, dtype=torch.float64)[None, None]
    kernel = torch.tensor(K, dtype=torch.float64)[None, None]
    names = {"kernel": "kernel_size", "ceil": "ceil_mode", "outputPadding": "output_padding"}
    named = {names.get(name, name): value for name, value in options.items()}
    if kind == "conv":
        return F.conv2d(image, kernel, **named)[0, 0].tolist()
    if kind == "max":
        return F.max_pool2d(image, **named)[0, 0].tolist()
    if kind == "avg":
        return F.avg_pool2d(image, **named)[0, 0].tolist()
    return list(nn.ConvTranspose2d(1, 1, dtype=torch.float64, **named)(image).shape[2:])


# The ground that all widgets stand on


def test_only_pages_with_a_widget_load_its_scripts(widget_site: Path) -> None:
    for page in widget_site.rglob("*.html"):
        text = page.read_text("utf-8")
        if page.parent.name != "lessons":
            assert "assets/widgets" not in text
            continue
        loaded = [f"../assets/widgets/{name}.js" for name in ("common", "convolution", page.stem)]
        assert re.findall(r'<script defer src="([^"]+)">', text) == loaded
        assert '<link rel="stylesheet" href="../assets/widgets.css">' in text


def test_all_scripts_together_are_at_most_30_kb_gzipped() -> None:
    assert sum(len(gzip.compress(path.read_bytes())) for path in SCRIPTS) <= 30_000
