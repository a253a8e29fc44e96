"""A strategy's faults are its own: its orders are cancelled, it hears nothing more, and the others go on."""

from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
from short_market import MINE, RB, SECOND, Counts, depth, node_of, quote

from anyvenue.data.profiles import Record
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import OrderState
from anyvenue.model.errors import ConfigError, StrategyError
from anyvenue.model.ids import StrategyId
from anyvenue.model.market import Bar, Depth, Quote
from anyvenue.strategy.base import Strategy


class Fails(Counts):
    """Puts an order into the book at once and raises in one callback."""

    where: str = "quote"
    at_call: int = 2

    def on_start(self) -> None:
        super().on_start()
        self.timer("tick", every="1s")
        self.buy(self.instrument, 1, 3400)
        self.count("start")

    def count(self, name: str) -> int:
        calls = super().count(name)
        if name == self.where and calls >= self.at_call:
            raise ArithmeticError(f"{name} {calls}")
        return calls


@pytest.mark.parametrize(
    ("where", "at_call"),
    [("start", 1), ("quote", 1), ("quote", 2), ("order", 1), ("timer", 3), ("stop", 1)],
)
def test_a_strategy_that_raises_is_faulted_alone(where: str, at_call: int) -> None:
    bad, good = Fails(where=where, at_call=at_call), Counts()
    node = node_of(bad, good)
    node.run()
    (fault,) = node.node.faults
    assert (fault.strategy, fault.error) == ("a", f"ArithmeticError: {where} {at_call}")
    assert "short_market" in fault.where or "test_strategy_host" in fault.where
    hosts = node.node.hosts
    assert (hosts["a"].state, hosts["b"].state) == ("faulted", "stopped")
    assert isinstance(hosts["a"].error, ArithmeticError)
    assert good.calls == {"quote": 10, "stop": 1}
    assert bad.calls[where] == at_call
    assert [order.state for order in node.result(MINE).orders] == [OrderState.CANCELLED]


def test_a_faulted_strategy_s_orders_are_cancelled_there_and_then() -> None:
    node = node_of(Fails(where="quote", at_call=3))
    node.run()
    (order,) = node.result(MINE).orders
    assert order.ts_updated == node.node.faults[0].ts_event
    assert order.ts_updated < node.node.kernel.now


def test_an_order_on_its_way_when_the_strategy_fails_is_cancelled_too() -> None:
    class OrdersAndFails(Counts):
        def on_quote(self, quote: Quote) -> None:
            self.buy(self.instrument, 1, 3400)
            raise ArithmeticError

    node = node_of(OrdersAndFails(), options=VenueOptions(latency_ms=1500))
    node.run()
    assert [order.state for order in node.result(MINE).orders] == [OrderState.CANCELLED]


class FailsInOrder(Counts):
    """Raises in on_order once the order is filled."""

    def on_quote(self, quote: Quote) -> None:
        if self.count("quote") == 1:
            self.buy(self.instrument, 1)

    def on_order(self, order: Any) -> None:
        if order.filled:
            raise ArithmeticError


def test_the_fill_is_not_told_to_a_strategy_that_its_order_faulted() -> None:
    strategy = FailsInOrder()
    node = node_of(strategy)
    node.run()
    assert "fill" not in strategy.calls
    assert node.result(MINE).positions[0].net == 1


@pytest.mark.parametrize("channels", [("quotes", "depth"), ("depth", "quotes")])
def test_one_snapshot_is_not_told_twice_to_a_strategy_that_it_faulted(
    channels: tuple[str, ...],
) -> None:
    class FailsAtOnce(Counts):
        def count(self, name: str) -> int:
            super().count(name)
            raise ArithmeticError(name)

    strategy = FailsAtOnce(channels=channels)
    node = node_of(strategy, events=[depth(1), depth(2)], record=Record.DEPTH)
    node.run()
    assert list(strategy.calls.values()) == [1]


@pytest.mark.parametrize("intervals", [("1m", "5m"), ("5m", "1m")])
def test_a_bar_built_of_a_faulting_bar_is_not_told(intervals: tuple[str, ...]) -> None:
    class FailsOnBars(Strategy):
        def on_start(self) -> None:
            self.seen: list[str] = []
            for interval in intervals:
                self.bars(self.instrument, interval)

        def on_bar(self, bar: Bar) -> None:
            self.seen.append(bar.interval)
            if len(self.seen) == 5:
                raise ArithmeticError

    minutes = []
    for minute in range(1, 13):
        end = quote(60 * minute).ts_event
        start = end - 60 * SECOND
        minutes.append(Bar(RB.id, end, end, "1m", start, 3500, 3501, 3499, 3500, 9.0))
    strategy = FailsOnBars()
    node = node_of(strategy, events=minutes, record=Record.BAR)
    node.feed.sources[0].interval = "1m"
    node.feed.sources[0].channels = frozenset({"bars:1m"})
    node.run()
    assert len(strategy.seen) == 5


