"""MkDocs hook: runs the tutorials once for each change of their code, and hands them to mkdocs-jupyter.

A tutorial is a percent-format Python file, docs/<language>/tutorials/<name>.py. jupytext reads it,
nbclient executes it, mkdocs-jupyter lays the notebook out, and MkDocs itself renders the words, with
all that other pages can do (links, formulas, admonitions). Beside each page lies its notebook, without
outputs, for those who would rather run it themselves.

TUTORIALS="edges training" in the environment runs these two only. The others are shown without what they print
and draw, for a quick look while writing, and for a quick test.

The outputs of a run are kept, with the names of the course's own modules that were loaded at its end.
A tutorial runs again when its code cells have changed, one of those modules, or a package that the
cells import. Its words do not matter, so a translation with the same code cells runs nothing.

`![what one sees](figure:photo)` in the words takes the next figure of the code cell above; the rest
of that paragraph is its caption. A plot, `figure:plot`, is inverted in the dark theme, a photo is not.
"""

import ast
import base64
import functools
import importlib.metadata
import io
import os
import platform
import posixpath
import re
import tempfile
from pathlib import Path

import cache
import jupytext
import mkdocs.utils
import nbformat
from bs4 import BeautifulSoup, Tag
from grader import notebooks
from grader.files import write_in_one_step
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert.preprocessors.coalescestreams import CoalesceStreamsPreprocessor
from nbformat import NotebookNode
from PIL import Image

log = get_plugin_logger("tutorials")

HERE = Path(__file__).parent
CELL = "<!-- code cell -->"
QUALITY = {"photo": 60, "plot": 88}  # of 100: thin lines on white show first what packing has done to them
SECONDS = 1800  # a tutorial's cell that runs longer than this is stuck, even on a busy machine

# A last cell for every run: which files of the course are loaded? The environment may lie in the course's folder.
LOADED = """\
import pathlib, sys
files = {pathlib.Path(module.__file__) for module in list(sys.modules.values()) if getattr(module, "__file__", None)}
root, packages = pathlib.Path.cwd(), pathlib.Path(sys.prefix)
own = [file.relative_to(root) for file in files if file.is_relative_to(root) and not file.is_relative_to(packages)]
sorted(file.as_posix() for file in own)  # a result comes in one piece; what is printed may come in several
"""

LAYS_OUT = "".join(importlib.metadata.version(name) for name in ("mkdocs-jupyter", "nbconvert", "pygments"))

executed: dict[str, NotebookNode] = {}  # source file → notebook with outputs, for the build that runs

# Otherwise MkDocs, and static-i18n after it, would copy a tutorial's source instead of making a page.
if ".py" not in mkdocs.utils.markdown_extensions:
    mkdocs.utils.markdown_extensions += (".py",)


@event_priority(-200)  # after static-i18n, which makes the files anew
def on_files(files: Files, config: MkDocsConfig) -> None:
    """Execute every tutorial before a page is made, and point each page at its notebook-to-be."""
    for file in files.documentation_pages():
        if file.src_uri.endswith(".py"):
            source = file.abs_src_path
            file.abs_src_path = str(cache.place(root_of(config), "notebooks", file.src_uri).with_suffix(".ipynb"))
            executed[file.abs_src_path] = execute(Path(source), root_of(config))


def root_of(config: MkDocsConfig) -> Path:
    return Path(config.config_file_path).parent


def execute(source: Path, root: Path) -> NotebookNode:
    """The tutorial as a notebook with outputs: those of an earlier run, if all that it depends on is as it was."""
    notebook = jupytext.read(source)
    for cell in notebook.cells:
        cell.metadata = {}
    notebook.metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    kept = cache.place(root, "runs", f"{fingerprint(notebook)}.ipynb")
    notebook.metadata["ran"] = recall(notebook, kept, root)
    if not notebook.metadata["ran"] and source.stem in os.environ.get("TUTORIALS", source.stem).split():
        log.info(f"Executing {source.relative_to(root)}")
        loaded = run(notebook, source.relative_to(root).as_posix(), root)
        keep(notebook, kept, {name: state(root / name) for name in loaded})
        notebook.metadata["ran"] = True
    return notebook


def recall(notebook: NotebookNode, kept: Path, root: Path) -> bool:
    """Put the outputs of an earlier run into the notebook, unless a module that it loaded has changed since."""
    if not kept.exists():
        return False
    earlier = nbformat.read(kept, as_version=4)
    if any(state(root / name) != known for name, known in earlier.metadata.modules.items()):
        return False
    for cell, ran in zip(code_cells(notebook), earlier.cells, strict=True):
        cell.outputs = ran.outputs
    return True


def keep(notebook: NotebookNode, kept: Path, modules: dict[str, str]) -> None:
    """Save what the code cells gave."""
    ran = nbformat.v4.new_notebook(cells=code_cells(notebook), metadata={"modules": modules})
    write_in_one_step(kept, nbformat.writes(ran))


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def state(path: Path) -> str:
    return cache.digest(path.read_bytes()) if path.exists() else "missing"


