"""Published tables name some sets in their own way, and not every table has every set."""

from pathlib import Path

from benchmarks.ucr_published import published


def test_tables_are_joined_by_the_names_of_the_archive(tmp_path: Path) -> None:
    (tmp_path / "published_lstm_fcn_accuracies.csv").write_text(
        "Dataset,LSTM-FCN,1-NN DTW,ResNet\nSonyAIBORobot Surface,0.9,0.8,0.7\nBeef,0.6,0.5,0.4\n"
        "Strawberry,0.96,0.94,0.95\n"
    )
    known = published(tmp_path)
    sony = {"LSTM-FCN": 0.9, "1-NN DTW": 0.8, "ResNet": 0.7, "ROCKET": 0.922}
    assert known["sonyaiborobotsurface1"] == sony
    assert "ROCKET" not in known["beef"]
    assert known["strawberry"] == {"1-NN DTW": 0.94, "ROCKET": 0.981}
    assert known["powercons"] == {"ROCKET": 0.94}
