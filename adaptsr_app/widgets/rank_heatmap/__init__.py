"""The rank map as a picture that can be looked into: rows are blocks, columns their layers."""

from adaptsr_app.widgets.rank_heatmap.grid import RankGrid, rank_grid
from adaptsr_app.widgets.rank_heatmap.heatmap import RankHeatmap
from adaptsr_app.widgets.rank_heatmap.quantities import QUANTITIES, Quantity, QuantityName

__all__ = ["QUANTITIES", "Quantity", "QuantityName", "RankGrid", "RankHeatmap", "rank_grid"]
