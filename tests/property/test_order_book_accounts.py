"""Users who trade with each other: money only changes hands, every account can be recounted, node equals exchange.

Every session runs with decimal's `Inexact` trap set.
"""

from decimal import Decimal, Inexact, localcontext
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from recounting import Recount

from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.enums import (
    InstrumentStatus,
    Offset,
    OrderType,
    ProfitMethod,
    Side,
    TimeInForce,
)
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.events import DaySettled, Deposited, Event, OrderFilled, OrderSubmitted
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.market import Status
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.oms.account_state import AccountSettings, AccountState
from anyvenue.sim.halts import VolatilityHalt
from anyvenue.sim.orderbook import Prevention
from builders import ALICE, BOB, MINUTE, Pit, index_future, iron_ore, perpetual, rebar

CASH = Decimal(3_000_000)
CAROL = AccountId("carol")
USERS = (ALICE, BOB, CAROL)
TRADED = (rebar(), iron_ore(), index_future(), perpetual())
MIDS = (3500, 800, 4000, 100)
HALT = VolatilityHalt(Decimal("0.001"), 10 * MINUTE, 10 * MINUTE)
WIDTH = 8
ACTIONS = st.lists(st.tuples(*[st.integers(0, 99)] * WIDTH), min_size=20, max_size=90)
LIVES = (TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTC)
OFFSETS = (Offset.OPEN, Offset.OPEN, Offset.CLOSE, Offset.CLOSE_TODAY, Offset.CLOSE_OLD)


class Market:
    """An exchange in which three users meet, and a node's books for each of them, kept from what is reported."""

    def __init__(self, method: ProfitMethod) -> None:
        settings = AccountSettings(profit_method=method)
        self.method = method
        self.pit = Pit(*TRADED, matching="book", accounts=USERS, cash=CASH, settings=settings)
        self.exchange = self.pit.exchange
        self.exchange.open_markets(TRADED, self.pit.now)
        self.nodes = {user: self._node(user, settings) for user in USERS}
        self.history: dict[AccountId, list[Fill | DaySettled]] = {user: [] for user in USERS}
        self.last = 0
        self.seen: set[InstrumentStatus] = set()

    def _node(self, user: AccountId, settings: AccountSettings) -> AccountState:
        node = AccountState(user, self.pit._look_up, self.exchange.marks, settings=settings)
        for currency in ("CNY", "USDT"):
            day = self.exchange.days.trading_day(currency)
            node.begin_day(currency, day)
            self.exchange.accounts[user].begin_day(currency, day)
            node.deposit(Deposited(user, currency, CASH, self.pit.now, self.pit.now))
        return node

    def play(self, actions: list[tuple[int, ...]]) -> "Market":
        for user, how in zip(USERS, (1, 2, 4), strict=True):
            if actions[0][0] % 2:
                self.exchange.prevent_self_trades(user, Prevention(how))
        if actions[0][1] % 2:
            self.exchange.halt_on_moves(HALT)
        for action in actions:
            self.do(action)
            self.check()
        self.take(self.exchange.cancel_all(self.pit.now))
        return self

    def do(self, action: tuple[int, ...]) -> None:
        what, who, *rest = action
        user = USERS[who % 3]
        working = self.nodes[user].orders.open_orders()
        if what >= 97:
            self.pass_time(30 * 60 * MINUTE if what == 99 else 45 * MINUTE)
        elif what < 70 or not working:
            self.submit(user, *rest)
        elif what < 82:
            order_id = working[rest[0] % len(working)].order_id
            self.apply(CancelOrder(order_id, user, self.pit.now))
        else:
            self.change(user, working[rest[0] % len(working)], *rest[1:3])

    def submit(
        self, user: AccountId, which: int, way: int, price: int, size: int, *how: int
    ) -> None:
        instrument, mid = TRADED[which % 4], MIDS[which % 4]
        side = Side.BUY if way % 2 else Side.SELL
        kind, life = how
        step = instrument.price_step.step_at(Decimal(mid))
        limit = mid + step * (price % 9 - 4)
        given: dict[str, Any] = {"price": limit, "time_in_force": LIVES[life % 5]}
        if kind >= 90:
            given = {"price": None, "type": OrderType.MARKET}
        elif kind >= 80:
            given = {"price": None, "type": OrderType.STOP, "stop_price": limit}
        elif kind >= 70:
            given = {"price": limit, "post_only": True}
        elif kind >= 60:
            trail = step * (price % 3 + 1)
            given = {"price": None, "type": OrderType.TRAILING_STOP, "trail": trail}
        elif kind >= 50:
            given = {"price": limit, "display": instrument.lot.step}
        if kind % 4 == 0 and not instrument.position_rule.hedged:
            given["reduce_only"] = True
        quantity = instrument.lot.step * (size % 6 + 1)
        offset = OFFSETS[life % 5 if kind % 2 else 0]
        self.last += 1
        request = OrderRequest(user, instrument.id, side, quantity, offset=offset, **given)
        self.send(SubmitOrder(OrderId(self.last), request, self.pit.now))

    def send(self, command: SubmitOrder) -> None:
        """Pass the node's own checks first, as a broker does."""
        request, now = command.request, self.pit.now
        node = self.nodes[request.account]
        try:
            node.place(command.order_id, request)
        except AnyvenueError:
            return
        node.apply(OrderSubmitted(request.account, command.order_id, request, now, now))
        self.apply(command)

    def change(self, user: AccountId, order: Any, quantity: int, price: int) -> None:
        request = order.request
        command = ModifyOrder(
            order.order_id,
            user,
            self.pit.now,
            order.filled + self.pit.instruments[request.instrument].lot.step * (quantity % 4 + 1),
            None if request.price is None or price % 2 else request.price + (price % 5 - 2),
        )
        self.apply(command)

    def pass_time(self, ns: int) -> None:
        self.pit.now += ns
        self.take(self.exchange.advance(self.pit.now))

    def apply(self, command: Any) -> None:
        self.take(self.exchange.advance(self.pit.now))
        self.take(self.exchange.apply(command, self.pit.now))

    def take(self, events: list[Event]) -> None:
        for event in events:
            node = self.nodes[event.account]  # type: ignore[union-attr]
            if isinstance(event, DaySettled):
                node.settle(event)
                self.history[event.account].append(event)
                continue
            if isinstance(event, OrderFilled):
                self.history[event.account].append(event.fill)
                self.fill(node, event)
            else:
                node.apply(event)  # type: ignore[arg-type]
        self.seen.update(
            each.status for each in self.exchange.market_events() if isinstance(each, Status)
        )

    def fill(self, node: AccountState, event: OrderFilled) -> None:
        """Book a fill; a reduce-only order must not make the position larger."""
        name = event.fill.instrument
        before = node.position(name)
        node.apply(event)
        after = node.position(name)
        if node.orders.get(event.order_id).request.reduce_only:
            assert after.long <= before.long
            assert after.short <= before.short

    def fills(self) -> list[Fill]:
        return [each for of in self.history.values() for each in of if isinstance(each, Fill)]

    def check(self) -> None:
        """Money over all accounts plus fees is what was paid in, and every long has its short."""
        states = self.exchange.accounts.values()
        for currency in ("CNY", "USDT"):
            fees = sum(each.fee for each in self.fills() if each.fee_currency == currency)
            worth = sum(each.worth(currency) for each in states)
            assert worth + fees == CASH * len(USERS)
        for instrument in TRADED:
            positions = [each.position(instrument.id) for each in states]
            assert sum(each.long for each in positions) == sum(each.short for each in positions)


