"""A model seen from inside: all measurements together, as a table, in words and as a page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.errors import SettingsError, nearest
from lstmkit.inspect.axis import Axis
from lstmkit.inspect.flow import Flow, gradient_flow
from lstmkit.inspect.order import Order, sorted_units
from lstmkit.inspect.saturation import Saturation, dead_units, gate_saturation
from lstmkit.inspect.span import Span, memory_span
from lstmkit.inspect.traces import Trace, record


@dataclass(frozen=True, eq=False)
class Section:
    """One layer: what it computed, sorted and judged.

    Attributes:
        trace: Every quantity over time.
        order: Its units, those that do alike together.
        saturation: How saturated its squashed quantities are.
        dead: Units whose output never changes.
        axis: What stands along its time axis.
        row: The row of the batch to show.
    """

    trace: Trace
    order: Order
    saturation: list[Saturation]
    dead: list[int]
    axis: Axis
    row: int

    @property
    def steps(self) -> int:
        """Real steps of the row to show."""
        return int(self.trace.lengths[self.row])


@dataclass(frozen=True, eq=False)
class Inspection:
    """What was found inside a model.

    Attributes:
        title: What was looked into.
        sections: Layer by layer.
        flows: Gradient flow by layer.
        spans: Memory span by stack.
    """

    title: str
    sections: list[Section]
    flows: list[Flow]
    spans: list[Span]

    def table(self) -> pl.DataFrame:
        """Returns the numbers of each quantity of each layer, over all rows and steps.

        Returns:
            A table with layer, quantity, units, mean, std, shut and open (the mean share of time
            at the ends, null without ends), always_shut and always_open (numbers of units), and
            for h the number of dead units.
        """
        return pl.DataFrame(
            [
                {"layer": section.trace.name, "quantity": name} | _numbers(section, name)
                for section in self.sections
                for name in section.trace.values
            ],
            infer_schema_length=None,
        )

    def by_lag(self) -> pl.DataFrame:
        """Returns gradient flow and memory span, a row a lag.

        Returns:
            A table with of (the layer or stack), measure (`gradient of` a state, `influence by
            gradient` or `by exchange`), lag (steps before the end), value, and factor: what the
            value is multiplied by to the next lag back, null after a 0 and where lags are left out.
        """
        lines = [
            (flow.name, f"gradient of {state}", np.arange(len(norms)), norms)
            for flow in self.flows
            for state, norms in flow.norms.items()
        ]
        for span in self.spans:
            lags = np.arange(len(span.gradient))
            lines.append((span.name, "influence by gradient", lags, span.gradient))
            lines.append((span.name, "influence by exchange", span.lags, span.perturbation))
        return pl.concat([_line(*line) for line in lines])

    def remarks(self) -> list[str]:
        """Says what stands out, in sentences."""
        from lstmkit.inspect.remarks import remarks

        return remarks(self)

    def write(self, path: str | Path) -> Path:
        """Writes one page that needs nothing else and opens in any browser.

        Args:
            path: The HTML file.

        Returns:
            Its path.

        Raises:
            SettingsError: It cannot be written.
        """
        from lstmkit.inspect.page import write_page

        return write_page(self, Path(path))


def examine(
    module: nn.Module,
    run: Callable[[], Float[Tensor, "batch ..."]],
    *,
    loss: Callable[[Float[Tensor, "batch ..."]], Float[Tensor, ""]] | None = None,
    outcome: Callable[[Float[Tensor, "batch ..."]], Float[Tensor, "batch ..."]] | None = None,
    memory_of: nn.Module | None = None,
    axes: Mapping[str, Axis] | None = None,
    row: int = 0,
    title: str = "Inside the model",
) -> Inspection:
    """Looks into a model while it runs.

    Args:
        module: A model with one or more `LSTM` or `ConvLSTM` in it, or layers of torch.
        run: Runs the model on some input and returns what it gives, a row for each row of input.
        loss: The loss whose gradient is followed; None takes the mean square of what `run` gives.
        outcome: The part of what `run` gives whose memory is measured; None takes all. The fewer
            numbers a row, the faster.
        memory_of: The part of the model whose inputs' memory is measured; None takes all of it.
        axes: What stands along the time axis of each stack, by its path in the model.
        row: The row to show on the page; the numbers are over all rows.
        title: What the model is.

    Returns:
        The inspection.

    Raises:
        SettingsError: The run called no `LSTM` of the model or gave no tensor of finite numbers,
            there is no such row, or an axis does not fit.

    Example:
        >>> import torch
        >>> from lstmkit.nn import LSTM
        >>> layer, x = LSTM(2, 3), torch.randn(4, 9, 2)
        >>> examine(layer, lambda: layer(x)[0][:, -1]).table().height
        6
    """
    checked = partial(_checked, run)
    traces = record(module, checked)
    _check_shown(traces, axes or {}, row)
    flows = gradient_flow(module, lambda: (loss or _mean_square)(checked()))
    remembering = module if memory_of is None else memory_of
    spans = memory_span(remembering, lambda: outcome(checked()) if outcome else checked())
    sections = [_section(trace, (axes or {}).get(trace.path, Axis()), row) for trace in traces]
    return Inspection(title, sections, flows, spans)


def _checked(run: Callable[[], Tensor]) -> Tensor:
    found = run()
    if not isinstance(found, Tensor) or found.dim() == 0:
        got = "a single number" if isinstance(found, Tensor) else type(found).__name__
        raise SettingsError(
            "examine: expected a run that returns a tensor with a row for each row of input, got "
            f"{got}. Return the outputs alone, as in lambda: layer(x)[0]."
        )
    if found.isnan().any():
        raise SettingsError(
            f"examine: expected numbers from the run, got {int(found.isnan().sum())} NaN of "
            f"{found.numel()}. Look for NaN in the input, or weights that have diverged."
        )
    return found


def _check_shown(traces: Sequence[Trace], axes: Mapping[str, Axis], row: int) -> None:
    rows = min(len(trace.lengths) for trace in traces)
    if not 0 <= row < rows:
        raise SettingsError(
            f"examine: expected a row from 0 to {rows - 1}, got {row}. The run has {rows} rows."
        )
    paths = list(dict.fromkeys(trace.path for trace in traces))
    for path in axes:
        if path not in paths:
            raise SettingsError(
                f"examine: expected axes for stacks among {', '.join(map(repr, paths))}, got "
                f"{path!r}.{nearest(path, paths)} The path is that of the layer in the model, '' "
                "where it is the model."
            )


def _line(of: str, measure: str, lags: np.ndarray, values: np.ndarray) -> pl.DataFrame:
    """A measure over lags as rows of a table."""
    follow = np.append(np.diff(lags) == 1, False) & (values > 0)
    after = np.append(values[1:], np.nan)
    factors = np.divide(after, values, out=np.full(len(values), np.nan), where=follow)
    return pl.DataFrame(
        {"lag": lags, "value": values.astype(np.float64), "factor": factors}
    ).select(
        pl.lit(of).alias("of"),
        pl.lit(measure).alias("measure"),
        pl.col("lag").cast(pl.Int64),
        "value",
        pl.col("factor").fill_nan(None),
    )


def _mean_square(given: Tensor) -> Tensor:
    return given.square().mean()


def _section(trace: Trace, axis: Axis, row: int) -> Section:
    if axis.steps not in (None, int(trace.lengths[row])):
        raise SettingsError(
            f"examine: expected an axis of {int(trace.lengths[row])} steps for {trace.name!r}, as "
            f"row {row} has, got {axis.steps}. Give a label and a value for each step."
        )
    said = trace.steps("h").double().cpu().numpy()
    return Section(trace, sorted_units(said), gate_saturation(trace), dead_units(trace), axis, row)


def _numbers(section: Section, name: str) -> dict[str, float | int | None]:
    values = section.trace.steps(name).double()
    ends = next((one for one in section.saturation if one.name == name), None)
    return {
        "units": values.shape[1],
        "mean": float(values.mean()),
        "std": float(values.std(correction=0)),
        "shut": None if ends is None else float(ends.shut.mean()),
        "open": None if ends is None else float(ends.open.mean()),
        "always_shut": None if ends is None else len(ends.always_shut),
        "always_open": None if ends is None else len(ends.always_open),
        "dead": len(section.dead) if name == "h" else None,
    }
