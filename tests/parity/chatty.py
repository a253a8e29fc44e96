"""A strategy that does everything at random and writes down everything it sees."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from anyvenue.model.enums import Side
from anyvenue.model.errors import OrderError
from anyvenue.model.events import TimerFired
from anyvenue.model.market import Bar, Depth, Quote, Trade
from anyvenue.model.orders import Fill, Order
from anyvenue.strategy.base import Strategy
from anyvenue.strategy.handles import OrderHandle

__all__ = ["Chatty"]


class Chatty(Strategy):
    """Draws its actions from `seed`; what it sees, and what it sees of its account then, goes to the node's log.

    So two runs have the same log only if every callback came in the same order, at the same time, to the same books.
    """

    seed: int = 0
    channels: tuple[str, ...] = ("quotes",)
    intervals: tuple[str, ...] = ()
    timers: tuple[str, ...] = ()
    every: int = 20
    """Act once in about so many market events."""
    answers: bool = True
    """Act in on_order and on_fill, too."""
    bursts: int = 60
    """Raise once so many orders were sent; 0 never raises."""

    def on_start(self) -> None:
        self._random = Random(self.seed)
        self._handles: list[OrderHandle] = []
        self._sent = 0
        for instrument in self.instruments:
            for channel in self.channels:
                getattr(self, channel)(instrument)
            for interval in self.intervals:
                self.bars(instrument, interval)
        for text in self.timers:
            self.timer(text, every=text)
        self._note("start")

    def on_quote(self, quote: Quote) -> None:
        self._market("quote", quote.instrument, quote.mid)

    def on_depth(self, depth: Depth) -> None:
        self._market("depth", depth.instrument, depth.mid)

    def on_trade(self, trade: Trade) -> None:
        self._market("trade", trade.instrument, trade.price)

    def on_bar(self, bar: Bar) -> None:
        self._note("bar", bar)
        self._market("bar", bar.instrument, bar.close)

    def on_timer(self, timer: TimerFired) -> None:
        self._note("timer", timer)
        self._act(self._random.choice(self.instruments))

    def on_order(self, order: Order) -> None:
        self._note("order", order)
        if self.answers and not order.done and self._random.random() < 0.1:
            self._change(next(each for each in [order.order_id]))

    def on_fill(self, fill: Fill) -> None:
        self._note("fill", fill)
        if self.answers and self._random.random() < 0.3:
            self._act(fill.instrument)

    def on_stop(self) -> None:
        self._note("stop", [handle.state for handle in self._handles[-5:]])

    # ---- actions

    def _market(self, kind: str, instrument: str, price: float) -> None:
        if price == price and self._random.random() * self.every < 1:
            self._note(kind, instrument, price)
            self._act(instrument)

    def _act(self, instrument: str) -> None:
        draw = self._random.random()
        try:
            if draw < 0.55:
                self._order(instrument)
            elif draw < 0.7:
                self._modify()
            elif draw < 0.9:
                self._cancel()
            else:
                self.target(instrument, self._random.randint(-3, 3) * self._lot(instrument))
        except OrderError as error:
            self._note("refused", error.code, error.text)
        if self.bursts and self._sent >= self.bursts:
            raise RuntimeError(f"enough after {self._sent} orders")

    def _order(self, instrument: str) -> None:
        found, latest = self.resolve(instrument), self.latest(instrument)
        price = getattr(latest, "mid", None) or getattr(latest, "close", None)
        if price is None or price != price:
            return
        draw, side = self._random.random(), self._random.choice(list(Side))
        step = found.price_step.step_at(Decimal(repr(price)))
        at = found.snap(round(price, 6), side)
        near, far = (at + step * self._random.randint(-k, k) for k in (3, 8))
        quantity = self._random.randint(1, 40) * self._lot(instrument)
        send: Callable[..., OrderHandle] = self.buy if side is Side.BUY else self.sell
        if draw < 0.2:
            handle = send(instrument, quantity)
        elif draw < 0.6:
            handle = send(instrument, quantity, near, time_in_force=self._lasting(), tag=f"{draw:.3f}")
        elif draw < 0.75:
            handle = send(instrument, quantity, stop=far)
        else:
            handle = send(instrument, quantity, near, stop=far)
        self._sent += 1
        self._handles.append(handle)
        self._note("sent", handle.order_ids, handle.state)

    def _lasting(self) -> str:
        return self._random.choice(["day", "day", "day", "gtc", "ioc", "fok"])

    def _lot(self, instrument: str) -> int:
        return int(self.resolve(instrument).lot.minimum)

    def _modify(self) -> None:
        for order in self.open_orders()[:1]:
            step = self.resolve(order.instrument).price_step.step_at(order.price or Decimal(1))
            price = None if order.price is None else order.price + step * self._random.randint(-2, 2)
            self.context.modify(order.order_id, order.quantity + self._lot(order.instrument), price)

    def _cancel(self) -> None:
        for order in self.open_orders()[-1:]:
            self.context.cancel(order.order_id)

    def _change(self, order_id: int) -> None:
        working = {order.order_id for order in self.open_orders()}
        if order_id in working:
            if self._random.random() < 0.5:
                self._cancel()
            else:
                self._act(self.instrument)

    # ---- notes

    def _note(self, kind: str, *what: object) -> None:
        currency = self.resolve(self.instrument).currency
        account = self.account(currency)
        latest = [getattr(self.latest(each), "ts_recv", 0) for each in self.instruments]
        self.log(
            f"{self.now} {kind} {what!r} latest={latest} equity={account.equity} available={account.available} "
            f"margin={account.margin} frozen={account.frozen_margin} open={len(self.open_orders())}"
        )
