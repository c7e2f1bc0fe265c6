"""What a forecasting run shows for itself: a page that opens with the answer, and its figures."""

from lstmkit.tasks.report.forecast_report import write_report
from lstmkit.tasks.report.run import Run

__all__ = ["Run", "write_report"]
