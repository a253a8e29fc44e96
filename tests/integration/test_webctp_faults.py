"""What happens to the JSON door and its clients: floods, silence, rubbish, losses."""

import asyncio
import gc
import json
import random
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

from anyvenue.venues.ctp.counter.seam import Answer, Door, Fields, Reason, Resume, Topic
from anyvenue.venues.ctp.json.audit import Audit
from anyvenue.venues.ctp.json.limits import Limits
from anyvenue.venues.ctp.json.requests import Request, Requests
from webctp_rig import NAMES, OPEN_HOUSE, QUIET, UPSTREAM, Desk, Served, Socket, order, serving

UNLIMITED = replace(QUIET, limits=Limits(requests_per_second=0, clients=5_000))


def run(story: Callable[[Served], Awaitable[None]], **terms: Any) -> None:
    async def main() -> None:
        async with serving(**terms) as served:
            await story(served)

    asyncio.run(main())


# ---- a counter that does what it is told


class Scripted:
    """A counter whose login waits for `answer_logins`, and whose reports come by hand."""

    trading_day = 20260915

    def __init__(self, prompt: bool = True) -> None:
        self.prompt = prompt
        self.login_errors: list[tuple[int, str]] = []
        self.sessions: list[ScriptedSession] = []
        self.waiting: list[Callable[[], None]] = []
        self.opened = 0

    def trader(self, door: Door, address: str) -> "ScriptedSession":
        self.opened += 1
        session = ScriptedSession(self, door)
        self.sessions.append(session)
        return session

    md = trader

    def answer_logins(self) -> None:
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each()

    def tell(self, answer: Answer) -> None:
        for session in list(self.sessions):
            session.door.answer(answer)


class ScriptedSession:
    """One session of it."""

    def __init__(self, counter: Scripted, door: Door) -> None:
        self.counter, self.door = counter, door
        self.wishes: list[tuple[Topic, Resume, int]] = []

    def subscribe(self, what: Sequence[str] | Topic, *wish: Any) -> int:
        if isinstance(what, Topic):
            self.wishes.append((what, wish[0], wish[1] if len(wish) > 1 else 0))
            return 0
        for code in what:
            self.door.answer(Answer("OnRspSubMarketData", {"InstrumentID": code}))
        return 0

    unsubscribe = subscribe_for_quote = unsubscribe_for_quote = subscribe

    def request(self, name: str, fields: Fields, request_id: int) -> int:
        row = {**fields, "FrontID": 1, "SessionID": 40 + self.counter.opened}
        errors = self.counter.login_errors if name == "ReqUserLogin" else []
        error = errors.pop(0) if errors else (0, "")
        answer = Answer(name.replace("Req", "OnRsp"), row, error, request_id)
        if name == "ReqUserLogin" and not self.counter.prompt:
            self.counter.waiting.append(lambda: self.door.answer(answer))
        elif name != "ReqOrderInsert":
            self.door.answer(answer)
        return 0

    def close(self) -> None:
        if self in self.counter.sessions:
            self.counter.sessions.remove(self)


# ---- floods and silence


@pytest.mark.long
def test_a_reader_that_stalls_at_500_quotes_a_second_loses_no_report_and_disturbs_nobody() -> None:
    counter = Scripted()

    async def story(served: Served) -> None:
        stalled = await served.logged_in("", "alice")
        lively = await served.logged_in("", "bob")
        for each in (stalled, lively):
            await each.send("SubscribeMarketData", InstrumentID=["rb2701"])
            await each.until("RspSubMarketData")
        # The client's window is full when nobody reads: aiohttp stops reading from the transport.
        transport = stalled.socket._response.connection.transport  # type: ignore[union-attr]
        transport.pause_reading()
        tally = Tally()
        got = asyncio.create_task(_count(lively, 4_000 + 400, tally))
        outbox = next(each.outbox for each in served.door.clients if "alice" in _user(served, each))
        most = behind = sent = 0
        for number in range(4_000):
            fields = {"InstrumentID": "rb2701", "Volume": number, "ExchangeInstID": "x" * 30}
            counter.sessions[1].door.answer(Answer("OnRtnDepthMarketData", fields))
            if number % 10 == 0:
                report = {"OrderRef": "", "OrderSysID": str(number), "StatusMsg": "等" * 40}
                for session in (counter.sessions[0], counter.sessions[2]):
                    session.door.answer(Answer("OnRtnOrder", report, None, 0, True, Topic.PRIVATE))
            sent += 1 + (number % 10 == 0)
            await asyncio.sleep(0.002)
            behind = max(behind, sent - tally.quotes - tally.reports)
            most = max(most, outbox.waiting + outbox.wire.get_write_buffer_size())
        await got
        assert (tally.quotes, tally.reports) == (4_000, 400)
        assert behind < 400, "the other was kept waiting"
        assert most < 2 << 20
        transport.resume_reading()
        seen, last = [], None
        while last is None or last["Volume"] < 3_999 or len(seen) < 400:
            message = await stalled.next()
            if message["MsgType"] == "RtnOrder":
                seen.append(int(message["Order"]["OrderSysID"]))
            elif message["MsgType"] == "RtnDepthMarketData":
                last = message["DepthMarketData"]
        assert seen == list(range(0, 4_000, 10))

    run(story, doors=counter, terms=UNLIMITED)


