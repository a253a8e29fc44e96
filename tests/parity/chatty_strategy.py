"""A strategy that does everything at random and writes down everything it sees."""

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
    """Draws its actions from `seed`; what it sees, and its account as it is then, goes to the node's log.

    Two runs have the same log only if every callback came in the same order, at the same time, and to the same books.
    """

    seed: int = 0
    channels: tuple[str, ...] = ("quotes",)
    intervals: tuple[str, ...] = ()
    timers: tuple[str, ...] = ()
    every: int = 20
    """Act once in about so many market events."""
    raise_after: int = 0
    """Raise once so many orders were sent; 0 never raises."""
    most_orders: int = 400

    def on_start(self) -> None:
        self._random = Random(self.seed)
        self._handles: list[OrderHandle] = []
        for instrument in self.instruments:
            for channel in self.channels:
                getattr(self, channel)(instrument)
            for interval in self.intervals:
                self.bars(instrument, interval)
        for text in self.timers:
            self.timer(text, every=text)
        self._note("start")

    def on_quote(self, quote: Quote) -> None:
        self._market(quote, quote.mid)

    def on_depth(self, depth: Depth) -> None:
        self._market(depth, depth.mid)

    def on_trade(self, trade: Trade) -> None:
        self._market(trade, trade.price)

    def on_bar(self, bar: Bar) -> None:
        self._market(bar, bar.close)

    def on_timer(self, timer: TimerFired) -> None:
        self._note("timer", timer)
        self._act(self._random.choice(self.instruments))

    def on_order(self, order: Order) -> None:
        self._note("order", order)
        if not order.done and self._random.random() < 0.1:
            self._act(order.instrument)

    def on_fill(self, fill: Fill) -> None:
        self._note("fill", fill)
        if self._random.random() < 0.2:
            self._act(fill.instrument)

    def on_stop(self) -> None:
        self._note("stop", [handle.state for handle in self._handles[-5:]])

    # ---- actions

    def _market(self, event: Quote | Depth | Trade | Bar, price: float) -> None:
        if price == price and self._random.random() * self.every < 1:
            self._note("market", event)
            self._act(event.instrument)

    def _act(self, instrument: str) -> None:
        draw = self._random.random()
        try:
            if draw < 0.55:
                self._send(instrument)
            elif draw < 0.7:
                self._change_oldest()
            elif draw < 0.9:
                self._cancel_newest()
            else:
                self.target(instrument, self._random.randint(-3, 3) * self._lot(instrument))
        except OrderError as error:
            self._note("refused", error.code, error.text)
        if self.raise_after and len(self._handles) >= self.raise_after:
            raise RuntimeError(f"enough after {len(self._handles)} orders")

    def _send(self, instrument: str) -> None:
        event = self.latest(instrument)
        price = event.close if isinstance(event, Bar) else getattr(event, "mid", float("nan"))
        if price != price or len(self._handles) >= self.most_orders:
            return
        draw, side = self._random.random(), self._random.choice(list(Side))
        near, far = self._prices(instrument, price, side)
        quantity = self._random.randint(1, 20) * self._lot(instrument)
        send = self.buy if side is Side.BUY else self.sell
        if draw < 0.2:
            handle = send(instrument, quantity)
        elif draw < 0.6:
            lasting = self._random.choice(["day", "day", "day", "gtc", "ioc", "fok"])
            handle = send(instrument, quantity, near, time_in_force=lasting, tag=f"{draw:.3f}")
        elif draw < 0.75:
            handle = send(instrument, quantity, stop=far)
        else:
            handle = send(instrument, quantity, near, stop=far)
        self._handles.append(handle)
        self._note("sent", handle.order_ids, handle.state)

    def _prices(self, instrument: str, price: float, side: Side) -> tuple[Decimal, Decimal]:
        found = self.resolve(instrument)
        step = found.price_step.step_at(Decimal(repr(price)))
        centre = found.snap(round(price, 6), side)
        return (
            centre + step * self._random.randint(-3, 3),
            centre + step * self._random.randint(-8, 8),
        )

    def _lot(self, instrument: str) -> int:
        return int(self.resolve(instrument).lot.minimum)

    def _change_oldest(self) -> None:
        for order in self.open_orders()[:1]:
            step = self.resolve(order.instrument).price_step.step_at(order.price or Decimal(1))
            moved = step * self._random.randint(-2, 2)
            price = None if order.price is None else order.price + moved
            self.context.modify(order.order_id, order.quantity + self._lot(order.instrument), price)

    def _cancel_newest(self) -> None:
        for order in self.open_orders()[-1:]:
            self.context.cancel(order.order_id)

    # ---- notes

    def _note(self, kind: str, *what: object) -> None:
        account = self.account()
        seen = [getattr(self.latest(each), "ts_recv", 0) for each in self.instruments]
        self.log(
            f"{self.now} {kind} {what!r} seen={seen} equity={account.equity} "
            f"available={account.available} margin={account.margin} "
            f"frozen={account.frozen_margin} open={len(self.open_orders())}"
        )
