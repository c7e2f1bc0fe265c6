"""Settings are checked when they are made."""

import dataclasses
import math

import pytest

from lstmkit.errors import SettingsError
from lstmkit.train import TrainSettings


def test_the_defaults_are_settings() -> None:
    assert TrainSettings() == TrainSettings(epochs=50, device="auto", precision="float32")


def test_settings_never_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TrainSettings().epochs = 3


@pytest.mark.parametrize(
    "values",
    [
        {"clip_norm": None, "patience": None, "max_seconds": None, "weight_decay": 0},
        {"clip_norm": 5, "patience": 1, "max_seconds": 0.5, "seed": 0, "learning_rate": 1},
        {"device": "cuda:1", "precision": "bfloat16"},
    ],
)
def test_sensible_values_are_taken(values: dict[str, object]) -> None:
    settings = dataclasses.asdict(TrainSettings(**values))
    assert values.items() <= settings.items()


@pytest.mark.parametrize("name", ["epochs", "batch_size", "patience", "seed"])
@pytest.mark.parametrize("value", [-1, 1.0, True, "3"])
def test_a_count_is_a_whole_number(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=rf"TrainSettings: {name} must be a whole number.*got"):
        TrainSettings(**{name: value})


@pytest.mark.parametrize("name", ["epochs", "batch_size", "patience"])
def test_a_count_is_at_least_one(name: str) -> None:
    with pytest.raises(SettingsError, match="at least 1, got 0"):
        TrainSettings(**{name: 0})


@pytest.mark.parametrize(
    "name",
    [
        "learning_rate",
        "weight_decay",
        "clip_norm",
        "clip_value",
        "gradient_noise",
        "max_seconds",
        "checkpoint_seconds",
    ],
)
@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, True, "fast"])
def test_a_measure_is_a_number_above_zero(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"TrainSettings: {name} must be a number above 0"):
        TrainSettings(**{name: value})


def test_an_unknown_device_or_precision_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"device must be one of .*'gpus'|Did you mean"):
        TrainSettings(device="cudda")
    with pytest.raises(SettingsError, match="Did you mean 'bfloat16'"):
        TrainSettings(precision="float16")
    with pytest.raises(SettingsError, match="a number after the colon"):
        TrainSettings(device="cuda:one")
