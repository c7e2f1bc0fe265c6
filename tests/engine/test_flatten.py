"""Intermediates get names, and equal ones get one."""

from lstmkit.engine import read
from lstmkit.engine.flatten import flatten
from lstmkit.engine.lower.emit import emit
from lstmkit.engine.tree import Call

TWICE = """
    f = sigmoid(W @ x + U @ h[-1] + b)
    c = sigmoid(W @ x + U @ h[-1] + b) * c[-1] + tanh(V @ x)
    h = f * tanh(c) - 0.1 * tanh(c)
"""


def test_what_is_said_twice_is_computed_once():
    equations = read(TWICE)
    calls = [one.expression.function for one in flatten(equations) if type(one.expression) is Call]
    assert sorted(calls) == ["sigmoid", "tanh", "tanh"]
    forward = emit(equations).text.split("static void keeping_0")[0]
    assert forward.count("= sigmoid(") == 1
    assert forward.count("= hyperbolic_tangent(") == 2
