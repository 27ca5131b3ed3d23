"""What the tests share: the course, one nursery and one browser for the whole session, and a way to grade a source."""

import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from grader.course import DEFAULT_SECONDS, load_course
from grader.data import default_folder, load
from grader.discover import parse
from grader.model import Answer, Exercise, ExerciseGrade, Options
from grader.run import grade_answer
from grader.sandbox.isolation import Fork, Spawn

ROOT = Path(__file__).parent.parent
STEMS = [exercise.name for exercise in load_course()]
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge"]
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

GradeSource = Callable[..., ExerciseGrade]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="run every attack and every mistake: an hour on two cores")
    parser.addoption("--seed", type=int, default=20_260, help="what the checks draw from")


def pytest_configure(config: pytest.Config) -> None:
    """The processor and Ctrl-C as they are for the grader."""
    # A shell that runs the tests in the background has Ctrl-C ignored, also in all that they start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    torch.set_num_threads(1)  # as the grader computes: workers side by side of two threads each crawl


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests marked `thorough`, unless they are asked for; begin with the site, which takes longest."""
    items.sort(key=lambda item: item.path.name != "test_site.py")
    if not config.getoption("--thorough"):
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def sample(exercise: Exercise, number: int, quick: int) -> list[pytest.MarkDecorator]:
    """Marks for the `number`-th of many answers: `quick` run always, or a few more where no large net is graded."""
    large = max(check.seconds for check in exercise.checks) > DEFAULT_SECONDS
    return [pytest.mark.thorough] if number >= (quick if large else 4 * quick) else []


@pytest.fixture(scope="session", autouse=True)
def nothing_is_remembered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every command that a test starts grades afresh: where verdicts would be kept stands a file."""
    digits = default_folder() / "digits.npz"
    load("digits")  # so that they are there
    folder = tmp_path_factory.mktemp("cache") / "convolutions-by-hand"
    folder.mkdir()
    (folder / "verdicts").touch()
    if digits.exists():
        shutil.copy(digits, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder.parent))
        yield


@pytest.fixture(scope="session")
def course() -> dict[str, Exercise]:
    return {exercise.name: exercise for exercise in load_course()}


@pytest.fixture(scope="session")
def isolation() -> Iterator[Fork]:
    probes = sorted({probe for exercise in load_course() for probe in exercise.probes})
    fork = Fork(probes)
    yield fork
    fork.close()


@pytest.fixture(scope="session")
def browser() -> Iterator["playwright.sync_api.Browser"]:  # noqa: F821  (imported only where it is installed)
    """An installed Chromium, else Playwright's own."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")
    installed = next(filter(None, map(shutil.which, BROWSERS)), None)
    with api.sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=installed, args=QUIET)
        except api.Error as error:
            pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed, and Playwright says: {error}")
        yield chromium
        chromium.close()


def drag_finger(tab: "playwright.sync_api.Page", corners: Sequence[tuple[float, float]]) -> None:  # noqa: F821
    """Draw a finger over a page that has been opened in Chromium, from corner to corner."""
    touch = tab.context.new_cdp_session(tab)
    for number, (x, y) in enumerate(corners):
        kind = "touchMove" if number else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()


@pytest.fixture(scope="session")
def options(request: pytest.FixtureRequest) -> Options:
    seed = request.config.getoption("--seed")
    return Options(device="cpu", data="digits", data_folder=None, seed=seed, isolation="fork", jobs=1)


@pytest.fixture(scope="session")
def grade_source(course: dict[str, Exercise], isolation: Fork, options: Options) -> GradeSource:
    """Grade source code (text or bytes) as the answer to an exercise; `seconds` replaces the deadlines."""

    def grade(
        stem: str,
        source: str | bytes,
        siblings: dict[str, bytes] | None = None,
        seconds: float | None = None,
        isolation: Fork | Spawn = isolation,
    ) -> ExerciseGrade:
        content = source.encode() if isinstance(source, str) else source
        parse(content)
        exercise = course[stem]
        if seconds is not None:
            exercise = replace(exercise, checks=tuple(replace(one, seconds=seconds) for one in exercise.checks))
        answer = Answer(exercise, f"exercises/{stem}.py", {**(siblings or {}), stem: content})
        return grade_answer(answer, options, isolation, lambda answer, check: None)[0]

    return grade
