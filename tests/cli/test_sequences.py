"""Tasks on whole sequences from the command line: train, predict, evaluate, info, and bad input."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from waves import long_table, waves

from lstmkit.cli import main
from lstmkit.tasks import Classifier
from lstmkit.tasks.report.page import Page
from lstmkit.tasks.sequence.run_sequences import parted

FAST = ("--epochs", "1", "--hidden-size", "4", "--device", "cpu")


def _command(data: Path, out: Path, *more: object) -> list[object]:
    columns = ("--series", "id", "--target", "kind", "--value", "a", "--value", "b")
    return ["train", "classify", data, *columns, *FAST, "--out", out, *more]


@pytest.fixture(scope="module")
def classified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run in a folder that also holds its table, waves.csv."""
    folder = tmp_path_factory.mktemp("classified")
    table = long_table(*waves(40, missing=0.1))
    table.with_columns(note=pl.lit("x")).write_csv(folder / "waves.csv")
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in _command(folder / "waves.csv", folder / "run")])
    assert not end.value.code
    return folder


@pytest.fixture
def model(classified: Path) -> Path:
    return classified / "run" / "model.safetensors"


def test_a_run_leaves_everything_in_its_folder(classified: Path) -> None:
    run = classified / "run"
    assert sorted(path.name for path in run.iterdir()) == [
        "figures",
        "metrics.json",
        "model.safetensors",
        "predictions.parquet",
        "report.html",
        "settings.toml",
    ]
    figures = sorted(path.stem for path in (run / "figures").iterdir())
    assert figures == ["confusion", "curves", "loss", "reliability"]
    page = (run / "report.html").read_text()
    assert "always the most frequent one is right for 50%" in page
    assert "of the values are missing" in page
    found = json.loads((run / "metrics.json").read_text())
    assert (found["train_sequences"], found["sequences"]) == (32, 8)
    told = pl.read_parquet(run / "predictions.parquet")
    assert told.columns == ["sequence", "truth", "label", "p_fast", "p_slow"]
    assert (told["truth"] == told["label"]).mean() == found["overall"]["lstmkit"]["accuracy"]
    assert np.array(found["confusion"]).sum() == 8


def test_results_go_to_stdout_and_the_same_numbers_come_from_the_settings_file(
    run, classified: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("lstmkit.tasks.sequence.run_sequences.write_page", lambda *_: None)
    settings = classified / "run" / "settings.toml"
    command = ["train", "classify", classified / "waves.csv", "--config", settings]
    answer = run(*command, "--out", tmp_path)
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0].split()[2:] == [
        *("accuracy", "macro", "F1", "log", "loss", "calibration", "error", "AUROC", "AUPRC")
    ]
    assert [line.split("  ")[0] for line in lines[1:3]] == ["lstmkit", "most frequent"]
    assert f"lstmkit predict {tmp_path / 'model.safetensors'} NEW_DATA" in answer.err
    first = json.loads((classified / "run" / "metrics.json").read_text())
    again = json.loads((tmp_path / "metrics.json").read_text())
    assert {**again, "seconds": 0} == {**first, "seconds": 0}
    assert (tmp_path / "settings.toml").read_text() == settings.read_text()


def test_the_best_of_a_rising_metric_is_the_largest(run, classified: Path, model: Path) -> None:
    answer = run("evaluate", model, classified / "waves.csv")
    assert answer.code == 0
    rows = [line.split()[-6:] for line in answer.out.splitlines()[1:]]
    for place, column in enumerate(zip(*rows, strict=True)):
        values = [float(cell.rstrip("*")) for cell in column]
        best = {value for value, cell in zip(values, column, strict=True) if cell.endswith("*")}
        # log loss and calibration error are errors
        assert best == {min(values) if place in (2, 3) else max(values)}
    facts = json.loads(run("evaluate", model, classified / "waves.csv", "--json").out)
    assert facts["sequences"] == 40
    refused = run("evaluate", model, classified / "waves.csv", "--stride", "2")
    assert refused.code == 2
    assert "a classifier has no --stride" in refused.err


