"""Piano rolls of real music, and the loss of a net that says what sounds next.

The sets of Boulanger-Lewandowski, Bengio and Vincent (2012), with their split: which of 88 keys
sound at each step. The loss is the negative log-likelihood of all keys of the next step in nats, a
mean over all steps but the first of each piece.
"""

import os
from pathlib import Path

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lstmkit.data.datasets import FOLDER_VARIABLE
from lstmkit.errors import DataError
from lstmkit.nn import LSTM

KEYS = 88
PARTS = ("traindata", "validdata", "testdata")
Batch = tuple[Float[Tensor, "batch time keys"], Int[Tensor, " batch"]]


def rolls(name: str, folder: str | Path | None = None) -> tuple[list[Tensor], ...]:
    """Reads the pieces of a set, each (time, 88): for training, validation and test.

    Args:
        name: JSB_Chorales, Nottingham, Piano_midi or MuseData.
        folder: Where music/NAME.mat or NAME.mat lies; LSTMKIT_DATA where None.

    Raises:
        DataError: The file is absent or holds something else.
    """
    from scipy.io import loadmat

    how = f"Name its folder by --data or {FOLDER_VARIABLE}."
    given = folder or os.environ.get(FOLDER_VARIABLE)
    if given is None:
        raise DataError(f"music: expected a folder of data sets, got none. {how}")
    places = Path(given) / "music" / f"{name}.mat", Path(given) / f"{name}.mat"
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise DataError(f"music: expected music/{name}.mat in {given}, got no such file. {how}")
    found = loadmat(path)
    if missing := [part for part in PARTS if part not in found]:
        raise DataError(f"{path}: expected {', '.join(PARTS)}, got no {missing[0]}. {how}")
    return tuple(
        [torch.from_numpy(piece.astype("float32")) for piece in found[part][0]] for part in PARTS
    )


def batches(pieces: list[Tensor], size: int) -> list[Batch]:
    """Pieces of nearly one length together, padded, with their lengths."""
    ordered = sorted(pieces, key=len)
    return [
        (
            nn.utils.rnn.pad_sequence(ordered[first : first + size], batch_first=True),
            torch.tensor([len(piece) for piece in ordered[first : first + size]]),
        )
        for first in range(0, len(ordered), size)
    ]


def by_frequency(train: list[Tensor], test: list[Tensor]) -> float:
    """The loss of always saying how often each key sounds in some pieces, on others.

    Args:
        train: Where it is counted, with half a step more for a key that never sounds.
        test: Where it is judged.
    """
    counted, judged = torch.cat(train), torch.cat([piece[1:] for piece in test])
    chance = (counted.sum(0) + 0.5) / (len(counted) + 1)
    each = nn.functional.binary_cross_entropy(chance.expand_as(judged), judged, reduction="none")
    return float(each.sum(-1).mean())


class NextKeys(nn.Module):
    """A recurrent layer that reads what sounds, and a logistic output for each key of the next.

    Args:
        layer: What reads.
    """

    def __init__(self, layer: LSTM) -> None:
        super().__init__()
        self.layer, self.head = layer, nn.Linear(layer.output_size, KEYS)

    def forward(self, batch: Batch, noise: float = 0.0) -> Float[Tensor, " steps"]:
        """Returns the negative log-likelihood of every real step but the first, in nats.

        Args:
            batch: Pieces and their lengths.
            noise: Standard deviation of Gaussian noise on what the layer reads.
        """
        x, lengths = batch
        read = x[:, :-1]
        if noise:
            read = read + noise * torch.randn_like(read)
        y, _ = self.layer(read, lengths=lengths - 1)
        each = nn.functional.binary_cross_entropy_with_logits(
            self.head(y), x[:, 1:], reduction="none"
        )
        real: Bool[Tensor, "batch time"] = torch.arange(y.shape[1]) < (lengths - 1)[:, None]
        return each.sum(-1)[real]

    @torch.no_grad()
    def judge(self, pieces: list[Batch]) -> float:
        """Returns the mean of all steps of all pieces, without what is left out in training."""
        training = self.training
        self.eval()
        found = torch.cat([self(batch) for batch in pieces])
        self.train(training)
        return float(found.mean())
