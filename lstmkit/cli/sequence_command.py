"""What all commands that learn from sequences take, declared once."""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from inspect import Parameter, Signature, signature

from lstmkit.cli import options as option

# after it stand the options that only one command has
LAST_OF_DATA = "test_share"


@dataclass
class SequenceOptions:
    """Options in the order of the help: the data, then the model, then the run."""

    data: option.Data
    target: option.Targets = None
    series: option.Series = None
    time: option.Time = None
    static: option.Static = None
    values: option.Values = None
    group: option.Group = None
    test: option.Test = None
    test_share: option.TestShare = None
    cell: option.CellName = None
    hidden_size: option.HiddenSize = None
    num_layers: option.Layers = None
    dropout: option.Dropout = None
    online: option.Online = None
    replication: option.Replication = None
    validation: option.Validation = None
    epochs: option.Epochs = None
    batch_size: option.BatchSize = None
    learning_rate: option.LearningRate = None
    seed: option.Seed = None
    device: option.Device = None
    config: option.Config = None
    out: option.Out = None
    resume: option.Resume = False
    overwrite: option.Overwrite = False
    watch_gradients: option.WatchGradients = False
    as_json: option.AsJson = False
    quiet: option.Quiet = False


def sequence_command(*, without: tuple[str, ...] = ()) -> Callable[..., Callable[..., None]]:
    """Gives a command all `SequenceOptions` in place of its `**options`.

    What the command declares itself stands where `SequenceOptions` has it, if it has, and else
    behind the options of the data.

    Args:
        without: Options that the command does not take.

    Returns:
        The decorator; the command line reads the signature that it leaves.
    """

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        declared = signature(command).parameters.values()
        own = {one.name: one for one in declared if one.kind is not Parameter.VAR_KEYWORD}
        found: list[Parameter] = []
        for field in fields(SequenceOptions):
            if field.name in own:
                found.append(own.pop(field.name))
            elif field.name not in without:
                default = Parameter.empty if field.default is MISSING else field.default
                found.append(
                    Parameter(
                        field.name, Parameter.KEYWORD_ONLY, default=default, annotation=field.type
                    )
                )
        place = 1 + [one.name for one in found].index(LAST_OF_DATA)
        found[place:place] = own.values()
        every = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in found]
        command.__dict__["__signature__"] = Signature(every)
        return command

    return decorated
