"""The report of a forecasting run: a page that needs nothing else, and its figures as PNG."""

import html
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from string import Template

from lstmkit.tasks.report.drawing import NARROW, WIDE, short
from lstmkit.tasks.report.picture import save_png, to_svg
from lstmkit.tasks.report.run import Run
from lstmkit.tasks.report.sections import Section, sections
from lstmkit.tasks.report.verdict import headline, score_table


def write_report(folder: Path, run: Run) -> Path:
    """Writes report.html and figures/*.png.

    The page holds its figures as SVG, in a wide and a narrow drawing that take the colours of the
    page (light, dark or paper), and asks for nothing from elsewhere.

    Args:
        folder: Folder of the run; made where it is missing.
        run: What to tell.

    Returns:
        Path of report.html.
    """
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    figures = [_figure(section, folder / "figures") for section in sections(run)]
    # sizes of different targets or series do not add up, so a relative error decides there
    alone = len(run["targets"]) == 1 and len(run["series"]) == 1
    order = ("mae", "mase") if alone else ("mase", "mae")
    template = files("lstmkit.tasks.report").joinpath("page.html").read_text(encoding="utf-8")
    page = Template(template).substitute(
        title=_text(run["title"]),
        headline=_text(headline(run["metrics"]["overall"], order)),
        scores=score_table(run["metrics"]["overall"]),
        facts=_facts(run),
        figures="\n".join(figures),
        settings=_settings(run["settings"]),
        notices=_notices(run["notices"]),
        again=_again(run.get("again", ())),
        version=_text(_version()),
    )
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


def _figure(section: Section, folder: Path) -> str:
    wide = section.draw(width=WIDE)
    save_png(wide, folder / f"{section.key}.png")
    drawings = {"wide": wide, "narrow": section.draw(width=NARROW)}
    pictures = "\n".join(
        f'<div class={name} role="img" aria-label="{_text(section.alt)}">'
        f"{to_svg(figure, f'{section.key}-{name}')}</div>"
        for name, figure in drawings.items()
    )
    return (
        f"<section id={section.key}>\n<h2>{_text(section.heading)}</h2>\n"
        f"<p class=read>{_text(section.read)}</p>\n<figure>\n{pictures}\n</figure>\n</section>"
    )


def _facts(run: Run) -> str:
    """A short list of what the run was."""
    split, history, frame = run["split"], run["history"], run["frame"]
    rows = [split["train_end"], split["valid_end"] - split["train_end"]]
    rows.append(split["test_end"] - split["valid_end"])
    horizon = frame["step"].n_unique()
    step = f" of {run['frequency']}" if run["frequency"] else ""
    facts = {
        "Target": ", ".join(short(target) for target in run["targets"]),
        "Series": f"{len(run['series']):,}",
        "Rows to train / validate / test": " / ".join(f"{count:,}" for count in rows),
        "Horizon": f"{_count(horizon, 'step')}{step}",
        "Test forecasts": _count(frame["origin"].n_unique(), "origin"),
        "Training": f"{_count(len(history['train_loss']), 'epoch')} in "
        f"{_duration(sum(history['seconds']))}",
    }
    items = (
        f"<div><dt>{_text(key)}</dt><dd>{_text(value)}</dd></div>" for key, value in facts.items()
    )
    return f"<dl class=facts>{''.join(items)}</dl>"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _settings(settings: Mapping[str, object]) -> str:
    rows = "".join(
        f"<tr><th scope=row>{_text(name)}</th><td>{_text(str(value))}</td></tr>"
        for name, value in settings.items()
    )
    table = f"<table class=settings><tbody>{rows}</tbody></table>"
    return f"<h2>Settings</h2>\n<div class=table>{table}</div>"


def _notices(notices: Sequence[str]) -> str:
    if not notices:
        return ""
    items = "".join(f"<li>{_text(notice)}</li>" for notice in notices)
    return f"<h2>What was done about the data</h2>\n<ul>{items}</ul>"


def _again(commands: Sequence[str]) -> str:
    told = (
        "<p>Every setting, the seed among them, is in <code>settings.toml</code>; on the same "
        "machine the same data, settings and version give the same numbers.</p>"
    )
    return told + (f"\n<pre>{_text(chr(10).join(commands))}</pre>" if commands else "")


def _version() -> str:
    try:
        return version("lstmkit")
    except PackageNotFoundError:
        return "unreleased"


def _text(text: object) -> str:
    """Text that means nothing to a browser; what cannot be printed becomes a mark."""
    printable = (
        letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}"
        for letter in str(text)
    )
    return html.escape("".join(printable))
