"""Working day or weekend, half hour by half hour? New York taxi demand, in one page.

    python examples/tag_demand.py [--epochs 80]

Half a year of counts is cut into pieces of 100 half hours, which begin at every time of the day, so
that the place in a piece tells nothing. Each half hour has a label, and labels come in segments
(`smooth`): the tagger is told no clock and no calendar. The last seven weeks judge.
"""

import argparse

import numpy as np
import polars as pl

from lstmkit import Tagger
from lstmkit.data.datasets import nyc_taxi

LENGTH = 100
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=80)
parser.add_argument("--last-pieces", type=int, default=24)
arguments = parser.parse_args()

steps = nyc_taxi().with_columns(pl.col("timestamp").str.to_datetime())
steps = steps.with_columns(
    piece=pl.int_range(pl.len()) // LENGTH,
    kind=pl.when(pl.col("timestamp").dt.weekday() > 5)
    .then(pl.lit("weekend"))
    .otherwise(pl.lit("working day")),
)
first = steps["piece"].max() + 1 - arguments.last_pieces
past, recent = steps.filter(pl.col("piece") < first), steps.filter(pl.col("piece") >= first)

model = Tagger(smooth=True, class_weight="balanced", epochs=arguments.epochs)
model.fit(past, series="piece", target="kind", values="value")
for name, scores in model.evaluate(recent)["overall"].items():
    print(f"{name:14} accuracy {scores['accuracy']:.2f}  macro F1 {scores['macro_f1']:.2f}")

# the days that it takes for others: holidays look like weekends
answered = recent.with_columns(answer=pl.Series(np.concatenate(model.predict(recent))))
wrong = answered.filter(pl.col("kind") != pl.col("answer"))
days = wrong.group_by(pl.col("timestamp").dt.date().alias("day"), maintain_order=True)
told = days.agg(pl.col("kind").first(), pl.len().alias("half hours"))
print(told.filter(pl.col("half hours") > 24))
