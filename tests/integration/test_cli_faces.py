"""``anyvenue serve`` with a CTP face: a CTP program trades a venue that is no CTP counter, through a kill -9."""

import asyncio
import json
import os
import signal
import socket
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from live_place import SECRET, Place, until

from anyvenue.ctp import tdapi
from anyvenue.model.commands import SubmitOrder
from anyvenue.model.enums import Offset, Side
from anyvenue.model.events import OrderFilled
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.paper.config import PaperConfig
from anyvenue.venues.paper.driver import PaperDriver
from served import PATIENCE_S, Box

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals"),
    pytest.mark.long,
]

COIN = InstrumentId("BTC-USDT-PERP.BINANCE")
CONFIG = """
[node]
journal = "j"
record = true
[accounts.class]
venue = "paper"
account = "ann"
port = {port}
password = {{ env = "ANN" }}
[faces.ctp]
accounts = ["class"]
password = {{ env = "ANN" }}
td_port = {td}
md_port = {td}
queries_per_second = 0
"""


class Program(tdapi.CThostFtdcTraderSpi):
    """A CTP program as people write them: it logs in whenever it is connected and keeps what it is told."""

    def __init__(self, front: str, flow: Path) -> None:
        super().__init__()
        self.orders: list[tuple[str, str, int]] = []
        self.trades: list[tuple[str, float, int]] = []
        self.logins: list[Any] = []
        self.lost = threading.Event()
        self.refused: list[int] = []
        self._api = tdapi.CThostFtdcTraderApi.CreateFtdcTraderApi(f"{flow}/")
        self._api.RegisterSpi(self)
        self._api.RegisterFront(front)
        self._api.SubscribePrivateTopic(tdapi.THOST_TERT_RESUME)
        self._api.SubscribePublicTopic(tdapi.THOST_TERT_RESUME)
        self._api.Init()

    def close(self) -> None:
        self._api.Release()

    def OnFrontConnected(self) -> None:  # noqa: N802
        wish = tdapi.CThostFtdcReqUserLoginField()
        wish.BrokerID, wish.UserID, wish.Password = "9999", "class", SECRET
        self._api.ReqUserLogin(wish, 1)

    def OnFrontDisconnected(self, reason: int) -> None:  # noqa: N802
        self.lost.set()

    def OnRspUserLogin(self, login: Any, error: Any, number: int, last: bool) -> None:  # noqa: N802
        assert error.ErrorID == 0, error.ErrorMsg
        wish = tdapi.CThostFtdcSettlementInfoConfirmField()
        wish.BrokerID, wish.InvestorID = "9999", "class"
        self._api.ReqSettlementInfoConfirm(wish, 2)
        self.session = (login.FrontID, login.SessionID)

    def OnRspSettlementInfoConfirm(self, row: Any, error: Any, number: int, last: bool) -> None:  # noqa: N802
        self.logins.append(self.session)

    def OnRspOrderInsert(self, row: Any, error: Any, number: int, last: bool) -> None:  # noqa: N802
        self.refused.append(error.ErrorID)

    def OnRtnOrder(self, order: Any) -> None:  # noqa: N802
        told = (order.OrderRef.strip(), order.OrderStatus, order.VolumeTraded)
        self.orders.append(told)

    def OnRtnTrade(self, trade: Any) -> None:  # noqa: N802
        self.trades.append((trade.OrderRef.strip(), trade.Price, trade.Volume))

    def insert(self, ref: str, lots: int) -> None:
        wish = tdapi.CThostFtdcInputOrderField()
        wish.BrokerID, wish.InvestorID, wish.UserID = "9999", "class", "class"
        wish.InstrumentID, wish.ExchangeID, wish.OrderRef = "BTC-USDT-PERP", "BINANCE", ref
        wish.Direction, wish.CombOffsetFlag, wish.CombHedgeFlag = "0", "0", "1"
        wish.LimitPrice, wish.VolumeTotalOriginal, wish.OrderPriceType = 50_000.0, lots, "2"
        wish.TimeCondition, wish.VolumeCondition, wish.MinVolume = "3", "1", 1
        wish.ContingentCondition, wish.ForceCloseReason = "1", "0"
        assert self._api.ReqOrderInsert(wish, 3) == 0

    def cancel(self, ref: str, session: tuple[int, int]) -> None:
        wish = tdapi.CThostFtdcInputOrderActionField()
        wish.BrokerID, wish.InvestorID, wish.UserID = "9999", "class", "class"
        wish.InstrumentID, wish.OrderRef, wish.ActionFlag = "BTC-USDT-PERP", ref, "0"
        wish.FrontID, wish.SessionID = session
        assert self._api.ReqOrderAction(wish, 4) == 0


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _bob_sells(place: Place, number: int) -> None:
    """Let bob fill a part of what the program bids."""
    driver = PaperDriver(PaperConfig(account="bob", password=SECRET, port=place.port))
    bob = AccountId("bob")
    request = OrderRequest(
        bob, COIN, Side.SELL, Decimal("0.005"), Decimal(50_000), offset=Offset.OPEN
    )

    async def sell() -> None:
        box = Box()
        await driver.open(box)
        driver.submit(SubmitOrder(OrderId(number), request, 0))
        await box.until(lambda box: box.of(OrderFilled))
        await driver.close()

    asyncio.run(sell())


