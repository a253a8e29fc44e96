"""What a broker lists, as the symbols of one market and their filters."""

from collections.abc import Iterable
from decimal import Decimal

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.venues.binance.server.refusals import Refused
from anyvenue.venues.binance.server.terms import BinanceTerms, Market
from anyvenue.venues.binance.wire_rest import ExchangeInfo, Filter, RateLimitRule, SymbolInfo
from anyvenue.venues.serving.numbers import decimals_of
from anyvenue.venues.serving.records import Place

__all__ = ["Listing", "market_of"]

_FAR_MS = 4_133_404_800_000
_MOST = Decimal(9_000_000)
_HIGHEST = Decimal(1_000_000)
_SPOT_TYPES = ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT"]
_USDM_TYPES = [
    *("LIMIT", "MARKET", "STOP", "STOP_MARKET"),
    *("TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"),
]
_NOTIONAL = Decimal(5)


def market_of(instrument: Instrument) -> Market | None:
    """Return where an instrument is traded, None for what Binance has no such market for."""
    if instrument.kind is InstrumentKind.SPOT:
        return Market.SPOT
    if instrument.kind in (InstrumentKind.PERPETUAL, InstrumentKind.FUTURE) and instrument.base:
        return None if instrument.inverse else Market.USDM
    return None


class Listing:
    """The symbols of one market."""

    def __init__(self, market: Market, instruments: Iterable[Instrument]) -> None:
        """Take those of `instruments` that the market has."""
        self.market = market
        self.by_symbol: dict[str, Instrument] = {}
        self.symbols: dict[InstrumentId, str] = {}
        for each in instruments:
            if market_of(each) is market:
                symbol = each.venue_symbol or each.symbol.replace("-", "")
                self.by_symbol[symbol] = each
                self.symbols[each.id] = symbol

    def get(self, symbol: str) -> Instrument:
        """Return an instrument; raise Refused -1121."""
        found = self.by_symbol.get(symbol.upper())
        if found is None:
            raise Refused(-1121, "Invalid symbol.")
        return found

    def place_of(self, instrument: InstrumentId) -> Place | None:
        """Return where an instrument is traded, None for what this market does not list."""
        symbol = self.symbols.get(instrument)
        return (
            Place(self.market, symbol, self.market is Market.USDM) if symbol is not None else None
        )

    def info(self, terms: BinanceTerms, now_ms: int, only: Iterable[str] = ()) -> ExchangeInfo:
        """Return what is listed, of `only` some symbols where some are named; raise Refused -1121."""
        named = [self.get(each) for each in only] or list(self.by_symbol.values())
        limits = [
            RateLimitRule("REQUEST_WEIGHT", "MINUTE", 1, terms.weight(self.market)),
            RateLimitRule("ORDERS", "SECOND", 10, terms.orders(self.market)),
        ]
        return ExchangeInfo("UTC", now_ms, limits, [self._info(each) for each in named])

    def _info(self, instrument: Instrument) -> SymbolInfo:
        made = _spot(instrument) if self.market is Market.SPOT else _usdm(instrument)
        made.symbol = self.symbols[instrument.id]
        made.filters = self._filters(instrument)
        return made

    def _filters(self, instrument: Instrument) -> list[Filter]:
        tick, lot = instrument.price_step.step_at(Decimal(1)), instrument.lot
        most = lot.maximum or _MOST
        at_market = lot.market_maximum or most
        minimum = self.least_value(instrument)
        found = [
            Filter("PRICE_FILTER", min_price=tick, max_price=_HIGHEST, tick_size=tick),
            Filter("LOT_SIZE", min_qty=lot.minimum, max_qty=most, step_size=lot.step),
            Filter("MARKET_LOT_SIZE", min_qty=lot.minimum, max_qty=at_market, step_size=lot.step),
        ]
        if self.market is Market.SPOT:
            return [
                *found,
                Filter("NOTIONAL", min_notional=minimum, apply_to_market=True, avg_price_mins=5),
            ]
        return [*found, Filter("MIN_NOTIONAL", notional=minimum)]

    def least_value(self, instrument: Instrument) -> Decimal:
        """Return what an order must be worth at least: what the instrument says, else the venue's five dollars."""
        return instrument.lot.minimum_value or _NOTIONAL


def _spot(each: Instrument) -> SymbolInfo:
    return SymbolInfo(
        symbol="",
        base_asset=each.base,
        quote_asset=each.currency,
        order_types=_SPOT_TYPES,
        quote_asset_precision=8,
        iceberg_allowed=False,
        oco_allowed=False,
        allow_trailing_stop=False,
        cancel_replace_allowed=True,
        amend_allowed=True,
        quote_order_qty_market_allowed=True,
        is_spot_trading_allowed=True,
        is_margin_trading_allowed=False,
        permissions=[],
        permission_sets=[["SPOT"]],
        default_self_trade_prevention_mode="NONE",
    )


def _usdm(each: Instrument) -> SymbolInfo:
    perpetual = each.kind is InstrumentKind.PERPETUAL
    tick = each.price_step.step_at(Decimal(1))
    return SymbolInfo(
        symbol="",
        base_asset=each.base,
        quote_asset=each.currency,
        order_types=_USDM_TYPES,
        pair=f"{each.base}{each.currency}",
        contract_type="PERPETUAL" if perpetual else "CURRENT_QUARTER",
        delivery_date=_FAR_MS if perpetual else _day_ms(each.expiry),
        onboard_date=0,
        margin_asset=each.currency,
        price_precision=decimals_of(tick),
        quantity_precision=decimals_of(each.lot.step),
        underlying_type="COIN",
        maint_margin_percent=Decimal("2.5"),
        required_margin_percent=Decimal(5),
        liquidation_fee=each.liquidation_fee,
        market_take_bound=Decimal("0.05"),
        trigger_protect=Decimal("0.05"),
        time_in_force=["GTC", "IOC", "FOK", "GTX", "GTD"],
    )


def _day_ms(day: int) -> int:
    """Return 08:00 UTC of a day (yyyymmdd)."""
    from datetime import UTC, datetime

    moment = datetime(day // 10_000, day // 100 % 100, day % 100, 8, tzinfo=UTC)
    return int(moment.timestamp() * 1000)