def test_a_fault_is_logged_with_the_place_in_the_author_s_file() -> None:
    lines: list[tuple[str, str]] = []
    node = node_of(FailsInOrder(), logger=lambda source, text: lines.append((source, text)))
    node.run()
    ((name, text),) = lines
    assert name == "a"
    assert text.startswith("faulted: ArithmeticError")
    assert "test_strategy_host.py" in text
    assert "in on_order" in text


def test_an_error_our_code_raised_is_placed_where_the_author_called_it() -> None:
    class Careless(Counts):
        def on_quote(self, quote: Quote) -> None:
            self.buy(self.instrument, 1, 3500.5)

    node = node_of(Careless())
    node.run()
    assert "in on_quote" in node.node.faults[0].where


def test_a_strategy_in_a_folder_of_our_name_is_the_author_s_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "anyvenue" / "mine.py"
    file.parent.mkdir()
    file.write_text(
        "from anyvenue.strategy.base import Strategy\n"
        "class Mine(Strategy):\n"
        "    def on_start(self):\n"
        "        self.quotes('nosuch.SHFE')\n"
    )
    node = node_of(run_path(str(file))["Mine"]())
    node.run()
    assert node.node.faults[0].where == f"{file}:4 in on_start"


def test_keyboard_interrupts_are_nobody_s_fault() -> None:
    class Interrupted(Counts):
        def on_quote(self, quote: Quote) -> None:
            raise KeyboardInterrupt

    node = node_of(Interrupted())
    with pytest.raises(KeyboardInterrupt):
        node.run()
    assert node.node.faults == []


def test_strategies_of_one_account_know_only_their_own_orders_and_timers() -> None:
    class Working(Counts):
        price: int = 3400

        def on_start(self) -> None:
            super().on_start()
            self.timer("tick", every="1s")
            self.handle = self.buy(self.instrument, 2, self.price)

        def on_timer(self, timer: Any) -> None:
            assert timer.strategy == self.context.strategy_id
            self.own = [order.price for order in self.open_orders()]
            self.wanted = self.target(self.instrument, 2)

    one, two = Working(price=3400), Working(price=3401)
    node = node_of(one, two)
    node.run()
    assert (one.own, two.own) == ([3400], [3401])
    assert one.wanted is two.wanted is None
    assert one.calls["order"] == two.calls["order"] == 1


def test_the_account_is_shared_by_its_strategies() -> None:
    class Buys(Counts):
        def on_quote(self, quote: Quote) -> None:
            if self.count("quote") == 1:
                self.target(self.instrument, 2)

        def on_stop(self) -> None:
            self.net = self.position(self.instrument).net

    one, two = Buys(), Counts()
    node = node_of(one, two)
    node.run()
    assert one.net == two.position("rb2701").net == 2


def test_names_are_unique_and_accounts_exist() -> None:
    node = node_of(Counts())
    with pytest.raises(ConfigError, match="strategy name 'a' is used twice"):
        node.node.add_strategy(Counts(), MINE, [RB], name="a")
    with pytest.raises(Exception, match="there is no account 'yours'; accounts: mine"):
        node.node.add_strategy(Counts(), "yours", [RB], name="c")  # type: ignore[arg-type]


def test_a_host_goes_through_its_states_once() -> None:
    strategy = Counts()
    node = node_of(strategy)
    host = node.node.hosts["a"]  # type: ignore[index]
    assert host.state == "new"
    with pytest.raises(StrategyError, match="strategy a is new and cannot place orders"):
        strategy.buy(RB.id, 1, 3400)
    node.run()
    assert host.state == "stopped"
    node.node.start()
    node.node.stop()
    assert strategy.calls == {"quote": 10, "stop": 1}


def test_a_strategy_hears_nothing_after_it_was_stopped() -> None:
    class Stopper(Counts):
        def on_quote(self, quote: Quote) -> None:
            if self.count("quote") == 4:
                node.node.stop()

    strategy, other = Stopper(channels=("quotes", "depth")), Counts(channels=("depth",))
    events: list[Depth] = [depth(second) for second in range(1, 8)]
    node = node_of(strategy, other, events=events, record=Record.DEPTH)
    node.run()
    assert strategy.calls == {"quote": 4, "depth": 3, "stop": 1}
    assert other.calls["stop"] == 1


def test_with_the_policy_continue_a_strategy_that_raises_goes_on() -> None:
    bad, good = Fails(where="quote", at_call=2), Counts()
    node = node_of(bad, good)
    host = node.node.hosts[StrategyId("a")]
    host.policy = "continue"
    node.run()
    assert (host.state, host.errors, host.fault) == ("stopped", 9, None)
    assert bad.calls["quote"] == good.calls["quote"] == 10
    assert node.node.faults == []


def test_a_strategy_whose_start_fails_is_faulted_whatever_its_policy() -> None:
    node = node_of(Fails(where="start", at_call=1))
    host = node.node.hosts[StrategyId("a")]
    host.policy = "continue"
    node.run()
    assert host.state == "faulted"
    assert len(node.node.faults) == 1
