"""One page that shows the inside of a model and asks for nothing from elsewhere."""

import base64
import html
import json
import math
import os
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from lstmkit.engine import to_unicode
from lstmkit.errors import SettingsError
from lstmkit.inspect.flow import Flow
from lstmkit.inspect.inspection import Inspection, Section
from lstmkit.inspect.saturation import ranges
from lstmkit.inspect.span import Span

# values are kept as whole numbers of 16 bits between the smallest and the largest
LEVELS = 65535


def write_page(inspection: Inspection, path: Path) -> Path:
    """Writes the page; a kill at any moment leaves the old file or the new.

    Args:
        inspection: What to show.
        path: The HTML file, in a folder that exists.

    Returns:
        Its path.

    Raises:
        SettingsError: It cannot be written.
    """
    here = files("lstmkit.inspect")
    page = Template(here.joinpath("page.html").read_text(encoding="utf-8")).substitute(
        title=html.escape(inspection.title),
        data=page_data(inspection),
        script=here.joinpath("page.js").read_text(encoding="utf-8"),
    )
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        partial.write_text(page, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise SettingsError(
            f"{path}: the page cannot be written: {error.strerror}. Choose a folder that exists, "
            "that you may write to and that has room."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return path


def page_data(inspection: Inspection) -> str:
    """Everything that the page shows, as JSON that may stand inside a page."""
    table = inspection.table()
    data = {
        "title": inspection.title,
        "remarks": inspection.remarks(),
        "sections": [_section(section) for section in inspection.sections],
        "flows": [_flow(flow) for flow in inspection.flows],
        "spans": [_span(span) for span in inspection.spans],
        "table": {"columns": table.columns, "rows": [list(row) for row in table.iter_rows()]},
    }
    text = json.dumps(_finite(data), ensure_ascii=False, allow_nan=False)
    # no tag can begin inside a text
    return text.replace("<", "\\u003c")


def _section(section: Section) -> dict[str, Any]:
    trace, axis, steps = section.trace, section.axis, section.steps
    bounds = ranges(trace.cell)
    return {
        "name": trace.name,
        "reverse": trace.reverse,
        "cell": trace.cell.name,
        "equations": to_unicode(trace.cell.equations.lines),
        "steps": steps,
        "labels": [str(step + 1) for step in range(steps)]
        if axis.labels is None
        else [*axis.labels],
        "text": axis.text,
        "series": [{"name": n, "values": v.tolist()} for n, v in axis.series.items()],
        "units": list(section.order.units),
        "groups": list(section.order.groups),
        "dead": section.dead,
        "quantities": [
            _quantity(name, values[section.row, :steps].double().cpu().numpy(), bounds.get(name))
            for name, values in trace.values.items()
        ],
        "saturation": [
            {"name": one.name, "shut": one.shut.tolist(), "open": one.open.tolist()}
            for one in section.saturation
            if one.is_gate
        ],
    }


def _quantity(name: str, values: np.ndarray, bounds: tuple[float, float] | None) -> dict[str, Any]:
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    scaled = (values.T - low) / ((high - low) or 1.0) * LEVELS
    packed = np.round(scaled).astype("<u2").tobytes()
    return {
        "name": name,
        "units": values.shape[1],
        "low": low,
        "high": high,
        "range": bounds,
        "values": base64.b64encode(packed).decode("ascii"),
    }


def _flow(flow: Flow) -> dict[str, Any]:
    return {
        "name": flow.name,
        "norms": {state: norms.tolist() for state, norms in flow.norms.items()},
        "signal": {state: flow.signal[state].tolist() for state in flow.entered_on_the_way},
        "factors": {state: flow.factor(state) for state in flow.norms},
    }


def _span(span: Span) -> dict[str, Any]:
    return {
        "name": span.name,
        "gradient": span.gradient.tolist(),
        "lags": span.lags.tolist(),
        "perturbation": span.perturbation.tolist(),
    }


def _finite(value: Any) -> Any:
    """The same with null for what is no number."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value
