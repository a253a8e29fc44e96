"""What is due at one time happens in one order: exchange reports, then timers as they were set, then the market."""

from collections.abc import Iterator

import pytest
from parity_runs import CATALOG, SECOND, both

from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.engine.backtest import BacktestNode, cash_of
from anyvenue.engine.feed import Feed
from anyvenue.engine.paper import PaperNode
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import OrderState
from anyvenue.model.events import TimerFired
from anyvenue.model.ids import AccountId
from anyvenue.model.market import Bar, MarketData, Quote
from anyvenue.model.orders import Fill, Order
from anyvenue.runtime.loop import run
from anyvenue.sim.faults import FaultPlan
from anyvenue.strategy.base import Strategy

RB = CATALOG.get("rb2701.SHFE")
MORNING = next(
    window.start
    for window in CATALOG.sessions(RB.sessions).windows(20260915)
    if window.start // SECOND % 86_400 == 3_600  # 09:00 in China
)


def quotes(*seconds: float) -> MemorySource:
    """Return quotes of 3500 bid, 3501 ask at so many seconds after the open."""

    def make() -> Iterator[MarketData]:
        for second in seconds:
            ts = MORNING + int(second * SECOND)
            yield Quote(RB.id, ts, ts, 3500.0, 3501.0, 100.0, 100.0)

    return MemorySource(RB, Record.QUOTE, make, identity=f"quotes {seconds}")


class Diary(Strategy):
    """Writes down what happens when, in seconds after the open."""

    def write(self, what: str) -> None:
        self.log(f"{(self.now - MORNING) / SECOND:g} {what}")

    def on_start(self) -> None:
        self.quotes(self.instrument)

    def on_quote(self, quote: Quote) -> None:
        self.write("quote")

    def on_bar(self, bar: Bar) -> None:
        self.write("bar")

    def on_timer(self, timer: TimerFired) -> None:
        self.write(f"timer {timer.name}")

    def on_order(self, order: Order) -> None:
        self.write(order.state)

    def on_fill(self, fill: Fill) -> None:
        self.write("fill")


def diary_of(
    kind: type[Diary], data: MemorySource, options: VenueOptions | None = None
) -> list[str]:
    """Return the diary, which is the same on paper."""
    (_, tested), (_, papered) = both(kind, data, options)
    assert tested == papered
    return [line.removeprefix(f"{kind.__name__}: ") for line in tested]


class BuysAtTwo(Diary):
    def on_start(self) -> None:
        super().on_start()
        self.timer("later", at=MORNING + 3 * SECOND)
        self.timer("sooner", at=MORNING + 3 * SECOND)
        self.bars(self.instrument, "1m")

    def on_quote(self, quote: Quote) -> None:
        super().on_quote(quote)
        if self.now == MORNING + 2 * SECOND:
            self.buy(self.instrument, 1)


def test_reports_come_before_timers_and_timers_before_the_market() -> None:
    told = diary_of(BuysAtTwo, quotes(1, 2, 3, 4), VenueOptions(latency_ms=1000))
    assert told == [
        *("1 quote", "2 quote"),
        *("3 open", "3 filled", "3 fill"),
        *("3 timer later", "3 timer sooner"),
        *("3 quote", "4 quote"),
    ]


def test_an_order_without_latency_meets_the_next_event_and_never_the_same() -> None:
    told = diary_of(BuysAtTwo, quotes(1, 2, 2.5))
    assert told == ["1 quote", "2 quote", "2 open", "2.5 filled", "2.5 fill", "2.5 quote"]


class BarsAndTimers(Diary):
    def on_start(self) -> None:
        super().on_start()
        self.bars(self.instrument, "1m")
        self.timer("at the minute", at=MORNING + 60 * SECOND)


def test_a_bar_closes_by_time_and_after_the_timers_of_that_time() -> None:
    told = diary_of(BarsAndTimers, quotes(1, 59, 200))
    assert told == ["1 quote", "59 quote", "60 timer at the minute", "60 bar", "200 quote"]


