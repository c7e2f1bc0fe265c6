"""What a run shows on stderr."""

import pytest

from lstmkit.train import History
from lstmkit.train.progress import ProgressDisplay
from lstmkit.train.run import Run


def went(run: Run, *, show: bool = True) -> None:
    """Two epochs of two steps, as the loop tells of them."""
    with ProgressDisplay(2, 2, run=run, show=show) as display:
        while run.epoch < 2:
            for loss in (0.5, 0.25):
                run.end_step(loss, num_rows=4)
                display.step(run)
            run.history.end_epoch(
                train_loss=run.mean_loss, valid_loss=0.75, learning_rate=0.1, seconds=30.0
            )
            run.epoch += 1
            run.step = 0
            run.history.stopped = "epochs" if run.epoch == 2 else None
            display.epoch(run.history)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "0")


@pytest.mark.usefixtures("pipe")
def test_a_pipe_gets_a_line_an_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    went(Run())
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "epoch 1/2  loss 0.375  valid 0.75  best 0.75 (epoch 1)  30 s, at most 30 s left",
        "epoch 2/2  loss 0.375  valid 0.75  best 0.75 (epoch 1)  60 s, stopped: epochs",
    ]


@pytest.mark.usefixtures("terminal")
def test_a_terminal_gets_one_bar_with_epoch_loss_and_best(
    capsys: pytest.CaptureFixture[str],
) -> None:
    went(Run())
    out, err = capsys.readouterr()
    assert out == ""
    for part in ("epoch 2/2", "loss 0.375", "best 0.75 (epoch 1)", "0:00:00"):
        assert part in err


@pytest.mark.usefixtures("terminal")
def test_a_resumed_run_starts_where_it_stood(capsys: pytest.CaptureFixture[str]) -> None:
    history = History()
    history.end_epoch(train_loss=1.0, valid_loss=0.5, learning_rate=0.1, seconds=1.0)
    run = Run(epoch=1, step=1, history=history)
    with ProgressDisplay(2, 2, run=run, show=True) as display:
        assert display._bar.tasks[0].percentage == 75
    assert "best 0.5 (epoch 1)" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["terminal", "pipe"])
def test_silence_is_silence(
    place: str, request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    request.getfixturevalue(place)
    went(Run(), show=False)
    assert capfd.readouterr() == ("", "")
