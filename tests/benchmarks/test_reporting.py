"""Limits, files of results and tables."""

import json

import pytest

from benchmarks.speed import machine, records, report, tables
from benchmarks.speed.machine import Machine, roof
from benchmarks.speed.peak_memory import field
from benchmarks.speed.point import Point, flops
from benchmarks.speed.records import Records

POINT = Point("grid", "inference", threads=1, batch=1, hidden=64, input=32)
MACHINE = Machine({1: 100e9}, {1: {2**16: 80e9, 2**18: 20e9}}, [100e-9, 104e-9])


def test_arithmetic_counts_each_multiply_add_twice():
    assert flops(POINT) == 2 * 4 * 64 * (64 + 32) * 100
    training = Point("grid", "training", threads=1, batch=8, hidden=64, input=32)
    assert flops(training) == 3 * 8 * flops(POINT)
    assert flops(POINT, learned=10) == 2000


def test_bandwidth_between_two_sizes_goes_by_logarithms():
    assert MACHINE.bandwidth(1, 2**17) == pytest.approx(40e9)
    assert MACHINE.bandwidth(1, 2**16) == 80e9
    assert MACHINE.bandwidth(1, 1) == 80e9
    assert MACHINE.bandwidth(1, 2**30) == 20e9


def test_the_roof_is_reading_the_recurrent_map_every_step():
    # 64 KiB at 80 GB/s every step; the input's products at the peak
    seconds = 100 * 2**16 / 80e9 + 2 * 4 * 64 * 32 * 100 / 100e9
    assert roof(MACHINE, POINT) == pytest.approx(flops(POINT) / seconds)


def test_the_roof_is_never_above_the_peak():
    endless = Machine({1: 100e9}, {1: {2**16: 1e15}}, [])
    assert roof(endless, POINT) == pytest.approx(100e9)


def test_results_come_back_and_a_torn_line_does_not(tmp_path):
    kept = Records(tmp_path / "folder" / "grid.jsonl")
    assert list(kept.all()) == []
    kept.append(POINT.key(), {"seconds": {"ours": 1.0}})
    with kept.path.open("a") as file:
        file.write('{"point": {"quest')
    assert kept.find(POINT.key()) == {"seconds": {"ours": 1.0}}
    assert kept.find(POINT.key() | {"batch": 2}) is None


def test_results_of_another_version_are_not_ours(tmp_path, monkeypatch):
    kept = Records(tmp_path / "grid.jsonl")
    kept.append(POINT.key(), {"seconds": {}})
    monkeypatch.setattr(records, "fingerprint", lambda: {"torch": "another"})
    assert kept.find(POINT.key()) is None


def test_the_fingerprint_can_be_written_down():
    made = records.fingerprint()
    assert json.loads(json.dumps(made)) == made
    assert "source" in made["lstmkit"]


def test_a_table_is_markdown():
    assert tables.markdown(["a", "b"], [["1", "long"]]) == (
        "| a | b    |\n| - | ---- |\n| 1 | long |"
    )


@pytest.mark.parametrize(
    ("value", "text"), [(1234.5, "1234"), (12.345, "12.3"), (0.01234, "0.0123"), (1e-5, "1.0e-05")]
)
def test_numbers_have_three_digits(value: float, text: str):
    assert tables.number(value) == text


def test_geometric_means():
    assert tables.geometric_mean([0.5, 2.0, 8.0]) == "2.00"
    assert tables.geometric_mean([]) == ""


def test_a_ratio_from_fewer_rounds_has_a_star():
    result = {"ratios": {"ours": 1.0, "jax": 2.5}, "rounds": {"ours": 20, "jax": 5}}
    assert tables.mark(result, "jax") == "2.50*"
    assert tables.mark(result, "ours") == "1.00"
    assert tables.mark(result, "keras") == ""


def test_a_disturbed_row_says_so():
    assert tables.disturbance({"foreign": 0.02, "thrown_away": 3}) == "3"
    assert tables.disturbance({"foreign": 0.2, "thrown_away": 40}) == "40 (others took 20 %)"
    assert tables.disturbance({"foreign": None, "thrown_away": 0}) == "not measured"


def test_a_section_takes_the_place_of_its_older_self_only(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results.md")
    report.write("grid", "old")
    report.write("step", "steps")
    report.write("grid", r"new \1")
    text = report.RESULTS.read_text()
    assert text.startswith("# Speed")
    assert r"new \1" in text
    assert "old" not in text
    assert text.index("new") < text.index("steps")


def test_fields_of_the_process_status_are_in_bytes():
    assert field("Name:\tpython\nVmHWM:\t  12 kB\nVmRSS:\t 3 kB\n", "VmHWM") == 12 * 1024


def test_limits_are_read_again_for_the_same_processor_only(tmp_path, monkeypatch):
    limits = {"fma": {"1": 5.0}, "read": {"1": {"8": 7.0}}, "travel": [3.0]}
    kept = tmp_path / "machine.json"
    kept.write_text(json.dumps({"processor": records.processor(), "limits": limits}))
    assert machine.machine(tmp_path, [1]) == Machine({1: 5.0}, {1: {8: 7.0}}, [3.0])
    kept.write_text(json.dumps({"processor": "another", "limits": limits}))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)
    line = machine.machine(tmp_path, [1])
    assert line == "machine limits are left out: no C++ compiler (CXX names one)"


def test_of_disturbed_limits_the_highest_are_taken_and_marked():
    first = Machine({1: 5.0}, {1: {8: 7.0, 16: 1.0}}, [3.0, 5.0])
    second = Machine({1: 4.0}, {1: {8: 6.0, 16: 2.0}}, [2.0, 4.0])
    joined = machine.highest([first, second])
    assert joined == Machine({1: 5.0}, {1: {8: 7.0, 16: 2.0}}, [2.0, 4.0], disturbed=True)
