"""InvestorPosition rows, made of the books when they are read: one a side, where closing is dated one a part."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.ticks.books import Books
from anyvenue.venues.ctp.ticks.contracts import Contract
from anyvenue.venues.ctp.ticks.lots import Part, Side
from anyvenue.venues.ctp.ticks.margins import margins_of, previous_margin
from anyvenue.venues.ctp.ticks.numbers import ZERO
from anyvenue.venues.ctp.ticks.structs import InvestorPosition
from anyvenue.venues.ctp.ticks.working import Working

__all__ = ["position_rows", "rates_row"]

_NOTHING: dict[str, Value] = {
    "HedgeFlag": "1",
    "SettlementID": 1,
    "CombPosition": 0,
    "CombLongFrozen": 0,
    "CombShortFrozen": 0,
    "StrikeFrozen": 0,
    "AbandonFrozen": 0,
    "YdStrikeFrozen": 0,
    "TasPosition": 0,
    "InvestUnitID": "",
    "PositionCostOffset": 0.0,
    "TasPositionCost": 0.0,
    "StrikeFrozenAmount": 0.0,
}


class _Frozen(msgspec.Struct):
    """What working orders would add to lots, what they have claimed of them, and the money for that."""

    opening: int = 0
    opening_amount: Decimal = ZERO
    closing: int = 0
    closing_amount: Decimal = ZERO
    margin: Decimal = ZERO
    commission: Decimal = ZERO
    cash: Decimal = ZERO


_Claims = dict[tuple[str, bool, bool], _Frozen]


def position_rows(books: Books, code: str = "") -> list[InvestorPosition]:
    """Return the rows of a contract, of all for "", by contract, long before short and today's before older lots."""
    claims = _claims(books, code)
    for name, long, _ in list(claims):
        books.side(name, long)
    sides = [side for (name, _), side in books.sides.items() if code in ("", name)]
    sides.sort(key=lambda side: (side.contract.code, side.contract.exchange, not side.long))
    return [InvestorPosition(row) for side in sides for row in _rows(books, side, claims)]


def _claims(books: Books, code: str) -> _Claims:
    """Return what is frozen by contract, long side or short, and whether of today's lots."""
    claims: _Claims = {}
    for order in books.frozen.claiming.values():
        contract = books.lookup(order.code)
        if contract is not None and code in ("", order.code):
            if order.opening:
                _add_opening(books, claims, order, contract)
            else:
                _add_closing(books, claims, order, contract)
    return claims


def _add_opening(books: Books, claims: _Claims, order: Working, contract: Contract) -> None:
    frozen = claims.setdefault((order.code, order.buying, True), _Frozen())
    frozen.opening += order.lots
    frozen.opening_amount += order.at * order.lots * contract.multiplier
    frozen.margin += order.margin
    frozen.commission += order.commission
    frozen.cash += order.cash


def _add_closing(books: Books, claims: _Claims, order: Working, contract: Contract) -> None:
    """Put a claim on the lots it names, else on the older ones first, as they would be closed."""
    long = not order.buying
    today = order.lots
    if not (contract.dated and order.dated_today):
        old = claims.setdefault((order.code, long, False), _Frozen())
        side = books.side(order.code, long)
        held = side.old.volume if side is not None else 0
        of_old = min(order.lots, max(held - old.closing, 0))
        today -= of_old
        _claim(books, old, order, contract, of_old)
    if today:
        frozen = claims.setdefault((order.code, long, True), _Frozen())
        _claim(books, frozen, order, contract, today)


def _claim(books: Books, frozen: _Frozen, order: Working, contract: Contract, lots: int) -> None:
    price = order.price or books.marks.price(order.code) or ZERO
    frozen.closing += lots
    frozen.closing_amount += price * lots * contract.multiplier


def _rows(books: Books, side: Side, claims: _Claims) -> Iterator[dict[str, Value]]:
    """Yield the rows of a side that say something."""
    key = side.contract.code, side.long
    parts = [
        (side.today, claims.get((*key, True), _Frozen()), True),
        (side.old, claims.get((*key, False), _Frozen()), False),
    ]
    told = [each for each in parts if _says_something(side, *each)]
    if side.contract.dated:
        for each in told:
            yield _row(books, side, [each])
    elif told:
        yield _row(books, side, told)


def _says_something(side: Side, part: Part, frozen: _Frozen, today: bool) -> bool:
    began = side.opened if today else side.previous
    return bool(part.volume or began or frozen.opening or frozen.closing or part.closed)


