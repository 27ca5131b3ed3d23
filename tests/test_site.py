"""The site builds strictly, loads nothing from elsewhere, and no link of it leads nowhere."""

import functools
import gzip
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest

pytest.importorskip("mkdocs", reason="the packages that build the site are not installed")
import nbformat
import theme
from bs4 import BeautifulSoup, Tag
from filelock import FileLock
from nbclient import NotebookClient

from grader.notebooks import ADDRESS, FETCH, SETUP

ROOT = Path(__file__).parents[1]
HOOKS = ROOT / "docs" / "_build"


def build(project: Path, site: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)],
        cwd=project,
        # The hooks use the grader, which need not be installed to be tested.
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        encoding="utf-8",
    )


@pytest.fixture(scope="session")
def site(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The site, which processes that test side by side share. All its tutorials run only with --thorough."""
    some = {} if pytestconfig.getoption("--thorough") else {"TUTORIALS": "edges training saving"}
    place = tmp_path_factory.getbasetemp()
    folder = (place if worker_id == "master" else place.parent) / "site"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            done = build(ROOT, part := folder.with_name("unfinished"), **some)
            assert done.returncode == 0, done.stdout + done.stderr
            part.rename(folder)
    return folder


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[str, BeautifulSoup]:
    """Every page by its address below the site's root: `lessons/convolution.html`."""
    return {
        path.relative_to(site).as_posix(): BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for path in sorted(site.rglob("*.html"))
    }


# Links and weight: in Python alone


def test_every_link_and_anchor_resolves(site: Path, pages: dict[str, BeautifulSoup]) -> None:
    broken = []
    for page, soup in pages.items():
        for address in addresses(soup):
            target, anchor = urldefrag(urljoin(f"/{page}", address))
            file = unquote(target).lstrip("/")  # of a file, never of a folder: on a disk nobody looks into that
            if not (site / file).is_file():
                broken.append(f"{page}: {address}")
            elif anchor and file in pages and not pages[file].find(id=unquote(anchor)):
                broken.append(f"{page}: {address} (no such anchor)")
    assert not broken


def addresses(soup: BeautifulSoup) -> list[str]:
    """What a page links to or loads, without other hosts and data: addresses."""
    found = [tag[name] for name in ("href", "src") for tag in soup.find_all(attrs={name: True})]
    return [address for address in found if not urlsplit(address).scheme and not address.startswith("//")]


def test_style_sheets_find_their_fonts_and_pictures(site: Path) -> None:
    for sheet in [site / "assets" / "site.css", site / "assets" / "katex" / "katex.min.css"]:
        for address in re.findall(r"url\(([^)]+)\)", sheet.read_text("utf-8")):
            assert (sheet.parent / address).is_file(), f"{sheet.name}: {address}"


def test_no_page_names_another_host_in_what_it_loads(pages: dict[str, BeautifulSoup]) -> None:
    loads = "script[src], img[src], iframe[src], source[src], video[src], link[rel~=stylesheet], link[rel~=icon]"
    for page, soup in pages.items():
        for tag in soup.select(loads):
            assert not urlsplit(tag.get("src") or tag.get("href")).netloc, f"{page}: {tag}"


def test_every_page_is_at_most_60_kb_gzipped(site: Path, pages: dict[str, BeautifulSoup]) -> None:
    sizes = {page: len(gzip.compress((site / page).read_bytes())) for page in pages}
    assert {page: size for page, size in sizes.items() if size > 60_000} == {}


def test_the_figures_of_a_page_weigh_at_most_300_kb(site: Path, pages: dict[str, BeautifulSoup]) -> None:
    weights = {
        page: sum((site / page).parent.joinpath(image["src"]).stat().st_size for image in soup.select("figure > img"))
        for page, soup in pages.items()
    }
    assert weights["tutorials/edges.html"] > 0
    assert {page: weight for page, weight in weights.items() if weight > 300_000} == {}


def test_no_id_stands_twice_in_a_page(pages: dict[str, BeautifulSoup]) -> None:
    for page, soup in pages.items():
        ids = [tag["id"] for tag in soup.select("article [id]")]
        assert len(ids) == len(set(ids)), page


def test_no_formula_is_left_as_source(pages: dict[str, BeautifulSoup]) -> None:
    for page, soup in pages.items():
        assert not soup.select(".arithmatex, .katex-error"), page
    assert pages["lessons/convolution.html"].select(".katex math")


def test_every_picture_has_words(pages: dict[str, BeautifulSoup]) -> None:
    for page, soup in pages.items():
        for image in soup.select("article img"):
            assert image.get("alt"), f"{page}: {image}"
        for picture in soup.select("article figure.picture svg"):
            named = [picture.find(id=name) for name in picture["aria-labelledby"].split()]
            assert all(tag and tag.get_text(strip=True) for tag in named), page


# What stands on the pages


@pytest.mark.parametrize("stub", sorted(ROOT.glob("exercises/ex*.py")), ids=lambda path: path.stem)
def test_an_exercise_page_shows_stub_checks_and_folded_solution(stub: Path, pages: dict[str, BeautifulSoup]) -> None:
    article = pages[f"exercises/{stub.stem}.html"].article
    solution = (ROOT / "solutions" / stub.name).read_text("utf-8")
    blocks = [block.get_text().strip() for block in article.select("pre")]
    assert stub.read_text("utf-8").strip() in blocks
    assert [block.get_text().strip() for block in article.select("details:not([open]) pre")] == [solution.strip()]
    assert points(article) > 0
    assert f"exercises/{stub.stem}.html" in links(pages["exercises/index.html"], "exercises/")


def points(article: Tag) -> float:
    return float(article.find("strong", string="Together").find_parent("tr").select("td")[-1].get_text())


def links(soup: BeautifulSoup, base: str) -> set[str]:
    return {urljoin(base, tag["href"]) for tag in soup.select("article a[href]")}


def test_the_tutorial_shows_its_figures_and_outputs(site: Path, pages: dict[str, BeautifulSoup]) -> None:
    article = pages["tutorials/edges.html"].article
    figures = article.select("figure")
    assert len(figures) == 5
    for figure in figures:
        assert len(figure.img["alt"]) > 20
        assert len(figure.figcaption.get_text(strip=True)) > 20
        assert (site / "tutorials" / figure.img["src"]).stat().st_size > 1000
    outputs = " ".join(output.get_text() for output in article.select(".output"))
    assert "colour (427, 640, 3) → grey (427, 640)" in outputs
    assert "curvatures [12. 60.]" in outputs
    assert re.search(r"step 20 .* kernel \[ 0\.99\d -0\.99\d\]", outputs)


# In a browser


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The site's address on this machine, while the tests run."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.mark.parametrize("place", ["server", "disk"])
def test_no_page_asks_another_host_or_complains(
    browser, address: str, site: Path, pages: dict[str, BeautifulSoup], place: str
) -> None:
    root = address if place == "server" else f"{site.as_uri()}/"
    tab = browser.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    for page in pages if place == "server" else pages.keys() - {"404.html"}:  # which a server shows, at any address
        tab.goto(root + page, wait_until="networkidle")
    tab.close()
    assert [url for url in asked if not url.startswith((root, "data:", "blob:"))] == []
    assert complaints == []


# A browser leaves out what is far below the screen; a test wants all of it.
ALL_OF_IT = "* { content-visibility: visible !important }"


def test_no_page_is_wider_than_a_phone(browser, address: str, pages: dict[str, BeautifulSoup]) -> None:
    tab = browser.new_page(viewport={"width": 360, "height": 740})
    wide = []
    for page in pages:
        tab.goto(address + page)
        tab.add_style_tag(content=ALL_OF_IT)
        if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(page)
    tab.close()
    assert wide == []


def test_a_link_into_a_long_page_ends_at_its_heading(browser, address: str, pages: dict[str, BeautifulSoup]) -> None:
    """Also where nothing of what stands before the heading has been laid out yet."""
    page = "lessons/output-size.html"
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    parts = "[...document.querySelectorAll('article > p > *')]"
    left_out = f"{parts}.some(part => !part.checkVisibility({{contentVisibilityAuto: true}}))"
    first, *_, last = pages[page].select("article h2[id]")
    for heading in (first, last):
        tab.goto("about:blank")
        tab.goto(f"{address}{page}#{heading['id']}", wait_until="networkidle")
        assert tab.evaluate(left_out)
        top = tab.locator(f"[id='{heading['id']}']").bounding_box()["y"]
        assert 0 < top < (100 if heading is first else 844)  # below the last one there is too little to scroll so far
    tab.close()


KINDS = "index 404 lessons/convolution exercises/ex11_corr2d tutorials/edges grader/watch"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing(
    browser, address: str, pages: dict[str, BeautifulSoup], pytestconfig: pytest.Config, scheme: str, width: int
) -> None:
    """One page of each kind; with --thorough every page."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    some = {f"{page}.html" for page in KINDS.split()}
    assert some <= set(pages)
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
    found = []
    for page in pages if pytestconfig.getoption("--thorough") else sorted(some):
        tab.goto(address + page, wait_until="networkidle")
        tab.add_style_tag(content=ALL_OF_IT)
        result = axe.run(tab)
        found += [page + result.generate_report()] if result.violations_count else []
    tab.close()
    assert not found, "\n".join(found)


def test_the_script_of_the_theme_is_mended(site: Path) -> None:
    """What is mended there is found by its text, which another version of the theme may write otherwise."""
    (script,) = site.glob("assets/javascripts/bundle.*.js")
    text = script.read_text("utf-8")
    assert [mended for mended in theme.SCRIPT.values() if mended not in text] == []


def test_tables_have_their_frame_from_the_beginning(pages: dict[str, BeautifulSoup]) -> None:
    """One that the script adds moves what is already read."""
    tables = [table for soup in pages.values() for table in soup.select("table:not([class])")]
    assert len(tables) > 50
    assert all(table.parent["class"] == ["md-typeset__table"] for table in tables)


@pytest.mark.parametrize(("scheme", "other"), [("light", "dark"), ("dark", "light")])
def test_a_reader_switches_between_light_and_dark(browser, address: str, scheme: str, other: str) -> None:
    tab = browser.new_page(color_scheme=scheme)
    tab.goto(address + "lessons/convolution.html", wait_until="networkidle")
    schemes = "[getComputedStyle(document.documentElement).colorScheme, document.body.dataset.mdColorScheme]"
    looks = {"light": ["normal", "default"], "dark": ["dark", "slate"]}  # of the scroll bars, of the page
    assert tab.evaluate(schemes) == looks[scheme]
    assert tab.locator(".md-typeset__scrollwrap .md-typeset__scrollwrap").count() == 0
    tab.get_by_title("Switch to the light theme").click()
    if other == "dark":
        tab.get_by_title("Switch to the dark theme").click()
    assert tab.evaluate(schemes) == looks[other]
    tab.wait_for_function("!document.body.hasAttribute('data-md-color-switching')")
    tab.close()


def test_pages_have_nothing_that_a_validator_of_html_refuses(pages: dict[str, BeautifulSoup]) -> None:
    """What the theme and KaTeX once wrote. A whole validator needs Java; vnu.jar found nothing on these pages."""
    for address, soup in pages.items():
        ids = {tag["id"] for tag in soup.select("[id]")}
        assert [label for label in soup.select("label[for]") if label["for"] not in ids] == [], address
        refused = '[tabindex=""], [autocorrect], [type=checkbox][autocomplete], [type=hidden][autocomplete], mo mrow'
        assert soup.select(refused) == [], address
        assert [nav for nav in soup.select("nav[aria-labelledby]") if nav["aria-labelledby"] not in ids] == [], address


# What a learner types: the question of each lesson, and those of the notes that the course began with.
QUESTIONS = {
    "convolution": ["convolution", "convolution or cross-correlation"],
    "fully-connected": ["why not a fully connected net", "parameter count of a fully connected net", "shared weights"],
    "output-size": ["output size", "remainder of the division", "dilation", "ceil_mode", "receptive field", "227"],
    "layer": ["how does a layer learn its kernel", "weight gradient plus"],
    "channels": ["several channels in", "1x1"],
    "pooling": ["what does pooling keep", "max or average pooling"],
    "backward": ["gradient of the kernel", "what does a convolution do backwards"],
    "im2col": ["im2col", "why is a convolution so much faster"],
    "training": ["training loop", "zero_grad", "learning rate too large", "activation function", "flatten view", "gpu"],
    "lenet": ["lenet", "sigmoid or relu"],
    "dropout": ["dropout"],
    "batch-norm": ["batch normalisation", "running statistics"],
    "saving": ["use a saved network again"],
    "alexnet": ["alexnet"],
    "vgg": ["vgg", "why many small kernels"],
    "nin": ["nin", "1x1 convolution"],
    "inception": ["inception", "googlenet", "bottleneck"],
    "resnet": ["why does a deeper net get worse", "skip connection"],
    "mobilenet": ["mobilenet", "depthwise separable"],
    "augmentation": ["data augmentation"],
    "transfer": ["transfer learning with few images", "freeze"],
    "looking-inside": ["see what a layer looks at", "feature maps", "tensorboard"],
    "keras": ["keras to pytorch"],
}
SEARCH_SECONDS = 10
FIRST = 4  # pages: the exercise and the tutorial of the same name may come before the lesson
FOUND = "[...new Set([...document.querySelectorAll('.md-search-result__link')].map(a => new URL(a.href).pathname))]"


def test_search_finds_each_lesson_by_the_words_of_its_question(browser, address: str, site: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    assert set(QUESTIONS) == {path.stem for path in site.glob("lessons/*.html")}
    tab = browser.new_page()
    tab.goto(address)
    field = tab.get_by_placeholder("Search")
    field.click()
    missed = []
    for lesson, questions in QUESTIONS.items():
        for question in questions:
            field.fill("")
            tab.wait_for_function(f"{FOUND}.length === 0")
            field.fill(question)
            tab.keyboard.press("End")  # a key, which the search waits for
            seen = f"{FOUND}.slice(0, {FIRST}).some(page => page.endsWith('/lessons/{lesson}.html'))"
            try:
                tab.wait_for_function(seen, timeout=SEARCH_SECONDS * 1000)
            except playwright.TimeoutError:
                missed.append((lesson, question, tab.evaluate(FOUND)[:FIRST]))
    tab.close()
    assert missed == []


def test_search_works_in_a_site_on_a_disk(browser, site: Path) -> None:
    tab = browser.new_page()
    tab.goto((site / "lessons" / "convolution.html").as_uri())
    tab.get_by_placeholder("Search").click()
    tab.keyboard.type("padding")
    tab.wait_for_function(f"{FOUND}.length > 0", timeout=SEARCH_SECONDS * 1000)
    assert all(Path(unquote(found)).is_file() for found in tab.evaluate(FOUND))
    tab.close()


# The hooks, each on a site of one page

TUTORIAL = """\
# %% [markdown]
# # A tutorial
#
# {words}

# %%
total = 1 + 1
print(total)

# %%
{code}
"""


def project(folder: Path, **files: str) -> Path:
    """A site of its own, in `folder`, with the course's hooks: `en__index="# Hello"` is docs/en/index.md."""
    folder.mkdir(exist_ok=True)
    (folder / "mkdocs.yml").write_text(
        "site_name: One page\n"
        "plugins:\n"
        "  - mkdocs-jupyter: {include: ['*.ipynb'], execute: false, cache: false}\n"
        "markdown_extensions:\n"
        "  - pymdownx.arithmatex: {generic: true}\n"
        f"hooks: ['{HOOKS / 'tutorials.py'}', '{HOOKS / 'formulas.py'}']\n",
        encoding="utf-8",
    )
    for name, text in files.items():
        project_page(folder, name, text)
    return folder


def project_page(folder: Path, name: str, text: str) -> None:
    path = folder / "docs" / name.replace("__", "/")
    path = path.with_suffix(".py" if "tutorials" in name else ".md")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_cell_that_raises_fails_the_build_and_is_named(tmp_path: Path) -> None:
    broken = TUTORIAL.format(words="Some words.", code="safe = total\ntotal / 0")
    done = build(project(tmp_path, en__tutorials__broken=broken), tmp_path / "site")
    assert done.returncode != 0
    assert "docs/en/tutorials/broken.py: code cell 2 raised ZeroDivisionError: division by zero" in done.stderr
    assert "  > total / 0" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_cell_that_ends_its_python_fails_the_build_and_its_last_words_are_kept(tmp_path: Path) -> None:
    code = 'import os\nos.write(2, b"last words")\nos._exit(3)'
    done = build(project(tmp_path, en__tutorials__broken=TUTORIAL.format(words="", code=code)), tmp_path / "site")
    assert done.returncode != 0
    assert "docs/en/tutorials/broken.py: the tutorial did not finish." in done.stderr
    assert "last words" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_cell_prints_may_come_in_pieces(tmp_path: Path) -> None:
    """A kernel sends what was printed several times a second; here, after each piece."""
    code = (
        "import sys\n"
        "write = sys.stdout.write\n"
        "sys.stdout.write = lambda text: (write(text), sys.stdout.flush())\n"
        'print("first", "second")'
    )
    done = build(project(tmp_path, en__tutorials__pieces=TUTORIAL.format(words="", code=code)), tmp_path / "site")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "site" / "en" / "tutorials" / "pieces" / "index.html").read_text("utf-8")
    outputs = BeautifulSoup(page, "html.parser").select(".output")
    assert [output.get_text(strip=True) for output in outputs] == ["2", "first second"]


