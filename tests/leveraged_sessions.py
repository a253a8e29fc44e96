"""Whole sessions of leveraged contracts from small numbers, as `sessions` has them for other markets."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from decimal import Decimal
from typing import Any

from anyvenue.engine.desk import OrderDesk
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.commands import MoveMargin, SetLeverage, SetMarginMode
from anyvenue.model.enums import MarginMode, Offset, OrderType, Side, TimeInForce
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.events import CashMoved, DaySettled, MarginTermsChanged, OrderFilled
from anyvenue.model.ids import OrderId
from anyvenue.model.market import FundingRate
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.oms.account_state import AccountSettings
from anyvenue.sim.exchange import Exchange
from anyvenue.sim.faults import FaultPlan
from anyvenue.sim.latency import LatencyModel
from anyvenue.sim.link import Link
from builders import ALICE, MINUTE, SECOND, at, quote, weekdays
from leveraged import HOUR, inverse, linear, quarterly
from sessions import end_orders

CASH = {"USDT": Decimal(2_000), "BTC": Decimal("0.05")}
MIDS = (50_000, 2_500, 50_000, 50_000)
SIZES = (Decimal("0.02"), Decimal("0.5"), Decimal(5), Decimal("0.02"))
Action = tuple[int, ...]


class LeveragedRoom:
    """One node with one account behind one link; what moved the books is in `history`, as the node heard of it."""

    def __init__(
        self,
        settings: AccountSettings,
        latency: LatencyModel | None = None,
        faults: FaultPlan | None = None,
        keep_done: bool = True,
    ) -> None:
        self.instruments = [linear(), linear("ETH"), inverse(), quarterly()]
        self.settings = settings
        by_id = {each.id: each for each in self.instruments}
        hours = {each.id: weekdays(each) for each in self.instruments}
        self.kernel = Kernel()
        self.desk = OrderDesk(self.kernel, by_id.__getitem__)
        self.exchange = Exchange(
            by_id.__getitem__,
            lambda each: hours[each.id],
            keep_done=keep_done,
            match_on_arrival=latency is not None and not latency.zero,
        )
        self.exchange.share_latest(self.kernel.latest, self.kernel.before_gap)
        self.link = Link(self.exchange, self.kernel.deliver, self.kernel.wake_at, latency, faults)
        self.kernel.add_waker(self.link, first=True)
        self.history: list[Fill | DaySettled | CashMoved | MarginTermsChanged] = []
        self._listen()
        self.venue = self.exchange.create_account(ALICE, settings=settings)
        self.node = self.desk.add_account(ALICE, self.link.send, settings=settings)
        self.kernel.now = at("09:31")
        for currency, amount in CASH.items():
            self.kernel.process(self.exchange.deposit(ALICE, currency, amount, self.kernel.now))
        for each in self.instruments:
            self.kernel.on_first(each.id, self.link.on_market)
        self.order_ids: list[OrderId] = []
        self.mids = [float(each) for each in MIDS]
        self.check: Callable[[LeveragedRoom], None] = lambda room: None

    def _listen(self) -> None:
        seen: set[object] = set()

        def keep(key: object, event: Any) -> None:
            if key not in seen:
                seen.add(key)
                self.history.append(event)

        self.kernel.on(OrderFilled, lambda event: keep(event.fill.trade_id, event.fill))
        self.kernel.on(DaySettled, lambda event: keep((event.currency, event.trading_day), event))
        self.kernel.on(CashMoved, self.history.append)
        self.kernel.on(MarginTermsChanged, self.history.append)

    def play(self, actions: Iterable[Action]) -> "LeveragedRoom":
        """Do the actions, each a second after the one before, and look at everything after each."""
        for index in range(4):
            self._quote(index, 0, 50)
        for kind, *rest in actions:
            index = rest[0] % 4
            if kind < 40:
                self._quote(index, rest[1], rest[2])
            elif kind < 75:
                self._order(index, rest)
            elif kind < 80:
                self._cancel(rest[1])
            elif kind < 90:
                self._terms(index, rest)
            elif kind < 95:
                self._fund(index, rest)
            else:
                self._wait(rest[1])
            self.check(self)
        return self

    def _quote(self, index: int, move: int, size: int) -> None:
        """Move the price by up to 1 %, sometimes by a tenth; sizes are from nothing to much."""
        far = 0.002 * (move % 11 - 5) if move < 88 else (-0.1 if move % 2 else 0.1)
        mid = min(max(self.mids[index] * (1 + far), MIDS[index] * 0.6), MIDS[index] * 1.5)
        self.mids[index] = mid
        unit = self.instruments[index]
        price = round(mid, 1)
        lots = float(SIZES[index]) * (size % 10)
        now = self.kernel.now + SECOND
        self.kernel.process(quote(unit, now, price, price + 0.1, lots, lots))

    def _order(self, index: int, rest: list[int]) -> None:
        unit = self.instruments[index]
        market = rest[3] % 4 == 0
        price = Decimal(str(round(self.mids[index] * (1 + 0.0005 * (rest[4] % 9 - 4)), 1)))
        offsets = (Offset.AUTO, Offset.OPEN, Offset.AUTO, Offset.CLOSE)
        request = OrderRequest(
            ALICE,
            unit.id,
            Side.BUY if rest[1] % 2 else Side.SELL,
            (1 + rest[2] % 10) * SIZES[index],
            None if market else price,
            OrderType.MARKET if market else OrderType.LIMIT,
            TimeInForce.GTC,
            offsets[rest[5] % 4],
        )
        with suppress(AnyvenueError):
            self.order_ids += self.desk.submit(request)

    def _cancel(self, choice: int) -> None:
        if self.order_ids:
            order_id = self.order_ids[-1 - choice % min(len(self.order_ids), 6)]
            with suppress(AnyvenueError):
                self.desk.cancel(ALICE, order_id)

    def _terms(self, index: int, rest: list[int]) -> None:
        name, now = self.instruments[index].id, self.kernel.now
        amount = Decimal(rest[2] - 50) * (Decimal("0.0001") if index == 2 else Decimal(2))
        mode = MarginMode.ISOLATED if rest[2] % 2 else MarginMode.CROSS
        leverage = Decimal((5, 10, 20, 50, 100, 200)[rest[2] % 6])
        commands = (
            SetLeverage(ALICE, name, leverage, now),
            SetMarginMode(ALICE, name, mode, now),
            MoveMargin(ALICE, name, amount, now),
        )
        with suppress(AnyvenueError):
            self.desk.command(commands[rest[1] % 3])

    def _fund(self, index: int, rest: list[int]) -> None:
        unit, now = self.instruments[index], self.kernel.now + SECOND
        rate = Decimal(rest[1] - 50) / 10_000
        due = now + (rest[2] % 4) * SECOND
        self.kernel.process(FundingRate(unit.id, now, now, rate, 8 * HOUR, due))

    def _wait(self, choice: int) -> None:
        now = self.kernel.now
        until = now + (SECOND, MINUTE, HOUR, 24 * HOUR)[choice % 4]
        self.kernel.advance(until)
        self.kernel.now = max(self.kernel.now, until)

    def close(self) -> "LeveragedRoom":
        """Take every order back and wait until nothing is on its way any more."""
        end_orders(self.desk, self.link, self.kernel)
        return self
