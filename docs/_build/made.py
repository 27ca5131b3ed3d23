"""MkDocs hook: what pages show of the solutions, made by docs/_build/make/ once for each change.

`<!-- network: vgg11 -->` in a page becomes the network's table, layer by layer; `<!-- lenet: accuracy -->` the share
of the test digits that the LeNet of <draw-digit> reads rightly. What widgets load lies in assets/widgets/data/.
"""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from html import escape
from pathlib import Path
from typing import Any

import cache
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

log = get_plugin_logger("made")

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(__file__).parent / "make"

# What each script's output depends on: its own source, these files of ours, these packages.
DEPENDS_ON = {
    "networks": (["solutions/*.py", "benchmarks/networks.py"], ["torch"]),
    "lenet": (["solutions/ex23_training.py", "solutions/ex24_lenet.py", "grader/data.py"], ["torch", "mlxtend"]),
    "photo": ([], ["scikit-learn", "pillow"]),
}

TITLES = {
    "keras": "The Keras net",
    "lenet": "LeNet",
    "alexnet": "AlexNet",
    "vgg11": "VGG-11",
    "nin": "NiN",
    "googlenet": "GoogLeNet",
    "resnet18": "ResNet-18",
    "mobilenet": "MobileNet",
}
# What the tables say in another language than English, by the English words.
WORDS: dict[str, dict[str, str]] = {"en": {}}


def made(name: str) -> bytes:
    """What docs/_build/make/<name>.py prints, from the cache where nothing that matters has changed."""
    return cache.kept(ROOT, "made", digest(name), lambda: run(SCRIPTS / f"{name}.py"))


def digest(name: str) -> str:
    """A hash of everything that a script's output depends on."""
    patterns, packages = DEPENDS_ON[name]
    sources = [SCRIPTS / f"{name}.py", *(path for pattern in patterns for path in sorted(ROOT.glob(pattern)))]
    depends_on = [path.read_bytes() for path in sources]
    depends_on += [f"{package} {importlib.metadata.version(package)}".encode() for package in packages]
    return cache.digest(*depends_on)


def run(script: Path) -> bytes:
    """The script's output. It has a process of its own, since importing torch takes longer than a build."""
    log.info(f"Running {script.relative_to(ROOT)}")
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, str(script)], cwd=ROOT, env=environment, capture_output=True)
    if done.returncode:
        raise PluginError(f"docs/_build/make/{script.name} did not finish.\n\n{done.stderr.decode()}")
    return done.stdout


@event_priority(-200)  # after static-i18n, which would look for these files under docs/
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what widgets load."""
    for name in ("lenet", "photo"):
        files.append(File.generated(config, f"assets/widgets/data/{name}.js", content=data_script(name)))
    return files


def data_script(name: str) -> bytes:
    """A script, since a page that is opened from a folder may fetch nothing else."""
    return f"widgets.data.{name} = ".encode() + made(name) + b";\n"


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fill in what a page asks for in a comment."""

    def fill(found: re.Match[str]) -> str:
        networks = json.loads(made("networks"))
        if found[1] not in TITLES:
            raise PluginError(f"{page.file.src_uri}: no network {found[1]}. There are: {', '.join(TITLES)}.")
        return network_table(TITLES[found[1]], networks[found[1]], WORDS.get(config.theme["language"], {}))

    if "<!-- lenet: accuracy -->" in markdown:
        lenet = json.loads(made("lenet"))
        markdown = markdown.replace("<!-- lenet: accuracy -->", f"{lenet['right'] / lenet['tested']:.1%}".replace("%", " %"))
    return re.sub(r"<!-- network: (\S+) -->", fill, markdown)


# The tables of the networks


def network_table(title: str, network: dict[str, Any], words: dict[str, str]) -> str:
    """A network layer by layer, folded; each block is a group of rows."""

    def say(english: str) -> str:
        return words.get(english, english)

    heads = "".join(f'<th scope="col">{say(head)}</th>' for head in ("layer", "output", "parameters"))
    heads += f'<th scope="col">{say("multiply–<wbr>accumulates")}</th>'
    first = row(say("image"), {"output": network["input"], "parameters": "", "macs": ""})
    groups, blocks = [[first]], 0
    for part in network["parts"]:
        if "layers" in part:
            blocks += 1
            head = row(f"{part['block'] or say('block')} {blocks}", part, "block")
            groups.append([head, *(row(describe(layer, say), layer, "inner") for layer in part["layers"])])
        else:
            groups.append([row(describe(part, say), part)])
    together = row(say("together"), {**network, "output": []})
    return "\n".join(
        [
            '<details class="network">',
            f"<summary>{title}, {say('layer by layer')}</summary>",
            f"<table><thead><tr>{heads}</tr></thead>",
            *(f"<tbody>{''.join(group)}</tbody>" for group in groups),
            f"<tfoot>{together}</tfoot></table>",
            "</details>",
        ]
    )


def row(name: str, part: dict[str, Any], kind: str = "") -> str:
    """One row; the head of a block speaks for the rows below it."""
    attributes = f' class="{kind}"' if kind else ""
    scope = "rowgroup" if kind == "block" else "row"
    output = " × ".join(f"{side:,}" if side >= 10_000 else str(side) for side in part["output"])
    numbers = [number if number == "" else f"{number:,}" for number in (part["parameters"], part["macs"])]
    cells = "".join(f"<td>{cell}</td>" for cell in [output, *numbers])
    return f'<tr{attributes}><th scope="{scope}">{name}</th>{cells}</tr>'


def describe(layer: dict[str, Any], say: Any) -> str:
    """`convolution 3 × 3, stride 2, padding 1, ReLU`, behind the path in its block where that has a name."""
    name = say(layer["kind"])
    if "kernel" in layer:
        name += f" {layer['kernel']} × {layer['kernel']}"
        usual = layer["kernel"] if "pooling" in layer["kind"] else 1
        name += f", {say('stride')} {layer['stride']}" if layer["stride"] != usual else ""
        name += f", {say('padding')} {layer['padding']}" if layer["padding"] else ""
    words = ", ".join([name, *map(say, layer["then"])])
    return escape(" · ".join([*layer["path"], words]))
