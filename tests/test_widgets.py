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

from benchmarks.networks import NETWORKS, multiply_accumulates
from tests.conftest import drag_finger

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


@pytest.fixture
def tab(browser, widget_site: Path):
    """A page from the disk: `tab.open("sliding-kernel")`. It must not complain, nor ask another host for anything."""
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(5_000)
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.open = lambda element, state="": page.goto(f"{(widget_site / 'lessons').as_uri()}/{element}.html{state}")
    yield page
    context.close()
    assert complaints == []
    assert {url for url in asked if not url.startswith(widget_site.as_uri())} == set()


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


# The sliding kernel


def test_the_sliding_kernel_begins_with_the_lessons_numbers(tab) -> None:
    tab.open("sliding-kernel")
    assert numbers(tab, "Result") == [[19, 25], [37, 43]]
    assert answer(tab) == "Row 1, column 1: 0 · 0 + 1 · 1 + 3 · 2 + 4 · 3 = 19"


def test_steps_and_arrow_keys_move_the_window(tab) -> None:
    tab.open("sliding-kernel")
    press(tab, "Step")
    assert window(tab) == [(0, 1), (0, 2), (1, 1), (1, 2)]
    press(tab, "Step")
    assert answer(tab) == "Row 2, column 1: 3 · 0 + 4 · 1 + 6 · 2 + 7 · 3 = 37"
    press(tab, "Back")
    assert answer(tab).endswith("= 25")
    tab.get_by_role("gridcell").first.locator("span").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        tab.keyboard.press(key)
    assert answer(tab).endswith("= 43")
    assert tab.get_by_role("button", name="Step").is_disabled()


def test_pointing_and_dragging_move_the_window(tab) -> None:
    tab.open("sliding-kernel")
    tab.get_by_role("gridcell").nth(1).hover()
    assert answer(tab).endswith("= 25")
    start = tab.get_by_label("Image, row 1, column 2").bounding_box()
    end = tab.get_by_label("Image, row 2, column 1").bounding_box()
    tab.mouse.move(start["x"] + 9, start["y"] + 9)
    tab.mouse.down()
    tab.mouse.move(end["x"] + 9, end["y"] + 9, steps=5)
    tab.mouse.up()
    assert answer(tab).endswith("= 37")


def test_a_finger_takes_the_window_along(tab) -> None:
    tab.open("sliding-kernel")
    boxes = [tab.get_by_label(f"Image, row {row}, column {column}").bounding_box() for row, column in [(1, 2), (2, 1)]]
    drag_finger(tab, [(box["x"] + 9, box["y"] + 9) for box in boxes])
    assert answer(tab).endswith("= 37")
    assert tab.evaluate("scrollY") == 0


def test_a_typed_number_changes_the_result_and_a_word_is_answered(tab) -> None:
    tab.open("sliding-kernel")
    cell = tab.get_by_label("Kernel, row 1, column 1")
    cell.fill("-1/2")
    tab.get_by_label("Image, row 1, column 1").fill("4")
    assert answer(tab) == "Row 1, column 1: 4 · (−0.5) + 1 · 1 + 3 · 2 + 4 · 3 = 17"
    assert tab.get_by_role("combobox", name="Kernel", exact=True).input_value() == "own"
    cell.fill("two")
    assert cell.get_attribute("aria-invalid") == "true"
    assert "A number, please" in tab.locator("sliding-kernel").inner_text()
    assert numbers(tab, "Result")[0][0] == 17


def test_playing_walks_to_the_end_and_stops(tab) -> None:
    tab.clock.install()
    tab.open("sliding-kernel")
    press(tab, "Play")
    tab.clock.run_for(1500)
    assert answer(tab).endswith("= 37")
    assert tab.locator(".later").count() == 1
    tab.clock.run_for(3000)
    assert answer(tab).endswith("= 43")
    assert tab.locator(".later").count() == 0
    assert tab.get_by_role("button", name="Play").is_visible()


def test_a_kernel_that_fits_nowhere_is_explained(tab) -> None:
    tab.open("sliding-kernel")
    tab.get_by_label("Kernel size").fill("4")
    words = tab.locator("sliding-kernel").inner_text()
    assert "The kernel spans 4 pixels, but the image with its padding has only 3." in words
    assert numbers(tab, "Result") == []
    tab.get_by_label("Padding").fill("1")
    assert "spans" not in tab.locator("sliding-kernel").inner_text()
    assert numbers(tab, "Result") == [[0, 3], [9, 19]]


