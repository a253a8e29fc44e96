"""What clients of the JSON door are told, alone and several on one account."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from msgspec.structs import replace

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.json.limits import Limits
from anyvenue.venues.ctp.json.service import JsonDoor, JsonTerms
from anyvenue.venues.ctp.json.tokens import Token
from anyvenue.venues.paper.encryption import pinned_tls, server_tls
from webctp_rig import NAMES, OPEN_HOUSE, QUIET, Desk, Message, Served, Socket, order, serving

Story = Callable[[Served], Awaitable[None]]


def run(story: Story, **terms: Any) -> None:
    async def main() -> None:
        async with serving(**terms) as served:
            await story(served)

    asyncio.run(main())


def named(messages: list[Message], name: str) -> list[Message]:
    return [each for each in messages if each["MsgType"] == name]


def key(row: Message) -> tuple[int, int, str]:
    return row["FrontID"], row["SessionID"], row["OrderRef"].strip()


def test_an_order_that_rests_is_reported_twice_and_found_by_a_query() -> None:
    async def story(served: Served) -> None:
        alice = await served.logged_in()
        told = await alice.ask("ReqOrderInsert", 5, InputOrder=order(LimitPrice=3400))
        assert [each["MsgType"] for each in told] == ["RtnOrder", "RtnOrder"]
        assert all(each["RspInfo"] is None for each in told)
        assert told[0]["Order"]["InvestorID"] == told[0]["Order"]["UserID"] == "alice"
        assert told[0]["Order"]["OrderRef"] == "1"
        [row] = await alice.ask("ReqQryOrder", 6, QryOrder={})
        assert row["RequestID"] == 6
        assert row["IsLast"] is True
        assert key(row["Order"]) == key(told[0]["Order"])

    run(story)


def test_every_socket_of_an_account_sees_its_reports() -> None:
    async def story(served: Served) -> None:
        one, two = await served.logged_in(), await served.logged_in()
        await one.send("ReqOrderInsert", 1, InputOrder=order(LimitPrice=3501))
        seen = [named(await each.settle(), "RtnTrade") for each in (one, two)]
        assert seen[0] == seen[1]
        assert len(seen[0]) == 1
        assert len(served.desk.counter._sessions) == 1

    run(story)


def test_two_sockets_number_their_orders_alike_and_neither_clashes() -> None:
    async def story(served: Served) -> None:
        one, two = await served.connect(), await served.connect()
        logins = [(await each.log_in())["RspUserLogin"] for each in (one, two)]
        assert logins[0]["SessionID"] != logins[1]["SessionID"]
        for number in range(1, 6):
            for socket in (one, two):
                body = order(LimitPrice=3400, OrderRef=str(number))
                await socket.send("ReqOrderInsert", number, InputOrder=body)
        await one.settle()
        await two.settle()
        rows = [each["Order"] for each in await two.ask("ReqQryOrder", 9, QryOrder={})]
        expected = {
            (login["FrontID"], login["SessionID"], str(number))
            for login in logins
            for number in range(1, 6)
        }
        assert {key(each) for each in rows} == expected
        assert {each["RequestID"] for each in rows} == {1, 2, 3, 4, 5}

    run(story)


def test_a_cancel_by_the_names_that_a_socket_knows_finds_its_own_order() -> None:
    async def story(served: Served) -> None:
        one, two = await served.logged_in(), await served.logged_in()
        for price, socket in ((3400, one), (3300, two)):
            body = order(LimitPrice=price, OrderRef="1")
            await socket.send("ReqOrderInsert", 1, InputOrder=body)
            told = await socket.settle()
        mine = next(each["Order"] for each in told if each["Order"]["LimitPrice"] == 3300)
        await one.settle()
        action = {name: mine[name] for name in ("FrontID", "SessionID", "OrderRef", "InstrumentID")}
        told = await one.ask("ReqOrderAction", 2, InputOrderAction={**action, "ActionFlag": "0"})
        assert {each["Order"]["LimitPrice"] for each in told} == {3300}
        assert told[-1]["Order"]["OrderStatus"] == "5"

    run(story)


def test_a_batch_cancel_takes_the_orders_of_its_own_socket_alone() -> None:
    async def story(served: Served) -> None:
        one, two = await served.logged_in(), await served.logged_in()
        for price, socket in ((3400, one), (3300, two), (3200, two)):
            await socket.ask("ReqOrderInsert", 1, InputOrder=order(LimitPrice=price))
        await two.settle()
        told = await two.ask("ReqBatchOrderAction", 7, InputBatchOrderAction={})
        [answer] = named(told, "RspBatchOrderAction")
        assert answer["RequestID"] == 7
        cancelled = [each["Order"] for each in named(told, "RtnOrder")]
        assert {each["LimitPrice"] for each in cancelled if each["OrderStatus"] == "5"} == {
            3300,
            3200,
        }
        again = await two.ask("ReqBatchOrderAction", 8, InputBatchOrderAction={})
        assert [each["MsgType"] for each in again] == ["RspBatchOrderAction"]

    run(story)


def test_a_trade_has_the_reference_that_its_socket_gave() -> None:
    async def story(served: Served) -> None:
        one, two = await served.logged_in(), await served.logged_in()
        await one.send("ReqOrderInsert", 1, InputOrder=order(LimitPrice=3400, OrderRef="7"))
        await one.settle()
        await two.send("ReqOrderInsert", 1, InputOrder=order(LimitPrice=3501, OrderRef="7"))
        [trade] = named(await two.settle(), "RtnTrade")
        assert trade["Trade"]["OrderRef"] == "7"
        rows = await two.ask("ReqQryTrade", 2, QryTrade={})
        assert [each["Trade"]["OrderRef"] for each in rows] == ["7"]

    run(story)


def test_a_reference_that_does_not_rise_is_refused_as_ctp_does() -> None:
    async def story(served: Served) -> None:
        alice = await served.logged_in()
        await alice.ask("ReqOrderInsert", 1, InputOrder=order(LimitPrice=3400, OrderRef="5"))
        told = await alice.ask("ReqOrderInsert", 2, InputOrder=order(LimitPrice=3400, OrderRef="5"))
        assert [each["MsgType"] for each in told] == ["RspOrderInsert", "ErrRtnOrderInsert"]
        assert told[0]["RspInfo"]["ErrorID"] == 22
        assert told[0]["RequestID"] == 2

    run(story)


def test_the_second_socket_of_an_account_needs_its_password_too() -> None:
    async def story(served: Served) -> None:
        alice = await served.logged_in()
        stranger = await served.connect()
        answer = await stranger.log_in("alice", "guessed")
        assert answer["RspInfo"]["ErrorID"] == 3
        assert "RspUserLogin" not in answer
        [refused] = await stranger.ask("ReqQryOrder", 3, QryOrder={})
        assert (refused["RspInfo"]["ErrorID"], refused["RequestID"]) == (-401, 3)
        assert len(served.door.accounts.shares["alice"].guests) == 1
        await alice.close()

    run(story)


def test_a_wrong_password_at_the_first_login_leaves_nothing_behind() -> None:
    async def story(served: Served) -> None:
        await (await served.logged_in()).close()
        await served.until(lambda: not served.door.accounts.shares)
        stranger = await served.connect()
        assert (await stranger.log_in("alice", "guessed"))["RspInfo"]["ErrorID"] == 3
        assert not served.door.accounts.shares

    run(story)


def test_a_new_password_is_the_one_that_the_next_socket_needs() -> None:
    async def story(served: Served) -> None:
        alice = await served.logged_in()
        body = {"OldPassword": "secret", "NewPassword": "better1", "UserID": "alice"}
        [answer] = await alice.ask("ReqUserPasswordUpdate", 2, UserPasswordUpdate=body)
        assert answer["RspInfo"]["ErrorID"] == 0
        assert "better1" not in str(answer)
        second = await served.connect()
        assert (await second.log_in("alice", "secret"))["RspInfo"]["ErrorID"] == 3
        assert (await second.log_in("alice", "better1"))["RspInfo"]["ErrorID"] == 0

    run(story)


def test_quotes_are_subscribed_once_upstream_and_come_to_every_reader() -> None:
    async def story(served: Served) -> None:
        readers = [await served.logged_in("md/", "") for _ in range(3)]
        for reader in readers:
            await reader.send("SubscribeMarketData", InstrumentID=["rb2701"])
            answer = await reader.until("RspSubMarketData")
            assert answer["SpecificInstrument"] == {"InstrumentID": "rb2701"}
            # Who comes later has the latest one at once.
            assert (await reader.until("RtnDepthMarketData"))["DepthMarketData"][
                "BidPrice1"
            ] == 3499
        [session] = served.desk.counter.market.sessions
        served.desk.depth(3510, 3512)
        quotes = [await reader.until("RtnDepthMarketData") for reader in readers]
        assert quotes[0] == quotes[1] == quotes[2]
        assert quotes[0]["DepthMarketData"]["AskPrice1"] == 3512
        assert quotes[0]["DepthMarketData"]["AskPrice5"] == 0
        assert list(quotes[0]) == ["MsgType", "DepthMarketData"]
        for reader in readers:
            await reader.ask("UnSubscribeMarketData", InstrumentID=["rb2701"])
        assert not served.door.market.quotes.codes
        assert session in served.desk.counter.market.sessions

    run(story)


def test_one_request_for_several_instruments_is_answered_in_its_order_the_last_marked() -> None:
    async def story(served: Served) -> None:
        reader = await served.logged_in("md/", "")
        codes = ["rb2701", "nothing", "au2612"]
        told = named(
            await reader.ask("SubscribeMarketData", InstrumentID=codes), "RspSubMarketData"
        )
        assert [each["SpecificInstrument"]["InstrumentID"] for each in told] == codes
        assert [each["RspInfo"]["ErrorID"] for each in told] == [0, 16, 0]
        assert ["IsLast" in each for each in told] == [False, False, True]

    run(story)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"LimitPrice": "3050"}, "InputOrder.LimitPrice"),
        ({"VolumeTotalOriginal": 1.5}, "InputOrder.VolumeTotalOriginal"),
        ({"VolumeTotalOriginal": True}, "InputOrder.VolumeTotalOriginal"),
        ({"VolumeTotalOriginal": 1 << 31}, "InputOrder.VolumeTotalOriginal"),
        ({"InstrumentID": None}, "InputOrder.InstrumentID"),
        ({"OrderRef": "1" * 13}, "InputOrder.OrderRef"),
        ({"OrderRef": "一二三四五六七"}, "InputOrder.OrderRef"),
        ({"Direction": []}, "InputOrder.Direction"),
    ],
)
def test_a_field_that_does_not_fit_is_told_by_its_name(given: Message, where: str) -> None:
    async def story(served: Served) -> None:
        alice = await served.logged_in()
        [answer] = await alice.ask("ReqOrderInsert", 4, InputOrder=order(**given))
        assert answer["MsgType"] == "ReqOrderInsert"
        assert answer["RspInfo"] == {"ErrorID": -400, "ErrorMsg": "参数有误"}
        assert answer["RequestID"] == 4
        assert answer["Detail"].startswith(where)

    run(story)


def test_a_secret_that_does_not_fit_is_not_repeated() -> None:
    async def story(served: Served) -> None:
        socket = await served.connect()
        body = {"UserID": "a", "Password": "hunter2" * 20}
        [answer] = await socket.ask("ReqUserLogin", ReqUserLogin=body)
        assert answer["RspInfo"]["ErrorID"] == -400
        assert "hunter2" not in str(answer)

    run(story)


def test_logging_out_ends_the_reports_and_a_login_begins_them_again() -> None:
    async def story(served: Served) -> None:
        one, two = await served.logged_in(), await served.logged_in()
        [answer] = await one.ask("ReqUserLogout", 8, UserLogout={"UserID": "alice"})
        assert (answer["MsgType"], answer["RequestID"]) == ("RspUserLogout", 8)
        await two.ask("ReqOrderInsert", 1, InputOrder=order(LimitPrice=3400))
        assert await one.settle() == []
        assert (await one.log_in())["RspInfo"]["ErrorID"] == 0

    run(story)


def test_the_plain_path_serves_trading_and_quotes() -> None:
    async def story(served: Served) -> None:
        both = await served.logged_in("")
        await both.send("SubscribeMarketData", InstrumentID=["rb2701"])
        await both.until("RtnDepthMarketData")
        told = await both.ask("ReqOrderInsert", 1, InputOrder=order(LimitPrice=3501))
        assert named(told, "RtnTrade")
        quotes_alone = await served.connect("")
        assert (await quotes_alone.log_in("", ""))["RspUserLogin"]["UserID"] == ""

    run(story)


def test_the_names_of_2023_are_told_on_request_and_need_no_request_id() -> None:
    async def story(served: Served) -> None:
        old = await served.connect("td/?names=legacy")
        await old.send("ReqUserLogin", ReqUserLogin={"UserID": "alice", "Password": "secret"})
        await old.until("OnRspUserLogin")
        told = await old.ask("ReqOrderInsert", InputOrder=order(LimitPrice=3400))
        assert {each["MsgType"] for each in told} == {"OnRtnOrder"}

    run(story)


def test_compact_quotes_leave_out_what_is_empty_and_batches_are_arrays() -> None:
    async def story(served: Served) -> None:
        compact = await served.logged_in("md/?quotes=compact&batch=10", "")
        await compact.send("SubscribeMarketData", InstrumentID=["rb2701"])
        await compact.until("RspSubMarketData")
        batch: Any = await compact.next()
        assert isinstance(batch, list)
        assert batch[0]["DepthMarketData"]["BidPrice1"] == 3499
        assert "BidPrice5" not in batch[0]["DepthMarketData"]
        for price in (3500, 3501, 3502):
            served.desk.depth(price, price + 1)
        batch = await compact.next()
        assert [each["DepthMarketData"]["BidPrice1"] for each in batch] == [3500, 3501, 3502]

    run(story)


def test_messagepack_goes_both_ways_and_rubbish_in_it_is_answered() -> None:
    async def story(served: Served) -> None:
        packed = (await served.connect("td/?encoding=msgpack")).socket

        async def ask(message: Message | bytes) -> Message:
            raw = message if isinstance(message, bytes) else msgspec.msgpack.encode(message)
            await packed.send_bytes(raw)
            return msgspec.msgpack.decode(await packed.receive_bytes(timeout=5))  # type: ignore[no-any-return]

        login = {"UserID": "alice", "Password": "secret"}
        answer = await ask({"MsgType": "ReqUserLogin", "ReqUserLogin": login, "RequestID": 1})
        assert answer["RspUserLogin"]["UserID"] == "alice"
        for bad in (b"", b"\xc1", b"\xd9\xff", msgspec.msgpack.encode([1])):
            assert (await ask(bad))["RspInfo"]["ErrorID"] == -400
        answer = await ask({"MsgType": "ReqQryInvestor", "QryInvestor": {}, "RequestID": 2})
        assert answer["Investor"]["InvestorID"] == "alice"

    run(story)


def test_a_token_is_asked_for_by_query_or_header_and_told_apart() -> None:
    tokens = (
        Token(name="boss", secret="letmein"),
        Token(name="guest", secret="looking", accounts=("alice",), role="read"),
    )

    async def story(served: Served) -> None:
        for path in ("td/", "td/?token=wrong", "md/?token=looking1"):
            with pytest.raises(Exception, match="403"):
                await served.connect(path)
        boss = await served.connect("td/", headers={"Authorization": "Bearer letmein"})
        assert (await boss.log_in("bob"))["RspInfo"]["ErrorID"] == 0
        guest = await served.connect("td/?token=looking")
        assert (await guest.log_in("bob"))["RspInfo"]["ErrorID"] == 9
        assert (await guest.log_in("alice"))["RspInfo"]["ErrorID"] == 0
        [refused] = await guest.ask("ReqOrderInsert", 1, InputOrder=order())
        assert (refused["MsgType"], refused["RspInfo"]["ErrorID"]) == ("RspOrderInsert", 9)
        assert await guest.ask("ReqQryTradingAccount", 2, QryTradingAccount={})

    run(story, tokens=tokens)


def test_who_tries_tokens_is_refused_for_a_while() -> None:
    async def story(served: Served) -> None:
        for _ in range(3):
            with pytest.raises(Exception, match="403"):
                await served.connect("td/?token=guess")
        with pytest.raises(Exception, match="429"):
            await served.connect("td/?token=letmein")

    terms = replace(QUIET, limits=Limits(token_attempts=3))
    run(story, terms=terms, tokens=(Token(name="boss", secret="letmein"),))


def test_requests_beyond_the_limit_are_refused_and_the_session_lives() -> None:
    async def story(served: Served) -> None:
        alice = await served.logged_in()
        for number in range(1, 8):
            await alice.send("ReqQryOrder", number, QryOrder={})
        told = [await alice.next() for _ in range(7)]
        codes = [(each["RspInfo"] or {}).get("ErrorID") for each in told]
        assert codes == [None, None, None, None, -3, -3, -3]
        assert told[-1]["RequestID"] == 7

    run(story, terms=replace(QUIET, limits=Limits(requests_per_second=0.01, burst=5)))


def test_pings_come_at_once_and_a_client_that_knows_none_is_not_cut() -> None:
    async def story(served: Served) -> None:
        old, new = await served.connect(), await served.connect()
        await new.raw('{"MsgType":"Pong","Timestamp":1}')
        assert (await old.next())["MsgType"] == "Ping"
        with pytest.raises(EOFError):
            await new.until("its end")
        assert (await old.log_in())["RspInfo"]["ErrorID"] == 0

    run(story, terms=replace(QUIET, heartbeat_s=0.02, heartbeat_timeout_s=0.05))


def test_queries_that_come_too_fast_wait_for_their_turn_and_none_is_lost() -> None:
    paced = replace(OPEN_HOUSE, queries_per_second=1)

    async def story(served: Served) -> None:
        one, two = await served.logged_in(), await served.logged_in()
        for number in range(1, 6):
            await one.send("ReqQryTradingAccount", number, QryTradingAccount={})
        await two.send("ReqQryOrder", 9, QryOrder={})
        assert (await two.until("RspQryOrder"))["RequestID"] == 9
        assert served.door.accounts.shares["alice"].queries.waiting >= 2
        for number in range(1, 6):
            answer = await one.until("RspQryTradingAccount")
            assert (answer["RequestID"], answer["RspInfo"]) == (number, None)

    terms = JsonTerms(upstream=replace(QUIET.upstream, queries_per_second=200.0), heartbeat_s=0)
    desk = Desk(replace(paced, queries_per_second=0), names=NAMES)
    run(story, terms=terms, desk=desk)


def test_the_service_speaks_tls() -> None:
    here = Path(__file__).parents[3] / "certificates"
    tls = server_tls(here / "loopback.pem", here / "loopback.key")

    async def main() -> None:
        desk = Desk(OPEN_HOUSE, names=NAMES)
        door = JsonDoor(desk.counter, QUIET, now=time.time_ns)
        _, port = await door.start(tls=tls)
        async with aiohttp.ClientSession() as http:
            believed = pinned_tls(here / "loopback.pem")
            url = f"https://127.0.0.1:{port}/td/"
            socket = Socket(await http.ws_connect(url, ssl=believed))
            assert (await socket.log_in())["RspInfo"]["ErrorID"] == 0
            await socket.close()
        await door.close()

    asyncio.run(main())


def test_an_address_that_others_reach_is_refused_without_a_token() -> None:
    async def main() -> None:
        door = JsonDoor(Desk(OPEN_HOUSE, names=NAMES).counter, QUIET, now=time.time_ns)
        with pytest.raises(ConfigError, match="set a token"):
            await door.start("0.0.0.0")
        await door.close()

    asyncio.run(main())
