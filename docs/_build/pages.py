"""MkDocs hook: fills the navigation and the exercise pages from the folders, so that files alone add an exercise."""

import re
from pathlib import Path
from typing import Any

from grader.course import read_exercise
from grader.model import Check, CourseError
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority, get_plugin_logger
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

log = get_plugin_logger("pages")

LESSONS_FIRST = 3  # times as much as another page that fits as well


@event_priority(100)  # before static-i18n takes the navigation over
def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Let a navigation entry be a glob, `exercises/ex1*.md`; one that matches nothing is left out."""
    config.nav = expand(config.nav or [], Path(config.docs_dir) / "en")
    return config


def expand(entry: Any, folder: Path) -> Any:
    """Replace globs by the pages that they match, at any depth of the navigation."""
    if isinstance(entry, list):
        return [page for item in entry for page in as_list(expand(item, folder))]
    if isinstance(entry, dict):
        filled = {title: expand(item, folder) for title, item in entry.items()}
        return [{title: item} for title, item in filled.items() if item]
    if "*" in entry:
        return [path.relative_to(folder).as_posix() for path in sorted(folder.glob(entry))]
    return entry


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put tables where a page says `<!-- checks -->` or `<!-- exercises -->`; let the search name lessons first."""
    if "/lessons/" in page.file.src_uri:
        page.meta.setdefault("search", {"boost": LESSONS_FIRST})
    root = Path(config.config_file_path).parent
    if "<!-- checks -->" in markdown:
        markdown = markdown.replace("<!-- checks -->", checks_table(page.file.name, root))
    if "<!-- exercises -->" in markdown:
        markdown = markdown.replace("<!-- exercises -->", exercises_table(page, root, files))
    return markdown


def checks_table(stem: str, root: Path) -> str:
    checks = checks_of(stem, root)
    rows = [f"| {check.title} | {check.points:g} |" for check in checks]
    total = sum(check.points for check in checks)
    return "\n".join(["| Check | Points |", "|---|---:|", *rows, f"| **Together** | **{total:g}** |"])


def exercises_table(page: Page, root: Path, files: Files) -> str:
    rows = []
    for file in sorted(files.documentation_pages(), key=lambda file: file.src_uri):
        if re.fullmatch(r"ex\d\d_\w+", file.name):
            checks = checks_of(file.name, root)
            link = f"[{first_heading(file.content_string)}]({relative(file.src_uri, page.file.src_uri)})"
            rows.append(f"| {link} | {len(checks)} | {sum(check.points for check in checks):g} |")
    return "\n".join(["| Exercise | Checks | Points |", "|---|---:|---:|", *rows])


def first_heading(markdown: str) -> str:
    match = re.search(r"^# (.+)$", markdown, re.MULTILINE)
    return match[1] if match else ""


def relative(target: str, page: str) -> str:
    """The path from one page's source to another's, both below docs/."""
    return "../" * (page.count("/") - 1) + target.split("/", 1)[1]


def checks_of(stem: str, root: Path) -> tuple[Check, ...]:
    """Titles and points of an exercise's checks, read without running them."""
    source = root / "grader" / "checks" / f"test_{stem}.py"
    if not source.exists():
        log.warning(f"{stem} has a page, but grader/checks/{source.name} does not exist")
        return ()
    try:
        return read_exercise(source).checks
    except CourseError as error:
        raise PluginError(str(error)) from None