def test_the_three_things_that_the_lesson_says_to_try(tab) -> None:
    tab.open("sliding-kernel")
    image, kernel = (tab.get_by_role("combobox", name=name, exact=True) for name in ("Image", "Kernel"))
    image.select_option("step")
    kernel.select_option("vertical")
    assert [row[0] == row[-1] == 0 != row[1] for row in numbers(tab, "Result")] == [True] * 4
    image.select_option("pixel")
    kernel.select_option("corner")
    assert numbers(tab, "Result") == [[9, 8, 7], [6, 5, 4], [3, 2, 1]]
    tab.get_by_label("Turn the kernel").check()
    assert numbers(tab, "Result") == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    image.select_option("square")
    kernel.select_option("blur")
    assert numbers(tab, "Result")[0] == [1, 2, 2, 1]


@pytest.mark.parametrize("kernel", ["identity", "blur", "sharpen", "vertical", "corner"])
def test_the_copied_lines_give_the_result_that_is_shown(tab, kernel: str) -> None:
    tab.open("sliding-kernel")
    tab.get_by_role("combobox", name="Image", exact=True).select_option("diagonal")
    tab.get_by_role("combobox", name="Kernel", exact=True).select_option(kernel)
    for label, number in {"Padding": "2", "Stride": "2", "Dilation": "2"}.items():
        tab.get_by_label(label).fill(number)
    for turned in (False, True):
        tab.get_by_label("Turn the kernel").set_checked(turned)
        names: dict = {}
        exec(copied(tab), names)
        shown = numbers(tab, "Result")
        assert len(shown) == 3
        torch.testing.assert_close(names["Y"], torch.tensor(shown), atol=0.0051, rtol=0)
    assert (kernel != "corner") or not torch.equal(names["K"], names["K"].flip(0, 1))


def numbers(tab, name: str) -> list[list[float]]:
    """The numbers in a table of the sliding kernel."""
    rows = tab.locator(f"table:has(caption:text-matches('^{name}')) tr").all()
    return [[float(cell.replace("−", "-")) for cell in row.locator("span").all_inner_texts()] for row in rows]


def window(tab) -> list[tuple[int, int]]:
    cells = tab.locator("[data-name=image] td.on").all()
    return [(int(cell.get_attribute("data-row")), int(cell.get_attribute("data-column"))) for cell in cells]


def answer(tab) -> str:
    return tab.locator(".widget-answer").inner_text()


def press(tab, name: str) -> None:
    tab.get_by_role("button", name=name, exact=True).click()


def copied(tab) -> str:
    """What the copy button puts on the clipboard."""
    tab.locator("details").evaluate("details => details.open = true")
    press(tab, "Copy")
    tab.get_by_role("button", name="Copied").wait_for()
    text = tab.evaluate("navigator.clipboard.readText()")
    assert text == tab.locator(".widget-code code").inner_text()
    return text


# The size calculator

NETS = {
    "lenet": "lenet",
    "alexnet": "alexnet",
    "vgg": "vgg11",
    "nin": "nin",
    "googlenet": "googlenet",
    "resnet": "resnet18",
    "mobilenet": "mobilenet",
    "keras": "keras",
}


def test_each_preset_has_shapes_parameters_and_work_of_the_solution(tab) -> None:
    tab.open("size-calculator")
    for preset, name in NETS.items():
        tab.get_by_role("combobox", name="Net").select_option(preset)
        size = int(tab.get_by_role("spinbutton", name="Height").input_value())
        with torch.device("meta"):
            net = NETWORKS[name].build()
            work = multiply_accumulates(net, size)
            layers = shapes(net, torch.zeros(1, 1, size, size))
        assert [row[1] for row in table_of(tab)] == layers, preset
        assert together(tab)[1:3] == [f"{sum(p.numel() for p in net.parameters()):,}", f"{work:,}"], preset


LAYERS = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.Flatten, nn.Linear)


def shapes(net: nn.Module, X: torch.Tensor) -> list[str]:
    """The output of each layer and each block of the net, as the calculator writes it: 6 × 28 × 28."""
    found: list[str] = []

    def note(module: nn.Module, _: object, Y: torch.Tensor) -> None:
        found.append(" × ".join(map(str, Y.shape[1:])))

    def listen(module: nn.Module) -> None:
        for child in module.children():
            if isinstance(child, LAYERS) or type(child).__name__ in ("Residual", "Inception"):
                child.register_forward_hook(note)
            else:
                listen(child)

    listen(net)
    net.eval()(X)
    return found


EVERYTHING = (
    "2x17x20/conv6k3psame-relu/up4k4s3p1o1-norm/maxk3s2p1c/avgk3s2c/conv6k3d2g2-norm/flatten/linear7-drop/linear3"
)


