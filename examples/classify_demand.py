"""Which kind of day is it? New York taxi demand, a label for each day, in one page.

    python examples/classify_demand.py [--epochs 40]

The demand of half a year, half-hourly, comes with the package. A day is a sequence of 48 counts,
its label working day or weekend. The last five weeks judge, for they came last.
"""

import argparse

import polars as pl

from lstmkit import Classifier
from lstmkit.data.datasets import nyc_taxi

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=40)
parser.add_argument("--last-days", type=int, default=35)
arguments = parser.parse_args()

time = pl.col("timestamp").str.to_datetime()
steps = nyc_taxi().with_columns(
    day=time.dt.date(),
    kind=pl.when(time.dt.weekday() > 5).then(pl.lit("weekend")).otherwise(pl.lit("working day")),
)
days = steps["day"].unique(maintain_order=True)
past = steps.filter(pl.col("day").is_in(days.head(-arguments.last_days).implode()))
recent = steps.filter(pl.col("day").is_in(days.tail(arguments.last_days).implode()))

model = Classifier(class_weight="balanced", epochs=arguments.epochs)
model.fit(past, series="day", target="kind", values="value")
found = model.evaluate(recent)
for name, scores in found["overall"].items():
    print(f"{name:14} accuracy {scores['accuracy']:.2f}  macro F1 {scores['macro_f1']:.2f}")

# the days that it takes for others: holidays look like weekends
answers = model.predict(recent)
truth = recent.group_by("day", maintain_order=True).agg(pl.col("kind").first())
wrong = truth.with_columns(answer=pl.Series(answers)).filter(pl.col("kind") != pl.col("answer"))
print(wrong.select("day", "kind", "answer"))
