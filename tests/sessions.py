"""Whole trading sessions from small numbers: a node's order desk, a link and an exchange, played by actions.

An action is eight integers from 0 to 99, so that hypothesis can draw and shrink them and a seeded generator can make
the same kind of thing in another process.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from decimal import Decimal
from random import Random
from typing import Any

from anyvenue.engine.desk import OrderDesk
from anyvenue.kernel.kernel import FAR, Kernel
from anyvenue.model.enums import Offset, OrderType, Side, TimeInForce
from anyvenue.model.errors import AnyvenueError, NotSent
from anyvenue.model.events import DaySettled, OrderFilled
from anyvenue.model.ids import OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.oms.account_state import AccountSettings, AccountState
from anyvenue.sim.exchange import Exchange
from anyvenue.sim.faults import FaultPlan
from anyvenue.sim.latency import LatencyModel
from anyvenue.sim.link import Link
from builders import (
    ALICE,
    MINUTE,
    SECOND,
    at,
    bank_share,
    index_future,
    iron_ore,
    number,
    perpetual,
    quote,
    rebar,
    weekdays,
)

Action = tuple[int, ...]
WIDTH = 8
_MIDS = (3500, 800, 4000, 10, 100)
_OFFSETS = (
    Offset.AUTO,
    Offset.OPEN,
    Offset.AUTO,
    Offset.CLOSE,
    Offset.AUTO,
    Offset.CLOSE_TODAY,
    Offset.OPEN,
    Offset.CLOSE_OLD,
)
_LIVES = (
    TimeInForce.DAY,
    TimeInForce.GTC,
    TimeInForce.DAY,
    TimeInForce.IOC,
    TimeInForce.GTC,
    TimeInForce.FOK,
)


def random_actions(seed: int, count: int) -> list[Action]:
    """Return actions drawn from a seed."""
    draw = Random(seed)
    return [tuple(draw.randrange(100) for _ in range(WIDTH)) for _ in range(count)]


class Room:
    """One node with one account behind one link; the fills and settlements that came are in `history`."""

    def __init__(
        self,
        settings: AccountSettings | None = None,
        latency: LatencyModel | None = None,
        faults: FaultPlan | None = None,
        *,
        keep_done: bool = True,
        match_on_arrival: bool = False,
        matching: str = "touch",
        markets: Sequence[tuple[Instrument, int]] | None = None,
    ) -> None:
        if markets is None:
            units = (rebar(), iron_ore(), index_future(), bank_share(), perpetual())
            markets = list(zip(units, _MIDS, strict=True))
        self.instruments = [instrument for instrument, _ in markets]
        self.mids = [mid for _, mid in markets]
        self.currencies = sorted({each.currency for each in self.instruments})
        by_id = {each.id: each for each in self.instruments}
        hours = {each.id: weekdays(each) for each in self.instruments}
        self.kernel = Kernel()
        self.desk = OrderDesk(self.kernel, by_id.__getitem__)
        self.exchange = Exchange(
            by_id.__getitem__,
            lambda each: hours[each.id],
            keep_done=keep_done,
            match_on_arrival=match_on_arrival,
            matching=matching,
        )
        self.exchange.share_latest(self.kernel.latest, self.kernel.before_gap)
        self.link = Link(self.exchange, self.kernel.deliver, self.kernel.wake_at, latency, faults)
        self.kernel.add_waker(self.link, first=True)
        self.history: list[Fill | DaySettled] = []
        self._listen()
        self.settings = settings or AccountSettings()
        self.venue: AccountState = self.exchange.create_account(ALICE, settings=settings)
        self.node: AccountState = self.desk.add_account(ALICE, self.link.send, settings=settings)
        self.kernel.now = at("09:31")
        for currency in self.currencies:
            deposit = self.exchange.deposit(ALICE, currency, number(3_000_000), self.kernel.now)
            self.kernel.process(deposit)
        days = self.exchange.open_markets(self.instruments, self.kernel.now)
        for currency, day in days.items():
            self.venue.begin_day(currency, day)
            self.node.begin_day(currency, day)
        for each in self.instruments:
            self.kernel.on_first(each.id, self.link.on_market)
        self.order_ids: list[OrderId] = []
        self.check: Callable[[Room], None] = lambda room: None

    def _listen(self) -> None:
        """Keep fills and settlements once each, in the order in which they came."""
        seen: set[object] = set()

        def keep(key: object, event: Fill | DaySettled) -> None:
            if key not in seen:
                seen.add(key)
                self.history.append(event)

        self.kernel.on(OrderFilled, lambda event: keep(event.fill.trade_id, event.fill))
        self.kernel.on(DaySettled, lambda event: keep((event.currency, event.trading_day), event))

    # ---- playing

    def play(self, actions: Iterable[Action]) -> "Room":
        """Do the actions, each a second after the one before, and look at everything after each."""
        for index in range(len(self.instruments)):
            self._quote(index, 0, 1, 50, 50)
        for kind, *rest in actions:
            if kind < 45:
                self._quote(
                    rest[0] % len(self.mids), rest[1] % 21 - 10, 1 + rest[2] % 3, rest[3], rest[4]
                )
            elif kind < 80:
                self._order(rest)
            elif kind < 87:
                self._ask(self.desk.cancel, rest[0])
            elif kind < 94:
                self._modify(rest)
            else:
                self._wait(rest[0])
            self.check(self)
        return self

    def _next(self) -> int:
        return self.kernel.now + SECOND

    def _quote(self, index: int, move: int, spread: int, bid_size: int, ask_size: int) -> None:
        instrument = self.instruments[index]
        step = float(instrument.price_step.step_at(Decimal(1)))
        lots = float(instrument.lot.minimum)
        bid, ask = (self.mids[index] + (move + by) * step for by in (0, spread))
        event = quote(
            instrument, self._next(), bid, ask, bid_size % 10 * lots, ask_size % 10 * lots
        )
        self.kernel.process(event)

    def _order(self, rest: list[int]) -> None:
        index, side, quantity, kind, move, life, offset = (each for each in rest[:7])
        index %= len(self.mids)
        instrument = self.instruments[index]
        step = instrument.price_step.step_at(Decimal(1))
        price = self.mids[index] + (move % 25 - 12) * step
        types = (OrderType.LIMIT, OrderType.MARKET, OrderType.STOP, OrderType.STOP_LIMIT)
        of_type = types[(0, 0, 0, 0, 1, 1, 2, 3)[kind % 8]]
        stop = of_type in (OrderType.STOP, OrderType.STOP_LIMIT)
        lives = TimeInForce.GTC if stop else _LIVES[life % len(_LIVES)]
        request = OrderRequest(
            ALICE,
            instrument.id,
            Side.BUY if side % 2 else Side.SELL,
            (1 + quantity % 6) * instrument.lot.minimum,
            price if of_type in (OrderType.LIMIT, OrderType.STOP_LIMIT) else None,
            of_type,
            lives,
            _OFFSETS[offset % len(_OFFSETS)],
            price if stop else None,
        )
        with suppress(AnyvenueError):
            self.order_ids += self.desk.submit(request)

    def _ask(self, how: Callable[..., None], choice: int, *more: Any) -> None:
        if self.order_ids:
            order_id = self.order_ids[-1 - choice % min(len(self.order_ids), 6)]
            with suppress(AnyvenueError):
                how(ALICE, order_id, *more)

    def _modify(self, rest: list[int]) -> None:
        if not self.order_ids:
            return
        order_id = self.order_ids[-1 - rest[0] % min(len(self.order_ids), 6)]
        order = self.desk.order(order_id)
        instrument = next(each for each in self.instruments if each.id == order.instrument)
        quantity = (1 + rest[1] % 8) * instrument.lot.minimum if rest[2] % 2 else None
        price = None
        if order.price is not None and rest[3] % 2:
            price = order.price + (rest[4] % 9 - 4) * instrument.price_step.step_at(order.price)
        with suppress(AnyvenueError):
            self.desk.modify(ALICE, order_id, quantity, price)

    def _wait(self, choice: int) -> None:
        now = self.kernel.now
        day = 24 * 60 * MINUTE
        today = now - (now - at("00:00")) % day - at("00:00")
        moments = (
            now + MINUTE,
            now + 30 * MINUTE,
            today + at("14:59"),
            today + at("21:01"),
            today + at("33:31"),
            today + at("33:31"),
        )
        until = max(moments[choice % 6], now + SECOND)
        self.kernel.advance(until)
        self.kernel.now = max(self.kernel.now, until)

    # ---- the end

    def close(self) -> "Room":
        """Take every order back and wait until nothing is on its way any more."""
        end_orders(self.desk, self.link, self.kernel)
        return self


def end_orders(desk: OrderDesk, link: Link, kernel: Kernel) -> None:
    """Take every order back and wait until nothing is on its way any more."""
    for _ in range(500):
        with suppress(NotSent):
            desk.cancel_all()
        due = link.flight_due
        if due < FAR:
            kernel.advance(due)
            kernel.now = max(kernel.now, due)
        elif desk.open_orders():
            kernel.now += 10 * SECOND
        else:
            return
    raise AssertionError(f"orders never ended: {desk.open_orders()}")
