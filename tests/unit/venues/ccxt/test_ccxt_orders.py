"""Orders through ccxt: what is sent, and what becomes of those that nobody answered for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from ccxt_fakes import FakeExchange, InvalidOrder, NetworkError, OrderNotFound, order_row, raising

from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.enums import OrderState, OrderType, Side, TimeInForce
from anyvenue.model.errors import ConfigError, OffLot, OffTick
from anyvenue.model.errors import InvalidOrder as OurInvalidOrder
from anyvenue.model.events import (
    CancelRejected,
    OrderAccepted,
    OrderFilled,
    OrderOutcomeLost,
    OrderRejected,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.ccxt.abilities import Abilities, abilities_of, table
from anyvenue.venues.ccxt.config import CcxtConfig
from anyvenue.venues.ccxt.driver import CcxtDriver
from anyvenue.venues.ccxt.listing import make_instrument
from anyvenue.venues.ccxt.trading import order_words

ACCOUNT = AccountId("main")
NAME = InstrumentId("BTC-USDT.SOMEWHERE")
ORDER = OrderId(251_568_758_470)
BALANCE = {"USDT": {"free": "100", "used": "0", "total": "100"}}


def request(**changes: Any) -> OrderRequest:
    usual: dict[str, Any] = {
        "account": ACCOUNT,
        "instrument": NAME,
        "side": Side.BUY,
        "quantity": Decimal(1),
        "price": Decimal(90_000),
        "time_in_force": TimeInForce.GTC,
    }
    return OrderRequest(**{**usual, **changes})


class Node:
    """A driver over a fake exchange, and what it posted."""

    def __init__(self, answers: dict[str, Any], exchange: str = "somewhere", **has: Any) -> None:
        make, self.made = FakeExchange.maker({"fetch_balance": BALANCE, **answers}, exchange, **has)
        config = CcxtConfig(
            exchange=exchange, api_key="k", poll_s=0.01, settle_s=0.05, backoff_s=0.01
        )
        self.driver = CcxtDriver(config, account="main", make=make)
        self.events: list[Any] = []

    def post(self, event: Any) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list[Any]:
        return [each for each in self.events if isinstance(each, kind)]

    def submit(self, **changes: Any) -> None:
        self.driver.submit(SubmitOrder(ORDER, request(**changes), time.time_ns(), str(ORDER)))

    def count(self, method: str) -> int:
        return sum(name == method for each in self.made for name, _ in each.asked)

    async def until(self, kind: type) -> Any:
        async with asyncio.timeout(20):
            while not self.of(kind):
                await asyncio.sleep(0.005)
        return self.of(kind)[-1]


def run(
    step: Callable[[Node], Awaitable[None]],
    answers: dict[str, Any],
    exchange: str = "somewhere",
    **has: Any,
) -> None:
    async def go() -> None:
        node = Node(answers, exchange, **has)
        await node.driver.open(node)
        try:
            await step(node)
        finally:
            await node.driver.close()

    asyncio.run(go())


# ---- what is sent


def can(**changes: Any) -> Abilities:
    exchange = FakeExchange({}, {"createOrder": True}, "somewhere")
    found = abilities_of(exchange, contracts=False)  # type: ignore[arg-type]
    values = {name: getattr(found, name) for name in found.__struct_fields__}
    return Abilities(**{**values, **changes})


def words(abilities: Abilities | None = None, **changes: Any) -> tuple[Any, ...]:
    unit = make_instrument(FakeExchange({}, {}, "x").markets["BTC/USDT"], "SOMEWHERE", 4)
    assert unit is not None
    return order_words(request(**changes), unit, ORDER, abilities or can())


def test_numbers_are_sent_as_texts_and_the_order_has_our_name() -> None:
    kind, side, amount, price, params = words(quantity=Decimal("0.0050"), post_only=True)
    assert (kind, side, amount, price) == ("limit", "buy", "0.005", "90000")
    assert params == {"clientOrderId": f"av{ORDER}", "postOnly": True}


def test_what_ccxt_would_cut_off_is_refused_before() -> None:
    with pytest.raises(OffLot):
        words(quantity=Decimal("0.0015"))
    with pytest.raises(OffTick):
        words(price=Decimal("90000.05"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": OrderType.STOP, "stop_price": Decimal(1)}, "type"),
        ({"time_in_force": TimeInForce.GTD, "expires": 1}, "time_in_force"),
        ({"display": Decimal(1)}, "display"),
        ({"reduce_only": True}, "reduce_only"),
        ({"price": None}, "price"),
    ],
)
def test_what_ccxt_cannot_express_is_refused_with_its_field(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(OurInvalidOrder) as caught:
        words(**changes)
    assert caught.value.fields["field"] == field


def test_a_market_order_is_not_turned_into_an_amount_of_money() -> None:
    by_money = can(order={"marketBuyRequiresPrice": True})
    with pytest.raises(OurInvalidOrder, match="bought by money only"):
        words(by_money, type=OrderType.MARKET, price=None)
    assert words(by_money, type=OrderType.MARKET, price=None, side=Side.SELL)[3] is None


# ---- what becomes of it


def test_an_order_whose_answer_was_lost_is_found_and_never_sent_again() -> None:
    there = [order_row(clientOrderId=f"av{ORDER}")]
    asked: list[int] = []

    def open_orders(*_: Any) -> list[Any]:
        asked.append(1)
        return there if len(asked) > 3 else []

    async def step(node: Node) -> None:
        node.submit()
        await node.until(OrderOutcomeLost)
        assert (await node.until(OrderAccepted)).venue_order_id == "77"
        assert node.of(OrderRejected) == []
        assert node.count("create_order") == 1

    answers = {
        "create_order": raising(NetworkError("timeout")),
        "fetch_open_orders": open_orders,
    }
    run(step, answers)


def test_an_order_that_no_list_names_in_its_time_never_arrived() -> None:
    async def step(node: Node) -> None:
        node.submit()
        await node.until(OrderOutcomeLost)
        told = await node.until(OrderRejected)
        assert (told.code, told.venue_code) == ("order.not_received", "OrderNotFound")
        assert node.count("create_order") == 1

    run(step, {"create_order": raising(NetworkError("timeout"))})


def test_where_nobody_can_tell_an_order_stays_unknown() -> None:
    async def step(node: Node) -> None:
        node.submit()
        await node.until(OrderOutcomeLost)
        before = node.count("fetch_open_orders")
        async with asyncio.timeout(20):
            while node.count("fetch_open_orders") < before + 20:
                await asyncio.sleep(0.005)
        assert node.of(OrderRejected) == []
        snapshot = await node.driver.snapshot(ACCOUNT, (0, 0))
        assert snapshot.orders == ()

    # Nothing lists what is done: an order that is not open may have been filled.
    run(step, {"create_order": raising(NetworkError("timeout"))}, fetchOrders=False)


def test_a_list_that_is_cut_off_before_the_order_proves_nothing() -> None:
    old = [order_row(id=str(n), timestamp=1_000 + n, status="closed") for n in range(25)]

    async def step(node: Node) -> None:
        node.submit()
        await node.until(OrderOutcomeLost)
        before = node.count("fetch_orders")
        async with asyncio.timeout(20):
            while node.count("fetch_orders") < before + 10:
                await asyncio.sleep(0.005)
        assert node.of(OrderRejected) == []

    run(step, {"create_order": raising(NetworkError("timeout")), "fetch_orders": old})


def test_a_clear_no_is_a_refusal_with_the_exchanges_words() -> None:
    async def step(node: Node) -> None:
        node.submit()
        told = await node.until(OrderRejected)
        assert (told.code, told.venue_code) == ("order.invalid", "-1013")
        assert "Filter failure" in told.reason

    said = 'somewhere {"code":-1013,"msg":"Filter failure"}'
    run(step, {"create_order": raising(InvalidOrder(said))})


def test_an_order_in_an_open_list_without_our_name_is_not_taken_for_a_strangers() -> None:
    gate: dict[str, asyncio.Event] = {}
    rows: list[dict[str, Any]] = []

    async def step(node: Node) -> None:
        gate["open"] = asyncio.Event()
        node.submit()
        rows.append(order_row())  # the exchange has it before it has answered, and repeats no name
        before = node.count("fetch_open_orders")
        async with asyncio.timeout(20):
            while node.count("fetch_open_orders") < before + 5:
                await asyncio.sleep(0.005)
        assert node.of(OrderAccepted) == []
        gate["open"].set()
        assert (await node.until(OrderAccepted)).order_id == ORDER
        assert len(node.of(OrderAccepted)) == 1

    async def create(*_: Any) -> Any:
        await gate["open"].wait()
        return order_row()

    class Slow(FakeExchange):
        async def create_order(self, *_: Any) -> Any:
            return await create()

    async def go() -> None:
        node = Node({"fetch_open_orders": lambda *_: list(rows)})
        make, made = Slow.maker(
            {"fetch_balance": BALANCE, "fetch_open_orders": lambda *_: list(rows)}
        )
        config = CcxtConfig(exchange="somewhere", api_key="k", poll_s=0.01, backoff_s=0.01)
        node.driver, node.made = CcxtDriver(config, account="main", make=make), made
        await node.driver.open(node)
        try:
            await step(node)
        finally:
            await node.driver.close()

    asyncio.run(go())


def test_fills_are_asked_for_until_they_make_up_what_was_filled() -> None:
    trades: list[dict[str, Any]] = []
    now = time.time_ns() // 1_000_000
    trade = {"order": "77", "symbol": "BTC/USDT", "side": "buy", "price": "90000"}
    state, sent = {"row": order_row()}, list[int]()

    async def step(node: Node) -> None:
        node.submit()
        await node.until(OrderAccepted)
        state["row"] = order_row(filled="1", status="closed")
        trades.append({**trade, "id": "1", "amount": "0.4", "timestamp": now})
        await node.until(OrderFilled)
        trades.append({**trade, "id": "2", "amount": "0.6", "timestamp": now + 1})
        async with asyncio.timeout(20):
            while len(node.of(OrderFilled)) < 2:
                await asyncio.sleep(0.005)
        snapshot = await node.driver.snapshot(ACCOUNT, (0, 0))
        (order,) = snapshot.orders
        assert (order.state, order.filled) == (OrderState.FILLED, Decimal(1))

    answers = {
        "create_order": lambda *_: sent.append(1) or order_row(),
        "fetch_open_orders": lambda *_: (
            [state["row"]] * (state["row"]["status"] == "open" and len(sent))
        ),
        "fetch_orders": lambda *_: [state["row"]],
        "fetch_my_trades": lambda *_: list(trades),
    }
    run(step, answers)


def test_a_cancel_of_what_is_gone_is_refused_and_the_end_found_out() -> None:
    async def step(node: Node) -> None:
        node.submit()
        await node.until(OrderAccepted)
        node.driver.cancel(CancelOrder(ORDER, ACCOUNT, time.time_ns()))
        assert (await node.until(CancelRejected)).venue_code == "OrderNotFound"

    answers = {
        "create_order": lambda *_: order_row(),
        "cancel_order": raising(OrderNotFound("gone")),
    }
    run(step, answers)


def test_a_change_that_would_be_a_cancel_and_a_new_order_is_refused() -> None:
    async def step(node: Node) -> None:
        node.submit()
        await node.until(OrderAccepted)
        change = ModifyOrder(ORDER, ACCOUNT, time.time_ns(), Decimal(2), None)
        with pytest.raises(OurInvalidOrder, match="changes no such order in place"):
            node.driver.modify(change)
        assert not node.driver.capabilities.modify

    run(step, {"create_order": lambda *_: order_row()}, editOrder=True)


# ---- what it can do


def test_what_is_not_pushed_is_named() -> None:
    polled = Node({}).driver.capabilities.polled
    assert {"orders", "fills", "balances", "depth", "quotes"} <= polled
    pushing = Node({}, watchOrders=True, watchOrderBook=True).driver.capabilities
    assert {"orders", "depth"}.isdisjoint(pushing.polled)
    assert "trades" not in pushing.channels


def test_the_table_tells_every_way() -> None:
    rows = dict(table(can()))
    assert (rows["orders"], rows["change of an order"]) == ("no", "no")


def test_without_a_way_to_hear_of_fills_there_is_no_trading() -> None:
    with pytest.raises(ConfigError, match="cannot trade at somewhere") as caught:
        Node({}, fetchMyTrades=False)
    assert caught.value.code == "config.ccxt_no_trading"
