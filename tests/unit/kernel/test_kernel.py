"""The kernel: who is called, in which order, at what time; what happens when somebody raises."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from anyvenue.kernel.kernel import FAR, Kernel
from anyvenue.model.enums import InstrumentStatus, Side
from anyvenue.model.events import Deposited, TimePassed, TimerFired, Withdrawn
from anyvenue.model.ids import AccountId, StrategyId
from anyvenue.model.market import BookDelta, FundingRate, Quote, Status, Trade
from builders import quote, rebar, trade

RB = rebar()
ME = StrategyId("me")


def tick(ts: int, price: float = 100.0) -> Quote:
    """Return a quote at `ts`."""
    return quote(RB, ts, price, price + 1)


def money(ts: int) -> Deposited:
    """Return an event that is not market data."""
    return Deposited(AccountId("a"), "CNY", 1, ts, ts)  # type: ignore[arg-type]


class Listener:
    """Writes down what it is given, with the kernel's time."""

    def __init__(self, kernel: Kernel, log: list[Any], name: str, fails: bool = False) -> None:
        self.kernel, self.log, self.name, self.fails = kernel, log, name, fails

    def hear(self, event: Any) -> None:
        """Write the event down and perhaps raise."""
        self.log.append((self.name, self.kernel.now))
        if self.fails:
            raise ValueError(self.name)


class Alarm:
    """A waker that is due at given times."""

    def __init__(self, kernel: Kernel, log: list[Any], name: str, *times: int) -> None:
        self.kernel, self.log, self.name, self.times = kernel, log, name, list(times)

    @property
    def due(self) -> int:
        """The next of its times."""
        return self.times[0] if self.times else FAR

    def run(self) -> None:
        """Write down that it woke."""
        self.log.append((self.name, self.times.pop(0)))


@pytest.fixture
def kernel() -> Kernel:
    """Return a kernel at time 0."""
    return Kernel()


@pytest.fixture
def log() -> list[Any]:
    """Return an empty list for listeners."""
    return []


class TestHandlers:
    def test_they_are_called_in_the_order_of_plugging_in(
        self, kernel: Kernel, log: list[Any]
    ) -> None:
        for name in ("one", "two", "three"):
            kernel.on_market(Quote, RB.id, Listener(kernel, log, name).hear)
        kernel.process(tick(5))
        assert log == [("one", 5), ("two", 5), ("three", 5)]

    def test_first_handlers_come_before_all_others_and_before_the_latest_changes(
        self, kernel: Kernel, log: list[Any]
    ) -> None:
        kernel.on_market(Quote, RB.id, lambda event: log.append(kernel.latest[RB.id].ts_recv))
        kernel.on_first(RB.id, lambda event: log.append(kernel.latest.get(RB.id)))
        kernel.process(tick(5))
        assert log == [None, 5]

    def test_a_handler_plugged_in_twice_is_called_once(
        self, kernel: Kernel, log: list[Any]
    ) -> None:
        hear = Listener(kernel, log, "one").hear
        kernel.on_market(Quote, RB.id, hear)
        kernel.on_market(Quote, RB.id, hear)
        kernel.on_first(RB.id, hear)
        kernel.on_first(RB.id, hear)
        kernel.process(tick(5))
        assert len(log) == 2

    def test_only_its_own_kind_and_instrument_reach_a_handler(
        self, kernel: Kernel, log: list[Any]
    ) -> None:
        kernel.on_market(Trade, RB.id, Listener(kernel, log, "trades").hear)
        kernel.on(Withdrawn, Listener(kernel, log, "withdrawals").hear)
        kernel.process(tick(5))
        kernel.process(money(6))
        assert log == []
        kernel.process(trade(RB, 7, 100.0, 1.0))
        assert log == [("trades", 7)]

    def test_an_unplugged_handler_is_left_alone(self, kernel: Kernel, log: list[Any]) -> None:
        hear = Listener(kernel, log, "one").hear
        kernel.on_market(Quote, RB.id, hear)
        kernel.on_first(RB.id, hear)
        kernel.off_market(Quote, RB.id, hear)
        kernel.off_first(RB.id, hear)
        kernel.off_first(RB.id, hear)  # once more does nothing
        kernel.process(tick(5))
        assert log == []

    def test_a_handler_may_unplug_itself_while_it_is_called(
        self, kernel: Kernel, log: list[Any]
    ) -> None:
        def once(event: Quote) -> None:
            log.append(event.ts_recv)
            kernel.off_market(Quote, RB.id, once)

        kernel.on_market(Quote, RB.id, once)
        kernel.on_market(Quote, RB.id, Listener(kernel, log, "other").hear)
        kernel.run([tick(5), tick(6)])
        assert log == [5, ("other", 5), ("other", 6)]


