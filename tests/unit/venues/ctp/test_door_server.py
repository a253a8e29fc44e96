"""The native door's server, spoken to by bytes: who is let in, what is answered, what is kept and who is cut."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.counter.seam import Reason, Resume, Topic
from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.door.framing import (
    Flag,
    Frames,
    Head,
    Kind,
    frame,
    write_names,
)
from anyvenue.venues.ctp.door.greeting import (
    Hello,
    Side,
    TopicWish,
    fingerprint,
    write_hello,
)
from anyvenue.venues.ctp.door.server import DoorTerms, NativeDoor
from anyvenue.venues.ctp.door.session import Connection
from ctp_doors import DAY, ScriptedCounter

CTP = describe("ctp", "6.7.11")
TRADER = {method.name: i for i, method in enumerate(CTP.trader.api)} if CTP.trader else {}
MD = {method.name: i for i, method in enumerate(CTP.md.api)} if CTP.md else {}


def hello(side: Side = Side.TRADER, *wishes: TopicWish) -> Hello:
    return Hello(side, "ctp", "6.7.11", fingerprint(CTP, side), wishes)


class Caller:
    """A library, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._frames, self._found = Frames(), list[Head]()

    def greet(self, greeting: Hello) -> None:
        self.writer.write(write_hello(greeting))

    def ask(self, name: str, struct: str = "", number: int = 0, **fields: str | float) -> None:
        body = CTP.layout(struct).pack(fields) if struct else b""
        flags = Flag.DATA if struct else 0
        index = TRADER[name]
        self.writer.write(frame(Kind.REQUEST, body, flags=flags, index=index, number=number))

    async def next(self) -> Head | None:
        async with asyncio.timeout(10):
            while not self._found:
                data = await self.reader.read(1 << 16)
                if not data:
                    return None
                self._found += self._frames.feed(data)
        return self._found.pop(0)


@asynccontextmanager
async def door(
    **terms: object,
) -> AsyncIterator[tuple[ScriptedCounter, NativeDoor, Callable[[], Awaitable[Caller]], list[str]]]:
    notes: list[str] = []
    counter = ScriptedCounter()
    server = NativeDoor(counter, msgspec.structs.replace(DoorTerms(), **terms), notes.append)
    _, port = await server.start()
    callers: list[Caller] = []

    async def call() -> Caller:
        callers.append(Caller(*await asyncio.open_connection("127.0.0.1", port)))
        return callers[-1]

    try:
        yield counter, server, call, notes
    finally:
        for caller in callers:
            caller.writer.close()
        await server.close()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await test()

    asyncio.run(main())


def callback(head: Head | None, side: Side = Side.TRADER) -> str:
    assert head is not None
    assert head.kind == Kind.ANSWER
    api = CTP.trader if side is Side.TRADER else CTP.md
    assert api is not None
    return api.spi[head.index].name


def test_a_login_is_answered_in_the_callers_own_struct() -> None:
    async def test() -> None:
        async with door() as (counter, _, call, _notes):
            caller = await call()
            caller.greet(hello())
            welcome = await caller.next()
            assert welcome is not None
            assert welcome.kind == Kind.WELCOME
            caller.ask("ReqUserLogin", "ReqUserLogin", 7, UserID="alice", BrokerID="9999")
            head = await caller.next()
            assert callback(head) == "OnRspUserLogin"
            assert head is not None
            assert (head.number, head.day, head.flags & Flag.LAST) == (7, DAY, Flag.LAST)
            login = CTP.layout("RspUserLogin").unpack(head.body[: head.length])
            assert (login["UserID"], login["SystemName"]) == ("alice", "模拟系统")
            assert counter.asked[0][1]["BrokerID"] == "9999"

    run(test)


def test_the_streams_of_the_greeting_reach_the_counter_before_any_request() -> None:
    async def test() -> None:
        async with door() as (counter, _, call, _notes):
            caller = await call()
            caller.greet(hello(Side.TRADER, TopicWish(0, Resume.RESUME, 5, DAY)))
            await caller.next()
            [session] = counter.sessions
            assert session.wishes == {Topic.PRIVATE: (Resume.RESUME, 5, DAY)}

    run(test)


@pytest.mark.parametrize(
    ("greeting", "why"),
    [
        (Hello(Side.TRADER, "ctp", "9.9", 0), "version 9.9 of ctp is not described"),
        (Hello(Side.TRADER, "none", "1", 0), "no API of the CTP family is called 'none'"),
        (Hello(Side.TRADER, "ctp", "6.7.11", 1), "was built from another description"),
        (Hello(Side.TRADER, "tora", "4.1.6", 1), "speaks ctp, not tora"),
    ],
)
def test_a_library_that_cannot_be_served_is_told_why(greeting: Hello, why: str) -> None:
    async def test() -> None:
        async with door(dialects=("ctp",)) as (_, _server, call, notes):
            caller = await call()
            caller.greet(greeting)
            head = await caller.next()
            assert head is not None
            assert head.kind == Kind.REFUSED
            assert why in head.body[: head.length].decode()
            assert await caller.next() is None
            assert why in notes[0]

    run(test)


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        frame(Kind.REQUEST, b"early"),
        frame(Kind.HELLO, b"x" * 80),
    ],
)
def test_a_stranger_is_turned_away(raw: bytes) -> None:
    async def test() -> None:
        async with door() as (counter, server, call, _notes):
            caller = await call()
            caller.writer.write(raw)
            head = await caller.next()
            assert head is not None
            assert head.kind == Kind.REFUSED
            assert await caller.next() is None
            assert not server.connections
            assert not counter.sessions

    run(test)


