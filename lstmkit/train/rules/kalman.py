r"""The decoupled extended Kalman filter as a training rule.

The parameters are the state that is estimated, the net's outputs its measurement (Puskorius and
Feldkamp 1994; for LSTM Perez-Ortiz, Gers, Eck and Schmidhuber 2003, equations 9 to 12). For the
groups i of parameters w_i, with C_i the derivatives of the outputs, P_i the covariance, d - y the
error, R and Q the measurement and the process noise,

.. math:: A &= \Big(R + \sum_i C_i^T P_i C_i\Big)^{-1} \\
          G_i &= P_i C_i A \\
          w_i &\leftarrow w_i + G_i (d - y) \\
          P_i &\leftarrow P_i - G_i C_i^T P_i + Q

Decoupled means that covariances between groups are taken for zero: one group for each row of a
matrix (the numbers that enter a node) makes the cost linear in the number of nodes.
"""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from lstmkit.errors import SettingsError


class DecoupledKalmanFilter:
    """Updates parameters in place from the derivatives of the outputs at one step.

    Args:
        parameters: What is trained, by name. A matrix is decoupled by rows, a vector by number.
        start: Diagonal of the covariances before the first update; larger moves faster at first.

    Raises:
        SettingsError: No parameters, or a start that is not positive.

    Example:
        >>> w = torch.zeros(1, 2)
        >>> rule = DecoupledKalmanFilter({"w": w}, start=100.0)
        >>> x = torch.tensor([[1.0, -1.0]])
        >>> rule.update({"w": x[None]}, torch.tensor([2.0]), measurement=0.01, process=0.0)
        >>> torch.allclose(w, x, atol=1e-3)
        True
    """

    def __init__(self, parameters: Mapping[str, Tensor], start: float = 100.0) -> None:
        if not parameters or start <= 0:
            raise SettingsError(
                "DecoupledKalmanFilter: expected parameters and a positive start, got "
                f"{len(parameters)} parameters and start={start}."
            )
        self.parameters = dict(parameters)
        self.covariances = {name: _covariance(p, start) for name, p in self.parameters.items()}

    @torch.no_grad()
    def update(
        self,
        derivatives: Mapping[str, Tensor],
        error: Float[Tensor, " outputs"],
        *,
        measurement: float,
        process: float,
    ) -> None:
        """Updates all parameters.

        Args:
            derivatives: By name the derivative of each output, (outputs, shape of the parameter).
            error: Targets minus outputs.
            measurement: Variance of the measurement noise R; it takes the place of a learning
                rate, and is brought down during training.
            process: Variance of the process noise Q, which keeps the covariances from collapsing.

        Raises:
            SettingsError: A parameter without derivatives.
        """
        missing = self.parameters.keys() - derivatives.keys()
        if missing:
            raise SettingsError(
                "DecoupledKalmanFilter.update: expected derivatives of every parameter, found none "
                f"of {', '.join(sorted(missing))}."
            )
        by_group = {n: _by_group(derivatives[n]) for n in self.parameters}
        moved = {n: self.covariances[n] @ c.mT for n, c in by_group.items()}
        total = measurement * torch.eye(error.numel(), dtype=error.dtype, device=error.device)
        for name, c in by_group.items():
            total = total + (c @ moved[name]).sum(0)
        inverse = torch.linalg.inv(total)
        for name, parameter in self.parameters.items():
            gain = moved[name] @ inverse
            parameter.add_((gain @ error).reshape(parameter.shape))
            self.covariances[name] -= gain @ moved[name].mT
            self.covariances[name].diagonal(dim1=-2, dim2=-1).add_(process)


def _covariance(parameter: Tensor, start: float) -> Tensor:
    rows, columns = _shape(parameter.shape)
    eye = torch.eye(columns, dtype=parameter.dtype, device=parameter.device)
    return (start * eye).repeat(rows, 1, 1)


def _shape(shape: Sequence[int]) -> tuple[int, int]:
    """Groups, and numbers of a group."""
    return (shape[0], shape[1]) if len(shape) == 2 else (shape[0], 1)


def _by_group(derivative: Tensor) -> Tensor:
    """Derivatives (outputs, *shape) as (groups, outputs, numbers)."""
    rows, columns = _shape(derivative.shape[1:])
    return derivative.reshape(derivative.shape[0], rows, columns).transpose(0, 1)