class TestFailures:
    def test_the_others_are_served_and_the_failure_is_reported(
        self, kernel: Kernel, log: list[Any]
    ) -> None:
        failures: list[tuple[Callable[[Any], None], Any, str]] = []
        kernel.on_failure = lambda handler, event, error: failures.append(
            (handler, event, str(error))
        )
        bad = Listener(kernel, log, "bad", fails=True)
        good = Listener(kernel, log, "good")
        for listener in (bad, good):
            kernel.on_market(Quote, RB.id, listener.hear)
            kernel.on(Deposited, listener.hear)
        kernel.process(tick(5))
        kernel.process(money(6))
        assert log == [("bad", 5), ("good", 5), ("bad", 6), ("good", 6)]
        assert [(handler, type(event), text) for handler, event, text in failures] == [
            (bad.hear, Quote, "bad"),
            (bad.hear, Deposited, "bad"),
        ]

    def test_without_a_reporter_it_is_raised(self, kernel: Kernel, log: list[Any]) -> None:
        kernel.on_market(Quote, RB.id, Listener(kernel, log, "bad", fails=True).hear)
        with pytest.raises(ValueError, match="bad"):
            kernel.process(tick(5))
        assert kernel.sequence == 1


class TestTime:
    def test_time_is_that_of_the_event_in_hand(self, kernel: Kernel, log: list[Any]) -> None:
        kernel.on_market(Quote, RB.id, Listener(kernel, log, "one").hear)
        kernel.run([tick(5), tick(5), tick(9)])
        assert [ts for _, ts in log] == [5, 5, 9]
        assert kernel.sequence == 3

    def test_a_price_of_a_venue_whose_clock_is_behind_does_not_take_time_back(
        self, kernel: Kernel
    ) -> None:
        seen: list[tuple[int, int]] = []
        kernel.on_market(Quote, RB.id, lambda event: seen.append((kernel.now, event.ts_recv)))
        kernel.run([tick(100), tick(40), tick(101)])
        assert seen == [(100, 100), (100, 40), (101, 101)]

    def test_an_event_of_the_past_does_not_take_time_back(self, kernel: Kernel) -> None:
        kernel.process(money(9))
        kernel.process(money(5))
        assert kernel.now == 9

    def test_wakers_act_before_the_event_that_carries_time_past_them(
        self, kernel: Kernel, log: list[Any]
    ) -> None:
        kernel.add_waker(Alarm(kernel, log, "late", 7, 20))
        kernel.add_waker(Alarm(kernel, log, "early", 3, 8))
        kernel.on_market(Quote, RB.id, Listener(kernel, log, "tick").hear)
        kernel.run([tick(1), tick(8), tick(9)])
        assert log == [
            ("tick", 1),
            ("early", 3),
            ("late", 7),
            ("early", 8),
            ("tick", 8),
            ("tick", 9),
        ]

    def test_at_one_time_wakers_act_in_the_order_of_plugging_in_the_first_one_first(
        self, kernel: Kernel, log: list[Any]
    ) -> None:
        kernel.add_waker(Alarm(kernel, log, "two", 5))
        kernel.add_waker(Alarm(kernel, log, "watcher", 5), watcher=True)
        kernel.add_waker(Alarm(kernel, log, "three", 5))
        kernel.add_waker(Alarm(kernel, log, "one", 5), first=True)
        kernel.process(tick(5))
        assert [name for name, _ in log] == ["one", "two", "three", "watcher"]

    def test_a_watcher_is_nothing_that_happens(self, kernel: Kernel, log: list[Any]) -> None:
        kernel.add_waker(Alarm(kernel, log, "watcher", 5), watcher=True)
        assert kernel.due == FAR
        kernel.step(10)
        assert log == []

    def test_a_step_does_one_thing(self, kernel: Kernel, log: list[Any]) -> None:
        kernel.add_waker(Alarm(kernel, log, "alarm", 3, 4))
        kernel.step(10)
        assert log == [("alarm", 3)]
        kernel.step(3)
        assert len(log) == 1

    def test_a_waker_that_becomes_due_earlier_says_so(self, kernel: Kernel, log: list[Any]) -> None:
        alarm = Alarm(kernel, log, "alarm", 100)
        kernel.add_waker(alarm)
        kernel.process(tick(1))
        alarm.times.insert(0, 5)
        kernel.wake_at(5)
        kernel.process(tick(6))
        assert log == [("alarm", 5)]

    def test_passing_time_alone_wakes(self, kernel: Kernel, log: list[Any]) -> None:
        kernel.add_waker(Alarm(kernel, log, "alarm", 5))
        kernel.process(TimePassed(6, 6))
        assert log == [("alarm", 5)]
        assert kernel.now == 6


