"""MkDocs hook: what the theme's pages lack to be valid HTML, and to be understood by those who hear them.

Each mend says what is wrong with the page as the theme writes it; a theme that has mended it itself is left alone.
"""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.pages import Page

SECTION = re.compile(
    r'(<nav class="md-nav" data-md-level="\d" )aria-labelledby="[^"]+"([^>]*>\s*'
    r'<label class="md-nav__title"[^>]*>\s*<span[^>]*></span>\s*)([^<]*?)(\s*</label>)'
)
TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
SEARCH = {"zh": "搜索"}


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    return mend(output, config)


def on_post_template(output_content: str, template_name: str, config: MkDocsConfig) -> str:
    """The page for addresses that do not exist."""
    return mend(output_content, config) if template_name.endswith(".html") else output_content


def mend(page: str, config: MkDocsConfig) -> str:
    """The page, valid and with names for its parts."""
    # The search is a dialog without a name.
    name = SEARCH.get(config.theme["language"], "Search")
    page = page.replace('role="dialog">', f'role="dialog" aria-label="{name}">', 1)
    # A section with a page of its own is named by a label that has no words.
    page = SECTION.sub(r'\1aria-label="\3"\2\3\4', page)
    # The heading of the contents is a label for a switch that an index page does not have.
    if 'id="__toc"' not in page:
        page = page.replace(' for="__toc"', "")
    # The page can be painted before its script has come.
    page = re.sub(r'<script (src="[^"]*/bundle\.)', r"<script defer \1", page)
    # A wide table scrolls in a frame, also by the keyboard. The script would move the tables of a page that is shown.
    page = TABLE.sub(r'<div class="md-typeset__scrollwrap" tabindex="0"><div class="md-typeset__table">\g<0></div></div>', page)
    # Attributes that are empty, that no such field has, or that only one browser knows.
    page = page.replace(' tabindex=""', "").replace(' autocorrect="off"', "")
    return re.sub(r'(<input [^>]*type="(?:checkbox|radio|hidden)"[^>]*) autocomplete="off"', r"\1", page)


# What the theme's script does to a page: as it is written, and as it should be. Each change that concerns the whole page
# makes a phone compute the style of all of it again.
SCRIPT = {
    # The button that copies code stands in a landmark of its own without a name.
    '"nav",{class:"md-code__nav"}': '"div",{class:"md-code__nav"}',
    # Tables have their frame already, see above.
    '"table:not([class])"': '":not(.md-typeset__table)>table:not([class])"',
    # No transitions while the reader switches between light and dark: not at the start, where nothing is switched.
    'document.body.setAttribute("data-md-color-switching",""),': (
        'navigator.userActivation?.hasBeenActive&&document.body.setAttribute("data-md-color-switching",""),'
    ),
    # Dark scroll bars on a dark page: site.css says so too, and at once.
    '{name:"color-scheme"});document.head.appendChild(o);': '{name:"color-scheme"});',
}


WORKER = Path(__file__).with_name("worker.js")


@event_priority(-100)
def on_post_build(config: MkDocsConfig) -> None:
    """Mend the theme's script, and let the search work in a site that is opened as a file."""
    for script in Path(config.site_dir, "assets", "javascripts").glob("bundle.*.js"):
        text = script.read_text("utf-8")
        for before, after in SCRIPT.items():
            text = text.replace(before, after)
        worker = WORKER.read_text("utf-8")
        script.write_text(worker + text.removeprefix(worker), "utf-8")
    index = Path(config.site_dir, "search", "search_index.json")
    if index.exists():  # a file may not read another one, but it may load a script
        index.with_suffix(".js").write_text(f"var __index = {index.read_text('utf-8')}", "utf-8")
