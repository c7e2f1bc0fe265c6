"""What torch's documentation says of `torch.nn.LSTM`, sentence by sentence, of both layers."""

import copy

import pytest
import torch
from torch import nn

from lstmkit.compat.torch import LSTM, why_not
from lstmkit.nn.tolerance import TOLERANCE, error

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")


@pytest.fixture(params=[nn.LSTM, LSTM], ids=["torch", "lstmkit"])
def kind(request):
    return request.param


def close(found, expected):
    assert found.shape == expected.shape
    assert error(found, expected) < TOLERANCE["engine"]


def test_the_equations_are_these_with_the_gates_in_this_order(kind):
    layer, x = kind(3, 4), torch.randn(6, 2, 3)
    h, c = h_0, c_0 = torch.randn(2, 2, 4)
    outputs = []
    for x_t in x:
        a = x_t @ layer.weight_ih_l0.T + layer.bias_ih_l0
        a = a + h @ layer.weight_hh_l0.T + layer.bias_hh_l0
        i, f, g, o = a.chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        outputs.append(h)
    y, (h_n, c_n) = layer(x, (h_0[None], c_0[None]))
    close(y, torch.stack(outputs))
    close(h_n[0], h)
    close(c_n[0], c)


def test_a_projection_multiplies_the_output_and_what_is_read_of_it(kind):
    layer, x = kind(3, 5, proj_size=2), torch.randn(4, 2, 3)
    h, c = torch.zeros(2, 2), torch.zeros(2, 5)
    for x_t in x:
        a = x_t @ layer.weight_ih_l0.T + layer.bias_ih_l0
        i, f, g, o = (a + h @ layer.weight_hh_l0.T + layer.bias_hh_l0).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = (o.sigmoid() * c.tanh()) @ layer.weight_hr_l0.T
    _, (h_n, c_n) = layer(x)
    close(h_n[0], h)
    close(c_n[0], c)


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("proj_size", [0, 3])
def test_shapes_of_parameters_and_results(kind, directions, proj_size):
    layer = kind(10, 20, 3, bidirectional=directions == 2, proj_size=proj_size)
    out = proj_size or 20
    for k in range(3):
        for suffix in ("", "_reverse")[:directions]:
            width = 10 if k == 0 else directions * out
            assert getattr(layer, f"weight_ih_l{k}{suffix}").shape == (80, width)
            assert getattr(layer, f"weight_hh_l{k}{suffix}").shape == (80, out)
            assert getattr(layer, f"bias_ih_l{k}{suffix}").shape == (80,)
            assert getattr(layer, f"bias_hh_l{k}{suffix}").shape == (80,)
            if proj_size:
                assert getattr(layer, f"weight_hr_l{k}{suffix}").shape == (proj_size, 20)
    y, (h, c) = layer(torch.randn(5, 4, 10))
    assert y.shape == (5, 4, directions * out)
    assert h.shape == (3 * directions, 4, out)
    assert c.shape == (3 * directions, 4, 20)
    y, (h, c) = layer(torch.randn(5, 10))
    assert y.shape == (5, directions * out)
    assert h.shape == (3 * directions, out)
    assert c.shape == (3 * directions, 20)


def test_without_a_state_both_start_at_zero(kind):
    layer, x = kind(3, 4, 2), torch.randn(5, 2, 3)
    zero = torch.zeros(2, 2, 4)
    close(layer(x, (zero, zero))[0], layer(x)[0])


def test_batch_first_moves_the_batch_of_input_and_output_but_of_no_state(kind):
    layer = kind(3, 4, batch_first=True)
    other = kind(3, 4)
    other.load_state_dict(layer.state_dict())
    x, state = torch.randn(2, 5, 3), tuple(torch.randn(2, 1, 2, 4))
    y, (h, c) = layer(x, state)
    expected, last = other(x.transpose(0, 1), state)
    close(y, expected.transpose(0, 1))
    close(h, last[0])
    close(c, last[1])
    close(layer(x[0])[0], other(x[0])[0])  # of no use to one sequence alone


def test_the_last_output_of_the_reverse_direction_is_its_first_step(kind):
    layer, x = kind(3, 4, bidirectional=True), torch.randn(5, 2, 3)
    y, (h, _) = layer(x)
    forward, backward = y.view(5, 2, 2, 4).unbind(2)
    close(h[0], forward[-1])
    close(h[1], backward[0])
    assert error(h[1], backward[-1]) > 0.1


def test_dropout_follows_every_layer_but_the_last(kind):
    layer = kind(3, 50, 2, dropout=0.99)
    first = kind(3, 50)
    first.load_state_dict({n: p for n, p in layer.state_dict().items() if n.endswith("l0")})
    x = torch.randn(5, 2, 3)
    y, (h, _) = layer(x)
    assert (y != 0).all()
    close(h[0], first(x)[1][0][0])
    assert error(layer(x)[0], y) > 0
    layer.eval()
    assert torch.equal(layer(x)[0], layer(x)[0])


def test_parameters_start_uniform_by_the_root_of_the_units(kind):
    layer = kind(30, 100, 2, bidirectional=True)
    for parameter in layer.parameters():
        assert 0.09 < parameter.abs().max() <= 0.1
        assert abs(parameter.mean()) < 0.02


def test_one_seed_starts_both_alike():
    found = []
    for kind in (nn.LSTM, LSTM):
        torch.manual_seed(3)
        found.append(kind(3, 4, 2, True, True, 0.1, True, 2).state_dict())
    assert list(found[0]) == list(found[1])
    assert all(torch.equal(one, found[1][name]) for name, one in found[0].items())


def test_the_example_of_the_documentation(kind):
    rnn = kind(10, 20, 2)
    input = torch.randn(5, 3, 10)
    h0 = torch.randn(2, 3, 20)
    c0 = torch.randn(2, 3, 20)
    output, (hn, cn) = rnn(input, (h0, c0))
    assert output.shape == (5, 3, 20)
    assert hn.shape == cn.shape == (2, 3, 20)


def test_device_and_type_may_be_asked_for(kind):
    layer = kind(3, 4, device="cpu", dtype=torch.float64)
    y, (h, c) = layer(torch.randn(5, 2, 3, dtype=torch.float64))
    assert {part.dtype for part in (y, h, c, *layer.parameters())} == {torch.float64}
    nowhere = kind(3, 4, device="meta")
    assert all(parameter.is_meta for parameter in nowhere.parameters())
    assert nowhere(torch.empty(5, 2, 3, device="meta"))[0].is_meta


def test_what_a_layer_says_of_itself_and_offers(kind):
    layer = kind(3, 4, 2, batch_first=True, bidirectional=True)
    assert repr(layer) == "LSTM(3, 4, num_layers=2, batch_first=True, bidirectional=True)"
    assert [len(each) for each in layer.all_weights] == [4] * 4
    layer.flatten_parameters()
    assert copy.deepcopy(layer).num_layers == 2


def test_a_layer_that_changes_its_type_and_comes_back_runs_in_the_engine_again():
    layer, x = LSTM(3, 4), torch.randn(5, 2, 3)
    expected = layer(x)[0]
    assert "float32" in why_not(layer.double(), x.double())
    close(layer(x.double())[0].float(), expected)
    assert why_not(layer.float(), x) is None
    close(layer(x)[0], expected)
