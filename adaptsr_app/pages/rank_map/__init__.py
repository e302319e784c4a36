"""The page called Rank map: which layers changed for a camera, and what else they could do."""

from adaptsr_app.pages.rank_map.page import RankMapPage

__all__ = ["RankMapPage"]
