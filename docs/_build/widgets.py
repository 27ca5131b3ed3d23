"""MkDocs hook: a page with a widget loads what the widget needs, and no other page does.

The folder is the registry. docs/assets/widgets/<name>.js defines the element <name>, whose name has a
hyphen, as the names of all custom elements do. Scripts without a hyphen are shared, and come first.
"""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Link the style sheet in the head, the scripts at the end: after the theme's, which dresses tables that it finds."""
    names = sorted(path.stem for path in Path(config.docs_dir, "assets", "widgets").glob("*.js"))
    elements = [name for name in names if "-" in name and re.search(rf"<{name}[\s>]", output)]
    if not elements:
        return output
    shared = [name for name in names if "-" not in name]
    style = get_relative_url("assets/widgets.css", page.url)
    output = output.replace("</head>", f'<link rel="stylesheet" href="{style}">\n</head>', 1)
    addresses = [get_relative_url(f"assets/widgets/{name}.js", page.url) for name in shared + elements]
    scripts = [f'<script defer src="{address}"></script>' for address in addresses]
    return "\n".join([*scripts, "</body>"]).join(output.rsplit("</body>", 1))


def on_post_build(config: MkDocsConfig) -> None:
    """Serve the scripts without their comments and indentation: those are for people who read the source."""
    for script in Path(config.site_dir, "assets", "widgets").glob("*.js"):
        script.write_text(lighter(script.read_text("utf-8")), encoding="utf-8")


def lighter(script: str) -> str:
    """Drop comments that have lines of their own, and the space that lines begin with."""
    without = re.sub(r"^\s*(?://.*|/\*(?:(?!\*/)[\s\S])*\*/)\n", "", script, flags=re.MULTILINE)
    return re.sub(r"^\s+", "", without, flags=re.MULTILINE)
