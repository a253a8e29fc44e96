"""OKX as a venue of the configuration."""

from anyvenue.venues.okx.config import OkxConfig
from anyvenue.venues.registry import Venue

__all__ = ["VENUE"]

VENUE = Venue(
    name="okx",
    title_en="OKX: spot, margin, perpetuals and futures in one account",
    title_zh="欧易（OKX）：现货、杠杆、永续与交割合约，统一账户",
    config=OkxConfig,
    driver="anyvenue.venues.okx.driver:OkxDriver",
    probe="anyvenue.venues.okx.probing:probe_of",
)