def test_only_a_change_of_code_executes_a_tutorial_again(tmp_path: Path) -> None:
    runs = []
    for words, code in [("One.", "total"), ("One.", "total"), ("Two.", "total"), ("Two.", "total + 1")]:
        source = TUTORIAL.format(words=words, code=code)
        done = build(project(tmp_path, en__tutorials__small=source), tmp_path / "site")
        assert done.returncode == 0, done.stderr
        runs.append("Executing docs/en/tutorials/small.py" in done.stderr)
        text = (tmp_path / "site" / "en" / "tutorials" / "small" / "index.html").read_text("utf-8")
        assert words in text
    assert runs == [True, False, False, True]


def test_a_change_in_a_module_executes_only_the_tutorials_that_load_it(tmp_path: Path) -> None:
    """`first` loads `here` when it calls a function of a module that it imports; `second` loads neither."""
    course = tmp_path / "answers"
    course.mkdir()
    (course / "called.py").write_text("def total():\n    from answers import here\n    return here.value\n", "utf-8")
    (course / "elsewhere.py").write_text("value = 3\n", "utf-8")
    first = TUTORIAL.format(words="One.", code="from answers.called import total\ntotal()")
    second = TUTORIAL.format(words="Two.", code="from answers.elsewhere import value\nvalue")
    project(tmp_path, en__tutorials__first=first, en__tutorials__second=second)

    def executed(value: int) -> list[str]:
        (course / "here.py").write_text(f"value = {value}\n", "utf-8")
        done = build(tmp_path, tmp_path / "site")
        assert done.returncode == 0, done.stderr
        page = (tmp_path / "site" / "en" / "tutorials" / "first" / "index.html").read_text("utf-8")
        assert BeautifulSoup(page, "html.parser").select(".output")[-1].get_text(strip=True) == str(value)
        return re.findall(r"Executing docs/en/tutorials/(\w+)\.py", done.stderr)

    assert executed(value=10) == ["first", "second"]
    assert executed(value=10) == []
    assert executed(value=20) == ["first"]


