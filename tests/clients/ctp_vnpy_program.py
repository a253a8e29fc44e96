"""A vn.py program with vnpy_ctp's own gateway, run by that client's interpreter: it knows nothing of this project.

Arguments: trader front, quote front, instrument. It prints a line for each step and, at "kill", waits for a line: the
server has been killed and started.
"""

import faulthandler
import os
import sys
import threading
import traceback

from vnpy.event import EventEngine
from vnpy.trader.constant import Direction, Exchange, Offset, OrderType, Status
from vnpy.trader.object import OrderRequest, SubscribeRequest
from vnpy_ctp import CtpGateway

TD, MD, SYMBOL = sys.argv[1:4]
PATIENCE = 60
faulthandler.dump_traceback_later(90, exit=True)
LONG, SHORT, OPEN, CLOSE_TODAY = Direction.LONG, Direction.SHORT, Offset.OPEN, Offset.CLOSETODAY


class Events:
    """Everything that the gateways have told, by gateway."""

    def __init__(self, engine):
        self.told = []
        self.changed = threading.Condition()
        engine.register_general(self.take)

    def take(self, event):
        if event.type in ("eTimer", "eTick."):
            return
        with self.changed:
            self.told.append((event.type, event.data))
            self.changed.notify_all()

    def of(self, kind, gateway, **fields):
        found = [x for k, x in list(self.told) if k == kind and x.gateway_name == gateway]
        return [x for x in found if all(getattr(x, k) == v for k, v in fields.items())]

    def until(self, kind, gateway, count=1, **fields):
        with self.changed:
            ready = self.changed.wait_for(
                lambda: len(self.of(kind, gateway, **fields)) >= count, PATIENCE
            )
        assert ready, (kind, gateway, count, fields, self.of(kind, gateway)[-5:])
        return self.of(kind, gateway, **fields)[count - 1]

    def logged(self, gateway, text, count=1):
        def found():
            return [x for x in self.of("eLog", gateway) if text in x.msg]

        with self.changed:
            ready = self.changed.wait_for(lambda: len(found()) >= count, PATIENCE)
        assert ready, (gateway, text, self.of("eLog", gateway))


class Trader:
    """A gateway of a user's."""

    def __init__(self, engine, events, name, user):
        self.name = name
        self.events = events
        self.gateway = CtpGateway(engine, name)
        self.gateway.connect(
            {
                "用户名": user,
                "密码": "secret",
                "经纪商代码": "9999",
                "交易服务器": TD,
                "行情服务器": MD,
                "产品名称": "simnow_client_test",
                "授权编码": "0" * 16,
                "柜台环境": "测试",
            }
        )

    def ready(self, count=1):
        self.events.logged(self.name, "行情服务器登录成功", count)
        self.events.logged(self.name, "结算信息确认成功", count)
        self.events.logged(self.name, "合约信息查询成功", count)

    def send(self, direction, price, volume, offset=OPEN):
        request = OrderRequest(
            SYMBOL, Exchange.SHFE, direction, OrderType.LIMIT, volume, price, offset
        )
        sent = self.gateway.send_order(request)
        assert sent
        return sent.partition(".")[2]

    def order(self, orderid, status, **fields):
        return self.events.until("eOrder.", self.name, orderid=orderid, status=status, **fields)

    def stream(self):
        """Return the reports that the counter sent, as far as a later replay must equal them."""
        told = []
        for kind, data in list(self.events.told):
            if data.gateway_name != self.name:
                continue
            if kind == "eOrder." and data.datetime is not None:
                told.append((data.orderid, data.status.name, data.traded, data.price))
            elif kind == "eTrade.":
                told.append((data.orderid, data.tradeid, data.price, data.volume))
        return told


def step(text):
    print(text, flush=True)


def main():
    engine = EventEngine()
    events = Events(engine)
    engine.start()
    alice = Trader(engine, events, "ALICE", "alice")
    other = Trader(engine, events, "OTHER", "alice")
    bob = Trader(engine, events, "BOB", "bob")
    for trader in (alice, other, bob):
        trader.ready()
    step("login")
    contract = events.until("eContract.", "ALICE", symbol=SYMBOL)
    assert (contract.exchange, contract.size, contract.pricetick) == (Exchange.SHFE, 10, 1)
    account = events.until("eAccount.", "ALICE")
    assert account.balance == account.available == 20_000_000
    step("queries")
    ticks = []
    heard = threading.Event()
    engine.register("eTick.", lambda event: (ticks.append(event.data), heard.set()))
    alice.gateway.subscribe(SubscribeRequest(SYMBOL, Exchange.SHFE))
    step("subscribed")

    first = alice.send(LONG, 3500, 5)
    for trader in (alice, other):
        trader.order(first, Status.NOTTRADED)
    assert heard.wait(PATIENCE)
    step("order")
    bob.send(SHORT, 3500, 2)
    for trader in (alice, other):
        trader.order(first, Status.PARTTRADED, traded=2)
        trade = events.until("eTrade.", trader.name, orderid=first)
        assert (trade.price, trade.volume, trade.offset) == (3500, 2, OPEN)
    step("partial fill")
    rest = events.of("eOrder.", "OTHER", orderid=first)[-1]
    other.gateway.cancel_order(rest.create_cancel_request())
    alice.order(first, Status.CANCELLED, traded=2)
    step("cancel")
    second = alice.send(SHORT, 3501, 1, CLOSE_TODAY)
    alice.order(second, Status.NOTTRADED)
    bob.send(LONG, 3501, 1, CLOSE_TODAY)
    alice.order(second, Status.ALLTRADED, traded=1)
    # Two at 3,500 of which one was closed at 3,501: one is left, whose price is what it cost.
    held = events.until("ePosition.", "ALICE", direction=LONG, volume=1)
    assert (held.price, held.yd_volume, held.frozen) == (3500, 0, 0)
    step("close today")
    refused = alice.send(LONG, 3500.5, 1)
    alice.order(refused, Status.REJECTED)
    events.logged("ALICE", "交易委托失败，代码：95")
    step("refused")

    resting = alice.send(LONG, 3490, 4)
    alice.order(resting, Status.NOTTRADED)
    other.order(resting, Status.NOTTRADED)
    before = {trader: trader.stream() for trader in (alice, other)}
    step("kill")
    sys.stdin.readline()
    for trader in (alice, other, bob):
        events.logged(trader.name, "交易服务器连接断开")
        trader.ready(2)
    bob.send(SHORT, 3490, 1)
    for trader in (alice, other):
        trader.order(resting, Status.PARTTRADED, traded=1)
        events.until("eTrade.", trader.name, orderid=resting)
        told = trader.stream()
        # The gateway asks for the whole stream again: what it was told it is told once more, and then what came since.
        again = told[len(before[trader]) :]
        assert again[: len(before[trader])] == before[trader], (again, before[trader])
        assert [each[0] for each in again[len(before[trader]) :]] == [resting, resting]
    step("resumed")
    engine.stop()  # first, as vn.py does: its timer would ask a closed gateway for positions
    for trader in (alice, other, bob):
        trader.gateway.close()
    step("closed")


try:
    main()
except BaseException:
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)  # the engine's threads would go on for ever
