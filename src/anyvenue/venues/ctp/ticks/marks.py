"""Prices that positions are valued at: the last, else half-way between bid and ask."""

from decimal import Decimal

from anyvenue.model.numbers import ABSENT_ABOVE
from anyvenue.venues.ctp.ticks.numbers import exact
from anyvenue.venues.ctp.ticks.structs import DepthMarketData

__all__ = ["Marks"]

_SMALLEST = 1e-12  # what is smaller is a feed's way to say "none", as 0 is


class Marks:
    """The latest snapshot and price of each contract; a snapshot without a price leaves the one before."""

    def __init__(self) -> None:
        """Begin with none."""
        self.ticks: dict[str, DepthMarketData] = {}
        self._prices: dict[str, float] = {}
        self._exact: dict[str, tuple[float, Decimal]] = {}

    def on_tick(self, code: str, tick: DepthMarketData) -> None:
        """Take a snapshot of a contract."""
        self.ticks[code] = tick
        price = tick.LastPrice
        if not _SMALLEST < price < ABSENT_ABOVE:
            bid, ask = tick.BidPrice1, tick.AskPrice1
            if not (_SMALLEST < bid < ABSENT_ABOVE and _SMALLEST < ask < ABSENT_ABOVE):
                return
            price = (bid + ask) * 0.5
        self._prices[code] = price

    def use(self, code: str, price: float) -> None:
        """Value a contract at this price until its next snapshot."""
        if _SMALLEST < price < ABSENT_ABOVE:
            self._prices[code] = price

    def price(self, code: str) -> Decimal | None:
        """Return a contract's price, None while there is none."""
        price = self._prices.get(code)
        if price is None:
            return None
        known = self._exact.get(code)
        if known is None or known[0] != price:
            known = self._exact[code] = price, exact(price)
        return known[1]

    def previous_settlement(self, code: str) -> Decimal | None:
        """Return the settlement price of the day before as the market tells it."""
        tick = self.ticks.get(code)
        return exact(tick.PreSettlementPrice) or None if tick is not None else None
