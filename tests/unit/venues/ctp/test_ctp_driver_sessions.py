"""A driver's sessions: coming in, being refused, breaks, days, and the pace of queries."""

import asyncio
from itertools import count, pairwise

import pytest
from msgspec.structs import replace

from anyvenue.model.enums import DriverState
from anyvenue.model.errors import (
    AccountError,
    AuthError,
    ConnectivityError,
    NotSent,
    RateLimited,
    SubscriptionError,
    VenueRefused,
)
from anyvenue.model.events import (
    OrderAccepted,
    OrderExpired,
    OrderOutcomeLost,
    VenueStateChanged,
)
from anyvenue.model.market import Depth
from anyvenue.venues.ctp.counter.profile import PasswordRules
from anyvenue.venues.ctp.driver.pacing import Pacer, Urgency
from ctp_counter_library import CounterMd
from ctp_desk import PROFILE, SECOND
from ctp_driving import ALICE, RB, Box, Driving, cancel, driving, order, run

CHANGING = replace(PROFILE, passwords=PasswordRules(change_at_first_login=True))


async def refused(place: Driving) -> Exception:
    with pytest.raises((AuthError, VenueRefused)) as caught:
        await place.driver.open(place.box)
    assert place.driver.state is DriverState.CLOSED
    assert place.library.sessions == {}
    return caught.value


def test_a_driver_authenticates_logs_in_and_confirms_the_settlement() -> None:
    async def main() -> None:
        async with driving() as place:
            names = [name for name, _ in place.library.asked]
            assert names == ["ReqAuthenticate", "ReqUserLogin", "ReqSettlementInfoConfirm"]
            states = [each.state for each in place.box.of(VenueStateChanged)]
            assert states == [
                DriverState.CONNECTING,
                DriverState.AUTHENTICATED,
                DriverState.RECONCILING,
                DriverState.READY,
            ]

    run(main())


@pytest.mark.parametrize(
    ("config", "venue_code", "advice"),
    [
        ({"password": "wrong"}, "3", "check user"),
        ({"auth_code": "wrong"}, "63", "ask the broker"),
        ({"app_id": ""}, "64", "app_id"),
    ],
)
def test_a_refused_login_names_the_venues_code_and_what_to_do(
    config: dict[str, str], venue_code: str, advice: str
) -> None:
    async def main() -> None:
        error = await refused(Driving(**config))
        assert isinstance(error, AuthError)
        assert error.venue_code == venue_code
        assert "CTP:" in error.text
        assert advice in error.text

    run(main())


def test_the_first_logins_password_is_changed_where_a_new_one_is_given() -> None:
    async def main() -> None:
        error = await refused(Driving(CHANGING))
        assert (error.venue_code, "new_password" in error.text) == ("140", True)  # type: ignore[attr-defined]
        async with driving(CHANGING, new_password="better"):
            pass

    run(main())


def test_a_password_that_was_changed_on_another_day_is_found() -> None:
    async def main() -> None:
        place = Driving(CHANGING, new_password="better")
        for _ in range(2):
            await place.driver.open(place.box)
            await place.driver.close()

    run(main())


def test_a_front_that_says_nothing_is_told_as_such() -> None:
    async def main() -> None:
        server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1")
        port = server.sockets[0].getsockname()[1]
        for closed, said in ((False, "did not let us in"), (True, "nobody listens at")):
            if closed:
                server.close()
                await server.wait_closed()
            place = Driving(timeout_s=0.02, trade_front=f"tcp://127.0.0.1:{port}")
            place.library.up = False
            with pytest.raises(ConnectivityError, match=said):
                await place.driver.open(place.box)
            assert place.driver.state is DriverState.CLOSED

    run(main())


def test_after_a_break_the_driver_logs_in_and_subscribes_again() -> None:
    async def main() -> None:
        async with driving() as place:
            place.driver.subscribe(RB, "quotes")
            await place.box.until(lambda: place.box.of(Depth))
            place.library.cut()
            await place.box.until(lambda: place.driver.state is DriverState.DEGRADED)
            place.library.restore()
            await place.box.until(lambda: place.driver.state is DriverState.READY)
            await place.box.until(lambda: place.driver._md_ready)
            seen = len(place.box.of(Depth))
            place.desk.depth(3510, 3512)
            await place.box.until(lambda: len(place.box.of(Depth)) > seen)
            assert place.box.of(Depth)[-1].bid == 3510

    run(main())


def test_lost_quotes_are_told_and_do_not_stop_the_trading() -> None:
    async def main() -> None:
        async with driving() as place:
            [md] = [each for each in place.library.sessions if isinstance(each, CounterMd)]
            md.lose()
            await place.box.until(lambda: "no quotes" in place.box.of(VenueStateChanged)[-1].reason)
            place.driver.submit(order(7))
            await place.box.until(lambda: place.box.of(OrderAccepted))
            md.connect()
            await place.box.until(lambda: "come back" in place.box.of(VenueStateChanged)[-1].reason)
            assert place.driver.state is DriverState.READY

    run(main())


