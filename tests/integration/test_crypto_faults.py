"""What goes wrong between a driver and a crypto venue: orders are as the venue said, or unknown, never double."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import pytest

import backpack_served
import binance_served
import okx_served
from anyvenue.model.enums import DriverState, Side
from anyvenue.model.errors import AuthError, RateLimited
from anyvenue.model.events import (
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderOutcomeLost,
    OrderRejected,
)
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Depth
from anyvenue.model.orders import DONE_STATES, Order
from anyvenue.venues.backpack.config import BackpackConfig
from anyvenue.venues.backpack.driver import BackpackDriver
from anyvenue.venues.binance.config import BinanceConfig
from anyvenue.venues.binance.driver import BinanceDriver
from anyvenue.venues.okx.config import OkxConfig
from anyvenue.venues.okx.driver import OkxDriver
from anyvenue.venues.okx.server.terms import OkxTerms
from anyvenue.venues.tracking.driver import AccountDriver
from driver_desk import ACCOUNT, PATIENCE_S, Desk
from faulty_wire import Bend, FaultyWire, each_twice, losing, swapped
from wire_served import ALICE, MAKER, Stall

pytestmark = pytest.mark.long
_WINDOW_MS = 5000
_SHORT_WINDOW_MS = 1500
HOUR_NS = 3_600_000_000_000
_LEVELS = 5


class Venue(NamedTuple):
    """A venue's words: where orders are placed by REST, and what a change of the book and of an order are known by."""

    booth: Callable[[], AbstractAsyncContextManager[Stall]]
    driver: Callable[..., AccountDriver]
    name: InstrumentId
    middle: int
    placing: str
    book: tuple[str, ...]
    order: tuple[str, ...]
    maintenance: tuple[int, str]
    too_many: str
    taken: str
    window: str = "receive_window_ms"


def _binance(port: int, market: str, **changes: Any) -> BinanceDriver:
    root, api = f"127.0.0.1:{port}", "ws-api/v3" if market == "spot" else "ws-fapi/v1"
    given = {
        "api_key": binance_served.KEY.api_key,
        "secret": binance_served.KEY.secret,
        "market": market,
        "order_entry": "rest",
        "rest_url": f"http://{root}",
        "stream_url": f"ws://{root}",
        "api_url": f"ws://{root}/{api}",
    }
    return BinanceDriver(BinanceConfig(**{**given, **changes}), account=ACCOUNT)


def _okx(port: int, **changes: Any) -> OkxDriver:
    root, key = f"127.0.0.1:{port}", okx_served.KEY
    given = {
        "api_key": key.api_key,
        "secret": key.secret,
        "passphrase": key.passphrase,
        "order_entry": "rest",
        "rest_url": f"http://{root}",
        "stream_url": f"ws://{root}",
    }
    return OkxDriver(OkxConfig(**{**given, **changes}), account=ACCOUNT)


def _backpack(port: int, **changes: Any) -> BackpackDriver:
    root, key = f"127.0.0.1:{port}", backpack_served.KEY
    given = {
        "api_key": key.api_key,
        "secret": key.secret,
        "rest_url": f"http://{root}",
        "stream_url": f"ws://{root}",
    }
    return BackpackDriver(BackpackConfig(**{**given, **changes}), account=ACCOUNT)


