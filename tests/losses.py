"""Sessions whose reports and commands are lost for good, to be reconciled with the exchange afterwards."""

from collections.abc import Sequence
from contextlib import suppress
from random import Random
from typing import Any

from anyvenue.model.commands import Command, SubmitOrder
from anyvenue.model.enums import Dating, Offset, OrderType, Side, TimeInForce
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.events import Event, OrderFilled
from anyvenue.model.ids import OrderId, next_order_id
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.model.positions import Position
from anyvenue.model.protocols import Snapshot
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.reconcile import Correction, reconcile
from builders import ALICE, number
from sessions import Room

__all__ = ["LossyRoom", "check_same_truth", "position_of"]


class LossyRoom(Room):
    """A room whose link loses what `loses` says, and which can ask the exchange what is so.

    `loses` is the chance that a report is lost, `loses_commands` that of a command; both are for good.
    """

    def __init__(self, *, seed: int = 0, **options: Any) -> None:
        self.loses = self.loses_commands = 0.0
        self.told: list[Event] = []
        self.cursor = 0
        self.broken: list[AnyvenueError] = []
        super().__init__(**options)
        self._draw = Random(seed)
        self._external = 0
        self._give = self.link._deliver
        self.link._deliver = self._deliver
        self._send = self.link.send
        self.desk._routes[ALICE] = self._maybe_send

    def _deliver(self, events: list[Event]) -> None:
        self.told += events
        kept = [each for each in events if self._draw.random() >= self.loses]
        for event in kept:
            # Books that miss what came before cannot take everything that comes after.
            try:
                self._give([event])
            except AnyvenueError as error:
                self.broken.append(error)

    def _maybe_send(self, command: Command) -> None:
        if self._draw.random() >= self.loses_commands:
            self._send(command)

    def foreign(self, instrument: Instrument, side: Side, lots: int, price: object) -> OrderId:
        """Let somebody else order for the same account, an opening limit order."""
        last = max(self._external, self.desk._last_id)
        self._external = next_order_id(OrderId(last), self.kernel.now)
        order_id = OrderId(self._external)
        request = OrderRequest(
            ALICE,
            instrument.id,
            side,
            lots * instrument.lot.minimum,
            number(price),
            OrderType.LIMIT,
            TimeInForce.GTC,
            Offset.OPEN,
        )
        command = SubmitOrder(order_id, request, self.kernel.now)
        self.link._report(self.exchange.apply(command, self.kernel.now), self.kernel.now)
        return order_id

    def settle_down(self) -> None:
        """Let everything arrive that is on its way."""
        while self.link.busy:
            due = self.link.flight_due
            self.kernel.advance(due)
            self.kernel.now = max(self.kernel.now, due)

    def snapshot(self, *, done: bool = True, fills: bool = True) -> Snapshot:
        """Return what the exchange says is so; `done` orders and single `fills` are not told by every venue."""
        self.settle_down()
        self.kernel.now += 1
        told = self.told[self.cursor :]
        named = {getattr(each, "order_id", 0) for each in told}
        orders = [each for each in self.venue.orders if not each.done or each.order_id in named]
        if not done:
            orders = [each for each in orders if not each.done]
        balances = tuple(
            self.venue.figures(each, self.kernel.now) for each in self.venue.currencies()
        )
        return Snapshot(
            account=ALICE,
            ts_as_of=self.kernel.now,
            trading_day=max(each.trading_day for each in balances),
            orders=tuple(orders),
            fills=tuple(each.fill for each in told if isinstance(each, OrderFilled))
            if fills
            else (),
            positions=tuple(self.venue.positions()),
            balances=balances,
        )

    def reconcile(self, snapshot: Snapshot, *, complete: bool = True) -> Correction:
        """Bring the node's books to the snapshot."""
        self.kernel.now += 1
        correction = reconcile(self.node, snapshot, self.kernel.now, complete=complete)
        for event in correction.events:
            self.kernel.process(event)
        self.cursor = len(self.told)
        return correction

    def trade(self, instrument: Instrument, side: Side, lots: int, price: object | None) -> Any:
        """Order and return the ids."""
        request = OrderRequest(
            ALICE,
            instrument.id,
            side,
            lots * instrument.lot.minimum,
            None if price is None else number(price),
            OrderType.MARKET if price is None else OrderType.LIMIT,
            TimeInForce.GTC,
        )
        ids = self.desk.submit(request)
        self.order_ids += ids
        return ids

    def close(self) -> "LossyRoom":
        """Take every order back, losing nothing any more."""
        self.loses = self.loses_commands = 0.0
        with suppress(AnyvenueError):
            super().close()
        return self


def position_of(position: Position, undated: bool) -> object:
    """Return what must be equal: legs, or sides where today's lots are like any others.

    What a netted position's orders have frozen of it goes by what was held when they came, which nobody tells again.
    """
    if not undated:
        legs = (position.long_today, position.long_old, position.short_today, position.short_old)
        frozen = [legs[0].frozen + legs[1].frozen, legs[2].frozen + legs[3].frozen]
        return frozen, [(each.quantity, each.open_value, each.mark_value) for each in legs]
    sides = ((position.long_today, position.long_old), (position.short_today, position.short_old))
    return [
        (
            today.quantity + old.quantity,
            today.open_value + old.open_value,
            today.mark_value + old.mark_value,
        )
        for today, old in sides
    ]


def _terms(order: Order) -> object:
    return (
        order.state,
        order.request.quantity,
        order.price,
        order.filled,
        order.filled_value,
        order.fees,
    )


def check_same_truth(
    node: AccountState, venue: AccountState, instruments: Sequence[Instrument], ts: int
) -> None:
    """The node's books say what the exchange's do: legs, money to the last digit, working orders."""
    for each in instruments:
        rule = each.position_rule
        undated = rule.dated is Dating.NONE and rule.sell_today
        ours, theirs = (position_of(books.position(each.id), undated) for books in (node, venue))
        assert ours == theirs, each.id
    for currency in venue.currencies():
        ours, theirs = (books.figures(currency, ts) for books in (node, venue))
        names = ["balance", "pre_balance", "trading_day", "margin", "market_value", "collateral"]
        # Orders without a price freeze at the price of the moment they came; and in USDT there is a netted position.
        if currency == "CNY" and all(each.price for each in venue.orders.open_orders()):
            names += ["available", "frozen_margin", "frozen_fees", "frozen_cash"]
        for name in names:
            assert getattr(ours, name) == getattr(theirs, name), name
        assert node.ledger.total(currency) == 0
    ours_open, theirs_open = (
        {each.order_id: _terms(each) for each in books.orders.open_orders()}
        for books in (node, venue)
    )
    assert ours_open == theirs_open
