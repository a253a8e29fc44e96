"""A recorded day repeated for ever under a strategy: what holding over the seam brings."""

from decimal import Decimal

import pytest
from short_market import CATALOG, MINE

from anyvenue.data.loop import LoopSource, loop_sources
from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.data.window import WindowSource
from anyvenue.engine.backtest import BacktestNode
from anyvenue.engine.feed import Feed
from anyvenue.engine.paper import PaperNode
from anyvenue.engine.results import RunResult
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.events import DaySettled
from anyvenue.model.market import Depth
from anyvenue.reference.passes import PassCalendar
from anyvenue.runtime.clock import Pace
from anyvenue.runtime.loop import run as run_loop
from anyvenue.strategy.base import Strategy

RB = CATALOG.get("rb2701.SHFE")
SECOND = 1_000_000_000
DAY = 20260915
PRICES = (3500.0, 3502.0, 3510.0)


class Holder(Strategy):
    """Buys one lot with the first snapshot and keeps it."""

    def on_start(self) -> None:
        self.depth(self.instrument)
        self.bought = False
        self.days: dict[int, None] = {}

    def on_depth(self, depth: Depth) -> None:
        self.days[depth.trading_day] = None
        if not self.bought:
            self.bought = True
            self.buy(self.instrument, 1)


def recorded() -> MemorySource:
    window = CATALOG.sessions(RB.sessions).windows(DAY)[0]
    snapshots = [
        Depth(
            RB.id,
            window.start + n * 10 * SECOND,
            window.start + n * 10 * SECOND,
            (price - 1,),
            (9.0,),
            (price,),
            (9.0,),
            last=price,
            volume=float(n),
            pre_settlement=3490.0,
            upper_limit=3800.0,
            lower_limit=3200.0,
            trading_day=DAY,
        )
        for n, price in enumerate(PRICES)
    ]
    return MemorySource(RB, Record.DEPTH, lambda: iter(snapshots), identity="three snapshots")


def looped() -> tuple[LoopSource, PassCalendar]:
    loop = loop_sources([recorded()], lambda each: CATALOG.sessions(each.sessions))
    return loop.sources[0], loop.calendar


def node_after(
    passes: int, kind: type[BacktestNode] | type[PaperNode] = BacktestNode
) -> tuple[Holder, RunResult, list[DaySettled]]:
    """Run so many whole passes and the first snapshot of the next."""
    source, calendar = looped()
    end = calendar.begin_of(passes) + SECOND
    options = VenueOptions(hours="always", calendar=calendar)
    node = kind(Feed([WindowSource(source, None, end)]), CATALOG, options)
    settled: list[DaySettled] = []
    node.node.kernel.on(DaySettled, settled.append)
    node.add_account(MINE, {"CNY": Decimal(100_000)})
    host = node.node.add_strategy(Holder, MINE, [source.instrument])
    if isinstance(node, PaperNode):
        node.pace = Pace(0)
        run_loop(node.run())
    else:
        node.run()
    assert isinstance(host.strategy, Holder)
    return host.strategy, node.result(MINE), settled


@pytest.mark.parametrize("passes", [1, 2, 5])
def test_the_jump_of_the_seam_is_the_holder_s_and_nothing_else_is(passes: int) -> None:
    _, result, _ = node_after(passes)
    [fill] = result.fills
    assert fill.price == Decimal(3502)
    # Bought at 3502 in the first pass; the first price of every pass is 3500, whatever happened in between.
    gain = (Decimal(3500) - 3502) * 10
    assert result.equity[-1][1] == pytest.approx(float(100_000 + gain - fill.fee))
    assert result.recount_holds


def test_every_pass_is_settled_as_a_day_of_its_own() -> None:
    holder, _, settled = node_after(3)
    assert list(holder.days) == [DAY, DAY + 1, DAY + 2, DAY + 3]
    assert [each.trading_day for each in settled] == [DAY, DAY + 1, DAY + 2]


def test_a_loop_is_the_same_on_paper_as_in_a_backtest() -> None:
    _, once, _ = node_after(2)
    _, again, _ = node_after(2, PaperNode)
    assert again.audit_hash == once.audit_hash
    assert again.equity[-1] == once.equity[-1]
