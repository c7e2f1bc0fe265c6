"""Ways to learn activities from the wrist: the classifier's, and scikit-learn's."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from benchmarks.wrist_recordings import Recordings, copies, slower, statistics_of, with_length
from lstmkit import Classifier

# training steps, whatever the number of recordings
STEPS, BATCH, COPIES = 500, 16, 4

Chances = tuple[np.ndarray, np.ndarray]
# learns from recordings, and returns probabilities for others and the labels that they are of
Learn = Callable[[Recordings, Recordings, int], Chances]


def turned(describe: Callable[[list[np.ndarray]], np.ndarray]) -> Learn:
    """The classifier where few people are to stand for all, with numbers by `describe` beside.

    It learns from all volunteers to the end, and from four copies of each recording as if worn and
    done a little otherwise. It reads 8 samples a second and the length of the acceleration too.
    """

    def chances(learnt: Recordings, judged: Recordings, seed: int) -> Chances:
        learnt = copies(learnt, COPIES, np.random.default_rng(seed))
        epochs = max(1, round(STEPS * BATCH / len(learnt.values)))
        model = Classifier(validation=0.0, epochs=epochs, batch_size=BATCH, seed=seed)
        steps = slower(with_length(learnt.values))
        model.fit(steps, learnt.activity, static=describe(learnt.values))
        steps = slower(with_length(judged.values))
        return model.predict_proba(steps, static=describe(judged.values)), model.classes_

    return chances


def durations(values: list[np.ndarray]) -> np.ndarray:
    """The logarithm of the number of samples of each recording."""
    return np.log([[len(one)] for one in values])


def by_defaults(learnt: Recordings, judged: Recordings, seed: int) -> Chances:
    """Probabilities by the defaults, stopped by volunteers whom they do not learn from."""
    model = Classifier(seed=seed)
    model.fit(learnt.values, learnt.activity, groups=learnt.volunteer)
    return model.predict_proba(judged.values), model.classes_


def plain(model: Callable[[int], Any]) -> Learn:
    """Answers of an estimator of scikit-learn from statistics, as probabilities of 0 and 1."""

    def chances(learnt: Recordings, judged: Recordings, seed: int) -> Chances:
        fitted = model(seed).fit(statistics_of(learnt.values), learnt.activity)
        answered = fitted.predict(statistics_of(judged.values))
        return (answered[:, None] == fitted.classes_).astype(float), fitted.classes_

    return chances


LEARN: dict[str, Learn] = {
    "lstmkit, turned": turned(durations),
    "lstmkit, turned, statistics beside": turned(statistics_of),
    "lstmkit, defaults": by_defaults,
    "support vector machine on statistics": plain(
        lambda _: make_pipeline(StandardScaler(), SVC(C=10))
    ),
    "random forest on statistics": plain(lambda s: RandomForestClassifier(500, random_state=s)),
}
