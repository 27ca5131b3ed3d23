"""What the site shows of the solutions: the networks' tables, and the widgets that run on real data."""

import base64
import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

pytest.importorskip("mkdocs", reason="the packages that build the site are not installed")
import made
from bs4 import BeautifulSoup
from make import lenet as make_lenet
from make import networks as make_networks
from PIL import Image

from benchmarks.networks import NETWORKS, multiply_accumulates, solution
from grader.data import load
from tests.conftest import drag_finger

ROOT = Path(__file__).parents[1]
LESSONS = ROOT / "docs" / "en" / "lessons"

# The networks' tables

# Parameters and multiply–accumulates: those that tests/course and tests/lessons hold.
TOTALS = {
    "keras": (2_930, 26_208),
    "lenet": (61_706, 416_520),
    "alexnet": (58_299_082, 1_060_924_256),
    "vgg11": (128_806_154, 7_547_232_256),
    "nin": (1_992_166, 762_297_352),
    "googlenet": (5_977_530, 276_066_304),
    "resnet18": (11_178_378, 318_657_536),
    "mobilenet": (3_227_594, 45_764_608),
}


def rows(name: str) -> list[tuple[str, str, int, int, str]]:
    """Layer, output, parameters, multiply–accumulates and class of each row of a network's table, without the head."""
    table = made.network_table("Title", json.loads(made.made("networks"))[name], {})
    found = []
    for row in BeautifulSoup(table, "html.parser").select("tbody tr, tfoot tr")[1:]:
        layer, output, *numbers = [cell.get_text() for cell in row.find_all(["th", "td"])]
        parameters, macs = (int(number.replace(",", "")) for number in numbers)
        found.append((layer, output, parameters, macs, " ".join(row.get("class", []))))
    return found


@pytest.mark.parametrize("name", TOTALS)
def test_the_rows_of_a_table_add_up_to_the_net(name: str) -> None:
    *parts, (_, _, parameters, macs, _) = rows(name)
    outer = [row for row in parts if row[4] != "inner"]
    assert (sum(row[2] for row in outer), sum(row[3] for row in outer)) == (parameters, macs)
    for block, inner in blocks(parts):
        assert (sum(row[2] for row in inner), sum(row[3] for row in inner)) == block[2:4]
    with torch.device("meta"):
        net = NETWORKS[name].build()
    counted = sum(parameter.numel() for parameter in net.parameters())
    assert (parameters, macs) == (counted, multiply_accumulates(net, NETWORKS[name].full.size)) == TOTALS[name]


def blocks(parts: list[tuple]) -> Iterator[tuple[tuple, list[tuple]]]:
    for index, part in enumerate(parts):
        if part[4] == "block":
            after = parts[index + 1 :]
            end = next((k for k, row in enumerate(after) if row[4] != "inner"), len(after))
            yield part, after[:end]


def test_a_table_names_the_layers_as_the_solution_has_them() -> None:
    assert [row[:3] for row in rows("lenet")] == [
        ("convolution 5 × 5, padding 2, sigmoid", "6 × 28 × 28", 156),
        ("mean pooling 2 × 2", "6 × 14 × 14", 0),
        ("convolution 5 × 5, sigmoid", "16 × 10 × 10", 2_416),
        ("mean pooling 2 × 2", "16 × 5 × 5", 0),
        ("flatten", "400", 0),
        ("linear, sigmoid", "120", 48_120),
        ("linear, sigmoid", "84", 10_164),
        ("linear", "10", 850),
        ("together", "", 61_706),
    ]
    shortcuts = [row[0] for row in rows("resnet18") if "shortcut" in row[0]]
    assert shortcuts == ["shortcut · convolution 1 × 1, stride 2"] * 3
    assert [row[0] for row in rows("googlenet") if row[4] == "block"] == [f"Inception {n}" for n in range(1, 10)]
    assert sum("depthwise" in row[0] for row in rows("mobilenet")) == 13