def test_a_model_labels_new_sequences(run, model: Path, tmp_path: Path) -> None:
    sequences, labels = waves(4, seed=5)
    long_table(sequences, labels).drop("kind").write_csv(tmp_path / "new.csv")
    answer = run("predict", model, tmp_path / "new.csv")
    assert answer.code == 0
    table = pl.read_csv(StringIO(answer.out))
    assert table.columns == ["sequence", "label", "p_fast", "p_slow"]
    assert table["sequence"].to_list() == ["s0", "s1", "s2", "s3"]
    assert np.allclose(table["p_fast"] + table["p_slow"], 1.0)
    assert run("predict", model, tmp_path / "new.csv", "--out", tmp_path / "f.parquet").code == 0
    assert pl.read_parquet(tmp_path / "f.parquet").columns == table.columns
    nothing = run("predict", model)
    assert nothing.code == 2
    assert "a classifier needs DATA" in nothing.err


def test_info_tells_labels_and_channels(run, model: Path) -> None:
    answer = run("info", model)
    assert answer.code == 0
    for told in (
        "task: classify sequences of 2 channels",
        "  series = id",
        "labels:\n  fast\n  slow",
        "cell: lstm: ",
        "most frequent",
    ):
        assert told in answer.out
    assert json.loads(run("info", model, "--json").out)["metrics"]["sequences"] == 8