def test_the_copied_sequential_runs_and_gives_what_is_shown(tab, capsys: pytest.CaptureFixture[str]) -> None:
    for state in ["", f"#sizes={EVERYTHING}"]:
        tab.goto("about:blank")
        tab.open("size-calculator", state)
        presets = ["lenet", "alexnet", "googlenet", "resnet", "mobilenet", "back"] if not state else ["own"]
        for preset in presets:
            tab.get_by_role("combobox", name="Net").select_option(preset)
            names: dict = {}
            with torch.device("meta"):
                exec(copied(tab), names)
            shown = together(tab)
            assert capsys.readouterr().out == f"torch.Size([2, {shown[0].replace(' ×', ',')}])\n"
            assert shown[1] == f"{sum(p.numel() for p in names['net'].parameters()):,}"


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_random_chains_are_impossible_where_pytorch_refuses(tab) -> None:
    draw = random.Random(2012)
    nets, expected, broken = [], [], 0
    for _ in range(300):
        X = torch.zeros(1, 2, draw.randint(1, 30), draw.randint(1, 30))
        texts, sizes = ["x".join(map(str, X.shape[1:]))], []
        while len(sizes) < 3 and "" not in sizes:
            text, layer = random_layer(draw, X.shape[1])
            texts.append(text)
            try:
                X = layer()(X)
                if X.numel() == 0:  # a transposed convolution that leaves nothing; PyTorch does not mind
                    raise ValueError
                sizes.append(" × ".join(map(str, X.shape[1:])))
            except (RuntimeError, ValueError):
                sizes.append("")
                broken += 1
        nets.append("/".join(texts))
        expected.append(sizes)
    tab.open("size-calculator")
    shown = tab.evaluate(
        """nets => nets.map(net => {
            history.replaceState(null, "", "#sizes=" + net);
            dispatchEvent(new HashChangeEvent("hashchange"));
            return [...document.querySelectorAll("tbody tr")].map(row => row.children[1].textContent);
        })""",
        nets,
    )
    assert dict(zip(nets, shown, strict=True)) == dict(zip(nets, expected, strict=True))
    assert 50 < broken < 250


def random_layer(draw: random.Random, channels: int):
    """The text of a layer, and what makes it in PyTorch."""
    kind = draw.choice(["conv", "conv", "same", "up", "max", "avg"])
    k, s, p, d = draw.randint(1, 5), draw.randint(1, 3), draw.randint(0, 3), draw.randint(1, 2)
    out, g, o, ceil = draw.choice([2, 4, 6]), draw.choice([1, 1, 2]), draw.randint(0, 2), draw.random() < 0.5
    if kind == "conv":
        return f"conv{out}k{k}s{s}p{p}d{d}g{g}", lambda: nn.Conv2d(channels, out, k, s, p, d, g)
    if kind == "same":
        return f"conv{out}k{k}s{s}psamed{d}", lambda: nn.Conv2d(channels, out, k, s, "same", d)
    if kind == "up":
        return f"up{out}k{k}s{s}p{p}d{d}o{o}", lambda: nn.ConvTranspose2d(channels, out, k, s, p, o, dilation=d)
    if kind == "max":
        return f"maxk{k}s{s}p{p}d{d}{'c' * ceil}", lambda: nn.MaxPool2d(k, s, p, d, ceil_mode=ceil)
    return f"avgk{k}s{s}p{p}{'c' * ceil}", lambda: nn.AvgPool2d(k, s, p, ceil)


def test_a_row_shows_the_formula_with_its_numbers(tab) -> None:
    net = "1x224x227/conv96k11s4p2/maxk3s2/conv8k3d2/up4k3s2p1o1/conv2k3psame/maxk2s3c/flatten"
    tab.open("size-calculator", f"#sizes={net}")
    assert [row[0].split("\n")[1] for row in table_of(tab)] == [
        "⌊(224 + 2·2 − 11) / 4⌋ + 1 = ⌊54.25⌋ + 1 = 55; ⌊(227 + 2·2 − 11) / 4⌋ + 1 = 56"
        " · never read at the end: rows 1, columns 0 (only padding)",
        "⌊(55 + 2·0 − 3) / 2⌋ + 1 = 27; ⌊(56 + 2·0 − 3) / 2⌋ + 1 = ⌊26.5⌋ + 1 = 27"
        " · never read at the end: rows 0, columns 1",
        "⌊(27 + 2·0 − 2·(3 − 1) − 1) / 1⌋ + 1 = 23",
        "(23 − 1)·2 − 2·1 + 1·(3 − 1) + 1 + 1 = 46",
        "stays 46",
        "⌈(46 + 2·0 − 2) / 3⌉ + 1 = ⌈14.67⌉ + 1 = 16",
        "2·16·16 = 512",
    ]