_BUSY = '{"code":-1008,"msg":"Server is currently overloaded with other requests."}'
_MANY = '{"code":-1003,"msg":"Too many requests."}'
VENUES = {
    "binance spot": Venue(
        booth=binance_served.booth,
        driver=lambda port, **changes: _binance(port, "spot", **changes),
        name=binance_served.SPOT,
        middle=95_000,
        placing="POST /api/v3/order",
        book=("depthUpdate",),
        order=("executionReport",),
        maintenance=(503, _BUSY),
        too_many=_MANY,
        taken='"X":"NEW"',
    ),
    "binance usdm": Venue(
        booth=binance_served.booth,
        driver=lambda port, **changes: _binance(port, "usdm", **changes),
        name=binance_served.PERP,
        middle=95_000,
        placing="POST /fapi/v1/order",
        book=("depthUpdate",),
        order=("ORDER_TRADE_UPDATE",),
        maintenance=(503, _BUSY),
        too_many=_MANY,
        taken='"X":"NEW"',
    ),
    "okx": Venue(
        booth=okx_served.booth,
        driver=_okx,
        name=okx_served.PERP,
        middle=95_000,
        placing="POST /api/v5/trade/order",
        book=('"channel":"books"', '"update"'),
        order=('"channel":"orders"', '"data"'),
        maintenance=(503, '{"code":"50001","data":[],"msg":"Service temporarily unavailable."}'),
        too_many='{"code":"50011","data":[],"msg":"Too Many Requests"}',
        taken='"state":"live"',
        window="order_window_ms",
    ),
    "backpack": Venue(
        booth=backpack_served.booth,
        driver=_backpack,
        name=backpack_served.PERP,
        middle=150,
        placing="POST /api/v1/order",
        book=('"e":"depth"',),
        order=("account.orderUpdate",),
        maintenance=(503, '{"code":"MAINTENANCE","message":"Under maintenance"}'),
        too_many='{"code":"TOO_MANY_REQUESTS","message":"Too many requests"}',
        taken='"X":"New"',
    ),
}


class Place(Desk):
    """A driver whose every byte goes by a wire that can do wrong."""

    def __init__(self, booth: Stall, venue: Venue, wire: FaultyWire, window_ms: int) -> None:
        driver = venue.driver(wire.port, backoff_s=0.02, **{venue.window: window_ms})
        super().__init__(booth, driver, venue.name)
        self.venue, self.wire = venue, wire
        self.bids = [f"{venue.middle - 4 + each / 10:.1f}" for each in range(20)]
        """Prices above all other bids, rising, below all offers."""
        self.size = "0.01"

    def at_venue(self) -> list[Order]:
        """Return the orders of the account as the exchange has them."""
        return self.booth.exchange.orders(ALICE)

    @property
    def ready(self) -> bool:
        """Whether the driver is at work."""
        return bool(self.driver.state is DriverState.READY)

    def shown(self) -> Depth:
        """Return the book as the exchange shows it."""
        found = self.booth.exchange.quote(self.name)
        assert isinstance(found, Depth)
        return found

    def same_book(self) -> bool:
        """Tell whether the driver's book is the exchange's."""
        told, shown = self.of(Depth), self.shown()
        return bool(told) and _best(told[-1]) == _best(shown)

    async def move_book(self, times: int = 8) -> None:
        """Let levels come, one after the other, each told on its own."""
        for number in range(times):
            told = self._changes_told()
            price = self.venue.middle - 4 + number % 3
            self.booth.order(self.name, Side.BUY, price, "0.1", MAKER)
            await self.until(lambda: self._changes_told() > told)  # noqa: B023

    def _changes_told(self) -> int:
        return sum(self.venue.book[0] in text for text in self.wire.texts)


def _best(depth: Depth) -> list[tuple[float, ...]]:
    sides = (depth.bid_prices, depth.bid_sizes, depth.ask_prices, depth.ask_sizes)
    return [tuple(round(each, 6) for each in side[:_LEVELS] if each == each) for side in sides]


@asynccontextmanager
async def place(venue: Venue, window_ms: int = _WINDOW_MS) -> AsyncIterator[Place]:
    """Trade at a venue, by a wire; requests are good for so long."""
    wire = FaultyWire()
    async with venue.booth() as booth:
        booth.make_market(venue.name, venue.middle)
        await wire.start(booth.port)
        found = Place(booth, venue, wire, window_ms)
        try:
            await found.driver.open(found)
            yield found
        finally:
            await found.driver.close()
            await wire.stop()


def at_each(story: Callable[[Place], Awaitable[None]]) -> Callable[[str], None]:
    """Make a test of a story that is told at every venue."""

    @pytest.mark.parametrize("venue", VENUES)
    def test(venue: str) -> None:
        async def tell() -> None:
            async with place(VENUES[venue]) as at:
                await story(at)

        asyncio.run(tell())

    return test