def test_a_changed_net_has_another_table() -> None:
    changed = make_networks.describe(lambda: solution("ex31_alexnet").alexnet(num_classes=11), 224)
    assert changed["parameters"] == TOTALS["alexnet"][0] + 4096 + 1
    assert changed["parts"][-1]["output"] == [11]


def test_a_change_of_a_solution_makes_what_depends_on_it_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("solutions", "benchmarks", "grader"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(made, "ROOT", tmp_path)
    before = {name: made.digest(name) for name in made.DEPENDS_ON}
    with (tmp_path / "solutions" / "ex24_lenet.py").open("a") as file:
        file.write("# changed\n")
    assert [name for name in before if made.digest(name) != before[name]] == ["networks", "lenet"]


def test_every_network_has_its_table_in_one_lesson() -> None:
    asked = [name for page in LESSONS.glob("*.md") for name in re.findall(r"<!-- network: (\S+) -->", page.read_text())]
    assert sorted(asked) == sorted(made.TITLES) == sorted(TOTALS)


# In a browser: pages as a reader opens them from a folder

Open = Callable[..., "playwright.sync_api.Page"]  # noqa: F821  (imported only where it is installed)


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site's assets, with the data that the build adds."""
    folder = tmp_path_factory.mktemp("page") / "assets"
    shutil.copytree(ROOT / "docs" / "assets", folder)
    (folder / "widgets" / "data").mkdir()
    for name in ("lenet", "photo"):
        (folder / "widgets" / "data" / f"{name}.js").write_bytes(made.data_script(name))
    return folder


@pytest.fixture
def show(browser, assets: Path) -> Iterator[Open]:
    """Open a page with one widget. In the end nothing may have been said in the console, or asked of a host."""
    tab = browser.new_page(viewport={"width": 800, "height": 900})
    said: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))

    def show(element: str) -> "playwright.sync_api.Page":  # noqa: F821
        scripts = "".join(
            f'<script defer src="assets/widgets/{name}.js"></script>' for name in ("common", "convolution", element)
        )
        page = assets.parent / f"{element}.html"
        page.write_text(
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>'
            f'<link rel="stylesheet" href="assets/widgets.css">{scripts}'
            f'<div class="md-typeset"><figure class="widget"><{element}></{element}></figure></div></html>',
            encoding="utf-8",
        )
        tab.goto(page.as_uri())
        return tab

    yield show
    tab.close()
    assert said == []
    assert [address for address in asked if not address.startswith(("file:", "data:", "blob:"))] == []


# <cost-comparison>

READ_COSTS = """settings => settings.map(setting => {
    const fields = document.querySelectorAll("cost-comparison input[type=number]");
    setting.forEach((value, k) => {
        fields[k].value = value;
        fields[k].dispatchEvent(new Event("input"));
    });
    const rows = [...document.querySelectorAll("cost-comparison tbody tr")];
    return rows.map(row => [...row.querySelectorAll("td")].map(cell => cell.firstChild.textContent));
})"""


def test_200_random_layers_cost_what_pytorch_and_the_solution_count(show: Open) -> None:
    draw = random.Random(1998)
    settings = [
        [draw.randint(1, 1024), draw.randint(1, 1024), draw.randint(1, 1024), draw.randint(1, 11), draw.randint(1, 224)]
        for _ in range(200)
    ]
    shown = show("cost-comparison").evaluate(READ_COSTS, settings)
    for setting, table in zip(settings, shown, strict=True):
        assert [[int(text.replace(",", "")) for text in row] for row in table] == costs(*setting), setting


