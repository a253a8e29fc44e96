"""What a broker lists, as Backpack's markets."""

from collections.abc import Iterable
from decimal import Decimal

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.reference.crypto import venue_symbol
from anyvenue.venues.backpack.server.refusals import Refused
from anyvenue.venues.backpack.server.terms import MARKET
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.numbers import Row
from anyvenue.venues.serving.records import Place

__all__ = [
    "FUNDING_MS",
    "Listing",
    "funding_every_ms",
    "margin_function",
    "market_row",
    "market_type",
]

FUNDING_MS = 3_600_000
"""How often funding is due where the market does not tell."""

_LISTED = "2025-01-21T06:34:54.691858"
_PRICES: Row = {
    "borrowEntryFeeMaxMultiplier": None,
    "borrowEntryFeeMinMultiplier": None,
    "maxImpactMultiplier": "1.03",
    "maxMultiplier": "1.25",
    "maxPrice": None,
    "meanMarkPriceBand": None,
    "meanPremiumBand": None,
    "minImpactMultiplier": "0.97",
    "minMultiplier": "0.75",
}


def market_type(instrument: Instrument) -> str:
    """Return SPOT or PERP, empty for what Backpack has no such market for."""
    if instrument.kind is InstrumentKind.SPOT and instrument.base:
        return "SPOT"
    perpetual = instrument.kind is InstrumentKind.PERPETUAL and instrument.base
    return "PERP" if perpetual and not instrument.inverse else ""


class Listing:
    """The markets by symbol."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        """Take those of `instruments` that Backpack could have."""
        self.by_symbol: dict[str, Instrument] = {}
        self.symbols: dict[InstrumentId, str] = {}
        for each in instruments:
            if market_type(each):
                symbol = _symbol(each)
                self.by_symbol[symbol] = each
                self.symbols[each.id] = symbol

    def get(self, symbol: str) -> Instrument:
        """Return an instrument; raise Refused INVALID_SYMBOL."""
        found = self.by_symbol.get(symbol)
        if found is None:
            raise Refused("INVALID_SYMBOL", "Invalid symbol")
        return found

    def place_of(self, instrument: InstrumentId) -> Place | None:
        """Return where an instrument is traded, None for what is not listed."""
        symbol = self.symbols.get(instrument)
        if symbol is None:
            return None
        each = self.by_symbol[symbol]
        return Place(MARKET, symbol, market_type(each) == "PERP", each.multiplier)


def funding_every_ms(board: Board) -> int:
    """Return how often funding is due."""
    told = board.funding.interval_ns // 1_000_000 if board.funding is not None else 0
    return told or FUNDING_MS


def market_row(board: Board) -> Row:
    """Return a market as asking for the markets shows it."""
    each = board.instrument
    tick, lot, kind = each.price_step.step_at(Decimal(1)), each.lot, market_type(each)
    perpetual = kind == "PERP"
    return {
        "baseSymbol": each.base,
        "createdAt": _LISTED,
        "filters": {
            "price": {**_PRICES, "minPrice": tick, "tickSize": tick},
            "quantity": {
                "maxQuantity": lot.maximum,
                "minQuantity": lot.minimum,
                "stepSize": lot.step,
            },
        },
        "fundingInterval": funding_every_ms(board) if perpetual else None,
        "fundingRateLowerBound": None,
        "fundingRateUpperBound": None,
        "imfFunction": margin_function(each, kept=False),
        "marketType": kind,
        "mmfFunction": margin_function(each, kept=True),
        "openInterestLimit": "0",
        "orderBookState": "Open" if board.trading else "Closed",
        "positionLimitWeight": None,
        "quoteSymbol": each.currency,
        "symbol": board.symbol,
        "visible": True,
    }


def margin_function(instrument: Instrument, *, kept: bool) -> Row | None:
    """Return the initial margin by value, or what must be `kept`: here it does not grow with the position."""
    schedule = instrument.margin
    if schedule is None:
        return None
    base = schedule.long_maintenance if kept else schedule.long_by_money
    return {"base": base, "factor": "0", "type": "sqrt"}


def _symbol(each: Instrument) -> str:
    kind = "perpetual" if each.kind is InstrumentKind.PERPETUAL else "spot"
    return venue_symbol("BACKPACK", each.base, each.currency, kind)
