"""Cells that nobody has thought of: random texts run compiled and equal the reference."""

import random

import pytest
import torch
from comparing import input_of, options_of, worst

from lstmkit import LSTM
from lstmkit.nn.tolerance import TOLERANCE

BOUNDED = ("sigmoid({})", "tanh({})", "tanh(softplus({}))", "sigmoid(logsigmoid({}))")
SMOOTH = ("{} * {}", "{} + {}", "{} - 0.5 * {}", "{} / (1 + {} * {})")
KINKED = ("max({}, {})", "min({}, {})", "relu({}) - {}", "abs({}) * {}")


def text_of(seed: int) -> str:
    """Two to five lines; each reads the one before, the input, vectors and states of any line."""
    draw = random.Random(seed)
    count = draw.randint(2, 5)
    names = [f"q{k}" for k in range(count - 1)] + ["h"]
    maps = iter(range(100))

    def state() -> str:
        return f"{draw.choice(names)}[-1]"

    def product(operand: str) -> str:
        return f"(M{next(maps)} @ {operand})"

    def part(line: int) -> str:
        kinds = [
            lambda: product("x"),
            lambda: product(state()),
            lambda: product(f"({state()} * {state()})"),
            state,
            lambda: f"v{draw.randrange(3)}",
            lambda: f"layer_norm({product('x')} + {product(state())})",
        ]
        if line:
            before = draw.choice(names[:line])
            kinds += [lambda: before, lambda: product(before)]
        return draw.choice(kinds)()

    def joined(line: int, needed: str) -> str:
        form = draw.choice(SMOOTH + KINKED)
        parts = [part(line) for _ in range(form.count("{}"))]
        parts[draw.randrange(len(parts))] = needed
        return f"{form.format(*parts)} + {part(line)}"

    lines = []
    for k, name in enumerate(names):
        needed = names[k - 1] if k else product("x")
        lines.append(f"{name} = {draw.choice(BOUNDED).format(joined(k, needed))}")
    # so that something is remembered whatever was drawn
    lines[-1] = f"{lines[-1]} + 0.3 * h[-1]"
    return "\n".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(16))
def test_a_random_cell_equals_the_reference(seed, poison, threads):
    torch.manual_seed(seed)
    text = text_of(seed)
    for batch, hidden, count in ((5, 21, 2), (14, 33, 3)):
        threads(count)
        options = options_of(batch, 4, lengths=True, resets=True)
        x = input_of(batch, 4, hidden, options)
        errors = worst(LSTM(hidden, hidden, cell=text), x, options)
        # a normalisation of few units and kinks make more of rounding than published cells do
        wrong = {name: e for name, e in errors.items() if not e <= 10 * TOLERANCE["engine"]}
        assert not wrong, text


def test_random_texts_differ_and_use_everything():
    texts = [text_of(seed) for seed in range(60)]
    assert len(set(texts)) == 60
    for word in ("layer_norm", "max", "softplus", "logsigmoid", "abs", "[-1]", "@ x", "v0"):
        assert any(word in text for text in texts)
