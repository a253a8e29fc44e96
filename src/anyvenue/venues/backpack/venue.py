"""Backpack as a venue of the configuration."""

from anyvenue.venues.backpack.config import BackpackConfig
from anyvenue.venues.registry import Venue

__all__ = ["VENUE"]

VENUE = Venue(
    name="backpack",
    title_en="Backpack: spot and perpetuals in one account",
    title_zh="Backpack：同一账户交易现货与永续合约",
    config=BackpackConfig,
    driver="anyvenue.venues.backpack.driver:BackpackDriver",
    probe="anyvenue.venues.backpack.probing:probe_of",
)
