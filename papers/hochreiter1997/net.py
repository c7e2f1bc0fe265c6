"""The paper's nets: memory blocks whose cells and gates all feed one another."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lstmkit.engine import Cell
from lstmkit.nn import LSTM

# section 4: a gate reads the input, all cells, all gates; appendix A.1: g in [-2, 2], h in [-1, 1]
HIDDEN = Cell(
    name="hochreiter1997",
    text="""
        i = sigmoid(W_i @ x + U_i @ h[-1] + R_i @ i[-1] + S_i @ o[-1] + b_i)
        o = sigmoid(W_o @ x + U_o @ h[-1] + R_o @ i[-1] + S_o @ o[-1] + b_o)
        g = 4 * sigmoid(W_g @ x + U_g @ h[-1] + R_g @ i[-1] + S_g @ o[-1] + b_g) - 2
        c = c[-1] + i * g
        h = o * (2 * sigmoid(c) - 1)
    """,
    shared=("i", "o"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Net:
    """A net of the paper.

    Attributes:
        inputs: Input units.
        outputs: Output units.
        blocks: Memory blocks.
        cells: Cells of a block.
        biases: Which units have one: `gates`, `all` hidden ones, or `none`.
        output_bias: Whether the outputs have one.
        spread: Weights start uniform within plus and minus this.
        input_gates: Start of the input gates' biases, block by block; empty like any weight.
        output_gates: Likewise for the output gates.
        squashed: Whether outputs are logistic, or as they are.
    """

    inputs: int
    outputs: int
    blocks: int
    cells: int
    biases: str
    output_bias: bool
    spread: float
    input_gates: tuple[float, ...] = ()
    output_gates: tuple[float, ...] = ()
    squashed: bool = True


class Blocks(nn.Module):
    """A net ready to train.

    Args:
        net: What it looks like.
        seed: Of its weights.
    """

    def __init__(self, net: Net, seed: int) -> None:
        super().__init__()
        self.net = net
        self.hidden = LSTM(
            net.inputs,
            net.blocks * net.cells,
            cell=HIDDEN,
            block_size=net.cells,
            gradient="truncated",
        )
        self.read = nn.Linear(net.blocks * net.cells, net.outputs, bias=net.output_bias)
        generator = torch.Generator().manual_seed(seed)
        own = self.hidden.directions()[0].stored()
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-net.spread, net.spread, generator=generator)
            _fill(own["b_i"], net.input_gates, known=net.biases != "none")
            _fill(own["b_o"], net.output_gates, known=net.biases != "none")
            if net.biases != "all":
                own["b_g"].zero_()
        absent = {"none": ("b_i", "b_o", "b_g"), "gates": ("b_g",), "all": ()}[net.biases]
        for name in absent:
            own[name].requires_grad_(False)

    @property
    def weights(self) -> int:
        """How many numbers are learned."""
        return sum(p.numel() for p in self.parameters() if p.requires_grad)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Returns the outputs (batch, outputs) of the last step."""
        _, state = self.hidden(x, lengths=lengths)
        outputs = self.read(state.h[-1])
        return outputs.sigmoid() if self.net.squashed else outputs


def _fill(bias: Tensor, values: tuple[float, ...], *, known: bool) -> None:
    if not known:
        bias.zero_()
    elif values:
        bias.copy_(torch.tensor(values))
