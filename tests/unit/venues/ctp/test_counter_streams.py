"""RESTART, RESUME and QUICK are exact: across sessions, across a crash of the counter, and across the day's end."""

from typing import Any

import pytest
from msgspec.structs import replace
from test_counter_orders import opened, statuses
from trading_counter import MORNING, SECOND, Client, Desk, Notebook, trace

from anyvenue.runtime.journal.memory import MemoryFiles
from anyvenue.venues.ctp.counter.seam import Answer, Reason, Resume, Topic

TODAY = 20260915


def private(answers: list[Answer]) -> list[Answer]:
    """Return the messages of the private stream."""
    return [each for each in answers if each.topic is Topic.PRIVATE]


def busy_morning(desk: Desk, client: Client) -> list[Answer]:
    """Trade a little of everything and return the private stream of it."""
    told = client.insert(OrderRef="1", LimitPrice=3501.0, VolumeTotalOriginal=15)
    desk.depth(3499, 3501)
    told += client.cancel(OrderRef="1")
    told += client.insert(OrderRef="1")  # a repeated reference
    told += client.insert(OrderRef="2", LimitPrice=3400.0)
    told += client.insert(OrderRef="3", ContingentCondition="6", StopPrice=3600.0)
    return private(told)


def same(one: list[Answer], other: list[Answer]) -> bool:
    """Tell whether two streams are equal, every field of every message."""
    return [(each.callback, each.fields, each.error, each.number) for each in one] == [
        (each.callback, each.fields, each.error, each.number) for each in other
    ]


def test_numbers_of_a_stream_rise_by_one_from_one() -> None:
    desk, client = opened()
    told = busy_morning(desk, client)
    assert [each.number for each in told] == list(range(1, len(told) + 1))


def test_a_restart_tells_the_whole_day_again_with_every_field() -> None:
    desk, client = opened()
    told = busy_morning(desk, client)
    late = desk.client("alice", Resume.RESTART)
    assert late.door.answers[0].callback == "OnRspUserLogin"
    assert same(private(late.door.answers), told)


@pytest.mark.parametrize("after", [0, 1, 4, 7])
def test_a_resume_begins_after_the_last_message_a_client_had(after: int) -> None:
    desk, client = opened()
    told = busy_morning(desk, client)
    late = desk.client("alice", Resume.RESUME, after, TODAY)
    assert same(private(late.door.answers), told[after:])


def test_a_resume_of_another_day_begins_at_the_first_message() -> None:
    desk, client = opened()
    told = busy_morning(desk, client)
    late = desk.client("alice", Resume.RESUME, 4, 20260914)
    assert same(private(late.door.answers), told)


def test_quick_tells_what_comes_and_no_subscription_tells_nothing() -> None:
    desk, client = opened()
    told = busy_morning(desk, client)
    quick, deaf = desk.client("alice", Resume.QUICK), desk.client("alice", None)
    assert not private(quick.door.take())
    client.cancel(OrderRef="2")
    assert [each.number for each in quick.door.take()] == [len(told) + 1, len(told) + 2]
    assert not private(deaf.door.answers)


def test_a_counter_that_was_killed_goes_on_with_the_same_numbers_and_fields() -> None:
    files = MemoryFiles()
    desk, client = opened(Desk(files=files))
    told = busy_morning(desk, client)
    again = desk.restart()
    late = again.client("alice", Resume.RESUME, 3, TODAY)
    assert same(private(late.door.take()), told[3:])
    (front, number) = (7, client.session.session_id)
    cancelled = late.cancel(FrontID=front, SessionID=number, OrderRef="2")
    assert [each.number for each in private(cancelled)] == [len(told) + 1, len(told) + 2]
    assert statuses(cancelled)[-1] == ("3", "5", 0, 1)


def test_what_happened_while_the_counter_was_down_is_told_after_it() -> None:
    files = MemoryFiles()
    desk, client = opened(Desk(files=files))
    client.insert(OrderRef="1", LimitPrice=3501.0)
    desk.silence()
    desk.depth(3499, 3501)
    again = desk.restart()
    late = again.client("alice", Resume.RESUME, 2, TODAY)
    assert [each.callback for each in private(late.door.take())] == ["OnRtnOrder", "OnRtnTrade"]


