"""Help, version and wrong use."""

import pytest


def test_help_lists_every_verb(run) -> None:
    answer = run("--help")
    assert answer.code == 0
    for verb in ("demo", "train", "tune", "predict", "evaluate", "cells", "info", "inspect"):
        assert f"\n  {verb} " in answer.out
    assert answer.err == ""


@pytest.mark.parametrize(
    "verb",
    [
        "demo",
        "train",
        "train forecast",
        "train classify",
        "train regress",
        "train tag",
        "tune",
        "tune forecast",
        "tune classify",
        "tune regress",
        "tune tag",
        "predict",
        "evaluate",
        "stream",
        "cells",
        "info",
        "inspect",
    ],
)
def test_every_verb_has_help(run, verb: str) -> None:
    answer = run(*verb.split(), "--help")
    assert answer.code == 0
    assert answer.out.startswith(f"Usage: lstmkit {verb}")


def test_version_is_one_line(run) -> None:
    answer = run("--version")
    assert answer.code == 0
    assert answer.out.startswith("lstmkit ")
    assert answer.out.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Usage: lstmkit"),
        (("trian",), "Did you mean 'train'?"),
        (("train", "forecast"), "Missing argument"),
        (("train", "forecast", "a.csv", "--horizn", "3"), "--horizon"),
        (("train", "forecast", "a.csv", "--horizon", "soon"), "Invalid value for '--horizon'"),
        (("train", "forecast", "a.csv", "--mode", "both"), "direct"),
        (("train", "forecast", "a.csv", "--epochs", "0"), "Invalid value for '--epochs'"),
        (("train", "forecast", "a.csv", "--batch-size", "0"), "Invalid value for '--batch-size'"),
        (("info", "a", "--jsn"), "No such option: --jsn"),
        (("predict",), "Missing argument"),
        (("evaluate", "model"), "Missing argument"),
    ],
)
def test_wrong_use_ends_with_2_and_says_so_on_stderr(run, arguments, message: str) -> None:
    answer = run(*arguments)
    assert answer.code == 2
    assert message in answer.err
    assert answer.out == ""


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--horizon", "3"), "train forecast: expected --target, got none."),
        (("--target", "units"), "train forecast: expected --horizon, got none."),
        (("--target", "y", "--horizon", "3", "--quantiles", "low,high"), "--quantiles: expected"),
        (("--target", "y", "--horizon", "3", "--split", "most"), "--split: expected numbers"),
        (("--target", "y", "--horizon", "3", "--season", "winter"), "--season: expected"),
        (("--target", "y", "--horizon", "0"), "horizon"),
        (("--target", "y", "--time", "y", "--horizon", "2"), "each column in one part"),
    ],
)
def test_wrong_values_of_options_end_with_2(run, more, message: str) -> None:
    answer = run("train", "forecast", "a.csv", *more)
    assert answer.code == 2
    assert message in answer.err
    assert answer.err.startswith("Error: ")
