"""The HTML report is one page that stands alone, says everything, and lets nothing of a submission through as HTML."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from grader.cli import main
from grader.model import Check, CheckGrade, Exercise, ExerciseGrade, Grade, Options
from grader.pictures import Array, Arrays, Curves, Image, Images, Layer, Layers, Series
from grader.report import html
from grader.report.plots import plot
from grader.report.style import STYLE
from tests.grader.test_pictures import DIGITS, LARGE, LAYERS, PICTURES, TRAINING, WRONG

OPTIONS = Options(device="cpu", data="digits", data_folder=None, seed=42, isolation="fork", jobs=1)
VOID = {"meta", "br", "img", "rect", "path", "circle", "image", "link", "input", "hr"}


def check(title: str = "The sums are right", hints: tuple[str, ...] = ("Look at the corner.", "Look again.")) -> Check:
    return Check("test_sums", title, hints, 2, (), ("f",), 10, None)


def exercise(*grades: CheckGrade, name: str = "ex11_corr2d", **fields: object) -> ExerciseGrade:
    checks = tuple(grade.check for grade in grades)
    return ExerciseGrade(Exercise(name, Path(), checks, None, ()), f"exercises/{name}.py", grades, **fields)


def report(*exercises: ExerciseGrade, submission: str = "exercises") -> str:
    return html.page(Grade(submission, exercises, "fork (landlock, seccomp)", OPTIONS))


FAILED = CheckGrade(check(), "failed", "f(1) is 2,\nexpected 3.", "You added one too few.", pictures=tuple(PICTURES))
PASSED = CheckGrade(check("The shape is right"), "passed", pictures=(TRAINING, DIGITS))
BLOCKED = CheckGrade(check("More sums are right"), "blocked", "This check builds on another.")
TODO = CheckGrade(check(), "todo")
WHOLE = report(
    exercise(FAILED, PASSED, BLOCKED, notes=("A fine net.",), flags=("ready-made: ex11_corr2d.py, line 3: x",)),
    exercise(TODO, name="ex12_output_size"),
    exercise(CheckGrade(check(), "error"), name="ex13_conv_layer", message="exercises/ex13_conv_layer.py is empty."),
)


class Reader(HTMLParser):
    """Tags with their attributes, the text, and what was not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_everything_that_the_grade_knows_stands_on_the_page() -> None:
    text = Reader(WHOLE).text()
    for part in (
        "2 of 10 points",
        "1 failed, 1 stopped, 1 to do",
        "f(1) is 2, expected 3.",
        "It looks like this: You added one too few.",
        "Hint 1 of 2 Look at the corner. Hint 2 of 2 Look again.",
        "✔ passed The shape is right 2 of 2 points",
        "… waiting More sums are right 0 of 2 points",
        "A fine net.",
        "A look at the source: ex11_corr2d.py, line 3: x",
        "exercises/ex13_conv_layer.py is empty.",
        "explained in docs/en/exercises/ex11_corr2d.md",
        "fork (landlock, seccomp)",
        "Seed: 42",
    ):
        assert part in text, part


def test_hints_are_folded_and_only_where_something_failed() -> None:
    tags = Reader(WHOLE).tags
    assert [attributes for tag, attributes in tags if tag == "details"] == [{}, {}]


def test_the_same_message_and_the_same_mistake_are_said_once() -> None:
    first = CheckGrade(check(), "failed", "f(1) is 2, expected 1.", "You added one too few.")
    again = CheckGrade(check("Also in a loop"), "failed", first.message, first.mistake)
    other = CheckGrade(check("Other sums are right"), "failed", "f(2) is 3, expected 4.", first.mistake)
    page = report(exercise(first, again, other))
    assert page.count("f(1) is 2") == page.count("You added one too few") == page.count("The same as above.") == 1
    assert "f(2) is 3" in page
    assert page.count("Look at the corner.") == 2


