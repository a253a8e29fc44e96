"""What a strategy can do, call by call, in a backtest of a few quotes."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.engine.backtest import backtest
from anyvenue.engine.results import RunResult
from anyvenue.model.enums import Offset, OrderState, OrderType, Side, TimeInForce
from anyvenue.model.errors import (
    AccountError,
    ConfigError,
    InvalidOrder,
    OffLot,
    OffTick,
    StrategyError,
    SubscriptionError,
    UnknownInstrument,
    UnknownOrder,
)
from anyvenue.model.events import TimerFired
from anyvenue.model.market import Bar, Depth, MarketData, Quote, Trade
from anyvenue.model.orders import Fill, Order
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.base import Strategy

CATALOG = Catalog(20260915)
RB, IRON = CATALOG.get("rb2701.SHFE"), CATALOG.get("i2701.DCE")
OPEN = 1_789_434_000_000_000_000  # 09:00 in China on 2026-09-15
SECOND = 1_000_000_000


def at(second: float) -> int:
    """Return ns UTC of so many seconds after the open."""
    return OPEN + int(second * SECOND)


def source_of(record: Record, *events: MarketData, interval: str = "") -> MemorySource:
    instrument = CATALOG.get(events[0].instrument)
    return MemorySource(
        instrument, record, lambda: iter(events), identity=repr(events), interval=interval
    )


def quote(second: float, bid: float = 3500, instrument: str = RB.id) -> Quote:
    return Quote(instrument, at(second), at(second), bid, bid + 1, 50.0, 50.0)


def depth(second: float, bid: float = 3500) -> Depth:
    return Depth(
        RB.id, at(second), at(second), (bid,), (50.0,), (bid + 1,), (50.0,), last=bid, volume=second
    )


def bar(minute: int, close: float = 3500) -> Bar:
    end = at(minute * 60)
    return Bar(RB.id, end, end, "1m", end - 60 * SECOND, 3500, 3510, 3490, close, 1000.0)


def trade(second: float, price: float = 3500) -> Trade:
    return Trade(RB.id, at(second), at(second), price, 5.0)


QUOTES = [quote(second) for second in range(1, 8)]


class Script(Strategy):
    """Runs a list of steps, one for each quote, and writes down what it is told."""

    def __init__(self, *steps: Callable[["Script"], Any]) -> None:
        super().__init__()
        self.steps = list(steps)
        self.told: list[object] = []
        self.handle: Any = None

    def on_start(self) -> None:
        self.quotes(self.instrument)

    def on_quote(self, quote: Quote) -> None:
        if self.steps:
            self.steps.pop(0)(self)

    def on_order(self, order: Order) -> None:
        self.told.append(order.state)

    def on_fill(self, fill: Fill) -> None:
        self.told.append(fill.quantity)


def play(
    *steps: Callable[[Script], Any], data: Any = None, **more: Any
) -> tuple[Script, RunResult]:
    """Return the script that ran and the result, which has no fault."""
    script = Script(*steps)
    result = backtest(script, QUOTES if data is None else data, catalog=CATALOG, **more)
    assert [fault.error for fault in result.faults] == []
    assert result.recount_holds
    return script, result


def keep(make: Callable[[Script], Any]) -> Callable[[Script], None]:
    """Return a step that keeps the handle of the order it makes."""

    def step(script: Script) -> None:
        script.handle = make(script)

    return step


def raises(
    error: type[Exception], text: str, call: Callable[[Script], Any]
) -> Callable[[Script], None]:
    """Return a step that fails unless `call` raises."""

    def step(script: Script) -> None:
        with pytest.raises(error, match=text):
            call(script)
        script.told.append(error.__name__)

    return step


# ---- orders


def test_an_order_without_price_is_a_market_order_and_is_told_of_on_the_way() -> None:
    script, result = play(keep(lambda s: s.buy(s.instrument, 2)))
    assert script.told == [OrderState.OPEN, OrderState.FILLED, 2]
    assert result.orders[0].request.type is OrderType.MARKET
    assert script.handle.done
    assert (script.handle.filled, script.handle.average_price) == (2, 3501)
    assert script.handle.order_ids == (result.orders[0].order_id,)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"price": 3490}, OrderType.LIMIT),
        ({"stop": 3490}, OrderType.STOP),
        ({"price": 3490, "stop": 3495}, OrderType.STOP_LIMIT),
    ],
)
def test_price_and_stop_make_the_type(options: dict[str, Any], kind: OrderType) -> None:
    _, result = play(lambda s: s.sell(s.instrument, 1, **options))
    assert result.orders[0].request.type is kind


def test_options_come_back_on_the_order() -> None:
    _, result = play(
        lambda s: s.buy(
            s.instrument,
            "1",
            "3400",
            time_in_force="gtc",
            offset="open",
            tag="mine",
            post_only=True,
        )
    )
    request = result.orders[0].request
    assert (request.time_in_force, request.offset) == (TimeInForce.GTC, Offset.OPEN)
    assert (request.tag, request.post_only, request.strategy) == ("mine", True, "Script")
    assert (request.side, request.quantity, request.price) == (Side.BUY, 1, 3400)


def test_what_is_wrong_with_an_order_is_raised_at_the_call_and_nothing_is_sent() -> None:
    script, result = play(
        raises(OffTick, "use 3500 or 3501", lambda s: s.buy(s.instrument, 1, 3500.5)),
        raises(OffLot, "use 1 or 2", lambda s: s.buy(s.instrument, 1.5)),
        raises(
            InvalidOrder, "offset was 'perhaps'", lambda s: s.buy(s.instrument, 1, offset="perhaps")
        ),
        raises(InvalidOrder, "quantity was 'many'", lambda s: s.buy(s.instrument, "many")),
        raises(UnknownInstrument, "nosuch", lambda s: s.buy("nosuch.SHFE", 1)),
        raises(
            AccountError, "no account 'other'", lambda s: s.buy(s.instrument, 1, account="other")
        ),
    )
    assert len(script.told) == 6
    assert result.orders == []


def test_a_handle_cancels_and_so_does_the_strategy() -> None:
    for cancel in (
        lambda s: s.handle.cancel(),
        lambda s: s.cancel(s.handle),
        lambda s: s.cancel_all(),
    ):
        script, _ = play(keep(lambda s: s.buy(s.instrument, 1, 3400)), lambda s: None, cancel)
        assert script.told == [OrderState.OPEN, OrderState.CANCELLED]
        assert script.handle.state is OrderState.CANCELLED


def test_cancel_all_can_be_of_one_instrument() -> None:
    def order_both(script: Script) -> None:
        script.buy(RB.id, 1, 3400)
        script.buy(IRON.id, 1, 700)

    data = [
        source_of(Record.QUOTE, *QUOTES),
        source_of(Record.QUOTE, quote(1.5, 780, IRON.id), quote(3.5, 780, IRON.id)),
    ]
    seen: list[list[str]] = []
    play(
        lambda s: None,
        order_both,
        lambda s: s.cancel_all("i2701"),
        lambda s: seen.append([order.instrument for order in s.open_orders()]),
        lambda s: seen.append([order.instrument for order in s.open_orders()]),
        data=data,
    )
    assert seen[-1] == [RB.id]


def test_modify_changes_price_and_quantity_of_a_working_order() -> None:
    script, result = play(
        keep(lambda s: s.buy(s.instrument, 1, 3400)),
        lambda s: None,
        lambda s: s.modify(s.handle, quantity=3, price=3501),
    )
    assert script.told == [OrderState.OPEN, OrderState.OPEN, OrderState.FILLED, 3]
    assert result.fills[0].price == 3501


def test_modify_checks_the_new_values_and_refuses_what_is_done() -> None:
    play(
        keep(lambda s: s.buy(s.instrument, 1, 3400)),
        lambda s: None,
        raises(OffTick, "3400.5", lambda s: s.modify(s.handle, price=3400.5)),
        raises(OffLot, "0.5", lambda s: s.modify(s.handle, quantity=0.5)),
        lambda s: s.cancel(s.handle),
        lambda s: None,
        raises(UnknownOrder, "cancelled", lambda s: s.modify(s.handle, price=3401)),
    )


# ---- target


def test_target_brings_the_position_to_a_quantity_and_turns_it() -> None:
    nets: list[Decimal] = []

    def note(script: Script) -> None:
        nets.append(script.position(RB.id).net)

    script, result = play(
        lambda s: s.target(s.instrument, 2),
        lambda s: None,
        lambda s: (note(s), keep(lambda s: s.target(s.instrument, -1))(s)),
        lambda s: None,
        note,
        lambda s: s.told.append(s.target(s.instrument, -1)),
    )
    assert nets == [2, -1]
    assert script.told[-1] is None
    # Closing two and opening one are two orders behind one handle.
    assert [order.request.offset for order in result.orders[1:]] == [
        Offset.CLOSE_TODAY,
        Offset.OPEN,
    ]
    assert (script.handle.filled, script.handle.remaining, script.handle.state) == (
        3,
        0,
        OrderState.FILLED,
    )


def test_target_counts_what_works_already() -> None:
    def order(script: Script) -> None:
        script.buy(script.instrument, 2, 3400)
        script.sell(script.instrument, 1, 3600)
        script.told.append(script.target(script.instrument, 1))
        made = script.target(script.instrument, 3)
        script.told.append(made.quantity if made else None)

    script, _ = play(order)
    assert script.told[:2] == [None, 2]


def test_target_does_not_count_stops_that_nothing_touched() -> None:
    def order(script: Script) -> None:
        script.sell(script.instrument, 2, stop=3400)
        script.buy(script.instrument, 1, 3600, stop=3650)
        script.sell(script.instrument, 1, trail=20)
        made = script.target(script.instrument, 3)
        script.told.append(made.quantity if made else None)

    script, _ = play(order)
    assert script.told[0] == 3


def test_target_refuses_what_is_no_lot() -> None:
    play(raises(OffLot, "0.5", lambda s: s.target(s.instrument, 0.5)))


# ---- subscriptions


class Listener(Strategy):
    """Listens to what it is told to and counts."""

    channels: tuple[str, ...] = ()
    intervals: tuple[str, ...] = ()

    def on_start(self) -> None:
        self.counts: dict[str, int] = {}
        for channel in self.channels:
            getattr(self, channel)(self.instrument)
        for interval in self.intervals:
            self.bars(self.instrument, interval)

    def count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def on_quote(self, quote: Quote) -> None:
        self.count("quote")

    def on_depth(self, depth: Depth) -> None:
        self.count("depth")

    def on_trade(self, trade: Trade) -> None:
        self.count("trade")

    def on_bar(self, bar: Bar) -> None:
        self.count(bar.interval)


DEPTHS = [depth(second) for second in range(1, 130, 10)]
BARS = [bar(minute) for minute in range(1, 13)]
TRADES = [trade(second) for second in range(1, 130, 10)]


@pytest.mark.parametrize(
    ("data", "listens", "counts"),
    [
        (QUOTES, {"channels": ("quotes",)}, {"quote": 7}),
        (DEPTHS, {"channels": ("depth",)}, {"depth": 13}),
        (DEPTHS, {"channels": ("quotes", "depth")}, {"quote": 13, "depth": 13}),
        (TRADES, {"channels": ("trades",)}, {"trade": 13}),
        (DEPTHS, {"intervals": ("1m",)}, {"1m": 2}),
        (QUOTES, {"intervals": ("2s",)}, {"2s": 3}),
        (TRADES, {"intervals": ("1m", "30s")}, {"1m": 2, "30s": 4}),
        (BARS, {"intervals": ("1m", "5m")}, {"1m": 12, "5m": 2}),
        (QUOTES, {"channels": ("quotes", "quotes")}, {"quote": 7}),
    ],
)
def test_subscriptions_bring_what_they_say(
    data: list[MarketData], listens: dict[str, Any], counts: dict[str, int]
) -> None:
    strategy = Listener(**listens)
    result = backtest(strategy, data, catalog=CATALOG)
    assert result.faults == []
    assert strategy.counts == counts


@pytest.mark.parametrize(
    ("data", "listens", "there"),
    [
        (DEPTHS, {"channels": ("trades",)}, "there is bars, depth, quotes"),
        (QUOTES, {"channels": ("depth",)}, "there is bars, quotes"),
        (TRADES, {"channels": ("quotes",)}, "there is bars, trades"),
        (BARS, {"channels": ("quotes",)}, "there is bars:1m"),
        (BARS, {"intervals": ("30s",)}, "there is bars:1m"),
        (BARS, {"intervals": ("90s",)}, "there is bars:1m"),
    ],
)
def test_what_a_source_cannot_serve_is_refused_when_it_is_asked_for(
    data: list[MarketData], listens: dict[str, Any], there: str
) -> None:
    (fault,) = backtest(Listener(**listens), data, catalog=CATALOG).faults
    assert fault.error.startswith("SubscriptionError")
    assert there in fault.error
    assert "test_base.py" in fault.where


def test_an_instrument_without_data_is_refused() -> None:
    play(
        raises(SubscriptionError, "there is no data at all", lambda s: s.quotes("i2701")),
        raises(UnknownInstrument, "nosuch", lambda s: s.quotes("nosuch")),
        raises(ConfigError, "soon", lambda s: s.bars(s.instrument, "soon")),
    )


# ---- state


def test_latest_position_account_and_time_are_there() -> None:
    def look(script: Script) -> None:
        latest = script.latest("rb2701")
        assert latest is not None
        assert latest.ts_recv == script.now == at(1)
        assert script.time == datetime(2026, 9, 15, 1, 0, 1, tzinfo=UTC)
        assert script.position(script.instrument).flat
        assert script.account().available == script.account("CNY").balance == 1_000_000
        assert script.account("USD").balance == 0
        assert script.resolve("SHFE.rb2701") is script.resolve(RB.id)
        assert script.latest("i2701") is None
        script.told.append("looked")

    script, _ = play(look)
    assert script.told == ["looked"]
    assert (script.instrument, script.instruments) == (RB.id, (RB.id,))


def test_before_it_is_started_a_strategy_has_no_market() -> None:
    strategy = Script()
    for call in (
        lambda: strategy.buy(RB.id, 1),
        lambda: strategy.now,
        lambda: strategy.quotes(RB.id),
        lambda: strategy.timer("t", every="1m"),
    ):
        with pytest.raises(StrategyError, match="Script is not started"):
            call()


def test_after_the_end_a_strategy_can_look_but_not_act() -> None:
    script, result = play(keep(lambda s: s.buy(s.instrument, 1)))
    assert script.handle.state is OrderState.FILLED
    assert script.position(RB.id).net == 1
    assert result.positions == [script.position(RB.id)]
    with pytest.raises(StrategyError, match="stopped and cannot place orders"):
        script.sell(RB.id, 1)
    with pytest.raises(StrategyError, match="stopped and cannot subscribe"):
        script.quotes(RB.id)


def test_on_start_may_order_and_on_stop_may_look_and_order() -> None:
    class Ends(Strategy):
        def on_start(self) -> None:
            self.quotes(self.instrument)
            self.first = self.buy(self.instrument, 1, 3501)

        def on_stop(self) -> None:
            self.left = self.position(self.instrument).net
            self.last = self.sell(self.instrument, 1, 3600)

    strategy = Ends()
    result = backtest(strategy, QUOTES, catalog=CATALOG)
    assert strategy.first.state is OrderState.FILLED
    assert strategy.left == 1
    assert strategy.last.state is OrderState.CANCELLED
    assert result.open_orders == []


def test_a_market_order_in_on_start_cannot_be_checked_because_no_price_is_known() -> None:
    class TooEarly(Strategy):
        def on_start(self) -> None:
            self.buy(self.instrument, 1)

    (fault,) = backtest(TooEarly, QUOTES, catalog=CATALOG).faults
    assert "no price of rb2701.SHFE is known yet" in fault.error


def test_a_strategy_may_have_helpers_of_any_name() -> None:
    class Own(Strategy):
        def on_start(self) -> None:
            self.quotes(self.instrument)

        def on_quote(self, quote: Quote) -> None:
            if not self._order(3):
                self.target(self.instrument, 1)

        def _order(self, number: int) -> bool:
            return number > 3

        def _working(self, *_: object) -> str:
            return "all day"

    result = backtest(Own, QUOTES, catalog=CATALOG)
    assert result.faults == []
    assert [fill.quantity for fill in result.fills] == [1]


# ---- parameters


class Tuned(Script):
    """Has parameters."""

    fast: int = 5
    ratio: float = 0.5
    names: list[str] = []


def test_parameters_are_checked_when_they_are_given_and_whenever_they_are_set() -> None:
    tuned = Tuned()
    tuned.fast = 7
    tuned.ratio = 2
    assert (tuned.fast, tuned.ratio, type(tuned.ratio)) == (7, 2.0, float)
    with pytest.raises(ConfigError, match="parameter fast was 'seven'; int is expected"):
        tuned.fast = "seven"  # type: ignore[assignment]
    tuned.anything = "is the strategy's own"  # type: ignore[attr-defined]
    assert tuned.fast == 7


def test_two_strategies_do_not_share_a_default() -> None:
    one, two = Tuned(), Tuned()
    one.names.append("mine")
    assert two.names == Tuned().names == []


def test_a_parameter_set_wrongly_in_a_callback_is_a_fault() -> None:
    class Careless(Strategy):
        size: int = 1

        def on_start(self) -> None:
            self.size = 1.5  # type: ignore[assignment]

    (fault,) = backtest(Careless, QUOTES, catalog=CATALOG).faults
    assert fault.error.startswith("ConfigError: strategy Careless: parameter size was 1.5")


# ---- timers and log


class Timers(Strategy):
    """Writes down its timers in seconds after the open."""

    def on_start(self) -> None:
        self.fired: list[tuple[str, float]] = []
        self.quotes(self.instrument)
        self.set()

    def set(self) -> None:
        """Set what the test is about."""

    def on_timer(self, timer: TimerFired) -> None:
        assert self.now == timer.ts_event
        self.fired.append((timer.name, (self.now - OPEN) / SECOND))


def fired(kind: type[Timers], last: float = 10) -> list[tuple[str, float]]:
    strategy = kind()
    result = backtest(strategy, [quote(1), quote(2.5), quote(last)], catalog=CATALOG)
    assert result.faults == []
    return strategy.fired


def test_a_timer_fires_once_after_or_at_a_time() -> None:
    class Once(Timers):
        def set(self) -> None:
            self.timer("after", after="2s")
            self.timer("at", at=at(2))

    assert fired(Once) == [("at", 2), ("after", 3)]


def test_a_timer_fires_again_and_again_until_it_is_cancelled() -> None:
    class Again(Timers):
        def set(self) -> None:
            self.timer("tick", every="2s")

        def on_timer(self, timer: TimerFired) -> None:
            super().on_timer(timer)
            if len(self.fired) == 3:
                self.cancel_timer("tick")
                self.cancel_timer("never set")

    assert fired(Again, 30) == [("tick", 3), ("tick", 5), ("tick", 7)]


def test_a_repeating_timer_may_begin_when_one_likes() -> None:
    class Later(Timers):
        def set(self) -> None:
            self.timer("first late", every="3s", after="1s")
            self.timer("first at", every="5s", at=at(4))

    assert fired(Later) == [
        ("first late", 2), ("first at", 4), ("first late", 5), ("first late", 8), ("first at", 9),
    ]  # fmt: skip


def test_a_timer_of_the_same_name_takes_the_other_s_place() -> None:
    class Replaced(Timers):
        def set(self) -> None:
            self.timer("one", after="1s")
            self.timer("one", after="4s")

    assert fired(Replaced) == [("one", 5)]


def test_a_timer_for_the_past_fires_at_once() -> None:
    class Past(Timers):
        def set(self) -> None:
            self.timer("gone", at=at(-100))

    assert fired(Past) == [("gone", 1)]


def test_a_timer_needs_a_time() -> None:
    play(
        raises(ConfigError, "needs every=, after= or at=", lambda s: s.timer("empty")),
        raises(ConfigError, "often", lambda s: s.timer("wrong", every="often")),
    )


def test_the_log_has_the_strategy_s_name() -> None:
    lines: list[tuple[str, str]] = []
    play(lambda s: s.log("hello"), logger=lambda source, text: lines.append((source, text)))
    assert lines == [("Script", "hello")]
    play(lambda s: s.log("nobody listens"))


def test_the_example_in_the_docstring_of_the_module_works() -> None:
    class Cross(Strategy):
        fast: int = 20
        slow: int = 60

        def on_start(self) -> None:
            self.bars(self.instrument, "1m")

        def on_bar(self, bar: Bar) -> None:
            self.target(bar.instrument, 1)

    result = backtest(Cross, BARS, catalog=CATALOG)
    assert [fill.quantity for fill in result.fills] == [1]


def test_running_a_strategy_leaves_nothing_on_its_class() -> None:
    play(lambda s: s.buy(s.instrument, 1))
    for cls in (Strategy, Script):
        assert cls._context is None
        assert not hasattr(cls, "instrument")