@pytest.mark.parametrize(
    "raw",
    [
        frame(Kind.REQUEST, index=9_999),
        frame(Kind.REQUEST, index=TRADER["Init"]),
        frame(Kind.REQUEST, b"short", flags=Flag.DATA, index=TRADER["ReqUserLogin"]),
        frame(Kind.ANSWER),
        frame(Kind.NAMES, b"a\0b", index=3, number=2),
        b"\xff" * 64,
    ],
)
def test_a_bad_packet_ends_the_connection_with_its_reason(raw: bytes) -> None:
    async def test() -> None:
        async with door() as (counter, _, call, notes):
            caller = await call()
            caller.greet(hello())
            await caller.next()
            caller.writer.write(raw)
            head = await caller.next()
            assert head is not None
            assert (head.kind, head.number) == (Kind.BYE, Reason.BAD_PACKET)
            assert await caller.next() is None
            assert not counter.sessions
            assert notes

    run(test)


def test_a_query_that_comes_too_early_waits_for_the_counter() -> None:
    async def test() -> None:
        async with door() as (counter, _, call, _notes):
            caller = await call()
            caller.greet(hello())
            await caller.next()
            counter.codes = [-3, -2, -3]
            caller.ask("ReqQryTrade", "QryTrade", 1)
            caller.ask("ReqQryOrder", "QryOrder", 2)
            assert [callback(await caller.next()) for _ in range(2)] == [
                "OnRspQryTrade",
                "OnRspQryOrder",
            ]

    run(test)


def test_a_fault_of_the_counter_is_answered_and_ends_nothing() -> None:
    async def test() -> None:
        async with door() as (_, _server, call, notes):
            caller = await call()
            caller.greet(hello())
            await caller.next()
            caller.ask("ReqQryNotice", "QryNotice", 3)
            head = await caller.next()
            assert callback(head) == "OnRspError"
            assert head is not None
            assert head.number == 3
            assert "the counter has a fault" in notes[0]
            caller.ask("ReqQryTrade", "QryTrade", 4)
            assert callback(await caller.next()) == "OnRspQryTrade"

    run(test)


def test_for_an_api_without_a_confirmation_the_door_confirms() -> None:
    async def test() -> None:
        async with door() as (counter, _, call, _notes):
            mini = describe("mini")
            places = [method.name for method in mini.trader.api] if mini.trader else []
            caller = await call()
            mark = fingerprint(mini, Side.TRADER)
            caller.greet(Hello(Side.TRADER, "mini", mini.version, mark))
            await caller.next()
            for name in ("ReqUserLogin", "ReqQryTrade"):
                body = mini.layout(name[3:] if "Qry" in name else name).pack({"UserID": "alice"})
                index = places.index(name)
                caller.writer.write(frame(Kind.REQUEST, body, flags=Flag.DATA, index=index))
                await caller.next()
            assert [name for name, _, _ in counter.asked] == [
                "ReqUserLogin",
                "ReqSettlementInfoConfirm",
                "ReqQryTrade",
            ]
            assert counter.asked[1][1]["InvestorID"] == "alice"

    run(test)


def test_a_logout_is_answered_before_the_connection_ends() -> None:
    async def test() -> None:
        async with door() as (_, _server, call, _notes):
            caller = await call()
            caller.greet(hello())
            await caller.next()
            caller.ask("ReqUserLogout", "UserLogout", 1, UserID="alice")
            assert callback(await caller.next()) == "OnRspUserLogout"
            head = await caller.next()
            assert head is not None
            assert (head.kind, head.number) == (Kind.BYE, Reason.READ)
            assert await caller.next() is None

    run(test)


async def subscribed(call: Callable[[], Awaitable[Caller]], codes: list[str]) -> Caller:
    caller = await call()
    caller.greet(hello(Side.MD))
    await caller.next()
    caller.writer.write(write_names(MD["SubscribeMarketData"], codes))
    for _ in codes:
        assert callback(await caller.next(), Side.MD) == "OnRspSubMarketData"
    return caller


