"""scikit-learn's own tools around a classifier: copies, searches, validation, pipelines."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from waves import SMALL, padded, waves

from lstmkit.data import to_sequences
from lstmkit.errors import SettingsError
from lstmkit.tasks import Classifier, Tagger


def test_a_clone_has_the_settings_and_nothing_learnt() -> None:
    model = Classifier(**SMALL, class_weight={"fast": 2.0}, cell="gru").fit(*waves(8))
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "network_")
    assert is_classifier(model)
    assert repr(copy).startswith("Classifier(cell='gru', hidden_size=4, class_weight=")
    with pytest.raises(SettingsError, match="'hiden_size' is not a setting"):
        copy.set_params(hiden_size=3)


@pytest.mark.parametrize("form", [list, padded], ids=["list", "array"])
def test_cross_validation_scores_as_by_hand(form: Any) -> None:
    sequences, labels = waves(16)
    data, model = form(sequences), Classifier(**SMALL)
    found = cross_val_score(model, data, labels, cv=2, error_score="raise")
    chances = cross_val_predict(model, data, labels, cv=2, method="predict_proba")
    # the folds are stratified: of each class the first half, then the second
    first = np.sort(np.concatenate([np.flatnonzero(labels == one)[:4] for one in ("fast", "slow")]))
    rest = np.setdiff1d(np.arange(16), first)
    learnt = clone(model).fit([sequences[place] for place in rest], labels[rest])
    held = [sequences[place] for place in first]
    assert learnt.score(held, labels[first]) == found[0]
    assert np.allclose(learnt.predict_proba(held), chances[first], atol=1e-6)


def test_times_and_static_numbers_go_through_validation_in_sequences() -> None:
    sequences, labels = waves(12)
    random = np.random.default_rng(0)
    times = [np.sort(random.uniform(0, 50, len(one))) for one in sequences]
    whole = to_sequences(sequences, times=times, static=random.normal(size=(12, 1)))
    found = cross_val_score(Classifier(**SMALL), whole, labels, cv=KFold(2), error_score="raise")
    learnt = Classifier(**SMALL).fit(whole.take(range(6, 12)), labels[6:])
    assert learnt.score(whole[:6], labels[:6]) == found[0]
    assert whole[3].names == ("3",)
    assert len(whole[np.arange(12) > 8]) == 3


def test_groups_and_scores_by_probability() -> None:
    sequences, labels = waves(16)
    groups = np.arange(16) // 2
    found = cross_val_score(
        Classifier(**SMALL),
        sequences,
        labels,
        groups=groups,
        cv=GroupKFold(2),
        scoring="neg_log_loss",
        error_score="raise",
    )
    assert np.isfinite(found).all()


def test_a_search_through_a_pipeline() -> None:
    sequences, labels = waves(16)
    steps = make_pipeline(FunctionTransformer(lambda data: data * 2.0), Classifier(**SMALL))
    grid = {"classifier__hidden_size": [2, 4], "classifier__class_weight": [None, "balanced"]}
    search = GridSearchCV(steps, grid, cv=2, error_score="raise").fit(padded(sequences), labels)
    best = search.best_estimator_[-1]
    assert best.get_params()["hidden_size"] == search.best_params_["classifier__hidden_size"]
    doubled = [one * 2.0 for one in sequences]
    again = clone(best).fit(doubled, labels)
    assert np.allclose(
        search.predict_proba(padded(sequences)), again.predict_proba(doubled), atol=1e-6
    )
    assert search.score(padded(sequences), labels) == again.score(doubled, labels)


@pytest.mark.parametrize("form", [list, padded], ids=["list", "array"])
def test_a_tagger_is_validated_and_searched_alike(form: Any) -> None:
    sequences, _ = waves(8)
    data, labels = form(sequences), [np.where(one[:, 0] > 0, "up", "down") for one in sequences]
    found = cross_val_score(Tagger(**SMALL), data, labels, cv=2, error_score="raise")
    learnt = Tagger(**SMALL).fit(sequences[4:], labels[4:])
    assert learnt.score(sequences[:4], labels[:4]) == found[0]
    steps = make_pipeline(FunctionTransformer(), Tagger(**SMALL))
    grid = {"tagger__hidden_size": [2, 4]}
    search = GridSearchCV(steps, grid, cv=2, error_score="raise").fit(data, labels)
    assert [len(one) for one in search.predict(data)] == [len(one) for one in sequences]