# ---- placing


@at_each
async def test_an_order_that_was_taken_though_the_answer_was_5xx_is_unknown_and_then_found(
    at: Place,
) -> None:
    at.wire.bend = losing(*at.venue.order, times=100)  # nor does the stream tell
    at.wire.befall(at.venue.placing, 502, "<html>Bad gateway</html>", done=True)
    order_id = at.submit(Side.BUY, at.size, at.bids[0])
    await at.until(lambda: at.of(OrderAccepted, order_id))
    assert len(at.of(OrderOutcomeLost, order_id)) == 1
    assert len(at.at_venue()) == 1
    assert not at.of(OrderRejected)


@pytest.mark.parametrize("venue", VENUES)
def test_an_order_that_was_never_taken_is_unknown_until_its_time_is_over(venue: str) -> None:
    async def tell() -> None:
        async with place(VENUES[venue], _SHORT_WINDOW_MS) as at:
            at.wire.befall(at.venue.placing, 502, "<html>Bad gateway</html>")
            order_id = at.submit(Side.BUY, at.size, at.bids[0])
            await at.until(lambda: at.of(OrderRejected, order_id))
            assert len(at.of(OrderOutcomeLost, order_id)) == 1
            assert at.of(OrderRejected)[0].code == "order.not_received"
            assert at.at_venue() == []
            assert at.wire.asked.count(at.venue.placing) == 1

    asyncio.run(tell())


@at_each
async def test_an_order_whose_answer_was_lost_on_the_way_is_never_sent_twice(at: Place) -> None:
    at.wire.bend = losing(*at.venue.order, times=100)
    at.wire.befall(at.venue.placing, done=True)
    order_id = at.submit(Side.BUY, at.size, at.bids[0])
    await at.until(lambda: at.of(OrderAccepted, order_id))
    assert at.wire.asked.count(at.venue.placing) == 1
    assert len(at.at_venue()) == 1
    at.wire.bend = None
    at.cancel(order_id)
    await at.until(lambda: at.of(OrderCancelled, order_id))


@at_each
async def test_an_order_that_is_filled_before_its_lost_answer_is_asked_for_is_filled_once(
    at: Place,
) -> None:
    at.wire.bend = losing(*at.venue.order, times=100)
    at.wire.befall(at.venue.placing, done=True)
    order_id = at.submit(Side.BUY, "0.02")
    await at.until(lambda: at.of(OrderFilled, order_id))
    at.wire.bend = None
    await at.wire.cut()
    await at.until(lambda: at.ready and at.driver.reconnects)
    await at.driver.snapshot(ACCOUNT, (0, 0))
    assert sum(each.fill.quantity for each in at.of(OrderFilled)) == Decimal("0.02")


@at_each
async def test_a_limit_refuses_an_order_and_the_next_one_is_taken(at: Place) -> None:
    at.wire.befall(at.venue.placing, 429, at.venue.too_many, headers={"Retry-After": "1"})
    refused = at.submit(Side.BUY, at.size, at.bids[0])
    await at.until(lambda: at.of(OrderRejected, refused))
    assert at.of(OrderRejected)[0].code == RateLimited.code
    assert at.of(OrderOutcomeLost) == []

    async with asyncio.timeout(PATIENCE_S):
        while not at.of(OrderAccepted):
            try:
                again = at.submit(Side.BUY, at.size, at.bids[1])
            except RateLimited:
                await asyncio.sleep(0.05)
                continue
            await at.until(lambda: at.of(OrderAccepted, again) or at.of(OrderRejected, again))  # noqa: B023
    assert {each.code for each in at.of(OrderRejected)} == {RateLimited.code}
    assert len(at.at_venue()) == 1


@at_each
async def test_an_order_in_maintenance_is_refused_and_not_unknown(at: Place) -> None:
    status, body = at.venue.maintenance
    at.wire.befall(at.venue.placing, status, body)
    order_id = at.submit(Side.BUY, at.size, at.bids[0])
    await at.until(lambda: at.of(OrderRejected, order_id))
    assert at.of(OrderOutcomeLost) == []
    assert at.at_venue() == []