def test_a_password_that_holds_no_more_is_not_tried_twice() -> None:
    async def main() -> None:
        async with driving() as place:
            place.library.cut()
            place.desk.enrol("alice", "another")
            place.library.restore()
            await place.box.until(lambda: place.driver.state is DriverState.CLOSED)
            assert "CTP:" in place.box.of(VenueStateChanged)[-1].reason
            await place.box.until(lambda: not place.library.sessions)
            assert len(place.asked("ReqUserLogin")) == 2

    run(main())


def test_what_was_not_answered_when_the_line_broke_is_lost_and_told_again_after() -> None:
    async def main() -> None:
        async with driving() as place:
            place.library.swallow = "report"
            place.driver.submit(order(7))
            await place.box.until(lambda: place.box.of(OrderAccepted))
            lost, accepted = place.box.of(OrderOutcomeLost, OrderAccepted)
            assert (type(lost), lost.order_id) == (OrderOutcomeLost, 7)
            assert accepted.order_id == 7

    run(main())


def test_a_counter_that_says_nothing_of_an_order_makes_its_outcome_unknown() -> None:
    async def main() -> None:
        async with driving(timeout_s=0.05) as place:
            place.library.deaf = True
            place.driver.submit(order(7))
            await place.box.until(lambda: place.box.of(OrderOutcomeLost))
            place.library.deaf = False
            snapshot = await place.driver.snapshot(ALICE, (0, 0))
            assert [each.order_id for each in snapshot.orders] == [7]

    run(main())


def test_nothing_is_sent_without_a_session() -> None:
    async def main() -> None:
        place = Driving()
        for step in (lambda: place.driver.submit(order(7)), lambda: place.driver.cancel(cancel(7))):
            with pytest.raises(NotSent):
                step()

    run(main())


@pytest.mark.parametrize(
    ("code", "said"), [(-1, NotSent.code), (-2, RateLimited.code), (-3, RateLimited.code)]
)
def test_the_librarys_codes_prove_that_nothing_was_sent(code: int, said: str) -> None:
    async def main() -> None:
        async with driving() as place:
            place.library.codes.append(code)
            with pytest.raises(NotSent) as caught:
                place.driver.submit(order(7))
            assert caught.value.code == said
            place.driver.submit(order(7))
            await place.box.until(lambda: place.box.of(OrderAccepted))

    run(main())


def test_a_new_day_ends_the_orders_of_the_last_one() -> None:
    async def main() -> None:
        async with driving() as place:
            place.driver.submit(order(7))
            await place.box.until(lambda: place.box.of(OrderAccepted))
            place.library.cut()
            broker = place.desk.broker
            broker.pass_time(max(broker.now, broker.exchange.days.due) + SECOND)
            place.desk.depth(3499, 3501)
            place.library.restore()
            await place.box.until(lambda: place.box.of(OrderExpired))
            snapshot = await place.driver.snapshot(ALICE, (20260915, 0))
            assert snapshot.trading_day == 20260916
            assert [each for each in snapshot.orders if not each.done] == []

    run(main())


def test_two_drivers_of_one_account_see_each_others_orders() -> None:
    async def main() -> None:
        async with driving() as place:
            other, box = place.another(), Box()
            await other.open(box)
            place.driver.submit(order(7))
            await box.until(lambda: box.of(OrderAccepted))
            [accepted] = box.of(OrderAccepted)
            assert accepted.order_id > 2**56, "it is nobody's that this driver knows"
            await other.close()

    run(main())


def test_a_driver_serves_its_own_account_only() -> None:
    async def main() -> None:
        async with driving() as place:
            with pytest.raises(AccountError):
                await place.driver.snapshot("bob", (0, 0))  # type: ignore[arg-type]

    run(main())


def test_an_account_without_a_quote_front_trades_and_has_no_quotes() -> None:
    async def main() -> None:
        async with driving(market_front="") as place:
            with pytest.raises(SubscriptionError, match="market_front"):
                place.driver.subscribe(RB, "quotes")
            place.driver.submit(order(7))
            await place.box.until(lambda: place.box.of(OrderAccepted))

    run(main())


def test_queries_go_one_at_a_time_the_urgent_ones_first() -> None:
    async def main() -> None:
        loop, done = asyncio.get_running_loop(), []
        pacer = Pacer(200.0, loop.time)

        async def query(name: str, urgency: Urgency) -> None:
            async with pacer.turn(urgency):
                done.append((name, loop.time()))
                await asyncio.sleep(0)

        wishes = [("first", Urgency.SOON), ("later", Urgency.SOMETIME), ("now", Urgency.NOW)]
        await asyncio.gather(*(query(*each) for each in wishes))
        assert [name for name, _ in done] == ["first", "now", "later"]
        gaps = [later[1] - earlier[1] for earlier, later in pairwise(done)]
        assert min(gaps) >= 0.004

    run(main())


def test_a_query_that_was_too_early_is_asked_again() -> None:
    async def main() -> None:
        profile = replace(PROFILE, queries_per_second=20)
        async with driving(profile) as place:
            ticks = count(step=10_000_000)  # by the counter's clock every query comes too early
            place.desk.counter.wall = lambda: next(ticks)
            snapshot = await place.driver.snapshot(ALICE, (0, 0))
            assert snapshot.balances[0].balance == 1_000_000
            assert len(place.library.asked) > 3 + 3, "some were refused with 90"

    run(main())
