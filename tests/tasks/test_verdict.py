"""What a report says first is true and plain."""

import pytest

from lstmkit.tasks.report.verdict import headline, score_table


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (0.5, "is 50% lower than that of the best baseline, seasonal naive: MAE 0.5 against 1."),
        (0.995, "is about as good as the best baseline, seasonal naive: MAE 0.995 against 1."),
        (1.2, "is 20% higher than that of the best baseline"),
        (5.0, "is 5 times that of the best baseline"),
    ],
)
def test_the_headline_compares_with_the_best_baseline(model: float, says: str) -> None:
    scores = {"lstm": {"mae": model}, "naive": {"mae": 2.0}, "seasonal_naive": {"mae": 1.0}}
    assert says in headline(scores)


def test_the_headline_advises_the_baseline_where_it_is_better() -> None:
    advice = "On this data the baseline is the better choice."
    assert headline({"lstm": {"mae": 2.0}, "naive": {"mae": 1.0}}).endswith(advice)
    assert advice not in headline({"lstm": {"mae": 1.0}, "naive": {"mae": 2.0}})


def test_a_baseline_without_error_is_no_division_by_zero() -> None:
    assert "higher than that of" in headline({"lstm": {"mae": 1.0}, "naive": {"mae": 0.0}})
    assert "about as good" in headline({"lstm": {"mae": 0.0}, "naive": {"mae": 0.0}})


def test_the_first_known_metric_decides() -> None:
    scores = {"lstm": {"mae": 3.0, "mase": 0.5}, "drift": {"mae": 1.0, "mase": 1.0}}
    assert "MASE 0.5 against 1" in headline(scores, ("mase", "mae"))
    assert "MAE 3 against 1" in headline(scores, ("mae", "mase"))
    scores["lstm"]["mase"] = float("nan")
    assert "MAE 3 against 1" in headline(scores, ("mase", "mae"))


def test_without_baseline_or_truth_the_headline_says_so() -> None:
    assert "no baseline" in headline({"lstm": {"mae": 3.0}, "naive": {"mae": None}})
    assert "no truth" in headline({"lstm": {"mae": None}})
    assert "no truth" in headline({"naive": {"mae": 1.0}})


def test_the_table_has_the_model_first_and_the_best_in_bold() -> None:
    scores = {
        "naive": {"mae": 0.09, "rmse": 1234.5},
        "lstm": {"mae": 0.1, "rmse": 1000.0, "scaled_crps": 0.5},
    }
    table = score_table(scores)
    assert table.index("lstm") < table.index("naive")
    assert "<td><b>0.0900</b></td><td>1,234</td><td>\N{EN DASH}</td>" in table
    assert "<td>0.1000</td><td><b>1,000</b></td><td><b>0.500</b></td>" in table
    assert ">scaled CRPS</th>" in table


def test_a_table_without_any_known_score_is_not_drawn() -> None:
    assert score_table({"lstm": {"mae": None}}) == ""
    assert "RMSE" not in score_table({"lstm": {"mae": 1.0, "rmse": float("nan")}})
