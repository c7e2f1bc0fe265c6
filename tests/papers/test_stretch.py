"""A net that is led along a stretch does what it would do step by step."""

import dataclasses
from math import inf

import numpy as np
import pytest

from papers.online import Nets
from papers.shape import Shape
from papers.stretch import BEGINS, COUNTS, DUE, ENDS, Course, Stretch

BIASES = {"i": (0.3, -0.2), "f": (1.0, 0.5), "o": (-0.1, 0.2)}
SHAPE = Shape(inputs=4, outputs=2, blocks=2, cells=2, biased=("cells", "gates", "outputs"))
STEPS, RATE, DECAY, WRONG, WHOLE = 240, 0.4, 0.9, 0.65, 3


def stretch_of(symbols):
    random = np.random.default_rng(3)
    seen = random.integers(0, 4, STEPS)
    flags = random.choice(np.array([0, DUE, DUE + COUNTS], dtype=np.uint8), STEPS)
    flags[::6] |= BEGINS
    flags[17::30] |= ENDS
    x = seen if symbols else np.eye(4)[seen] + 0.1 * random.normal(size=(STEPS, 4))
    return Stretch(x, random.integers(0, 2, (STEPS, 2)).astype(float), flags)


def step_by_step(net, stretch, clip):
    """What `follow` does, in Python; returns lengths of streams, and outputs where they are due."""
    at, rate, length, lengths, out = 0, RATE, 0, [], np.zeros((STEPS, 2))
    clipped = 0
    everything = np.array([True])
    while at < STEPS:
        x, flag = stretch.x[at], stretch.flags[at]
        y = net.step((np.eye(4)[x] if stretch.x.ndim == 1 else x)[None])[0]
        mistaken = False
        if flag & DUE:
            out[at] = y
            error = stretch.target[at] - y
            mistaken = np.abs(error).max() >= WRONG
            norm = np.sqrt(sum(np.square(part).sum() for part in net.gradients(error[None])))
            clipped += norm > clip
            net.learn(error[None], rate * min(1.0, clip / norm))
        rate *= DECAY
        at += 1
        length += int(bool(flag & COUNTS) and not mistaken)
        if mistaken or length >= WHOLE or flag & ENDS:
            net.reset(everything)
        if mistaken or length >= WHOLE:
            rate = RATE
            lengths.append(length)
            length = 0
            while at < STEPS and not stretch.flags[at] & BEGINS:
                at += 1
    assert clipped > 10 or clip == inf
    return lengths, out


@pytest.mark.parametrize("clip", [inf, 0.03])
@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("symbols", [False, True], ids=["numbers", "symbols"])
@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"forget": False, "recurrence": "all", "squash_in": "linear"},
        {"peepholes": True, "cells": 1, "squash_state": "centred"},
        {"shortcut": True, "output_gate": False, "entropy": True},
    ],
    ids=str,
)
def test_a_net_that_is_led_learns_as_it_would_step_by_step(symbols, changed, momentum, clip):
    shape, stretch = dataclasses.replace(SHAPE, **changed), stretch_of(symbols)
    led, stepped = (
        Nets(shape, [7, 8], spread=0.5, biases=BIASES, momentum=momentum) for _ in range(2)
    )
    course = Course(RATE, decay=DECAY, wrong=WRONG, whole=WHOLE, clip=clip)
    out = np.zeros((STEPS, 2))
    untouched = led.hidden[0].copy()
    assert not led.follow(1, stretch, course, out)
    alone = stepped.select(np.array([1]))
    lengths, found = step_by_step(alone, stretch, clip)
    assert course.streams == len(lengths) > 10
    assert max(lengths) == WHOLE
    np.testing.assert_allclose(out, found, atol=1e-11)
    for name in ("hidden", "peepholes", "output", "s"):
        np.testing.assert_allclose(getattr(led, name)[1], getattr(alone, name)[0], atol=1e-11)
    np.testing.assert_array_equal(led.hidden[0], untouched)


def test_it_stops_at_the_end_of_a_good_stream_and_of_the_last_one():
    stretch = stretch_of(symbols=True)
    nets = Nets(SHAPE, [7], spread=0.5, biases=BIASES)
    course, lengths = Course(RATE, wrong=0.5, good=1, limit=20), []
    while nets.follow(0, stretch, course):
        lengths.append(course.length)
        if course.streams == 20:
            break
        course.length = 0
    assert min(lengths[:-1]) >= 1
    assert course.streams == 20
    assert course.at < STEPS


def test_a_net_that_does_not_learn_stays_as_it_is():
    nets = Nets(SHAPE, [7], spread=0.5, biases=BIASES, momentum=0.9)
    before = nets.hidden.copy(), nets.output.copy()
    nets.follow(0, stretch_of(symbols=False), Course())
    np.testing.assert_array_equal(nets.hidden, before[0])
    np.testing.assert_array_equal(nets.output, before[1])
