"""From CTP's Instrument to ours: what the tables know of it, with the terms that the venue tells."""

from decimal import Decimal

from msgspec.structs import replace

from anyvenue.model.enums import InstrumentKind, OptionRight
from anyvenue.model.ids import InstrumentId, make_instrument_id
from anyvenue.model.instruments import (
    CASH_STOCK_T0,
    CASH_STOCK_T1,
    FUTURE_AUTO_DATED,
    FUTURE_EXPLICIT_DATED,
    Instrument,
    MarginSchedule,
    PositionRule,
)
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.catalog import Catalog
from anyvenue.venues.ctp.counter.names import own_exchange
from anyvenue.venues.ctp.driver.codes import Codes
from anyvenue.venues.ctp.driver.link import Row
from anyvenue.venues.ctp.driver.readings import exact, is_number
from anyvenue.venues.ctp.driver.times import day_of

__all__ = ["Instruments"]

_KINDS = {
    "1": InstrumentKind.FUTURE,
    "2": InstrumentKind.OPTION,
    "3": InstrumentKind.SPREAD,
    "4": InstrumentKind.SPOT,
    "6": InstrumentKind.OPTION,
    "B": InstrumentKind.BOND,
    "D": InstrumentKind.FUND,
    "E": InstrumentKind.STOCK,
    "I": InstrumentKind.INDEX,
}
_CURRENCIES = {"HK": "HKD", "US": "USD"}
_T0 = frozenset({"HK", "US"})
_CASH = frozenset({InstrumentKind.STOCK, InstrumentKind.FUND, InstrumentKind.BOND})
_RIGHTS = {"1": OptionRight.CALL, "2": OptionRight.PUT}
_NO_MAXIMUM = 1_000_000
_SESSIONS = "cn_commodity_day"


class Instruments:
    """The venue's instruments by our ids, made from its rows or, before those have come, from the tables."""

    def __init__(self) -> None:
        """Know none; the tables are opened when they are first needed."""
        self.codes = Codes()
        self._known: dict[InstrumentId, Instrument] = {}
        self._nothing: set[InstrumentId] = set()
        self._catalog: Catalog | None = None
        self._day = 0

    def begin_day(self, trading_day: int) -> None:
        """Look instruments up as of a day."""
        if trading_day and trading_day != self._day:
            self._day = trading_day
            self._catalog = None
            self._nothing.clear()

    @property
    def _tables(self) -> Catalog:
        if self._catalog is None:
            self._catalog = Catalog(self._day) if self._day else Catalog()
        return self._catalog

    def get(self, name: InstrumentId) -> Instrument | None:
        """Return an instrument by our id, None for one that neither the venue nor the tables told of."""
        found = self._known.get(name)
        if found is None and name not in self._nothing:
            found = self._tables.find(name)
            if found is None:
                self._nothing.add(name)
            else:
                self._known[name] = found
        return found

    def of_code(self, code: str, exchange: str) -> Instrument | None:
        """Return an instrument by InstrumentID and ExchangeID."""
        name = self.codes.own(code, exchange)
        return self.get(name) or self._guessed(name)

    def _guessed(self, name: InstrumentId) -> Instrument | None:
        """Return an instrument that only an order or a trade told of, so that these are not lost."""
        symbol, _, exchange = name.rpartition(".")
        if not symbol:
            return None
        row: Row = {"InstrumentID": symbol, "ExchangeID": exchange, "ProductClass": "1"}
        return self._made(name, row)

    def add(self, row: Row) -> Instrument:
        """Take one of the venue's rows."""
        exchange = str(row.get("ExchangeID", ""))
        name = self.codes.own(str(row["InstrumentID"]), exchange)
        base = self._tables.find(name)
        found = self._made(name, row) if base is None else _with_terms(base, row)
        self._known[name] = found
        self._nothing.discard(name)
        return found

    def _made(self, name: InstrumentId, row: Row) -> Instrument:
        exchange = own_exchange(str(row.get("ExchangeID", "")))
        kind = _KINDS.get(str(row.get("ProductClass", "")), InstrumentKind.FUTURE)
        underlying = str(row.get("UnderlyingInstrID", ""))
        option = kind is InstrumentKind.OPTION
        strike = row.get("StrikePrice")
        return _with_terms(
            Instrument(
                id=name,
                kind=kind,
                currency=_CURRENCIES.get(exchange, "CNY"),
                price_step=FixedStep(exact(row.get("PriceTick")) or Decimal("0.01")),
                lot=LotRule(),
                position_rule=_rule(kind, exchange, row),
                sessions=_SESSIONS,
                product=str(row.get("ProductID", "")),
                underlying=make_instrument_id(underlying, exchange)
                if option and underlying
                else None,
                strike=exact(strike) if option and is_number(strike) else None,
                right=_RIGHTS.get(str(row.get("OptionsType", ""))) if option else None,
            ),
            row,
        )


def _rule(kind: InstrumentKind, exchange: str, row: Row) -> PositionRule:
    if kind in _CASH:
        return CASH_STOCK_T0 if exchange in _T0 else CASH_STOCK_T1
    explicit = exchange in ("SHFE", "INE") or row.get("PositionDateType") == "1"
    return FUTURE_EXPLICIT_DATED if explicit else FUTURE_AUTO_DATED


def _with_terms(base: Instrument, row: Row) -> Instrument:
    """Return an instrument with the terms of a row; what the row does not tell stays as it is."""
    tick, multiplier = row.get("PriceTick"), row.get("VolumeMultiple")
    step = base.price_step
    if isinstance(step, FixedStep) and is_number(tick) and exact(tick) > 0:
        step = FixedStep(exact(tick))
    name = str(row.get("InstrumentName", ""))
    margin = base.margin
    if margin is None and base.position_rule.margined:
        margin = _margin(row)
    return replace(
        base,
        price_step=step,
        multiplier=exact(multiplier) if is_number(multiplier) and multiplier else base.multiplier,
        lot=_lot(base.lot, row),
        listed=day_of(row.get("OpenDate", "")) or base.listed,
        expiry=day_of(row.get("ExpireDate", "")) or base.expiry,
        venue_symbol=str(row.get("InstrumentID", "")) or base.venue_symbol,
        name_zh=name or base.name_zh,
        margin=margin,
    )


def _lot(base: LotRule, row: Row) -> LotRule:
    least = int(row.get("MinLimitOrderVolume", 0) or 0)
    most = int(row.get("MaxLimitOrderVolume", 0) or 0)
    at_market = int(row.get("MaxMarketOrderVolume", 0) or 0)
    if base.step != 1 or not least:
        return base
    return replace(
        base,
        minimum=Decimal(least),
        maximum=Decimal(most) if 0 < most < _NO_MAXIMUM else None,
        market_maximum=Decimal(at_market) if 0 < at_market < (most or _NO_MAXIMUM) else None,
    )


def _margin(row: Row) -> MarginSchedule | None:
    """Return the exchange's rates that an Instrument tells; the account's own may be higher."""
    long, short = row.get("LongMarginRatio"), row.get("ShortMarginRatio")
    if not (is_number(long) and is_number(short)):
        return None
    return MarginSchedule(exact(long), exact(short), source="CTP Instrument")
