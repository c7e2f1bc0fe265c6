"""Who looks at torch's operations sees them: tracers, forward mode, modes that listen, vmap."""

import pytest
import torch
from torch.autograd import forward_ad
from torch.utils.flop_counter import FlopCounterMode

from lstmkit import LSTM
from lstmkit.nn.tolerance import TOLERANCE, error

# torch's own, on the way
pytestmark = [
    pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
]
CELLS = ("lstm", "peephole")


@pytest.fixture(params=CELLS)
def layer(request):
    torch.manual_seed(0)
    return LSTM(3, 4, cell=request.param)


@pytest.mark.compile
@pytest.mark.parametrize("learning", [True, False], ids=["learning", "quiet"])
def test_a_traced_layer_computes_with_its_own_input(layer, learning):
    x, other = torch.randn(2, 2, 5, 3)
    with torch.set_grad_enabled(learning):
        traced = torch.jit.trace(layer, (x,), check_trace=False)
        assert error(traced(other)[0], layer(other)[0]) < TOLERANCE["engine"]


@pytest.mark.parametrize("learning", [True, False], ids=["learning", "quiet"])
def test_forward_mode_gives_the_slope(layer, learning):
    x, along = torch.randn(2, 2, 5, 3)
    tiny = 1e-2
    with torch.set_grad_enabled(learning), forward_ad.dual_level():
        y, slope = forward_ad.unpack_dual(layer(forward_ad.make_dual(x, along))[0])
    assert error(y, layer(x)[0]) < TOLERANCE["engine"]
    difference = (layer(x + tiny * along)[0] - layer(x - tiny * along)[0]) / (2 * tiny)
    assert error(slope, difference) < 1e-3


@torch.no_grad()
def test_whoever_counts_operations_counts_some():
    layer = LSTM(3, 4, cell="peephole")
    with FlopCounterMode(display=False) as counted:
        layer(torch.randn(2, 5, 3))
    # a state and an input for each of four gates, two operations for each product
    assert counted.get_total_flops() == 2 * 2 * 5 * 4 * 4 * (4 + 3)


def test_gradients_of_each_sample_are_those_of_the_sample(layer):
    x = torch.randn(4, 5, 3)
    learned = dict(layer.named_parameters())

    def loss(parameters, row):
        return torch.func.functional_call(layer, parameters, (row[None],))[0].square().sum()

    each = torch.vmap(torch.func.grad(loss), (None, 0))(learned, x)
    for row in range(4):
        layer.zero_grad()
        layer(x[row : row + 1])[0].square().sum().backward()
        for name, parameter in learned.items():
            assert error(each[name][row], parameter.grad) < TOLERANCE["engine"]