def _user(served: Served, client: Any) -> str:
    share = served.door.accounts.share_of(client)
    return share.user if share else ""


class Tally:
    """What a client has had so far."""

    quotes = reports = 0


async def _count(socket: Socket, most: int, tally: Tally) -> None:
    """Count quotes and reports."""
    while tally.quotes + tally.reports < most:
        name = (await socket.next())["MsgType"]
        tally.quotes += name == "RtnDepthMarketData"
        tally.reports += name == "RtnOrder"


@pytest.mark.long
def test_a_client_that_never_reads_is_told_and_cut_and_the_others_go_on() -> None:
    counter = Scripted()

    async def story(served: Served) -> None:
        deaf, lively = (
            await served.logged_in("td/", "alice"),
            await served.logged_in("td/", "alice"),
        )
        deaf.socket._response.connection.transport.pause_reading()  # type: ignore[union-attr]
        tally = Tally()
        counting = asyncio.create_task(_count(lively, 4_000, tally))
        report = {"StatusMsg": "x" * 70, "UserProductInfo": "y" * 2_000}
        for number in range(4_000):
            counter.tell(Answer("OnRtnOrder", report, None, 0, True, Topic.PRIVATE))
            if number % 20 == 0:
                await asyncio.sleep(0)
        await counting
        assert tally.reports == 4_000
        await served.until(lambda: len(served.door.clients) == 1)

    limits = Limits(requests_per_second=0, longest_wait=1 << 20)
    run(story, doors=counter, terms=replace(QUIET, limits=limits))


# ---- rubbish


def rubbish(dice: random.Random, requests: list[Request]) -> str:
    """Return a message that is wrong somewhere, made from the schema."""
    request = dice.choice(requests)
    body: dict[str, Any] = {
        name: dice.choice(
            [0, -1, 1.5, "x", "", "y" * 5_000, None, [], {}, True, 1e300, 1 << 40, "螺"]
        )
        for name in dice.sample(sorted(request.fields), min(4, len(request.fields)))
    }
    message: Any = {
        "MsgType": dice.choice([request.name, request.name, request.name.lower(), "", 5, None]),
        dice.choice(request.bodies): dice.choice([body, body, body, [body], "x", None, 7]),
        "RequestID": dice.choice([1, 0, -1, "7", 1 << 31, None, 1.5, {}]),
        "InstrumentID": dice.choice([["rb2701"], "rb2701", [], [1], ["z" * 200], {}, None]),
    }
    for key in dice.sample(list(message), dice.randrange(3)):
        del message[key]
    text = json.dumps(message)
    cut = dice.randrange(12)
    if cut == 0:
        return text[: dice.randrange(len(text))]
    if cut == 1:
        return dice.choice(
            ["[1,2]", '"x"', "null", "{}", "[" * 5_000, "\\", '{"MsgType":"\\ud800"}']
        )
    return text


@pytest.mark.parametrize("path", ["td/", "md/"])
@pytest.mark.parametrize("number", [300, pytest.param(5_000, marks=pytest.mark.long)])
def test_malformed_messages_are_answered_one_by_one_and_the_session_lives(
    path: str, number: int
) -> None:
    dice = random.Random(20260915)
    known = Requests()
    requests = [each for each in map(known.find, known.names) if each is not None]
    # They would end what is tried here, or change the password.
    requests = [each for each in requests if each.name not in ("ReqUserLogout", "ReqUserLogin")]

    async def story(served: Served) -> None:
        socket = await served.logged_in(path)
        answered = 0
        for count in range(number):
            await socket.raw(rubbish(dice, requests))
            if count % 100 == 99:
                answered += len(await socket.settle())
        assert answered >= number
        if path == "td/":
            [answer] = await socket.ask("ReqQryTradingAccount", 5, QryTradingAccount={})
            assert answer["TradingAccount"]["AccountID"] == "alice"
        else:
            await socket.send("SubscribeMarketData", InstrumentID=["au2612"])
            await socket.until("RspSubMarketData")
        assert len(served.door.clients) == 1

    run(story, terms=UNLIMITED)


