"""Inside the demo's model: its gates over two days, its memory, and the page in a browser."""

import importlib.util
import tempfile
from collections.abc import Iterator
from pathlib import Path

from matplotlib.figure import Figure

from lstmkit.data.datasets import nyc_taxi_path
from lstmkit.inspect import Inspection, span_picture, trace_picture
from lstmkit.tasks import Forecaster, inspect_forecaster

ROOT = Path(__file__).parents[2]
BROWSER = ROOT / "tests" / "inspect" / "browser.py"
FIRST = """(() => {
  const box = document.querySelector('.plot > canvas').getBoundingClientRect();
  return [box.left, box.top, box.width, box.height];
})()"""


def pictures() -> Iterator[tuple[str, Figure]]:
    """The figures of docs/inspect.md; the page is photographed where there is a browser."""
    model = Forecaster(horizon=48).fit(nyc_taxi_path(), "value", time="timestamp")
    found = inspect_forecaster(model, nyc_taxi_path())
    print("\n".join(found.remarks()))
    print(found.table())
    yield "inspect-gates.png", trace_picture(found.sections[0], ["i", "f", "o", "c"])
    yield "inspect-span.png", span_picture(found.spans)
    photograph(found, ROOT / "docs" / "images" / "inspect-page.png")


def photograph(found: Inspection, picture: Path) -> None:
    """Opens the page, chooses a unit of the first layer and writes what is to be seen."""
    spec = importlib.util.spec_from_file_location("browser", BROWSER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if module.BROWSER is None:
        print("no chromium here: the picture of the page stays as it is")
        return
    with tempfile.TemporaryDirectory() as folder:
        page = found.write(Path(folder) / "page.html")
        with module.Browser(Path(folder) / "browser", (1180, 1120)) as browser:
            browser.open(page)
            left, top, width, height = browser.run(FIRST)
            browser.click(left + 0.6 * width, top + 0.4 * height)
            browser.screenshot(picture)
    print(picture)
