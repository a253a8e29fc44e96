"""Request limits and whose turn it is: windows that no venue finds exceeded, and turns worth the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from anyvenue.engine.live.requests.allowance import Allowance, Kind
from anyvenue.engine.live.requests.fair_queue import FairQueue
from anyvenue.model.errors import ConfigError
from anyvenue.model.protocols import RequestLimit


def turns(queue: FairQueue[str], count: int) -> str:
    """Return the flows of the next items, which begin with the flow's letter."""
    taken = ""
    for _ in range(count):
        item = queue.next(lambda _: True)
        if item is None:
            break
        queue.remove(item[0], item, sent=True)
        taken += item[0]
    return taken


def queue_of(*flows: str, cost: dict[str, float] | None = None) -> FairQueue[str]:
    costs = cost or {}
    queue: FairQueue[str] = FairQueue(
        lambda item: costs.get(item[0], 1.0), max(costs.values(), default=1.0)
    )
    for flow in flows:
        for number in range(60):
            queue.add(flow, f"{flow}{number}")
    return queue


def test_a_window_lets_so_many_out_and_says_when_the_next_may_follow() -> None:
    allowance = Allowance([RequestLimit(name="second", count=2)])
    assert allowance.fits("order", 10.0)
    allowance.take("order", 10.0)
    allowance.take("order", 10.3)
    assert not allowance.fits("order", 10.9)
    assert allowance.free_at("order", 10.9) == 11.0
    assert allowance.left(10.9) == {"second": 0}
    assert allowance.fits("order", 11.0)
    assert allowance.left(11.2) == {"second": 1}


def test_what_was_not_sent_is_given_back() -> None:
    allowance = Allowance([RequestLimit(name="second", count=1)])
    allowance.take("order", 1.0)
    allowance.give_back("order")
    assert allowance.fits("order", 1.0)


def test_a_reserve_is_for_cancels_alone_and_a_weight_of_nothing_is_not_limited() -> None:
    reserved = Allowance([RequestLimit(name="second", count=2, reserve=1)])
    reserved.take("order", 1.0)
    assert not reserved.fits("order", 1.0)
    assert reserved.fits("cancel", 1.0)
    orders = Allowance([RequestLimit(name="orders", count=1, cancel=0, modify=0)])
    orders.take("order", 1.0)
    assert orders.fits("cancel", 1.0)
    assert not orders.compete("order", "cancel")


def test_the_tightest_of_several_limits_decides() -> None:
    allowance = Allowance(
        [RequestLimit(name="second", count=5), RequestLimit(name="minute", count=2, seconds=60)]
    )
    allowance.take("order", 0.0)
    allowance.take("order", 1.0)
    assert allowance.free_at("order", 2.0) == 60.0
    assert allowance.cost("order") == 0.5


def test_a_limit_that_lets_nothing_out_is_refused() -> None:
    with pytest.raises(ConfigError, match="request limit second lets some request never out"):
        Allowance([RequestLimit(name="second", count=3, order=4)])
    with pytest.raises(ConfigError, match="of which 2 for cancels"):
        Allowance([RequestLimit(name="second", count=2, reserve=2)])


@given(
    some.lists(some.tuples(some.floats(0, 0.7), some.sampled_from(["order", "cancel", "modify"]))),
    some.integers(1, 6),
    some.sampled_from([0.3, 1.0, 2.5]),
)
def test_no_window_of_the_limits_length_ever_has_more_than_its_count(
    wishes: list[tuple[float, Kind]], count: int, seconds: float
) -> None:
    limit = RequestLimit(name="any", count=count, seconds=seconds, cancel=0.5)
    allowance, now, sent = Allowance([limit]), 0.0, list[tuple[float, float]]()
    for pause, kind in wishes:
        now = max(now + pause, allowance.free_at(kind, now + pause))
        assert allowance.fits(kind, now)
        allowance.take(kind, now)
        sent.append((now, 0.5 if kind == "cancel" else 1.0))
    for begin, _ in sent:
        inside = [weight for at, weight in sent if begin <= at and at < begin + seconds]
        assert sum(inside) <= count + 1e-6


def test_flows_take_turns_however_much_they_have() -> None:
    queue = queue_of("a")
    for flow in "bc":
        queue.add(flow, f"{flow}1")
    assert turns(queue, 6) == "abcaaa"


def test_turns_are_worth_the_same_where_requests_are_not() -> None:
    taken = turns(queue_of("a", "b", cost={"a": 1.0, "b": 5.0}), 48)
    assert taken.count("a") == 40
    assert taken.count("b") == 8


def test_looking_who_is_next_changes_nothing() -> None:
    queue = queue_of("a", "b")
    for _ in range(10):
        assert queue.next(lambda _: True) == "a0"
    assert turns(queue, 4) == "abab"


def test_who_is_not_ready_is_passed_over_and_none_left_out() -> None:
    queue = queue_of("a", "b")
    assert queue.next(lambda item: item.startswith("b")) == "b0"
    assert queue.next(lambda item: False) is None
    queue.remove("a", "a5", sent=False)
    assert queue.waiting("a") == 59
    assert len(list(queue)) == len(queue) == 119
    assert set(turns(queue, 200)) == {"a", "b"}
    assert not queue
