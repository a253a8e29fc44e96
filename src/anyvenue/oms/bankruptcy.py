"""The prices at which the money behind a leveraged position is too little, and at which it is gone.

With `money` behind a position (isolated: its own; cross: the balance, plus what the other positions have gained, less
what they need), quantity q, multiplier m, opening price e, and the tier's rate r and deduction d; s is 1 for long, -1
for short:

    linear:   money + s q m (P - e) = q m P r - d        P = (money + d - s q m e) / (q m (r - s))
    inverse:  money + s (V - q m / P) = q m r / P - d    P = q m (r + s) / (money + d + s V), V the coin value at
    opening

The bankruptcy price is the same with r = d = 0. Source: Binance, liquidation price of USD-M and COIN-M futures, one
position alone.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument, LeverageTier
from anyvenue.oms.bookings.leveraged import Leveraged
from anyvenue.oms.bookings.leveraged_holding import LeveragedHolding
from anyvenue.oms.money import ratio
from anyvenue.oms.tiers import tiers_of

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState

__all__ = ["bankruptcy_price", "liquidation_of", "liquidation_price"]

_ZERO = Decimal(0)


def bankruptcy_price(
    instrument: Instrument, side: Side, quantity: Decimal, cost: Decimal, money: Decimal
) -> Decimal | None:
    """Return the price at which `money` and the loss cancel out, None when no price above zero does that.

    `cost` is what the position was worth when it was opened: price x multiplier x quantity, or its coin value if
    inverse.
    """
    return _solve(instrument, side, quantity, cost, money, _ZERO)


def liquidation_price(
    instrument: Instrument, side: Side, quantity: Decimal, cost: Decimal, money: Decimal
) -> Decimal | None:
    """Return the price at which what is left of `money` is the maintenance margin, None when no price does that.

    Coming from the opening price, it is the first such price: a long position's highest, a short one's lowest.
    """
    found = []
    below = _ZERO
    for tier in tiers_of(instrument):
        price = _solve(instrument, side, quantity, cost, money + tier.deduction, tier.maintenance)
        if price is not None and _falls_in(instrument, tier, below, price, quantity):
            found.append(price)
        below = tier.up_to
    if not found:
        return None
    return max(found) if side is Side.BUY else min(found)


def liquidation_of(books: "AccountState", name: InstrumentId) -> Decimal | None:
    """Return the liquidation price of a position at the prices of the moment.

    None when there is no such price, for a position on both sides, and for what has no leverage. In cross margin it
    moves with the balance and the other positions.
    """
    instrument, booking, holding = books.instrument(name), books.booking(name), books.holding(name)
    if not (isinstance(booking, Leveraged) and isinstance(holding, LeveragedHolding)):
        return None
    long, short = holding.long.quantity, holding.short.quantity
    if bool(long) is bool(short):
        return None
    side = Side.BUY if long else Side.SELL
    cost = sum(booking.sides(instrument, holding, None), _ZERO)
    isolated = booking.isolated(books, holding)
    money = holding.money if isolated else _backing(books, instrument)
    return liquidation_price(instrument, side, long or short, cost, money)


def _backing(books: "AccountState", instrument: Instrument) -> Decimal:
    """Return what backs a cross position besides its own profit."""
    money = books.ledger.balance(instrument.currency)
    for other in books.held_instruments(instrument.currency):
        booking, holding = books.booking(other.id), books.holding(other.id)
        if not (isinstance(booking, Leveraged) and isinstance(holding, LeveragedHolding)):
            continue
        price = books.mark(other.id)
        if booking.isolated(books, holding):
            money -= holding.money
        elif other.id != instrument.id and holding.quantity and price is not None:
            money += booking.profit(books, other, holding, price)
            money -= booking.maintenance(other, holding, price)
    return money


def _solve(
    instrument: Instrument,
    side: Side,
    quantity: Decimal,
    cost: Decimal,
    money: Decimal,
    rate: Decimal,
) -> Decimal | None:
    sign = 1 if side is Side.BUY else -1
    size = quantity * instrument.multiplier
    if instrument.inverse:
        above, beneath = size * (rate + sign), money + sign * cost
    else:
        above, beneath = money - sign * cost, size * (rate - sign)
    if not above or not beneath or (above > 0) is not (beneath > 0):
        return None
    return ratio(above, beneath)


def _falls_in(
    instrument: Instrument,
    tier: LeverageTier,
    below: Decimal,
    price: Decimal,
    quantity: Decimal,
) -> bool:
    size = quantity * instrument.multiplier
    value = ratio(size, price) if instrument.inverse else size * price
    last = tier is tiers_of(instrument)[-1]
    return below <= value and (last or value <= tier.up_to)
