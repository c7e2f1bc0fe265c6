"""Options that several commands take."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Data = Annotated[
    Path,
    typer.Argument(
        help="Long table (.csv, .tsv, .parquet, a folder of .parquet) with --series, or .ts or UCR "
        "file.",
        metavar="DATA",
    ),
]
Targets = Annotated[
    list[str] | None,
    typer.Option("--target", help="Column to predict.", metavar="COLUMN"),
]
Series = Annotated[
    str | None,
    typer.Option(help="Column that tells the sequences of a table apart.", metavar="COLUMN"),
]
Time = Annotated[str | None, typer.Option(help="Column of times of the steps.", metavar="COLUMN")]
Static = Annotated[
    list[str] | None,
    typer.Option(help="Number of a whole sequence; repeat for several.", metavar="COLUMN"),
]
Values = Annotated[
    list[str] | None,
    typer.Option(
        "--value", help="Channel; repeat for several. All other numbers if none.", metavar="COLUMN"
    ),
]
Group = Annotated[
    str | None,
    typer.Option(help="Column of patients, speakers, ...: held out as a whole.", metavar="COLUMN"),
]
Test = Annotated[
    Path | None,
    typer.Option(help="File like DATA to judge by, instead of a share of DATA.", metavar="FILE"),
]
TestShare = Annotated[
    float | None,
    typer.Option(
        help="Share of DATA to judge by; 0.2 if not given.", metavar="SHARE", min=0.01, max=0.9
    ),
]
ClassWeight = Annotated[Literal["balanced"] | None, typer.Option(help="Count every class alike.")]
CellName = Annotated[
    str | None,
    typer.Option(help="A name from `lstmkit cells`, or a file of equations.", metavar="CELL"),
]
HiddenSize = Annotated[
    int | None, typer.Option(help="Units of a layer and direction.", metavar="N")
]
Layers = Annotated[int | None, typer.Option("--layers", help="Layers of the stack.", metavar="N")]
Dropout = Annotated[float | None, typer.Option(help="Share of values left out.", metavar="SHARE")]
Online = Annotated[
    bool | None,
    typer.Option("--online", help="Answers depend on no later step, so that steps can be fed."),
]
Replication = Annotated[
    float | None,
    typer.Option(help="Weight of the answers at every step, with --online.", metavar="SHARE"),
]
Validation = Annotated[
    float | None,
    typer.Option(help="Share of the training sequences to stop by.", metavar="SHARE"),
]
Epochs = Annotated[
    int | None, typer.Option(help="Passes over the data, at most.", metavar="N", min=1)
]
BatchSize = Annotated[int | None, typer.Option(help="Sequences of one step.", metavar="N", min=1)]
LearningRate = Annotated[float | None, typer.Option(help="Peak of the schedule.", metavar="RATE")]
Seed = Annotated[int | None, typer.Option(help="Source of all randomness.", metavar="N")]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda, mps or xpu.", metavar="NAME")]
Config = Annotated[
    Path | None, typer.Option(help="Settings file; options given here win.", metavar="FILE.toml")
]
Out = Annotated[
    Path | None,
    typer.Option(help="Folder of the run; runs/DATA-TARGET if not given.", metavar="FOLDER"),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a broken-off run.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the run in the folder.")]
WatchGradients = Annotated[
    bool, typer.Option("--watch-gradients", help="Say when gradients explode or vanish.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the metrics as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Results only, no progress.")]
