"""The book of one instrument in which users' orders meet each other, and the phases of trading it goes through.

While trading is continuous an order trades the moment it comes. In an auction or a halt orders are collected and meet
when it ends, in a call auction (`sim.calls`).
"""

from collections.abc import Callable
from decimal import Decimal

from anyvenue.model.enums import InstrumentStatus, OrderType, Side, TimeInForce
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, Trade
from anyvenue.model.orders import OrderRequest
from anyvenue.sim.book import WorkingOrder
from anyvenue.sim.calls import hold_call
from anyvenue.sim.days import FAR
from anyvenue.sim.halts import PriceBand, VolatilityHalt
from anyvenue.sim.keptbook import KeptBook
from anyvenue.sim.matching import Results
from anyvenue.sim.orderbook import Life, Outcome, Prevention, Report
from anyvenue.sim.snapshots import Snapshots
from anyvenue.sim.walking import walk

__all__ = ["UserBook"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_AUCTION, _OPEN = InstrumentStatus.AUCTION, InstrumentStatus.OPEN
_HALTED = InstrumentStatus.HALTED
_BUY, _SELL = Side.BUY, Side.SELL
_NO_PREVENTION = Prevention.NONE
_POST_ONLY, _REST = Life.POST_ONLY, Life.REST
_TRADED, _REDUCED = Outcome.TRADED, Outcome.REDUCED
_LIVES = {TimeInForce.IOC: Life.IMMEDIATE, TimeInForce.FOK: Life.ALL_OR_NONE}
_REASONS = {
    Outcome.PREVENTED: "self-trade prevention",
    Outcome.NOTHING_MORE: "fill-and-kill: nothing more to take",
    Outcome.NOT_ENOUGH: "fill-or-kill: the whole quantity was not there",
    Outcome.WOULD_TAKE: "post-only order would have taken liquidity",
}
_MARKET_REST = "market order: nothing more to take"
_UNPRICED = frozenset({OrderType.MARKET, OrderType.STOP, OrderType.TRAILING_STOP})


def _no_mark() -> Decimal | None:
    return None


class UserBook(KeptBook):
    """The working orders of one instrument, how they meet, and when.

    `status` is the phase its hours are in, `until` that ends and from `fixed` on orders of an auction cannot be taken
    back; a halt ends at `resume_at`. Orders trade as they come while `continuous`, and wait for an auction while
    `collecting`. `prevention` is shared by all books of an exchange.
    """

    __slots__ = (
        "_mark",
        "_multiplier",
        "band",
        "collecting",
        "continuous",
        "prevention",
        "public",
        "resume_at",
        "status",
        "trades",
        "until",
    )

    def __init__(
        self,
        instrument: Instrument,
        prevention: dict[AccountId, Prevention],
        mark: Callable[[], Decimal | None] = _no_mark,
    ) -> None:
        """Take the price that is known from outside from `mark`, while this market has none."""
        super().__init__(instrument)
        self._mark = mark
        self._multiplier = float(instrument.multiplier)
        self.prevention = prevention
        self.trades: list[Trade] = []
        self.public = Snapshots(instrument.id, self.tick, self.lot)
        self.band: PriceBand | None = None
        self.status = _OPEN
        self.until = self.resume_at = FAR
        self.continuous, self.collecting = True, False

    @property
    def shown_status(self) -> InstrumentStatus:
        """The phase of trading as the public sees it: a halt hides the hours it falls into."""
        return _HALTED if self.halted and self.collecting else self.status

    # ---- phases

    def turn(self, status: InstrumentStatus, halted: bool, now: int, out: Results) -> None:
        """Go over to another phase, or into or out of a halt; what was collected meets when that ends."""
        called = self.status is _AUCTION and status is not _AUCTION
        self.status, self.halted = status, halted
        self.collecting = status is _AUCTION or (halted and status is _OPEN)
        self.continuous = status is _OPEN and not halted
        if not halted:
            self.resume_at = FAR
            if called or (self.continuous and (self.core.crossed or self.call.market)):
                hold_call(self, now, out)
        if self.continuous:
            for order in self.call.take_held():
                self.enter(order, now, out)
            self.set_off(now, out)

    def halt(self, now: int) -> None:
        """Halt because a trade would have moved the price too far."""
        assert self.band is not None, "only a price band is left"
        self.halted = self.collecting = True
        self.continuous = False
        self.resume_at = now + self.band.rule.halt_ns

    def watch(self, rule: VolatilityHalt | None) -> None:
        """Halt by `rule` from now on; None never halts."""
        self.band = PriceBand(rule, self.reference()) if rule else None

    # ---- matching

    def enter(self, order: WorkingOrder, now: int, out: Results) -> None:
        """Let an order that is active meet the others, and the stops it sets off after it."""
        if order.waiting:
            self.stops.add(order)
        elif self.continuous:
            self.match(order, now, out)
        else:
            self.collect(order)
        if self.stops.ready:
            self.set_off(now, out)

    def set_off(self, now: int, out: Results) -> None:
        """Set off the stops that were touched, the oldest first, while trading is continuous."""
        while self.continuous and (hit := self.stops.pop()) is not None:
            hit.waiting = False
            out.triggered(hit, now)
            self.match(hit, now, out)

    def match(self, order: WorkingOrder, now: int, out: Results) -> None:
        """Let an order trade what it can; its rest rests or goes."""
        request = order.request
        order.fresh = False
        if request.reduce_only and not out.fit(order, now):
            return
        if self.reducing or (self.band is not None and not request.post_only):
            walk(self, order, now, out)
        else:
            self.insert(order, self.lots_of[order.remaining], self.life(request), now, out)
        if request.reduce_only and order.order_id in self.core:
            self.watch_position(order)

    def insert(self, order: WorkingOrder, lots: int, life: Life, now: int, out: Results) -> None:
        """Put lots of an order into the order book and tell what happened."""
        request, prevention = order.request, self.prevention
        reports = self.core.insert(
            order.order_id,
            order.account,
            order.buy,
            None if request.price is None else self.ticks_of[request.price],
            lots,
            life,
            0 if request.display is None else self.peak(request),
            prevention.get(order.account, _NO_PREVENTION) if prevention else _NO_PREVENTION,
        )
        for report in reports:
            self._tell(order, report, now, out)

    def _tell(self, incoming: WorkingOrder, report: Report, now: int, out: Results) -> None:
        outcome, order_id, _, lots = report
        subject = self.orders[OrderId(order_id)]
        if outcome is _TRADED:
            price = subject.request.price
            assert price is not None, "only orders with a price rest"
            aggressor = _BUY if incoming.buy else _SELL
            self.book_trade(subject, incoming, price, lots, aggressor, now, out)
            if self.reducing:
                self.fit_resting((incoming.account, subject.account), now, out)
        elif outcome is _REDUCED:
            out.reduced(subject, lots * self.lot, now)
            out.reduced(incoming, lots * self.lot, now)
        else:
            self.end(subject, outcome, now, out)

    def end(self, order: WorkingOrder, outcome: Outcome, now: int, out: Results) -> None:
        """Cancel the rest of an order for a reason of the order book's."""
        market = outcome is Outcome.NOTHING_MORE and order.request.type in _UNPRICED
        out.ended(order, _MARKET_REST if market else _REASONS[outcome], now)

    def book_trade(
        self,
        resting: WorkingOrder,
        incoming: WorkingOrder,
        price: Decimal,
        lots: int,
        aggressor: Side | None,
        now: int,
        out: Results,
    ) -> None:
        """Book one trade on both accounts and make it public."""
        quantity = lots * self.lot
        self.stops.see(price)
        if self.band is not None:
            self.band.note(now, price)
        number = out.traded(resting, incoming, price, quantity, now)
        observed, size = float(price), float(quantity)
        self.public.day.add(observed, size, observed * size * self._multiplier)
        self.trades.append(Trade(self.instrument.id, now, now, observed, size, aggressor, number))

    def reference(self) -> Decimal | None:
        """Return the last price of this market, else the one known from outside, None without any."""
        return self._mark() if self.stops.last is None else self.stops.last

    def life(self, request: OrderRequest) -> Life:
        """Return what becomes of the rest of an order."""
        return _POST_ONLY if request.post_only else _LIVES.get(request.time_in_force, _REST)

    # ---- what the public sees

    def end_day(self) -> None:
        """Begin to count the day's figures afresh."""
        self.public.end_day()

    def depth(self, now: int, trading_day: int) -> Depth:
        """Return the five best levels and the day's figures; while orders are collected, what would trade."""
        clearing = self.call.preview(self) if self.core.crossed or self.call.market else None
        return self.public.depth(self.core, clearing, now, trading_day)
