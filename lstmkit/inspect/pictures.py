"""Pictures by matplotlib of what was found inside a model."""

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lstmkit.errors import SettingsError, nearest
from lstmkit.inspect.axis import Axis
from lstmkit.inspect.flow import Flow
from lstmkit.inspect.inspection import Section
from lstmkit.inspect.saturation import Range, ranges
from lstmkit.inspect.span import Span

LINES = ("#0a6ab0", "#c44d00", "#007a5a", "#a04a7d", "#806000", "#1b2733")
STYLE: dict[Any, Any] = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9,
    "font.size": 8,
    "legend.frameon": False,
    "text.parse_math": False,
}
WIDTH = 7.6
# so many labels of steps stand beside one another, and so many letters fit
LABELS, LETTERS = 7, 110


@matplotlib.rc_context(STYLE)
def trace_picture(section: Section, quantities: Sequence[str] | None = None) -> Figure:
    """Draws quantities of a layer over time, a row a unit, units that do alike together.

    Args:
        section: A layer of an inspection.
        quantities: Which to draw, from top to bottom; None draws all.

    Returns:
        A figure; `figure.savefig("gates.png")` writes it.

    Raises:
        SettingsError: A quantity that the cell does not have.
    """
    known = list(section.trace.values)
    for name in quantities or ():
        if name not in known:
            raise SettingsError(
                f"trace_picture: expected quantities among {', '.join(known)}, got {name!r}."
                f"{nearest(name, known)}"
            )
    names = list(quantities or known)
    above = 1 if section.axis.series else 0
    heights = [0.7] * above + [1.0] * len(names)
    figure, axes = _panels(len(heights), 1, height=0.4 + 1.25 * sum(heights), ratios=heights)
    if above:
        for color, (name, values) in zip(LINES, section.axis.series.items(), strict=False):
            axes[0].plot(values, color=color, linewidth=1, label=name)
        axes[0].legend(loc="upper left", ncols=4)
        axes[0].set_title(section.trace.name)
    bounds = ranges(section.trace.cell)
    for panel, name in zip(axes[above:], names, strict=True):
        _heat(panel, section, name, bounds.get(name))
    for panel in axes:
        panel.set_xlim(-0.5, section.steps - 0.5)
        panel.tick_params(labelbottom=panel is axes[-1])
        _label_steps(panel, section.axis, section.steps)
    return figure


def _heat(panel: Axes, section: Section, name: str, bounds: Range | None) -> None:
    values = section.trace.values[name][section.row, : section.steps].double().cpu().numpy()
    units = list(section.order.units)
    shown = values[:, units] if values.shape[1] == len(units) else values
    gate = bounds == (0.0, 1.0)
    reach = 1.0 if bounds else float(np.abs(values).max(initial=0.0)) or 1.0
    image = panel.imshow(
        shown.T,
        aspect="auto",
        interpolation="nearest",
        cmap="Blues" if gate else "RdBu_r",
        vmin=0.0 if gate else -reach,
        vmax=1.0 if gate else reach,
    )
    panel.set_ylabel(name, rotation=0, labelpad=10, fontweight="bold")
    panel.set_yticks([])
    assert panel.figure is not None
    panel.figure.colorbar(image, ax=panel, pad=0.01, aspect=12)


def _label_steps(panel: Axes, axis: Axis, steps: int) -> None:
    if axis.labels is None:
        return
    widest = max(map(len, axis.labels[:steps]), default=1)
    room = min(LABELS, max(1, LETTERS // (widest + 2)))
    places = range(steps) if axis.text else range(0, steps, max(1, -(-steps // room)))
    panel.set_xticks(list(places), [axis.labels[place] for place in places])


@matplotlib.rc_context(STYLE)
def flow_picture(flows: Sequence[Flow]) -> Figure:
    """Draws the norm of the gradient by lag, on a logarithmic scale, a panel a layer.

    Where error enters on the way, what entered at the end alone is dashed beside it.
    """
    figure, axes = _panels(-(-len(flows) // 2), min(2, len(flows)))
    for panel, flow in zip(axes, flows, strict=False):
        for color, (state, norms) in zip(LINES, flow.norms.items(), strict=False):
            factor = flow.factor(state)
            told = "" if np.isnan(factor) else f", × {factor:.3f} a step"
            several = state in flow.entered_on_the_way
            _line(panel, norms, color, state if several else state + told)
            if several:
                _line(panel, flow.signal[state], color, f"{state}, of the end alone{told}", "--")
        _by_lag(panel, flow.name, max(map(len, flow.norms.values())))
    return figure


@matplotlib.rc_context(STYLE)
def span_picture(spans: Sequence[Span]) -> Figure:
    """Draws how much an input changes the outcome by lag, a panel a stack."""
    figure, axes = _panels(-(-len(spans) // 2), min(2, len(spans)))
    for panel, span in zip(axes, spans, strict=False):
        gradient = np.where(span.gradient > 0, span.gradient, np.nan)
        changes = np.where(span.perturbation > 0, span.perturbation, np.nan)
        panel.plot(gradient, color=LINES[0], label="by gradient")
        panel.plot(span.lags, changes, "--", color=LINES[1], label="by exchange")
        _by_lag(panel, span.name, len(gradient))
    return figure


def _line(panel: Axes, values: np.ndarray, color: str, label: str, style: str = "-") -> None:
    known = np.where(values > 0, values, np.nan)
    marker = "." if np.isfinite(known).sum() < 3 else ""
    panel.plot(known, style, color=color, label=label, marker=marker)


def _by_lag(panel: Axes, title: str, lags: int) -> None:
    panel.set(yscale="log", title=title, xlabel="steps before the end")
    panel.set_xlim(-0.02 * lags, 1.02 * lags - 1)
    panel.legend(frameon=True, framealpha=0.85, edgecolor="none")


@matplotlib.rc_context(STYLE)
def saturation_picture(section: Section) -> Figure:
    """Draws for each gate a dot a unit: the share of time it is shut against the share open.

    As in Karpathy, Johnson and Li (2015), figure 3.
    """
    gates = [one for one in section.saturation if one.is_gate]
    figure, axes = _panels(1, max(1, len(gates)), height=2.7)
    for panel, gate in zip(axes, gates, strict=False):
        panel.plot([0, 1], [1, 0], color="#dde3e9", linewidth=0.8)
        panel.scatter(gate.shut, gate.open, s=14, alpha=0.5, color=LINES[0], linewidths=0)
        panel.set(
            title=f"{section.trace.name}, {gate.name}",
            xlabel="share of time shut",
            ylabel="share of time open",
            xlim=(-0.03, 1.03),
            ylim=(-0.03, 1.03),
            aspect="equal",
        )
    return figure


def _panels(
    rows: int, columns: int, *, height: float | None = None, ratios: Sequence[float] | None = None
) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(WIDTH, height or 2.6 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, columns, squeeze=False, height_ratios=ratios)
    return figure, list(grid.flat)
