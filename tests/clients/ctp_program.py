"""A CTP program as people write them, run by a real client's own interpreter: it knows nothing of this project.

Arguments: package, trader front, quote front, flow folder, instrument, exchange, price, offset that closes what was
opened today. It prints a line for each step and, at "kill", waits for a line: the server has been killed and started.
"""

import importlib
import sys
import threading
import time

PACKAGE, TD, MD, FLOW, INSTRUMENT, EXCHANGE, PRICE, CLOSE_TODAY = sys.argv[1:9]
PREFIX = "sopt" if PACKAGE.endswith("ctpopt") else ""
tdapi = importlib.import_module(f"{PACKAGE}.{PREFIX}thosttraderapi")
mdapi = importlib.import_module(f"{PACKAGE}.{PREFIX}thostmduserapi")
TICK = 0.001 if float(PRICE) < 10 else 1.0
PRICE = float(PRICE)
PATIENCE = 60
KEPT = []


def plain(value):
    """A struct is gone when the callback has returned: copy it."""
    if not hasattr(value, "thisown"):
        return value
    names = [n for n in dir(value) if not n.startswith("_") and n not in ("this", "thisown")]
    return {n: getattr(value, n) for n in names}


class Heard:
    def __init__(self):
        self.calls = []
        self.changed = threading.Condition()

    def note(self, name, *values):
        values = [plain(value) for value in values]
        with self.changed:
            self.calls.append((name, *values))
            self.changed.notify_all()

    def of(self, name, **fields):
        found = [call for call in self.calls if call[0] == name]
        return [c for c in found if all((c[1] or {}).get(k) == v for k, v in fields.items())]

    def until(self, name, count=1, **fields):
        with self.changed:
            ready = self.changed.wait_for(lambda: len(self.of(name, **fields)) >= count, PATIENCE)
        assert ready, (name, fields, [c[0] for c in self.calls], self.calls[-3:])
        return self.of(name, **fields)[count - 1]


def spi_of(base):
    """Return an SPI that hears everything."""

    def hears(name):
        return lambda self, *values: self.heard.note(name, *values)

    def made(self):
        base.__init__(self)
        self.heard = Heard()

    body = {name: hears(name) for name in dir(base) if name.startswith("On")}
    return type("Spi", (base,), {**body, "__init__": made})


TraderSpi = spi_of(tdapi.CThostFtdcTraderSpi)
MdSpi = spi_of(mdapi.CThostFtdcMdSpi)


def filled(struct, **fields):
    made = getattr(tdapi, f"CThostFtdc{struct}Field")()
    for name, value in fields.items():
        assert hasattr(made, name), (struct, name)
        setattr(made, name, value)
    return made


