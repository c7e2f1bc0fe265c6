"""Training from the first batch to the best weights."""

import math
import os
import signal
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn

from lstmkit.errors import DataError
from lstmkit.train import CHECKPOINT, Diverged, Interrupted, fit, read_file


def same(first: list[torch.Tensor], second: list[torch.Tensor]) -> bool:
    return all(map(torch.equal, first, second))


def test_training_learns(toy: ModuleType) -> None:
    model = toy.Toy(drop=0)
    history = toy.train(model, epochs=60, learning_rate=0.05, patience=None)
    # the rows have a variance near 2; a network that ignores them cannot do better
    assert history.best_valid_loss < 0.2
    assert history.train_loss[-1] < 0.05 * history.train_loss[0]


def test_the_history_tells_of_every_epoch(toy: ModuleType) -> None:
    history = toy.train(toy.Toy())
    assert history.stopped == "epochs"
    for values in (
        history.train_loss,
        history.valid_loss,
        history.learning_rate,
        history.seconds,
    ):
        assert len(values) == 4
    assert min(history.seconds) > 0
    assert history.learning_rate[-1] == pytest.approx(0.01 * 0.02)
    assert history.best_valid_loss == min(history.valid_loss)


def test_the_training_loss_is_the_mean_over_rows_and_the_validation_loss_too(
    toy: ModuleType,
) -> None:
    model = toy.Toy(drop=0)
    with torch.no_grad():
        before = float(model.loss({"x": toy.TRAIN.x, "y": toy.TRAIN.y}))
    history = toy.train(model, epochs=2, learning_rate=1e-30)
    with torch.no_grad():
        after = float(model.loss({"x": toy.VALID.x, "y": toy.VALID.y}))
    assert history.train_loss == pytest.approx([before, before], rel=1e-6)
    assert history.valid_loss == pytest.approx([after, after], rel=1e-6)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(toy: ModuleType) -> None:
    models = [toy.Toy() for _ in range(3)]
    torch.manual_seed(1)
    first = toy.train(models[0])
    torch.manual_seed(2)
    second = toy.train(models[1])
    toy.train(models[2], seed=1)
    weights = [toy.weights(model) for model in models]
    assert same(weights[0], weights[1])
    assert first.valid_loss == second.valid_loss
    assert not same(weights[0], weights[2])


def test_dropout_is_on_in_training_and_off_in_validation(toy: ModuleType) -> None:
    seen = []
    model = toy.Toy()
    model.at_call = lambda _number: seen.append(model.training)
    toy.train(model, epochs=2)
    assert seen == ([True] * 4 + [False] * 2) * 2
    assert not model.training


def test_the_best_weights_are_given_back(toy: ModuleType, tmp_path: Path) -> None:
    model = toy.Toy()
    # far too fast: the loss goes up and down
    history = toy.train(model, tmp_path, epochs=6, learning_rate=0.5, patience=None)
    with torch.no_grad():
        loss = float(model.loss({"x": toy.VALID.x, "y": toy.VALID.y}))
    assert loss == pytest.approx(history.best_valid_loss, rel=1e-6)
    last = read_file(tmp_path / CHECKPOINT)[0]["model/out.weight"]
    assert history.best_epoch < 6
    assert not torch.equal(last, model.out.weight)


def test_patience_stops_training(toy: ModuleType) -> None:
    history = toy.train(toy.Toy(), epochs=80, learning_rate=0.5, patience=3)
    assert history.stopped == "patience"
    assert history.num_epochs == history.best_epoch + 3
    endless = toy.train(toy.Toy(), epochs=history.num_epochs + 2, learning_rate=0.5, patience=None)
    assert endless.stopped == "epochs"