def test_a_translation_with_the_same_code_executes_nothing(tmp_path: Path) -> None:
    english = TUTORIAL.format(words="One and one.", code="total")
    chinese = TUTORIAL.format(words="一加一。", code="total")
    project(tmp_path, en__tutorials__small=english, en__index="# Home", zh__index="# 首页")
    site = tmp_path / "site"
    first = build(tmp_path, site)
    assert first.returncode == 0, first.stderr
    assert "Executing docs/en/tutorials/small.py" in first.stderr
    config = tmp_path / "mkdocs.yml"
    languages = (
        "  - i18n:\n"
        "      docs_structure: folder\n"
        "      languages:\n"
        "        - {locale: en, name: English, default: true}\n"
        "        - {locale: zh, name: 中文}\n"
    )
    config.write_text(config.read_text("utf-8").replace("plugins:\n", "plugins:\n" + languages), "utf-8")
    project_page(tmp_path, "zh__tutorials__small", chinese)
    both = build(tmp_path, site)
    assert both.returncode == 0, both.stderr
    assert "Executing" not in both.stderr
    for folder, words, link in [("", "One and one.", "Download"), ("zh", "一加一。", "下载")]:
        page = BeautifulSoup((site / folder / "tutorials" / "small" / "index.html").read_text("utf-8"), "html.parser")
        assert words in page.text
        assert link in page.select_one(".download").text
        assert [output.get_text(strip=True) for output in page.select(".output")] == ["2", "2"]


