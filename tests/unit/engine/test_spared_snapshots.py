"""A backtest leaves out snapshots that tell the exchange nothing, and none that tells it something."""

from typing import Any

from msgspec.structs import replace
from short_market import MINE, RB, SECOND, at, depth, node_of

from anyvenue.data.profiles import Record
from anyvenue.model.enums import OrderState
from anyvenue.model.events import DaySettled
from anyvenue.model.market import Depth
from anyvenue.strategy.base import Strategy

EVENING = 6 * 3600 + 5 * 60  # 15:05, five minutes after the close
NEXT_DAY = 24 * 3600 + 1


def limited(second: float, lower: float, upper: float, **fields: Any) -> Depth:
    """Return a snapshot with price limits."""
    return replace(depth(second), lower_limit=lower, upper_limit=upper, **fields)


class BuysAt(Strategy):
    """Buys one lot at the snapshot of a given number, at a given price."""

    number: int = 5
    price: float = 3400.0

    def on_start(self) -> None:
        self.seen = 0
        self.states: list[OrderState] = []
        self.depth(self.instrument)

    def on_depth(self, depth: Depth) -> None:
        self.seen += 1
        if self.seen == self.number:
            self.buy(self.instrument, 1, self.price)

    def on_order(self, order: Any) -> None:
        self.states.append(order.state)


def states_after(*snapshots: Depth, price: float = 3400.0) -> list[OrderState]:
    """Return what became of an order sent at the last but one of the snapshots."""
    trader = BuysAt()
    node = node_of(trader, events=snapshots, record=Record.DEPTH)
    trader.number, trader.price = len(snapshots) - 1, price
    node.run()
    assert trader.seen == len(snapshots)
    return trader.states


def test_new_limits_are_heard_of_while_nobody_trades() -> None:
    snapshots = [limited(s, 3300, 3700) for s in range(1, 5)]
    assert OrderState.REJECTED not in states_after(*snapshots)
    narrower = [*snapshots, limited(5, 3450, 3550), limited(6, 3450, 3550)]
    assert states_after(*narrower)[-1] is OrderState.REJECTED
    wider = [limited(s, 3450, 3550) for s in range(1, 5)]
    assert states_after(*wider)[-1] is OrderState.REJECTED
    wider += [limited(5, 3300, 3700), limited(6, 3300, 3700)]
    assert OrderState.REJECTED not in states_after(*wider)


def test_limits_are_learnt_anew_each_day_even_if_they_are_the_same() -> None:
    days = [limited(s, 3450, 3550) for s in (1, 2, 3, NEXT_DAY, NEXT_DAY + 1, NEXT_DAY + 2)]
    assert states_after(*days)[-1] is OrderState.REJECTED


def test_a_settlement_price_in_a_spared_snapshot_is_what_the_day_is_settled_at() -> None:
    trader = BuysAt()
    trader.number, trader.price = 1, 3600.0
    told = replace(depth(EVENING), settlement=3512.0)
    rising = [depth(second, 3500.0 + second) for second in range(10)]
    snapshots = [*rising, told, depth(NEXT_DAY)]
    node = node_of(trader, events=snapshots, record=Record.DEPTH)
    settled: list[DaySettled] = []
    node.node.kernel.on(DaySettled, settled.append)
    node.run()
    assert node.node.desk.accounts[MINE].position(RB.id).net == 1
    assert dict(settled[0].prices) == {RB.id: 3512}
    assert settled[0].ts_event > at(0) + EVENING * SECOND
