"""A report: a page that needs nothing else, and its figures as PNG."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from string import Template

from lstmkit.tasks.report.drawing import NARROW, WIDE
from lstmkit.tasks.report.picture import save_png, to_svg
from lstmkit.tasks.report.section import Section


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a report says.

    Attributes:
        title: Heading.
        headline: The answer, in a sentence.
        scores: The table of scores, in HTML.
        facts: What the run was, in a few words each.
        sections: The figures.
        settings: Every setting of the run.
        notices: What was done about the data, in sentences.
        again: Commands that repeat the run.
    """

    title: str
    headline: str
    scores: str
    facts: Mapping[str, str]
    sections: Sequence[Section]
    settings: Mapping[str, object]
    notices: Sequence[str]
    again: Sequence[str]


def write_page(folder: Path, page: Page, name: str = "report.html") -> Path:
    """Writes a page and figures/*.png.

    The page holds its figures as SVG, in a wide and a narrow drawing that take the colours of the
    page (light, dark or paper), and asks for nothing from elsewhere.

    Args:
        folder: Folder of the run; made where it is missing.
        page: What to say.
        name: Name of the page.

    Returns:
        Path of the page.
    """
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    figures = [_figure(section, folder / "figures") for section in page.sections]
    template = files("lstmkit.tasks.report").joinpath("page.html").read_text(encoding="utf-8")
    text = Template(template).substitute(
        title=_text(page.title),
        headline=_text(page.headline),
        scores=page.scores,
        facts=_facts(page.facts),
        figures="\n".join(figures),
        settings=_settings(page.settings),
        notices=_notices(page.notices),
        again=_again(page.again),
        version=_text(_version()),
    )
    path = folder / name
    path.write_text(text, encoding="utf-8")
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


def _facts(facts: Mapping[str, str]) -> str:
    """A short list of what the run was."""
    items = (
        f"<div><dt>{_text(key)}</dt><dd>{_text(value)}</dd></div>" for key, value in facts.items()
    )
    return f"<dl class=facts>{''.join(items)}</dl>"


def counted(number: int, what: str) -> str:
    """A number with what it counts, in the plural where there are several."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def duration(seconds: float) -> str:
    """A time for people."""
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