# ---- streams


@at_each
async def test_connections_break_in_the_middle_of_a_burst_and_every_fill_is_told_once(
    at: Place,
) -> None:
    orders = [at.submit(Side.BUY, "0.02", price) for price in at.bids[:6]]
    await at.until(lambda: len(at.of(OrderAccepted)) == 6)
    for number in range(6):
        at.booth.order(at.name, Side.SELL, at.bids[0], "0.01")
        if number == 3:
            await at.wire.cut()
    orders += [at.submit(Side.BUY, at.size, price) for price in at.bids[6:9] if at.ready]
    await at.until(lambda: at.ready and at.driver.reconnects)
    await at.until(lambda: sum(each.filled for each in at.at_venue()) == Decimal("0.06"))
    await at.until(lambda: len(at.of(OrderAccepted)) == len(orders))
    await at.until(
        lambda: sum(each.fill.quantity for each in at.of(OrderFilled)) >= Decimal("0.06")
    )
    await at.driver.snapshot(ACCOUNT, (0, 0))
    trades = [each.fill.trade_id for each in at.of(OrderFilled)]
    assert len(set(trades)) == len(trades)
    assert sum(each.fill.quantity for each in at.of(OrderFilled)) == Decimal("0.06")
    assert len(at.at_venue()) == len(orders)


@at_each
async def test_a_gap_in_the_changes_of_the_book_is_mended(at: Place) -> None:
    await follow(at, losing(*at.venue.book, times=2))


@at_each
async def test_changes_of_the_book_that_come_twice_or_out_of_order_do_no_harm(at: Place) -> None:
    await follow(at, each_twice(*at.venue.book))
    await follow(at, swapped(*at.venue.book, times=2))


async def follow(at: Place, bend: Bend) -> None:
    """Let the book move while its changes are bent; in the end the driver has it right."""
    at.driver.subscribe(at.name, "depth")
    await at.until(at.same_book)
    at.wire.bend, at.wire.bent = bend, 0
    await at.move_book()
    assert at.wire.bent
    at.wire.bend = None
    await at.move_book(2)
    await at.until(at.same_book)


@at_each
async def test_what_is_told_twice_of_an_order_happens_once(at: Place) -> None:
    at.wire.bend = each_twice(*at.venue.order)
    resting = at.submit(Side.BUY, at.size, at.bids[0])
    bought = at.submit(Side.BUY, "0.02")
    await at.until(lambda: at.of(OrderFilled, bought) and at.of(OrderAccepted, resting))
    at.cancel(resting)
    await at.until(lambda: at.of(OrderCancelled, resting))
    await at.driver.snapshot(ACCOUNT, (0, 0))
    assert at.wire.bent
    assert sum(each.fill.quantity for each in at.of(OrderFilled)) == Decimal("0.02")
    assert len(at.of(OrderCancelled)) == 1
    assert len(at.of(OrderAccepted, resting)) == 1


@at_each
async def test_what_is_told_of_an_order_in_the_wrong_order_comes_right(at: Place) -> None:
    resting = at.submit(Side.BUY, "0.03", at.bids[0])
    await at.until(lambda: at.of(OrderAccepted, resting))
    at.wire.bend, at.wire.bent = swapped(*at.venue.order), 0
    for _ in range(2):
        at.booth.order(at.name, Side.SELL, at.bids[0], "0.01")
    await at.until(lambda: len(at.of(OrderFilled, resting)) == 2)
    at.wire.bend = None
    at.booth.order(at.name, Side.SELL, at.bids[0], "0.01")
    await at.until(lambda: len(at.of(OrderFilled, resting)) == 3)
    found = await at.driver.snapshot(ACCOUNT, (0, 0))
    assert sum(each.fill.quantity for each in at.of(OrderFilled)) == Decimal("0.03")
    assert [each for each in found.orders if each.state not in DONE_STATES] == []