# ---- losses


def test_clients_hear_that_the_counter_is_gone_and_everything_begins_again() -> None:
    async def story(served: Served) -> None:
        alice, eyes = await served.logged_in(), await served.logged_in("md/", "")
        await eyes.send("SubscribeMarketData", InstrumentID=["rb2701"])
        await eyes.until("RtnDepthMarketData")
        resting = await alice.ask("ReqOrderInsert", 1, InputOrder=order(LimitPrice=3480))
        counter = served.desk.counter
        for session in [*counter._sessions, *counter.market.sessions]:
            session.cut(Reason.READ)
        gone = await alice.until("OnFrontDisconnected")
        assert gone["RspInfo"]["ErrorID"] == 0x1001
        [refused] = await alice.ask("ReqQryOrder", 2, QryOrder={})
        assert (refused["MsgType"], refused["RspInfo"]["ErrorID"]) == ("RspQryOrder", -1)
        # While it is gone the order is filled.
        served.desk.depth(3470, 3475)
        back = await alice.until("RspUserLogin")
        assert back["RspUserLogin"]["SessionID"] == resting[0]["Order"]["SessionID"]
        trade = await alice.until("RtnTrade")
        assert trade["Trade"]["OrderRef"] == resting[0]["Order"]["OrderRef"]
        await eyes.until("OnFrontDisconnected")
        await eyes.until("RspUserLogin")
        served.desk.depth(3600, 3601)
        while (await eyes.until("RtnDepthMarketData"))["DepthMarketData"]["BidPrice1"] != 3600:
            pass

    run(story)


def test_a_counter_that_comes_back_by_and_by_is_waited_for() -> None:
    counter = Scripted()

    async def story(served: Served) -> None:
        alice = await served.logged_in()
        counter.login_errors = [(7, "CTP:还没有初始化"), (8, "CTP:前置不活跃")]
        counter.sessions[0].door.cut(Reason.READ)
        await alice.until("OnFrontDisconnected")
        back = await alice.next()
        assert (back["MsgType"], back["RspInfo"]["ErrorID"]) == ("RspUserLogin", 0)
        assert counter.opened == 4

    run(story, doors=counter)


def test_quotes_go_on_for_those_who_waited_longer_than_a_login_may_take() -> None:
    counter = Scripted()

    async def story(served: Served) -> None:
        eyes = await served.logged_in("md/", "")
        await eyes.ask("SubscribeMarketData", InstrumentID=["rb2701"])
        counter.prompt = False
        counter.sessions[0].door.cut(Reason.READ)
        await eyes.until("OnFrontDisconnected")
        late = await served.connect("md/")
        assert (await late.log_in("", ""))["RspInfo"]["ErrorID"] == -1
        counter.answer_logins()
        assert (await eyes.until("RspUserLogin"))["RspInfo"]["ErrorID"] == 0
        counter.tell(Answer("OnRtnDepthMarketData", {"InstrumentID": "rb2701"}))
        await eyes.until("RtnDepthMarketData")

    terms = replace(QUIET, upstream=replace(UPSTREAM, login_timeout_s=0.05))
    run(story, doors=counter, terms=terms)


def test_a_login_that_takes_its_time_holds_up_nobody_else() -> None:
    counter = Scripted(prompt=False)

    async def story(served: Served) -> None:
        slow, other = await served.connect(), await served.connect()
        login = {"UserID": "alice", "Password": "x"}
        await slow.send("ReqUserLogin", 1, ReqUserLogin=login)
        assert (await other.ask("ReqQryOrder", 2, QryOrder={}))[0]["RspInfo"]["ErrorID"] == -401
        second = await served.connect()
        await second.send("ReqUserLogin", 1, ReqUserLogin=login)
        assert await slow.settle() == []
        assert await second.settle() == []
        counter.answer_logins()
        for each in (slow, second):
            assert (await each.until("RspUserLogin"))["RspInfo"]["ErrorID"] == 0
        assert counter.opened == 1

    run(story, doors=counter)


def test_a_login_that_is_never_answered_fails_in_time() -> None:
    async def story(served: Served) -> None:
        slow = await served.connect()
        answer = await slow.log_in()
        assert answer["RspInfo"]["ErrorID"] == -1
        assert not served.door.accounts.shares

    terms = replace(QUIET, upstream=replace(UPSTREAM, login_timeout_s=0.02))
    run(story, doors=Scripted(prompt=False), terms=terms)


