"""What a real openctp-ctp client measures through its library; run by an interpreter that has one.

usage: _ctp_client.py inserts|trades|quotes FRONT COUNT. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time

from openctp_ctp import mdapi, tdapi

PATIENCE_S = 60


class Trader(tdapi.CThostFtdcTraderSpi):
    """Counts order reports and notes when the trade came."""

    def __init__(self, front: str, user: str = "alice") -> None:
        super().__init__()
        self.user = user
        self.steps = {name: threading.Event() for name in ("front", "login", "all", "trade")}
        self.reports, self.goal, self.at = 0, -1, 0.0
        flow = tempfile.mkdtemp(prefix="ctp-bench-")
        self.api = tdapi.CThostFtdcTraderApi.CreateFtdcTraderApi(f"{flow}/t_")
        self.api.RegisterSpi(self)
        self.api.RegisterFront(front)
        self.api.SubscribePrivateTopic(tdapi.THOST_TERT_QUICK)
        self.api.Init()
        self.wait("front")
        asked = tdapi.CThostFtdcReqUserLoginField()
        asked.UserID, asked.Password = user, "any"
        self.api.ReqUserLogin(asked, 1)
        self.wait("login")
        self.confirm()

    def confirm(self) -> None:
        asked = tdapi.CThostFtdcSettlementInfoConfirmField()
        asked.InvestorID = self.user
        self.steps["login"].clear()
        self.api.ReqSettlementInfoConfirm(asked, 2)
        self.wait("login")

    def wait(self, step: str) -> None:
        if not self.steps[step].wait(PATIENCE_S):
            raise SystemExit(f"{step} did not come; {self.reports} reports")

    def order(self, price: float) -> tdapi.CThostFtdcInputOrderField:
        made = tdapi.CThostFtdcInputOrderField()
        made.InvestorID = made.UserID = self.user
        made.InstrumentID, made.ExchangeID = "rb2701", "SHFE"
        made.Direction, made.CombOffsetFlag, made.CombHedgeFlag = "0", "0", "1"
        made.OrderPriceType, made.TimeCondition, made.VolumeCondition = "2", "3", "1"
        made.ContingentCondition, made.ForceCloseReason = "1", "0"
        made.LimitPrice, made.VolumeTotalOriginal, made.MinVolume = price, 1, 1
        return made

    # The names are the API's.
    def OnFrontConnected(self):  # noqa: N802
        self.steps["front"].set()

    def OnRspUserLogin(self, login, info, number, last):  # noqa: N802
        if info.ErrorID:
            raise SystemExit(info.ErrorMsg)
        self.steps["login"].set()

    def OnRspSettlementInfoConfirm(self, confirm, info, number, last):  # noqa: N802
        self.steps["login"].set()

    def OnRspOrderInsert(self, order, info, number, last):  # noqa: N802
        print(info.ErrorID, info.ErrorMsg, file=sys.stderr)

    def OnRtnOrder(self, order):  # noqa: N802
        self.reports += 1
        if self.reports == self.goal:
            self.steps["all"].set()

    def OnRtnTrade(self, trade):  # noqa: N802
        self.at = time.perf_counter()
        self.steps["trade"].set()


class Quotes(mdapi.CThostFtdcMdSpi):
    """Counts quotes and those left out."""

    def __init__(self, front: str) -> None:
        super().__init__()
        self.count, self.last, self.missed = 0, 0, 0
        self.step = threading.Event()
        flow = tempfile.mkdtemp(prefix="ctp-bench-")
        self.api = mdapi.CThostFtdcMdApi.CreateFtdcMdApi(f"{flow}/m_")
        self.api.RegisterSpi(self)
        self.api.RegisterFront(front)
        self.api.Init()
        self.wait()
        self.api.ReqUserLogin(mdapi.CThostFtdcReqUserLoginField(), 1)
        self.wait()
        self.api.SubscribeMarketData([b"rb2701"], 1)
        self.wait()

    def wait(self) -> None:
        if not self.step.wait(PATIENCE_S):
            raise SystemExit("no answer")
        self.step.clear()

    # The names are the API's.
    def OnFrontConnected(self):  # noqa: N802
        self.step.set()

    def OnRspUserLogin(self, login, info, number, last):  # noqa: N802
        self.step.set()

    def OnRspSubMarketData(self, code, info, number, last):  # noqa: N802
        self.step.set()

    def OnRtnDepthMarketData(self, quote):  # noqa: N802
        volume = quote.Volume
        if self.last:
            self.missed += volume - self.last - 1
        self.last = volume
        self.count += 1


def inserts(front: str, count: int) -> dict[str, object]:
    trader = Trader(front)
    order, api = trader.order(3200.0), trader.api
    trader.goal = 2 * count
    begun = time.perf_counter()
    for number in range(1, count + 1):
        order.OrderRef = str(number)
        if api.ReqOrderInsert(order, number) != 0:
            raise SystemExit("an order was not sent")
    sent = time.perf_counter() - begun
    trader.wait("all")
    took = time.perf_counter() - begun
    trader.api.Release()
    return {"inserts_s": round(count / took), "sent_s": round(count / sent), "reports": 2 * count}


def trades(front: str, count: int) -> dict[str, object]:
    maker = Trader(front, "bob")
    offered = maker.order(3500.0)
    offered.Direction, offered.VolumeTotalOriginal = "1", 100
    maker.goal = 2 * -(-count // 100)
    for number in range(1, maker.goal // 2 + 1):
        offered.OrderRef = str(number)
        maker.api.ReqOrderInsert(offered, number)
    maker.wait("all")
    trader = Trader(front)
    order, api = trader.order(3500.0), trader.api
    laps = []
    for number in range(1_000_000, 1_000_000 + count):
        order.OrderRef = str(number)
        trader.steps["trade"].clear()
        begun = time.perf_counter()
        api.ReqOrderInsert(order, number)
        trader.wait("trade")
        laps.append((trader.at - begun) * 1e3)
    for each in (trader, maker):
        each.api.Release()
    laps.sort()
    return {
        "order_to_trade_ms_p50": round(laps[count // 2], 3),
        "order_to_trade_ms_p99": round(laps[int(count * 0.99)], 3),
    }


def quotes(front: str, seconds: int) -> dict[str, object]:
    spi = Quotes(front)
    time.sleep(0.5)
    count, missed = spi.count, spi.missed
    begun, cpu = time.perf_counter(), time.process_time()
    time.sleep(seconds)
    took, cpu = time.perf_counter() - begun, time.process_time() - cpu
    count, missed = spi.count - count, spi.missed - missed
    spi.api.Release()
    return {
        "quotes_s": round(count / took),
        "left_out": missed,
        "client_cpu_us": round(cpu / max(count, 1) * 1e6, 1),
    }


if __name__ == "__main__":
    what = {"inserts": inserts, "trades": trades, "quotes": quotes}[sys.argv[1]]
    print(json.dumps(what(sys.argv[2], int(sys.argv[3]))))
