"""Which network a forecaster's preset is."""

from typing import Any

from lstmkit.engine import Cell
from lstmkit.tasks.count_network import CountNetwork
from lstmkit.tasks.defaults import Defaults, Preset
from lstmkit.tasks.forecast_network import ForecastNetwork
from lstmkit.tasks.quantile_network import Mode, NetworkSizes
from lstmkit.tasks.segment_network import SegmentNetwork
from lstmkit.tasks.smoothing_network import SmoothingNetwork
from lstmkit.tasks.trained import Network


def preset_network(
    preset: Preset,
    sizes: NetworkSizes,
    chosen: Defaults,
    *,
    cell: Cell,
    num_layers: int,
    levels: tuple[float, ...],
    horizon: int,
    mode: Mode,
) -> Network:
    """Builds an untrained network.

    Args:
        preset: "steps", "segments", "smoothing" or "counts".
        sizes: Widths of what it reads and gives.
        chosen: Units, dropout, segment and seasons.
        cell: The cell of all layers.
        num_layers: Layers of each LSTM.
        levels: Ascending quantile levels with 0.5.
        horizon: Steps of a forecast.
        mode: How "steps" gives them; the others give all at once.

    Returns:
        The network.

    Raises:
        CellError: The cell cannot be used.
    """
    shared: dict[str, Any] = {
        "cell": cell,
        "hidden_size": chosen.hidden_size,
        "num_layers": num_layers,
        "dropout": chosen.dropout,
        "levels": levels,
    }
    if preset == "steps":
        return ForecastNetwork(sizes, mode=mode, **shared)
    if preset == "counts":
        return CountNetwork(sizes, **shared)
    shared |= {"segment": chosen.segment, "horizon": horizon}
    if preset == "segments":
        return SegmentNetwork(sizes, **shared)
    return SmoothingNetwork(sizes, seasons=chosen.seasons, **shared)