@pytest.mark.parametrize(
    ("net", "sentence"),
    [
        ("1x4x4/conv2k3/conv2k3", "The kernel spans 3 pixels, but the image with its padding has only 2."),
        ("1x9x9/conv2k3d5/flatten", "The kernel spans 11 pixels, but the image with its padding has only 9."),
        ("1x9x9/linear2", "Put flatten before it"),
        ("1x9x9/flatten/conv2k3", "After flatten there is none"),
        ("1x9x9/maxk3p2", "The padding may be at most half the window: 1."),
        ("3x9x9/conv6k3g2", "2 groups must divide both the 3 channels before and the 6 after."),
        ("3x9x9/conv6k3s2psame", "PyTorch refuses both together."),
        ("3x9x9/up6k3s2o2", "The output padding must be smaller than the stride or the dilation."),
        ("3x1x1/up6k1p1", "padding cuts away more than there is."),
        ("1x9x9/conv2k99", "The address names a net that this page cannot read."),
        ("1x9x9/quantum", "The address names a net that this page cannot read."),
    ],
)
def test_what_cannot_be_is_explained_in_a_sentence(tab, net: str, sentence: str) -> None:
    tab.open("size-calculator", f"#sizes={net}")
    assert sentence in tab.locator(".widget-complaint:not(:empty)").inner_text()


def test_with_keys_alone_a_layer_is_changed_added_moved_and_removed(tab) -> None:
    tab.open("size-calculator")
    key = tab.keyboard.press
    tab.get_by_role("button", name="convolution 6").focus()
    key("Enter")
    for _ in range(3):  # kind, outputs, kernel
        key("Tab")
    key("ArrowDown")
    assert table_of(tab)[0][0].startswith("convolution 6, 4×4, padding 2 → sigmoid")
    assert together(tab)[0] == "10"
    tab.get_by_role("button", name="Add a layer below").focus()
    key("Enter")
    assert table_of(tab)[1][0].startswith("convolution 8, 3×3")
    assert tab.evaluate("document.activeElement.tagName") == "SELECT"
    tab.get_by_role("button", name="average pooling").first.focus()
    key("Enter")
    tab.get_by_role("button", name="Move up").focus()
    key("Enter")
    assert [row[0].split()[0] for row in table_of(tab)][:3] == ["convolution", "average", "convolution"]
    tab.get_by_role("button", name="Remove").focus()
    key("Enter")
    assert len(table_of(tab)) == 8


def test_the_address_brings_a_net_back(tab) -> None:
    tab.open("size-calculator")
    tab.get_by_role("combobox", name="Net").select_option("resnet")
    tab.get_by_role("spinbutton", name="Width").fill("64")
    tab.get_by_role("button", name="residual block 128, stride 2").click()
    tab.get_by_role("spinbutton", name="Outputs").fill("100")
    tab.wait_for_url("**#sizes=1x96x64/conv64k7s2p3-norm/maxk3s2p1/residual64/residual64/residual100s2/residual128/**")
    kept, address = table_of(tab), tab.url
    tab.goto("about:blank")
    tab.goto(address)
    assert table_of(tab) == kept
    tab.goto("about:blank")
    tab.open("size-calculator", f"#sizes={EVERYTHING}")
    tab.get_by_role("spinbutton", name="Width").fill("21")
    tab.wait_for_url(f"**{EVERYTHING.replace('x20', 'x21')}")


def test_a_field_answers_a_wrong_number_and_keeps_the_last_right_one(tab) -> None:
    tab.open("size-calculator")
    before = table_of(tab)
    tab.get_by_role("spinbutton", name="Height").fill("0")
    assert "A whole number from 1 to 4096, please." in tab.locator("size-calculator").inner_text()
    assert table_of(tab) == before


def table_of(tab) -> list[list[str]]:
    """The rows of the calculator, cell by cell."""
    return tab.locator("tbody").evaluate(
        "body => [...body.querySelectorAll('tr:not(.widget-editor)')]"
        ".map(row => [...row.children].map(cell => [...cell.childNodes].map(part => part.textContent).join('\\n')))"
    )


def together(tab) -> list[str]:
    return tab.locator("tfoot td").all_inner_texts()


# The receptive field


