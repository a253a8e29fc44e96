"""What rows of several kinds say alike: margin rates and the previous settlement price."""

from decimal import Decimal

from anyvenue.model.enums import Side
from anyvenue.model.errors import VenueRefused
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth
from anyvenue.model.numbers import ABSENT_ABOVE
from anyvenue.model.statements import Rates
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.figures.numbers import money, price

__all__ = ["margin_rates", "rates_of", "settled_price"]


def rates_of(context: Context, account: AccountId, instrument: Instrument) -> Rates:
    """Return an account's rates, empty ones where the broker does not know them."""
    try:
        return context.broker.rates(account, instrument.id)
    except VenueRefused:
        return Rates(account, instrument.id, context.now(), instrument.fees, instrument.margin)


def margin_rates(context: Context, account: AccountId, instrument: Instrument, side: Side) -> Row:
    """Return MarginRateByMoney and MarginRateByVolume of a side, 0 for what has no fixed rate."""
    margined = instrument.position_rule.margined and instrument.option is None
    schedule = rates_of(context, account, instrument).margin if margined else None
    if schedule is None:
        return {"MarginRateByMoney": 0.0, "MarginRateByVolume": 0.0}
    long = side is Side.BUY
    by_money = schedule.long_by_money if long else schedule.short_by_money
    by_lot = schedule.long_by_lot if long else schedule.short_by_lot
    return {"MarginRateByMoney": money(by_money), "MarginRateByVolume": money(by_lot)}


def settled_price(context: Context, instrument: Instrument, settled: Decimal | None) -> float:
    """Return the previous settlement price: the account's own, else the market's, 0 for neither."""
    if settled is not None:
        return price(settled)
    quote = context.broker.quote(instrument.id)
    told = quote.pre_settlement if isinstance(quote, Depth) else 0.0
    return told if 0 < told < ABSENT_ABOVE else 0.0
