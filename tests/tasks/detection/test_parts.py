"""Clean parts, training windows and labels of steps."""

import numpy as np
import pytest
import torch

from lstmkit.cells import find
from lstmkit.data import to_sequences
from lstmkit.errors import DataError, SettingsError
from lstmkit.tasks.detection.clean_parts import clean_parts
from lstmkit.tasks.detection.detection_scores import detection_scores
from lstmkit.tasks.detection.marks import marks
from lstmkit.tasks.detection.network import DetectNetwork
from lstmkit.tasks.detection.next_step import training_rows
from lstmkit.tasks.sequence.network import SequenceSizes
from lstmkit.tasks.sequence.preparation import SequencePreparation
from lstmkit.tasks.sequence.step_labels import ragged


def test_every_step_counts_once_and_reads_no_held_out_one() -> None:
    values = np.arange(400.0)[:, None]
    sequences = to_sequences([values])
    prepared = SequencePreparation.fit(sequences)
    parts = clean_parts(sequences.lengths, 0.3, seed=0)
    for counted, expected in ((parts.learnt, range(1, 280)), (parts.held, range(280, 400))):
        rows = training_rows(sequences, prepared, counted, np.ones(1, bool))
        batch = rows.batch(np.arange(len(rows)))
        real = batch["weight"][..., 0] > 0
        # inputs are the steps themselves, so that what follows is told by them
        steps = prepared.scaler.unscale(batch["steps"].numpy()[real.numpy()])
        assert sorted(np.rint(steps[:, 0] + 1).astype(int)) == list(expected)
        change = batch["target"].numpy()[real.numpy()] * prepared.scaler.std[0, 0]
        assert np.allclose(change, 1.0, atol=1e-3)


def test_unknown_values_and_anomalous_steps_are_not_learnt() -> None:
    values = np.arange(60.0)[:, None].repeat(2, 1)
    values[10, 1] = np.nan
    sequences = to_sequences([values])
    prepared = SequencePreparation.fit(sequences)
    told = np.zeros(60, bool)
    told[20:25] = True
    parts = clean_parts(sequences.lengths, 0.3, seed=0, anomalous=(told,))
    rows = training_rows(sequences, prepared, parts.learnt, np.ones(2, bool))
    batch = rows.batch(np.arange(len(rows)))
    weight, own = batch["weight"][0].numpy(), batch["own"][0].numpy()
    assert weight[9].tolist() == [1.0, 0.0]
    assert not weight[19:24].any()
    assert weight[:9].all()
    # what forecasts the step after an anomaly counts, what gives the anomaly back does not
    assert weight[24].all()
    assert not own[20:25].any()
    assert own[19].all()
    assert own[25].all()
    assert own[9:11].tolist() == [[1.0, 1.0], [1.0, 0.0]]
    assert not np.isnan(rows.batch(np.arange(1))["target"].numpy()).any()
    judged = training_rows(sequences, prepared, parts.learnt, np.array([False, True]))
    assert torch.equal(judged.batch(np.arange(1))["steps"], batch["steps"])
    for name in ("weight", "own"):
        expected = batch[name] * torch.tensor([0.0, 1.0])
        assert torch.equal(judged.batch(np.arange(1))[name], expected)


def test_a_window_is_given_back_by_its_own_steps_alone() -> None:
    sequences = to_sequences([np.arange(60.0)[:, None]])
    prepared = SequencePreparation.fit(sequences)
    parts = clean_parts(sequences.lengths, 0.3, seed=0)
    rows = training_rows(sequences, prepared, parts.learnt, np.ones(1, bool))
    batch = rows.batch(np.arange(1))
    network = DetectNetwork(
        SequenceSizes(inputs=1, static=0, outputs=1),
        method="reconstruction",
        window=4,
        cell=find("lstm"),
        hidden_size=2,
        num_layers=1,
        dropout=0.0,
    ).eval()
    nothing = torch.zeros_like(batch["own"])
    assert network.loss(batch | {"weight": nothing}) == network.loss(batch) > 0
    assert network.loss(batch | {"own": nothing}) == 0


def test_of_many_series_whole_ones_are_held_out_group_by_group() -> None:
    lengths, groups = np.arange(20, 40), np.repeat(np.arange(5), 4)
    parts = clean_parts(lengths, 0.4, seed=0, groups=groups)
    held = np.array([one.all() for one in parts.held])
    assert [one.any() for one in parts.held] == held.tolist()
    assert held.sum() == 8
    assert len(set(groups[held]) & set(groups[~held])) == 0


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(SettingsError, match="validation between 0 and 1, got 0"):
        clean_parts(np.array([100]), 0, seed=0)
    anomalous = (np.arange(100) >= 50,)
    with pytest.raises(
        DataError, match="clean steps to set the threshold by, got none in 1 series"
    ):
        clean_parts(np.array([100]), 0.3, seed=0, anomalous=anomalous)


def test_labels_of_steps_are_read_in_any_dress() -> None:
    told = marks(ragged([[True, 0, None], [1.0, "false", float("nan")]]))
    assert [one.tolist() for one in told] == [[1, 0, -1], [1, 0, -1]]
    with pytest.raises(DataError, match="0 or False where it is clean, got 'yes'"):
        marks(ragged([["yes"]]))


def test_steps_are_scored_one_by_one() -> None:
    truth = np.array([0, 0, 1, 1, 1, 1, 0, 0, 0, 0]) > 0
    score = np.array([0.0, 3, 0, 2, 0, 0, 0, 0, 0, 0])
    found = detection_scores(score, score >= 2, truth)
    # one of four anomalous steps, though the anomaly was found
    assert (found["recall"], found["precision"]) == (0.25, 0.5)
    assert found["f1"] == pytest.approx(1 / 3)
    assert found["false_alarms"] == pytest.approx(1 / 6)
    clean = detection_scores(score, score >= 2, np.zeros(10, bool))
    assert clean == {
        **dict.fromkeys(("auroc", "auprc", "f1", "precision", "recall")),
        "false_alarms": 0.2,
    }
