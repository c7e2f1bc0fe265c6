"""Training from the command line: what it prints, what it leaves, what it reads."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

JANET = """f = sigmoid(W_f @ x + U_f @ h[-1] + b_f)
g = tanh(W_g @ x + U_g @ h[-1] + b_g)
h = f * h[-1] + (1 - f) * g
"""


def test_a_run_leaves_everything_in_its_folder(trained: Path) -> None:
    left = sorted(path.name for path in (trained / "run").iterdir())
    assert left == [
        "figures",
        "metrics.json",
        "model.safetensors",
        "predictions.parquet",
        "report.html",
        "settings.toml",
    ]


@pytest.mark.usefixtures("_no_report")
def test_results_go_to_stdout_and_talk_to_stderr(run, arguments, trained, tmp_path) -> None:
    answer = run(*arguments(trained / "sales.csv", tmp_path / "run"))
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0].split() == ["test", "part", "MAE", "RMSE", "sMAPE", "MASE", "scaled", "CRPS"]
    assert [line.split("  ")[0] for line in lines[1:5]] == [
        "lstmkit",
        "naive",
        "seasonal naive",
        "drift",
    ]
    assert str(tmp_path / "run" / "report.html") in answer.out
    assert f"lstmkit predict {tmp_path / 'run' / 'model.safetensors'}" in answer.err
    assert "epoch 1/1" in answer.err
    assert "epoch" not in answer.out


@pytest.mark.usefixtures("_no_report")
def test_the_same_command_gives_the_same_numbers_from_its_settings_file(
    run, trained: Path, tmp_path: Path
) -> None:
    settings = trained / "run" / "settings.toml"
    answer = run(
        "train",
        "forecast",
        trained / "sales.csv",
        "--config",
        settings,
        "--out",
        tmp_path,
        "--json",
    )
    assert answer.code == 0
    again, first = json.loads(answer.out), json.loads((trained / "run/metrics.json").read_text())
    assert again["overall"] == first["overall"]
    assert again["settings"] == first["settings"]
    assert (tmp_path / "settings.toml").read_text() == settings.read_text()


@pytest.mark.usefixtures("_no_report")
def test_several_columns_and_a_cell_from_a_file_predict_in_another_process(
    run, arguments, table, process: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    rows = table()
    shops = pl.concat(
        rows.with_columns(
            shop=pl.lit(shop),
            region=pl.lit(region),
            area=pl.lit(area),
            code=pl.lit(area // 100),
            price=pl.int_range(pl.len()) % 4,
        )
        for shop, region, area in (("a", "north", 120), ("b", "south", 240))
    )
    shops.write_csv(tmp_path / "sales.csv")
    (tmp_path / "janet.txt").write_text(JANET)
    pl.DataFrame({"day": ["2024-04-30", "2024-05-01", "2024-05-02"] * 2}).with_columns(
        shop=pl.Series(["a"] * 3 + ["b"] * 3), price=pl.Series([1, 2, 3] * 2)
    ).write_csv(tmp_path / "prices.csv")
    columns = ("--series", "shop", "--known", "price", "--static", "region", "--static", "area")
    columns += ("--category", "code")
    cell = ("--cell", tmp_path / "janet.txt", "--mode", "autoregressive")
    answer = run(*arguments(tmp_path / "sales.csv", tmp_path / "run", *columns, *cell))
    assert answer.code == 0
    (tmp_path / "janet.txt").unlink()
    settings = (tmp_path / "run/settings.toml").read_text()
    assert "h = f * h[-1]" in settings
    assert 'static = ["area"]\ncategory = ["code", "region"]\n' in settings
    model, prices = tmp_path / "run" / "model.safetensors", tmp_path / "prices.csv"
    here = run("predict", model, "--future", prices)
    out, err = process("predict", model, "--future", prices).communicate(timeout=100)
    assert (here.out, err) == (out, "")
    assert len(out.splitlines()) == 1 + 2 * 3
    without = run("predict", model)
    assert without.code == 1
    assert "expected the known columns 'price' of the 3 steps ahead" in without.err
    assert "--future FILE" in without.err
    pl.read_csv(prices).head(4).write_csv(prices)
    short = run("predict", model, "--future", prices)
    assert short.code == 1
    assert "prices.csv: expected a row for each of the 3 steps after 2024-04-29" in short.err
    assert "of series 'b'" in short.err


@pytest.mark.usefixtures("_no_report")
def test_segments_are_trained_and_predicted_alike(run, arguments, trained, tmp_path) -> None:
    data = trained / "sales.csv"
    answer = run(*arguments(data, tmp_path / "run", "--preset", "segments", "--json"))
    assert answer.code == 0
    settings = json.loads(answer.out)["settings"]
    assert (settings["preset"], settings["dropout"], settings["lookback"]) == ("segments", 0.2, 8)
    assert 'preset = "segments"' in (tmp_path / "run/settings.toml").read_text()
    told = run("predict", tmp_path / "run/model.safetensors")
    assert (told.code, len(told.out.splitlines())) == (0, 1 + 3)
    both = ("--preset", "segments", "--mode", "autoregressive")
    refused = run(*arguments(data, tmp_path / "refused", *both))
    assert refused.code == 2
    assert "All steps come at once there" in refused.err


@pytest.mark.usefixtures("_no_report")
def test_counts_are_trained_and_predicted_and_others_refused(
    run, arguments, table, trained, tmp_path
) -> None:
    table().with_columns(pl.col("units").round(0)).write_csv(tmp_path / "sales.csv")
    counts = ("--preset", "counts", "--json")
    answer = run(*arguments(tmp_path / "sales.csv", tmp_path / "run", *counts))
    assert answer.code == 0
    assert json.loads(answer.out)["settings"]["preset"] == "counts"
    told = run("predict", tmp_path / "run/model.safetensors")
    bands = pl.read_csv(told.out.encode()).select("forecast", "q0.1", "q0.9").to_numpy()
    assert bands.shape == (3, 3)
    assert (bands == bands.round()).all()
    refused = run(*arguments(trained / "sales.csv", tmp_path / "refused", *counts))
    assert refused.code == 1
    assert "expected counts, whole numbers from 0, in target column 'units'" in refused.err


@pytest.mark.usefixtures("_no_report")
def test_the_last_horizon_may_judge_smoothing(run, arguments, trained, tmp_path) -> None:
    how = ("--preset", "smoothing", "--split", "last", "--json")
    answer = run(*arguments(trained / "sales.csv", tmp_path / "run", *how))
    assert answer.code == 0
    told = json.loads(answer.out)
    assert (told["settings"]["preset"], told["settings"]["split"]) == ("smoothing", "last")
    text = tmp_path / "run/settings.toml"
    assert 'split = "last"' in text.read_text()
    again = run(*arguments(trained / "sales.csv", tmp_path / "again", "--config", text, "--json"))
    assert json.loads(again.out)["overall"] == told["overall"]


def test_options_win_over_the_settings_file(run, trained: Path, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(
        (trained / "run/settings.toml").read_text().replace("horizon = 3", "horizon = 3000")
    )
    answer = run(
        "train", "forecast", trained / "sales.csv", "--config", settings, "--out", tmp_path
    )
    assert answer.code == 1
    assert "the horizon of 3000" in answer.err
    answer = run("train", "forecast", trained / "sales.csv", "--config", settings, "--horizon", "0")
    assert answer.code == 2
    assert "horizon" in answer.err


def test_a_run_to_resume_that_never_began_is_refused(run, arguments, trained, tmp_path) -> None:
    answer = run(*arguments(trained / "sales.csv", tmp_path / "run", "--resume"))
    assert answer.code == 1
    assert "checkpoint.safetensors" in answer.err


@pytest.mark.usefixtures("_no_report")
@pytest.mark.parametrize("season", ["auto", "none", "7"])
def test_the_season_survives_the_settings_file(
    run, arguments, trained: Path, tmp_path: Path, season: str
) -> None:
    data = trained / "sales.csv"
    first = run(*arguments(data, tmp_path / "a", "--season", season, "--json"))
    settings = tmp_path / "a" / "settings.toml"
    again = run("train", "forecast", data, "--config", settings, "--out", tmp_path / "b", "--json")
    expected = None if season == "none" else 7
    for answer in (first, again):
        assert json.loads(answer.out)["settings"]["season"] == expected


def test_a_wrong_file_ends_the_command_with_2(run, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[forecast]\nhorizn = 3")
    answer = run("train", "forecast", "sales.csv", "--config", path)
    assert answer.code == 2
    assert answer.err.startswith("Error: settings.toml: [forecast] setting 'horizn' is not known.")
    missing = run("train", "forecast", "sales.csv", "--config", tmp_path / "none.toml")
    assert missing.code == 2
    assert "none.toml: the settings file cannot be read" in missing.err