def _told(process: Any) -> Any:
    """Return the document that a service begins with."""
    text = ""
    while "\n}" not in text:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        text += line
    return json.loads(text)


def test_a_ctp_program_outlives_the_node_it_trades_through(tmp_path: Path) -> None:
    place = Place(tmp_path)
    (tmp_path / "flow").mkdir()
    td = _free_port()
    with place.start(
        "exchange", "serve", "--state", "ex", "--port", "0", "--json", "--matching", "book",
        "--instrument", COIN,
    ) as exchange:  # fmt: skip
        program = None
        try:
            place.port = _told(exchange)["port"]
            made = place.call(
                "exchange", "account", "create", "ann", "bob", "--deposit", "USDT=1000000",
                "--password", SECRET, "--state", "ex",
            )  # fmt: skip
            assert made.returncode == 0, made.stderr
            config = CONFIG.format(port=place.port, td=td)
            (tmp_path / "anyvenue.toml").write_text(config, encoding="utf-8")
            with place.start("serve", "--json") as process:
                face = _told(process)["faces"]["ctp"]
                assert face["td"] == face["md"] == f"tcp://127.0.0.1:{td}"
                program = Program(face["td"], tmp_path / "flow")
                until(lambda: program.logins)
                program.insert("1", 20)
                until(lambda: ("1", "3", 0) in program.orders)
                _bob_sells(place, 1)
                until(lambda: program.trades)
                process.kill()
                process.communicate(timeout=PATIENCE_S)
            until(program.lost.is_set)
            _bob_sells(place, 2)  # while nobody is there
            with place.start("serve", "--json") as process:
                _told(process)
                until(lambda: len(program.logins) == 2)
                until(lambda: len(program.trades) == 2)
                program.cancel("1", program.logins[0])
                until(lambda: program.orders[-1][1] == "5")
                program.insert("2", 1)
                until(lambda: ("2", "3", 0) in program.orders)
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=PATIENCE_S)
            assert process.returncode == 0
            told = [each for each in program.orders if each[0] == "1"]
            assert told == [("1", "a", 0), ("1", "3", 0), ("1", "1", 5), ("1", "1", 10), *told[4:]]
            assert {each[1] for each in told[4:]} <= {"1", "5"}
            assert program.trades == [("1", 50_000.0, 5)] * 2
            assert program.refused == []
            again = place.call("replay", "j")
            assert again.returncode == 0, again.stdout + again.stderr
        finally:
            if program is not None:
                program.close()
            exchange.terminate()
            exchange.communicate(timeout=PATIENCE_S)


def test_a_face_is_refused_where_nobody_could_trade_at_it(tmp_path: Path) -> None:
    place = Place(tmp_path)
    config = CONFIG.format(port=1, td=0)
    for text, said in (
        (config.replace('accounts = ["class"]', "accounts = []"), "accounts was empty"),
        (config.replace('accounts = ["class"]', 'accounts = ["other"]'), "other"),
        (config.replace("class", "a-name-that-is-too-long"), "up to 12 ASCII"),
    ):
        (tmp_path / "anyvenue.toml").write_text(text, encoding="utf-8")
        done = place.call("serve")
        assert done.returncode != 0
        assert said in done.stderr


def test_the_check_of_a_configuration_names_what_a_face_lacks(tmp_path: Path) -> None:
    place = Place(tmp_path)
    config = CONFIG.format(port=1, td=0)
    for text, said in (
        (config.replace('accounts = ["class"]\npassword = { env = "ANN"', "#"), "missing"),
        (config.replace("accounts = [", "accounts = ['class']\naccount = ["), "account"),
        (
            config.replace(
                '["class"]\npassword = { env = "ANN"', '["class"]\npassword = { env = "NO"'
            ),
            "$NO",
        ),
        (config.replace('["class"]', '["other"]'), "other"),
    ):
        (tmp_path / "anyvenue.toml").write_text(text, encoding="utf-8")
        done = place.call("config", "check")
        assert done.returncode != 0
        assert said in done.stderr
    (tmp_path / "anyvenue.toml").write_text(config, encoding="utf-8")
    assert place.call("config", "check").returncode == 0
