"""Which hours are unlike the others? New York taxi demand, watched half hour by half hour.

    python examples/watch_demand.py [--epochs 60]

The detector learns from July to September what a half hour should be like after those before it.
Then it watches October to January as the counts come in. It knows no calendar and no news: what
happened on the days it warns of is for you to say (a marathon, Thanksgiving, Christmas, New Year, a
blizzard).
"""

import argparse

import polars as pl

from lstmkit import Detector
from lstmkit.data.datasets import nyc_taxi

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=60)
parser.add_argument("--until", default="2015-02-01")
arguments = parser.parse_args()

demand = nyc_taxi().with_columns(pl.col("timestamp").str.to_datetime())
clean = demand.filter(pl.col("timestamp") < pl.datetime(2014, 10, 1))
later = demand.filter(
    pl.col("timestamp") >= pl.datetime(2014, 10, 1),
    pl.col("timestamp") < pl.lit(arguments.until).str.to_datetime(),
)

model = Detector(false_alarms=0.0005, epochs=arguments.epochs).fit(clean, values="value")
stream = model.stream()
stream.feed(clean["value"].to_numpy())  # it has followed the demand so far
alarms = []
for when, count in zip(later["timestamp"], later["value"], strict=True):
    found = stream.detect(count)
    if found.alarm[0]:
        alarms.append((when, count, round(float(found.score[0]), 1)))

kinds = {"half hour": pl.Datetime, "count": pl.Int64, "score": pl.Float64}
told = pl.DataFrame(alarms, schema=kinds, orient="row")
promised = model.false_alarms * later.height
print(f"{len(alarms)} alarms in {later.height} half hours; about {promised:.0f} if all were clean")
days = told.group_by(pl.col("half hour").dt.date().alias("day"), maintain_order=True)
print(days.agg(pl.len().alias("alarms"), pl.col("score").max()).sort("score", descending=True))
