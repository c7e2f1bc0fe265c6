"""How good a forecast is beside its baselines: in one sentence, and as a table."""

import html
import math
from collections.abc import Iterable, Mapping, Sequence

from lstmkit.tasks.report.drawing import BASELINES, number, short

Scores = Mapping[str, Mapping[str, float | None]]

METRICS = {
    "mae": "MAE",
    "rmse": "RMSE",
    "mase": "MASE",
    "smape": "sMAPE",
    "scaled_crps": "scaled CRPS",
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "log_loss": "log loss",
    "calibration_error": "calibration error",
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "r2": "R²",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "false_alarms": "false alarms",
    "error": "error",
    "alarms": "alarms",
}
HIGHER = frozenset({"accuracy", "macro_f1", "auroc", "auprc", "r2", "f1", "precision", "recall"})
"""Metrics of which more is better; of all others less."""


def model_of(names: Mapping[str, object]) -> str | None:
    """The first name that is no baseline's."""
    return next((name for name in names if name not in BASELINES), None)


def spoken(name: str) -> str:
    """The name of a model or baseline as it is written in a sentence."""
    return short(name.replace("_", " "))


def headline(scores: Scores, metrics: tuple[str, ...] = ("mae", "mase")) -> str:
    """Says in a sentence or two how the model compares with the best baseline.

    Args:
        scores: Value by model and metric.
        metrics: What decides; the first one that is known of the model.

    Example:
        >>> headline({"model": {"mae": 1.0}, "naive": {"mae": 2.0}})
        "The forecast's error is 50% lower than that of the best baseline, naive: MAE 1 against 2."
    """
    model = model_of(scores)
    for metric in metrics:
        errors = {name: _known(values, metric) for name, values in scores.items()}
        if model is not None and not math.isnan(errors[model]):
            break
    else:
        return "There is no truth to compare with yet, so these forecasts have no score."
    error = errors.pop(model)
    rivals = {name: value for name, value in errors.items() if not math.isnan(value)}
    if not rivals:
        return f"The forecast has {METRICS[metric]} {number(error)}; no baseline to compare with."
    best = min(rivals, key=lambda name: rivals[name])
    values = f"{METRICS[metric]} {number(error)} against {number(rivals[best])}"
    rest = f"the best baseline, {spoken(best)}: {values}."
    return _compare(error, rivals[best], rest)


def _compare(error: float, baseline: float, rest: str) -> str:
    if error == baseline or abs(error - baseline) < 0.01 * baseline:
        return f"The forecast is about as good as {rest}"
    if error < baseline:
        return f"The forecast's error is {1 - error / baseline:.0%} lower than that of {rest}"
    ratio = error / baseline if baseline > 0 else math.inf
    more = f"{ratio - 1:.0%} higher than" if ratio < 3 else f"{ratio:.0f} times"
    more = more if math.isfinite(ratio) else "higher than"
    advice = "On this data the baseline is the better choice."
    return f"The forecast's error is {more} that of {rest} {advice}"


def score_table(scores: Scores) -> str:
    """An HTML table of the model and its baselines, the best value of each metric in bold.

    Metrics that nothing is known of are left out; without any there is no table.
    """
    found = (metric for values in scores.values() for metric in values)
    metrics = [metric for metric in dict.fromkeys(found) if _any_known(scores, metric)]
    if not metrics:
        return ""
    heads = "".join(
        f"<th scope=col>{html.escape(METRICS.get(metric) or short(metric))}</th>"
        for metric in metrics
    )
    columns = {metric: [_known(values, metric) for values in scores.values()] for metric in metrics}
    model = model_of(scores)
    rows = []
    for name in sorted(scores, key=lambda name: name != model):
        cells = "".join(_cell(scores[name], metric, columns[metric]) for metric in metrics)
        mark = " class=model" if name == model else ""
        rows.append(f"<tr{mark}><th scope=row>{html.escape(spoken(name))}</th>{cells}</tr>")
    return (
        f"<div class=table><table><thead><tr><th scope=col>test part</th>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
        f"<p class=read>{_direction(metrics)}, the best of each column is bold.</p>"
    )


def _direction(metrics: Sequence[str]) -> str:
    rising = [METRICS[metric] for metric in metrics if metric in HIGHER]
    if not rising:
        return "Errors: lower is better"
    falling = [METRICS.get(metric, metric) for metric in metrics if metric not in HIGHER]
    return f"Higher is better for {', '.join(rising)}, lower for {', '.join(falling)}"


def best_of(values: Iterable[float], metric: str) -> float | None:
    """The best of the values of a metric, None without any."""
    return (max if metric in HIGHER else min)(values, default=None)


def _cell(values: Mapping[str, float | None], metric: str, column: list[float]) -> str:
    """A value with as many decimals as the smallest of its column needs for three digits."""
    value = _known(values, metric)
    if math.isnan(value):
        return "<td>\N{EN DASH}</td>"
    known = [other for other in column if not math.isnan(other)]
    smallest = min((abs(other) for other in known if other), default=1.0)
    decimals = min(max(2 - math.floor(math.log10(smallest)), 0), 6)
    text = f"{value:,.{decimals}f}"
    return f"<td><b>{text}</b></td>" if value == best_of(known, metric) else f"<td>{text}</td>"


def _known(values: Mapping[str, float | None], metric: str) -> float:
    value = values.get(metric)
    return math.nan if value is None else float(value)


def _any_known(scores: Scores, metric: str) -> bool:
    return not all(math.isnan(_known(values, metric)) for values in scores.values())
