r"""Real-time recurrent learning: the exact gradient, one step at a time (Williams and Zipser 1989).

With s(t) the whole state and :math:`\theta` all parameters, the influence
:math:`J(t) = \partial s(t) / \partial \theta` follows the state:

.. math:: J(t) = \frac{\partial s(t)}{\partial s(t-1)} J(t-1)
          + \frac{\partial s(t)}{\partial \theta},

equation 11 of the paper. Memory is units times parameters and a step costs units squared times
parameters, which is for small nets, and for judging other rules.
"""

from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lstmkit.engine import use_path
from lstmkit.errors import SettingsError
from lstmkit.nn import LSTM
from lstmkit.nn.state import state_type
from lstmkit.train.rules.checks import check_real_time, check_slopes, check_step


class RealTimeRecurrentLearning:
    """Runs a stack step by step and knows the exact gradient at every step.

    Args:
        layer: A stack of any cell in one direction, without `checkpoint_every`; with dropout it
            has to be in `eval()`.
        batch: Rows that run side by side.

    Raises:
        SettingsError: A stack of another kind (outputs of a bidirectional one depend on the
            future), one without a parameter to learn, or less than one row.

    Example:
        >>> layer = LSTM(3, 4)
        >>> rule = RealTimeRecurrentLearning(layer, batch=2)
        >>> for x in torch.zeros(5, 2, 3):
        ...     h = rule.step(x)
        ...     h.square().sum().backward()
        ...     rule.collect()
        >>> layer.layers[0].W.grad.shape
        torch.Size([16, 3])
    """

    def __init__(self, layer: LSTM, batch: int) -> None:
        check_real_time(layer, batch)
        self.layer, self.batch = layer, batch
        self.named = {name: p for name, p in layer.named_parameters() if p.requires_grad}
        self.learned = next(iter(self.named.values()))
        start = self._start(self.learned.new_zeros(batch, 1, layer.input_size))
        self.kind, self.widths = type(start), [part.shape[1] for field in start for part in field]
        self.first = torch.cat([part for field in start for part in field], 1)
        self.state = self.first
        self.influence = self.learned.new_zeros(batch, self.state.shape[1], self._flat().numel())
        self.of_output: Tensor | None = None
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
            The output: a leaf whose `grad` `collect` reads.

        Raises:
            SettingsError: A shape, type or device that does not fit.
        """
        shape = self.batch, self.layer.input_size
        check_step("RealTimeRecurrentLearning", self.learned, shape, x, reset)
        if reset is not None:
            self.state = torch.where(reset[:, None], self.first, self.state)
            self.influence = self.influence * ~reset[:, None, None]
        flat, units = self._flat(), self.state.shape[1]
        with use_path("reference"):
            after = torch.func.vmap(self._one, (0, 0, None))(self.state, x, flat)
            of_state, of_flat = torch.func.vmap(torch.func.jacrev(self._one, (0, 2)), (0, 0, None))(
                self.state, x, flat
            )
        influence = of_state @ self.influence + of_flat
        self.state, self.influence = after[:, :units], influence[:, :units]
        self.of_output = influence[:, units:]
        self.h = after[:, units:].detach().requires_grad_()
        return self.h

    def collect(self) -> None:
        """Adds what the gradient of the last output owes the parameters to their `grad`.

        Raises:
            SettingsError: Nothing has been differentiated down to the last output.
        """
        if self.h is None or self.h.grad is None:
            raise SettingsError(
                "RealTimeRecurrentLearning.collect: expected a loss differentiated down to the "
                "last output, found none. Call backward() on a loss of what step() returned."
            )
        for name, found in self.gradients(self.h.grad).items():
            grad = self.named[name].grad
            self.named[name].grad = found if grad is None else grad + found

    @torch.no_grad()
    def gradients(self, d_h: Float[Tensor, "batch output"]) -> dict[str, Tensor]:
        """Returns the gradient of a loss of the last step.

        Args:
            d_h: The loss's derivative with respect to the output.

        Returns:
            For each parameter by its name in the layer its gradient, summed over the batch.

        Raises:
            SettingsError: No step yet, or a shape, type or device that does not fit.
        """
        check_slopes("RealTimeRecurrentLearning", self.h, d_h)
        assert self.of_output is not None
        return self._by_name(torch.einsum("bo,bop->p", d_h, self.of_output))

    def _start(self, x: Tensor) -> Any:
        """The state before the first step: that of a sequence whose every step is a reset."""
        fields = self.layer.cell.equations.states
        layers = self.layer.directions()
        starts = [one.initial(x) for one in layers]
        return state_type(fields)(*(tuple(s[name].detach() for s in starts) for name in fields))

    def _flat(self) -> Tensor:
        return torch.cat([p.detach().flatten() for p in self.named.values()])

    def _by_name(self, flat: Tensor) -> dict[str, Tensor]:
        parts = flat.split([p.numel() for p in self.named.values()])
        return {
            name: part.view_as(p) for (name, p), part in zip(self.named.items(), parts, strict=True)
        }

    def _one(self, state: Tensor, x: Tensor, flat: Tensor) -> Tensor:
        parts = iter(state[None].split(self.widths, 1))
        layers = len(self.widths) // len(self.kind._fields)
        before = self.kind(*(tuple(next(parts) for _ in range(layers)) for _ in self.kind._fields))
        y, after = torch.func.functional_call(
            self.layer, self._by_name(flat), (x[None, None], before)
        )
        return torch.cat([*(part[0] for field in after for part in field), y[0, 0]])
