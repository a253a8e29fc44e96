"""From a venue's history into a store: page by page, what is there already left out. Pure: others fetch and wait."""

from anyvenue.data.download.bars import BarDownload
from anyvenue.data.download.compare import BarComparison, Comparison, Difference
from anyvenue.data.download.covered import Covered
from anyvenue.data.download.pages import Failed, Pages, Patience, Span
from anyvenue.data.download.trades import TradeDownload

__all__ = [
    "BarComparison",
    "BarDownload",
    "Comparison",
    "Covered",
    "Difference",
    "Failed",
    "Pages",
    "Patience",
    "Span",
    "TradeDownload",
]
