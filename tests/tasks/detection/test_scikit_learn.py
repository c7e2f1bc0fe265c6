"""scikit-learn's own tools around a detector: copies, searches, validation."""

import numpy as np
from rhythms import QUICK, broken, rhythm
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

from lstmkit.tasks import Detector


def test_a_clone_has_the_settings_and_nothing_learnt() -> None:
    model = Detector(**QUICK, false_alarms=0.01).fit([rhythm(200)])
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "network_")
    assert repr(copy).startswith("Detector(false_alarms=0.01, hidden_size=8")


def test_settings_are_chosen_on_clean_series_alone() -> None:
    series = [rhythm(90, seed=n) for n in range(4)]
    search = GridSearchCV(Detector(**QUICK), {"epochs": [1, 20]}, cv=2, error_score="raise")
    search.fit(series)
    assert search.best_params_ == {"epochs": 20}
    assert search.best_score_ < 0


def test_with_labels_validation_scores_by_precision() -> None:
    pairs = [broken(150, seed=n) for n in range(4)]
    series, labels = [values for values, _ in pairs], [told for _, told in pairs]
    found = cross_val_score(Detector(**QUICK), series, labels, cv=2, error_score="raise")
    assert ((found > 0.1) & (found <= 1)).all()
    assert np.isfinite(found).all()