def test_clients_are_told_when_the_service_ends_and_orders_stay() -> None:
    desk = Desk(OPEN_HOUSE, names=NAMES)

    async def main() -> None:
        async with serving(desk=desk) as served:
            alice = await served.logged_in()
            [row, *_] = await alice.ask("ReqOrderInsert", 1, InputOrder=order(LimitPrice=3400))
            closing = asyncio.create_task(served.door.close())
            with pytest.raises(EOFError, match="1001"):
                await alice.next()
            await closing
        async with serving(desk=desk) as served:
            again = await served.logged_in()
            [found] = await again.ask("ReqQryOrder", 2, QryOrder={})
            assert found["Order"]["OrderSysID"].strip()
            assert found["Order"]["OrderRef"] == row["Order"]["OrderRef"]

    asyncio.run(main())


# ---- many


async def _connects_and_drops(served: Served, number: int) -> None:
    for _ in range(number // 20):
        sockets = [await served.connect() for _ in range(20)]
        for count, socket in enumerate(sockets):
            login = {"UserID": f"u{count}", "Password": "x"}
            await socket.send("ReqUserLogin", 1, ReqUserLogin=login)
        for count, socket in enumerate(sockets):
            if count % 2:
                await socket.close()
            else:
                socket.socket._response.connection.transport.abort()  # type: ignore[union-attr]
    await served.until(lambda: not served.door.clients)
    await served.until(lambda: not served.door.accounts.shares)
    assert not served.door.accounts._of


@pytest.mark.parametrize("number", [60, pytest.param(1_000, marks=pytest.mark.long)])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_connects_and_drops_leave_nothing_behind(number: int) -> None:
    async def story(served: Served) -> None:
        await _connects_and_drops(served, number)
        gc.collect()
        live = [each for each in served.desk.counter._sessions if not each.closed]
        assert live == []

    run(story, terms=UNLIMITED)


def test_two_clients_of_one_account_order_at_once_and_every_order_is_its_own(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        audit = Audit(file)
        async with serving(terms=UNLIMITED, audit=audit) as served:
            sockets = [await served.logged_in() for _ in range(2)]

            async def insert(socket: Socket) -> None:
                for number in range(1, 51):
                    body = order(LimitPrice=3400, OrderRef=str(number))
                    await socket.send("ReqOrderInsert", number, InputOrder=body)

            await asyncio.gather(*map(insert, sockets))
            told = [await each.settle() for each in sockets]
            for messages in told:
                assert not any((each["RspInfo"] or {}).get("ErrorID") for each in messages)
            rows = [each["Order"] for each in await sockets[0].ask("ReqQryOrder", 1, QryOrder={})]
            assert len({(each["SessionID"], each["OrderRef"]) for each in rows}) == 100
        audit.close()
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        orders = [each for each in lines if each["MsgType"] == "ReqOrderInsert"]
        assert len(orders) == 100
        assert {each["account"] for each in orders} == {"alice"}
        assert len({each["address"] for each in orders}) == 2
        assert "secret" not in file.read_text()

    file = tmp_path / "audit.jsonl"
    asyncio.run(main())


def test_every_client_library_speaks_compression_with_us() -> None:
    async def story(served: Served) -> None:
        eyes = await served.connect("md/", compress=15)
        assert eyes.socket.compress
        await eyes.log_in("", "")
        await eyes.send("SubscribeMarketData", InstrumentID=["rb2701"])
        for price in (3500, 3501):
            served.desk.depth(price, price + 1)
        while (await eyes.until("RtnDepthMarketData"))["DepthMarketData"]["BidPrice1"] != 3501:
            pass
        plain = await served.logged_in("md/", "")
        assert plain.socket.compress == 0

    run(story, terms=replace(QUIET, deflate=1))


def test_a_message_that_is_too_large_ends_its_own_connection_only() -> None:
    async def story(served: Served) -> None:
        other, large = await served.logged_in(), await served.connect()
        await large.raw("x" * 300_000)
        with pytest.raises(EOFError, match="1009"):
            await large.next()
        assert await other.ask("ReqQryOrder", 1, QryOrder={})
        for path in ("nothing", "td"):
            async with served.http.get(f"http://127.0.0.1:{served.port}/{path}") as answer:
                assert answer.status == 404
        assert isinstance(served.http, aiohttp.ClientSession)

    run(story)
