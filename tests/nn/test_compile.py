"""torch.compile and torch.export agree with eager, for every cell, without a graph break."""

import pytest
import torch

from lstmkit.cells import CATALOGUE
from lstmkit.engine.cpu.operator import scan_operator
from lstmkit.nn import LSTM, detach

pytestmark = pytest.mark.compile


@pytest.fixture(autouse=True)
def _fresh_compiler() -> None:
    torch._dynamo.reset()  # otherwise seventeen cells count as recompilations of one forward


@pytest.mark.parametrize("cell", CATALOGUE)
def test_a_compiled_layer_agrees_with_eager(cell: str) -> None:
    torch.manual_seed(0)
    layer = LSTM(3, 4, cell=cell)
    x, lengths = torch.randn(2, 2, 3), torch.tensor([2, 1])
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
    y, state = compiled(x, lengths=lengths)
    y.sum().backward()
    found = [p.grad.clone() for p in layer.parameters() if p.grad is not None]
    layer.zero_grad()
    expected, last = layer(x, lengths=lengths)
    expected.sum().backward()
    assert torch.allclose(y, expected, atol=1e-6)
    assert state._fields == last._fields
    grads = [p.grad for p in layer.parameters() if p.grad is not None]
    for one, other in zip(found, grads, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("cell", ["lstm", "slstm"])
def test_an_exported_layer_agrees_with_eager(cell: str) -> None:
    torch.manual_seed(0)
    layer = LSTM(3, 4, cell=cell, bidirectional=True)
    x = torch.randn(2, 3, 3)
    exported = torch.export.export(layer, (x,)).module()
    assert torch.allclose(exported(x)[0], layer(x)[0], atol=1e-6)


def test_a_compiled_stack_carries_its_state_and_sees_no_step() -> None:
    torch.manual_seed(0)
    layer, x = LSTM(3, 4, num_layers=2, bidirectional=True), torch.randn(2, 200, 3)
    graphs = []

    def count(graph: torch.fx.GraphModule, _: list[torch.Tensor]) -> torch.fx.GraphModule:
        graphs.append(len(graph.graph.nodes))
        return graph

    compiled = torch.compile(layer, backend=count, fullgraph=True)
    y, state = compiled(x)
    expected, last = layer(x)
    assert torch.equal(y, expected)
    again, _ = compiled(x, detach(state))
    assert torch.equal(again, layer(x, last)[0])
    assert max(graphs) < 200


def test_the_operator_keeps_torchs_rules() -> None:
    layer = LSTM(3, 4).layers[0]
    x = torch.randn(2, 5, 3, requires_grad=True)
    tensors = [x, *(p.detach().requires_grad_() for p in layer.stored().values())]
    given = (tensors, None, None, layer.equations.text, "", [3, 4, 4, 1])
    found = torch.library.opcheck(scan_operator, (*given, [False, False, False]))
    assert set(found.values()) == {"SUCCESS"}
