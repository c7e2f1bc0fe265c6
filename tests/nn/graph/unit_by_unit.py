"""Monner and Reggia's equations in plain Python, one unit after another, one number at a time.

`timing="synaptic"` does four things as synaptic 1.1.4 does them, where it departs from the paper:
extended traces are brought up to date when the gating unit has just run, before the units into
which it gates (so with their states and gains of a step earlier); a unit that gates a
self-connection is credited with the activity that it carries, on top of the state; a bias learns
from the unit's whole error, without traces; and each unit changes its weights before the error goes
further back. Biases of self-connected units, which synaptic adds to the state, must be zero.
"""

import math

from lstmkit.nn.graph import Graph

SQUASH = {
    "logistic": lambda s: 1 / (1 + math.exp(-s)),
    "tanh": math.tanh,
    "identity": lambda s: s,
}
SLOPE = {
    "logistic": lambda y: y * (1 - y),
    "tanh": lambda y: 1 - y * y,
    "identity": lambda y: 1.0,
}


class UnitByUnit:
    def __init__(self, graph: Graph, weights: dict, biases: dict, timing: str = "paper"):
        self.timing = timing
        self.units = {unit.name: unit for unit in graph.units}
        self.order = [unit.name for unit in graph.units]
        self.weights, self.biases = dict(weights), dict(biases)
        self.gates = {(c.target, c.source): c.gate for c in graph.connections}
        self.truncated = {(c.target, c.source) for c in graph.connections if c.truncated}
        self.into = {
            j: [c.source for c in graph.connections if c.target == j != c.source]
            for j in self.order
        }
        hidden = [unit.name for unit in graph.units if unit.role == "hidden"]
        # G_j: later units into which j gates
        self.gated = {
            j: [k for k in self.order if self.before(j, k) and j in self.gates_into(k)]
            if j in hidden
            else []
            for j in self.order
        }
        self.reset()

    def before(self, a, b):
        return self.order.index(a) < self.order.index(b)

    def gates_into(self, k):
        return [gate for (target, _), gate in self.gates.items() if target == k]

    def reset(self):
        self.state = dict.fromkeys(self.order, 0.0)
        self.y = dict.fromkeys(self.order, 0.0)
        self.old = dict.fromkeys(self.order, 0.0)
        self.trace, self.extended = {}, {}

    def gain(self, j, i):
        if (j, i) not in self.gates:
            return 0.0
        gate = self.gates[j, i]
        return 1.0 if gate is None else self.y[gate]

    def step(self, inputs):
        values = iter(inputs)
        # what each unit saw when it ran
        self.kept, self.seen, self.gains = {}, {}, {}
        for j in self.order:
            if self.units[j].role == "input":
                self.y[j] = next(values)
                continue
            self.kept[j] = self.gain(j, j)
            self.old[j] = self.state[j]
            for i in self.into[j]:
                self.seen[j, i], self.gains[j, i] = self.y[i], self.gain(j, i)
            self.state[j] = self.kept[j] * self.old[j] + sum(
                self.gains[j, i] * self.weights[j, i] * self.seen[j, i] for i in self.into[j]
            )
            squash = SQUASH[self.units[j].function]
            gain_before = {k: self.gain(k, k) for k in self.gated[j]}
            self.y[j] = squash(self.state[j] + self.biases.get(j, 0.0))
            for i in self.into[j]:
                self.trace[j, i] = (
                    self.kept[j] * self.trace.get((j, i), 0.0) + self.gains[j, i] * self.seen[j, i]
                )
            if self.timing == "synaptic":
                for k in self.gated[j]:
                    self.extend(j, k, gain_before[k], self.synaptic_bracket(j, k))
        if self.timing == "paper":
            for j in self.order:
                for k in self.gated[j]:
                    self.extend(j, k, self.kept[k], self.bracket(j, k))

    def extend(self, j, k, kept, bracket):
        for i in [*self.into[j], None]:
            # the trace of a bias does not add up
            trace = 1.0 if i is None else self.trace[j, i]
            self.extended[j, i, k] = (
                kept * self.extended.get((j, i, k), 0.0) + self.slope(j) * trace * bracket
            )

    def slope(self, j):
        return SLOPE[self.units[j].function](self.y[j])

    def bracket(self, j, k):
        total = self.old[k] if self.gates.get((k, k)) == j else 0.0
        return total + sum(
            self.weights[k, a] * self.seen[k, a] for a in self.into[k] if self.gates[k, a] == j
        )

    def synaptic_bracket(self, j, k):
        total = self.old[k] + self.y[k] if self.gates.get((k, k)) == j else 0.0
        return total + sum(
            self.weights[k, a] * self.y[a] for a in self.into[k] if self.gates[k, a] == j
        )

    def learn(self, targets, rate):
        values = iter(targets)
        bracket = self.synaptic_bracket if self.timing == "synaptic" else self.bracket
        error = {j: next(values) - self.y[j] for j in self.order if self.units[j].role == "output"}
        changes = {}
        for j in reversed(self.order):
            role = self.units[j].role
            if role == "input":
                continue
            projected = error.get(j, 0.0)
            if role == "hidden":
                projected = self.slope(j) * sum(
                    error[k] * self.gains[k, j] * self.weights[k, j]
                    for k in self.order
                    if self.before(j, k) and j in self.into[k] and (k, j) not in self.truncated
                )
                error[j] = projected + self.slope(j) * sum(
                    error[k] * bracket(j, k) for k in self.gated[j]
                )
            for i in [*self.into[j], None]:
                trace = 1.0 if i is None else self.trace[j, i]
                changes[j, i] = rate * (
                    projected * trace
                    + sum(error[k] * self.extended[j, i, k] for k in self.gated[j])
                )
            if self.timing == "synaptic":
                changes[j, None] = rate * error[j]
                self.apply({key: changes[key] for key in changes if key[0] == j})
        if self.timing == "paper":
            self.apply(changes)

    def apply(self, changes):
        for (j, i), change in changes.items():
            if i is not None:
                self.weights[j, i] += change
            elif j in self.biases:
                self.biases[j] += change