def session(method: ProfitMethod, actions: list[tuple[int, ...]]) -> Market:
    with localcontext() as context:
        context.traps[Inexact] = True
        return Market(method).play(actions)


def check_recounts(market: Market) -> None:
    for user, state in market.exchange.accounts.items():
        recount = Recount(TRADED, market.method, CASH).walk(market.history[user])
        for currency in ("CNY", "USDT"):
            assert state.ledger.balance(currency) == recount.money[currency]
            assert state.margin(currency) == recount.margin(currency)
            assert state.frozen(currency).total == 0


def check_trades(market: Market) -> None:
    """Each trade is a buy and a sale of the same number, and no side of an account sees a number twice."""
    fills = market.fills()
    keys = [(each.account, each.trading_day, each.side, each.trade_id) for each in fills]
    assert len(set(keys)) == len(keys)
    trades: dict[str, list[Fill]] = {}
    for fill in fills:
        trades.setdefault(fill.trade_id, []).append(fill)
    for pair in trades.values():
        one, other = pair
        assert {one.side, other.side} == {Side.BUY, Side.SELL}
        assert (one.price, one.quantity) == (other.price, other.quantity)
        assert {one.maker, other.maker} == {True, False}


@settings(max_examples=80)
@given(st.sampled_from(ProfitMethod), ACTIONS)
def test_money_only_changes_hands_and_every_account_can_be_recounted(
    method: ProfitMethod, actions: list[tuple[int, ...]]
) -> None:
    market = session(method, actions)
    check_recounts(market)
    check_trades(market)
    for user, state in market.exchange.accounts.items():
        node = market.nodes[user]
        assert node.ledger.digest() == state.ledger.digest()
        assert node.positions() == state.positions()
        assert node.figures("CNY", 0) == state.figures("CNY", 0)
        assert {order.order_id for order in node.orders.open_orders()} == set()


def test_random_sessions_do_all_kinds_of_things() -> None:
    draw = Random(5)
    actions = [tuple(draw.randrange(100) for _ in range(WIDTH)) for _ in range(900)]
    actions[0] = (1, 1, *actions[0][2:])
    market = session(ProfitMethod.BY_DAY, actions)
    assert len(market.fills()) > 100
    assert {each.offset for each in market.fills()} >= {Offset.OPEN, Offset.CLOSE}
    assert any(isinstance(each, DaySettled) for each in market.history[ALICE])
    reasons = {order.reason for node in market.nodes.values() for order in node.orders}
    assert reasons >= {
        "self-trade prevention",
        "fill-and-kill: nothing more to take",
        "fill-or-kill: the whole quantity was not there",
        "post-only order would have taken liquidity",
        "market order: nothing more to take",
    }
    orders = [order for node in market.nodes.values() for order in node.orders]
    assert {order.request.type for order in orders if order.triggered} >= {
        OrderType.STOP,
        OrderType.TRAILING_STOP,
    }
    assert any(order.request.display and order.filled > 1 for order in orders)
    assert any(order.reason.startswith("reduce-only") for order in orders)
    assert market.seen >= {InstrumentStatus.AUCTION, InstrumentStatus.HALTED, InstrumentStatus.OPEN}
