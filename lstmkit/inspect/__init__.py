"""Seeing inside: gate traces, gradient flow, memory span and saturation of any model."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstmkit.inspect.alarm import Alarm
    from lstmkit.inspect.axis import Axis
    from lstmkit.inspect.flow import Flow, gradient_flow
    from lstmkit.inspect.inspection import Inspection, Section, examine
    from lstmkit.inspect.order import Order, sorted_units
    from lstmkit.inspect.pictures import (
        flow_picture,
        saturation_picture,
        span_picture,
        trace_picture,
    )
    from lstmkit.inspect.saturation import Saturation, dead_units, gate_saturation
    from lstmkit.inspect.span import Span, memory_span
    from lstmkit.inspect.traces import Trace, record
    from lstmkit.inspect.watch import GradientWatch

# where each name lives; training watches gradients without pictures and tables
_HOMES = {
    "Alarm": "alarm",
    "Axis": "axis",
    "Flow": "flow",
    "GradientWatch": "watch",
    "Inspection": "inspection",
    "Order": "order",
    "Saturation": "saturation",
    "Section": "inspection",
    "Span": "span",
    "Trace": "traces",
    "dead_units": "saturation",
    "examine": "inspection",
    "flow_picture": "pictures",
    "gate_saturation": "saturation",
    "gradient_flow": "flow",
    "memory_span": "span",
    "record": "traces",
    "saturation_picture": "pictures",
    "sorted_units": "order",
    "span_picture": "pictures",
    "trace_picture": "pictures",
}

__all__ = [
    "Alarm",
    "Axis",
    "Flow",
    "GradientWatch",
    "Inspection",
    "Order",
    "Saturation",
    "Section",
    "Span",
    "Trace",
    "dead_units",
    "examine",
    "flow_picture",
    "gate_saturation",
    "gradient_flow",
    "memory_span",
    "record",
    "saturation_picture",
    "sorted_units",
    "span_picture",
    "trace_picture",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"lstmkit.inspect.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'lstmkit.inspect' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