class TestDeliver:
    def test_nothing_else_happens_in_between(self, kernel: Kernel, log: list[Any]) -> None:
        kernel.add_waker(Alarm(kernel, log, "alarm", 5))
        kernel.on(Deposited, Listener(kernel, log, "money").hear)
        kernel.on_market(Quote, RB.id, Listener(kernel, log, "tick").hear)
        kernel.deliver([money(9), tick(9), money(9)])
        assert log == [("money", 9), ("tick", 9), ("money", 9)]
        kernel.process(tick(9))
        assert log[3:] == [("alarm", 5), ("tick", 9)]

    def test_what_a_waker_delivers_comes_before_the_next_waker(
        self, kernel: Kernel, log: list[Any]
    ) -> None:
        class Exchange(Alarm):
            def run(self) -> None:
                at = self.times.pop(0)
                self.kernel.deliver([money(at)])

        kernel.on(Deposited, Listener(kernel, log, "money").hear)
        kernel.add_waker(Exchange(kernel, log, "exchange", 4, 6))
        kernel.add_waker(Alarm(kernel, log, "alarm", 4, 5))
        kernel.process(tick(7))
        assert log == [("money", 4), ("alarm", 4), ("alarm", 5), ("money", 6)]


class TestTimers:
    def heard(self, kernel: Kernel) -> list[tuple[str, int]]:
        """Return the list that fired timers are written to."""
        fired: list[tuple[str, int]] = []
        kernel.on(TimerFired, lambda timer: fired.append((timer.name, kernel.now)))
        return fired

    def test_a_timer_fires_before_an_event_of_the_same_time(self, kernel: Kernel) -> None:
        order: list[str] = []
        kernel.on(TimerFired, lambda timer: order.append("timer"))
        kernel.on_market(Quote, RB.id, lambda event: order.append("tick"))
        kernel.set_timer(ME, "a", 5)
        kernel.process(tick(5))
        assert order == ["timer", "tick"]

    def test_timers_fire_by_time_then_by_when_they_were_set(self, kernel: Kernel) -> None:
        fired = self.heard(kernel)
        for name, at in (("late", 9), ("b", 5), ("a", 5)):
            kernel.set_timer(ME, name, at)
        kernel.process(tick(10))
        assert fired == [("b", 5), ("a", 5), ("late", 9)]

    def test_a_repeating_timer_goes_on_until_it_is_cancelled(self, kernel: Kernel) -> None:
        fired = self.heard(kernel)
        kernel.set_timer(ME, "a", 5, every=10)
        kernel.process(tick(26))
        assert fired == [("a", 5), ("a", 15), ("a", 25)]
        kernel.cancel_timer(ME, "a")
        kernel.process(tick(60))
        assert len(fired) == 3
        assert kernel.due == FAR

    def test_setting_it_again_replaces_it(self, kernel: Kernel) -> None:
        fired = self.heard(kernel)
        kernel.set_timer(ME, "a", 5)
        kernel.set_timer(ME, "a", 8)
        kernel.process(tick(10))
        assert fired == [("a", 8)]

    def test_the_same_name_of_another_strategy_is_another_timer(self, kernel: Kernel) -> None:
        fired = self.heard(kernel)
        kernel.set_timer(ME, "a", 5)
        kernel.set_timer(StrategyId("you"), "a", 6)
        kernel.cancel_timer(ME, "a")
        kernel.process(tick(10))
        assert fired == [("a", 6)]

    def test_one_set_in_the_past_fires_now(self, kernel: Kernel) -> None:
        fired = self.heard(kernel)
        kernel.process(tick(100))
        kernel.set_timer(ME, "a", 5)
        kernel.process(tick(101))
        assert fired == [("a", 100)]

    def test_a_repeating_one_set_in_the_past_fires_once_and_goes_on_in_step(
        self, kernel: Kernel
    ) -> None:
        fired = self.heard(kernel)
        kernel.process(tick(1_000_000))
        kernel.set_timer(ME, "a", 5, every=10)
        kernel.process(tick(1_000_012))
        assert fired == [("a", 1_000_000), ("a", 1_000_005)]

    def test_a_timer_may_set_and_cancel_timers(self, kernel: Kernel) -> None:
        fired = self.heard(kernel)

        def chain(timer: TimerFired) -> None:
            if timer.name == "a":
                kernel.set_timer(ME, "b", timer.ts_event + 1)
                kernel.cancel_timer(ME, "c")

        kernel.on(TimerFired, chain)
        kernel.set_timer(ME, "a", 5)
        kernel.set_timer(ME, "c", 6)
        kernel.process(tick(10))
        assert fired == [("a", 5), ("b", 6)]

    def test_cancelling_one_that_is_not_set_does_nothing(self, kernel: Kernel) -> None:
        kernel.cancel_timer(ME, "nothing")
        assert kernel.due == FAR


def test_only_what_tells_a_price_is_the_latest_of_its_instrument(kernel: Kernel) -> None:
    price = tick(1)
    kernel.process(price)
    heard: list[Any] = []
    kernel.on_market(Status, RB.id, heard.append)
    others = (
        FundingRate(RB.id, 2, 2, Decimal("0.0001"), 3600, 2),
        Status(RB.id, 3, 3, InstrumentStatus.HALTED),
        BookDelta(RB.id, 4, 4, Side.BUY, 100.0, 1.0, 1),
    )
    for event in others:
        kernel.process(event)
    assert kernel.latest[RB.id] is price
    assert heard == [others[1]]
