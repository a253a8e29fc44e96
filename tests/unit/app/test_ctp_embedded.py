"""The front ``sim://``: an exchange and a counter inside the program that trades on them."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from anyvenue.app import ctp_embedded
from anyvenue.app.ctp_embedded import EmbeddedChoice, connect_embedded, embed, parse_sim
from anyvenue.app.settings import Settings
from anyvenue.ctp import tdapi
from anyvenue.model.errors import AnyvenueError
from ctp_python import PATIENCE_S, Md, Trader

FRONT = "sim://?instrument=rb2701&matching=book&pace=0&hours=always"
ORDER = {
    "BrokerID": "9999",
    "InstrumentID": "rb2701",
    "ExchangeID": "SHFE",
    "CombOffsetFlag": tdapi.THOST_FTDC_OF_Open,
    "CombHedgeFlag": tdapi.THOST_FTDC_HF_Speculation,
    "OrderPriceType": tdapi.THOST_FTDC_OPT_LimitPrice,
    "TimeCondition": tdapi.THOST_FTDC_TC_GFD,
    "VolumeCondition": tdapi.THOST_FTDC_VC_AV,
    "ContingentCondition": tdapi.THOST_FTDC_CC_Immediately,
    "ForceCloseReason": tdapi.THOST_FTDC_FCC_NotForceClose,
    "MinVolume": 1,
    "LimitPrice": 3500.0,
    "VolumeTotalOriginal": 2,
}


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    yield
    while ctp_embedded._EMBEDDED:
        ctp_embedded._EMBEDDED.popitem()[1].close()


def investor(user: str) -> Trader:
    made = Trader().begin(FRONT, private=tdapi.THOST_TERT_RESTART)
    made.login(user=user)
    who: dict[str, Any] = {"BrokerID": "9999", "InvestorID": user}
    assert made.ask("ReqSettlementInfoConfirm", "SettlementInfoConfirm", **who) == 0
    made.heard.until("OnRspSettlementInfoConfirm")
    return made


def test_two_users_of_one_program_trade_with_each_other_and_both_see_the_quote() -> None:
    md = Md().begin(FRONT)
    md.api.SubscribeMarketData(["rb2701"], 1)
    md.heard.until("OnRspSubMarketData")
    alice, bob = investor("alice"), investor("bob")
    buy, sell = tdapi.THOST_FTDC_D_Buy, tdapi.THOST_FTDC_D_Sell
    alice.ask("ReqOrderInsert", "InputOrder", InvestorID="alice", Direction=buy, **ORDER)
    assert alice.heard.until("OnRtnOrder", 2)[1].OrderStatus == tdapi.THOST_FTDC_OST_NoTradeQueueing
    bob.ask("ReqOrderInsert", "InputOrder", InvestorID="bob", Direction=sell, **ORDER)
    for trader, direction in ((alice, buy), (bob, sell)):
        trade = trader.heard.until("OnRtnTrade")[1]
        assert (trade.Direction, trade.Price, trade.Volume) == (direction, 3500.0, 2)
    alice.ask("ReqQryInvestorPosition", "QryInvestorPosition", InvestorID="alice")
    _, row, _, _, last = alice.heard.until("OnRspQryInvestorPosition")
    assert (row.InstrumentID, row.Position, row.TodayPosition, last) == ("rb2701", 2, 2, True)
    assert md.heard.until("OnRtnDepthMarketData")[1].InstrumentID == "rb2701"
    for each in (alice, bob, md):
        each.api.Release()


def test_the_options_are_those_of_the_address() -> None:
    assert parse_sim("sim://") == EmbeddedChoice()
    address = (
        "sim://?instrument=rb2701&instrument=IF2609&speed=10&loop=true&pace=0&data=a.csv&state=kept"
    )
    assert parse_sim(address) == EmbeddedChoice(
        instrument=["rb2701", "IF2609"],
        speed=10.0,
        loop=True,
        pace=0,
        data=[Path("a.csv")],
        state=Path("kept"),
    )


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("sim://?instruments=rb2701", "has no option 'instruments'; there are profile, user,"),
        ("sim://?speed=fast", "the options of 'sim://.speed=fast' are wrong"),
        ("sim://?speed=0", "must be above 0"),
        ("sim://?instrument=nosuch", "nosuch"),
        ("sim://?profile=nosuch", "no CTP profile 'nosuch'"),
        ("sim://?profile=anyvenue", "nobody could log in"),
    ],
)
def test_an_address_that_cannot_be_says_why(address: str, said: str) -> None:
    with pytest.raises(AnyvenueError, match=said):
        connect_embedded(address, "ctp")


def test_an_exchange_may_be_made_before_anybody_connects() -> None:
    exchange = embed(FRONT, Settings())
    assert [each.symbol for each in exchange.instruments()] == ["rb2701"]
    connect_embedded(FRONT, "ctp").close()
    assert [*ctp_embedded._EMBEDDED] == [(FRONT, "ctp")]
    assert ctp_embedded._EMBEDDED[FRONT, "ctp"].exchange is exchange


def test_a_quiet_program_stays_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    terms = partial(ctp_embedded.DoorTerms, heartbeat_s=0.03)
    monkeypatch.setattr(ctp_embedded, "DoorTerms", terms)
    trader = Trader().begin(FRONT)
    trader.heard.until("OnFrontConnected")
    [found] = ctp_embedded._EMBEDDED.values()
    # The client would give up after three heartbeats that did not come: here are ten.
    asyncio.run_coroutine_threadsafe(_beats(found, 10), found._thread.loop).result()
    assert [call[0] for call in trader.heard.calls] == ["OnFrontConnected"]
    trader.api.Release()


async def _beats(found: Any, count: int) -> None:
    [connection] = found._door.connections
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(count):
            while not connection.heard:
                await asyncio.sleep(0.001)
            while connection.heard:
                await asyncio.sleep(0.001)
