"""The network of the detector: it forecasts the next step, gives windows back, or both."""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.engine import Cell
from lstmkit.tasks.detection.encoder_decoder import EncoderDecoder
from lstmkit.tasks.sequence.network import Batch, SequenceSizes
from lstmkit.tasks.sequence.pooling import inside
from lstmkit.tasks.sequence.tag_network import TagNetwork

Method = Literal["forecast", "reconstruction", "both"]


class DetectNetwork(nn.Module):
    r"""What is normal, as a forecast of the next step and as windows that can be given back.

    The forecast is a `TagNetwork` that tells by how much the next value of each channel differs
    from the last known one; it starts at 0, which forecasts the last value. The loss is the mean
    absolute error, which the odd spike in the training data moves little.

    Args:
        sizes: Widths; as many outputs as there are channels.
        method: Which of the two.
        window: Steps of the windows that are given back.
        cell: The cell.
        hidden_size: Units of a layer.
        num_layers: Layers.
        dropout: Dropout of the forecast, between layers and before its outputs.

    Raises:
        CellError: The cell cannot be used.
    """

    def __init__(
        self,
        sizes: SequenceSizes,
        *,
        method: Method,
        window: int,
        cell: Cell,
        hidden_size: int,
        num_layers: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.window = window
        self.forecast: TagNetwork | None = None
        self.reconstruction: EncoderDecoder | None = None
        if method != "reconstruction":
            self.forecast = TagNetwork(
                sizes,
                loss=_change_loss,
                counts=_known,
                cell=cell,
                hidden_size=hidden_size,
                num_layers=num_layers,
                dropout=dropout,
                online=True,
            )
            nn.init.zeros_(self.forecast.head.weight)
            nn.init.zeros_(self.forecast.head.bias)
        if method != "forecast":
            self.reconstruction = EncoderDecoder(
                sizes.inputs,
                sizes.outputs,
                cell=cell,
                hidden_size=hidden_size,
                num_layers=num_layers,
            )

    def loss(self, batch: Batch) -> Float[Tensor, ""]:
        """Computes the mean absolute error, of the two together where there are two."""
        parts = []
        if self.forecast is not None:
            parts.append(self.forecast.loss(batch))
        if self.reconstruction is not None:
            parts.append(self._reconstruction_loss(batch, self.reconstruction))
        return torch.stack(parts).sum()

    def counts(self, batch: Batch) -> Float[Tensor, ""]:
        """Says how much of what the loss is a mean over a batch holds."""
        return _known(batch)

    def _reconstruction_loss(self, batch: Batch, network: EncoderDecoder) -> Float[Tensor, ""]:
        steps, weight = batch["steps"], batch["own"]
        real = inside(steps, batch["lengths"])
        # few windows begin where a row does: another place each time, or they are learnt by heart
        first = int(torch.randint(self.window, ())) if self.training else 0
        first = min(first, steps.shape[1] - 1)
        spare = -(steps.shape[1] - first) % self.window

        def cut(values: Tensor) -> Tensor:
            kept = nn.functional.pad(values[:, first:], (0, 0, 0, spare))
            found: Tensor = kept.unflatten(1, (-1, self.window)).flatten(0, 1)
            return found

        windows = cut(steps)
        # a window that is part padding looks like none that will ever be judged
        whole = cut(real[..., None].float()).amin(1, keepdim=True)
        weight = cut(weight) * whole
        channels = weight.shape[-1]
        missed: Tensor = (network(windows) - windows[..., :channels]).abs()
        return (missed * weight).sum() / weight.sum().clamp(min=1.0)


def _known(batch: Batch) -> Float[Tensor, ""]:
    return batch["weight"].sum()


def _change_loss(outputs: Float[Tensor, "rows channels"], batch: Batch) -> Float[Tensor, ""]:
    weight = batch["weight"]
    return ((outputs - batch["target"]).abs() * weight).sum() / weight.sum().clamp(min=1.0)
