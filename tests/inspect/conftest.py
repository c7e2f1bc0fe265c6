"""Layers made by hand, whose insides are known exactly, and a browser to look at pages with."""

import importlib.util
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from lstmkit.nn import LSTM


def made(forget: float, **biases: float) -> LSTM:
    """One unit without recurrent maps: c = forget * c[-1] + i * tanh(x), with i and o as given.

    The gates are constant: `forget`, and sigmoid of the biases i and o (0 where not given).
    """
    layer = LSTM(1, 1, dtype=torch.float64)
    named = layer.directions()[0].named()
    with torch.no_grad():
        for value in named.values():
            value.zero_()
        named["W_g"].fill_(1.0)
        named["b_f"].fill_(math.inf if forget == 1 else math.log(forget / (1 - forget)))
        for gate, bias in biases.items():
            named[f"b_{gate}"].fill_(bias)
    return layer


@pytest.fixture
def constant_gates() -> Callable[..., LSTM]:
    return made


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    spec = importlib.util.spec_from_file_location("browser", Path(__file__).with_name("browser.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if module.BROWSER is None:
        pytest.skip("no chromium on this machine to open the page with")
    with module.Browser(tmp_path_factory.mktemp("browser")) as made:
        yield made
