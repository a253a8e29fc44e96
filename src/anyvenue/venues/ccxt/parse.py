"""ccxt's unified structures in our words: pure. What counts money comes as texts and stays exact."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import nan
from typing import cast

from anyvenue.model.accounts import Account
from anyvenue.model.enums import MarginMode, OrderState, OrderType, Side, TimeInForce
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, FundingRate, Quote, Trade
from anyvenue.model.positions import EMPTY_LEG, Leg, Position, PositionTerms
from anyvenue.venues.ccxt.library import Row
from anyvenue.venues.ccxt.listing import decimal_of
from anyvenue.venues.ccxt.naming import our_order_id
from anyvenue.venues.tracking.told import Told, ToldFill

__all__ = [
    "balances_of",
    "bar_of",
    "depth_of",
    "fill_of",
    "funding_of",
    "leverage_of",
    "order_of",
    "positions_of",
    "quote_of",
    "quote_of_book",
    "trade_of",
]

_ZERO = Decimal(0)
_MS = 1_000_000
_HOUR_NS = 3_600_000_000_000
_STATES = {
    "open": OrderState.OPEN,
    "closed": OrderState.FILLED,
    "canceled": OrderState.CANCELLED,
    "cancelled": OrderState.CANCELLED,
    "canceling": OrderState.OPEN,
    "expired": OrderState.EXPIRED,
    "expired_in_match": OrderState.EXPIRED,
    "rejected": OrderState.REJECTED,
}
_TYPES = {"limit": OrderType.LIMIT, "market": OrderType.MARKET}
_MODES = {"isolated": MarginMode.ISOLATED, "cross": MarginMode.CROSS}
_TIMES = {"IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK, "GTC": TimeInForce.GTC}
_Levels = Sequence[Sequence[float]]


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value)


def _ns(row: Row, *names: str) -> int:
    found = (row.get(name) for name in names)
    return next((int(float(str(each))) * _MS for each in found if each), 0)


def _side(row: Row) -> Side:
    return Side.SELL if _text(row, "side").lower() == "sell" else Side.BUY


# ---- orders and fills


def order_of(row: Row, exchange: str, symbol: str = "") -> Told | None:
    """Return what an order structure says, None for one without an id or a symbol.

    An acknowledgement may be no more than an id: then `full` is False, and its state is OPEN.
    """
    venue_id, name = _text(row, "id"), _text(row, "symbol") or symbol
    if not venue_id or not name:
        return None
    amount, price = decimal_of(row.get("amount")), decimal_of(row.get("price"))
    kind = _text(row, "type").lower()
    times = _text(row, "timeInForce").upper()
    full = amount is not None and bool(_text(row, "side"))
    market = kind == "market"
    # A limit order's message without a price tells nothing of its terms.
    telling = not market and bool(price)
    filled = decimal_of(row.get("filled")) or _ZERO
    return Told(
        symbol=name,
        venue_id=venue_id,
        state=_state(row, amount, filled),
        ts=_ns(row, "lastUpdateTimestamp", "lastTradeTimestamp", "timestamp"),
        side=_side(row),
        order_id=our_order_id(exchange, _text(row, "clientOrderId")),
        client_id=_text(row, "clientOrderId"),
        kind=kind,
        type=_TYPES.get(kind, OrderType.LIMIT if price else None),
        time_in_force=_TIMES.get(times, TimeInForce.GTC),
        post_only=times == "PO" or row.get("postOnly") is True,
        reduce_only=row.get("reduceOnly") is True,
        price=price if telling else None,
        quantity=amount if telling or (market and full) else None,
        filled=filled,
        full=full,
        created=_ns(row, "timestamp"),
    )


def _state(row: Row, amount: Decimal | None, filled: Decimal) -> OrderState:
    said = _text(row, "status").lower()
    state = _STATES.get(said, OrderState.OPEN if not said else OrderState.UNKNOWN)
    if said.endswith(" canceled"):  # Bitfinex's "POSTONLY CANCELED", which ccxt leaves as it is
        state = OrderState.CANCELLED
    if state is OrderState.FILLED and amount and filled < amount:
        # ccxt's "closed" is done, however it came to be: with a rest it was ended.
        return OrderState.CANCELLED
    return state


def fill_of(row: Row, *, costless: bool) -> tuple[str, ToldFill] | None:
    """Return the symbol and what a trade structure of the account says, None for one that cannot be booked.

    A trade without a fee costs nothing where `costless`, else its fee is unknown and must be asked for.
    """
    symbol, order = _text(row, "symbol"), _text(row, "order")
    price, quantity = decimal_of(row.get("price")), decimal_of(row.get("amount"))
    if not symbol or not order or price is None or not quantity:
        return None
    fee, currency = _fee(row)
    if fee is None and costless:
        fee = _ZERO
    ts = _ns(row, "timestamp")
    trade_id = _text(row, "id") or f"{order}-{ts}-{price}-{quantity}"
    told = ToldFill(
        trade_id=f"{symbol}-{trade_id}",
        order=order,
        side=_side(row),
        price=price,
        quantity=quantity,
        fee=fee,
        fee_currency=currency,
        maker=_text(row, "takerOrMaker") == "maker",
        ts=ts,
    )
    return symbol, told


def _fee(row: Row) -> tuple[Decimal | None, str]:
    own = row.get("info")
    if isinstance(own, Mapping) and "trade_fee" in own and "fee_currency" in own:
        # HTX's contracts, version 5: what costs is above zero, and ccxt turns it around as in their older answers.
        return decimal_of(own["trade_fee"]), str(own["fee_currency"])
    single = row.get("fee")
    several = row.get("fees")
    fees = [single] if isinstance(single, Mapping) else several if isinstance(several, list) else []
    known = [each for each in fees if decimal_of(each.get("cost")) is not None]
    if not known:
        return None, ""
    currency = _text(known[0], "currency")
    # A second currency, as where a discount is paid in the exchange's own coin, is told in the balances.
    same = [each for each in known if _text(each, "currency") == currency]
    return sum((decimal_of(each["cost"]) or _ZERO for each in same), _ZERO), currency


# ---- money and positions


def balances_of(
    row: Row, account: AccountId, now: int, profits: Mapping[str, Decimal], *, contracts: bool
) -> list[Account]:
    """Return the money of every currency that has some; `profits` is what open positions have made by currency."""
    found = []
    for currency, each in row.items():
        if not isinstance(each, Mapping) or "total" not in each or currency in _NO_CURRENCY:
            continue
        total, free = decimal_of(each.get("total")), decimal_of(each.get("free"))
        used = decimal_of(each.get("used"))
        if total is None:
            total = (free or _ZERO) + (used or _ZERO)
        if not total and not free and not used:
            continue
        profit = profits.get(currency, _ZERO)
        found.append(
            Account(
                account,
                currency,
                now,
                0,
                balance=total,
                position_profit=profit,
                available=total if free is None else free,
                margin=(used or _ZERO) if contracts else _ZERO,
                frozen_cash=_ZERO if contracts else used or _ZERO,
            )
        )
    return found


_NO_CURRENCY = frozenset({"info", "free", "used", "total", "debt", "timestamp", "datetime"})


def positions_of(
    rows: Sequence[Row], account: AccountId, by_symbol: Mapping[str, Instrument]
) -> tuple[list[Position], list[PositionTerms], dict[str, Decimal]]:
    """Return positions by instrument, their terms, and what they have made by currency."""
    legs: dict[str, dict[Side, Leg]] = {}
    terms: list[PositionTerms] = []
    profits: dict[str, Decimal] = {}
    for row in rows:
        instrument = by_symbol.get(_text(row, "symbol"))
        signed = _contracts(row) or _ZERO
        if instrument is None or not signed:
            continue
        short = _text(row, "side") == "short" or signed < 0
        value = (decimal_of(row.get("entryPrice")) or _ZERO) * abs(signed)
        leg = Leg(abs(signed), _ZERO, value, value)
        legs.setdefault(_text(row, "symbol"), {})[Side.SELL if short else Side.BUY] = leg
        terms.append(_terms(row, account, instrument.id))
        profit = decimal_of(row.get("unrealizedPnl")) or _ZERO
        profits[instrument.currency] = profits.get(instrument.currency, _ZERO) + profit
    positions = [
        Position(
            account,
            by_symbol[symbol].id,
            long_today=each.get(Side.BUY, EMPTY_LEG),
            short_today=each.get(Side.SELL, EMPTY_LEG),
        )
        for symbol, each in sorted(legs.items())
    ]
    return positions, terms, profits


def _contracts(row: Row) -> Decimal | None:
    """Return how much is held; of Bitfinex, whose rows are lists, ccxt takes it for the value and guesses this."""
    own = row.get("info")
    return decimal_of(own[2] if isinstance(own, list) else row.get("contracts"))


def _terms(row: Row, account: AccountId, name: InstrumentId) -> PositionTerms:
    mode = _MODES.get(_text(row, "marginMode"))
    isolated = decimal_of(row.get("collateral")) if mode is MarginMode.ISOLATED else None
    return PositionTerms(account, name, decimal_of(row.get("leverage")), mode, isolated)


def leverage_of(row: Row, account: AccountId, name: InstrumentId) -> PositionTerms:
    """Return what a leverage structure tells of the terms of an instrument."""
    mode = _MODES.get(_text(row, "marginMode"))
    return PositionTerms(account, name, decimal_of(row.get("longLeverage")), mode)


# ---- market data


def _float(value: object) -> float:
    return nan if value is None or value == "" else float(cast(float, value))


def quote_of(row: Row, name: InstrumentId, now: int) -> Quote | None:
    """Return the best prices of a ticker structure, None where it has none."""
    bid, ask = row.get("bid"), row.get("ask")
    if bid is None and ask is None:
        return None
    return Quote(
        name,
        _ns(row, "timestamp") or now,
        now,
        _float(bid),
        _float(ask),
        _float(row.get("bidVolume")),
        _float(row.get("askVolume")),
    )


def quote_of_book(row: Row, name: InstrumentId, now: int) -> Quote:
    """Return the best prices of a book structure."""
    bids, asks = _levels(row, "bids", 1), _levels(row, "asks", 1)
    bid = bids[0] if bids else (nan, nan)
    ask = asks[0] if asks else (nan, nan)
    return Quote(name, _ns(row, "timestamp") or now, now, bid[0], ask[0], bid[1], ask[1])


def depth_of(row: Row, name: InstrumentId, now: int, levels: int, last: float) -> Depth:
    """Return a book structure down to so many levels."""
    bids, asks = _levels(row, "bids", levels), _levels(row, "asks", levels)
    return Depth(
        name,
        _ns(row, "timestamp") or now,
        now,
        tuple(each[0] for each in bids),
        tuple(each[1] for each in bids),
        tuple(each[0] for each in asks),
        tuple(each[1] for each in asks),
        last=last,
    )


def _levels(row: Row, side: str, count: int) -> list[tuple[float, float]]:
    levels = cast(_Levels, row.get(side) or ())
    return [(float(each[0]), float(each[1])) for each in levels[:count]]


def trade_of(row: Row, name: InstrumentId, now: int) -> Trade | None:
    """Return a public trade, None for one without a price."""
    price, size = _float(row.get("price")), _float(row.get("amount"))
    if price != price:
        return None
    side = _text(row, "side").lower()
    aggressor = {"buy": Side.BUY, "sell": Side.SELL}.get(side)
    return Trade(name, _ns(row, "timestamp") or now, now, price, size, aggressor, _text(row, "id"))


def bar_of(
    row: Sequence[object], name: InstrumentId, interval: str, length_ms: int, now: int, now_ms: int
) -> Bar:
    """Return a row of [start, open, high, low, close, volume]; it is closed when its time is over at `now_ms`."""
    start = int(cast(float, row[0]))
    first, high, low, close, volume = [_float(each) for each in row[1:6]]
    end = start + length_ms
    closed = end <= now_ms
    event = end * _MS if closed else now
    return Bar(
        name,
        event,
        now,
        interval,
        start * _MS,
        first,
        high,
        low,
        close,
        volume,
        closed=closed,
    )


def funding_of(row: Row, name: InstrumentId, now: int) -> FundingRate | None:
    """Return a funding rate, None where none is told."""
    rate = decimal_of(row.get("fundingRate"))
    if rate is None:
        return None
    hours = _text(row, "interval").removesuffix("h")
    interval = (int(hours) if hours.isdigit() else 8) * _HOUR_NS
    due = _ns(row, "fundingTimestamp", "nextFundingTimestamp")
    return FundingRate(name, _ns(row, "timestamp") or now, now, rate, interval, due)
