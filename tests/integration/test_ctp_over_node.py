"""CTP programs at a live node: they trade what is no CTP venue's, and find everything again after a kill."""

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from live_books import crash, live_node, paper_driver

from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.engine.hosting.market import ClockMarket
from anyvenue.engine.live import LiveNode
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import Offset, Side
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.runtime.clock import LiveClock
from anyvenue.runtime.processes import HostedDriver
from anyvenue.venues.ctp.counter.counter import Counter
from anyvenue.venues.ctp.counter.seam import Resume
from anyvenue.venues.ctp.description import describe
from ctp_desk import Other
from ctp_driving import Driving
from ctp_over_node import Program, counter_over
from served import SECRET, Served, served

ALICE, BOB = AccountId("alice"), AccountId("bob")
COIN, STOCK = InstrumentId("BTC-USDT-PERP.BINANCE"), InstrumentId("AAPL.US")
RB_ORDER = {"InstrumentID": "rb2701", "ExchangeID": "SHFE", "LimitPrice": 3400.0}
COIN_ORDER = {"InstrumentID": "BTC-USDT-PERP", "ExchangeID": "BINANCE", "LimitPrice": 50_000.0}


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine."""
    asyncio.run(main)


@asynccontextmanager
async def venue() -> AsyncIterator[Served]:
    """Serve an exchange for coins and American stocks, with money of both."""
    catalog = Catalog()
    market = ClockMarket([catalog.get(COIN), catalog.get(STOCK)], LiveClock())
    exchange = HostedExchange(market, catalog, VenueOptions(hours="always", matching="book"))
    money = {"USDT": Decimal(1_000_000), "USD": Decimal(100_000)}
    for name in (ALICE, BOB):
        exchange.create_account(name, money, SECRET)
    async with served(exchange=exchange, accounts=()) as found:
        yield found


async def started(port: int, folder: Path | None = None, snapshot_every: int = 50_000) -> LiveNode:
    """Return a running node for alice."""
    node = live_node(paper_driver(port), clock=LiveClock())
    if folder is not None:
        node.open_journal(folder, snapshot_every=snapshot_every)
    await node.start()
    return node


def sells(exchange: Served, instrument: InstrumentId, price: int, quantity: str) -> OrderId:
    """Let bob sell at the venue."""
    request = OrderRequest(
        BOB, instrument, Side.SELL, Decimal(quantity), Decimal(price), offset=Offset.OPEN
    )
    return exchange.exchange.submit(BOB, request)


def test_a_ctp_program_trades_coins_and_american_stocks() -> None:
    async def main() -> None:
        async with venue() as exchange:
            node = await started(exchange.port)
            counter = await counter_over(node, "alice", "USDT")
            program = Program(counter, "alice")
            await program.log_in()
            listed = {row["InstrumentID"]: row for row in await program.rows("Instrument")}
            assert set(listed) == {"BTC-USDT-PERP", "AAPL"}
            assert listed["AAPL"]["ExchangeID"] == "NASD"
            assert listed["AAPL"]["ProductClass"] == "E"
            assert listed["BTC-USDT-PERP"]["ExchangeID"] == "BINANCE"

            quotes = Program(counter, "alice")
            md = counter.md(quotes, "127.0.0.1:5001")
            md.request("ReqUserLogin", {"UserID": "alice"}, 1)
            md.subscribe(["BTC-USDT-PERP", "AAPL"])

            program.insert(OrderRef="1", VolumeTotalOriginal=20, **COIN_ORDER)
            assert program.statuses("1") == ["a"]
            await program.until(lambda: program.statuses("1") == ["a", "3"])
            sells(exchange, COIN, 50_000, "0.005")
            await program.until(lambda: program.statuses("1")[-1] == "1")
            program.cancel(OrderRef="1", FrontID=0, SessionID=0, **COIN_ORDER)
            await program.until(lambda: program.statuses("1")[-1] == "5")
            (trade,) = [each.fields for each in program.told if each.callback == "OnRtnTrade"]
            assert trade is not None
            assert (trade["Price"], trade["Volume"]) == (50_000.0, 5)
            await quotes.until(lambda: _shown(quotes, "BTC-USDT-PERP"))

            program.insert(OrderRef="2", InstrumentID="AAPL", ExchangeID="NASD", LimitPrice=200.0)
            await program.until(lambda: program.statuses("2")[-1:] == ["3"])
            await quotes.until(lambda: _shown(quotes, "AAPL"))

            (held,) = await program.rows("InvestorPosition", InstrumentID="BTC-USDT-PERP")
            assert (held["Position"], held["PosiDirection"]) == (5, "2")
            (asked,) = await program.rows("InvestorPosition", InstrumentID="AAPL")
            assert (asked["Position"], asked["LongFrozen"]) == (0, 1)
            money = {row["CurrencyID"]: row for row in await program.rows("TradingAccount")}
            assert money["USDT"]["CurrMargin"] > 0
            assert money["USD"]["FrozenCash"] + money["USD"]["FrozenMargin"] > 0
            await node.stop()

    run(main())


def _shown(program: Program, code: str) -> bool:
    rows = [each.fields or {} for each in program.told if each.callback == "OnRtnDepthMarketData"]
    return any(row["InstrumentID"] == code for row in rows)


def test_an_order_whose_outcome_is_lost_is_unknown_and_found_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with venue() as exchange:
            node = await started(exchange.port, tmp_path)
            counter = await counter_over(node, "alice", "USDT")
            program = Program(counter, "alice")
            await program.log_in()
            driver: Any = node.sessions[node.venue_of(ALICE)].driver
            program.insert(OrderRef="1", **COIN_ORDER)
            driver._link.abort()
            await program.until(lambda: program.statuses("1")[-1] in ("3", "5"))
            assert set(program.statuses("1")[:-1]) == {"a"}
            await node.stop()

    run(main())


@pytest.mark.parametrize("kill", ["both at once", "the node alone, while nobody listens"])
def test_a_kill_and_a_restart_lose_and_double_nothing(tmp_path: Path, kill: str) -> None:
    async def main() -> None:
        async with venue() as exchange:
            node = await started(exchange.port, tmp_path / "node")
            counter = await counter_over(node, "alice", "USDT", tmp_path / "ctp")
            program = Program(counter, "alice")
            login = await program.log_in()
            program.insert(OrderRef="1", VolumeTotalOriginal=20, **COIN_ORDER)
            await program.until(lambda: program.statuses("1")[-1:] == ["3"])
            sells(exchange, COIN, 50_000, "0.005")
            await program.until(lambda: program.statuses("1")[-1] == "1")
            if kill != "both at once":
                # It never hears of the second order, but for the fact that it gave it.
                program.session.close()
                counter.context.broker.close()  # type: ignore[attr-defined]
                counter.desk.context.broker.submit(ALICE, _wish(), "1.1.2")
                await _at_venue(exchange, 2)
            heard = program.private()
            crash(node)
            counter.close()
            sells(exchange, COIN, 50_000, "0.005")  # while nobody is there

            again = await started(exchange.port, tmp_path / "node")
            second = await counter_over(again, "alice", "USDT", tmp_path / "ctp")
            whole, resumed = Program(second, "alice"), Program(second, "alice")
            await whole.log_in(Resume.RESTART)
            await resumed.log_in(Resume.RESUME, heard[-1].number)
            assert whole.private()[: len(heard)] == heard
            assert whole.private()[len(heard) :] == resumed.private()
            numbers = [each.number for each in whole.private()]
            assert numbers == list(range(1, len(numbers) + 1))
            assert whole.statuses("1") == ["a", "3", "1", "1"]
            orders = {row["OrderRef"].strip(): row for row in await whole.rows("Order")}
            assert orders["1"]["VolumeTraded"] == 10
            assert orders["1"]["SessionID"] == login["SessionID"]
            assert len(orders) == (1 if kill == "both at once" else 2)
            assert len(await whole.rows("Trade")) == 2
            whole.cancel(
                OrderRef="1", FrontID=1, SessionID=login["SessionID"], InstrumentID="BTC-USDT-PERP"
            )
            await whole.until(lambda: whole.statuses("1")[-1] == "5")
            assert len(exchange.exchange.orders(ALICE)) == len(orders)
            await again.stop()
            second.close()

    run(main())


def test_what_a_loss_of_power_took_from_the_journal_is_told_once_all_the_same(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with venue() as exchange:
            node = await started(exchange.port, tmp_path / "node")
            counter = await counter_over(node, "alice", "USDT", tmp_path / "ctp")
            program = Program(counter, "alice")
            await program.log_in()
            program.insert(OrderRef="1", VolumeTotalOriginal=20, **COIN_ORDER)
            await program.until(lambda: program.statuses("1")[-1:] == ["3"])
            (segment,) = (tmp_path / "node").glob("segment-*")
            synced = segment.stat().st_size
            sells(exchange, COIN, 50_000, "0.005")
            await program.until(lambda: program.statuses("1")[-1] == "1")
            heard = program.private()
            counter.context.broker.close()  # type: ignore[attr-defined]
            crash(node)
            counter.close()
            with segment.open("r+b") as file:
                file.truncate(synced + 7)
            sells(exchange, COIN, 50_000, "0.002")

            again = await started(exchange.port, tmp_path / "node")
            second = await counter_over(again, "alice", "USDT", tmp_path / "ctp")
            whole = Program(second, "alice")
            await whole.log_in(Resume.RESTART)
            assert whole.private()[: len(heard)] == heard
            assert whole.statuses("1") == ["a", "3", "1", "1"]
            (order,) = await whole.rows("Order")
            assert order["VolumeTraded"] == 7
            assert [row["Volume"] for row in await whole.rows("Trade")] == [5, 2]
            await again.stop()
            second.close()

    run(main())


class DeskClock:
    """The time of a counter whose market a test moves."""

    def __init__(self, place: Driving) -> None:
        self.place = place

    def now(self) -> int:
        return self.place.desk.broker.now


async def chained(place: Driving) -> tuple[LiveNode, Counter]:
    """Return a node with the driver of `place` at its counter, and a counter over the node."""
    node = LiveNode(
        Catalog(20260915),
        clock=DeskClock(place),
        sessions_of=lambda _: get_sessions("always"),
    )
    node.add_venue(place.driver)
    node.add_account(ALICE, place.driver.venue)
    await node.start()
    return node, await counter_over(node, "alice", "CNY")


QUERIES = ("TradingAccount", "InvestorPosition", "InvestorPositionDetail", "Instrument")


def test_over_a_ctp_account_its_own_figures_are_shown_to_the_last_field() -> None:
    async def main() -> None:
        place = Driving()
        node, counter = await chained(place)
        ours = Program(counter, "alice")
        await ours.log_in()
        ours.insert(OrderRef="1", VolumeTotalOriginal=3, **RB_ORDER)
        await ours.until(lambda: ours.statuses("1")[-1:] == ["3"])
        place.desk.depth(3399, 3400, 2.0)
        await ours.until(lambda: ours.statuses("1")[-1] == "1")
        ours.insert(OrderRef="2", **RB_ORDER | {"LimitPrice": 3380.0})
        await ours.until(lambda: ours.statuses("2")[-1:] == ["3"])

        theirs = Other(place.desk, "alice", "secret")
        for name in QUERIES:
            theirs.told.clear()
            theirs.ask(f"ReqQry{name}")
            own = [dict(each.fields) for each in theirs.told if each.fields is not None]
            shown = await ours.rows(name)
            assert own
            # As a program gets them: the struct, byte for byte.
            pack = describe().layout(name).pack
            assert [pack(row) for row in shown] == [pack(row) for row in own]
        (refused,) = await ours.ask("ReqQryInstrumentMarginRate", InstrumentID="rb9999")
        assert refused.is_last
        await node.stop()

    run(main())


def test_money_comes_from_the_bank_of_the_counter_behind() -> None:
    async def main() -> None:
        place = Driving()
        node, counter = await chained(place)
        program = Program(counter, "alice")
        await program.log_in()
        (answer,) = await program.ask(
            "ReqFromBankToFutureByFuture", BankID="1", CurrencyID="CNY", TradeAmount=500.0
        )
        assert answer.error == (0, "CTP:正确")
        (told,) = [
            each for each in program.told if each.callback == "OnRtnFromBankToFutureByFuture"
        ]
        assert told.fields is not None
        assert told.fields["TradeAmount"] == 500.0
        (money,) = await program.rows("TradingAccount")
        assert (money["Balance"], money["Deposit"]) == (1_000_500.0, 1_000_500.0)
        books = node.node.desk.account(ALICE)
        async with asyncio.timeout(60):
            while books.ledger.balance("CNY") != 1_000_500:
                await asyncio.sleep(0)
        await node.stop()

    run(main())


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="hosting needs a POSIX system")
def test_a_driver_in_a_process_of_its_own_brings_the_counters_figures_too() -> None:
    async def main() -> None:
        driver = HostedDriver("hosted_drivers:ctp", {})
        node = LiveNode(Catalog(20260915), sessions_of=lambda _: get_sessions("always"))
        node.add_venue(driver)
        node.add_account(ALICE, driver.venue)
        await node.start()
        program = Program(await counter_over(node, "alice", "CNY"), "alice")
        await program.log_in()
        (money,) = await program.rows("TradingAccount")
        assert (money["BrokerID"], money["Balance"]) == ("9999", 1_000_000.0)
        assert "rb2701" in {row["InstrumentID"] for row in await program.rows("Instrument")}
        await node.stop(timeout=0.1)

    run(main())


def test_a_counter_that_cannot_be_asked_is_no_reason_to_reckon_by_oneself() -> None:
    async def main() -> None:
        place = Driving()
        node, counter = await chained(place)
        program = Program(counter, "alice")
        await program.log_in()
        place.library.cut()
        (answer,) = await program.ask("ReqQryTradingAccount")
        assert answer.error is not None
        assert answer.error[0] != 0
        await node.stop(timeout=0.1)

    run(main())


def test_a_new_day_of_the_counter_is_a_new_day_of_the_counter_over_it() -> None:
    async def main() -> None:
        place = Driving()
        node, counter = await chained(place)
        program = Program(counter, "alice")
        login = await program.log_in()
        program.insert(OrderRef="1", **RB_ORDER)
        await program.until(lambda: program.statuses("1")[-1:] == ["3"])
        desk = place.desk
        desk.pass_time(desk.broker.exchange.days.due - desk.broker.now)
        async with asyncio.timeout(60):
            while program.cut_for is None:
                await asyncio.sleep(0)
        tomorrow = Program(counter, "alice")
        again = await tomorrow.log_in()
        assert again["TradingDay"] > login["TradingDay"]
        assert not tomorrow.private()
        await node.stop()

    run(main())


def _wish() -> OrderRequest:
    return OrderRequest(
        ALICE, COIN, Side.BUY, Decimal("0.001"), Decimal(40_000), offset=Offset.OPEN
    )


async def _at_venue(exchange: Served, count: int) -> None:
    async with asyncio.timeout(60):
        while len(exchange.exchange.orders(ALICE)) < count:
            await asyncio.sleep(0)
