"""The report of a forecasting run."""

from pathlib import Path

from lstmkit.tasks.report.drawing import short
from lstmkit.tasks.report.page import Page, counted, duration, write_page
from lstmkit.tasks.report.run import Run
from lstmkit.tasks.report.sections import sections
from lstmkit.tasks.report.verdict import headline, score_table


def write_report(folder: Path, run: Run) -> Path:
    """Writes report.html and figures/*.png of a forecasting run.

    Args:
        folder: Folder of the run; made where it is missing.
        run: What to tell.

    Returns:
        Path of report.html.
    """
    # sizes of different targets or series do not add up, so a relative error decides there
    alone = len(run["targets"]) == 1 and len(run["series"]) == 1
    order = ("mae", "mase") if alone else ("mase", "mae")
    page = Page(
        title=run["title"],
        headline=headline(run["metrics"]["overall"], order),
        scores=score_table(run["metrics"]["overall"]),
        facts=_facts(run),
        sections=sections(run),
        settings=run["settings"],
        notices=run["notices"],
        again=run.get("again", ()),
    )
    return write_page(folder, page)


def _facts(run: Run) -> dict[str, str]:
    split, history, frame = run["split"], run["history"], run["frame"]
    rows = [split["train_end"], split["valid_end"] - split["train_end"]]
    rows.append(split["test_end"] - split["valid_end"])
    horizon = frame["step"].n_unique()
    step = f" of {run['frequency']}" if run["frequency"] else ""
    return {
        "Target": ", ".join(short(target) for target in run["targets"]),
        "Series": f"{len(run['series']):,}",
        "Rows to train / validate / test": " / ".join(f"{count:,}" for count in rows),
        "Horizon": f"{counted(horizon, 'step')}{step}",
        "Test forecasts": counted(frame["origin"].n_unique(), "origin"),
        "Training": f"{counted(len(history['train_loss']), 'epoch')} in "
        f"{duration(sum(history['seconds']))}",
    }
