"""The served exchange as a venue of the configuration."""

from anyvenue.venues.paper.config import PaperConfig
from anyvenue.venues.registry import Venue

__all__ = ["VENUE"]

VENUE = Venue(
    name="paper",
    title_en="a simulated exchange that runs as a server (anyvenue exchange serve)",
    title_zh="作为服务运行的模拟交易所（anyvenue exchange serve）",
    config=PaperConfig,
    driver="anyvenue.venues.paper.driver:PaperDriver",
    own_time=True,
)
