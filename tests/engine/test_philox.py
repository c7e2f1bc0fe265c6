"""The counting generator against its authors' own vectors, and what is drawn with it."""

import pytest
import torch

from lstmkit import LSTM
from lstmkit.engine.philox import WORD, drawn, philox
from lstmkit.nn.drop import Drop

# known answers of Random123: counter, key, words
KNOWN = (
    ((0,) * 4, (0,) * 2, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((WORD,) * 4, (WORD,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
)


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_known_answers(counter, key, words):
    found = philox(tuple(torch.tensor(c) for c in counter), tuple(torch.tensor(k) for k in key))
    assert tuple(int(word) for word in found) == words


def test_draws_have_their_probability_and_differ_from_place_to_place():
    seed = torch.tensor(5)
    found = drawn(seed, 0, 0.3, (50, 40, 70), 0)
    assert abs(found.double().mean() - 0.3) < 4 * (0.3 * 0.7 / found.numel()) ** 0.5
    for axis in range(3):
        neighbours = found.narrow(axis, 0, 39) ^ found.narrow(axis, 1, 39)
        assert abs(neighbours.double().mean() - 0.42) < 0.01
    assert not torch.equal(found, drawn(seed, 1, 0.3, (50, 40, 70), 0))
    assert torch.equal(found[10:], drawn(seed, 0, 0.3, (40, 40, 70), 10))


def test_the_same_seed_gives_the_same_bits_with_any_number_of_threads():
    layer = LSTM(9, 70, drop=Drop(zoneout=0.3, recurrent=0.2))
    x, before, found = torch.randn(24, 7, 9), torch.get_num_threads(), []
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        torch.manual_seed(3)
        with torch.no_grad():
            found.append(layer(x)[0])
    torch.set_num_threads(before)
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])
