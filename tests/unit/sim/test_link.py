"""The way between a trader and the exchange: latency, order of messages, and each fault by itself."""

from decimal import Decimal
from typing import Any

import pytest

from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import Offset, Side
from anyvenue.model.errors import NotSent
from anyvenue.model.events import (
    CancelRejected,
    DaySettled,
    Event,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderOutcomeLost,
    OrderRejected,
    VenueStateChanged,
)
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.sim.faults import FaultPlan, Faults
from anyvenue.sim.latency import FixedLatency, LatencyModel, RandomLatency
from anyvenue.sim.link import Link
from builders import ALICE, MS, SECOND, Pit, at, quote, rebar

START = at("09:00")


class Wire:
    """A link to a pit's exchange and what came back over it, with the time it came at."""

    def __init__(self, latency: LatencyModel | None = None, **faults: Any) -> None:
        self.pit = Pit(rebar())
        self.came: list[tuple[int, Event]] = []
        plan = FaultPlan(**faults) if faults else None
        self.link = Link(self.pit.exchange, self._take, lambda ts: None, latency, plan)
        self.last = 0

    def _take(self, events: list[Event]) -> None:
        self.came += [(event.ts_recv - START, event) for event in events]

    def to(self, since: int) -> None:
        """Let time pass to `since` after nine o'clock."""
        while self.link.due <= START + since:
            self.link.run()

    def buy(self, since: int, price: int = 3500, quantity: int = 1) -> OrderId:
        """Give a buy and return its id."""
        self.last += 1
        request = OrderRequest(
            ALICE, self.pit.instrument.id, Side.BUY, Decimal(quantity), Decimal(price),
            offset=Offset.OPEN,
        )  # fmt: skip
        self.give(SubmitOrder(OrderId(self.last), request, START + since))
        return OrderId(self.last)

    def give(self, command: Command) -> None:
        """Send a command."""
        self.to(command.ts_event - START)
        self.link.send(command)

    def cancel(self, order_id: OrderId, since: int) -> None:
        """Give a cancel."""
        self.give(CancelOrder(order_id, ALICE, START + since))

    def quote(self, since: int, bid: float, ask: float, size: float = 10) -> None:
        """Let the exchange see a quote."""
        self.to(since)
        self.link.on_market(quote(self.pit.instrument, START + since, bid, ask, size, size))

    def kinds(self) -> list[tuple[int, str]]:
        """Return when what kind of report came."""
        return [(ts, type(event).__name__) for ts, event in self.came]


class TestLatency:
    def test_without_any_a_command_arrives_before_the_next_event_at_its_own_time(self) -> None:
        wire = Wire()
        wire.buy(5)
        wire.quote(9, 3499, 3500)
        assert wire.kinds() == [(5, "OrderAccepted"), (9, "OrderFilled")]

    def test_commands_and_reports_take_their_time(self) -> None:
        wire = Wire(FixedLatency(3 * MS, 2 * MS))
        wire.buy(0)
        wire.to(SECOND)
        assert wire.kinds() == [(5 * MS, "OrderAccepted")]
        assert wire.came[0][1].ts_event == START + 3 * MS

    def test_a_quote_before_the_arrival_is_missed(self) -> None:
        wire = Wire(FixedLatency(3 * MS))
        wire.buy(0)
        wire.quote(2 * MS, 3499, 3500)
        wire.quote(4 * MS, 3501, 3502)
        wire.to(SECOND)
        assert wire.kinds() == [(3 * MS, "OrderAccepted")]

    @pytest.mark.parametrize("seed", range(5))
    def test_neither_commands_nor_reports_overtake_each_other(self, seed: int) -> None:
        wire = Wire(RandomLatency(MS, 300 * MS, seed))
        orders = [wire.buy(each) for each in range(20)]
        for index, order_id in enumerate(orders):
            wire.cancel(order_id, 20 + index)
        wire.to(60 * SECOND)
        accepted = [event.order_id for _, event in wire.came if isinstance(event, OrderAccepted)]
        cancelled = [event.order_id for _, event in wire.came if isinstance(event, OrderCancelled)]
        assert accepted == cancelled == orders
        times = [ts for ts, _ in wire.came]
        assert times == sorted(times)


