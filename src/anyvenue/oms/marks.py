"""Current prices as exact numbers: from the latest market event to the Decimal that positions are valued at."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, MarketEvent, Quote, Trade
from anyvenue.model.numbers import ABSENT_ABOVE

__all__ = ["Marks", "exact_price", "mark_price"]

_HALF = Decimal("0.5")
_SPREAD = InstrumentKind.SPREAD  # the only kind whose price may be below zero
_SMALLEST = 1e-12
_REMEMBERED = 10_000


def mark_price(event: MarketEvent, signed: bool = False) -> float | None:
    """Return the price a position is valued at: last traded, else half-way between bid and ask; None when absent.

    Only prices above zero count, unless the instrument's may be `signed` (a spread's).
    """
    if isinstance(event, Quote):
        return _half_way(event.bid, event.ask, signed)
    if isinstance(event, Depth):
        if _real(event.last, signed):
            return event.last
        return _half_way(event.bid, event.ask, signed)
    if isinstance(event, Bar):
        return event.close if _real(event.close, signed) else None
    if isinstance(event, Trade):
        return event.price if _real(event.price, signed) else None
    return None


def _real(price: float, signed: bool) -> bool:
    # What is smaller than any tick is a feed's way to say "none", as 0 is.
    return _SMALLEST < price < ABSENT_ABOVE or (signed and -ABSENT_ABOVE < price < -_SMALLEST)


def _half_way(bid: float, ask: float, signed: bool) -> float | None:
    # A side that is absent may be 0 or DBL_MAX: half of the other side would be no price at all.
    if not _real(bid, signed) or not _real(ask, signed):
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
    """Marks of all instruments in `latest`; an absent price leaves the one before.

    Whoever writes `latest` reads the mark before an event that may have no price takes the place of another
    (`model.market.surely_priced`), so that nothing depends on who else reads when.
    """

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
        self._signed: dict[InstrumentId, bool] = {}

    def price(self, instrument: InstrumentId) -> Decimal | None:
        """Return the mark, None while no price was ever seen."""
        event = self._latest.get(instrument)
        known = self._known.get(instrument)
        if event is not None and (known is None or known[0] is not event):
            price = mark_price(event, self._may_be_negative(instrument))
            exact = None if price is None else self._exact(instrument, price)
            if exact:  # else there is none, or it is below half a tick
                self._known[instrument] = (event, exact)
                return exact
        return known[1] if known else None

    __call__ = price  # books hold the method: calling it takes half as long as calling the object

    def _may_be_negative(self, instrument: InstrumentId) -> bool:
        signed = self._signed.get(instrument)
        if signed is None:
            signed = self._signed[instrument] = self._lookup(instrument).kind is _SPREAD
        return signed

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

    def settle(self, instrument: InstrumentId, price: Decimal) -> None:
        """Use a settlement price until the next market event: the last price of the day before is over."""
        self._known[instrument] = (self._latest.get(instrument), price)

    def remember(self, instrument: InstrumentId, price: Decimal) -> None:
        """Use `price` until a market event brings one: a fill or a settlement is a price, too."""
        if instrument not in self._known:
            self._known[instrument] = (None, price)
