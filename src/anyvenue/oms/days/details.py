"""Legs, lots and money of an account in detail, worked out when they are read."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from anyvenue.model.enums import Side
from anyvenue.model.instruments import Instrument
from anyvenue.model.statements import Funds, LegDetail, LotDetail
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.days.frozen import NOTHING_FROZEN, FrozenLeg, frozen_legs
from anyvenue.oms.days.lots import DayLot, DaySide, amount_of, gain
from anyvenue.oms.days.margins import Valuation, margin_of_lot, margins_of, previous_margin
from anyvenue.oms.days.record import DayRecord

__all__ = ["funds_of", "legs_of", "lots_of"]

_BUY, _SELL = Side.BUY, Side.SELL
_ZERO = Decimal(0)


def legs_of(record: DayRecord, view: Valuation) -> list[LegDetail]:
    """Return every leg that is held, was moved today or has working orders, by instrument."""
    frozen = frozen_legs(view.state, record.currency) if view.current else {}
    names = sorted({*record.instruments(), *(key[0] for key in frozen)})
    found = []
    for name in names:
        instrument = view.state.instrument(name)
        if instrument.legs:
            continue
        for side in (_BUY, _SELL):
            lots = view.side_of(name, side)
            for today in (True, False):
                claims = frozen.get((name, side, today), NOTHING_FROZEN)
                found.append(_leg(view, instrument, lots, today, claims))
    return [leg for leg in found if _says_something(leg)]


def _says_something(leg: LegDetail) -> bool:
    return bool(
        leg.quantity or leg.previous or leg.opening or leg.closing or leg.opened or leg.closed
    )


def _leg(
    view: Valuation, instrument: Instrument, side: DaySide, today: bool, frozen: FrozenLeg
) -> LegDetail:
    which = 0 if today else 1
    quantity = (side.book.today if today else side.book.old).quantity
    cost, mark_cost = _costs(instrument, side, which)
    price = view.price_of(instrument.id)
    return LegDetail(
        account=view.state.account,
        instrument=instrument.id,
        side=side.side,
        today=today,
        ts_as_of=view.ts,
        quantity=quantity,
        previous=_ZERO if today else side.previous,
        opening=frozen.opening,
        opening_amount=frozen.opening_amount,
        closing=frozen.closing,
        closing_amount=frozen.closing_amount,
        opened=side.opened if today else _ZERO,
        opened_amount=side.opened_amount if today else _ZERO,
        closed=side.closed[which],
        closed_amount=side.closed_amount[which],
        cost=cost,
        mark_cost=mark_cost,
        margin=margins_of(view, instrument, side)[which],
        previous_margin=_ZERO if today else previous_margin(view, instrument, side),
        frozen_margin=frozen.margin,
        frozen_fees=frozen.fees,
        frozen_cash=frozen.cash,
        fees=side.fees[which],
        cash_flow=side.cash[which],
        close_profit_by_day=side.by_day[which],
        close_profit_by_trade=side.by_trade[which],
        profit_by_day=_leg_profit(instrument, side, quantity, price, mark_cost),
        profit_by_trade=_leg_profit(instrument, side, quantity, price, cost),
        market_value=_value(instrument, side, quantity, price, cost),
        settled=side.book.mark,
        price=price,
    )


def _costs(instrument: Instrument, side: DaySide, which: int) -> tuple[Decimal, Decimal]:
    """Return what lots cost at opening prices and at their marks."""
    if instrument.inverse:
        lots = side.held[which]
        return (
            _sum(instrument, ((lot.price, lot.quantity) for lot in lots)),
            _sum(instrument, ((side.mark_of(lot), lot.quantity) for lot in lots)),
        )
    book, unit = side.book, instrument.multiplier
    if not which:
        cost = book.today.open_value * unit
        return cost, cost
    return book.old.open_value * unit, book.old_mark_value * unit


def _leg_profit(
    instrument: Instrument,
    side: DaySide,
    quantity: Decimal,
    price: Decimal | None,
    cost: Decimal,
) -> Decimal:
    """Return the profit since the lots cost that."""
    if price is None or not quantity:
        return _ZERO
    rise = amount_of(instrument, price, quantity) - cost
    return rise if (side.side is _BUY) is not instrument.inverse else -rise


def lots_of(record: DayRecord, view: Valuation) -> list[LotDetail]:
    """Return the lots that are held or were closed today, by instrument, long before short, oldest first."""
    found = []
    for name in record.instruments():
        instrument = view.state.instrument(name)
        if instrument.legs:
            continue
        for way in (_BUY, _SELL):
            side = view.side_of(name, way)
            margins = margins_of(view, instrument, side)
            found += [_lot(view, instrument, side, lot, margins) for lot in side.lots]
    return found


def _lot(
    view: Valuation,
    instrument: Instrument,
    side: DaySide,
    lot: DayLot,
    margins: tuple[Decimal, Decimal],
) -> LotDetail:
    price = view.price_of(instrument.id)
    cost = amount_of(instrument, lot.price, lot.quantity)
    return LotDetail(
        account=view.state.account,
        instrument=instrument.id,
        side=side.side,
        trading_day=lot.trading_day,
        trade_id=lot.trade_id,
        price=lot.price,
        quantity=lot.quantity,
        ts_as_of=view.ts,
        today=lot.today,
        margin=margin_of_lot(view, instrument, side, lot, margins),
        closed=lot.closed,
        closed_amount=lot.closed_amount,
        close_profit_by_day=lot.by_day,
        close_profit_by_trade=lot.by_trade,
        profit_by_day=_lot_profit(instrument, side, lot, price, side.mark_of(lot)),
        profit_by_trade=_lot_profit(instrument, side, lot, price, lot.price),
        market_value=_value(instrument, side, lot.quantity, price, cost),
        settled=side.book.mark,
        mark=price,
    )


def funds_of(state: AccountState, legs: Sequence[LegDetail], ts: int) -> list[Funds]:
    """Return the money of every currency."""
    found = []
    for currency in state.currencies():
        options = [
            leg
            for leg in legs
            if (each := state.instrument(leg.instrument)).option is not None
            and each.currency == currency
        ]
        ended = state.ended.get(currency)
        found.append(
            Funds(
                state.figures(currency, ts),
                state.withdrawable(currency),
                ended[-1].margin if ended else _ZERO,
                sum((leg.market_value for leg in options if leg.side is _BUY), _ZERO),
                -sum((leg.market_value for leg in options if leg.side is _SELL), _ZERO),
                state.settings.larger_side,
                state.settings.unrealised,
            )
        )
    return found


# ---- what lots are worth


def _sum(instrument: Instrument, parts: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    return sum((amount_of(instrument, price, quantity) for price, quantity in parts), _ZERO)


def _lot_profit(
    instrument: Instrument, side: DaySide, lot: DayLot, price: Decimal | None, start: Decimal
) -> Decimal:
    if price is None or not lot.quantity:
        return _ZERO
    return gain(instrument, side.side, start, price, lot.quantity)


def _value(
    instrument: Instrument, side: DaySide, quantity: Decimal, price: Decimal | None, cost: Decimal
) -> Decimal:
    """Return what lots are worth that are not part of the balance, below zero for sold ones."""
    if instrument.position_rule.margined and instrument.option is None:
        return _ZERO
    value = cost if price is None else amount_of(instrument, price, quantity)
    return value if side.side is _BUY else -value