def test_a_slow_reader_gets_the_latest_quote_of_every_instrument() -> None:
    async def test() -> None:
        async with door() as (counter, server, call, _notes):
            caller = await subscribed(call, ["rb2610", "IF2606"])
            [connection] = server.connections
            sent = 0
            while not connection.outbox.paused:
                sent += 1
                counter.quote(Volume=sent)
                await asyncio.sleep(0)
            for _ in range(100):
                sent += 1
                counter.quote(Volume=sent)
            counter.quote(InstrumentID="IF2606", Volume=5)
            assert connection.outbox.conflated == 99
            layout = CTP.layout("DepthMarketData")
            seen: list[tuple[object, object]] = []
            while len(seen) < 2 or seen[-1] != ("IF2606", 5):
                head = await caller.next()
                assert head is not None
                row = layout.unpack(head.body[: head.length])
                seen.append((row["InstrumentID"], row["Volume"]))
            assert seen[-2] == ("rb2610", sent)
            assert len(seen) == sent - 99 + 1

    run(test)


def test_reports_are_never_left_out_and_a_reader_that_falls_too_far_behind_is_cut() -> None:
    async def test() -> None:
        async with door(longest_wait=100_000) as (counter, server, call, notes):
            caller = await call()
            caller.greet(hello(Side.TRADER, TopicWish(0, Resume.RESTART, 0, 0)))
            await caller.next()
            caller.ask("ReqUserLogin", "ReqUserLogin", 1, UserID="alice")
            await caller.next()
            while server.connections:
                counter.report("OnRtnOrder", {"OrderRef": str(len(counter.stream))})
                await asyncio.sleep(0)
            assert "reads too slowly" in notes[0]
            assert not counter.sessions

    run(test)


def test_a_client_that_is_silent_too_long_is_cut() -> None:
    async def test() -> None:
        async with door(heartbeat_s=0.02) as (counter, _, call, _notes):
            caller = await call()
            caller.greet(hello())
            heads = []
            while (head := await caller.next()) is not None:
                heads.append((head.kind, head.number))
            assert heads[-1] == (Kind.BYE, Reason.HEARTBEAT_RECEIVE)
            assert not counter.sessions

    run(test)


def test_whoever_does_not_greet_is_turned_away_after_a_while() -> None:
    async def test() -> None:
        async with door(patience_s=0.02) as (_, _server, call, _notes):
            caller = await call()
            head = await caller.next()
            assert head is not None
            assert head.kind == Kind.REFUSED

    run(test)


def test_an_address_may_serve_one_api_only() -> None:
    async def test() -> None:
        async with door(side=Side.MD) as (_, _server, call, _notes):
            caller = await call()
            caller.greet(hello())
            head = await caller.next()
            assert head is not None
            assert b"serves the MD API only" in head.body

    run(test)


def test_too_many_clients_are_turned_away() -> None:
    async def test() -> None:
        async with door(most_clients=1) as (_, _server, call, _notes):
            first = await call()
            first.greet(hello())
            await first.next()
            second = await call()
            head = await second.next()
            assert head is not None
            assert head.kind == Kind.BYE

    run(test)


class Wire(asyncio.Transport):
    """A connection that goes nowhere."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.sent = b""
        self.ended = False

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.sent += data

    def is_closing(self) -> bool:
        return self.ended

    def close(self) -> None:
        self.ended = True

    abort = close

    def get_write_buffer_size(self) -> int:
        return 0


def test_ten_thousand_hostile_frames_end_a_connection_with_a_reason_or_are_answered() -> None:
    async def test() -> None:
        async with door() as (counter, server, _call, _notes):
            dice = random.Random(20260504)
            order = CTP.layout("InputOrder").pack({"OrderRef": "1", "VolumeTotalOriginal": 1})
            honest = [
                frame(Kind.REQUEST, order, flags=Flag.DATA, index=TRADER["ReqOrderInsert"]),
                frame(Kind.REQUEST, index=TRADER["ReqQryTrade"]),
                frame(Kind.HEARTBEAT),
                write_names(TRADER["ReqQryTrade"], ["rb2610"] * 9),
            ]
            fed = cut = 0
            while fed < 10_000:
                wire = Wire()
                connection = Connection(server)
                connection.connection_made(wire)
                connection.data_received(write_hello(hello()))
                while not connection.closed and fed < 10_000:
                    raw = bytearray(dice.choice(honest))
                    for _ in range(dice.randrange(6)):
                        # Mostly the head: a struct's bytes may be anything.
                        raw[dice.randrange(min(len(raw), 40))] = dice.randrange(256)
                    connection.data_received(bytes(raw))
                    fed += 1
                if connection.closed:
                    last = Frames().feed(wire.sent)[-1]
                    assert (last.kind, last.number) == (Kind.BYE, Reason.BAD_PACKET)
                    cut += 1
                connection.connection_lost(None)
            assert cut > 200
            assert not counter.sessions

    run(test)


def test_a_public_address_is_refused_unless_it_is_allowed() -> None:
    async def test() -> None:
        server = NativeDoor(ScriptedCounter())
        with pytest.raises(ConfigError, match="can be reached from other machines"):
            await server.start("0.0.0.0")

    run(test)


def test_a_taken_port_is_said_so() -> None:
    async def test() -> None:
        async with door() as (counter, _, call, _notes):
            caller = await call()
            port = caller.writer.get_extra_info("peername")[1]
            with pytest.raises(ConfigError, match=r"cannot listen on 127\.0\.0\.1"):
                await NativeDoor(counter).start(port=port)

    run(test)