class TestFaults:
    def test_a_lost_order_is_rejected_once_the_exchange_is_asked(self) -> None:
        wire = Wire(drop=1.0)
        wire.buy(0)
        wire.to(10 * SECOND)
        assert wire.kinds() == [(5 * SECOND, "OrderOutcomeLost"), (5 * SECOND, "OrderRejected")]
        assert wire.came[1][1].code == "order.lost"  # type: ignore[union-attr]
        assert wire.pit.state.orders.open_orders() == []

    def test_a_lost_cancel_or_change_is_refused_once_the_exchange_is_asked(self) -> None:
        wire = Wire(drop=0.0)
        order = wire.buy(0)
        wire.to(1)
        wire.link.faults = Faults(FaultPlan(drop=1.0))
        wire.cancel(order, 2)
        wire.give(ModifyOrder(order, ALICE, START + 3, Decimal(2)))
        wire.to(10 * SECOND)
        assert [type(event) for _, event in wire.came[1:]] == [CancelRejected, ModifyRejected]
        assert wire.pit.order(order).quantity == 1

    def test_a_lost_report_leaves_the_outcome_open_and_is_told_later(self) -> None:
        wire = Wire(drop=0.0, duplicate=0.0, delay=0.0)
        wire.buy(0)
        wire.link.faults = Faults(FaultPlan(drop=1.0))
        wire.to(10 * SECOND)
        assert [type(event) for _, event in wire.came] == [OrderOutcomeLost, OrderAccepted]
        assert [ts for ts, _ in wire.came] == [5 * SECOND] * 2

    def test_later_reports_of_the_same_order_wait_for_a_lost_one(self) -> None:
        wire = Wire(drop=0.0, reject=0.0)
        order, other = wire.buy(0), OrderId(2)
        faults, wire.link.faults = wire.link.faults, Faults(FaultPlan(drop=1.0))
        wire.to(1)
        wire.link.faults = faults
        wire.cancel(order, 2)
        assert wire.buy(3) == other
        wire.to(10 * SECOND)
        told = [(event.order_id, type(event)) for _, event in wire.came]  # type: ignore[union-attr]
        assert told == [
            (other, OrderAccepted),
            (order, OrderOutcomeLost),
            (order, OrderAccepted),
            (order, OrderCancelled),
        ]

    def test_fills_and_settlements_wait_for_a_lost_fill(self) -> None:
        wire = Wire(drop=0.0, reject=0.0)
        first, second = wire.buy(0), wire.buy(1)
        wire.to(2)
        faults = wire.link.faults
        wire.link.faults = Faults(FaultPlan(drop=1.0))
        wire.quote(10, 3499, 3500, 1)
        wire.link.faults = faults
        wire.quote(20, 3498, 3499, 1)
        wire.to(20 * SECOND)
        fills = [(ts, event.order_id) for ts, event in wire.came if isinstance(event, OrderFilled)]
        assert fills == [(10 + 5 * SECOND, first), (10 + 5 * SECOND, second)]

    def test_a_doubled_order_works_once(self) -> None:
        wire = Wire(duplicate=1.0)
        wire.buy(0)
        wire.quote(10, 3499, 3500)
        wire.to(SECOND)
        fills = [event.fill.trade_id for _, event in wire.came if isinstance(event, OrderFilled)]
        assert fills == ["1", "1"]  # one trade, told twice
        assert wire.pit.position().long == 1

    def test_a_refused_order_never_reaches_the_exchange(self) -> None:
        wire = Wire(reject=1.0)
        wire.buy(0)
        wire.to(SECOND)
        assert [type(event) for _, event in wire.came] == [OrderRejected]
        assert len(wire.pit.state.orders) == 0

    def test_a_delayed_message_is_late_and_so_is_what_follows_it(self) -> None:
        wire = Wire(delay=1.0)
        wire.buy(0)
        wire.to(10 * SECOND)
        assert wire.kinds() == [(4 * SECOND, "OrderAccepted")]  # two seconds each way

    def test_while_the_link_is_down_nothing_is_sent_and_reports_wait(self) -> None:
        wire = Wire(disconnect=0.0, reject=0.0)
        wire.buy(0)
        wire.to(1)
        wire.link.faults = Faults(FaultPlan(disconnect=1.0))
        with pytest.raises(NotSent, match="link to the exchange is down"):
            wire.buy(2)
        wire.link.faults = Faults()
        wire.quote(10, 3499, 3500)
        wire.to(20 * SECOND)
        states = [event for _, event in wire.came if isinstance(event, VenueStateChanged)]
        assert [each.state.value for each in states] == ["degraded", "ready"]
        up = 2 + 10 * SECOND
        assert wire.kinds()[-2:] == [(up, "VenueStateChanged"), (up, "OrderFilled")]
        wire.buy(up + 1)

    def test_account_reports_are_never_lost(self) -> None:
        wire = Wire(drop=1.0)
        wire.quote(0, 3499, 3500)
        wire.to(at("16:00") - START)
        assert [type(event) for _, event in wire.came] == [DaySettled]

    def test_a_plan_without_faults_draws_nothing(self) -> None:
        faults = Faults(FaultPlan(seed=3))
        other = Faults(FaultPlan(seed=3))
        assert not any(faults.happens(0.0) for _ in range(10))
        draws = [(faults.happens(0.5), other.happens(0.5)) for _ in range(50)]
        assert all(one is two for one, two in draws)