def test_every_kind_of_picture_is_drawn() -> None:
    tags = Reader(plot(WRONG)).tags
    assert len([1 for tag, _ in tags if tag == "svg"]) == 5  # X, K, expected, yours, difference
    assert len([1 for tag, attributes in tags if attributes.get("class") == "differs"]) == 1
    text = Reader(plot(WRONG)).text()
    assert "yours, 2 × 2; 1 cell differs" in text
    assert "difference: 0, 0; -37, 0" in text
    assert "data:image/png;base64," in plot(LARGE)
    assert "output (1, 7) (1, 10) ← first difference" in Reader(plot(LAYERS)).text()
    assert "expected: from 60 to 1" in Reader(plot(TRAINING)).text()
    assert ("img", "4, read as 9") in [(tag, attributes.get("alt")) for tag, attributes in Reader(plot(DIGITS)).tags]


def test_odd_numbers_are_drawn_too() -> None:
    odd = Array("yours", (1, 3), (0, 0), ((float("nan"), float("inf"), -1e30),))
    zeros = Array("expected", (1, 3), (0, 0), ((0.0, 0.0, 0.0),))
    assert "nan" in plot(Arrays("", (), zeros, odd, ((0, 0), (0, 1), (0, 2))))
    assert plot(Arrays("", (), None, zeros))
    assert plot(Curves("t", "step", "loss", 1, (Series("loss", (0.0,)),)))
    assert plot(Curves("t", "step", "loss", 0, (Series("loss", ()),))) == ""
    assert Reader(plot(Images("None of 5 images is misread", ()))).text() == "None of 5 images is misread."


# It stands alone ----------------------------------------------------------------------------------


def test_nothing_is_loaded_and_no_script_can_run() -> None:
    reader = Reader(WHOLE)
    assert "http:" not in WHOLE
    assert "https:" not in WHOLE
    assert not {"script", "link", "iframe", "object", "form", "base"} & {tag for tag, _ in reader.tags}
    for tag, attributes in reader.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for name in ("src", "href", "xlink:href"):
            address = attributes.get(name) or "#"
            assert address.startswith(("#", "data:image/png;base64,")), address
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = next(one["content"] for tag, one in reader.tags if "http-equiv" in one)
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:;")


def test_it_is_ascii_so_that_every_reader_sees_the_same() -> None:
    assert WHOLE.isascii()
    assert html.fragment(exercise(FAILED)).isascii()


def test_every_link_leads_to_its_exercise_and_no_id_stands_twice() -> None:
    tags = Reader(WHOLE).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert sorted(ids) == ["ex11_corr2d", "ex13_conv_layer"]
    assert [attributes["href"] for tag, attributes in tags if tag == "a"] == [f"#{one}" for one in ids]


def test_a_fragment_brings_its_own_style_and_touches_nothing_around_it() -> None:
    fragment = html.fragment(exercise(FAILED, PASSED))
    tags = Reader(fragment).tags
    assert [tag for tag, _ in tags][:2] == ["style", "div"]
    assert not [attributes for _, attributes in tags if "id" in attributes]
    outside = re.sub(r"\{[^{}]*\}", "", re.sub(r"& [^{}]*\{[^{}]*\}", "", STYLE))
    selectors = [one.strip() for one in re.split(r"[{}]", outside) if one.strip()]
    ours = ("@media", ".grader-report", "body.grader-report", "div.grader-report")
    assert all(one.startswith(ours) for one in selectors)


# For everybody ------------------------------------------------------------------------------------


def test_headings_are_in_order_and_every_drawing_has_words() -> None:
    tags = Reader(WHOLE).tags
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for tag, attributes in tags:
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true" or (attributes["role"] == "img" and attributes["aria-label"])
        if tag == "img":
            assert attributes["alt"]
        if tag == "th":
            assert attributes["scope"] in ("col", "row")
    assert ("html", {"lang": "en"}) in tags