class BuysOnBar(Diary):
    def on_start(self) -> None:
        self.bars(self.instrument, "1m")

    def on_bar(self, bar: Bar) -> None:
        super().on_bar(bar)
        self.buy(self.instrument, 1, 3600)


def test_an_order_placed_on_a_bar_is_as_late_as_the_bar() -> None:
    (result, _), _ = both(BuysOnBar, quotes(1, 59, 61))
    assert [order.ts_created for order in result.orders] == [MORNING + 60 * SECOND]


class SeesItsFill(Diary):
    def on_quote(self, quote: Quote) -> None:
        if not self.open_orders() and not self.position(self.instrument).net:
            self.buy(self.instrument, 1)

    def on_order(self, order: Order) -> None:
        """Say nothing of it."""

    def on_fill(self, fill: Fill) -> None:
        latest = self.latest(self.instrument)
        self.log(f"{latest is not None and latest.ts_recv == fill.ts_recv} {self.account().equity}")


def test_a_fill_is_told_when_the_quote_that_made_it_is_the_latest() -> None:
    # Filled at 3501 and valued half-way at 3500.5, ten tonnes a lot, less the fee: what a backtest's equity shows, too.
    (line,) = diary_of(SeesItsFill, quotes(1, 2, 3))
    fee = RB.fees.open.by_money * 35010 + RB.fees.open.by_lot
    assert line == f"True {1_000_000 - 5 - round(fee, 4)}"


class LeavesAnOrder(Diary):
    def on_quote(self, quote: Quote) -> None:
        if not self.open_orders():
            self.buy(self.instrument, 1, 3400)


def test_what_is_cancelled_at_the_end_is_cancelled_when_the_last_message_arrived() -> None:
    # Every message is lost; the trader notices after a minute, and no report moves the kernel's time.
    options = VenueOptions(faults=FaultPlan(drop=1.0, timeout_ns=60 * SECOND))
    (one, _), (two, _) = both(LeavesAnOrder, quotes(1, 2), options)
    assert one.audit_hash == two.audit_hash
    assert [order.state for order in one.orders] == [OrderState.REJECTED]


ACCOUNTS = (AccountId("first"), AccountId("second"))


class Busy(Strategy):
    """Buys and sells in turn, a lot at a time."""

    lots: int = 1

    def on_start(self) -> None:
        self.quotes(self.instrument)
        self._side = 1

    def on_quote(self, quote: Quote) -> None:
        if not self.open_orders():
            self._side = -self._side
            self.target(self.instrument, self._side * self.lots)


OUTAGES = VenueOptions(faults=FaultPlan(seed=2, disconnect=0.2, outage_ns=3 * SECOND))


@pytest.mark.parametrize("options", [VenueOptions(), VenueOptions(latency_ms=1500), OUTAGES])
def test_two_accounts_and_strategies_do_the_same_on_paper(options: VenueOptions) -> None:
    feed = Feed([quotes(*range(1, 120))])

    def fill(node: BacktestNode | PaperNode) -> None:
        for lots, account in enumerate(ACCOUNTS, 1):
            node.add_account(account, cash_of(1_000_000, feed.instruments))
            node.node.add_strategy(Busy(lots=lots), account, [RB], name=f"busy {account}")

    tested = BacktestNode(feed, CATALOG, options)
    fill(tested)
    tested.run()

    async def on_paper() -> PaperNode:
        node = PaperNode(feed, CATALOG, options, speed=0)
        fill(node)
        await node.run()
        return node

    papered = run(on_paper())
    for account in ACCOUNTS:
        one, two = tested.result(account), papered.result(account)
        assert one.fills == two.fills
        assert one.fills
        assert one.summaries == two.summaries
        assert one.equity == two.equity
        assert (one.audit_hash, one.ledger_hash) == (two.audit_hash, two.ledger_hash)
        assert one.recount_holds
        assert two.recount_holds
