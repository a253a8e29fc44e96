"""The parts of hosting a strategy in a process: what waits, how much is granted, what the mirror shows."""

import socket
import threading
from decimal import Decimal
from typing import Any, ClassVar

import msgspec
import pytest

from anyvenue.engine.strategy_process.answers import answer
from anyvenue.engine.strategy_process.child import _Child, make_class
from anyvenue.engine.strategy_process.messages import (
    Answer,
    Ask,
    Begin,
    Held,
    Leave,
    Line,
    Refused,
    SetTimer,
    Start,
    Told,
    decode_from_strategy,
    decode_to_strategy,
    error_from,
    refusal_of,
)
from anyvenue.engine.strategy_process.mirror import DONE_KEPT, Mirror
from anyvenue.engine.strategy_process.pace import Pace
from anyvenue.engine.strategy_process.waiting import Waiting
from anyvenue.model.enums import OrderState, Side
from anyvenue.model.errors import ConfigError, OffTick, StrategyError, UnknownOrder
from anyvenue.model.events import TimerFired
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, StrategyId
from anyvenue.model.market import Bar, Quote, Trade
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.model.positions import Leg, Position
from anyvenue.runtime.processes.messages import FrameReader, framed, packed
from anyvenue.strategy.base import Strategy
from builders import rebar

RB, IF = InstrumentId("rb2701.SHFE"), InstrumentId("IF2612.CFFEX")
ALICE, S = AccountId("alice"), StrategyId("s")
MS = 1_000_000


def quote(ts: int, instrument: InstrumentId = RB) -> Quote:
    return Quote(instrument, ts, ts, 1.0, 2.0, 1.0, 1.0)


def trade(ts: int) -> Trade:
    return Trade(RB, ts, ts, 1.0, 1.0)


def timer(ts: int, name: str = "look") -> TimerFired:
    return TimerFired(S, name, ts, ts)


def order(number: int, state: OrderState, revision: int, filled: int = 0) -> Order:
    request = OrderRequest(ALICE, RB, Side.BUY, Decimal(2), Decimal(3500), strategy=S)
    return Order(OrderId(number), request, state, filled=Decimal(filled), revision=revision)


def taken(waiting: Waiting) -> list[int]:
    return [waiting.pop()[0] for _ in range(len(waiting))]


# ---- what waits


def test_of_quotes_the_latest_waits_in_the_place_of_the_first() -> None:
    waiting = Waiting()
    for ts, instrument in ((1, RB), (2, IF), (3, RB), (4, RB)):
        waiting.put(ts, quote(ts, instrument), True)
    assert waiting.conflated == 2
    assert taken(waiting) == [4, 2]


def test_a_timer_that_waits_does_not_wait_twice() -> None:
    waiting = Waiting()
    for ts in (1, 2, 3):
        waiting.put(ts, timer(ts), False)
    waiting.put(4, timer(4, "other"), False)
    assert (waiting.conflated, taken(waiting)) == (2, [3, 4])


def test_of_trades_and_bars_the_oldest_go_when_there_are_too_many() -> None:
    waiting = Waiting(most=3)
    waiting.put(0, quote(0), True)
    for ts in range(1, 6):
        waiting.put(ts, trade(ts), True)
    waiting.put(6, Bar(RB, 6, 6, "1m", 0, 1.0, 1.0, 1.0, 1.0, 1.0), True)
    assert waiting.dropped == 3
    assert taken(waiting) == [0, 4, 5, 6]
    for ts in (7, 8, 9):
        waiting.put(ts, trade(ts), True)
    assert (waiting.dropped, taken(waiting)) == (3, [7, 8, 9])


# ---- how much is granted


def test_a_quick_strategy_is_granted_much_and_a_slow_one_little() -> None:
    quick, slow = Pace(), Pace()
    for _ in range(100):
        quick.took(10_000)
        slow.took(5 * MS)
    assert (quick.room, slow.room) == (256, 2)


