"""The price behind a synthetic market, which its traders know and nobody else: one function of time per instrument."""

from collections.abc import Callable
from math import exp, sqrt

from anyvenue.model.enums import InstrumentKind, OptionRight
from anyvenue.model.errors import UnknownInstrument
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import Number, to_decimal
from anyvenue.reference.days import NS_PER_DAY, midnight
from anyvenue.reference.volatility import get_volatility
from anyvenue.sim.synthetic.options import option_value
from anyvenue.sim.synthetic.paths import LogPath
from anyvenue.sim.synthetic.prices import start_price

__all__ = ["Fair", "World"]

Fair = Callable[[int], float]
"""From a time, int ns UTC, to a price."""

_DEFAULT_LIMIT = 0.1
# A sixth of the price limit: what stands a day's range away from the last close is then four deviations away.
_OF_LIMIT = 6.0
_EXPIRY_NS = 7 * 3600 * 1_000_000_000  # three in the afternoon in China
_DAYS_A_YEAR = 365
# How much of a market is its own and not common to all of its product or base.
_OWN_OF_FUTURE, _OWN_OF_CRYPTO = 0.15, 0.02
# Index futures move with the index, which index options are settled on.
_INDICES = {
    "IF.CFFEX": "000300.SSE",
    "IH.CFFEX": "000016.SSE",
    "IC.CFFEX": "000905.SSE",
    "IM.CFFEX": "000852.SSE",
}


class World:
    """The prices of one seed. Markets that belong together move together.

    Contracts of one product share most of their moves, and so do the spot, perpetual and dated markets of one crypto
    base. An option follows its underlying, a spread its legs. `find` looks instruments up; `origin` says when (int ns
    UTC) the path of an instrument begins; `start` gives its first price.
    """

    def __init__(
        self,
        seed: int | str,
        origin: Callable[[Instrument], int],
        find: Callable[[InstrumentId], Instrument | None] = lambda _: None,
        start: Callable[[Instrument], Number] = start_price,
    ) -> None:
        self._seed = seed
        self._origin = origin
        self._find = find
        self._start = start

    def fair(self, instrument: Instrument) -> Fair:
        """Return the price behind an instrument; raise UnknownInstrument where its underlying is not found."""
        if instrument.kind is InstrumentKind.OPTION:
            return self._option(instrument)
        if instrument.legs:
            return self._spread(instrument)
        start = float(to_decimal(self._start(instrument), "start_price"))
        deviation = self._deviation(instrument)
        return lambda ts: start * exp(deviation(ts))

    def premium(self, instrument: Instrument) -> Callable[[int], float]:
        """Return what a perpetual stands above its index, as a fraction."""
        own, share = self._path(instrument, instrument.id), _own_share(instrument)
        return lambda ts: share * own(ts)

    def _deviation(self, instrument: Instrument) -> Fair:
        share, family = _own_share(instrument), _family(instrument)
        own = self._path(instrument, instrument.id)
        if not share:
            return own
        common, weight = self._path(instrument, family), sqrt(1 - share**2)
        return lambda ts: weight * common(ts) + share * own(ts)

    def _path(self, instrument: Instrument, name: str) -> LogPath:
        limit = float(instrument.price_limit) or _DEFAULT_LIMIT
        per_hour = get_volatility(instrument).per_hour
        origin = self._origin(instrument)
        return LogPath(f"{self._seed} {name}", per_hour, limit / _OF_LIMIT, origin)

    def _option(self, instrument: Instrument) -> Fair:
        underlying = self._behind(instrument.underlying, instrument)
        price = self.fair(underlying)
        yearly = get_volatility(underlying).per_year
        strike = float(instrument.strike or 0) or price(0)
        call = instrument.right is not OptionRight.PUT
        expiry = midnight(instrument.expiry) + _EXPIRY_NS if instrument.expiry else 0
        year = _DAYS_A_YEAR * NS_PER_DAY

        def worth(ts: int) -> float:
            left = max(expiry - ts, 0) / year
            return option_value(price(ts), strike, yearly * sqrt(left), call)

        return worth

    def _spread(self, instrument: Instrument) -> Fair:
        legs = [
            (float(leg.ratio), self.fair(self._behind(leg.instrument, instrument)))
            for leg in instrument.legs
        ]
        return lambda ts: sum(ratio * price(ts) for ratio, price in legs)

    def _behind(self, name: InstrumentId | None, instrument: Instrument) -> Instrument:
        found = self._find(name) if name else None
        if found is None:
            raise UnknownInstrument(
                f"{instrument.id} has no synthetic market: {name or 'its underlying'} is not in the catalogue; "
                "add it there",
                instrument=str(name or instrument.id),
                suggestions=[],
            )
        return found


def _own_share(instrument: Instrument) -> float:
    if instrument.kind in (InstrumentKind.FUTURE, InstrumentKind.CONTINUOUS) and instrument.product:
        return _OWN_OF_FUTURE
    crypto = instrument.kind in (InstrumentKind.SPOT, InstrumentKind.PERPETUAL)
    return _OWN_OF_CRYPTO if crypto and instrument.base else 0.0


def _family(instrument: Instrument) -> str:
    product = f"{instrument.product}.{instrument.exchange}"
    return instrument.base or _INDICES.get(product, product)
