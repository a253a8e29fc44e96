"""How many lots an account could trade now: what its money suffices for, or what is free to close."""

from decimal import Decimal

from anyvenue.model.enums import Dating, Offset, Side
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, Quote
from anyvenue.model.statements import Rates
from anyvenue.venues.ctp.counter.context import Context
from anyvenue.venues.ctp.counter.figures.common import rates_of, settled_price
from anyvenue.venues.ctp.counter.figures.numbers import volume
from anyvenue.venues.ctp.counter.figures.reads import legs_of

__all__ = ["largest_volume"]

_ZERO = Decimal(0)
_TOO_LARGE = 1e15


def largest_volume(
    context: Context, account: AccountId, instrument: Instrument, side: Side, offset: Offset
) -> int:
    """Return the most lots of an order, 0 where no price is known; margins and fees are those at the current price."""
    if offset is not Offset.OPEN:
        return volume(instrument, _closable(context, account, instrument, side, offset))
    price = _price(context, instrument)
    if price is None:
        return 0
    cost = _cost(rates_of(context, account, instrument), instrument, side, price)
    money = next(
        (
            each.available
            for each in context.broker.account(account)
            if each.currency == instrument.currency
        ),
        _ZERO,
    )
    if cost <= 0 or money <= 0:
        return 0
    step = instrument.lot.step
    lots = money // (cost * step) * step
    return volume(instrument, min(lots, instrument.lot.maximum or lots))


def _closable(
    context: Context, account: AccountId, instrument: Instrument, side: Side, offset: Offset
) -> Decimal:
    held = Side.SELL if side is Side.BUY else Side.BUY
    dated = instrument.position_rule.dated is Dating.EXPLICIT
    total = _ZERO
    for leg in legs_of(context, account):
        if leg.instrument == instrument.id and leg.side is held:
            wanted = leg.today is (offset is Offset.CLOSE_TODAY) if dated else True
            if wanted and (instrument.position_rule.sell_today or not leg.today):
                total += leg.quantity - leg.closing
    return max(total, _ZERO)


def _price(context: Context, instrument: Instrument) -> Decimal | None:
    quote = context.broker.quote(instrument.id)
    found = quote.last if isinstance(quote, Depth) else 0.0
    if isinstance(quote, Quote) or not 0 < found < _TOO_LARGE:
        found = quote.ask if quote is not None else 0.0
    if not 0 < found < _TOO_LARGE:
        found = settled_price(context, instrument, None)
    return Decimal(repr(found)) if 0 < found < _TOO_LARGE else None


def _cost(rates: Rates, instrument: Instrument, side: Side, price: Decimal) -> Decimal:
    """Return what opening 1 takes: its fee and its margin, or what is paid for it."""
    worth = price * instrument.multiplier
    fee = rates.fees.open if rates.fees else None
    cost = worth * fee.by_money + fee.by_lot if fee else _ZERO
    if instrument.option is not None:
        if side is Side.BUY:
            return cost + worth
        return cost + worth + max(rates.seller_risk or _ZERO, rates.seller_least or _ZERO)
    schedule = rates.margin if instrument.position_rule.margined else None
    if schedule is None:
        return cost + worth
    if side is Side.BUY:
        return cost + worth * schedule.long_by_money + schedule.long_by_lot
    return cost + worth * schedule.short_by_money + schedule.short_by_lot
