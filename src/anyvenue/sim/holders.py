"""Who holds what, and at which prices somebody must be looked at: a price that concerns nobody costs nothing.

Every position has a band of prices within which nothing can happen to it. The ends of all bands of an instrument are
two heaps, so a price asks only for the positions whose band it leaves, however many there are. What changes an
account's money or positions puts all its positions on a list to look at again.
"""

from collections.abc import Callable
from functools import partial
from heapq import heapify, heappop, heappush

from anyvenue.model.ids import AccountId, InstrumentId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill
from anyvenue.oms.account_state import AccountState

__all__ = ["Holders", "Watch"]

_Entry = tuple[float, int, int, "Watch"]
_FEW = 64


class Watch:
    """One account's position in one instrument; `strategy` is the one whose order was filled last.

    `version` rises whenever its band is no longer what it was: older ends of bands are void.
    """

    __slots__ = ("state", "strategy", "version")

    def __init__(self, state: AccountState) -> None:
        self.state = state
        self.strategy = StrategyId("")
        self.version = 0


class _Market:
    """The watches of one instrument, those to look at again, and the ends of the bands of the others."""

    __slots__ = ("again", "currency", "highs", "lows", "watches")

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.watches: dict[AccountId, Watch] = {}
        self.again: dict[AccountId, Watch] = {}
        self.lows: list[_Entry] = []
        self.highs: list[_Entry] = []

    def look_again(self, account: AccountId) -> None:
        watch = self.watches.get(account)
        if watch is not None:
            watch.version += 1
            self.again[account] = watch

    def drop(self, account: AccountId) -> None:
        watch = self.watches.pop(account, None)
        self.again.pop(account, None)
        if watch is not None:
            watch.version += 1

    def due(self, price: float) -> list[Watch]:
        found = list(self.again.values())
        self.again.clear()
        for ends, end in ((self.lows, -price), (self.highs, price)):
            while ends and ends[0][0] <= end:
                _, _, version, watch = heappop(ends)
                if version == watch.version:
                    watch.version += 1
                    found.append(watch)
        return found

    def tidy(self) -> None:
        """Throw void ends away before there are many more of them than positions."""
        if len(self.lows) + len(self.highs) > 6 * len(self.watches) + _FEW:
            for ends in (self.lows, self.highs):
                ends[:] = [entry for entry in ends if entry[2] == entry[3].version]
                heapify(ends)


class Holders:
    """Positions by instrument and account."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._markets: dict[InstrumentId, _Market] = {}
        self._serial = 0

    def note(self, state: AccountState, instrument: Instrument, fill: Fill) -> None:
        """Take note of a fill that is booked."""
        market = self._markets.get(instrument.id)
        if market is None:
            market = self._markets[instrument.id] = _Market(instrument.currency)
        if state.position(instrument.id).flat:
            market.drop(state.account)
        else:
            watch = market.watches.get(state.account)
            if watch is None:
                watch = market.watches[state.account] = Watch(state)
                state.ledger.on_change = self._on_change(state.account)
            watch.strategy = fill.strategy or watch.strategy
        self.look_again(state.account)

    def _on_change(self, account: AccountId) -> Callable[[str], None]:
        return partial(self.look_again, account)

    def look_again(self, account: AccountId, currency: str = "") -> None:
        """Say that something of an account has changed (in one currency)."""
        for market in self._markets.values():
            if currency in ("", market.currency):
                market.look_again(account)

    def keep(self, account: AccountId, instrument: InstrumentId, band: tuple[float, float]) -> None:
        """Leave a position alone while the price is between the two ends of `band`."""
        market = self._markets.get(instrument)
        watch = market.watches.get(account) if market is not None else None
        if market is None or watch is None:
            return
        market.again.pop(account, None)
        watch.version += 1
        self._serial += 1
        heappush(market.lows, (-band[0], self._serial, watch.version, watch))
        heappush(market.highs, (band[1], self._serial, watch.version, watch))
        market.tidy()

    def due(self, instrument: InstrumentId, price: float) -> list[Watch]:
        """Return the positions to look at when the instrument is at `price`; they must be kept or dropped then."""
        market = self._markets.get(instrument)
        return market.due(price) if market is not None else []

    def drop(self, account: AccountId, instrument: InstrumentId) -> None:
        """Forget a position that has ended."""
        market = self._markets.get(instrument)
        if market is not None:
            market.drop(account)

    def forget(self, account: AccountId) -> None:
        """Forget all positions of an account that is closed."""
        for market in self._markets.values():
            market.drop(account)

    def of(self, instrument: InstrumentId) -> list[Watch]:
        """Return the positions in an instrument, in the order in which they were opened."""
        market = self._markets.get(instrument)
        return list(market.watches.values()) if market is not None else []

    def any_of(self, instrument: InstrumentId) -> bool:
        """Tell whether anybody holds an instrument."""
        market = self._markets.get(instrument)
        return market is not None and bool(market.watches)

    def get(self, account: AccountId, instrument: InstrumentId) -> Watch | None:
        """Return the watch of one position, None when it is not held."""
        market = self._markets.get(instrument)
        return market.watches.get(account) if market is not None else None