def luminance(colour: str) -> float:
    long = "".join(2 * digit for digit in colour) if len(colour) == 3 else colour
    parts = [value / 255 for value in bytes.fromhex(long)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_words_stand_out_from_the_paper_in_light_and_dark() -> None:
    schemes = [dict(re.findall(r"--(\w+): #(\w+)", part)) for part in STYLE.split("--paper: ")[1:]]
    papers = re.findall(r"--paper: #(\w+)", STYLE)
    assert len(papers) == 2
    for colours, paper in zip(schemes, papers, strict=True):
        colours["paper"] = paper
        for name in ("ink", "quiet", "good", "bad", "wait", "link"):
            for ground in ("paper", "soft"):
                assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground, colours)
        for name in ("one", "two"):
            assert contrast(colours[name], colours["paper"]) >= 3


@pytest.mark.parametrize("value", [-1 + step / 20 for step in range(41)])
def test_numbers_stand_out_from_their_cells(value: float) -> None:
    drawing = plot(Arrays("", (Array("X", (1, 2), (0, 0), ((value, 1.0),)),)))
    fill, ink = re.search(r'fill="#(\w+)"/><text [^>]*class="(dark|light)"', drawing).groups()
    assert contrast(fill, {"dark": "000", "light": "fff"}[ink]) >= 4.5


# Hostile text -------------------------------------------------------------------------------------

HOSTILE = (
    "</td></tr></table><script>document.title='42 / 42'</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "--><script>x</script><!--",
    "</style><script>x</script>",
    "</title><script>x</script>",
    "&lt;script&gt; &#60;b&#62;",
    "\ud800\udfff",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_submission_is_text(text: str) -> None:
    pictures = (
        Arrays(text, (Array(text, (1, 2), (0, 0), ((1.0, 2.0),)),)),
        Layers(text, (Layer(text, (1,), (2,)),), 0),
        Curves(text, text, text, 2, (Series(text, (1.0, 2.0)),), level=(text, 1.0)),
        Images(text, (Image(((0, 1), (2, 3)), text, text),)),
    )
    hostile = CheckGrade(check(text, (text,)), "failed", text, text, pictures=pictures)
    harmless = [str(tag) for tag, _ in Reader(report(filled("harmless"))).tags]
    reader = Reader(report(filled(text, hostile), submission=text))
    assert [tag for tag, _ in reader.tags] == harmless
    assert not [name for _, attributes in reader.tags for name in attributes if name.startswith("on")]
    if text.isascii():
        assert reader.words.count(text) >= 9


def filled(text: str, grade: CheckGrade | None = None) -> ExerciseGrade:
    """An exercise with this text wherever a submission can put some."""
    plain = CheckGrade(check("x", ("x",)), "failed", "x", "x", pictures=(
        Arrays("x", (Array("x", (1, 2), (0, 0), ((1.0, 2.0),)),)),
        Layers("x", (Layer("x", (1,), (2,)),), 0),
        Curves("x", "x", "x", 2, (Series("x", (1.0, 2.0)),), level=("x", 1.0)),
        Images("x", (Image(((0, 1), (2, 3)), "x", "x"),)),
    ))  # fmt: skip
    return exercise(grade or plain, notes=(text,), flags=(text,))


# The command and the browser ----------------------------------------------------------------------


def test_the_command_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "report.html"
    assert main(["exercises", "--only", "ex11*", "--html", str(file)]) == 1
    assert Reader(file.read_text("ascii")).text().count("ex11_corr2d") == 1
    assert main(["exercises", "--only", "ex11*", "--html", str(tmp_path / "no" / "report.html")]) == 2
    assert "does not exist" in capsys.readouterr().err


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_finds_nothing_to_complain_of(browser, tmp_path: Path, scheme: str) -> None:
    file = tmp_path / "report.html"
    file.write_text(WHOLE, "ascii")
    tab = browser.new_page(viewport={"width": 375, "height": 700}, color_scheme=scheme)
    complaints: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda said: complaints.append(said.text))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(file.as_uri())
    paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 29)"}[scheme]
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    hidden = "[...document.querySelectorAll('details p')].filter(one => one.getBoundingClientRect().height == 0)"
    assert tab.evaluate(f"{hidden}.length") == 0
    tab.close()