def fingerprint(notebook: NotebookNode) -> str:
    """A hash of the code, of the versions of what it imports, and of how figures are drawn."""
    distributions = packages_distributions()
    depends_on = [platform.python_version(), (HERE / "matplotlibrc").read_text("utf-8")]
    for name in sorted(imported(notebook)):
        depends_on += [f"{found} {importlib.metadata.version(found)}" for found in distributions.get(name, [])]
    depends_on += [cell.source for cell in code_cells(notebook)]
    return cache.digest(*map(str.encode, depends_on))


packages_distributions = functools.cache(importlib.metadata.packages_distributions)  # it reads what pip has written


def imported(notebook: NotebookNode) -> set[str]:
    """Top-level names of the modules that the code cells import."""
    names: set[str] = set()
    for cell in code_cells(notebook):
        for node in ast.walk(parse(cell.source)):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            if isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
    return names


def parse(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError:  # running the cell will say where, and better
        return ast.Module([], [])


def run(notebook: NotebookNode, name: str, root: Path) -> list[str]:
    """Execute the notebook in place, from the root of the repository, on one thread; the modules of ours it loaded."""
    notebook.cells.append(nbformat.v4.new_code_cell(LOADED))
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=SECONDS,
        allow_errors=False,
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(root)}},
    )
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "MATPLOTLIBRC": str(HERE / "matplotlibrc"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    with tempfile.TemporaryFile() as kernel_log:  # what Jupyter says of itself: its ends are not always quiet
        try:
            client.execute(env=environment, stderr=kernel_log)
        except CellExecutionError as error:
            raise PluginError(explain(notebook, name, error)) from None
        except (CellTimeoutError, DeadKernelError) as error:
            kernel_log.seek(0)
            said = kernel_log.read().decode("utf-8", "replace")
            raise PluginError(f"{name}: the tutorial did not finish. {error}\n{said}".rstrip()) from None
    loaded: list[str] = ast.literal_eval(notebook.cells.pop().outputs[-1].data["text/plain"])
    return loaded


def explain(notebook: NotebookNode, name: str, error: CellExecutionError) -> str:
    """Which cell of which file raised what, with the line marked."""
    number, cell = next(
        (number, cell)
        for number, cell in enumerate(code_cells(notebook), 1)
        if any(output.output_type == "error" for output in cell.outputs)
    )
    where = re.findall(r"Cell In\[\d+\], line (\d+)", re.sub(r"\x1b\[[\d;]*m", "", error.traceback))
    raised = int(where[0]) if where else 0
    lines = [f"  {'>' if line == raised else ' '} {text}" for line, text in enumerate(cell.source.splitlines(), 1)]
    return "\n".join(
        [f"{name}: code cell {number} raised {error.ename}: {error.evalue}", "", *lines, ""],
    )


def on_page_read_source(page: Page, config: MkDocsConfig) -> str | None:
    """The words of a tutorial, as Markdown, with a mark wherever a code cell stands."""
    notebook = executed.get(page.file.abs_src_path)
    if notebook is None:
        return None
    return "\n\n".join(cell.source if cell.cell_type == "markdown" else CELL for cell in notebook.cells)


@event_priority(-200)  # after mkdocs-jupyter has set its own page.render
def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> Page:
    """Let MkDocs render the words, then mkdocs-jupyter the notebook around them."""
    if page.file.abs_src_path in executed:
        lay_out = page.render

        def laid_out() -> bytes:
            lay_out(config, files)
            return (page.content or "").encode()

        def render(config: MkDocsConfig, files: Files) -> None:
            Page.render(page, config, files)
            words, toc, title = page.content or "", page.toc, page.title
            notebook = Path(page.file.abs_src_path)
            write_notebook(executed[page.file.abs_src_path], words, notebook)
            name = f"{cache.digest(notebook.read_bytes(), LAYS_OUT.encode())}.html"
            page.content = cache.kept(root_of(config), "pages", name, laid_out).decode()
            page.content, page.toc, page.title = tidy(page, config, files), toc, title
            files.append(File.generated(config, beside(page, download_name(page)), content=download(page)))

        page.render = render
    return page


def write_notebook(notebook: NotebookNode, words: str, path: Path) -> None:
    """Save the executed code cells with the rendered words between them, as raw HTML cells."""
    texts = [nbformat.v4.new_raw_cell(text, metadata={"raw_mimetype": "text/html"}) for text in words.split(CELL)]
    cells = [texts[0]]
    for code, text in zip(code_cells(notebook), texts[1:], strict=True):
        cells += [CoalesceStreamsPreprocessor().preprocess_cell(code, {}, 0)[0], text]  # what is printed bit by bit
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # nbformat draws them at random
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata), path)


def beside(page: Page, name: str) -> str:
    """The address of a file in the page's own folder."""
    return posixpath.join(posixpath.dirname(page.file.dest_uri), name)


def download_name(page: Page) -> str:
    return f"{Path(page.file.src_uri).stem}.ipynb"


