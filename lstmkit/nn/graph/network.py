r"""Monner and Reggia's network: one rule for every unit, local in space and in time.

A unit j adds up what its connections bring, each times its gain g, and squashes it (equations 14 to
16 of the paper; a hat marks the step before):

.. math::
    s_j = g_{jj} w_{jj} \hat s_j + \sum_{i \ne j} g_{ji} w_{ji} y_i, \qquad y_j = f_j(s_j + b_j)

with g_ji = y_k where unit k gates the connection, and 1 where none does. A bias stands outside the
state, so that a unit that keeps its state does not add its bias up.

Every connection keeps an eligibility trace, and for every later unit k into which unit j gates an
extended trace (17, 18):

.. math::
    \varepsilon_{ji} &= g_{jj} w_{jj} \hat\varepsilon_{ji} + g_{ji} y_i \\
    \varepsilon^k_{ji} &= g_{kk} w_{kk} \hat\varepsilon^k_{ji}
        + f'_j(s_j) \varepsilon_{ji} \Big(\frac{\partial g_{kk}}{\partial y_j} w_{kk} \hat s_k
        + \sum_{a \ne k} w_{ka} y_a\Big)

where a runs over connections into k that j gates. Errors go back through later units alone
(19 to 23), to the units that j feeds (P) and to those into which it gates (G):

.. math::
    \delta_{P_j} = f'_j \sum_{k \in P_j} \delta_k g_{kj} w_{kj}, \quad
    \delta_{G_j} = f'_j \sum_{k \in G_j} \delta_k (\ldots), \quad
    \delta_j = \delta_{P_j} + \delta_{G_j}

with the bracket of the extended trace, and t_j - y_j at an output. Then (13, 24)

.. math::
    \Delta w_{ji} = \alpha \delta_{P_j} \varepsilon_{ji}
        + \alpha \sum_{k \in G_j} \delta_k \varepsilon^k_{ji},
    \qquad \alpha \delta_j \varepsilon_{ji} \text{ at an output.}

A bias learns as a connection from a constant one whose trace does not add up.
"""

import copy
from typing import Self

import numpy as np
from jaxtyping import Float, Int

from lstmkit.errors import SettingsError
from lstmkit.nn.checks import check_count
from lstmkit.nn.graph.graph import Graph
from lstmkit.nn.graph.plan import Stage, plan_of
from lstmkit.nn.graph.settings import check_amount, check_graph
from lstmkit.nn.graph.squash import slope, squash