def test_an_order_the_broker_has_and_the_file_lost_comes_back_with_its_own_name() -> None:
    files = MemoryFiles()
    desk, client = opened(Desk(files=files))
    told = client.insert(OrderRef="42", OrderMemo="mine", RequestID=5, LimitPrice=3490.0)
    # The process dies between the exchange's writing and the counter's.
    name = next(name for name in files.data if name.startswith("day-"))
    entries = len(files.data[name])
    files.data[name] = files.data[name][: entries - entries // 3]
    late = desk.restart().client("alice")
    again = private(late.door.take())
    assert statuses(again) == statuses(told)
    for fields in (told[-1].fields, again[-1].fields):
        assert fields is not None
    names = (
        "OrderRef",
        "FrontID",
        "SessionID",
        "OrderMemo",
        "RequestID",
        "OrderSysID",
        "LimitPrice",
    )
    assert [again[-1].fields[each] for each in names] == [told[-1].fields[each] for each in names]  # type: ignore[index]


def test_a_torn_end_of_the_file_is_cut_off() -> None:
    files = MemoryFiles()
    desk, client = opened(Desk(files=files))
    busy_morning(desk, client)
    name = next(name for name in files.data if name.startswith("day-"))
    files.data[name] += b"\x09\0\0\0torn"
    desk.restart()
    assert not files.data[name].endswith(b"torn")


def test_orders_that_came_through_another_door_are_told_too() -> None:
    desk, client = opened()
    request = desk.broker.orders(client.session.account)
    assert not request
    client.insert(OrderRef="1")
    (order,) = desk.broker.orders(client.session.account)
    desk.broker.submit(order.account, replace(order.request, tag=""))
    told = client.door.take()
    assert statuses(told) == [("0", "a", 0, 1), ("3", "3", 0, 1)]
    assert told[0].fields["SessionID"] == 0


def test_the_days_end_cancels_everything_begins_the_streams_anew_and_drops_the_clients() -> None:
    desk, client = opened()
    busy_morning(desk, client)
    client.door.take()
    desk.broker.settle()
    told = client.door.take()
    last = {
        each.fields["OrderRef"]: each.fields["OrderStatus"]
        for each in told
        if each.callback == "OnRtnOrder"
    }
    assert last == {"2": "5", "3": "5"}
    assert client.door.cut_for is Reason.READ
    assert desk.counter.trading_day == 20260916
    tomorrow = desk.client("alice", Resume.RESUME, 5, TODAY)
    assert trace(tomorrow.door.take()) == ["OnRspUserLogin [dialog]"]
    assert tomorrow.ask("ReqQryOrder")[0].fields is None
    desk.broker.pass_time(MORNING + 23 * 1_800 * SECOND)  # 21:30, in the night's trading
    told = tomorrow.insert(OrderRef="1")
    assert [each.number for each in told] == [1, 2]
    assert told[0].fields["TradingDay"] == "20260916"
    assert told[0].fields["InsertDate"] == "20260915"  # Shanghai's night has the calendar's date


def test_the_public_stream_tells_the_phases_of_each_product_again_to_who_asks() -> None:
    desk = Desk()
    door = Notebook()
    session = desk.counter.trader(door, "127.0.0.1:1")
    session.subscribe(Topic.PUBLIC, Resume.RESTART)
    desk.counter.enrol("alice")
    session.request("ReqUserLogin", {"UserID": "alice"}, 1)
    morning = [each.fields for each in door.take()[1:]]
    rb = [row["InstrumentStatus"] for row in morning if row and row["InstrumentID"] == "rb"]
    assert rb[0] == "0"
    assert rb[-1] == "2"
    desk.broker.pass_time(desk.broker.now + 20 * 60 * 1_000_000_000)
    desk.counter.run_due(desk.broker.now)
    told = door.take()
    paused = [row.fields for row in told if row.fields and row.fields["InstrumentID"] == "rb"]
    assert [(row["InstrumentStatus"], row["EnterTime"]) for row in paused] == [("1", "10:15:00")]
    assert [each.number for each in told] == list(
        range(len(morning) + 1, len(morning) + len(told) + 1)
    )


def test_a_stream_is_asked_for_after_the_login_as_well() -> None:
    desk, client = opened()
    told = busy_morning(desk, client)
    late = desk.client("alice", None)
    late.door.take()
    late.session.subscribe(Topic.PRIVATE, Resume.RESTART)
    assert same(private(late.door.take()), told)


def test_a_client_that_has_gone_is_told_nothing_more() -> None:
    desk, client = opened()
    other = desk.client("alice")
    other.session.close()
    other.door.take()
    client.insert()
    assert other.door.take() == []
    fields: dict[str, Any] = {}
    assert other.session.request("ReqQryOrder", fields, 1) == -1
    assert desk.counter.sessions_of(client.session.account) == 1


def test_a_counter_that_closes_drops_its_clients_of_both_kinds() -> None:
    desk, client = opened(Desk(files=MemoryFiles()))
    door = Notebook()
    desk.counter.md(door, "127.0.0.1:1")
    desk.counter.close()
    desk.counter.close()
    assert client.door.cut_for is Reason.READ
    assert door.cut_for is Reason.READ
