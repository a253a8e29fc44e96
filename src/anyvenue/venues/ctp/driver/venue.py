"""The counters of the CTP family as a venue of the configuration."""

from anyvenue.venues.ctp.driver.config import CtpConfig
from anyvenue.venues.registry import Venue

__all__ = ["VENUE"]

VENUE = Venue(
    name="ctp",
    title_en="CTP and its family: CTP, TTS, ETF options, MINI, Rohon and others by their library",
    title_zh="CTP 系列柜台：CTP、TTS、股票期权、MINI、融航等，按动态库接入",
    config=CtpConfig,
    driver="anyvenue.venues.ctp.driver.driver:CtpDriver",
    host="process",
)