@at_each
async def test_a_fill_that_no_stream_told_of_is_in_the_next_snapshot(at: Place) -> None:
    resting = at.submit(Side.BUY, "0.02", at.bids[0])
    await at.until(lambda: at.of(OrderAccepted, resting))
    at.wire.bend, at.wire.bent = losing(*at.venue.order, times=100), 0
    at.booth.order(at.name, Side.SELL, at.bids[0], "0.01")
    await at.until(lambda: at.at_venue()[0].filled and at.wire.bent)
    await at.driver.snapshot(ACCOUNT, (0, 0))
    assert len(at.of(OrderFilled, resting)) == 1
    at.wire.bend = None
    at.booth.order(at.name, Side.SELL, at.bids[0], "0.01")
    await at.until(lambda: len(at.of(OrderFilled, resting)) == 2)
    assert sum(each.fill.quantity for each in at.of(OrderFilled)) == Decimal("0.02")


# ---- keys, clocks, notices, and what nobody has heard of


@at_each
async def test_a_key_that_has_expired_lets_nobody_in_again(at: Place) -> None:
    at.booth.server.keys._keys.clear()  # type: ignore[attr-defined]
    await at.wire.cut()
    await at.until(lambda: at.driver.state is DriverState.CLOSED)
    again = at.venue.driver(at.wire.port)
    with pytest.raises(AuthError):
        await again.open(at)
    await again.close()


@at_each
async def test_a_clock_that_is_five_seconds_off_is_set_right(at: Place) -> None:
    for seconds, price in ((5, at.bids[0]), (-10, at.bids[1])):
        shift(at.booth, seconds)
        order_id = at.submit(Side.BUY, at.size, price)
        await at.until(lambda: at.of(OrderAccepted, order_id))  # noqa: B023
        at.cancel(order_id)
        await at.until(lambda: at.of(OrderCancelled, order_id))  # noqa: B023
    assert at.of(OrderRejected) == at.of(OrderOutcomeLost) == []
    assert len(at.at_venue()) == 2


def shift(booth: Stall, seconds: int) -> None:
    """Let the venue's clock jump."""
    server: Any = booth.server  # type: ignore[attr-defined]
    houses = server.houses.values() if hasattr(server, "houses") else [server.house]
    for times in {id(each.times): each.times for each in houses}.values():
        right = times.wall
        times.wall = lambda right=right: right() + seconds * 10**9


@at_each
async def test_a_venue_that_goes_down_and_comes_back_is_traded_at_again(at: Place) -> None:
    resting = at.submit(Side.BUY, at.size, at.bids[0])
    await at.until(lambda: at.of(OrderAccepted, resting))
    down = at.wire.befall("", 503, "<html>maintenance</html>", times=20)
    await at.wire.cut()
    await at.until(lambda: not at.ready)
    down.times = 0
    await at.until(lambda: at.ready)
    at.cancel(resting)
    await at.until(lambda: at.of(OrderCancelled, resting))


def test_okx_says_that_it_will_close_connections_and_the_driver_makes_new_ones() -> None:
    async def tell() -> None:
        async with place(VENUES["okx"]) as at:
            at.booth.server.announce_upgrade()  # type: ignore[attr-defined]
            await at.until(lambda: at.driver.reconnects)
            await at.until(lambda: at.ready)
            order_id = at.submit(Side.BUY, at.size, at.bids[0])
            await at.until(lambda: at.of(OrderAccepted, order_id))

    asyncio.run(tell())


@at_each
async def test_fields_and_messages_that_are_new_are_passed_over(at: Place) -> None:
    at.wire.bend, at.wire.dress = dressed_text, dressed
    await at.wire.cut()
    await at.until(lambda: at.ready and at.driver.reconnects)
    at.driver.subscribe(at.name, "depth")
    at.driver.subscribe(at.name, "trades")
    news = '{"stream":"news","data":{"e":"somethingNew","E":1},"event":{"e":"somethingNew"}}'
    assert await at.wire.tell("", news)
    bought = at.submit(Side.BUY, "0.02")
    resting = at.submit(Side.BUY, at.size, at.bids[0])
    await at.until(lambda: at.of(OrderFilled, bought) and at.of(OrderAccepted, resting))
    await at.until(at.same_book)
    at.cancel(resting)
    await at.until(lambda: at.of(OrderCancelled, resting))
    await at.driver.instruments()
    await at.driver.snapshot(ACCOUNT, (0, 0))
    assert at.ready
    assert at.wire.bent


