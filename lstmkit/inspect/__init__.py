"""Seeing inside: gate traces, gradient flow, memory span and saturation of any model."""

from lstmkit.inspect.flow import Flow, gradient_flow
from lstmkit.inspect.order import Order, order
from lstmkit.inspect.saturation import Saturation, dead_units, saturation
from lstmkit.inspect.span import Span, memory_span
from lstmkit.inspect.traces import Trace, record

__all__ = [
    "Flow",
    "Order",
    "Saturation",
    "Span",
    "Trace",
    "dead_units",
    "gradient_flow",
    "memory_span",
    "order",
    "record",
    "saturation",
]
