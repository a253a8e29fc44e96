"""Current prices as exact numbers: from the latest market event to the Decimal that positions are valued at."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, MarketEvent, Quote, Trade
from anyvenue.model.numbers import ABSENT_ABOVE

__all__ = ["Marks", "exact_price", "mark_price"]

_HALF = Decimal("0.5")
_REMEMBERED = 10_000


def mark_price(event: MarketEvent) -> float | None:
    """Return the price a position is valued at: last traded, else half-way between bid and ask; None when absent."""
    if isinstance(event, Quote):
        return _half_way(event.bid, event.ask)
    if isinstance(event, Depth):
        last = event.last
        return last if 0 < last < ABSENT_ABOVE else _half_way(event.bid, event.ask)
    if isinstance(event, Bar):
        price = event.close
    elif isinstance(event, Trade):
        price = event.price
    else:
        return None
    return price if -ABSENT_ABOVE < price < ABSENT_ABOVE and price else None


def _half_way(bid: float, ask: float) -> float | None:
    # A side that is absent may be 0 or DBL_MAX: half of the other side would be no price at all.
    if not bid or not ask or not (-ABSENT_ABOVE < bid < ABSENT_ABOVE > ask > -ABSENT_ABOVE):
        return None
    return (bid + ask) * 0.5 or None


def exact_price(price: float, instrument: Instrument) -> Decimal:
    """Return `price` without float noise: the half step within a hundredth of it, else its shortest text."""
    whole = int(price)
    exact = Decimal(whole) if whole == price else Decimal(repr(price))
    half = instrument.price_step.step_at(exact) * _HALF
    rest = exact % half
    if not rest:
        return exact
    nearest = exact - rest if abs(rest) * 2 <= half else exact - rest + half.copy_sign(rest)
    return nearest if abs(exact - nearest) * 50 <= half else exact


class Marks:
    """Marks of all instruments in `latest`; an absent price leaves the one before."""

    def __init__(
        self,
        latest: Mapping[InstrumentId, MarketEvent],
        instruments: Callable[[InstrumentId], Instrument],
    ) -> None:
        """Read the latest events from `latest`, a mapping somebody else keeps."""
        self._latest = latest
        self._lookup = instruments
        self._known: dict[InstrumentId, tuple[MarketEvent | None, Decimal]] = {}
        self._prices: dict[tuple[InstrumentId, float], Decimal] = {}

    def __call__(self, instrument: InstrumentId) -> Decimal | None:
        """Return the mark, None while no price was ever seen."""
        event = self._latest.get(instrument)
        known = self._known.get(instrument)
        if event is None or (known is not None and known[0] is event):
            return known[1] if known else None
        price = mark_price(event)
        if price is None:
            return known[1] if known else None
        exact = self._exact(instrument, price)
        self._known[instrument] = (event, exact)
        return exact

    def _exact(self, instrument: InstrumentId, price: float) -> Decimal:
        """Return `exact_price`, remembered: prices come back, and working it out takes longer than a look-up."""
        key = (instrument, price)
        exact = self._prices.get(key)
        if exact is None:
            if len(self._prices) >= _REMEMBERED:
                self._prices.clear()
            exact = self._prices[key] = exact_price(price, self._lookup(instrument))
        return exact

    def read(self, latest: Mapping[InstrumentId, MarketEvent]) -> None:
        """Read the latest events from another mapping from now on."""
        self._latest = latest

    def remember(self, instrument: InstrumentId, price: Decimal) -> None:
        """Use `price` until a market event brings one: a fill or a settlement is a price, too."""
        if instrument not in self._known:
            self._known[instrument] = (None, price)
