"""The options of a forecaster's data, the same for training and for a search."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path,
    typer.Argument(help="Table: .csv, .tsv, .parquet or a folder of .parquet.", metavar="DATA"),
]
Target = Annotated[
    list[str] | None,
    typer.Option(help="Column to forecast; repeat for several.", metavar="COLUMN"),
]
Horizon = Annotated[int | None, typer.Option(help="Steps to forecast.", metavar="STEPS")]
Time = Annotated[str | None, typer.Option(help="Column of times in even steps.", metavar="COLUMN")]
Series = Annotated[
    str | None, typer.Option(help="Column that tells several series apart.", metavar="COLUMN")
]
Past = Annotated[
    list[str] | None,
    typer.Option(help="Covariate known up to now; repeat for several.", metavar="COLUMN"),
]
Known = Annotated[
    list[str] | None,
    typer.Option(help="Covariate known ahead; repeat for several.", metavar="COLUMN"),
]
Static = Annotated[
    list[str] | None,
    typer.Option(
        help="Number or category of a whole series, as the column holds; repeat for several.",
        metavar="COLUMN",
    ),
]
Category = Annotated[
    list[str] | None,
    typer.Option(
        help="Category of a whole series, also where the column holds numbers; repeat for several.",
        metavar="COLUMN",
    ),
]
Split = Annotated[
    str | None,
    typer.Option(
        help="Parts to train, choose and judge by: 0.7,0.1,0.2, row counts, or last.",
        metavar="A,B,C",
    ),
]