def costs(inputs: int, outputs: int, between: int, kernel: int, size: int) -> list[list[int]]:
    """Parameters, as PyTorch holds them, and multiply–accumulates, as the solution multiplies them out."""
    with torch.device("meta"):
        ways = [
            [nn.Conv2d(inputs, outputs, kernel)],
            [nn.Conv2d(inputs, between, 1), nn.Conv2d(between, outputs, kernel)],
            [nn.Conv2d(inputs, inputs, kernel, groups=inputs), nn.Conv2d(inputs, outputs, 1)],
        ]
    ex36 = solution("ex36_mobilenet")
    work = [
        ex36.conv_macs(size, size, kernel, inputs, outputs),
        ex36.conv_macs(size, size, 1, inputs, between) + ex36.conv_macs(size, size, kernel, between, outputs),
        ex36.separable_macs(size, size, kernel, inputs, outputs),
    ]
    parameters = [sum(p.numel() for layer in layers for p in layer.parameters()) for layers in ways]
    return [list(pair) for pair in zip(parameters, work, strict=True)]


def test_costs_move_with_a_slider_and_answer_a_wrong_number_in_words(show: Open) -> None:
    tab = show("cost-comparison")
    answer = tab.locator("cost-comparison .widget-answer")
    assert answer.text_content().endswith("the bottleneck does 27.8 %, the separable layer 11.3 %.")
    tab.get_by_role("slider", name="Kernel").focus()
    for _ in range(4):
        tab.keyboard.press("ArrowRight")
    field = tab.get_by_role("spinbutton", name="Kernel")
    assert field.input_value() == "7"
    assert "the separable layer 2.2 %" in answer.text_content()  # 1/512 + 1/49
    field.fill("12")
    assert tab.get_by_text("A whole number from 1 to 11, please.").is_visible()
    assert "the separable layer 2.2 %" in answer.text_content()


# <photo-bench>

PHOTO = 'document.querySelector("photo-bench")'
PIXELS = """canvas => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]
    .filter((_, k) => k % 4 === 0)"""


def bench(tab, photo_is_there: str = f"{PHOTO}.Y") -> tuple[torch.Tensor, torch.Tensor]:
    """The photograph that the bench holds, and the pixels that its result shows."""
    tab.wait_for_function(photo_is_there)
    X = torch.tensor(tab.evaluate(f"{PHOTO}.X"), dtype=torch.float64)
    height, width = tab.evaluate(f"[{PHOTO}.after.height, {PHOTO}.after.width]")
    shown = torch.tensor(tab.locator("photo-bench canvas").nth(1).evaluate(PIXELS)).reshape(height, width)
    return X, shown