def download(page: Page) -> str:
    """The tutorial as a notebook without outputs, which makes itself ready wherever it is opened."""
    source = executed[page.file.abs_src_path].cells
    imports_solutions = any("from solutions" in cell.source for cell in source if cell.cell_type == "code")
    cells = [nbformat.v4.new_code_cell(notebooks.SETUP.strip(), id="setup")]
    cells += [nbformat.v4.new_code_cell(notebooks.FETCH.strip(), id="fetch")] if imports_solutions else []
    for number, cell in enumerate(source, 1):
        if cell.cell_type == "code":
            cells.append(nbformat.v4.new_code_cell(cell.source, id=f"cell-{number}"))
        else:
            text = re.sub(r"!\[[^\]]*\]\(figure:\w+\)\n", "", cell.source)  # the cell above it draws the figure
            cells.append(nbformat.v4.new_markdown_cell(notebooks.words(text), id=f"cell-{number}"))
    return notebooks.written(cells)


def tidy(page: Page, config: MkDocsConfig, files: Files) -> str:
    """Words, code and outputs of mkdocs-jupyter's page, without JupyterLab's 600 KB of styles and scripts."""
    soup = BeautifulSoup(page.content or "", "html.parser")
    notebook = soup.select_one(".jp-Notebook")
    notebook.attrs = {"class": "tutorial"}
    for cell in notebook.find_all(class_="jp-CodeCell", recursive=False):
        code, outputs = cell.select_one(".highlight-ipynb"), cell.select(".jp-OutputArea-output")
        cell.clear()
        cell.attrs = {"class": "cell"}
        cell.extend([code, *outputs])
        code["class"] = "highlight"  # the theme's own colours and copy button
        inner = soup.new_tag("code")
        inner.extend(list(code.pre.contents))
        code.pre.append(inner)
        for output in outputs:
            output.attrs = {"class": "output"}
            for lines in output.select("pre"):
                lines["tabindex"] = "0"  # where they are wider than the page, the keyboard scrolls them
    place_figures(soup, notebook, page, config, files)
    offer_download(soup, notebook, page)
    return str(notebook)


def offer_download(soup: BeautifulSoup, notebook: Tag, page: Page) -> None:
    """A link to the notebook, below the title."""
    language = page.file.src_uri.split("/")[0]
    words = {"zh": "把本页下载为笔记本"}.get(language, "Download this page as a notebook")
    paragraph = soup.new_tag("p", attrs={"class": "download"})
    paragraph.append(soup.new_tag("a", attrs={"href": download_name(page), "download": ""}, string=words))
    notebook.h1.insert_after(paragraph)


def place_figures(soup: BeautifulSoup, notebook: Tag, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Move each figure to where the words name it, with its alternative text and caption."""
    waiting: list[Tag] = []
    count = 0
    for image in notebook.find_all("img"):
        if image["src"].startswith("data:"):
            waiting.append(image)
        elif image["src"].startswith("figure:"):
            if not executed[page.file.abs_src_path].metadata["ran"]:
                image.parent.extract()
                continue
            if not waiting or not image["alt"]:
                raise PluginError(f"{page.file.src_uri}: {image} has no figure above it, or no words in [ ]")
            count += 1
            kind = image["src"].removeprefix("figure:")
            figure = soup.new_tag("figure", attrs={"class": kind})
            address = beside(page, f"{Path(page.file.src_uri).stem}-{count}.webp")
            figure.append(picture(soup, waiting.pop(0), image["alt"], address, QUALITY[kind], config, files))
            paragraph = image.parent
            image.extract()
            caption = soup.new_tag("figcaption")
            caption.extend(list(paragraph.contents))
            figure.append(caption)
            paragraph.replace_with(figure)
    if waiting:
        many = "1 figure is" if len(waiting) == 1 else f"{len(waiting)} figures are"
        raise PluginError(f"{page.file.src_uri}: {many} never shown: write ![what one sees](figure:photo)")


def picture(
    soup: BeautifulSoup, drawn: Tag, alt: str, address: str, quality: int, config: MkDocsConfig, files: Files
) -> Tag:
    """Take a figure out of the page into a WebP file at the address."""
    drawn.find_parent(class_="output").extract()
    png = base64.b64decode(drawn["src"].partition("base64,")[2])
    # To pack it as closely as this takes seconds.
    name = f"{cache.digest(png)}-{quality}.webp"
    packed = cache.kept(root_of(config), "figures", name, lambda: webp(png, quality))
    files.append(File.generated(config, address, content=packed))
    image = Image.open(io.BytesIO(png))
    size = {"width": image.width // 2, "height": image.height // 2}
    return soup.new_tag("img", attrs={"src": posixpath.basename(address), "alt": alt, "loading": "lazy", **size})


def webp(png: bytes, quality: int) -> bytes:
    packed = io.BytesIO()
    Image.open(io.BytesIO(png)).save(packed, "webp", quality=quality, method=6)
    return packed.getvalue()
