r"""The decoupled extended Kalman filter for many small nets at once.

The rule is `lstmkit.train.rules.DecoupledKalmanFilter` (Perez-Ortiz et al. 2003, equations 9 to
12), with a group for each unit: the numbers that enter it, those of its peepholes among them.
"""

import numpy as np
from jaxtyping import Float

from papers.online import Nets

Rows = Float[np.ndarray, " nets"]


class Filter:
    """Filters for the weights of nets of one shape, one cell a block.

    Args:
        nets: What is trained.
        start: Diagonal of the covariances before the first update.
    """

    def __init__(self, nets: Nets, start: float) -> None:
        self.nets, self.cells = nets, nets.s.shape[1]
        groups = nets.hidden.shape[1] + nets.output.shape[1]
        # a gate has one peephole more than a cell has sources
        self.size = max(nets.hidden.shape[2] + 1, nets.output.shape[2])
        eye = start * np.eye(self.size)
        self.covariances = np.tile(eye, (len(nets.s), groups, 1, 1))

    def update(
        self, error: Float[np.ndarray, "nets outputs"], measurement: Rows, process: Rows
    ) -> None:
        """Updates all weights by the last step of the nets.

        Args:
            error: Targets minus outputs.
            measurement: Variance of the measurement noise R of each net.
            process: Variance of the process noise Q of each net.
        """
        nets, count = self.nets, error.shape[1]
        each = [nets.gradients(np.tile(row, (len(error), 1))) for row in np.eye(count)]
        # (nets, groups, outputs, numbers)
        c = np.stack([self._grouped(*one) for one in each], axis=2)
        moved = self.covariances @ c.swapaxes(2, 3)
        total = (c @ moved).sum(1) + measurement[:, None, None] * np.eye(count)
        gain = moved @ np.linalg.inv(total)[:, None]
        self._move((gain @ error[:, None, :, None])[..., 0])
        self.covariances -= gain @ moved.swapaxes(2, 3)
        diagonal = np.arange(self.size)
        self.covariances[:, :, diagonal, diagonal] += process[:, None, None]

    def _grouped(self, hidden: np.ndarray, peepholes: np.ndarray, output: np.ndarray) -> np.ndarray:
        """One row a unit, filled up with zeros: cells, gates kind by kind, outputs."""
        nets, units, sources = hidden.shape
        rows = np.zeros((nets, units + output.shape[1], self.size))
        rows[:, :units, :sources] = hidden
        rows[:, self.cells : units, sources] = peepholes.reshape(nets, -1)
        rows[:, units:, : output.shape[2]] = output
        return rows

    def _move(self, rows: np.ndarray) -> None:
        """Adds to the weights what stands in the rows of their units."""
        nets = self.nets
        units, sources = nets.hidden.shape[1:]
        nets.hidden += rows[:, :units, :sources]
        nets.peepholes += rows[:, self.cells : units, sources].reshape(nets.peepholes.shape)
        nets.output += rows[:, units:, : nets.output.shape[2]]
