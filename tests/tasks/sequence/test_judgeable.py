"""What a run is to be judged by is looked at before it learns."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from waves import SMALL, waves

from lstmkit.errors import DataError, LstmkitError, SettingsError
from lstmkit.tasks import Classifier, Regressor, Tagger
from lstmkit.tasks.sequence.run_sequences import run_sequences

SEQUENCES, LABELS = waves(24)
STEPS = [np.where(one[:, 0] > 0, "up", "down").tolist() for one in SEQUENCES]


def refused(task: Any, folder: Path, test: Any, y: Any, **how: Any) -> LstmkitError:
    """What a run says that is judged by `test`; it must leave nothing."""
    data = task.given(SEQUENCES, STEPS if isinstance(task, Tagger) else y)
    judged = task.given(*test)
    task.given = lambda source, *_, **__: judged if source == "test" else data
    with pytest.raises(LstmkitError) as caught:
        run_sequences(task, "data", folder=folder / "run", test="test", progress=False, **how)
    assert not (folder / "run").exists()
    return caught.value


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (
            ["other", *LABELS.tolist()[1:]],
            "test: Classifier: expected labels among .*, got 'other'",
        ),
        (
            [None, *LABELS.tolist()[1:]],
            "test: Classifier: expected a label for each sequence, got none",
        ),
    ],
)
def test_labels_that_were_not_learnt(labels: list[Any], said: str, tmp_path: Path) -> None:
    test = SEQUENCES, np.array(labels, object)
    with pytest.raises(DataError, match=said):
        raise refused(Classifier(**SMALL), tmp_path, test, LABELS)


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("other", "test: Tagger: expected labels among 'down', 'up', got 'other'"),
        (None, "test: Tagger: expected labels to judge by, got none at any step"),
    ],
)
def test_labels_of_steps_that_were_not_learnt(label: Any, said: str, tmp_path: Path) -> None:
    test = SEQUENCES, [[label] * len(one) for one in SEQUENCES]
    with pytest.raises(DataError, match=said):
        raise refused(Tagger(**SMALL), tmp_path, test, STEPS)


def test_numbers_that_nobody_knows(tmp_path: Path) -> None:
    numbers = np.arange(24.0)
    said = "test: Regressor: expected numbers to judge by, got none at any sequence"
    with pytest.raises(DataError, match=said):
        raise refused(Regressor(**SMALL), tmp_path, (SEQUENCES, np.full(24, np.nan)), numbers)
    with pytest.raises(DataError, match="test: Regressor: expected 1 targets for each sequence"):
        raise refused(Regressor(**SMALL), tmp_path, (SEQUENCES, np.ones((24, 2))), numbers)


def test_other_channels(tmp_path: Path) -> None:
    narrow = [one[:, :1] for one in SEQUENCES]
    with pytest.raises(DataError, match="expected 2 channels as in the data learnt from, got 1"):
        raise refused(Classifier(**SMALL), tmp_path, (narrow, LABELS), LABELS)


def test_a_file_or_a_share_and_not_both(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="or a share of the data, got both"):
        raise refused(Classifier(**SMALL), tmp_path, (SEQUENCES, LABELS), LABELS, test_share=0.2)


@pytest.mark.parametrize("seed", [-1, True])
def test_a_seed_that_is_none(seed: Any, tmp_path: Path) -> None:
    task = Classifier(**SMALL | {"seed": seed})
    with pytest.raises(SettingsError, match="expected seed as a whole number of at least 0, got"):
        run_sequences(task, SEQUENCES, LABELS, folder=tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()
