"""How many riders will the day have? New York taxi demand, told while the day is running.

    python examples/regress_demand.py [--epochs 60]

A day of half a year is a sequence of 48 counts, known until noon or so; its number is the total of
the whole day. The model answers after every half hour (`online`), and is trained by all of these
answers (`replication`). The last five weeks judge, beside the mean and the same day a week before.
"""

import argparse

import numpy as np

from lstmkit import Regressor
from lstmkit.data.datasets import nyc_taxi

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=60)
parser.add_argument("--last-days", type=int, default=35)
parser.add_argument("--known", type=int, default=24, help="half hours of a day that are known")
arguments = parser.parse_args()

days = nyc_taxi()["value"].to_numpy().reshape(-1, 48).astype(float)
mornings, totals = days[:, : arguments.known], days.sum(1)
first = len(days) - arguments.last_days

model = Regressor(online=True, replication=0.5, epochs=arguments.epochs)
model.fit(mornings[:first], totals[:first])
found = model.evaluate(mornings[first:], totals[first:])["overall"]
for name, scores in found.items():
    print(f"{name:14} MAE {scores['mae']:9,.0f}")
week_before = np.abs(totals[first:] - totals[first - 7 : -7]).mean()
print(f"{'a week before':14} MAE {week_before:9,.0f}")

# the last day as it went, a Saturday
stream = model.stream()
for step, count in enumerate(mornings[-1]):
    told = float(stream.feed(count))
    if step % 4 == 3:
        print(f"{(step + 1) // 2:02d}:00  {told:9,.0f} riders expected")
print(f"       {totals[-1]:9,.0f} came")
