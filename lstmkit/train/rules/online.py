r"""The truncated gradient of 1997 one step at a time, in constant memory.

Every unit keeps for every number that enters it a *trace*, the truncated derivative of its state
with respect to that number. With net(t) = W a(t) for a source a, and c the carousel,

.. math:: e_{uk}(t) = \frac{\partial c_u(t)}{\partial c_u(t-1)} e_{uk}(t-1)
          + \frac{\partial c_u(t)}{\partial net_u(t)} a_k(t),

and the gradient of a loss of this step is the loss's derivative times the trace of the output
(Hochreiter and Schmidhuber 1997, appendix A.1, equations 28 to 32; Gers, Schmidhuber and Cummins
2000, equations 3.11 to 3.15). A step costs the same for any length of the past.
"""

from collections.abc import Iterator, Mapping

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lstmkit.engine import Equations
from lstmkit.engine.evaluate import Scope, evaluate
from lstmkit.engine.tree import Call, Name, Node, Previous, Product, children, walk
from lstmkit.errors import SettingsError
from lstmkit.nn import LSTM
from lstmkit.train.rules.checks import check_cell, check_online, check_slopes, check_step

Key = Product | Name | Previous


class OnlineGradient:
    """Runs a layer step by step and knows the truncated gradient at every step.

    Args:
        layer: One layer in one direction, built with `gradient="truncated"`, without dropout and
            without a learned state.
        batch: Rows that run side by side.

    Raises:
        SettingsError: A layer of another kind, or less than one row.
        CellError: A cell whose units see one another within a step: layer norm, or a map of a
            quantity of this step other than the output's projection.

    Example:
        >>> layer = LSTM(3, 4, gradient="truncated")
        >>> rule = OnlineGradient(layer, batch=2)
        >>> for x in torch.zeros(5, 2, 3):
        ...     h = rule.step(x)
        ...     h.square().sum().backward()
        ...     rule.collect()
        >>> layer.layers[0].W.grad.shape
        torch.Size([16, 3])
    """

    def __init__(self, layer: LSTM, batch: int) -> None:
        check_online(layer, batch)
        self.layer, self.batch = layer.directions()[0], batch
        self.equations: Equations = self.layer.equations
        last = self.equations.lines[-1]
        self.projection = last.expression if isinstance(last.expression, Product) else None
        check_cell(self.equations, self.projection)
        self.products = tuple(
            part
            for line in self.equations.lines
            for part in walk(line.expression)
            if isinstance(part, Product) and part != self.projection
        )
        self.carried = tuple(dict.fromkeys(_carried(self.equations)))
        self.learned = self.layer.stored()[self.layer.stored_names()[0]]
        self.state = {
            name: self.learned.new_zeros(batch, self.layer.units(name))
            for name in self.equations.states
        }
        self.traces: dict[str, dict[Key, Tensor]] = {name: {} for name in self.carried}
        self.of_output: dict[Key, Tensor] = {}
        self.before_projection: Tensor | None = None
        self.h: Tensor | None = None

    @torch.no_grad()
    def step(
        self, x: Float[Tensor, "batch input"], reset: Bool[Tensor, " batch"] | None = None
    ) -> Float[Tensor, "batch output"]:
        """Runs one step.

        Args:
            x: Input of the step.
            reset: Rows that start afresh before it.

        Returns:
            The output: a leaf whose `grad` `collect` reads, so that a loss may be differentiated
            down to it.

        Raises:
            SettingsError: A shape, type or device that does not fit.
        """
        shape = self.batch, self.layer.sizes.input
        check_step("OnlineGradient", self.learned, shape, x, reset)
        if reset is not None:
            self._forget(reset)
        named = self.layer.named()
        sources = {p: self._source(p, x) for p in self.products}
        vectors = self.equations.vectors
        inputs: dict[Key, Tensor] = {p: a @ named[p.map].mT for p, a in sources.items()}
        inputs |= {Name(name): named[name].expand(self.batch, -1) for name in vectors}
        inputs |= {Previous(name): self.state[name] for name in self.carried}
        values = self._values(inputs, x)
        slopes = self._slopes(inputs, x)
        traces = {name: self._trace(slopes[name], sources) for name in self.carried}
        self.of_output = self._trace(slopes["output"], sources)
        self.traces = traces
        self.before_projection = values["output"] if self.projection is not None else None
        h = values["output"]
        if self.projection is not None:
            h = values["h"] = h @ named[self.projection.map].mT
        self.state = {name: values[name] for name in self.state}
        self.h = h.detach().requires_grad_()
        return self.h

    def collect(self) -> None:
        """Adds what the gradient of the last output owes the parameters to their `grad`.

        Raises:
            SettingsError: Nothing has been differentiated down to the last output.
        """
        if self.h is None or self.h.grad is None:
            raise SettingsError(
                "OnlineGradient.collect: expected a loss differentiated down to the last output, "
                "found none. Call backward() on a loss of what step() returned."
            )
        stored = self.layer.stored()
        for name, found in self.gradients(self.h.grad).items():
            grad = stored[name].grad
            stored[name].grad = found if grad is None else grad + found

    @torch.no_grad()
    def gradients(self, d_h: Float[Tensor, "batch output"]) -> dict[str, Tensor]:
        """Returns the gradient of a loss of the last step.

        Args:
            d_h: The loss's derivative with respect to the output.

        Returns:
            For each stored parameter its gradient, summed over the batch.

        Raises:
            SettingsError: No step yet, or a shape, type or device that does not fit.
        """
        check_slopes("OnlineGradient", self.h, d_h)
        stored = self.layer.stored()
        found = {name: torch.zeros_like(stored[name]) for name in self.layer.stored_names()}
        named = self.layer.layout.named(found, self.layer.sizes)
        if self.projection is not None:
            assert self.before_projection is not None
            named[self.projection.map] += d_h.mT @ self.before_projection
            d_h = d_h @ self.layer.named()[self.projection.map]
        for key, trace in self.of_output.items():
            whole = torch.einsum("bu,buk->uk", d_h, trace)
            if isinstance(key, Product):
                to = named[key.map]
                to += whole.unflatten(0, (to.shape[0], -1)).sum(1)
            else:
                named[key.name] += whole.unflatten(0, (self._blocks(), -1)).sum(1).flatten()
        return found

    def _source(self, product: Product, x: Tensor) -> Tensor:
        scope = Scope({"x": x}, self.state, _no_product, self.layer.sizes.block_size)
        value = evaluate(product.operand, scope)
        assert isinstance(value, Tensor)
        return value

    def _values(self, inputs: Mapping[Key, Tensor], x: Tensor) -> dict[str, Tensor]:
        """All quantities of a step, and as `output` what the units give before a projection."""
        previous = self.state | {
            key.name: v for key, v in inputs.items() if isinstance(key, Previous)
        }
        vectors = {key.name: v for key, v in inputs.items() if isinstance(key, Name)}
        scope = Scope(
            {"x": x} | vectors, previous, lambda p: inputs[p], self.layer.sizes.block_size
        )
        for line in self.equations.lines:
            expression, name = line.expression, line.name
            if self.projection is not None and expression is self.projection:
                expression, name = self.projection.operand, "output"
            value = evaluate(expression, scope)
            assert isinstance(value, Tensor)
            scope.values[name] = value
        if self.projection is None:
            scope.values["output"] = scope.values["h"]
        return scope.values

    def _slopes(self, inputs: Mapping[Key, Tensor], x: Tensor) -> dict[str, dict[Key, Tensor]]:
        """How each unit's states and output change with each number that enters the unit.

        Units do not see one another, but those of a block share its gates, so that units at one
        place of their blocks are asked together.
        """
        leaves = {key: value.detach().requires_grad_() for key, value in inputs.items()}
        with torch.enable_grad():
            values = self._values(leaves, x)
        found = {}
        for name in (*self.carried, "output"):
            places = values[name].shape[1] // self._blocks()
            given = [self._slopes_at(place, values[name], leaves) for place in range(places)]
            found[name] = {
                key: torch.stack([each[key] for each in given], 2).flatten(1, 2) for key in leaves
            }
        return found

    def _slopes_at(
        self, place: int, value: Tensor, leaves: Mapping[Key, Tensor]
    ) -> dict[Key, Tensor]:
        """Slopes of the units at one place of every block.

        A gate may see a vector's numbers for all units of its block (peepholes), and these come
        as a last axis; of the sums that belong to units a unit sees its own alone.
        """
        blocks = self._blocks()
        own = torch.zeros_like(value)
        own[:, place :: value.shape[1] // blocks] = 1
        given = torch.autograd.grad(
            value, list(leaves.values()), own, retain_graph=True, materialize_grads=True
        )
        found = {}
        for key, whole in zip(leaves, given, strict=True):
            parts = whole.unflatten(1, (blocks, -1))
            seen = min(place, parts.shape[2] - 1)
            found[key] = parts if isinstance(key, Name) else parts[:, :, seen]
        return found

    def _blocks(self) -> int:
        return self.layer.sizes.hidden // self.layer.sizes.block_size

    def _trace(
        self, slopes: Mapping[Key, Tensor], sources: Mapping[Product, Tensor]
    ) -> dict[Key, Tensor]:
        found: dict[Key, Tensor] = {}
        for key, slope in slopes.items():
            match key:
                case Previous():
                    continue
                case Product():
                    trace = slope[:, :, None] * sources[key][:, None]
                case _:
                    trace = slope
            for name in self.carried:
                if key in self.traces[name]:
                    kept = slopes[Previous(name)]
                    old = self.traces[name][key]
                    trace = trace + kept[:, :, None] * old
            found[key] = trace
        return found

    def _forget(self, reset: Tensor) -> None:
        keep = ~reset
        self.state = {name: value * keep[:, None] for name, value in self.state.items()}
        self.traces = {
            name: {k: e * keep[:, None, None] for k, e in each.items()}
            for name, each in self.traces.items()
        }


def _no_product(product: Product) -> Tensor:
    raise AssertionError(product)


def _carried(equations: Equations) -> Iterator[str]:
    """States that are read as such, not only as constants."""
    pending: list[Node] = [line.expression for line in equations.lines]
    while pending:
        match pending.pop(0):
            case Call("stop", _):
                pass
            case Previous(name):
                yield name
            case node:
                pending += children(node)
