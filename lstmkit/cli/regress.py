"""`lstmkit train regress`: numbers for whole sequences."""

from lstmkit.cli import sequence_options as option
from lstmkit.cli.train_sequences import train_sequences


def regress(
    data: option.Data,
    target: option.Targets = None,
    series: option.Series = None,
    time: option.Time = None,
    static: option.Static = None,
    values: option.Values = None,
    group: option.Group = None,
    test: option.Test = None,
    test_share: option.TestShare = 0.2,
    cell: option.CellName = None,
    hidden_size: option.HiddenSize = None,
    num_layers: option.Layers = None,
    dropout: option.Dropout = None,
    online: option.Online = None,
    replication: option.Replication = None,
    validation: option.Validation = None,
    epochs: option.Epochs = None,
    batch_size: option.BatchSize = None,
    learning_rate: option.LearningRate = None,
    seed: option.Seed = None,
    device: option.Device = None,
    config: option.Config = None,
    out: option.Out = None,
    resume: option.Resume = False,
    overwrite: option.Overwrite = False,
    watch_gradients: option.WatchGradients = False,
    as_json: option.AsJson = False,
    quiet: option.Quiet = False,
) -> None:
    """Train a model of numbers for whole sequences, and judge it on sequences it never saw.

    Several --target give several numbers. It leaves a folder with model.safetensors, report.html,
    metrics.json, predictions.parquet, settings.toml and figures.

    Example: lstmkit train regress cycles.csv --series battery --target capacity
    """
    train_sequences("Regressor", locals())