class Trader:
    def __init__(self, user, flow, resume):
        self.user = user
        self.api = tdapi.CThostFtdcTraderApi.CreateFtdcTraderApi(f"{FLOW}/{flow}")
        self.spi = TraderSpi()
        self.heard = self.spi.heard
        self.number = 0
        self.ref = 0
        KEPT.append((self.api, self.spi))
        self.api.RegisterSpi(self.spi)
        self.api.SubscribePrivateTopic(resume)
        self.api.SubscribePublicTopic(resume)
        self.api.RegisterFront(TD)
        self.api.Init()

    def login(self, count=1):
        self.heard.until("OnFrontConnected", count)
        user = {"BrokerID": "9999", "UserID": self.user}
        asked = filled("ReqAuthenticate", AppID="simnow_client_test", AuthCode="0" * 16, **user)
        assert self.api.ReqAuthenticate(asked, self.next()) == 0
        self.heard.until("OnRspAuthenticate", count)
        asked = filled("ReqUserLogin", Password="secret", **user)
        assert self.api.ReqUserLogin(asked, self.next()) == 0
        login = self.heard.until("OnRspUserLogin", count)
        assert login[2]["ErrorID"] == 0, login
        self.front, self.session = login[1]["FrontID"], login[1]["SessionID"]
        assert login[1]["TradingDay"] == self.api.GetTradingDay()
        self.ref = max(self.ref, int(login[1]["MaxOrderRef"] or 0))

    def confirm(self):
        asked = filled("SettlementInfoConfirm", BrokerID="9999", InvestorID=self.user)
        assert self.api.ReqSettlementInfoConfirm(asked, self.next()) == 0
        assert self.heard.until("OnRspSettlementInfoConfirm")[2]["ErrorID"] == 0

    def next(self):
        self.number += 1
        return self.number

    def query(self, what, struct="", **fields):
        """Ask as programs do: again while the library says that it is too early."""
        number = self.next()
        asked = filled(struct or f"Qry{what}", **fields)
        deadline = time.monotonic() + PATIENCE
        while (code := getattr(self.api, f"ReqQry{what}")(asked, number)) != 0:
            assert code in (-2, -3), code
            assert time.monotonic() < deadline
            time.sleep(0.05)
        name = f"OnRspQry{what}"
        with self.heard.changed:
            ready = self.heard.changed.wait_for(
                lambda: any(c[0] == name and c[3:] == (number, True) for c in self.heard.calls),
                PATIENCE,
            )
        assert ready, (what, self.heard.calls[-3:])
        rows = [c for c in self.heard.calls if c[0] == name and c[3] == number]
        assert all(not c[2] or c[2]["ErrorID"] == 0 for c in rows), rows[-1]
        return [c[1] for c in rows if c[1] is not None]

    def insert(self, direction, price, lots, offset="0"):
        self.ref += 1
        order = filled(
            "InputOrder",
            BrokerID="9999",
            InvestorID=self.user,
            UserID=self.user,
            InstrumentID=INSTRUMENT,
            ExchangeID=EXCHANGE,
            OrderRef=str(self.ref),
            Direction=direction,
            CombOffsetFlag=offset,
            CombHedgeFlag="1",
            OrderPriceType="2",
            TimeCondition="3",
            VolumeCondition="1",
            ContingentCondition="1",
            ForceCloseReason="0",
            MinVolume=1,
            LimitPrice=round(price, 3),
            VolumeTotalOriginal=lots,
        )
        assert self.api.ReqOrderInsert(order, self.next()) == 0
        return {"FrontID": self.front, "SessionID": self.session, "OrderRef": str(self.ref)}

    def cancel(self, order):
        asked = filled(
            "InputOrderAction",
            BrokerID="9999",
            InvestorID=self.user,
            UserID=self.user,
            InstrumentID=INSTRUMENT,
            ExchangeID=order["ExchangeID"],
            OrderSysID=order["OrderSysID"],
            ActionFlag="0",
        )
        assert self.api.ReqOrderAction(asked, self.next()) == 0

    def stream(self):
        """Return what came over the private stream, as far as a later replay must equal it."""
        keys = ("OrderRef", "OrderSysID", "OrderStatus", "OrderSubmitStatus", "VolumeTraded")
        keys += ("TradeID", "Price", "Volume", "BrokerOrderSeq", "SessionID")
        calls = [c for c in self.heard.calls if c[0] in ("OnRtnOrder", "OnRtnTrade")]
        return [(c[0], *(c[1].get(key) for key in keys)) for c in calls]


def step(text):
    print(text, flush=True)


def statuses(trader, key):
    return [c[1]["OrderStatus"] for c in trader.heard.of("OnRtnOrder", **key)]


def quotes():
    api = mdapi.CThostFtdcMdApi.CreateFtdcMdApi(f"{FLOW}/md_")
    spi = MdSpi()
    KEPT.append((api, spi))
    api.RegisterSpi(spi)
    api.RegisterFront(MD)
    api.Init()
    spi.heard.until("OnFrontConnected")
    assert api.ReqUserLogin(mdapi.CThostFtdcReqUserLoginField(), 1) == 0
    assert spi.heard.until("OnRspUserLogin")[2]["ErrorID"] == 0
    assert api.SubscribeMarketData([INSTRUMENT.encode()], 1) == 0
    spi.heard.until("OnRspSubMarketData", InstrumentID=INSTRUMENT)
    return spi.heard


