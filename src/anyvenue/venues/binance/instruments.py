"""What Binance lists, as instruments."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from msgspec import UNSET
from msgspec.structs import replace

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.errors import UnknownInstrument
from anyvenue.model.ids import InstrumentId, make_instrument_id
from anyvenue.model.instruments import CASH_STOCK_T0, HEDGED, NETTED, Instrument, LeverageTier
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.crypto import crypto_instrument
from anyvenue.venues.binance.wire_funds import Bracket, SymbolBrackets
from anyvenue.venues.binance.wire_rest import ExchangeInfo, Filter, SymbolInfo

__all__ = ["Listing", "make_instrument"]

EXCHANGE = "BINANCE"
_ZERO, _ONE = Decimal(0), Decimal(1)
_GONE = ("SETTLING", "CLOSE", "DELIVERED", "END_OF_DAY")


class Listing:
    """The instruments of one market by the venue's symbol and by our name."""

    def __init__(self) -> None:
        """Begin with none."""
        self.by_symbol: dict[str, Instrument] = {}
        self.by_id: dict[InstrumentId, Instrument] = {}

    def take(self, info: ExchangeInfo, *, hedged: bool = False) -> list[Instrument]:
        """Take what the venue lists; what it lists no more stays known, its orders may be asked about."""
        found = []
        for each in info.symbols:
            made = make_instrument(each, hedged=hedged)
            if made is None:
                continue
            self.by_symbol[each.symbol] = made
            self.by_id[made.id] = made
            if each.status not in _GONE:
                found.append(made)
        return found

    def take_brackets(self, rows: Sequence[SymbolBrackets]) -> None:
        """Take the account's leverage tables."""
        for row in rows:
            known = self.by_symbol.get(row.symbol)
            if known is not None and row.brackets:
                made = replace(known, tiers=tuple(map(_tier, row.brackets)))
                self.by_symbol[row.symbol] = self.by_id[known.id] = made

    def symbol(self, name: InstrumentId) -> str:
        """Return the venue's symbol; raise UnknownInstrument."""
        return self.get(name).venue_symbol

    def get(self, name: InstrumentId) -> Instrument:
        """Return an instrument by our name; raise UnknownInstrument."""
        found = self.by_id.get(name)
        if found is None:
            raise UnknownInstrument(
                f"Binance lists no {name} in this market", instrument=name, suggestions=[]
            )
        return found


def _tier(row: Bracket) -> LeverageTier:
    return LeverageTier(
        _normal(row.notional_cap), _normal(row.initial_leverage), row.maint_margin_ratio, row.cum
    )


def make_instrument(info: SymbolInfo, *, hedged: bool = False) -> Instrument | None:
    """Return a symbol as an instrument, None where it has no price step and so cannot be traded.

    Steps and minimums are the venue's; names, fees and leverage tables come from the reference tables where those know
    the pair.
    """
    filters = {each.filter_type: each for each in info.filters}
    prices = filters.get("PRICE_FILTER")
    tick = _normal(prices.tick_size) if prices is not None else _ZERO
    if not tick:
        tick = _ONE.scaleb(-info.quote_precision)
    futures = info.contract_type is not UNSET
    symbol, kind, expiry = _named(info)
    known = _known(symbol) if expiry == 0 else crypto_instrument(symbol, EXCHANGE)
    return _made(info, symbol, kind, expiry, tick, _lot(filters), futures, hedged, known)


def _made(
    info: SymbolInfo,
    symbol: str,
    kind: InstrumentKind,
    expiry: int,
    tick: Decimal,
    lot: LotRule,
    futures: bool,
    hedged: bool,
    known: Instrument | None,
) -> Instrument:
    margin_asset = info.margin_asset
    rule = CASH_STOCK_T0 if not futures else HEDGED if hedged else NETTED
    terms = {
        "price_step": FixedStep(tick),
        "lot": lot,
        "position_rule": rule,
        "venue_symbol": info.symbol,
        "expiry": expiry,
    }
    if known is not None:
        return replace(known, **terms)
    return Instrument(
        id=make_instrument_id(symbol, EXCHANGE),
        kind=kind,
        currency=info.quote_asset if margin_asset is UNSET else margin_asset or info.quote_asset,
        base=info.base_asset,
        sessions="always",
        name=f"{info.base_asset}/{info.quote_asset} {kind.value}",
        **terms,  # type: ignore[arg-type]
    )


@lru_cache(maxsize=4096)
def _known(symbol: str) -> Instrument | None:
    return crypto_instrument(symbol, EXCHANGE)


def _named(info: SymbolInfo) -> tuple[str, InstrumentKind, int]:
    """Return our symbol, the kind and the last day (yyyymmdd)."""
    pair = f"{info.base_asset}-{info.quote_asset}"
    kind = info.contract_type
    if kind is UNSET:
        return pair, InstrumentKind.SPOT, 0
    _, _, digits = info.symbol.rpartition("_")
    if len(digits) == 6 and digits.isdigit():
        return f"{pair}-20{digits}", InstrumentKind.FUTURE, 20_000_000 + int(digits)
    return f"{pair}-PERP", InstrumentKind.PERPETUAL, 0


def _lot(filters: dict[str, Filter]) -> LotRule:
    lots, market = filters.get("LOT_SIZE"), filters.get("MARKET_LOT_SIZE")
    if lots is None:
        return LotRule(_ONE, _ONE)
    step = _normal(lots.step_size) or _normal(lots.min_qty) or _ONE
    most = _normal(lots.max_qty)
    at_market = _normal(market.max_qty) if market is not None else _ZERO
    return LotRule(
        step,
        _normal(lots.min_qty) or step,
        most or None,
        at_market or None,
        minimum_value=_least_value(filters),
    )


def _least_value(filters: dict[str, Filter]) -> Decimal:
    """Return what an order is worth at least; spot's filter was called MIN_NOTIONAL before it was NOTIONAL."""
    for name in ("NOTIONAL", "MIN_NOTIONAL"):
        found = filters.get(name)
        if found is not None:
            return _normal(found.min_notional) or _normal(found.notional)
    return _ZERO


def _normal(value: Decimal | object) -> Decimal:
    """Return a number without the zeros at its end, 0 where there is none."""
    if not isinstance(value, Decimal) or not value:
        return _ZERO
    short = value.normalize()
    return short.quantize(_ONE) if short == short.to_integral_value() else short
