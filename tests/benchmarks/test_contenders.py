"""Contenders are let in by their numbers; every question has points and a table."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from benchmarks.speed import contenders, interleave, questions, worker
from benchmarks.speed.__main__ import arguments
from benchmarks.speed.contenders import Prepared, WrongNumbersError
from benchmarks.speed.interleave import summary
from benchmarks.speed.machine import Machine
from benchmarks.speed.point import MODES, Point, numbers

POINT = Point("grid", "training", threads=1, batch=3, hidden=16, input=5, steps=7)


def answers(name: str, point: Point) -> dict[str, np.ndarray]:
    module = contenders.find(name)
    if isinstance(module, str):
        pytest.skip(module)
    if point.mode not in module.MODES:
        pytest.skip(f"{name} cannot do {point.mode}")
    given = module.prepare(point, numbers(point))
    given.run()  # the second call must not add to the first one's gradients
    return dict(given.read(given.run()))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", [name for name in contenders.FILES if name != "torch"])
def test_contenders_that_are_installed_compute_what_torch_computes(name: str, mode):
    point = replace(POINT, mode=mode)
    found = answers(name, point)
    wanted = answers("torch", point)
    assert wanted.keys() <= found.keys()
    contenders.check(name, point, Prepared(lambda: found, lambda result: result), wanted)


@pytest.mark.parametrize("part", ["y", "dx", "dW", "dU"])
def test_a_contender_that_is_off_is_refused(part: str):
    wanted = answers("torch", POINT)
    off = wanted | {part: wanted[part] + 2e-4 * max(1.0, float(np.abs(wanted[part]).max()))}
    with pytest.raises(WrongNumbersError, match=f"{part} is off by"):
        contenders.check("jax", POINT, Prepared(lambda: off, lambda result: result), wanted)


def test_a_contender_that_gives_nan_is_refused():
    wanted = answers("torch", POINT)
    off = wanted | {"y": np.full_like(wanted["y"], np.nan)}
    with pytest.raises(WrongNumbersError, match="y is off by nan"):
        contenders.check("jax", POINT, Prepared(lambda: off, lambda result: result), wanted)


def test_a_contender_of_another_shape_is_refused():
    wanted = answers("torch", POINT)
    off = wanted | {"y": wanted["y"].swapaxes(0, 1)}
    with pytest.raises(WrongNumbersError, match="expected y of shape"):
        contenders.check("jax", POINT, Prepared(lambda: off, lambda result: result), wanted)


def test_a_contender_that_is_not_installed_is_left_out_with_a_line(monkeypatch):
    monkeypatch.setitem(contenders.FILES, "jax", "no_such_file")
    line = contenders.find("jax")
    assert isinstance(line, str)
    assert line.startswith("JAX lax.scan is left out: ")


def test_inputs_are_the_same_every_time():
    first, again = numbers(POINT), numbers(POINT)
    for part, values in asdict(first).items():
        np.testing.assert_array_equal(values, getattr(again, part))


@pytest.mark.parametrize("name", questions.NAMES)
def test_every_question_has_different_points_for_every_thread_count(name: str):
    question = questions.find(name)
    for words in ([], ["--quick"]):
        points = question.points(arguments([*words, "--threads", "1", "2"]))
        assert len(set(points)) == len(points) > 0
        assert {point.question for point in points} == {name}
    few = question.points(arguments(["--hidden", "16", "--batch", "2", "--threads", "1"]))
    assert {(point.hidden, point.batch, point.threads) for point in few} == {(16, 2, 1)}


def test_the_table_of_the_grid_names_the_best_rival():
    question = questions.find("grid")
    kept = [{"ours": 0.5, "torch": 0.75, "jax": 0.6}]
    result = asdict(summary(kept, "ours", 0, None)) | {"remarks": []}
    machine = Machine({1: 1e6}, {1: {1: 1e6}}, [])
    text = question.table([(POINT, result)], machine)
    row = next(line for line in text.splitlines() if line.startswith("| 5, 16"))
    assert [cell.strip() for cell in row.split("|")][-3:-1] == ["1.20", "not measured"]
    assert question.table([(POINT, result)], None)


@pytest.mark.parametrize("name", [n for n in questions.NAMES if n not in ("first", "memory")])
def test_every_question_can_be_measured(name: str, monkeypatch):
    monkeypatch.setattr(interleave, "SAMPLE", 1e-4)
    monkeypatch.setattr(interleave.load, "read", lambda: None)  # however busy the machine is
    question = questions.find(name)
    words = ["--hidden", "16", "--threads", "1", "--steps", "12"]
    point = question.points(arguments(words))[0]
    result = question.measure(point, 2)
    assert question.table([(point, result)], None)


def test_a_cell_that_the_cache_holds_is_not_compiled_again(tmp_path):
    words = [sys.executable, "-m", "benchmarks.speed.first_use", "JANET (text)"]
    environment = os.environ | {"LSTMKIT_CACHE": str(tmp_path)}
    waits, libraries = [], []
    for _ in range(2):
        done = subprocess.run(words, check=True, capture_output=True, text=True, env=environment)
        waits.append(float(done.stdout))
        libraries.append({p: p.stat().st_mtime_ns for p in tmp_path.rglob("cell-*") if p.is_file()})
    assert libraries[0]
    assert libraries[0] == libraries[1]
    result = {"waits": {"JANET": {"empty": waits, "kept": [0.0, 0.25]}}, "build": 31.4}
    text = questions.find("first").table([(POINT, result | {"libraries": 114})], None)
    assert "| 0.12 (0.25) " in text
    assert "the build: 114 libraries" in text


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc/self")
def test_the_peak_of_a_step_is_at_least_its_output():
    point = replace(POINT, question="memory", batch=64, hidden=64, input=64, steps=100)
    words = [sys.executable, "-m", "benchmarks.speed.peak_memory", "torch"]
    done = subprocess.run(
        [*words, json.dumps(point.key())], check=True, capture_output=True, text=True
    )
    assert int(done.stdout) > 4 * 64 * 64 * 100


def test_threads_are_held_in_the_environment_too():
    assert worker.settings(1)["OMP_NUM_THREADS"] == "1"
    chosen = worker.processors(1)
    assert chosen is None or len(chosen) == 1
    assert torch.get_num_threads() == 1
