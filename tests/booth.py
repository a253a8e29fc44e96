"""A desk with a risk gate and a venue that does what it is told, for tests of the rules."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from anyvenue.engine.desk import OrderDesk
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState, Offset, OrderType, Side
from anyvenue.model.errors import NotSent, RiskDenied
from anyvenue.model.events import (
    DaySettled,
    Deposited,
    Event,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderModified,
    OrderOutcomeLost,
    OrderRejected,
    RiskEvent,
    VenueStateChanged,
    Withdrawn,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, StrategyId, VenueId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill, Order, OrderRequest
from anyvenue.oms.risk import RiskGate, RiskLimits
from builders import ALICE, BOB, DAY, SECOND, at, number, quote, rebar, weekdays

VENUE = VenueId("pit")


class Booth:
    """One desk, accounts of alice and bob with a million each, and quotes at 3500 to 3501 to begin with."""

    def __init__(self, limits: RiskLimits | None = None, *instruments: Instrument) -> None:
        self.instruments = {each.id: each for each in instruments or (rebar(),)}
        self.instrument = next(iter(self.instruments.values()))
        self.kernel = Kernel()
        self.gate = RiskGate((), limits, weekdays)
        self.desk = OrderDesk(self.kernel, self.look_up, self.gate)
        self.sent: list[Command] = []
        self.down = False
        self.told: list[RiskEvent] = []
        self.gate.listeners.append(self.told.append)
        self.kernel.now = at("09:00")
        self._trades = 0
        for account in (ALICE, BOB):
            self.desk.add_account(account, self._take)
            for currency in dict.fromkeys(each.currency for each in self.instruments.values()):
                self.paid(1_000_000, account, currency)
        for each in self.instruments.values():
            self.desk.watch.watch_prices(each)
        self.quote(3500)

    def look_up(self, name: InstrumentId) -> Instrument:
        """Be the catalogue."""
        return self.instruments[name]

    def _take(self, command: Command) -> None:
        if self.down:
            raise NotSent("the line is down")
        self.sent.append(command)

    # ---- time, prices, money

    @property
    def now(self) -> int:
        """The kernel's time."""
        return self.kernel.now

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.kernel.now += int(seconds * SECOND)

    def quote(self, bid: float, of: Instrument | None = None, spread: float = 1) -> None:
        """Show a quote now; the mark is half-way."""
        self.kernel.run([quote(of or self.instrument, self.now, bid, bid + spread)])

    def paid(self, amount: object, account: AccountId = ALICE, currency: str = "CNY") -> None:
        """Pay money in."""
        self.tell(Deposited(account, currency, number(amount), self.now, self.now))

    def take_out(self, amount: object) -> None:
        """Pay money out."""
        self.tell(Withdrawn(ALICE, "CNY", number(amount), self.now, self.now))

    def settle(self, price: object) -> None:
        """End alice's trading day."""
        self.tell(
            DaySettled(
                ALICE,
                "CNY",
                DAY,
                DAY + 1,
                ((self.instrument.id, number(price)),),
                self.now,
                self.now,
            )
        )

    def tell(self, event: Event) -> None:
        """Let an event come in."""
        self.kernel.process(event)

    # ---- orders

    def wish(
        self, side: Side, quantity: object, price: object | None = None, **fields: Any
    ) -> OrderRequest:
        """Return a request of alice's for the first instrument unless told."""
        of = fields.pop("of", self.instrument)
        kind = OrderType.MARKET if price is None else OrderType.LIMIT
        given = {"account": ALICE, "type": kind} | fields
        exact = None if price is None else number(price)
        return OrderRequest(
            instrument=of.id, side=side, quantity=number(quantity), price=exact, **given
        )

    def buy(self, quantity: object, price: object | None = 3500, **fields: Any) -> OrderId:
        """Send a buy; return the id of its first order."""
        return self.desk.submit(self.wish(Side.BUY, quantity, price, **fields))[0]

    def sell(self, quantity: object, price: object | None = 3501, **fields: Any) -> OrderId:
        """Send a sell; return the id of its first order."""
        return self.desk.submit(self.wish(Side.SELL, quantity, price, **fields))[0]

    def modify(self, order_id: OrderId, quantity: object = None, price: object = None) -> None:
        """Ask for a change."""
        self.desk.modify(
            self.order(order_id).account,
            order_id,
            None if quantity is None else number(quantity),
            None if price is None else number(price),
        )

    def cancel(self, order_id: OrderId) -> None:
        """Ask for a cancel."""
        self.desk.cancel_order(order_id)

    def order(self, order_id: OrderId) -> Order:
        """Return the latest record."""
        return self.desk.order(order_id)

    # ---- what the venue does

    def accept(self, order_id: OrderId) -> None:
        """Take an order."""
        self.tell(OrderAccepted(self.order(order_id).account, order_id, self.now, self.now))

    def fill(self, order_id: OrderId, quantity: object | None = None, price: object = 3500) -> None:
        """Fill an order, by default all that is left; no fee."""
        order = self.order(order_id)
        self._trades += 1
        request = order.request
        done = Fill(
            order_id, order.account, order.instrument, f"t{self._trades}", order.side,
            request.offset if request.offset is not Offset.AUTO else Offset.OPEN, number(price),
            order.remaining if quantity is None else number(quantity), Decimal(0),
            self.instruments[order.instrument].currency, self.now, self.now, DAY,
            strategy=request.strategy,
        )  # fmt: skip
        self.tell(OrderFilled(order.account, order_id, self.now, self.now, done))

    def hold(self, quantity: object, price: object = 3500, **fields: Any) -> None:
        """Have alice hold lots, bought (above zero) or sold at a price."""
        lots = number(quantity)
        send = self.buy if lots > 0 else self.sell
        self.fill(send(abs(lots), price, **fields), price=price)

    def cancelled(self, order_id: OrderId) -> None:
        """Confirm a cancel."""
        self.tell(OrderCancelled(self.order(order_id).account, order_id, self.now, self.now))

    def modified(self, order_id: OrderId, quantity: object, price: object) -> None:
        """Make a change."""
        self.tell(
            OrderModified(ALICE, order_id, self.now, self.now, number(quantity), number(price))
        )

    def refuse_change(self, order_id: OrderId) -> None:
        """Refuse a change."""
        self.tell(ModifyRejected(ALICE, order_id, self.now, self.now, "too late"))

    def reject(self, order_id: OrderId) -> None:
        """Refuse an order."""
        account = self.order(order_id).account
        self.tell(OrderRejected(account, order_id, self.now, self.now, "no"))

    def lose(self, order_id: OrderId) -> None:
        """Leave the outcome of an order open."""
        account = self.order(order_id).account
        self.tell(OrderOutcomeLost(account, order_id, self.now, self.now, "timeout"))

    def line(self, state: DriverState, reason: str = "") -> None:
        """Change the state of the driver."""
        self.tell(VenueStateChanged(VENUE, state, self.now, self.now, reason))

    # ---- what went out

    def submitted(self) -> list[OrderId]:
        """Return the ids of the orders that went out."""
        return [each.order_id for each in self.sent if isinstance(each, SubmitOrder)]

    def asked_back(self) -> list[OrderId]:
        """Return the ids of the cancels that went out."""
        return [each.order_id for each in self.sent if isinstance(each, CancelOrder)]

    def changes(self) -> list[ModifyOrder]:
        """Return the changes that went out."""
        return [each for each in self.sent if isinstance(each, ModifyOrder)]


def refused(send: Callable[..., object], *args: Any, **fields: Any) -> RiskDenied:
    """Return the refusal that a call raises."""
    with pytest.raises(RiskDenied) as caught:
        send(*args, **fields)
    return caught.value


def strategy(name: str) -> StrategyId:
    """Return a strategy's name."""
    return StrategyId(name)
