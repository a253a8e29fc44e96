"""What a broker says in detail, and as much of it as can be said of one that keeps no details.

A live node may know positions and money only: then a leg counts as one lot, and the day's movements are not known.
"""

from collections.abc import Iterator
from decimal import Decimal

from anyvenue.model.accounts import Account
from anyvenue.model.enums import Side
from anyvenue.model.errors import VenueRefused
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth
from anyvenue.model.numbers import ABSENT_ABOVE
from anyvenue.model.positions import Leg, Position
from anyvenue.model.statements import Funds, LegDetail, LotDetail
from anyvenue.venues.ctp.counter.context import Context

__all__ = ["funds_of", "legs_of", "lots_of", "margins_larger_side"]

_ZERO = Decimal(0)


def funds_of(context: Context, account: AccountId) -> list[Funds]:
    """Return the money of every currency; an account that never had any has none in the counter's currency."""
    try:
        found = context.broker.funds(account)
    except VenueRefused:
        found = [Funds(each, each.available) for each in context.broker.account(account)]
    now, day = context.now(), context.trading_day
    return found or [Funds(Account(account, context.profile.currency, now, day))]


def margins_larger_side(context: Context, account: AccountId) -> bool:
    """Tell whether an account is margined for the larger side where an instrument has it; CTP's way when unknown."""
    return all(each.larger_side is not False for each in funds_of(context, account))


def legs_of(context: Context, account: AccountId) -> list[LegDetail]:
    """Return the legs of an account, by instrument."""
    try:
        return context.broker.legs(account)
    except VenueRefused:
        return [leg for _, leg in _plain(context, account)]


def lots_of(context: Context, account: AccountId) -> list[LotDetail]:
    """Return the lots of an account, by instrument."""
    try:
        return context.broker.lots(account)
    except VenueRefused:
        return [_as_lot(context, each, leg) for each, leg in _plain(context, account)]


def _plain(context: Context, account: AccountId) -> Iterator[tuple[Instrument, LegDetail]]:
    """Yield a leg for each that is held, with what its position tells."""
    for position in context.broker.positions(account):
        instrument = context.names.get(position.instrument)
        if instrument is not None and not instrument.legs:
            for side, today, leg in _legs(position):
                if leg.quantity:
                    yield instrument, _detail(context, instrument, account, side, today, leg)


def _legs(position: Position) -> Iterator[tuple[Side, bool, Leg]]:
    yield Side.BUY, True, position.long_today
    yield Side.BUY, False, position.long_old
    yield Side.SELL, True, position.short_today
    yield Side.SELL, False, position.short_old


def _detail(
    context: Context,
    instrument: Instrument,
    account: AccountId,
    side: Side,
    today: bool,
    leg: Leg,
) -> LegDetail:
    unit, price = instrument.multiplier, _last(context, instrument)
    sign = 1 if side is Side.BUY else -1
    worth = _ZERO if price is None else price * leg.quantity * unit
    cost, mark_cost = leg.open_value * unit, leg.mark_value * unit
    margined = instrument.position_rule.margined
    known = price is not None and margined
    return LegDetail(
        account=account,
        instrument=instrument.id,
        side=side,
        today=today,
        ts_as_of=context.now(),
        quantity=leg.quantity,
        previous=_ZERO if today else leg.quantity,
        closing=leg.frozen,
        cost=cost,
        mark_cost=mark_cost,
        profit_by_day=sign * (worth - mark_cost) if known else _ZERO,
        profit_by_trade=sign * (worth - cost) if known else _ZERO,
        market_value=_ZERO if margined and instrument.option is None else sign * worth,
        price=price,
    )


def _as_lot(context: Context, instrument: Instrument, leg: LegDetail) -> LotDetail:
    price = leg.cost / (leg.quantity * instrument.multiplier)
    return LotDetail(
        account=leg.account,
        instrument=leg.instrument,
        side=leg.side,
        trading_day=context.trading_day if leg.today else 0,
        trade_id="",
        price=price,
        quantity=leg.quantity,
        ts_as_of=leg.ts_as_of,
        today=leg.today,
        profit_by_day=leg.profit_by_day,
        profit_by_trade=leg.profit_by_trade,
        market_value=leg.market_value,
        mark=leg.price,
    )


def _last(context: Context, instrument: Instrument) -> Decimal | None:
    quote = context.broker.quote(instrument.id)
    if quote is None:
        return None
    last = quote.last if isinstance(quote, Depth) else (quote.bid + quote.ask) * 0.5
    return Decimal(repr(last)) if 0 < last < ABSENT_ABOVE else None