def test_what_was_granted_is_never_taken_back() -> None:
    pace = Pace()
    pace.took(100 * MS)
    assert (pace.room, pace.grant(), pace.due) == (2, Pace.FIRST, False)
    for _ in range(Pace.FIRST - 2):
        pace.took(100 * MS)
    assert pace.due
    assert pace.grant() == pace.processed + 2


# ---- the mirror


class FakeNode:
    """Answers what it is asked from a table, and keeps what it is told."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, object]] = []
        self.told: list[msgspec.Struct] = []

    def ask(self, what: str, arguments: object, kind: Any) -> Any:
        self.asked.append((what, arguments))
        return self.answers[what]

    def tell(self, message: msgspec.Struct) -> None:
        self.told.append(message)


def mirror_of(**answers: Any) -> tuple[Mirror, FakeNode]:
    node = FakeNode(**answers)
    begin = Begin("m:c", (), {}, S, ALICE, (rebar(),), False, 1.0, 20.0)
    return Mirror(begin, node), node


def test_orders_and_positions_are_known_without_a_question() -> None:
    mirror, node = mirror_of()
    held = Position(ALICE, RB, long_today=Leg(Decimal(2)))
    mirror.start(Start(5, (order(1, OrderState.OPEN, 1),), (held,)))
    assert [each.order_id for each in mirror.open_orders()] == [1]
    assert mirror.order(OrderId(1)).state is OrderState.OPEN
    assert (mirror.position(RB).net, mirror.position(IF).net, mirror.now) == (2, 0, 5)
    assert mirror.resolve(rebar().id) == rebar()
    assert node.asked == []


def test_an_earlier_record_does_not_hide_a_later_one() -> None:
    mirror, _ = mirror_of()
    mirror.put(order(1, OrderState.FILLED, 3, filled=2))
    mirror.put(order(1, OrderState.OPEN, 2))
    assert mirror.order(OrderId(1)).filled == 2
    assert mirror.open_orders() == []


def test_answers_and_positions_change_it_in_their_order() -> None:
    mirror, _ = mirror_of()
    mirror.take(Answer(1, 9, packed(None), (order(4, OrderState.SENT, 1),)))
    mirror.take(Held((Position(ALICE, RB, long_today=Leg(Decimal(1))),)))
    assert (mirror.now, len(mirror.open_orders()), mirror.position(RB).net) == (9, 1, 1)


def test_only_so_many_done_orders_are_remembered() -> None:
    mirror, node = mirror_of(order="asked for")
    mirror.put(order(1, OrderState.OPEN, 1))
    for number in range(2, 2 * DONE_KEPT + 5):
        mirror.put(order(number, OrderState.CANCELLED, 1))
    assert mirror.order(OrderId(1)).state is OrderState.OPEN
    assert mirror.order(OrderId(2 * DONE_KEPT)).done
    assert mirror.order(OrderId(2)) == "asked for"
    assert node.asked == [("order", 2)]


def test_the_latest_price_is_the_one_told_and_else_asked_for() -> None:
    there = quote(7, IF)
    mirror, node = mirror_of(latest=("Quote", packed(there)))
    mirror.see(quote(3))
    seen = mirror.latest(RB)
    assert seen is not None
    assert seen.ts_recv == 3
    assert mirror.latest(IF) == there
    assert node.asked == [("latest", IF)]


def test_an_instrument_is_asked_for_once() -> None:
    mirror, node = mirror_of(resolve=rebar())
    assert mirror.resolve("rb") is mirror.resolve("rb")
    assert node.asked == [("resolve", "rb")]


def test_timers_and_lines_are_told_without_waiting() -> None:
    mirror, node = mirror_of()
    mirror.set_timer("look", -5, 7)
    mirror.cancel_timer("look")
    mirror.log("hello")
    assert node.told == [SetTimer("look", 0, 7), SetTimer("look", -1, 0), Line("hello")]


# ---- the child


class Checks(Strategy):
    """Cancels at the first quote, and keeps what it sees then."""

    seen: ClassVar[list[object]] = []

    def on_quote(self, quote: Quote) -> None:
        self.context.cancel(OrderId(1))
        self.seen.append((len(self.open_orders()), self.context.position(RB).net))

    def on_order(self, order: Order) -> None:
        self.seen.append((order.state, order.filled, self.context.position(RB).net))


def test_an_answer_never_shows_an_order_newer_than_the_position() -> None:
    """A fill that came while the strategy waited for an answer is in both, or `target` would buy twice."""
    (ours, theirs), alarms = socket.socketpair(), list[float]()
    filled = order(1, OrderState.FILLED, 3, filled=2)

    def tell(*messages: msgspec.Struct) -> None:
        ours.sendall(b"".join(map(framed, messages)))

    def node() -> None:
        tell(
            Begin(f"{__name__}:Checks", (), {}, S, ALICE, (rebar(),), False, 60.0, 20.0),
            Start(1, (order(1, OrderState.OPEN, 1),), ()),
            Told("Quote", 2, packed(quote(2))),
        )
        frames, asked = FrameReader(), False
        while not asked:
            for frame in frames.feed(ours.recv(65536)):
                asked |= isinstance(decode_from_strategy(frame), Ask)
        held = Position(ALICE, RB, long_today=Leg(Decimal(2)))
        tell(Held((held,)), Told("Order", 3, packed(filled)), Answer(1, 3, packed(None), (filled,)))
        tell(Held((Position(ALICE, RB),)), Leave())

    Checks.seen.clear()
    with ours, theirs:
        other = threading.Thread(target=node)
        other.start()
        assert _Child(theirs, alarms.append).run() == 0
        other.join()
    assert alarms[-1] == 20.0
    # The callback of the fill comes after, once; the position of then has not gone back.
    assert Checks.seen == [(0, Decimal(2)), (OrderState.FILLED, Decimal(2), Decimal(2))]


# ---- errors over the pipe


def test_an_error_of_the_node_is_raised_with_its_code_and_fields() -> None:
    error = OffTick("3400.5 is between two", below=Decimal(3400), above=Decimal(3401), near=(1, 2))
    message = decode_to_strategy(framed(refusal_of(3, 8, error))[4:])
    assert isinstance(message, Refused)
    raised = error_from(message)
    assert type(raised) is OffTick
    assert (raised.code, raised.text) == (error.code, error.text)
    assert (raised.fields["below"], raised.fields["near"]) == ("3400", [1, 2])


def test_a_mistake_in_the_node_is_said_and_harms_nobody() -> None:
    raised = error_from(refusal_of(1, 1, ZeroDivisionError("oh")))
    assert isinstance(raised, StrategyError)
    assert "the node raised ZeroDivisionError: oh" in raised.text


class FakeHost:
    now = 6

    def order(self, order_id: OrderId) -> Order:
        raise UnknownOrder(f"there is no order {order_id}", order_id=order_id)


@pytest.mark.parametrize(
    ("what", "body", "text"),
    [
        ("order", packed(4711), "there is no order 4711"),
        ("order", packed("x"), "ValidationError"),
        ("dance", packed(None), "asked for 'dance', which this node does not know"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    what: str, body: msgspec.Raw, text: str
) -> None:
    refused = answer(FakeHost(), Ask(1, what, body))  # type: ignore[arg-type]
    assert isinstance(refused, Refused)
    assert text in refused.text


def test_a_strategy_is_named_by_its_class_or_by_what_loads_it() -> None:
    direct = make_class("anyvenue.strategy.library.grid:Grid", ())
    loaded = make_class("anyvenue.app.strategies:load_strategy", ("grid",))
    assert direct is loaded
    with pytest.raises(ConfigError, match=r"there is no strategy .anyvenue\.nowhere:X."):
        make_class("anyvenue.nowhere:X", ())