_Told = list[tuple[Part, _Frozen, bool]]


def _row(books: Books, side: Side, told: _Told) -> dict[str, Value]:
    contract, history = side.contract, not told[0][2] and side.contract.dated
    today = any(each[2] for each in told)
    old = any(not each[2] for each in told)
    settled = side.settled or books.marks.previous_settlement(contract.code) or ZERO
    row: dict[str, Value] = _NOTHING | {
        "InstrumentID": contract.code,
        "ExchangeID": contract.exchange,
        "BrokerID": books.opening_row.get("BrokerID", ""),
        "InvestorID": books.opening_row.get("AccountID", ""),
        "PosiDirection": "2" if side.long else "3",
        "PositionDate": "2" if history else "1",
        "TradingDay": books.trading_day,
        "Position": sum(part.volume for part, _, _ in told),
        "YdPosition": side.previous if old else 0,
        "TodayPosition": side.today.volume if today else 0,
        "OpenVolume": side.opened if today else 0,
        "OpenAmount": float(side.opened_amount) if today else 0.0,
        "CloseVolume": sum(part.closed for part, _, _ in told),
        "PreSettlementPrice": float(settled),
        "SettlementPrice": float(books.marks.price(contract.code) or ZERO),
    }
    return row | _frozen(side, told) | _amounts(books, side, told) | rates_row(side)


def _frozen(side: Side, told: _Told) -> dict[str, Value]:
    opening, closing = ("Long", "Short") if side.long else ("Short", "Long")
    claims = [frozen for _, frozen, _ in told]
    return {
        f"{opening}Frozen": sum(each.opening for each in claims),
        f"{opening}FrozenAmount": float(sum((each.opening_amount for each in claims), ZERO)),
        f"{closing}Frozen": sum(each.closing for each in claims),
        f"{closing}FrozenAmount": float(sum((each.closing_amount for each in claims), ZERO)),
        "FrozenMargin": float(sum((each.margin for each in claims), ZERO)),
        "FrozenCash": float(sum((each.cash for each in claims), ZERO)),
        "FrozenCommission": float(sum((each.commission for each in claims), ZERO)),
    }


def _amounts(books: Books, side: Side, told: _Told) -> dict[str, Value]:
    unit, option = side.contract.multiplier, side.contract.option
    parts = [part for part, _, _ in told]
    margins = dict(zip((True, False), margins_of(books, side), strict=True))
    cost = sum((part.value for part in parts), ZERO)
    mark_cost = sum(
        (side.today.value if today else side.old_mark_value for _, _, today in told), ZERO
    )
    volume = sum(part.volume for part in parts)
    by_day = ZERO if option else sum((part.profit_by_day for part in parts), ZERO)
    by_trade = ZERO if option else sum((part.profit_by_trade for part in parts), ZERO)
    margin = float(sum((margins[today] for _, _, today in told), ZERO))
    old = any(not today for _, _, today in told)
    price, sign = books.marks.price(side.contract.code), 1 if side.long else -1
    rise = ZERO if option or price is None else (price * volume - mark_cost) * unit * sign
    worth = (cost if price is None else price * volume) * unit * sign if option else ZERO
    return {
        "CloseAmount": float(sum((part.closed_amount for part in parts), ZERO)),
        "PositionCost": float(mark_cost * unit),
        "OpenCost": float(cost * unit),
        "PreMargin": float(previous_margin(books, side)) if old else 0.0,
        "UseMargin": margin,
        "ExchangeMargin": margin,
        "CashIn": float(sum((part.cash for part in parts), ZERO)),
        "Commission": float(sum((part.fees for part in parts), ZERO)),
        "CloseProfit": float(by_day),
        "CloseProfitByDate": float(by_day),
        "CloseProfitByTrade": float(by_trade),
        "PositionProfit": float(rise),
        "OptionValue": float(worth),
    }


def rates_row(side: Side) -> dict[str, Value]:
    """Return MarginRateByMoney and MarginRateByVolume, 0 for what has no fixed ratio."""
    rates = side.contract.margin
    if rates is None or side.contract.option:
        return {"MarginRateByMoney": 0.0, "MarginRateByVolume": 0.0}
    by_money = rates.long_by_money if side.long else rates.short_by_money
    by_lot = rates.long_by_lot if side.long else rates.short_by_lot
    return {"MarginRateByMoney": float(by_money), "MarginRateByVolume": float(by_lot)}
