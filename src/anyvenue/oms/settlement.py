"""What the end of a trading day does to the legs of one instrument."""

from decimal import Decimal

from anyvenue.model.enums import PostingKind, ProfitMethod
from anyvenue.model.errors import Inconsistent
from anyvenue.model.instruments import Instrument
from anyvenue.oms.legs import Holding

__all__ = ["settle_holding"]

_ZERO = Decimal(0)


def settle_holding(
    instrument: Instrument,
    holding: Holding,
    price: Decimal | None,
    delivered: bool,
    method: ProfitMethod,
) -> list[tuple[PostingKind, Decimal]]:
    """Settle both sides at `price`, make today's lots old and return the profits to post, unrounded.

    By day, the unrealised profit is paid out and the lots are marked to the settlement price; by trade nothing is paid
    before the lots are closed. Delivered instruments are closed at the settlement price. Raise Inconsistent when lots
    that are margined have no price.
    """
    if not instrument.position_rule.margined:
        holding.long.roll(None)
        return []
    if price is None:
        if holding.long.quantity or holding.short.quantity:
            raise Inconsistent(
                f"no settlement price for {instrument.id}, which is held", instrument=instrument.id
            )
        return []
    profits: list[tuple[PostingKind, Decimal]] = []
    if method is ProfitMethod.BY_DAY:
        profits.append((PostingKind.MARK_TO_MARKET, _unrealised(instrument, holding, price)))
    holding.long.roll(price)
    holding.short.roll(price)
    if delivered:
        profits.append((PostingKind.CLOSE_PROFIT, _deliver(instrument, holding, price, method)))
    return profits


def _unrealised(instrument: Instrument, holding: Holding, price: Decimal) -> Decimal:
    long, short = holding.long, holding.short
    points = price * (long.quantity - short.quantity) - long.mark_value + short.mark_value
    return points * instrument.multiplier


def _deliver(
    instrument: Instrument, holding: Holding, price: Decimal, method: ProfitMethod
) -> Decimal:
    profit = _ZERO
    for book, sign in ((holding.long, 1), (holding.short, -1)):
        quantity = book.quantity
        closed = book.close(_ZERO, quantity)
        if method is ProfitMethod.BY_TRADE:
            profit += sign * (price * quantity - closed.open_value)
    return profit * instrument.multiplier