def test_archive_files_need_no_columns(run, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("lstmkit.tasks.sequence.run_sequences.write_page", lambda *_: None)
    rng = np.random.default_rng(0)
    for name in ("Made_TRAIN.tsv", "Made_TEST.tsv"):
        rows = ["\t".join(map(str, [kind, *rng.normal(kind, 1, 9)])) for kind in (1, 2, 3) * 4]
        (tmp_path / name).write_text("\n".join(rows))
    train, test = tmp_path / "Made_TRAIN.tsv", tmp_path / "Made_TEST.tsv"
    answer = run("train", "classify", train, "--test", test, *FAST, "--out", tmp_path / "run")
    assert answer.code == 0, answer.err
    found = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert (found["train_sequences"], found["sequences"]) == (12, 12)
    assert found["classes"] == [1, 2, 3]
    model = tmp_path / "run" / "model.safetensors"
    table = pl.read_csv(StringIO(run("predict", model, test).out))
    assert table.columns == ["sequence", "label", "p_1", "p_2", "p_3"]
    assert run("evaluate", model, test, "--json").code == 0


def test_numbers_and_labels_of_steps_go_the_same_way(run, tmp_path: Path, monkeypatch) -> None:
    table = long_table(*waves(20)).with_columns(
        state=pl.when(pl.col("b") > 0).then(pl.lit("up")).otherwise(pl.lit("down")),
        mean=pl.col("a").mean().over("id"),
    )
    data = tmp_path / "waves.csv"
    table.with_columns(
        state=pl.when(pl.int_range(pl.len()) % 9 == 0).then(None).otherwise("state")
    ).write_csv(data)
    columns = ("--series", "id", "--value", "a", "--value", "b")
    for verb, target, figure, header in (
        ("regress", "mean", "truth", ["sequence", "mean"]),
        ("tag", "state", "timeline", ["sequence", "step", "label", "p_down", "p_up"]),
    ):
        out = tmp_path / verb
        more = ("--smooth",) if verb == "tag" else ()
        command = ["train", verb, data, *columns, "--target", target, *FAST, *more, "--out", out]
        answer = run(*command)
        assert answer.code == 0, answer.err
        assert (out / "figures" / f"{figure}.png").is_file()
        found = json.loads((out / "metrics.json").read_text())
        assert found["sequences"] == 4
        assert found["headline"] in answer.out
        model = out / "model.safetensors"
        told = run("predict", model, data)
        assert pl.read_csv(StringIO(told.out)).columns == header
        assert run("evaluate", model, data).code == 0
        assert f"task: {verb} sequences of 2 channels" in run("info", model).out
        monkeypatch.setattr("lstmkit.tasks.sequence.run_sequences.write_page", lambda *_: None)
        settings = ("--config", out / "settings.toml", "--out", tmp_path / f"{verb}2", "--json")
        again = json.loads(run("train", verb, data, *settings).out)
        assert again["overall"] == found["overall"]
        monkeypatch.undo()


def test_several_targets_are_learnt_at_once(run, tmp_path: Path) -> None:
    table = long_table(*waves(40)).with_columns(high=(pl.col("b").mean() > 0).over("id"))
    data, out = tmp_path / "waves.csv", tmp_path / "run"
    table.write_csv(data)
    answer = run(*_command(data, out, "--target", "high"))
    assert answer.code == 0, answer.err
    found = json.loads((out / "metrics.json").read_text())
    assert list(found["by_target"]) == ["kind", "high"]
    assert "on average over 2 targets" in answer.out
    page = (out / "report.html").read_text()
    for told in ("kind: Where it errs", "high: Where it errs", "Labels of high"):
        assert told in page
    assert {path.stem for path in (out / "figures").iterdir()} == {
        *("confusion_0", "reliability_0", "curves_0", "confusion_1", "reliability_1", "curves_1"),
        "loss",
    }
    model = out / "model.safetensors"
    told = pl.read_csv(StringIO(run("predict", model, data).out))
    assert told.columns == [
        *("sequence", "kind", "p_kind_fast", "p_kind_slow"),
        *("high", "p_high_False", "p_high_True"),
    ]
    judged = json.loads(run("evaluate", model, data, "--json").out)
    truth = table.group_by("id", maintain_order=True).agg(pl.col("high").first())["high"]
    assert told["high"].dtype == pl.Boolean
    right = judged["by_target"]["high"]["overall"]["lstmkit"]["accuracy"]
    assert right == (told["high"] == truth).mean()
    assert "labels of kind:\n  fast\n  slow" in run("info", model).out


def test_several_labels_of_each_step_go_the_same_way(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = long_table(*waves(20)).with_columns(
        state=pl.when(pl.col("b") > 0).then(pl.lit("up")).otherwise(pl.lit("down")),
        high=pl.when(pl.int_range(pl.len()) % 3 == 0).then(None).otherwise(pl.col("a") > 0),
    )
    pages: list[Page] = []
    write_page = "lstmkit.tasks.sequence.run_sequences.write_page"
    monkeypatch.setattr(write_page, lambda _, page: pages.append(page))
    data, out = tmp_path / "waves.csv", tmp_path / "run"
    table.write_csv(data)
    columns = ("--series", "id", "--value", "a", "--value", "b", "--target", "state")
    more = ("--target", "high", "--online", "--smooth", *FAST, "--out", out)
    answer = run("train", "tag", data, *columns, *more)
    assert answer.code == 0, answer.err
    found = json.loads((out / "metrics.json").read_text())
    assert list(found["by_target"]) == ["state", "high"]
    assert found["by_target"]["high"]["steps"] < found["steps"]
    assert f"of {found['steps']} steps, on average over 2 targets" in answer.out
    [page] = pages
    assert [one.key for one in page.sections] == [
        *("timeline_0", "confusion_0", "reliability_0", "curves_0"),
        *("timeline_1", "confusion_1", "reliability_1", "curves_1"),
        "loss",
    ]
    headings = [one.heading for one in page.sections]
    assert headings[0] == "state: True and answered labels"
    assert headings[5] == "high: Where it errs"
    assert page.facts["Labels of high"].startswith("False, True: ")
    model = out / "model.safetensors"
    told = pl.read_csv(StringIO(run("predict", model, data).out))
    header = ["state", "p_state_down", "p_state_up", "high", "p_high_False", "p_high_True"]
    assert told.columns == ["sequence", "step", *header]
    judged = json.loads(run("evaluate", model, data, "--json").out)
    right = judged["by_target"]["state"]["overall"]["lstmkit"]["accuracy"]
    assert right == (told["state"] == table["state"]).mean()
    first = table.filter(pl.col("id") == "s0").select("a", "b")
    monkeypatch.setattr("sys.stdin", StringIO(first.write_csv()))
    streamed = pl.read_csv(StringIO(run("stream", model).out))
    assert streamed.columns == ["step", *header]
    names = ("state", "high")
    assert streamed.select(names).equals(told.filter(pl.col("sequence") == "s0").select(names))
    assert "labels of state:\n  down\n  up" in run("info", model).out


def _write(folder: Path, **changes: object) -> Path:
    table = long_table(*waves(24)).with_columns(age=pl.lit(5.0))
    path = folder / "waves.csv"
    table.with_columns(**changes).write_csv(path)
    return path


ROW = pl.int_range(pl.len())


@pytest.mark.parametrize(
    ("changes", "more", "message"),
    [
        (
            {"a": pl.when(ROW == 4).then(pl.lit("many")).otherwise(pl.lit("1"))},
            (),
            "expected numbers in value column 'a', got 'many' in row 5 of the file",
        ),
        (
            {"a": pl.when(ROW == 4).then(np.inf).otherwise(1.0)},
            (),
            "expected finite numbers in value column 'a', got inf in row 5",
        ),
        ({"kind": pl.lit("same")}, (), "expected at least 2 labels, got only 'same'"),
        ({"kind": pl.lit(None)}, (), "expected a label for each sequence, got none"),
        (
            {"kind": ROW % 2},
            (),
            "expected one value of target column 'kind' for a whole sequence, got 0 and then 1 in "
            "id 's0'. A value for every step is a job for a Tagger.",
        ),
        (
            {"id": pl.when(ROW == 2).then(None).otherwise("id")},
            (),
            "expected a name in each row of series column 'id', got none in row 3",
        ),
        (
            {"step": -ROW},
            ("--time", "step"),
            "expected time column 'step' to run forward within a sequence, got an earlier time in "
            "row 2",
        ),
        (
            {"age": ROW},
            ("--static", "age"),
            "expected one value of static column 'age' for a whole sequence, got 0 and then 1",
        ),
        ({}, ("--group", "who"), "expected group column 'who', got the columns"),
        ({}, ("--value", "c"), "expected values column 'c', got the columns 'a', 'b', 'id'"),
        ({}, ("--group", "age"), "expected at least 2, got 1"),
        ({}, ("--test", "none.csv"), "none.csv: no such file"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_a_table_to_learn_nothing_from_is_refused(
    run, tmp_path: Path, changes, more, message: str
) -> None:
    answer = run(*_command(_write(tmp_path, **changes), tmp_path / "run", *more))
    assert answer.code == 1
    assert answer.out == ""
    assert answer.err.startswith("Error: ")
    assert message in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "run" / "model.safetensors").exists()


def test_too_few_sequences_to_judge_by_are_refused(run, tmp_path: Path) -> None:
    long_table(*waves(4)).write_csv(tmp_path / "few.csv")
    answer = run(*_command(tmp_path / "few.csv", tmp_path / "run"))
    assert answer.code == 1
    assert "expected sequences enough to hold out 20% of them to judge by, got 4" in answer.err
    assert "--test" in answer.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--series", "id"), 2, "expected a target column beside series, got none"),
        ((), 1, "which column tells its sequences apart"),
        (("--target", "kind"), 2, "target name columns of a long table, but not series"),
        (("--series", "id", "--target", "id"), 2, "got 'id' as series and as target"),
        (("--series", "id", "--target", "kind", "--replication", "0.5"), 2, "Set online=True"),
        (("--series", "id", "--target", "kind", "--dropout", "1"), 2, "expected dropout in [0, 1)"),
        (("--series", "id", "--target", "kind", "--cell", "pephole"), 1, "Did you mean 'peephole'"),
        (("--class-weight", "even"), 2, "'balanced'"),
        (("--resume", "--overwrite"), 2, "expected --resume or --overwrite, got both"),
        (("--test", "a.csv", "--test-share", "0.3"), 2, "--test or --test-share, got both"),
        (("--series", "id", "--target", "kind", "--seed", "-1"), 2, "expected seed as a whole"),
    ],
)
def test_wrong_use_is_refused(run, tmp_path: Path, arguments, code: int, message: str) -> None:
    data = _write(tmp_path)
    answer = run("train", "classify", data, *arguments, "--out", tmp_path / "run")
    assert answer.code == code
    assert message in answer.err


def test_a_test_file_is_looked_at_before_training(run, classified: Path, tmp_path: Path) -> None:
    table = pl.read_csv(classified / "waves.csv")
    kinds = {"strange": pl.lit("odd"), "missing": pl.lit(None)}
    for name, kind in kinds.items():
        table.with_columns(kind=kind).write_csv(tmp_path / f"{name}.csv")
        more = ("--test", tmp_path / f"{name}.csv")
        answer = run(*_command(classified / "waves.csv", tmp_path / "run", *more))
        assert answer.code == 1
        assert "expected" in answer.err
        assert "Traceback" not in answer.err
        assert not (tmp_path / "run").exists()


def test_a_run_goes_on_with_its_own_data_alone(run, classified: Path, tmp_path: Path) -> None:
    command = _command(classified / "waves.csv", tmp_path / "run", "--quiet")
    assert run(*command).code == 0
    # as if it had been broken off before the model was written
    data = pl.read_csv(classified / "waves.csv").with_columns(pl.col("a") * 1.001)
    data.write_csv(tmp_path / "other.csv")
    task = Classifier(epochs=1, hidden_size=4, device="cpu")
    columns = {"series": "id", "target": "kind", "values": ["a", "b"]}
    learnt, _ = parted(task, classified / "waves.csv", **columns)
    task.learn(learnt, folder=tmp_path / "run", data_mark=learnt.mark(), progress=False)
    answer = run(*_command(tmp_path / "other.csv", tmp_path / "run", "--resume"))
    assert answer.code == 2
    assert "expected the data that it was made from, got other data" in answer.err
    assert run(*command, "--resume").code == 0


def test_a_settings_file_is_checked(run, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    for text, message in (
        ("[forecast]\nhorizon = 3", "table 'forecast' is not known. Known are classify, columns"),
        ("[classify]\nhiden_size = 3", "Did you mean 'hidden_size'"),
        ("[classify]\nclass_weight = 'even'", "expected [classify] class_weight to be 'balanced'"),
        ("[columns]\nknown = 'a'", "[columns] setting 'known' is not known."),
    ):
        path.write_text(text)
        answer = run("train", "classify", _write(tmp_path), "--config", path)
        assert answer.code == 2
        assert message in answer.err


def test_a_model_is_looked_into(run, classified: Path, model: Path, tmp_path: Path) -> None:
    page = tmp_path / "inside.html"
    look = ("inspect", model, classified / "waves.csv", "--output", page)
    answer = run(*look, "--show", "s3", "--text", "note")
    assert (answer.code, answer.err) == (0, "")
    assert "lstm layer 1 reverse" in answer.out
    assert "steps back by gradient" in answer.out
    told = page.read_text(encoding="utf-8")
    assert "Inside a classifier of kind: sequence s3" in told
    assert '"text": true' in told
    refused = run(*look, "--show", "s400")
    assert refused.code == 1
    assert "expected the name of a sequence, got 's400'" in refused.err