def test_each_tutorial_offers_a_valid_notebook_without_outputs(site: Path, pages: dict[str, BeautifulSoup]) -> None:
    links = {page: soup.select_one(".tutorial .download a") for page, soup in pages.items() if soup.select(".tutorial")}
    assert len(links) == len(list(ROOT.glob("docs/en/tutorials/*.py")))
    for page, link in links.items():
        notebook = nbformat.read((site / page).parent / link["href"], as_version=4)
        nbformat.validate(notebook)
        assert notebook.cells[0].source == SETUP.strip()
        text = "".join(cell.source for cell in notebook.cells)
        assert (FETCH.strip() in text) == ("from solutions" in text.replace(FETCH.strip(), ""))
        assert "](figure:" not in text
        assert "](../" not in text
        assert "!!!" not in text
        assert not any(cell.get("outputs") for cell in notebook.cells)


def test_a_downloaded_notebook_fetches_the_solutions_and_runs(tmp_path: Path) -> None:
    """In an empty folder, where the grader is installed and the solutions are not."""
    code = "from solutions.ex12_output_size import conv_output_size\nconv_output_size(28, 5)"
    (tmp_path / "solutions").symlink_to(ROOT / "solutions")
    done = build(project(tmp_path, en__tutorials__small=TUTORIAL.format(words="Words.", code=code)), tmp_path / "site")
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(tmp_path / "site" / "en" / "tutorials" / "small" / "small.ipynb", as_version=4)
    assert [cell.id for cell in notebook.cells[:2]] == ["setup", "fetch"]

    course, elsewhere = tmp_path / "course", tmp_path / "elsewhere"
    shutil.copytree(ROOT / "solutions", course / "solutions")
    git = ["git", "-C", str(course), "-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "The course"]):
        subprocess.run([*git, *words], check=True)
    elsewhere.mkdir()
    (elsewhere / "grader").symlink_to(ROOT / "grader")
    hide = f"import sys\nsys.path = [place for place in sys.path if place != {str(ROOT)!r}]\n"  # as if not installed
    notebook.cells[0].source = hide + notebook.cells[0].source
    fetch = notebook.cells[1].source
    notebook.cells[1].source = fetch.replace(ADDRESS, str(course)).replace("%pip install", "# %pip install")
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(elsewhere)}}).execute()
    assert notebook.cells[-1].outputs[-1].data["text/plain"] == "24"
    assert (elsewhere / "convolutions-by-hand" / "solutions").is_dir()


def test_a_figure_that_the_words_never_show_fails_the_build(tmp_path: Path) -> None:
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    source = TUTORIAL.format(words="No figure named.", code=code)
    done = build(project(tmp_path, en__tutorials__plot=source), tmp_path / "site")
    assert done.returncode != 0
    assert "en/tutorials/plot.py: 1 figure is never shown" in done.stderr


def test_a_formula_that_katex_cannot_read_fails_the_build_and_is_named(tmp_path: Path) -> None:
    done = build(project(tmp_path, en__index="# Hello\n\nBroken: $\\frac{1}{$ here.\n"), tmp_path / "site")
    assert done.returncode != 0
    assert "en/index.md: KaTeX cannot read this formula" in done.stderr
    assert r"\frac{1}{" in done.stderr