def test_the_receptive_field_follows_keys_and_pointer(tab) -> None:
    tab.open("receptive-field")
    assert answer(tab) == "Number 3 of layer 2 sees 5 pixels, from 3 to 7."
    tab.get_by_role("slider", name="Layer 2").focus()
    tab.keyboard.press("ArrowRight")
    assert answer(tab) == "Number 4 of layer 2 sees 5 pixels, from 4 to 8."
    assert seen(tab) == [4, 5, 6, 7, 8]
    assert tab.get_by_role("slider", name="Layer 2").get_attribute("aria-valuetext") == answer(tab)
    tab.keyboard.press("Home")
    assert seen(tab) == [1, 2, 3, 4, 5]
    tab.get_by_role("slider", name="Layer 1").locator("i").last.click()
    assert answer(tab) == "Number 7 of layer 1 sees 3 pixels, from 7 to 9."


def test_the_table_of_lenet_is_the_lessons(tab) -> None:
    tab.open("receptive-field")
    tab.get_by_role("combobox", name="Layers").select_option("lenet")
    fields = ["1", "1 + 4·1 = 5", "5 + 1·1 = 6", "6 + 4·2 = 14", "14 + 1·2 = 16"]
    assert [row[2:] for row in table_of(tab)] == [list(row) for row in zip(fields, "11224", strict=True)]
    tab.get_by_role("slider", name="Layer 4").focus()
    tab.keyboard.press("Home")
    sees = "Number 1 of layer 4 sees 14 pixels, from 1 to 14."
    assert answer(tab) == f"{sees} Its receptive field is 16 wide; 2 of that lie outside the image."


def test_layers_can_be_changed_added_and_removed(tab) -> None:
    tab.open("receptive-field")
    tab.get_by_text("Change the layers").click()
    tab.get_by_role("spinbutton", name="Dilation").first.fill("2")
    assert answer(tab) == "Number 2 of layer 2 sees 7 pixels, from 2 to 8."
    press(tab, "Add a layer on top")
    assert [row[1] for row in table_of(tab)] == ["9", "5", "3", "1"]
    tab.get_by_role("spinbutton", name="Kernel").last.fill("4")
    assert "Layer 3 spans 4 numbers, but the row below it has only 3" in tab.locator("receptive-field").inner_text()
    tab.get_by_role("button", name="Remove").last.click()
    assert [row[1] for row in table_of(tab)] == ["9", "5", "3"]


def test_what_is_seen_is_what_has_a_gradient(tab) -> None:
    """With weights of one, a pixel's gradient counts the paths from it to the chosen number."""
    draw = random.Random(2019)
    settings, gradients = [], []
    while len(settings) < 100:
        pixels = draw.randint(3, 32)
        layers = [
            {"kernel": draw.randint(1, 5), "stride": draw.randint(1, 3), "padding": draw.randint(0, 3), "dilation": d}
            for d in draw.choices([1, 1, 2], k=draw.randint(1, 4))
        ]
        image = torch.zeros(1, 1, pixels, requires_grad=True)
        Y = image
        try:
            for layer in layers:
                Y = F.conv1d(Y, torch.ones(1, 1, layer["kernel"]), None, *list(layer.values())[1:])
        except RuntimeError:
            continue
        cell = draw.randrange(Y.shape[2])
        Y[0, 0, cell].backward()
        settings.append({"pixels": pixels, "layers": layers, "cell": cell})
        gradients.append(image.grad[0, 0].tolist())
    tab.open("receptive-field")
    paths = tab.evaluate(
        """settings => settings.map(({pixels, layers, cell}) => {
            const element = document.querySelector("receptive-field");
            Object.assign(element, {pixels, layers, chosen: {level: layers.length, cell}}).refresh();
            const found = element.paths()[0];
            return Array.from({length: pixels}, (_, k) => found.get(k) ?? 0);
        })""",
        settings,
    )
    assert paths == gradients


def seen(tab) -> list[int]:
    """The pixels that are marked, counted from 1."""
    marks = tab.locator(".widget-cells").last.locator("i.on").all()
    return [int(mark.get_attribute("data-index")) + 1 for mark in marks]


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


def test_all_scripts_together_are_at_most_30_kb_gzipped(widget_site: Path) -> None:
    served = [widget_site / "assets" / "widgets" / path.name for path in SCRIPTS]
    assert sum(len(gzip.compress(path.read_bytes())) for path in served) <= 30_000


def test_the_site_serves_the_scripts_without_comments(widget_site: Path) -> None:
    for path in SCRIPTS:
        source = path.read_text("utf-8").splitlines()
        served = (widget_site / "assets" / "widgets" / path.name).read_text("utf-8").splitlines()
        assert source[0].startswith("/* ")
        kept = [line.strip() for line in source if not line.strip().startswith(("/*", "//"))]
        assert served == [line for line in kept if line]
