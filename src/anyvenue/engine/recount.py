"""An independent recount: what the money must be, from fills and fees alone.

Deliberately none of the books' code: a few lines anybody can check by hand. For margined and fully paid instruments
alike, what an account is worth is what came in, less what was bought, plus what was sold, less fees, plus what is held
at its price now. Only the jumps of continuous series, which are nobody's profit, are taken out as reported. An
exercised option pays the difference, or is a trade in its underlying at the strike; a delivered future is closed at the
delivery price. Inverse contracts are counted in coin: buying brings multiplier / price each, and holding costs it at
the price now.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal

from msgspec.structs import replace

from anyvenue.model.enums import Delivery, Offset, OptionRight, Side
from anyvenue.model.events import CashMoved, DaySettled, OptionExercised, SeriesRolled
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill

__all__ = ["Movement", "recount"]

_ZERO = Decimal(0)
_COIN = Decimal("1e-8")
_FIAT = Decimal("1e-4")
_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)
Movement = Fill | SeriesRolled | CashMoved | OptionExercised | DaySettled


def recount(
    deposits: Mapping[str, Decimal],
    movements: Iterable[Movement],
    marks: Mapping[InstrumentId, Decimal],
    instruments: Mapping[InstrumentId, Instrument],
    days: Mapping[str, int] | None = None,
) -> tuple[dict[str, Decimal], dict[InstrumentId, Decimal]]:
    """Return (worth by currency, net quantity by instrument) that `movements`, in the order of arrival, imply.

    `days` are the trading days (yyyymmdd) open now, by currency: interest has accrued up to them.
    """
    worth = dict(deposits)
    net: dict[InstrumentId, Decimal] = {}
    legs: dict[tuple[InstrumentId, Side], Decimal] = {}
    for event in movements:
        if isinstance(event, CashMoved):
            worth[event.currency] = worth.get(event.currency, _ZERO) + event.amount
            continue
        if isinstance(event, DaySettled):
            _deliver(worth, net, legs, event, instruments)
            continue
        unit = instruments[event.instrument]
        if isinstance(event, OptionExercised):
            _exercise(worth, net, unit, event, instruments)
            continue
        if isinstance(event, SeriesRolled):
            held = net.get(event.instrument, _ZERO)
            worth[unit.currency] -= event.gap * held * unit.multiplier
            continue
        worth[event.fee_currency] -= event.fee
        for part in _parts(event):
            _trade(worth, net, legs, instruments[part.instrument], part)
    for instrument, quantity in net.items():
        if quantity:
            unit = instruments[instrument]
            value = _worth(legs, unit, quantity, marks[instrument])
            if unit.bond is not None:
                value += _interest(unit, (days or {}).get(unit.currency, 0), quantity)
            elif _is_spot(unit):
                value = _spot_worth(worth, unit, quantity, marks[instrument])
            worth[unit.currency] += value
    return worth, net


def _parts(fill: Fill) -> list[Fill]:
    """Return the fill, or one for each leg of a spread."""
    return [
        replace(
            fill, instrument=leg.instrument, side=leg.side, price=leg.price, quantity=leg.quantity
        )
        for leg in fill.legs
    ] or [fill]


def _trade(
    worth: dict[str, Decimal],
    net: dict[InstrumentId, Decimal],
    legs: dict[tuple[InstrumentId, Side], Decimal],
    unit: Instrument,
    fill: Fill,
) -> None:
    signed = fill.quantity if fill.side == "buy" else -fill.quantity
    held = net.get(unit.id, _ZERO) + signed
    net[unit.id] = max(held, _ZERO) if _is_spot(unit) else held
    paid = -_coins(legs, unit, fill) if unit.inverse else signed * fill.price * unit.multiplier
    worth[unit.currency] = worth.get(unit.currency, _ZERO) - paid
    if unit.bond is not None:
        worth[unit.currency] -= _interest(unit, fill.trading_day, signed)
    elif _is_spot(unit):
        worth[unit.base] = worth.get(unit.base, _ZERO) + signed * unit.multiplier


def _is_spot(unit: Instrument) -> bool:
    return bool(unit.base) and not unit.position_rule.margined


def _spot_worth(
    worth: Mapping[str, Decimal], unit: Instrument, quantity: Decimal, price: Decimal
) -> Decimal:
    """Return the value of what was bought through a pair, as far as the coins are still there."""
    coins = min(quantity * unit.multiplier, max(worth.get(unit.base, _ZERO), _ZERO))
    return coins * price


def _interest(unit: Instrument, day: int, quantity: Decimal) -> Decimal:
    """Return the interest that `quantity` has accrued on `day`, by actual days since the last coupon over 365."""
    bond = unit.bond
    if bond is None or not bond.frequency or not bond.issued < day < bond.maturity:
        return _ZERO
    months = 12 // bond.frequency
    year, month, on = bond.maturity // 10_000, bond.maturity // 100 % 100, bond.maturity % 100
    last = bond.maturity
    while last > day and last > bond.issued:
        month -= months
        if month < 1:
            year, month = year - 1, month + 12
        last = year * 10_000 + month * 100 + min(on, monthrange(year, month)[1])
    elapsed = (_date(day) - _date(max(last, bond.issued))).days
    each = _WIDE.divide(bond.coupon * bond.face * elapsed, Decimal(bond.day_count))
    each = each.quantize(_COIN, context=_WIDE)
    return (each * unit.multiplier * quantity).quantize(_FIAT, context=_WIDE)


def _date(day: int) -> date:
    return date(day // 10_000, day // 100 % 100, day % 100)


def _worth(
    legs: Mapping[tuple[InstrumentId, Side], Decimal],
    unit: Instrument,
    net: Decimal,
    price: Decimal,
) -> Decimal:
    if not unit.inverse:
        return net * price * unit.multiplier
    long, short = (legs.get((unit.id, side), _ZERO) for side in (Side.BUY, Side.SELL))
    return _coin(unit, short, price) - _coin(unit, long, price)


def _coin(unit: Instrument, quantity: Decimal, price: Decimal) -> Decimal:
    return _WIDE.divide(quantity * unit.multiplier, price).quantize(_COIN, context=_WIDE)


def _coins(legs: dict[tuple[InstrumentId, Side], Decimal], unit: Instrument, fill: Fill) -> Decimal:
    """Return the coin that a fill brings; what it closes and what it opens are rounded each by itself."""
    mine = (unit.id, fill.side)
    other = (unit.id, Side.SELL if fill.side is Side.BUY else Side.BUY)
    closing = fill.quantity
    if fill.offset is Offset.OPEN:
        held = _ZERO if unit.position_rule.hedged else legs.get(other, _ZERO)
        closing = min(closing, held)
    opening = fill.quantity - closing
    legs[other] = legs.get(other, _ZERO) - closing
    legs[mine] = legs.get(mine, _ZERO) + opening
    coins = _coin(unit, closing, fill.price) + _coin(unit, opening, fill.price)
    return coins if fill.side is Side.BUY else -coins


def _deliver(
    worth: dict[str, Decimal],
    net: dict[InstrumentId, Decimal],
    legs: dict[tuple[InstrumentId, Side], Decimal],
    event: DaySettled,
    instruments: Mapping[InstrumentId, Instrument],
) -> None:
    """Close what has expired at its delivery price; a day that is told again finds nothing left."""
    prices = dict(event.prices)
    for name in event.delivered:
        quantity = net.pop(name, _ZERO)
        if quantity or (name, Side.BUY) in legs:
            unit = instruments[name]
            worth[unit.currency] += _worth(legs, unit, quantity, prices[name])
        legs.pop((name, Side.BUY), None)
        legs.pop((name, Side.SELL), None)


def _exercise(
    worth: dict[str, Decimal],
    net: dict[InstrumentId, Decimal],
    unit: Instrument,
    event: OptionExercised,
    instruments: Mapping[InstrumentId, Instrument],
) -> None:
    """Take the lots away and put in their place what they pay or deliver."""
    lots = event.quantity if event.side == "buy" else -event.quantity
    net[unit.id] = net.get(unit.id, _ZERO) - lots
    worth[unit.currency] -= event.fee
    terms, strike = unit.option, unit.strike
    if event.worthless or terms is None or strike is None or unit.underlying is None:
        return
    bought = lots if unit.right is OptionRight.CALL else -lots
    if terms.delivery is Delivery.CASH:
        worth[unit.currency] += bought * (event.price - strike) * unit.multiplier
        return
    into = instruments[unit.underlying]
    units = bought if into.position_rule.margined else bought * unit.multiplier
    net[into.id] = net.get(into.id, _ZERO) + units
    worth[into.currency] -= units * strike * into.multiplier