def test_time_stops_training_at_a_step_and_more_time_goes_on(
    toy: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = {"now": 0.0}
    monkeypatch.setattr("time.monotonic", lambda: clock["now"])

    def tick(_number: int) -> None:
        clock["now"] += 1

    model, more, whole = toy.Toy(), toy.Toy(), toy.Toy()
    model.at_call = more.at_call = tick
    # an epoch is four steps and two batches of validation: 9 seconds end in the second one
    history = toy.train(model, tmp_path, max_seconds=8.5)
    assert history.stopped == "time"
    assert history.num_epochs == 2
    assert history.seconds == [6.0, 5.0]
    assert read_file(tmp_path / CHECKPOINT)[1]["run"]["step"] == 3
    history = toy.train(more, tmp_path, max_seconds=100, resume=True)
    assert history.stopped == "epochs"
    # the validation of the broken epoch is not counted: it was done again
    assert sum(history.seconds) == 4 * 6
    toy.train(whole)
    assert same(toy.weights(more), toy.weights(whole))


def test_time_that_runs_out_in_validation_ends_with_that_epoch(
    toy: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = {"now": 0.0}
    monkeypatch.setattr("time.monotonic", lambda: clock["now"])
    model = toy.Toy()
    model.at_call = lambda _number: clock.update(now=clock["now"] + 1)
    history = toy.train(model, tmp_path, max_seconds=5.5)
    assert (history.stopped, history.num_epochs) == ("time", 1)
    assert read_file(tmp_path / CHECKPOINT)[1]["run"]["epoch"] == 1
    assert toy.train(toy.Toy(), tmp_path, resume=True).num_epochs == 4


@pytest.mark.parametrize(
    ("call", "epoch"),
    [
        pytest.param(3, 1, id="in a step"),
        pytest.param(5, 2, id="in validation, after which the epoch is over"),
        pytest.param(10, 2, id="in the last step of an epoch"),
        pytest.param(24, 4, id="in the last validation"),
    ],
)
def test_ctrl_c_keeps_everything_and_resuming_gives_the_same_bits(
    toy: ModuleType, tmp_path: Path, call: int, epoch: int
) -> None:
    model, again, whole = toy.Toy(), toy.Toy(), toy.Toy()

    def press(number: int) -> None:
        if number == call:
            os.kill(os.getpid(), signal.SIGINT)

    model.at_call = press
    with pytest.raises(
        Interrupted, match=rf"interrupted in epoch {epoch} of 4.* --resume"
    ) as caught:
        toy.train(model, tmp_path)
    assert caught.value.checkpoint == tmp_path / CHECKPOINT
    assert str(tmp_path / CHECKPOINT) in str(caught.value)
    resumed = toy.train(again, tmp_path, resume=True)
    history = toy.train(whole)
    assert same(toy.weights(again), toy.weights(whole))
    assert resumed.train_loss == history.train_loss
    assert resumed.valid_loss == history.valid_loss
    assert resumed.learning_rate == history.learning_rate
    # not one batch was computed twice
    assert int(read_file(tmp_path / CHECKPOINT)[0]["model/calls"]) == 24


def test_ctrl_c_without_a_folder_says_that_nothing_is_kept(toy: ModuleType) -> None:
    model = toy.Toy()
    model.at_call = lambda _number: signal.raise_signal(signal.SIGINT)
    with pytest.raises(Interrupted, match=r"nothing is kept.*Give a folder") as caught:
        toy.train(model)
    assert caught.value.checkpoint is None


def test_checkpoints_come_as_often_as_asked(toy: ModuleType, tmp_path: Path) -> None:
    steps = []

    def look(_number: int) -> None:
        run = read_file(tmp_path / CHECKPOINT)[1]["run"]
        steps.append((run["epoch"], run["step"]))

    often, seldom = toy.Toy(), toy.Toy()
    often.at_call = seldom.at_call = look
    toy.train(often, tmp_path, epochs=2, checkpoint_seconds=1e-9)
    assert steps == [(e, s) for e in (0, 1) for s in (0, 1, 2, 3, 4, 4)]
    steps.clear()
    toy.train(seldom, tmp_path, epochs=2)
    assert steps == [(0, 0)] * 6 + [(1, 0)] * 6


def test_a_finished_run_resumes_to_its_result_without_a_step(
    toy: ModuleType, tmp_path: Path
) -> None:
    model, again = toy.Toy(), toy.Toy()
    history = toy.train(model, tmp_path)
    again.at_call = lambda number: pytest.fail(f"loss was called: {number}")
    assert toy.train(again, tmp_path, resume=True) == history
    assert same(toy.weights(model), toy.weights(again))


def test_starting_again_without_resume_starts_afresh(toy: ModuleType, tmp_path: Path) -> None:
    model, again = toy.Toy(), toy.Toy()
    toy.train(model, tmp_path / "deep" / "folder")
    toy.train(again, tmp_path / "deep" / "folder")
    assert same(toy.weights(model), toy.weights(again))


def test_a_loss_that_is_no_number_stops_with_what_to_do(toy: ModuleType, tmp_path: Path) -> None:
    data = toy.Rows(30)
    data.y[17] = math.nan
    model = toy.Toy()
    with pytest.raises(Diverged, match=r"loss became nan in epoch 1, step .*lower learning_rate"):
        fit(model, data, toy.VALID, toy.settings(), folder=tmp_path, progress=False)
    assert all(torch.isfinite(weight).all() for weight in toy.weights(model))
    assert read_file(tmp_path / CHECKPOINT)[1]["run"]["epoch"] == 0


def test_a_gradient_that_is_no_number_stops_before_the_weights_are_touched(
    toy: ModuleType,
) -> None:
    class Steep(toy.Toy):
        def loss(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
            # the slope of a root at 0 is infinite, its value is not
            return (super().loss(batch) * 0).sqrt()

    model = Steep()
    before = toy.weights(model)
    with pytest.raises(Diverged, match=r"norm of the gradient became (nan|inf)") as caught:
        toy.train(model)
    assert same(toy.weights(model), before)
    assert "checkpoint" not in str(caught.value)


def test_a_validation_loss_that_is_no_number_stops_and_names_the_last_good_checkpoint(
    toy: ModuleType, tmp_path: Path
) -> None:
    data = toy.Rows(9)
    data.x[:, 0] = math.inf
    with pytest.raises(Diverged, match="validation loss became") as caught:
        fit(toy.Toy(), toy.TRAIN, data, toy.settings(), folder=tmp_path, progress=False)
    assert f"last good checkpoint is {tmp_path / CHECKPOINT}" in str(caught.value)


def test_data_without_rows_are_refused(toy: ModuleType) -> None:
    empty = toy.Rows(0)
    with pytest.raises(DataError, match="train_data must have at least 1 row, got 0"):
        fit(toy.Toy(), empty, toy.VALID, toy.settings(), folder=None)
    with pytest.raises(DataError, match="valid_data must have"):
        fit(toy.Toy(), toy.TRAIN, empty, toy.settings(), folder=None)


def test_a_batch_larger_than_the_data_is_the_data(toy: ModuleType) -> None:
    model = toy.Toy()
    calls = []
    model.at_call = calls.append
    toy.train(model, epochs=1, batch_size=1000)
    assert len(calls) == 2


@pytest.mark.parametrize("clip_norm", [0.01, None])
def test_the_norm_of_the_whole_gradient_is_clipped(
    toy: ModuleType, tmp_path: Path, clip_norm: float | None
) -> None:
    model = toy.Toy(drop=0)
    model.loss({"x": toy.TRAIN.x, "y": toy.TRAIN.y}).backward()
    norm = float(torch.cat([p.grad.flatten() for p in model.parameters()]).norm())
    assert norm > 0.1
    toy.train(toy.Toy(drop=0), tmp_path, epochs=1, batch_size=30, clip_norm=clip_norm)
    # after one step, AdamW's first moments are a tenth of the gradient
    tensors, _ = read_file(tmp_path / CHECKPOINT)
    moments = [t.flatten() for name, t in tensors.items() if name.endswith("/exp_avg")]
    assert float(torch.cat(moments).norm()) == pytest.approx(0.1 * (clip_norm or norm), rel=1e-4)


def test_frozen_parameters_stay(toy: ModuleType) -> None:
    model = toy.Toy()
    model.into.requires_grad_(False)
    before = toy.weights(model.into)
    other = toy.weights(model.out)
    toy.train(model, epochs=1)
    assert same(toy.weights(model.into), before)
    assert not same(toy.weights(model.out), other)


def test_matrices_decay_and_vectors_do_not(toy: ModuleType) -> None:
    class Still(toy.Toy):
        def loss(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
            return super().loss(batch) * 0 + sum(p.sum() * 0 for p in self.parameters())

    model = Still()
    matrix, vector = model.into.weight.detach().clone(), model.into.bias.detach().clone()
    toy.train(model, epochs=3, weight_decay=0.5, learning_rate=0.1)
    # validation never gets better than 0, so the first epoch's weights are kept
    assert torch.equal(model.into.bias, vector)
    assert (model.into.weight.abs() < matrix.abs()).all()


def test_bfloat16_computes_in_half_the_memory_and_keeps_float32_weights(toy: ModuleType) -> None:
    kinds = []

    class Watched(toy.Toy):
        def loss(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
            kinds.append(nn.functional.linear(batch["x"], self.into.weight).dtype)
            return super().loss(batch)

    model = Watched()
    history = toy.train(model, epochs=2, precision="bfloat16")
    assert set(kinds) == {torch.bfloat16}
    assert model.out.weight.dtype == torch.float32
    assert history.stopped == "epochs"
    # the module itself is as it was
    assert "forward" not in vars(model)


def test_training_shows_its_course_on_stderr_alone(
    toy: ModuleType, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "0")
    fit(toy.Toy(), toy.TRAIN, toy.VALID, toy.settings(), folder=None)
    out, err = capfd.readouterr()
    assert out == ""
    assert [line.split("  ")[0] for line in err.splitlines()] == [
        f"epoch {e}/4" for e in (1, 2, 3, 4)
    ]


def test_silent_training_is_silent(toy: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    toy.train(toy.Toy())
    assert capfd.readouterr() == ("", "")


def test_somebody_told_after_each_epoch_can_end_the_run(toy, tmp_path):
    epochs = []

    def told(history):
        epochs.append(history.num_epochs)
        if history.num_epochs == 2:
            raise LookupError

    with pytest.raises(LookupError):
        fit(
            *(toy.Toy(), toy.TRAIN, toy.VALID, toy.settings()),
            folder=tmp_path,
            progress=False,
            after_epoch=told,
        )
    assert epochs == [1, 2]
    resumed = toy.Toy()
    history = toy.train(resumed, tmp_path, resume=True)
    assert history.valid_loss == toy.train(toy.Toy()).valid_loss
