"""accelerate is borrowed for a run and leaves no trace."""

import sys
import warnings

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState, PartialState

from lstmkit.errors import MissingExtraError, SettingsError
from lstmkit.train import TrainSettings
from lstmkit.train.device import accelerator

SINGLETONS = (PartialState, AcceleratorState, GradientState)


@pytest.fixture(autouse=True)
def _clean() -> None:
    for kind in SINGLETONS:
        kind._shared_state.clear()


def test_one_run_does_not_inherit_the_precision_of_another() -> None:
    for precision, mixed in (("float32", "no"), ("bfloat16", "bf16"), ("float32", "no")):
        with accelerator(TrainSettings(device="cpu", precision=precision)) as processes:
            assert processes.mixed_precision == mixed
            assert processes.device == torch.device("cpu")


def test_nothing_of_it_remains() -> None:
    with accelerator(TrainSettings(device="cpu")):
        pass
    assert [dict(kind._shared_state) for kind in SINGLETONS] == [{}, {}, {}]


def test_a_caller_with_an_accelerator_of_their_own_keeps_it() -> None:
    own = Accelerator(mixed_precision="bf16", cpu=True)
    with accelerator(TrainSettings(device="cpu")) as processes:
        assert processes.mixed_precision == "no"
    assert own.mixed_precision == "bf16"
    assert Accelerator(cpu=True).mixed_precision == "bf16"


def test_the_random_numbers_of_the_caller_go_on_as_if_nothing_had_been_drawn() -> None:
    torch.manual_seed(1)
    first, second = torch.rand(3), torch.rand(3)
    torch.manual_seed(1)
    assert torch.equal(torch.rand(3), first)
    with accelerator(TrainSettings(device="cpu")):
        torch.manual_seed(99)
        torch.rand(5)
    assert torch.equal(torch.rand(3), second)


def test_the_environment_of_the_caller_is_not_obeyed_in_precision(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
    with accelerator(TrainSettings(device="cpu")) as processes:
        assert processes.mixed_precision == "no"


def test_auto_takes_the_accelerator_of_the_machine_and_else_the_cpu() -> None:
    there = torch.accelerator.current_accelerator()
    with accelerator(TrainSettings(device="auto")) as processes:
        assert processes.device.type == (there.type if there else "cpu")


def test_nothing_is_printed_or_warned(capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with accelerator(TrainSettings(device="cpu")):
            pass
    assert capfd.readouterr() == ("", "")


def test_a_device_that_is_not_there_is_refused() -> None:
    with (
        pytest.raises(SettingsError, match=r"device 'cuda:99' is not available.*'auto'"),
        accelerator(TrainSettings(device="cuda:99")),
    ):
        pass


def test_a_precision_that_the_device_cannot_do_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise ValueError("bf16 needs a newer device")

    monkeypatch.setattr("accelerate.Accelerator", refuse)
    settings = TrainSettings(device="cpu", precision="bfloat16")
    with (
        pytest.raises(SettingsError, match=r"'bfloat16' does not work.*Use precision='float32'"),
        accelerator(settings),
    ):
        pass


def test_without_accelerate_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "accelerate", None)
    with (
        pytest.raises(MissingExtraError, match=r"pip install 'lstmkit\[forecast\]'"),
        accelerator(TrainSettings()),
    ):
        pass
