r"""The decoupled extended Kalman filter as a training rule.

The parameters are the state that is estimated, the net's outputs its measurement (Puskorius and
Feldkamp 1994; for LSTM Perez-Ortiz, Gers, Eck and Schmidhuber 2003, equations 9 to 12). For the
groups i of parameters w_i, with C_i the derivatives of the outputs, P_i the covariance, d - y the
error, R and Q the measurement and the process noise,

.. math:: A &= \Big(R + \sum_i C_i^T P_i C_i\Big)^{-1} \\
          G_i &= P_i C_i A \\
          w_i &\leftarrow w_i + G_i (d - y) \\
          P_i &\leftarrow P_i - G_i C_i^T P_i + Q

Decoupled means that covariances between groups are taken for zero. Each row of a matrix is a group,
and each number of a vector, so that the cost grows with the sum of the squares of the groups' sizes
and not with the square of their sum.

W, U and the biases of a layer are parameters of their own, so that a node has a group in each of
them: its row of W, its row of U and its bias. One group for all numbers that enter a node takes a
matrix in which they stand side by side, as in papers/counting.
"""

import math
from collections.abc import Mapping, Sequence
from numbers import Real

import torch
from jaxtyping import Float
from torch import Tensor

from lstmkit.errors import SettingsError
from lstmkit.train.rules.checks import told


class DecoupledKalmanFilter:
    """Updates parameters in place from the derivatives of the outputs at one step.

    Args:
        parameters: What is trained, by name, all of one type and device. A matrix is decoupled by
            rows, a vector by number. A node of a layer has a group in each of W, U and b, unless
            they are put side by side in one matrix.
        start: Diagonal of the covariances before the first update; larger moves faster at first.

    Raises:
        SettingsError: No parameters, one that is no matrix or vector or of another type than the
            first, or a start that is no finite number above 0.

    Example:
        >>> w = torch.zeros(1, 2)
        >>> rule = DecoupledKalmanFilter({"w": w}, start=100.0)
        >>> x = torch.tensor([[1.0, -1.0]])
        >>> rule.update({"w": x[None]}, torch.tensor([2.0]), measurement=0.01, process=0.0)
        >>> torch.allclose(w, x, atol=1e-3)
        True
    """

    def __init__(self, parameters: Mapping[str, Tensor], start: float = 100.0) -> None:
        _check_parameters(parameters)
        if not 0 < _number(start) < math.inf:
            raise SettingsError(
                f"DecoupledKalmanFilter: expected a positive, finite start, got {start!r}. "
                "It is the variance of a parameter before the first update."
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
            SettingsError: A parameter without derivatives, derivatives of no parameter, a shape,
                type or device that does not fit, or a variance out of its range.
        """
        _check_noise(measurement, process)
        self._check(derivatives, error)
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

    def _check(self, derivatives: Mapping[str, Tensor], error: Tensor) -> None:
        who, known = "DecoupledKalmanFilter.update", ", ".join(self.parameters)
        missing = sorted(self.parameters.keys() - derivatives.keys())
        if missing:
            raise SettingsError(
                f"{who}: expected derivatives of every parameter, found none of "
                f"{', '.join(missing)}."
            )
        for name in sorted(derivatives.keys() - self.parameters.keys()):
            raise SettingsError(
                f"{who}: expected derivatives of {known}, got some of {name!r}, which is not "
                "trained. Leave them out, or give the parameter when the filter is built."
            )
        like = next(iter(self.parameters.values()))
        if not _is_like(error, like) or error.dim() != 1:
            raise SettingsError(
                f"{who}: expected error (outputs,) of {like.dtype} on {like.device}, a number for "
                f"each output, got {told(error)}. Convert it with .to(...) or .flatten()."
            )
        for name, parameter in self.parameters.items():
            given, shape = derivatives[name], (len(error), *parameter.shape)
            if not _is_like(given, like) or given.shape != shape:
                raise SettingsError(
                    f"{who}: expected derivatives of {name!r} as (outputs, shape of the parameter) "
                    f"= {shape} of {like.dtype} on {like.device}, got {told(given)}. "
                    "The length of error is the number of outputs."
                )


def _check_parameters(parameters: Mapping[str, Tensor]) -> None:
    who = "DecoupledKalmanFilter"
    if not isinstance(parameters, Mapping) or not parameters:
        came = "none" if isinstance(parameters, Mapping) else told(parameters)
        raise SettingsError(f"{who}: expected parameters by name, got {came}.")
    for name, parameter in parameters.items():
        if not isinstance(parameter, Tensor) or parameter.dim() not in (1, 2):
            raise SettingsError(
                f"{who}: expected a matrix or a vector as {name!r}, got {told(parameter)}. "
                "Give a view of one or two axes, such as parameter.view(len(parameter), -1)."
            )
    first = next(iter(parameters.values()))
    for name, parameter in parameters.items():
        if not parameter.is_floating_point() or not _is_like(parameter, first):
            raise SettingsError(
                f"{who}: expected floating-point parameters of one type on one device, got "
                f"{told(parameter)} as {name!r} and {told(first)} as the first. Convert one of "
                "them with .to(...)."
            )


def _check_noise(measurement: float, process: float) -> None:
    who = "DecoupledKalmanFilter.update"
    if not 0 < _number(measurement) < math.inf:
        raise SettingsError(
            f"{who}: expected a finite measurement above 0, got {measurement!r}. "
            "It is the variance of the targets' noise; less of it makes larger steps."
        )
    if not 0 <= _number(process) < math.inf:
        raise SettingsError(
            f"{who}: expected a finite process of at least 0, got {process!r}. "
            "It is a variance, added to the covariances after each update; 0 adds none."
        )


def _number(given: object) -> float:
    return float(given) if isinstance(given, Real) else math.nan


def _is_like(given: Tensor, like: Tensor) -> bool:
    return isinstance(given, Tensor) and given.dtype == like.dtype and given.device == like.device


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
