"""Buffers are used again and given back: calls leave nothing behind."""

import gc
import itertools
import os
from pathlib import Path

import pytest
import torch
from comparing import options_of

from lstmkit import LSTM, accelerate
from lstmkit.cells import CATALOGUE
from lstmkit.engine.cpu import learned, program, workspace
from lstmkit.engine.cpu.processor import instruction_set
from lstmkit.engine.lower import schedule
from lstmkit.nn import short
from lstmkit.nn.drop import Drop

# values that a map of the same step reads, kept beside slots and states
READ_AGAIN = {"projected": 1, "multiplicative": 1}


@pytest.mark.parametrize("cell", CATALOGUE)
def test_a_training_step_keeps_slots_and_states_and_no_more(cell):
    layer = LSTM(7, 32, cell=cell).layers[0]
    of = program.program(layer.layout, layer.sizes, under_rules=False)
    saved = [of.needs(2, steps, 1, 1, 0, 0, 0)[0] for steps in (40, 20)]
    plan = schedule.schedule(layer.equations)
    arrays = sum(len(group.slots) for group in plan.groups) + len(layer.equations.states) - 1
    arrays += READ_AGAIN.get(cell, 0)  # h is the output
    means_and_deviations = 2 * len(plan.normalised)
    assert (saved[0] - saved[1]) / 40 == 32 * arrays + means_and_deviations


def test_a_backward_pass_packs_no_more_rows_than_a_scan_has():
    layer = LSTM(7, 32).layers[0]
    of = program.program(layer.layout, layer.sizes, under_rules=False)
    chosen = instruction_set()
    assert chosen is not None
    # rows of a product that are packed at a time
    most = 128 if chosen.name.startswith("avx512") else 256
    scratch = {steps: of.needs(1, steps, 1, 1, 1, 0, 0)[1] for steps in (10, 100, most, 500)}
    # of each row at least the input and the state before it
    assert scratch[100] - scratch[10] >= 90 * (7 + 32)
    assert scratch[most] - scratch[100] >= (most - 100) * (7 + 32)
    assert scratch[500] == scratch[most]


def resident():
    """Bytes of this process that lie in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory as Linux shows it")
def test_thousands_of_calls_leave_the_process_as_large():
    kept = LSTM(8, 16, num_layers=2, bidirectional=True, drop=Drop(zoneout=0.1))
    low, x = LSTM(8, 16).with_weights("bfloat16"), torch.randn(4, 10, 8, requires_grad=True)
    theirs = accelerate(torch.nn.LSTM(8, 16))
    options = options_of(4, 10, lengths=True, resets=True)

    def every_kind():
        made = LSTM(8, 16, cell="gru")
        for layer in (made, kept):
            layer(x, **options)[0].sum().backward()
        with torch.no_grad():
            made(x, **options)
            low(x)
            theirs(x)
            _, state = made.step(x[:, 0])
            made.step(x[:, 1], state)

    def after(times):
        for _ in range(times):
            every_kind()
        gc.collect()
        buffers = sum(len(each) for each in workspace._free.values())
        return resident(), buffers, len(learned._known), len(short._ready)

    found = [after(80) for _ in range(4)]
    assert len({one[1:] for one in found}) == 1
    # whoever loses something does so every time; others may take a page now and then
    growth = min(later[0] - before[0] for before, later in itertools.pairwise(found))
    # a line of memory lost by each of the fourteen engine calls is found
    assert growth < 80 * 14 * 64


def test_buffers_beyond_the_limit_are_freed(monkeypatch):
    workspace.clear()
    monkeypatch.setattr(workspace, "KEPT_BYTES", 4000)
    first, second = workspace.Lease(900), workspace.Lease(900)
    del first, second
    assert sum(len(buffers) for buffers in workspace._free.values()) == 1
    workspace.clear()


def test_the_newest_buffers_are_kept(monkeypatch):
    workspace.clear()
    monkeypatch.setattr(workspace, "KEPT_BYTES", 4000)
    for floats in (300, 400, 900):
        workspace.Lease(floats)
    assert [size for size, buffers in workspace._free.items() if buffers] == [900]
    workspace.Lease(2000)  # more than may be kept
    assert [size for size, buffers in workspace._free.items() if buffers] == [900]
    workspace.clear()


@pytest.mark.filterwarnings("ignore:.torch.jit.trace. is deprecated:DeprecationWarning")
def test_a_buffer_that_goes_while_somebody_traces_is_counted_all_the_same():
    """What a traced tensor is asked for is a tensor too, and would spoil the count."""
    workspace.clear()
    leases = [workspace.Lease(300)]

    def traced(x):
        leases.clear()
        return x + 1

    torch.jit.trace(traced, torch.zeros(3), check_trace=False)
    assert workspace._kept == [1200]
    assert type(workspace._kept[0]) is int
    workspace.clear()