@at_each
async def test_a_state_of_an_order_that_nobody_has_heard_of_is_asked_for(at: Place) -> None:
    word = re.sub(r':"\w+"', ':"BRAND_NEW"', at.venue.taken)

    def bend(_path: str, text: str) -> list[str]:
        return [text.replace(at.venue.taken, word)]

    at.wire.bend = bend
    resting = at.submit(Side.BUY, at.size, at.bids[0])
    await at.until(lambda: at.of(OrderAccepted, resting))
    await at.until(lambda: at.wire.bent)
    at.booth.order(at.name, Side.SELL, at.bids[0], at.size)
    await at.until(lambda: at.of(OrderFilled, resting))
    assert len(at.of(OrderFilled)) == 1
    assert at.of(OrderRejected) == []


_NEW = {"xNew": {"deep": [1, "two"]}, "aNewFlag": True}


def dressed(path: str, body: bytes) -> bytes:
    """Add fields to every object of an answer that is no table by currency."""
    if path.endswith("/capital") or not body.startswith((b"{", b"[")):
        return body
    return msgspec.json.encode(_add(msgspec.json.decode(body)))


def dressed_text(_path: str, text: str) -> list[str]:
    """Add fields to every object of a stream's text."""
    if not text.startswith("{"):
        return [text]
    return [msgspec.json.encode(_add(msgspec.json.decode(text))).decode()]


def _add(value: Any) -> Any:
    if isinstance(value, dict):
        return {**{name: _add(each) for name, each in value.items()}, **_NEW}
    if isinstance(value, list):
        return [_add(each) for each in value]
    return value


def test_a_wrong_checksum_begins_the_book_anew() -> None:
    async def tell() -> None:
        checked = VENUES["okx"]._replace(
            booth=lambda: okx_served.booth(terms=OkxTerms(checksums=True))
        )
        async with place(checked) as at:

            def bend(_path: str, text: str) -> list[str]:
                if not all(each in text for each in at.venue.book) or at.wire.bent > 1:
                    return [text]
                return [re.sub(r'"checksum":-?\d', '"checksum":9', text)]

            await follow(at, bend)

    asyncio.run(tell())


@at_each
async def test_who_asks_too_much_asks_no_more_until_the_venue_takes_it(at: Place) -> None:
    status = 418 if "binance" in at.driver.venue else 429
    limit = at.wire.befall("GET /", status, at.venue.too_many, headers={"Retry-After": "1"})
    began = at.now()
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await at.driver.history(at.name, "1m", at.now() - HOUR_NS, at.now())
                break
            except RateLimited:
                await asyncio.sleep(0.01)
    assert limit.met == 1
    assert at.now() - began > 900_000_000


@pytest.mark.parametrize("venue", ["binance spot", "binance usdm", "okx"])
def test_an_order_by_socket_whose_answer_was_lost_is_found_and_never_sent_twice(venue: str) -> None:
    async def tell() -> None:
        known = VENUES[venue]
        entry = {"order_entry": "websocket", "timeout_s": 1.0}
        by_socket = known._replace(driver=lambda port, **more: known.driver(port, **entry, **more))
        async with place(by_socket) as at:

            def bend(path: str, text: str) -> list[str]:
                answer = '"id":' in text and ("ws-" in path or '"op":"order"' in text)
                told = all(each in text for each in known.order)
                return [] if answer or told else [text]

            at.wire.bend = bend
            order_id = at.submit(Side.BUY, at.size, at.bids[0])
            await at.until(lambda: at.of(OrderAccepted, order_id))
            assert len(at.of(OrderOutcomeLost, order_id)) == 1
            assert len(at.at_venue()) == 1
            at.wire.bend = None
            at.cancel(order_id)
            await at.until(lambda: at.of(OrderCancelled, order_id))

    asyncio.run(tell())
