"""The page of a run is whole, needs nothing from elsewhere, and cannot be broken by names."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lstmkit.tasks.report import write_report
from lstmkit.tasks.report.run import Run

MakeRun = Callable[..., Run]

HOSTILE = "</svg><script>alert(1)</script>\"' onload=x $\\frac{1}{0}$ $title --> \x00 日本"
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """Reads a page, and fails where a tag is closed that is not the last one open."""

    def __init__(self, text: str) -> None:
        """Reads all of `text`."""
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens a tag."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps a tag without content."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Closes the last open tag."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keeps the words."""
        self.words += data

    def values(self, name: str) -> list[str]:
        """Every value of the attribute `name`."""
        return [attributes[name] or "" for _, attributes in self.tags if name in attributes]


def written(folder: Path, run: Run) -> Page:
    page = Page(write_report(folder, run).read_text(encoding="utf-8"))
    assert page.open == []
    return page


@pytest.fixture(scope="module")
def plain(made_up_run: MakeRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report.html of a run with nothing unusual, in a folder of its own."""
    return write_report(tmp_path_factory.mktemp("runs") / "made" / "up", made_up_run())


@pytest.fixture(scope="module")
def page(plain: Path) -> Page:
    """The page of `plain`, read."""
    return Page(plain.read_text(encoding="utf-8"))


@pytest.fixture
def _no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves figures out as files, for tests that read the page alone."""
    monkeypatch.setattr("lstmkit.tasks.report.page.save_png", lambda _, path: path.touch())


@pytest.fixture
def _no_figures(_no_pictures: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves them out of the page too, for tests that read its words alone."""
    monkeypatch.setattr("lstmkit.tasks.report.page.to_svg", lambda *_: "<svg></svg>")


def test_the_run_folder_holds_the_page_and_every_figure(plain: Path, page: Page) -> None:
    names = ["calibration", "data", "forecasts", "loss", "steps"]
    assert sorted(path.stem for path in (plain.parent / "figures").glob("*.png")) == names
    assert sorted(tag["id"] for name, tag in page.tags if name == "section") == names


def test_every_tag_of_the_page_is_closed(page: Page) -> None:
    assert page.open == []


def test_the_page_opens_with_the_answer(page: Page) -> None:
    answer = "The forecast's error is 50% lower than that of the best baseline, naive"
    places = [page.words.index(part) for part in (answer, "MASE", "Data and split", "Settings")]
    assert places == sorted(places)


def test_the_page_asks_for_nothing_from_elsewhere(plain: Path, page: Page) -> None:
    text = plain.read_text(encoding="utf-8")
    assert not re.search(r"https?:|//\w|@import|url\((?!#)", text)
    assert not {"script", "link", "img", "iframe", "object"} & {name for name, _ in page.tags}
    references = page.values("href") + page.values("xlink:href") + page.values("src")
    assert all(reference.startswith("#") for reference in references)
    assert len(text) < 400_000


def test_every_reference_has_one_place_to_go(page: Page) -> None:
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    wanted = {reference[1:] for reference in page.values("xlink:href")}
    wanted |= {reference[5:-1] for reference in page.values("clip-path")}
    assert wanted
    assert wanted <= set(ids)


def test_every_figure_is_drawn_wide_and_narrow_and_told_in_words(page: Page) -> None:
    figures = [tag for _, tag in page.tags if tag.get("role") == "img"]
    assert [tag["class"] for tag in figures] == ["wide", "narrow"] * 5
    assert all(len(tag["aria-label"] or "") > 30 for tag in figures)
    assert sum(name == "svg" for name, _ in page.tags) == len(figures)


def test_the_same_run_gives_the_same_page(
    made_up_run: MakeRun, plain: Path, tmp_path: Path
) -> None:
    assert write_report(tmp_path, made_up_run()).read_bytes() == plain.read_bytes()


@pytest.mark.usefixtures("_no_pictures")
def test_hostile_names_stay_text(made_up_run: MakeRun, tmp_path: Path) -> None:
    run = made_up_run(targets=(HOSTILE,), series=(HOSTILE, HOSTILE + "2"))
    run["title"] = HOSTILE
    run["settings"] = {HOSTILE: HOSTILE}
    run["notices"] = [HOSTILE]
    run["again"] = [HOSTILE]
    run["frequency"] = HOSTILE
    run["metrics"]["overall"][HOSTILE] = {"mae": 3.0, HOSTILE: 1.0}
    run["metrics"]["by_step"][HOSTILE] = {"mae": [1.0] * 6}
    page = written(tmp_path, run)
    assert "script" not in {name for name, _ in page.tags}
    assert page.values("onload") == []
    assert "\x00" not in page.words
    assert page.words.count("<script>alert(1)</script>") > 5
    assert "$title" in page.words


@pytest.mark.usefixtures("_no_pictures")
@pytest.mark.parametrize(
    "unusual",
    [
        {"stride": 500, "dated": False},
        {"horizon": 1, "quantiles": (0.5, 0.9)},
        {"targets": tuple("abcdefg"), "series": ("one", "two"), "quantiles": (0.1, 0.9)},
    ],
    ids=str,
)
def test_unusual_runs_are_reported_too(
    made_up_run: MakeRun, tmp_path: Path, unusual: dict[str, object]
) -> None:
    written(tmp_path, made_up_run(**unusual))


@pytest.mark.usefixtures("_no_figures")
def test_without_truth_the_page_says_so_and_scores_nothing(
    made_up_run: MakeRun, tmp_path: Path
) -> None:
    page = written(tmp_path, made_up_run(truth=False))
    assert "no truth to compare with" in page.words
    assert "lower is better" not in page.words
    assert not (tmp_path / "figures" / "calibration.png").exists()
    assert not (tmp_path / "figures" / "steps.png").exists()


@pytest.mark.usefixtures("_no_figures")
def test_a_median_alone_promises_no_bands(made_up_run: MakeRun, tmp_path: Path) -> None:
    page = written(tmp_path, made_up_run(quantiles=(0.5,)))
    assert "bands" not in page.words
    assert not (tmp_path / "figures" / "calibration.png").exists()


@pytest.mark.usefixtures("_no_figures")
def test_several_targets_are_judged_by_a_relative_error(
    made_up_run: MakeRun, page: Page, tmp_path: Path
) -> None:
    assert "MAE 0.5 against 1" in page.words
    assert "MASE 0.4 against 0.9" in written(tmp_path, made_up_run(targets=("a", "b"))).words


@pytest.mark.usefixtures("_no_figures")
def test_settings_notices_and_commands_are_told(made_up_run: MakeRun, tmp_path: Path) -> None:
    run = made_up_run()
    run["settings"] = {"hidden_size": 64}
    run["notices"] = ["3 values were missing."]
    run["again"] = ["lstmkit train forecast sales.csv"]
    run["history"] = {**run["history"], "train_loss": [], "valid_loss": [], "seconds": []}
    words = written(tmp_path, run).words
    assert all(part in words for part in ("hidden_size", "64", *run["notices"], *run["again"]))
    assert not (tmp_path / "figures" / "loss.png").exists()
