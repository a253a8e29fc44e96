"""A driver in a process of its own works like one here, and nothing it does to itself reaches the node."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from anyvenue.model.commands import CancelOrder, ModifyOrder, SetLeverage
from anyvenue.model.enums import DriverState, Side
from anyvenue.model.errors import (
    AuthError,
    ConfigError,
    ConnectivityError,
    NotSent,
    VenueError,
    VenueRefused,
)
from anyvenue.model.events import (
    CancelRejected,
    CommandRefused,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderOutcomeLost,
    OrderRejected,
    VenueStateChanged,
)
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.market import Quote, Trade
from anyvenue.runtime.journal.locking import FolderLock
from anyvenue.runtime.loop import run
from anyvenue.runtime.processes import HostedDriver, HostOptions
from builders import number, rebar
from hosted_drivers import RB, order
from served import Box, served
from served import order as paper_order

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="hosting needs a POSIX system"),
    pytest.mark.long,
]

A = AccountId("a")
QUICK = HostOptions(heartbeat_s=0.1, silent_beats=60, first_pause_s=0.01, longest_pause_s=0.02)
WATCHFUL = replace(QUICK, silent_beats=10)


def hosting(options: HostOptions = QUICK, **config: Any) -> HostedDriver:
    lines: list[str] = []
    driver = HostedDriver("hosted_drivers:echo", config, options=options, on_output=lines.append)
    driver.lines = lines  # type: ignore[attr-defined]
    return driver


def printed(driver: HostedDriver) -> list[str]:
    found: list[str] = driver.lines  # type: ignore[attr-defined]
    return found


@asynccontextmanager
async def opened(
    options: HostOptions = QUICK, **config: Any
) -> AsyncIterator[tuple[HostedDriver, Box]]:
    driver, box = hosting(options, **config), Box()
    try:
        await driver.open(box)
        await box.until(states(DriverState.READY))
        yield driver, box
    finally:
        await driver.close()


def states(state: DriverState, count: int = 1) -> Any:
    return lambda box: (
        len([each for each in box.of(VenueStateChanged) if each.state is state]) >= count
    )


def reasons(box: Box, state: DriverState) -> list[str]:
    return [each.reason for each in box.of(VenueStateChanged) if each.state is state]


# ---- it works like a driver here


def test_it_knows_its_venue_before_it_is_open() -> None:
    driver = hosting(venue="far")
    assert (driver.venue, driver.capabilities.depth_levels) == ("far", 5)
    assert driver.state is DriverState.CLOSED
    run(driver.close())


def test_the_configuration_may_be_bytes() -> None:
    driver = HostedDriver("hosted_drivers:from_bytes", b"north")
    assert driver.venue == "north"
    run(driver.close())


def test_orders_go_out_and_reports_come_in() -> None:
    async def main() -> None:
        async with opened() as (driver, box):
            assert driver.state is DriverState.READY
            driver.submit(order(1))
            await box.until(lambda box: box.of(OrderAccepted))
            driver.cancel(CancelOrder(OrderId(1), A, 1))
            await box.until(lambda box: box.of(OrderCancelled))
            assert driver.in_flight == 0
            assert await driver.instruments() == [rebar()]
            (bar,) = await driver.history(RB, "1m", 5, 65)
            assert (bar.instrument, bar.interval, bar.ts_start, bar.ts_event) == (RB, "1m", 5, 65)
        assert driver.state is DriverState.CLOSED
        assert driver.pid == 0
        await driver.close()

    run(main())


def test_what_a_snapshot_holds_was_posted_and_nothing_newer() -> None:
    async def main() -> None:
        async with opened() as (driver, box):
            for count in (1, 2, 3):
                snapshot = await driver.snapshot(A, (20260727, count))
                assert snapshot.cursor == (20260727, count)
                assert [each.price for each in box.of(Trade)] == [1.0, 2.0] * (count - 1) + [1.0]
                await box.until(lambda box, n=2 * count: len(box.of(Trade)) == n)  # type: ignore[misc]

    run(main())


@pytest.mark.parametrize(
    ("does", "kind"),
    [
        ("not sent", OrderRejected),
        ("refused", OrderRejected),
        ("unclear", OrderOutcomeLost),
        ("bug", OrderOutcomeLost),
    ],
)
def test_only_a_definite_no_of_the_driver_is_a_rejection(does: str, kind: type) -> None:
    async def main() -> None:
        async with opened() as (driver, box):
            driver.submit(order(1, does))
            await box.until(lambda box: box.of(OrderRejected, OrderOutcomeLost))
            assert [type(each) for each in box.of(OrderRejected, OrderOutcomeLost)] == [kind]
            assert driver.in_flight == 0

    run(main())


def test_changes_and_account_commands_that_the_driver_refuses_are_refused_by_events() -> None:
    async def main() -> None:
        async with opened() as (driver, box):
            driver.modify(ModifyOrder(OrderId(1), A, 1, number(2)))
            driver.send(SetLeverage(A, RB, number(5), 1))
            await box.until(lambda box: box.of(ModifyRejected) and box.of(CommandRefused))
            assert box.of(ModifyRejected)[0].reason == "no changes here"
            assert box.of(CommandRefused)[0].reason == "SetLeverage is not known here"
            assert driver.in_flight == 0

    run(main())


def test_what_the_driver_raises_over_a_question_is_raised_here() -> None:
    async def main() -> None:
        async with opened(HostOptions(call_timeout_s=0.2)) as (driver, _):
            with pytest.raises(VenueRefused, match="too many bars"):
                await driver.history(RB, "refused", 0, 1)
            with pytest.raises(ConnectivityError, match="not answered history"):
                await driver.history(RB, "never", 0, 1)

    run(main())


def test_a_request_in_the_venues_own_words_goes_through_and_back_unchanged() -> None:
    async def main() -> None:
        async with opened() as (driver, _):
            rows = await driver.native("ReqQryNotice", {"BrokerID": "9999", "Price": 1.5})
            assert rows == [
                {"BrokerID": "9999", "Price": 1.5, "name": "ReqQryNotice", "bytes": b"\x00\xff"}
            ]
            with pytest.raises(VenueRefused) as refused:
                await driver.native("refused", {})
            assert refused.value.fields == {"venue_code": "31", "venue_text": "资金不足"}
        async with served() as exchange:
            config = {"account": "alice", "password": "secret", "port": exchange.port}
            paper = HostedDriver("hosted_drivers:paper", config, options=QUICK)
            await paper.open(Box())
            with pytest.raises(VenueRefused, match="words of its own"):
                await paper.native("ReqQryNotice", {})
            await paper.close()

    run(main())


def test_a_subscription_that_is_refused_is_said_so() -> None:
    async def main() -> None:
        async with opened() as (driver, box):
            driver.subscribe(RB, "moon")
            await driver.instruments()
            assert printed(driver) == ["SubscriptionError: there is no moon"]
            assert box.of(Quote) == []

    run(main())


def test_quotes_conflate_while_the_node_is_busy_and_the_rest_is_kept(tmp_path: Path) -> None:
    flooded = tmp_path / "flooded"

    async def main() -> None:
        options = HostOptions(silent_beats=100)
        async with opened(options, flooded=str(flooded)) as (driver, box):
            driver.subscribe(RB, "flood")
            await driver.instruments()
            while not flooded.exists():  # the node's loop is held up as long as the flood lasts
                time.sleep(0.01)
            await box.until(lambda box: [each for each in box.of(Trade) if each.price == 3.0])
            quotes = box.of(Quote)
            assert len(quotes) < 150_000
            assert quotes[-1].bid == 199_999.0
            stamps = [each.ts_event for each in quotes]
            assert stamps == sorted(stamps)
            assert driver.restarts == 0

    run(main())


# ---- it does not come up


@pytest.mark.parametrize(
    ("factory", "config", "error", "text"),
    [
        ("hosted_drivers:nothing", {}, ConfigError, "there is no driver 'hosted_drivers:nothing'"),
        ("no_such_module:driver", {}, ConfigError, "there is no driver 'no_such_module:driver'"),
        ("hosted_drivers:echo", {"fails": "make"}, VenueError, "ValueError .* no such front"),
        ("hosted_drivers:echo", {"unheard": 1}, VenueError, "unexpected keyword"),
        ("hosted_drivers:echo", {"fails": "abort"}, ConnectivityError, "by signal 6 .SIGABRT."),
    ],
)
def test_a_driver_that_cannot_be_made_is_an_error_that_says_why(
    factory: str, config: dict[str, object], error: type[Exception], text: str
) -> None:
    driver = HostedDriver(factory, config)
    with pytest.raises(error, match=text):
        _ = driver.venue
    with pytest.raises(error, match=text):
        run(driver.open(Box()))
    run(driver.close())


@pytest.mark.parametrize(
    ("fails", "error", "text"),
    [
        ("connect", ConnectivityError, "no route"),
        ("password", AuthError, "password is wrong"),
        ("open", ConnectivityError, "ended by signal 6 .SIGABRT."),
    ],
)
def test_a_first_opening_that_fails_is_raised_and_leaves_no_process(
    fails: str, error: type[Exception], text: str
) -> None:
    async def main() -> None:
        driver = hosting(fails=fails)
        with pytest.raises(error, match=text):
            await driver.open(Box())
        assert (driver.pid, driver.state) == (0, DriverState.CLOSED)
        with pytest.raises(NotSent):
            driver.submit(order(1))

    run(main())


# ---- it dies


@pytest.mark.parametrize(
    ("does", "text"),
    [
        ("abort", "ended by signal 6 (SIGABRT)"),
        ("segfault", "ended by signal 11 (SIGSEGV)"),
        ("exit", "ended with exit code 7"),
        ("exit quietly", "ended with exit code 0"),
        ("hang", "ended by signal 9 (SIGKILL): it gave no sign of life for 1 s"),
        ("hold the lock", "ended by signal 9 (SIGKILL): it gave no sign of life for 1 s"),
        ("scribble", "could not be read"),
        ("grandchild", "ended with exit code 9"),
    ],
)
def test_a_death_is_survived_told_and_mended(does: str, text: str) -> None:
    async def main() -> None:
        async with opened(WATCHFUL if "no sign" in text else QUICK) as (driver, box):
            first = driver.pid
            driver.submit(order(1))
            await box.until(lambda box: box.of(OrderAccepted))
            driver.submit(order(2, "swallow"))
            driver.submit(order(3, does))
            await box.until(states(DriverState.READY, 2))
            assert [each.order_id for each in box.of(OrderOutcomeLost)] == [2, 3]
            (reason,) = reasons(box, DriverState.DEGRADED)
            assert text in reason
            assert (driver.restarts, driver.state) == (1, DriverState.READY)
            assert driver.pid not in (0, first)
            driver.submit(order(4))
            await box.until(lambda box: [x for x in box.of(OrderAccepted) if x.order_id == 4])

    run(main())


def test_what_crashed_says_where_it_was() -> None:
    async def main() -> None:
        async with opened() as (driver, box):
            driver.submit(order(1, "segfault"))
            await box.until(states(DriverState.READY, 2))
            assert any("Segmentation fault" in line for line in printed(driver))
            assert any("hosted_drivers.py" in line for line in printed(driver))

    run(main())


def test_what_a_driver_prints_is_passed_on_and_harms_nobody() -> None:
    async def main() -> None:
        async with opened() as (driver, box):
            driver.submit(order(1, "print"))
            driver.submit(order(2))
            await box.until(lambda box: len(box.of(OrderAccepted)) == 2)
            async with asyncio.timeout(60):
                while len(printed(driver)) < 2:
                    await driver.instruments()
            assert printed(driver) == ["\x00\x00\x00\x03 to stdout", "from a library"]
            assert driver.restarts == 0

    run(main())


def test_a_driver_that_leaks_descriptors_takes_none_of_the_node_s() -> None:
    async def main() -> None:
        async with opened() as (driver, box):
            before = len(os.listdir("/proc/self/fd"))
            driver.submit(order(1, "leak"))
            await box.until(lambda box: box.of(OrderAccepted))
            assert len(os.listdir("/proc/self/fd")) == before
            assert await driver.instruments()

    run(main())


def test_restarts_leave_no_descriptor_and_no_process_behind() -> None:
    async def main() -> None:
        options = replace(QUICK, crashes=99)
        async with opened(options) as (driver, box):
            before, pids = len(os.listdir("/proc/self/fd")), []
            for count in range(2, 6):
                pids.append(driver.pid)
                driver.submit(order(count, "abort"))
                await box.until(states(DriverState.READY, count))
            assert len(os.listdir("/proc/self/fd")) == before
            for pid in pids:
                with pytest.raises(ProcessLookupError):
                    os.kill(pid, 0)

    run(main())


def test_while_there_is_no_child_nothing_is_sent_and_questions_fail() -> None:
    async def main() -> None:
        async with opened(HostOptions(first_pause_s=60.0)) as (driver, box):
            asked = asyncio.ensure_future(driver.history(RB, "abort", 0, 1))
            with pytest.raises(ConnectivityError, match="process ended"):
                await asked
            with pytest.raises(NotSent):
                driver.submit(order(1))
            with pytest.raises(ConnectivityError):
                await driver.instruments()
            await box.until(states(DriverState.DEGRADED))
            assert box.of(OrderOutcomeLost) == []

    run(main())


def test_a_cancel_that_was_under_way_is_given_up_when_the_next_child_is_there() -> None:
    async def main() -> None:
        async with opened() as (driver, box):
            driver.cancel(CancelOrder(OrderId(1), A, 0))
            driver.submit(order(2, "abort"))
            await box.until(states(DriverState.READY, 2))
            order_of = [type(each) for each in box.events[1:]]
            assert order_of == [
                OrderOutcomeLost,
                VenueStateChanged,
                CancelRejected,
                VenueStateChanged,
            ]
            assert box.of(CancelRejected)[0].code == "order.lost"

    run(main())


def test_the_next_child_has_the_subscriptions_the_place_of_the_last_event_and_the_lost_orders() -> (
    None
):
    async def main() -> None:
        driver, box = hosting(), Box()
        driver.subscribe(RB, "quotes")
        driver.resume(A, 4, (20260727, 40), (OrderId(1), OrderId(9)))
        await driver.open(box)
        await box.until(states(DriverState.READY))
        driver.submit(order(1, "cursor"))  # then accepted: the event at that place
        await box.until(lambda box: box.of(OrderAccepted))
        driver.submit(order(2, "abort"))
        await box.until(states(DriverState.READY, 2))
        first, second = reasons(box, DriverState.READY)
        assert first == "a@4:20260727/40?1?9 rb2701.SHFE/quotes"
        assert second == "a@5:20260727/44?9?2 rb2701.SHFE/quotes"
        await driver.close()

    run(main())


def test_a_driver_that_does_not_post_its_state_is_ready_again_by_an_event() -> None:
    async def main() -> None:
        driver, box = hosting(quiet=True), Box()
        await driver.open(box)
        assert driver.state is DriverState.READY
        driver.submit(order(1, "abort"))
        await box.until(states(DriverState.READY))
        assert driver.state is DriverState.READY
        await driver.close()

    run(main())


def test_one_that_crashes_again_and_again_is_given_up_and_said_so() -> None:
    async def main() -> None:
        options = replace(QUICK, crashes=3)
        async with opened(options) as (driver, box):
            for count in (1, 2, 3):
                await box.until(states(DriverState.READY, count))
                driver.submit(order(count, "abort"))
                await box.until(lambda box, n=count: len(box.of(OrderOutcomeLost)) == n)  # type: ignore[misc]
            await box.until(states(DriverState.CLOSED))
            (reason,) = reasons(box, DriverState.CLOSED)
            assert reason.startswith("given up after 3 children in a row")
            assert "SIGABRT" in reason
            assert (driver.pid, driver.state) == (0, DriverState.CLOSED)
            with pytest.raises(NotSent):
                driver.submit(order(9))

    run(main())


def test_one_that_is_locked_out_after_a_restart_does_not_try_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(once=str(tmp_path / "once")) as (driver, box):
            driver.submit(order(1, "abort"))
            await box.until(states(DriverState.CLOSED))
            assert "locked out" in reasons(box, DriverState.CLOSED)[0]

    run(main())


def test_a_close_in_the_middle_of_a_restart_leaves_no_process() -> None:
    async def main() -> None:
        driver, box = hosting(), Box()
        await driver.open(box)
        driver.submit(order(1, "abort"))
        await box.until(states(DriverState.DEGRADED))
        async with asyncio.timeout(60):
            while not driver.pid:
                await asyncio.sleep(0)
        pid = driver.pid
        await driver.close()
        assert driver.pid == 0
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            pytest.fail("the new child is still there")

    run(main())


# ---- what a child has of the node


def test_a_child_inherits_no_lock_of_the_journal(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)

    async def main() -> None:
        async with opened() as (driver, _):
            fds = Path(f"/proc/{driver.pid}/fd")
            targets = [os.readlink(each) for each in fds.iterdir()]
            assert not [each for each in targets if each.startswith(str(tmp_path))]

    run(main())
    lock.release()


def test_a_child_goes_when_the_node_is_gone_and_does_not_hear_ctrl_c() -> None:
    driver = hosting()
    assert driver.venue == "echo"
    pid = driver.pid
    assert os.getsid(pid) != os.getsid(0)
    os.kill(pid, signal.SIGINT)
    link = driver._link
    assert link is not None
    assert link._socket is not None
    link._socket.close()
    assert link.reap(5.0) == "with exit code 0"


# ---- with a real driver


def test_the_driver_of_a_served_exchange_survives_its_process() -> None:
    async def main() -> None:
        async with served() as exchange:
            config = {"account": "alice", "password": "secret", "port": exchange.port}
            given = {"venue": "paper", "known_as": "paper", "settings": config}
            driver = HostedDriver("anyvenue.venues.registry:driver_from", given, options=QUICK)
            box = Box()
            try:
                await driver.open(box)
                driver.submit(paper_order("alice", 1, Side.BUY, 3300))
                await box.until(lambda box: box.of(OrderAccepted))
                os.kill(driver.pid, signal.SIGKILL)
                await box.until(states(DriverState.READY, 2))
                snapshot = await driver.snapshot(AccountId("alice"), (0, 0))
                assert [each.order_id for each in snapshot.orders] == [1]
                driver.cancel(CancelOrder(OrderId(1), AccountId("alice"), 1))
                await box.until(lambda box: box.of(OrderCancelled))
                assert len(box.of(OrderAccepted)) == 1
            finally:
                await driver.close()  # the exchange waits for those who are connected

    run(main())