class GraphNetwork:
    """Many independent networks of one graph, run and trained side by side.

    Against the paper: none differs but the number of networks at once.

    Args:
        graph: The network.
        nets: How many.
        seed: Network n draws its weights and biases from the seed (`seed`, n), evenly between
            -`scale` and `scale`; so it is the same whatever the number of networks.
        scale: See `seed`; 0.1 in the paper.

    Attributes:
        connections: Learned connections, in the order of `weights`.
        units: Names of all units in the order of the arrays: inputs, then by level.

    Raises:
        SettingsError: No graph, less than one network, or a seed or a scale below 0.

    Example:
        >>> from lstmkit.nn.graph import lstm
        >>> network = GraphNetwork(lstm(3, 2, 1), nets=5)
        >>> for x in np.eye(3)[[0, 2, 1]]:
        ...     y = network.step(np.tile(x, (5, 1)))
        >>> network.learn(np.ones((5, 1)), rate=0.1)
        >>> y.shape, network.weights.shape
        ((5, 1), (5, 35))
    """

    def __init__(self, graph: Graph, *, nets: int = 1, seed: int = 0, scale: float = 0.1) -> None:
        check_graph("GraphNetwork", graph)
        check_count("GraphNetwork", "nets", nets)
        check_count("GraphNetwork", "seed", seed, least=0)
        check_amount("GraphNetwork", "scale", scale)
        self.graph, self.plan = graph, plan_of(graph)
        self.connections = self.plan.connections
        self.units = tuple(unit.name for unit in self.plan.units)
        # in all arrays inside, a row is what belongs to one connection or unit in every network
        learned = np.concatenate([np.ones(len(self.connections), bool), self.plan.biased])
        self._values = np.zeros((learned.size, nets))
        for net in range(nets):
            drawn = np.random.default_rng((seed, net)).uniform(-scale, scale, int(learned.sum()))
            self._values[learned, net] = drawn
        self._learned = learned[:, None]
        self.reset()

    @property
    def weights(self) -> Float[np.ndarray, "nets connections"]:
        """Weights (nets, connections), in the order of `connections`; may be written to."""
        return self._values[: len(self.connections)].T

    @property
    def biases(self) -> Float[np.ndarray, "nets biases"]:
        """Biases of the units that are no inputs, in the order of `units`.

        They may be written to, but stay zero where a unit has no bias.
        """
        return self._values[len(self.connections) :].T

    @property
    def activities(self) -> Float[np.ndarray, "nets units"]:
        """Activities y of all units, in the order of `units`."""
        return self._seen[: len(self.units)].T

    @property
    def states(self) -> Float[np.ndarray, "nets units"]:
        """States s of all units, in the order of `units`; zero for inputs."""
        return self._state.T

    @property
    def traces(self) -> Float[np.ndarray, "nets connections"]:
        """Eligibility traces, in the order of `connections`."""
        return self._trace[: len(self.connections)].T

    def reset(self) -> None:
        """Forgets states, activities and traces; weights stay."""
        nets, units, pairs = self._values.shape[1], len(self.units), self.plan.pairs
        self._seen = np.zeros((2 * units + 2, nets))
        self._seen[2 * units] = 1.0
        self._state, self._slope = np.zeros((units, nets)), np.zeros((units, nets))
        self._gain = np.zeros((len(self.connections), nets))
        self._trace = np.ones_like(self._values)
        self._trace[: len(self.connections)] = 0.0
        self._extended = np.zeros((pairs.traced.size, nets))
        self._bracket = np.zeros((pairs.gated.size, nets))
        self._ran, self._traced = False, True

    def select(self, nets: Int[np.ndarray, " chosen"]) -> Self:
        """Returns networks with weights of their own, at rest.

        Args:
            nets: Which, by number; one may be named several times.

        Returns:
            The chosen networks, in that order.
        """
        made = copy.copy(self)
        made._values = self._values.take(nets, axis=1)
        made.reset()
        return made

    def step(
        self, inputs: Float[np.ndarray, "nets inputs"], *, learning: bool = True
    ) -> Float[np.ndarray, "nets outputs"]:
        """Runs every unit once.

        Args:
            inputs: Values of the inputs, in the graph's order.
            learning: Whether traces are kept. Without, a step takes less time, and `learn` may not
                be called before the next `reset`.

        Returns:
            Activities of the outputs, in the graph's order.

        Raises:
            SettingsError: The sizes are not those of the network.
        """
        self._check("step", "inputs", inputs, self.plan.num_inputs)
        units, last = len(self.units), self._state.copy()
        self._seen[units : 2 * units] = self._seen[:units]
        self._seen[: self.plan.num_inputs] = inputs.T
        for stage in self.plan.stages:
            self._activate(stage)
        self._ran = True
        self._traced &= learning
        if self._traced:
            self._keep_traces(last)
        outputs: np.ndarray = self._seen[self.plan.outputs]
        return outputs.T

    def learn(self, targets: Float[np.ndarray, "nets outputs"], rate: float) -> None:
        """Changes weights and biases by what the last step's error says of them.

        Args:
            targets: What the outputs should have been, in the graph's order.
            rate: Learning rate alpha; 0.1 in the paper.

        Raises:
            SettingsError: The sizes are not those of the network, the rate is below 0 or not
                finite, no step was run since the last reset, or one was run without traces.
        """
        if not self._ran:
            raise SettingsError(
                "GraphNetwork.learn: expected at least one step since the last reset, got none. "
                "Call step first; learn takes the targets of that step's outputs."
            )
        if not self._traced:
            raise SettingsError(
                "GraphNetwork.learn: expected traces of every step since the last reset, got a "
                "step with learning=False. Run all steps with learning=True."
            )
        self._check("learn", "outputs", targets, self.plan.outputs.size)
        check_amount("GraphNetwork.learn", "rate", rate)
        pairs = self.plan.pairs
        error, direct = self._errors(targets)
        change = direct.take(self.plan.target, axis=0)
        change *= self._trace
        if pairs.traced.size:
            gated = error.take(pairs.later, axis=0)
            gated *= self._extended
            change[pairs.targets] += np.add.reduceat(gated, pairs.target_starts)
        change *= self._learned
        change *= rate
        self._values += change

    def _activate(self, stage: Stage) -> None:
        """Runs units that do not wait for one another (equations 14 to 16)."""
        plan, seen, units, into = self.plan, self._seen, stage.units, stage.connections
        sent = seen.take(plan.source[into], axis=0)
        if stage.gated:
            sent *= seen.take(plan.gate[into], axis=0)
        sent *= self._values[into]
        state = np.add.reduceat(sent, stage.starts)
        if stage.keeps:
            state += seen.take(plan.keeper[units], axis=0) * self._state[units]
        self._state[units] = state
        first = len(self.connections) - plan.num_inputs
        for function, some in stage.functions:
            bias = self._values[first + some.start : first + some.stop]
            seen[some] = squash(function, self._state[some] + bias)

    def _keep_traces(self, last: Float[np.ndarray, "units nets"]) -> None:
        """Brings both kinds of traces up to this step (equations 17 and 18)."""
        plan, pairs, count = self.plan, self.plan.pairs, len(self.connections)
        for function, units in plan.functions:
            self._slope[units] = slope(function, self._seen.take(units, axis=0))
        sent, self._gain = (self._seen.take(places, axis=0) for places in (plan.source, plan.gate))
        kept = self._seen.take(plan.keeper, axis=0)
        trace = self._trace[:count]
        trace *= kept.take(plan.target[:count], axis=0)
        trace += self._gain * sent
        if not pairs.gated.size:
            return
        terms = np.concatenate([sent * self._values[:count], last])
        terms = terms.take(pairs.terms, axis=0)
        self._bracket = np.add.reduceat(terms, pairs.starts)
        driven = self._trace.take(pairs.traced, axis=0)
        driven *= self._slope.take(pairs.ruler, axis=0)
        driven *= self._bracket.take(pairs.of_trace, axis=0)
        self._extended *= kept.take(pairs.later, axis=0)
        self._extended += driven

    def _errors(
        self, targets: Float[np.ndarray, "nets outputs"]
    ) -> tuple[Float[np.ndarray, "units nets"], Float[np.ndarray, "units nets"]]:
        """The error of every unit, and what of it is about this step (equations 10, 19 to 23).

        The latter came by projection, or through gates into units that keep no state.
        """
        plan, pairs = self.plan, self.plan.pairs
        error, direct = np.zeros_like(self._state), np.zeros_like(self._state)
        error[plan.outputs] = targets.T - self._seen[plan.outputs]
        direct[plan.outputs] = error[plan.outputs]
        for stage in reversed(plan.stages):
            if stage.out.size:
                fed = error.take(plan.target[stage.out], axis=0)
                fed *= self._gain.take(stage.out, axis=0)
                fed *= self._values.take(stage.out, axis=0)
                fed = np.add.reduceat(fed, stage.out_starts)
                fed *= self._slope.take(stage.senders, axis=0)
                direct[stage.senders] = fed
                error[stage.senders] = fed
            if stage.gating.size:
                ruled = error.take(pairs.gated[stage.gating], axis=0)
                ruled *= self._bracket.take(stage.gating, axis=0)
                slopes = self._slope.take(stage.rulers, axis=0)
                starts, forgets = stage.gating_starts, pairs.forgets[stage.gating, None]
                error[stage.rulers] += slopes * np.add.reduceat(ruled, starts)
                direct[stage.rulers] += slopes * np.add.reduceat(ruled * forgets, starts)
        return error, direct

    def _check(self, who: str, what: str, values: np.ndarray, size: int) -> None:
        came = getattr(values, "shape", type(values).__name__)
        if came != (self._values.shape[1], size):
            raise SettingsError(
                f"GraphNetwork.{who}: expected (nets, {what}) = ({self._values.shape[1]}, {size}), "
                f"got {came}. Give an array; np.tile repeats one row for all networks."
            )