def main():
    alice, bob = Trader("alice", "alice_", tdapi.THOST_TERT_RESUME), Trader("bob", "bob_", 0)
    other = Trader("alice", "other_", tdapi.THOST_TERT_RESTART)
    for trader in (alice, bob, other):
        trader.login()
    alice.confirm()
    bob.confirm()
    step("login")
    assert any(row["InstrumentID"] == INSTRUMENT for row in alice.query("Instrument"))
    assert alice.query("TradingAccount")[0]["Balance"] > 0
    assert alice.query("InvestorPosition") == []
    assert alice.query("Order") == []
    step("queries")
    market = quotes()
    step("subscribed")

    key = alice.insert("0", PRICE, 5)
    for trader in (alice, other):
        trader.heard.until("OnRtnOrder", OrderStatus="3", **key)
    assert statuses(alice, key) == ["a", "3"]
    market.until("OnRtnDepthMarketData", BidPrice1=PRICE, BidVolume1=5)
    step("order")
    bob.insert("1", PRICE, 2)
    for trader in (alice, other):
        trader.heard.until("OnRtnOrder", OrderStatus="1", VolumeTraded=2, VolumeTotal=3, **key)
        trade = trader.heard.until("OnRtnTrade", OrderRef=key["OrderRef"])[1]
        assert (trade["Price"], trade["Volume"]) == (PRICE, 2)
    step("partial fill")
    rest = alice.heard.of("OnRtnOrder", **key)[-1][1]
    other.cancel(rest)
    done = alice.heard.until("OnRtnOrder", OrderStatus="5", **key)[1]
    assert (done["VolumeTraded"], done["VolumeTotal"]) == (2, 3)
    assert statuses(alice, key) == ["a", "3", "1", "1", "5"]
    step("cancel")
    key = alice.insert("1", PRICE + TICK, 1, CLOSE_TODAY)
    alice.heard.until("OnRtnOrder", OrderStatus="3", **key)
    bob.insert("0", PRICE + TICK, 1, CLOSE_TODAY)
    alice.heard.until("OnRtnOrder", OrderStatus="0", **key)
    alice.heard.until("OnRtnTrade", OrderRef=key["OrderRef"])
    held = alice.query("InvestorPosition")
    assert [(row["PosiDirection"], row["Position"], row["TodayPosition"]) for row in held] == [
        ("2", 1, 1)
    ], held
    step("close today")

    resting = alice.insert("0", PRICE - 3 * TICK, 4)
    alice.heard.until("OnRtnOrder", OrderStatus="3", **resting)
    step("kill")
    sys.stdin.readline()
    for trader in (alice, bob, other):
        trader.heard.until("OnFrontDisconnected")
    before = len(alice.stream())
    bob.login(2)
    bob.insert("1", PRICE - 3 * TICK, 1)
    bob.heard.until("OnRtnTrade", 3)
    alice.login(2)
    alice.heard.until("OnRtnOrder", OrderStatus="1", VolumeTraded=1, **resting)
    other.login(2)
    fresh = Trader("alice", "fresh_", tdapi.THOST_TERT_RESTART)
    fresh.login()
    last = alice.insert("0", PRICE - 4 * TICK, 1)
    for trader in (alice, other, fresh):
        trader.heard.until("OnRtnOrder", OrderStatus="3", **last)
    assert len(alice.stream()) == before + 4
    assert fresh.stream() == alice.stream(), (fresh.stream(), alice.stream())
    step("resumed")
    assert len(alice.query("Order")) == 4
    assert len(alice.query("Trade")) == 3
    asked = filled("UserLogout", BrokerID="9999", UserID="alice")
    assert alice.api.ReqUserLogout(asked, 99) == 0
    alice.heard.until("OnRspUserLogout")
    alice.heard.until("OnFrontDisconnected", 2)
    alice.heard.until("OnFrontConnected", 3)
    step("logout")
    for api, _ in KEPT:
        api.Release()
    step("released")


main()
