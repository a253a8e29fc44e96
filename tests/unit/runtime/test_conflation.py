"""The queue under a flood: small, in order, and what must not be lost is not."""

import threading
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.events import TimePassed
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Depth, Quote, Trade
from anyvenue.runtime.conflation import ConflatingQueue

Item = Quote | Depth | Trade | TimePassed


def quote(number: int, name: str = "a.X") -> Quote:
    return Quote(InstrumentId(name), number, number, 1.0, 2.0, 1.0, 1.0)


def depth(number: int, name: str = "a.X") -> Depth:
    return Depth(InstrumentId(name), number, number, (1.0,), (1.0,), (2.0,), (1.0,))


def trade(number: int, name: str = "a.X") -> Trade:
    return Trade(InstrumentId(name), number, number, 1.0, 1.0)


def all_of(queue: "ConflatingQueue[Item]") -> list[Item]:
    return queue.take(len(queue))


def filled(items: Sequence[Item], limit: int) -> "ConflatingQueue[Item]":
    queue: ConflatingQueue[Item] = ConflatingQueue(limit)
    for each in items:
        queue.append(each)
    return queue


def test_up_to_the_limit_everything_is_kept() -> None:
    items = [quote(number) for number in range(10)]
    queue = filled(items, 10)
    assert all_of(queue) == items
    assert queue.conflated == 0


def test_beyond_the_limit_only_the_latest_of_each_instrument_and_kind_waits() -> None:
    items = [make(number, name) for number in range(4) for name in "ab" for make in (quote, depth)]
    queue = filled(items, 15)
    assert all_of(queue) == items[-4:]
    assert queue.conflated == 12


def test_trades_and_other_events_are_never_dropped() -> None:
    items = [make(number) for number in range(20) for make in (trade, quote)]
    queue = filled([*items, TimePassed(1, 1)], 40)
    trades = [each for each in items if isinstance(each, Trade)]
    assert all_of(queue) == [*trades, quote(19), TimePassed(1, 1)]


def test_a_flood_of_what_cannot_be_dropped_grows_the_queue_and_is_looked_through_seldom() -> None:
    queue = filled([trade(number) for number in range(10_000)], 10)
    assert len(queue) == 10_000
    assert queue._compact_at >= 10_000


def test_an_instrument_that_always_comes_last_has_its_turn_all_the_same() -> None:
    queue: ConflatingQueue[Item] = ConflatingQueue(4)
    seen: dict[str, int] = {}
    for number in range(300):
        for name in "abc":
            queue.append(quote(number, name))
        (event,) = queue.take(1)
        assert isinstance(event, Quote)
        seen[event.instrument] = seen.get(event.instrument, 0) + 1
    assert len(queue) <= 12
    assert min(seen.get(name, 0) for name in "abc") >= 50


@given(
    st.lists(
        st.tuples(st.sampled_from("qdt"), st.sampled_from("abc"), st.integers(0, 3)), max_size=120
    ),
    st.integers(1, 20),
)
def test_what_comes_out_is_what_went_in_without_what_was_replaced(
    flow: list[tuple[str, str, int]], limit: int
) -> None:
    queue: ConflatingQueue[Item] = ConflatingQueue(limit)
    posted: list[Item] = []
    out: list[Item] = []
    makes = {"q": quote, "d": depth, "t": trade}
    for number, (kind, name, taken) in enumerate(flow):
        posted.append(makes[kind](number, name))
        queue.append(posted[-1])
        out += queue.take(taken)
    out += all_of(queue)
    assert [each.ts_recv for each in out] == sorted(each.ts_recv for each in out)
    assert [each for each in out if isinstance(each, Trade)] == [
        each for each in posted if isinstance(each, Trade)
    ]
    latest = {
        (type(each), each.instrument): each for each in posted if not isinstance(each, TimePassed)
    }
    shown = {
        (type(each), each.instrument): each for each in out if not isinstance(each, TimePassed)
    }
    assert shown == latest
    assert len(out) + queue.conflated == len(posted)


def test_threads_that_post_and_compact_while_another_takes_lose_no_trade() -> None:
    queue: ConflatingQueue[Item] = ConflatingQueue(50)
    threads, each = 3, 4_000
    done = threading.Barrier(threads + 1)

    def post(name: str) -> None:
        for number in range(each):
            queue.append(trade(number, name))
            queue.append(quote(number, name))
        done.wait()

    workers = [threading.Thread(target=post, args=(name,)) for name in "abc"]
    for worker in workers:
        worker.start()
    out: list[Item] = []
    while done.n_waiting < threads or len(queue):
        out += queue.take(7)
    done.wait()
    for worker in workers:
        worker.join()
    for name in "abc":
        trades = [x.ts_recv for x in out if isinstance(x, Trade) and x.instrument == name]
        quotes = [x.ts_recv for x in out if isinstance(x, Quote) and x.instrument == name]
        assert trades == list(range(each))
        assert quotes == sorted(quotes)
        assert quotes[-1] == each - 1
    assert len(out) + queue.conflated == threads * each * 2
