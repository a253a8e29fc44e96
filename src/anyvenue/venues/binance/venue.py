"""Binance as a venue of the configuration."""

from anyvenue.venues.binance.config import BinanceConfig
from anyvenue.venues.registry import Venue

__all__ = ["VENUE"]

VENUE = Venue(
    name="binance",
    title_en="Binance: spot, or USD-margined futures",
    title_zh="币安：现货，或 U 本位合约",
    config=BinanceConfig,
    driver="anyvenue.venues.binance.driver:BinanceDriver",
    markets=({"market": "spot"}, {"market": "usdm"}),
    probe="anyvenue.venues.binance.probing:probe_of",
)