def by_pytorch(X: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """The brightness, from 0 to 255, that PyTorch's convolution gives each pixel."""
    Y = F.conv2d(X[None, None], K[None, None])[0, 0]
    if abs(K.sum()) < 1e-9:
        Y = 0.5 + Y / Y.abs().max() / 2
    return (255 * Y).clamp(0, 255)


@pytest.mark.parametrize(
    ("preset", "K"),
    [
        ("vertical", [[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
        ("outline", [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
        ("sharpen", [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        ("blur", [[1 / 25] * 5] * 5),
    ],
)
def test_a_kernel_on_the_photograph_shows_what_pytorch_computes(show: Open, preset: str, K: list) -> None:
    tab = show("photo-bench")
    tab.get_by_role("combobox", name="Kernel").select_option(preset)
    X, shown = bench(tab)
    assert X.shape == (224, 336)
    assert X.std() > 0.1
    expected = by_pytorch(X, torch.tensor(K, dtype=torch.float64))
    assert (shown - expected).abs().max() <= 0.51  # a pixel is a whole number


def test_a_kernel_of_ones_own_and_a_photograph_of_ones_own(show: Open, tmp_path: Path) -> None:
    tab = show("photo-bench")
    tab.wait_for_function(f"{PHOTO}.Y")
    colours = torch.randint(0, 256, (30, 40, 3), generator=torch.Generator().manual_seed(7), dtype=torch.uint8)
    Image.fromarray(colours.numpy()).save(tmp_path / "own.png")
    tab.get_by_label("Your own photograph").set_input_files(tmp_path / "own.png")
    tab.get_by_role("spinbutton", name="Kernel size").fill("2")
    for cell, entry in enumerate(["1/4", "−0.5", "1", ".5"]):
        tab.locator("photo-bench .photo-weights input").nth(cell).fill(entry)
    X, shown = bench(tab, f"{PHOTO}.Y.length === 29")
    grey = colours.double() / 255 @ torch.tensor([0.299, 0.587, 0.114], dtype=torch.float64)
    assert (X - grey).abs().max() < 1e-9
    assert (shown - by_pytorch(X, torch.tensor([[0.25, -0.5], [1, 0.5]], dtype=torch.float64))).abs().max() <= 0.51
    assert tab.get_by_role("combobox", name="Kernel").input_value() == "own"
    assert "29 × 39 numbers" in tab.locator("photo-bench .widget-answer").text_content()


def test_what_is_no_kernel_and_no_photograph_is_answered_in_words(show: Open, tmp_path: Path) -> None:
    tab = show("photo-bench")
    tab.wait_for_function(f"{PHOTO}.Y")
    tab.get_by_label("Kernel, row 1, column 2").fill("two")
    assert tab.get_by_text("A number, please").is_visible()
    tab.get_by_label("Kernel, row 1, column 2").fill("2")
    assert not tab.get_by_text("A number, please").is_visible()
    (tmp_path / "words.txt").write_text("no picture")
    tab.get_by_label("Your own photograph").set_input_files(tmp_path / "words.txt")
    tab.get_by_text("This file is no picture").wait_for()


def test_the_photograph_is_small() -> None:
    packed = base64.b64decode(json.loads(made.made("photo")).partition(",")[2])
    assert packed[8:12] == b"WEBP"
    assert len(packed) <= 40_000


# <draw-digit>

DRAWING = 'document.querySelector("draw-digit")'


@pytest.fixture(scope="module")
def lenet() -> nn.Module:
    """LeNet in PyTorch, with the very weights that the page has."""
    net = solution("ex24_lenet").lenet().eval()
    for layer, packed in zip(net.children(), json.loads(made.made("lenet"))["layers"], strict=True):
        if "weight" in packed:
            layer.weight.data = make_lenet.unpacked(packed)
            layer.bias.data = torch.frombuffer(bytearray(base64.b64decode(packed["bias"])), dtype=torch.float32)
    return net


def test_the_net_in_the_browser_computes_what_pytorch_computes(show: Open, lenet: nn.Module) -> None:
    """Logits of 100 digits, and every map of every layer of the first ten, within 1e-3."""
    tab = show("draw-digit")
    tab.wait_for_function(f"{DRAWING}.outputs")
    images = load("digits").test_images[:100]
    read = f"images => images.map(image => {{ {DRAWING}.read(Float64Array.from(image)); return %s; }})"
    logits = tab.evaluate(read % f"[...{DRAWING}.outputs.at(-1).values]", images.flatten(1).tolist())
    maps = tab.evaluate(read % f"{DRAWING}.outputs.map(X => [...X.values])", images[:10].flatten(1).tolist())
    with torch.no_grad():
        assert (torch.tensor(logits) - lenet(images)).abs().max() < 1e-3
        X = images[:10]
        for index, layer in enumerate(lenet.children(), 1):
            X = layer(X)
            there = torch.tensor([of_image[index] for of_image in maps]).reshape(X.shape)
            assert (there - X).abs().max() < 1e-3, layer


def test_the_accuracy_on_the_page_is_that_of_the_stored_weights(lenet: nn.Module) -> None:
    stored = json.loads(made.made("lenet"))
    digits = load("digits")
    with torch.no_grad():
        right = int((lenet(digits.test_images).argmax(dim=1) == digits.test_labels).sum())
    assert (stored["right"], stored["tested"]) == (right, 1000)
    assert len(digits.train_labels) + len(digits.validation_labels) == 4000
    assert right >= 950
    assert len(made.data_script("lenet")) <= 130_000


# Strokes by their corners, on a board from 0 to 1.
STROKES = {
    0: [[(0.5, 0), (0.25, 0.1), (0.15, 0.5), (0.25, 0.9), (0.5, 1), (0.75, 0.9), (0.85, 0.5), (0.75, 0.1), (0.5, 0)]],
    1: [[(0.5, 0), (0.5, 1)]],
    2: [[(0.1, 0.2), (0.35, 0), (0.7, 0.05), (0.8, 0.3), (0.5, 0.65), (0.1, 1), (0.9, 1)]],
    3: [[(0.15, 0.05), (0.5, 0), (0.8, 0.2), (0.4, 0.48), (0.85, 0.72), (0.5, 1), (0.1, 0.92)]],
    4: [[(0.25, 0), (0.1, 0.55), (0.8, 0.55)], [(0.75, 0), (0.7, 1)]],
    5: [[(0.85, 0), (0.25, 0), (0.2, 0.42), (0.6, 0.4), (0.85, 0.7), (0.6, 1), (0.1, 0.95)]],
    6: [[(0.7, 0), (0.35, 0.3), (0.2, 0.75), (0.45, 1), (0.75, 0.8), (0.6, 0.55), (0.25, 0.7)]],
    7: [[(0.1, 0), (0.85, 0), (0.45, 1)]],
    8: [[(0.75, 0.1), (0.45, 0), (0.25, 0.2), (0.7, 0.7), (0.6, 0.98), (0.3, 0.9), (0.35, 0.6), (0.75, 0.1)]],
    9: [[(0.75, 0.15), (0.4, 0), (0.2, 0.3), (0.5, 0.45), (0.78, 0.15), (0.7, 0.6), (0.6, 1)]],
}


def drag_mouse(tab, corners: list[tuple[float, float]]) -> None:
    tab.mouse.move(*corners[0])
    tab.mouse.down()
    for corner in corners[1:]:
        tab.mouse.move(*corner)
    tab.mouse.up()


@pytest.mark.parametrize(
    ("drag", "left", "top", "size"),
    [(drag_mouse, 0.2, 0.2, 0.6), (drag_mouse, 0.05, 0.5, 0.35), (drag_finger, 0.2, 0.2, 0.6)],
    ids=["mouse", "mouse, small, in a corner", "finger"],
)
def test_drawn_digits_are_read(show: Open, drag: Callable[..., None], left: float, top: float, size: float) -> None:
    tab = show("draw-digit")
    board = tab.locator(".digit-board")
    board.wait_for()
    box = board.bounding_box()
    answers = []
    for digit in range(10):
        tab.get_by_role("button", name="Clear").click()
        for stroke in STROKES[digit]:
            corners = [
                (box["x"] + box["width"] * (left + size * x), box["y"] + box["height"] * (top + size * y))
                for x, y in stroke
            ]
            drag(tab, corners)
        answers.append(tab.locator("draw-digit .widget-answer").text_content())
    assert [answer.split(",")[0] for answer in answers] == [f"The net reads {digit}" for digit in range(10)]


def test_a_digit_drawn_with_keys_is_read_and_taken_back(show: Open) -> None:
    tab = show("draw-digit")
    tab.get_by_role("button", name="Clear").wait_for()
    tab.get_by_role("button", name="Clear").press("Enter")
    answer = tab.locator("draw-digit .widget-answer")
    assert answer.text_content().startswith("Draw a digit")
    tab.locator(".digit-board").focus()
    for _ in range(8):
        tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Space")
    for _ in range(14):
        tab.keyboard.press("Shift+ArrowDown")
    assert answer.text_content().startswith("The net reads 1")
    tab.get_by_role("button", name="Undo").press("Enter")  # cells beside each other are one stroke
    assert answer.text_content().startswith("Draw a digit")


def test_a_cell_says_how_it_was_computed(show: Open, lenet: nn.Module) -> None:
    """The second convolution's map 3, row 2, column 5, on the first test digit, reached with the keys."""
    tab = show("draw-digit")
    tab.wait_for_function(f"{DRAWING}.outputs")
    image = torch.tensor(tab.evaluate(f"[...{DRAWING}.outputs[0].values]")).reshape(1, 1, 28, 28)
    tab.get_by_label("convolution 2, sigmoid: 16 maps of 10 × 10").focus()
    for key in ["ArrowRight"] * 24 + ["ArrowDown"]:
        tab.keyboard.press(key)
    with torch.no_grad():
        total = lenet[:4](image)[0, 2, 1, 4].item()
    bias = lenet[3].bias[2].item()
    assert told(tab)[0] == (
        "Convolution 2, map 3, row 2, column 5: "
        f"150 products add up to {written(total - bias)}, the bias is {written(bias)}, together {written(total)}; "
        f"sigmoid makes it {written(torch.tensor(total).sigmoid().item())}."
    )


def test_a_cell_says_each_product_that_was_added(show: Open, lenet: nn.Module) -> None:
    """A cell at the edge, where padding is read; the largest product first, then each that the keys lead to."""
    tab = show("draw-digit")
    tab.wait_for_function(f"{DRAWING}.outputs")
    image = torch.tensor(tab.evaluate(f"[...{DRAWING}.outputs[0].values]")).reshape(28, 28)
    tab.get_by_label("convolution 1, sigmoid: 6 maps of 28 × 28").focus()
    for key in ["ArrowDown"] * 10 + ["ArrowRight"] * 13:
        tab.keyboard.press(key)
    window, weight = F.pad(image, (2, 2, 2, 2))[10:15, 13:18], lenet[0].weight[0, 0].detach()
    products = window * weight
    assert products.abs().max() > 0.01
    i, j = divmod(int(products.abs().argmax()), 5)
    assert told(tab)[1] == term(1, i, j, window[i, j], weight[i, j])
    tab.get_by_label("The products").focus()
    for key in ["ArrowUp", "ArrowLeft"] * 4:
        tab.keyboard.press(key)
    for i in range(5):
        for j in range(5):
            assert told(tab)[1] == term(1, i, j, window[i, j], weight[i, j])
            tab.keyboard.press("ArrowRight")
        for key in ["ArrowLeft"] * 4 + ["ArrowDown"]:
            tab.keyboard.press(key)
    tab.get_by_label("linear layer 1, sigmoid: 120 numbers").focus()  # its inputs are shown as they were before flatten
    with torch.no_grad():
        inputs = lenet[:6](image[None, None])[0]
        weight = lenet[7].weight[0].reshape(inputs.shape)
    assert inputs.shape == (16, 5, 5)
    c, i, j = torch.unravel_index((inputs * weight).abs().argmax(), inputs.shape)
    assert told(tab)[1] == term(int(c) + 1, int(i), int(j), inputs[c, i, j], weight[c, i, j])
    tab.get_by_label("mean pooling 1: 6 maps of 14 × 14").focus()  # no weights: its numbers stand in the sentence
    with torch.no_grad():
        four = lenet[:2](image[None, None])[0, 0, :2, :2]
    numbers = ", ".join(written(value) for value in four.flatten().tolist())
    assert told(tab)[0].endswith(f"the mean of {numbers} is {written(four.mean().item())}.")
    assert not tab.locator(".digit-terms").is_visible()


def told(tab) -> list[str]:
    """What <draw-digit> says of a cell, and of one product."""
    return [text.replace("−", "-") for text in tab.locator(".digit-told p").all_text_contents()]


def term(channel: int, i: int, j: int, value: torch.Tensor, weight: torch.Tensor) -> str:
    numbers = f"{written(value.item())} × {written(weight.item())} = {written((value * weight).item())}"
    return f"Input, map {channel}, row {i + 1}, column {j + 1}: {numbers}."


def written(value: float) -> str:
    return f"{round(value, 2) + 0:g}"
