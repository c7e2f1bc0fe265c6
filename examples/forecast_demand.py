"""How many riders tomorrow? New York taxi demand, a day ahead by half hours, in one page.

    python examples/forecast_demand.py [--epochs 14]

The demand of half a year comes with the package. The last fifth of what it is given judges, beside
simple forecasts; the last week is kept back altogether. The model is saved, and its file then
follows that week, a forecast every midnight. A blizzard came in it, of which the demand before it
knows nothing.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from lstmkit import Forecaster, load
from lstmkit.data.datasets import nyc_taxi

DAY = 48
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=14)
parser.add_argument("--days", type=int, default=208, help="days before the week to learn from")
arguments = parser.parse_args()

demand = nyc_taxi()
past = demand.head(-7 * DAY).tail(arguments.days * DAY)

model = Forecaster(horizon=DAY, epochs=arguments.epochs)
model.fit(past, target="value", time="timestamp")
for name, scores in model.evaluate()["overall"].items():
    print(f"{name:14} MAE {scores['mae']:7.0f}  MASE {scores['mase']:.2f}")

with TemporaryDirectory() as folder:
    kept = load(model.save(Path(folder) / "demand.safetensors"))
stream = kept.stream()
found = stream.predict()
for first in range(demand.height - 7 * DAY, demand.height, DAY):
    today = demand[first : first + DAY]
    truth = today["value"]
    inside = truth.is_between(found["q0.1"], found["q0.9"])
    week_before = demand[first - 7 * DAY : first - 6 * DAY, "value"]
    errors = [(truth - told).abs().mean() for told in (found["forecast"], week_before)]
    print(
        f"{found['time'][0]:%a %d %b}  MAE {errors[0]:6.0f}, of the week before {errors[1]:6.0f}; "
        f"in the 80 % band {inside.mean():.0%}"
    )
    # midnight: the day that is over tells of the next one
    found = stream.feed(today)
