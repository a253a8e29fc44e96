"""What is said of requests when a child dies, when it is started again, and how messages are cut from bytes."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SetLeverage
from anyvenue.model.errors import (
    AuthError,
    ConnectivityError,
    NotSent,
    OffTick,
    OutcomeUnknown,
    VenueError,
    VenueRefused,
)
from anyvenue.model.events import (
    CancelRejected,
    CommandRefused,
    Event,
    MarginTermsChanged,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderModified,
    OrderOutcomeLost,
    OrderRejected,
)
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.runtime.processes.in_flight import InFlight, is_definite
from anyvenue.runtime.processes.messages import (
    Alive,
    FrameReader,
    decode_from_child,
    error_of,
    framed,
)
from anyvenue.runtime.processes.restarts import Restarts
from anyvenue.runtime.processes.spawning import HostOptions
from builders import number
from hosted_drivers import RB, order

A = AccountId("a")
ONE = OrderId(1)


def sent(*commands: Command) -> InFlight:
    flight = InFlight()
    for each in commands:
        flight.sent(each)
    return flight


def test_an_order_without_an_answer_is_lost_and_asked_about_until_it_is_heard_of() -> None:
    flight = sent(order(1), order(2))
    flight.heard(OrderAccepted(A, ONE, 1, 1))
    assert flight.lost(5, "dead") == [OrderOutcomeLost(A, OrderId(2), 5, 5, "dead")]
    assert (len(flight), flight.unsure(A), flight.unsure(AccountId("b"))) == (0, (2,), ())
    flight.heard(OrderCancelled(A, OrderId(2), 6, 6))
    assert flight.unsure(A) == ()


def test_an_order_that_the_driver_itself_lost_is_asked_about_as_well() -> None:
    flight = sent(order(1))
    flight.heard(OrderOutcomeLost(A, ONE, 1, 1))
    assert (len(flight), flight.unsure(A), flight.lost(2, "")) == (0, (1,), [])


CANCEL, CHANGE = CancelOrder(ONE, A, 1), ModifyOrder(ONE, A, 1, number(2))
LEVERAGE = SetLeverage(A, RB, number(5), 1)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (CANCEL, OrderCancelled(A, ONE, 1, 1)),
        (CANCEL, CancelRejected(A, ONE, 1, 1, "no")),
        (CHANGE, OrderModified(A, ONE, 1, 1, number(2), None)),
        (CHANGE, ModifyRejected(A, ONE, 1, 1, "no")),
        (CHANGE, OrderCancelled(A, ONE, 1, 1)),
        (LEVERAGE, MarginTermsChanged(A, RB, 1, 1)),
        (LEVERAGE, CommandRefused(A, RB, 1, 1, "no")),
    ],
)
def test_an_answered_change_is_under_way_no_longer(command: Command, answer: Event) -> None:
    flight = sent(command)
    assert len(flight) == 1
    flight.heard(answer)
    assert len(flight) == 0
    flight.lost(1, "")
    assert flight.given_up(1) == []


def test_changes_without_an_answer_are_given_up_later_and_once() -> None:
    flight = sent(CANCEL, CHANGE, LEVERAGE)
    flight.heard(OrderAccepted(A, ONE, 1, 1))
    assert flight.lost(5, "dead") == []
    given_up = flight.given_up(7)
    assert [type(each) for each in given_up] == [CancelRejected, ModifyRejected, CommandRefused]
    assert {each.code for each in given_up} == {"order.lost"}  # type: ignore[union-attr]
    assert flight.given_up(8) == []


@pytest.mark.parametrize(
    ("error", "definite"),
    [
        (NotSent("x"), True),
        (OffTick("x"), True),
        (VenueRefused("x"), True),
        (OutcomeUnknown("x"), False),
        (ConnectivityError("x"), False),
        (VenueError("x"), False),
    ],
)
def test_only_a_definite_refusal_rejects_an_order(error: VenueError, definite: bool) -> None:
    assert is_definite(error) is definite
    said = InFlight().refused(order(1), error, 3)
    assert isinstance(said, OrderRejected if definite else OrderOutcomeLost)


def test_pauses_double_up_to_the_longest_and_begin_anew_after_a_long_life() -> None:
    restarts = Restarts(HostOptions(crashes=99))
    pauses = []
    for _ in range(7):
        restarts.ended(0.5)
        pauses.append(restarts.pause())
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    restarts.ended(61)
    assert restarts.pause() == 1


def test_quick_crashes_in_a_row_are_hopeless_and_so_is_a_wrong_password() -> None:
    restarts = Restarts(HostOptions(crashes=3))
    restarts.ended(1)
    restarts.ended(100)
    restarts.ended(1)
    restarts.failed(ConnectivityError("away"))
    assert not restarts.hopeless
    restarts.ended(1)
    assert restarts.hopeless
    assert "3 children in a row" in restarts.verdict
    locked = Restarts(HostOptions())
    locked.failed(AuthError("wrong"))
    assert locked.hopeless


@given(st.lists(st.text(max_size=30), max_size=8), st.data())
def test_messages_are_whole_however_the_bytes_are_cut(
    texts: list[str], data: st.DataObject
) -> None:
    stream = b"".join(framed(Alive(text)) for text in texts)
    reader, found = FrameReader(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += list(reader.feed(stream[:size]))
        stream = stream[size:]
    assert [decode_from_child(each) for each in found] == [Alive(text) for text in texts]


def test_what_is_no_message_is_an_error() -> None:
    with pytest.raises(ConnectivityError):
        list(FrameReader().feed(b"\xff\xff\xff\xff"))
    with pytest.raises(msgspec.DecodeError):
        decode_from_child(b"\xc1")


def test_errors_come_over_as_what_they_were() -> None:
    error = error_of("VenueRefused", "closed", "venue.refused")
    assert (type(error), error.text) == (VenueRefused, "closed")
    other = error_of("ZeroDivisionError", "by zero", "")
    assert type(other) is VenueError
    assert "ZeroDivisionError in the driver: by zero" in other.text
