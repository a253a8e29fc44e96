"""What an exchange lists, as instruments: steps and minimums are what ccxt read from the exchange."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import cast

from msgspec.structs import replace

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.errors import UnknownInstrument
from anyvenue.model.ids import InstrumentId, make_instrument_id
from anyvenue.model.instruments import CASH_STOCK_T0, NETTED, Instrument
from anyvenue.model.steps import FixedStep, LotRule, SignificantStep
from anyvenue.reference.crypto import crypto_instrument
from anyvenue.venues.ccxt.library import Row
from anyvenue.venues.ccxt.naming import exchange_code, our_symbol

__all__ = ["Listing", "decimal_of", "make_instrument"]

_ZERO, _ONE = Decimal(0), Decimal(1)
_DECIMAL_PLACES, _SIGNIFICANT_DIGITS = 2, 3  # ccxt's precision modes; the third, 4, is a step
_PLACES = 8


class Listing:
    """Instruments by ccxt's symbol and by our name."""

    def __init__(self, exchange: str) -> None:
        """Begin with none."""
        self._exchange = exchange
        self.by_symbol: dict[str, Instrument] = {}
        self.by_id: dict[InstrumentId, Instrument] = {}
        self.symbols: dict[InstrumentId, str] = {}

    def take(self, markets: Iterable[Row], precision_mode: int, wanted: str) -> list[Instrument]:
        """Take what is listed of the wanted kind (spot, contracts or all); what has gone stays known."""
        code, found = exchange_code(self._exchange), []
        for each in markets:
            if wanted != "all" and bool(each.get("contract")) != (wanted == "contracts"):
                continue
            made = make_instrument(each, code, precision_mode)
            if made is None:
                continue
            symbol = str(each["symbol"])
            if self.symbols.get(made.id, symbol) != symbol:
                made = _by_settlement(made, each)  # one pair, settled in two currencies
            self.by_symbol[symbol] = made
            self.symbols[made.id] = symbol
            self.by_id[made.id] = made
            if each.get("active") is not False:
                found.append(made)
        return found

    def symbol(self, name: InstrumentId) -> str:
        """Return ccxt's symbol; raise UnknownInstrument."""
        found = self.symbols.get(name)
        if found is None:
            raise UnknownInstrument(
                f"ccxt:{self._exchange} lists no {name} for this account",
                instrument=name,
                suggestions=[],
            )
        return found


def _by_settlement(made: Instrument, market: Row) -> Instrument:
    pair, _, rest = made.symbol.rpartition("-")
    symbol = f"{pair}-{market.get('settle')}-{rest}"
    return replace(made, id=make_instrument_id(symbol, made.exchange))


def make_instrument(market: Row, code: str, precision_mode: int) -> Instrument | None:
    """Return a market as an instrument of the exchange `code`, None for one that cannot be traded here.

    Names, fees and leverage tables come from the reference tables where those know the pair.
    """
    named = our_symbol(market)
    if named is None or not market.get("base") or not market.get("quote"):
        return None
    symbol, kind, expiry = named
    precision = cast(Row, market.get("precision") or {})
    limits = cast(Mapping[str, Row], market.get("limits") or {})
    size = decimal_of(market.get("contractSize")) or _ONE
    lot = _lot(precision.get("amount"), limits, precision_mode, kind)
    step = _price_step(precision.get("price"), precision_mode)
    if lot is None or step is None:
        return None
    inverse = bool(market.get("inverse"))
    known = _known(symbol, code)
    made = known or Instrument(
        id=make_instrument_id(symbol, code),
        kind=kind,
        currency=str(market.get("settle") or market["quote"]),
        base=str(market["base"]),
        sessions="always",
        name=f"{market['base']}/{market['quote']} {kind.value}",
        price_step=step,
        lot=lot,
        position_rule=NETTED,
    )
    return replace(
        made,
        price_step=step,
        lot=lot,
        position_rule=CASH_STOCK_T0 if kind is InstrumentKind.SPOT else NETTED,
        multiplier=size,
        inverse=inverse,
        expiry=expiry,
        venue_symbol=str(market.get("id") or market["symbol"]),
    )


@lru_cache(maxsize=4096)
def _known(symbol: str, code: str) -> Instrument | None:
    return crypto_instrument(symbol, code)


def _price_step(value: object, mode: int) -> FixedStep | SignificantStep | None:
    number = decimal_of(value)
    if number is None:
        return None
    if mode == _SIGNIFICANT_DIGITS:
        return SignificantStep(int(number), _PLACES)
    step = _step(number, mode)
    return FixedStep(step) if step else None


def _step(number: Decimal, mode: int) -> Decimal:
    if mode == _DECIMAL_PLACES or (mode == _SIGNIFICANT_DIGITS and number >= 1):
        return _ONE.scaleb(-int(number))
    return _normal(number)


def _lot(
    amount: object, limits: Mapping[str, Row], mode: int, kind: InstrumentKind
) -> LotRule | None:
    number = decimal_of(amount)
    step = _ONE.scaleb(-_PLACES) if number is None else _step(number, mode)
    if step <= 0:
        return None
    sizes, costs = limits.get("amount") or {}, limits.get("cost") or {}
    least = decimal_of(sizes.get("min")) or step
    most, at_market = decimal_of(sizes.get("max")), None
    found = limits.get("market") or {}
    at_market = decimal_of(found.get("max"))
    worth = decimal_of(costs.get("min")) or _ZERO
    return LotRule(
        step,
        _normal(max(least, step)),
        most or None,
        at_market or None,
        minimum_value=worth if kind is InstrumentKind.SPOT else _ZERO,
    )


def decimal_of(value: object) -> Decimal | None:
    """Return one of ccxt's numbers exactly, None where there is none; a float counts as it is written."""
    if value is None or value == "":
        return None
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    return number if number.is_finite() else None


def _normal(number: Decimal) -> Decimal:
    short = number.normalize()
    return short.quantize(_ONE) if short == short.to_integral_value() else short
