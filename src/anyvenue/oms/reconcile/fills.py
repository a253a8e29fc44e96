"""Fills that were missed: those the venue lists, and those that only its totals tell of."""

from decimal import Decimal
from hashlib import blake2b

from msgspec.structs import replace

from anyvenue.model.enums import Offset, OrderState, OrderType, Side
from anyvenue.model.events import OrderFilled, PositionsAligned
from anyvenue.model.ids import OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import Fill, LegFill, Order, OrderRequest
from anyvenue.model.positions import Leg
from anyvenue.oms.alignment import parts_of
from anyvenue.oms.order_store import INFERRED
from anyvenue.oms.reconcile.naming import Names
from anyvenue.oms.reconcile.orders import adopt_order
from anyvenue.oms.reconcile.trial import Trial

__all__ = ["book_fills", "infer_fills", "missed_fills"]

_ZERO = Decimal(0)


def missed_fills(trial: Trial, names: Names) -> list[Fill]:
    """Return the fills of the snapshot that the books do not have, by time, under the books' order ids.

    Books that were restored may know an order's total and not its trades: of fills that together would make more than
    the venue's total the latest ones are missing.
    """
    fills = [replace(each, order_id=names.of_fill(each)) for each in trial.snapshot.fills]
    knows = trial.state.orders.knows_trade
    fills = [each for each in fills if not knows(each.order_id, each.trade_id)]
    rooms: dict[OrderId, Decimal | None] = {}
    missing = []
    for fill in sorted(fills, key=lambda each: each.ts_event)[::-1]:
        if fill.order_id not in rooms:
            rooms[fill.order_id] = _room(trial, names, fill.order_id)
        room = rooms[fill.order_id]
        if room is not None:
            if fill.quantity > room:
                continue
            rooms[fill.order_id] = room - fill.quantity
        missing.append(fill)
    return missing[::-1]


def _room(trial: Trial, names: Names, order_id: OrderId) -> Decimal | None:
    """Return how much can be missing of an order's fills, None where nobody knows."""
    ours = trial.state.orders.find(order_id)
    theirs = names.orders.get(order_id)
    if ours is None:
        return None
    if theirs is not None:
        return theirs.filled - ours.filled
    return _ZERO if ours.state is OrderState.FILLED else None


def book_fills(trial: Trial, fills: list[Fill]) -> None:
    """Book fills; an order that only they tell of is adopted."""
    asked: dict[OrderId, Decimal] = {}
    for fill in fills:
        asked[fill.order_id] = asked.get(fill.order_id, _ZERO) + fill.quantity
    for fill in fills:
        if fill.order_id not in trial.state.orders:
            adopt_order(trial, fill.order_id, _request_of(fill, asked[fill.order_id]))
        _book(trial, fill)
        trial.note(
            "filled",
            "order {order_id}: {side} {quantity} at {price} was missed (trade {trade_id})",
            order_id=fill.order_id,
            side=fill.side,
            quantity=plain(fill.quantity),
            price=plain(fill.price),
            trade_id=fill.trade_id,
        )


def infer_fills(trial: Trial, names: Names) -> None:
    """Make fills of what the venue's totals have more than the books; doing it again makes the same ones."""
    for order_id, theirs in names.orders.items():
        ours = trial.state.orders.find(order_id)
        if ours is not None and theirs.filled > ours.filled:
            book_fills(trial, _inferred(trial, ours, theirs))


def _inferred(trial: Trial, ours: Order, theirs: Order) -> list[Fill]:
    """Return one fill, or two that have the exact average together; the fee stands on the last one."""
    instrument = trial.state.instrument(ours.instrument)
    quantity = theirs.filled - ours.filled
    value = theirs.filled_value - ours.filled_value
    total, fills = ours.filled, []
    for price, part in parts_of(instrument, value, quantity):
        total += part
        fills.append(_fill(trial, ours, theirs, price, part, total, instrument))
    fills[-1] = replace(fills[-1], fee=theirs.fees - ours.fees)
    return fills


def _fill(
    trial: Trial,
    ours: Order,
    theirs: Order,
    price: Decimal,
    quantity: Decimal,
    total: Decimal,
    instrument: Instrument,
) -> Fill:
    name = f"{theirs.venue_order_id or ours.order_id} {theirs.trading_day} {plain(total)}"
    request = ours.request
    return Fill(
        ours.order_id,
        ours.account,
        ours.instrument,
        INFERRED + blake2b(name.encode(), digest_size=8).hexdigest(),
        request.side,
        Offset.CLOSE if request.offset is Offset.AUTO else request.offset,
        price,
        quantity,
        _ZERO,
        instrument.currency,
        trial.ts,
        trial.now,
        trial.state.trading_day.get(instrument.currency, 0),
        strategy=request.strategy,
        covered=request.covered,
    )


def _request_of(fill: Fill, quantity: Decimal) -> OrderRequest:
    return OrderRequest(
        fill.account,
        fill.instrument,
        fill.side,
        quantity,
        type=OrderType.MARKET,
        offset=fill.offset,
        covered=fill.covered,
    )


def _book(trial: Trial, fill: Fill) -> None:
    ours = trial.order(fill.order_id)
    own = replace(fill, ts_recv=trial.now, strategy=ours.request.strategy)
    for part in fill.legs or (fill,):
        _lend(trial, part, fill.offset)
    trial.tell(OrderFilled(fill.account, fill.order_id, fill.ts_event, trial.now, own))


def _lend(trial: Trial, part: Fill | LegFill, offset: Offset) -> None:
    """Hold lots that a fill closes and the books were never told of, at its price; the venue's legs come last."""
    state = trial.state
    instrument = state.instrument(part.instrument)
    if offset is Offset.OPEN or not _needs_lots(instrument):
        return
    holding = state.holding_of(instrument)
    lacking = part.quantity - holding.closed_by(part.side).quantity
    if lacking <= 0:
        return
    more = Leg(lacking, _ZERO, part.price * lacking, part.price * lacking)
    now = state.position(instrument.id)
    if part.side is Side.SELL:
        position = replace(now, long_today=_sum(now.long_today, more))
    else:
        position = replace(now, short_today=_sum(now.short_today, more))
    why = "a fill closes lots that the books were not told of"
    trial.book(PositionsAligned(state.account, instrument.id, position, trial.ts, trial.now, why))


def _needs_lots(instrument: Instrument) -> bool:
    """Tell whether closing takes lots out that must be there: not where a fill goes through zero by itself."""
    rule = instrument.position_rule
    spot = bool(instrument.base) and not rule.margined
    return not spot and (rule.hedged or not rule.short_ok)


def _sum(leg: Leg, more: Leg) -> Leg:
    return Leg(
        leg.quantity + more.quantity,
        leg.frozen,
        leg.open_value + more.open_value,
        leg.mark_value + more.mark_value,
    )
