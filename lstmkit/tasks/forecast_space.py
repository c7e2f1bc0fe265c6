"""What a search for settings varies in a forecaster."""

from typing import TYPE_CHECKING

from lstmkit.tasks.tuning.space import Between, Space, around

if TYPE_CHECKING:
    from lstmkit.tasks.forecaster import Forecaster


def forecast_space(forecaster: "Forecaster") -> Space:
    """Declares the settings that a search varies, around those that took effect.

    The origins of the validation part do not depend on any of them, so that all trials are judged
    by the same forecasts. A look-back covers at most a quarter of the shortest training part.

    Args:
        forecaster: A fitted forecaster.

    Returns:
        The space.
    """
    chosen = forecaster.chosen
    rate, dropout = chosen.learning_rate, chosen.dropout
    return {
        "lookback": around(chosen.lookback, least=2, most=forecaster.shortest_ // 4),
        "hidden_size": around(chosen.hidden_size),
        "num_layers": Between(
            low=1, high=max(2, forecaster.num_layers), usual=forecaster.num_layers
        ),
        "dropout": Between(low=0.0, high=max(0.5, dropout), usual=dropout),
        "learning_rate": Between(low=rate / 8, high=rate * 8, usual=rate, log=True),
    }
