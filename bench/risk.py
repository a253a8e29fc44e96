"""Measure what risk costs: an order and its cancel at the desk, without limits, with one, and with every limit on.

The desk of a node over a driver that only counts; ten orders of the account work meanwhile, three instruments are held,
and the market gives a quote before each order. CPU time of one process; each row is the fastest of so many rounds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from decimal import Decimal

from msgspec.structs import replace

from _ours_common import bench_instrument
from anyvenue.engine.desk import OrderDesk
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.commands import CancelOrder, Command, SubmitOrder
from anyvenue.model.enums import Side
from anyvenue.model.events import Deposited, OrderAccepted, OrderCancelled, OrderFilled
from anyvenue.model.ids import AccountId, InstrumentId, StrategyId
from anyvenue.model.market import Quote
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.oms.risk import (
    Breakers,
    CountBreaker,
    DrawdownBreaker,
    JumpBreaker,
    Limits,
    Rate,
    RiskGate,
    RiskLimits,
)
from anyvenue.reference.sessions import get_sessions

ACCOUNT, STRATEGY = AccountId("bench"), StrategyId("bench")
_BIG = Decimal(10**9)
_OFTEN = 10**9
_STEP = 1_000_000


def every_limit() -> Limits:
    """Return one of each limit, none of which ever refuses."""
    return Limits(
        price_band=Decimal("0.5"),
        max_order_quantity=_BIG,
        max_order_notional=_BIG * 1000,
        max_position=_BIG,
        max_gross_position=_BIG,
        max_exposure=_BIG * 1000,
        max_leverage=_BIG,
        order_rate=Rate(count=_OFTEN, seconds=0.01),
        cancel_rate=Rate(count=_OFTEN, seconds=0.01),
        no_self_trade=True,
        duplicate_ms=0.5,
        max_daily_loss=_BIG,
        session_hours=True,
    )


def every_breaker() -> Breakers:
    """Return one of each breaker, none of which ever opens."""
    return Breakers(
        rejects=CountBreaker(count=_OFTEN),
        unknowns=CountBreaker(count=_OFTEN),
        disconnects=CountBreaker(count=_OFTEN),
        price_jump=JumpBreaker(fraction=Decimal(1)),
        drawdown=DrawdownBreaker(fraction=Decimal(1)),
    )


def settings() -> dict[str, RiskLimits]:
    """Return what is compared."""
    one = every_limit()
    return {
        "no limit": RiskLimits(),
        "largest order only": RiskLimits(max_order_quantity=_BIG),
        "every limit of an account": RiskLimits(accounts={"*": one}),
        "and every breaker": RiskLimits(accounts={"*": replace(one, breaker=every_breaker())}),
        "every limit of all four scopes": RiskLimits(
            accounts={"*": one},
            strategies={"*": one},
            instruments={"*": replace(one, max_leverage=None, max_daily_loss=None)},
            **{name: getattr(one, name) for name in one.__struct_fields__},
        ),
    }


class Bench:
    """A desk with working orders and positions."""

    def __init__(self, limits: RiskLimits) -> None:
        first = bench_instrument()
        names = [InstrumentId(f"bench{each}.SHFE") for each in range(2)]
        self.instruments = {first.id: first} | {each: replace(first, id=each) for each in names}
        self.instrument = first
        self.kernel = Kernel()
        self.kernel.now = 1_789_434_000_000_000_000
        always = get_sessions("always")
        self.desk = OrderDesk(
            self.kernel, self.instruments.__getitem__, RiskGate((), limits, lambda _: always)
        )
        self.last: Command | None = None
        self.desk.add_account(ACCOUNT, self.take)
        now = self.kernel.now
        self.kernel.process(Deposited(ACCOUNT, "CNY", _BIG, now, now))
        for each in self.instruments:
            self.desk.watch.watch_prices(self.instruments[each])
            self.quote(each)
            self.hold(each)
        for each in range(10):
            self.kernel.now += _STEP
            self.desk.submit(self.wish(Decimal(3400 + each)))
            self.accept()

    def take(self, command: Command) -> None:
        """Be the driver."""
        self.last = command

    def quote(self, name: InstrumentId) -> None:
        """Show a quote."""
        now = self.kernel.now
        self.kernel.run((Quote(name, now, now, 3500.0, 3501.0, 9.0, 9.0),))

    def wish(self, price: Decimal, name: InstrumentId | None = None) -> OrderRequest:
        """Return a buy."""
        return OrderRequest(
            ACCOUNT, name or self.instrument.id, Side.BUY, Decimal(1), price, strategy=STRATEGY
        )

    def hold(self, name: InstrumentId) -> None:
        """Buy one lot."""
        self.kernel.now += _STEP
        (order_id,) = self.desk.submit(self.wish(Decimal(3500), name))
        now, request = self.kernel.now, self.desk.order(order_id).request
        fill = Fill(
            order_id, ACCOUNT, name, f"t{order_id}", Side.BUY, request.offset, Decimal(3500),
            Decimal(1), Decimal(0), "CNY", now, now, strategy=STRATEGY,
        )  # fmt: skip
        self.kernel.process(OrderFilled(ACCOUNT, order_id, now, now, fill))

    def accept(self) -> None:
        """Take the last order."""
        command, now = self.last, self.kernel.now
        if isinstance(command, SubmitOrder):
            self.kernel.process(OrderAccepted(ACCOUNT, command.order_id, now, now))

    def round(self, count: int) -> tuple[float, float]:
        """Return us of CPU of an order (sent, accepted, cancelled) and of a quote."""
        price, request = Decimal(3490), self.wish(Decimal(3490))
        spent = quoting = 0.0
        for _ in range(count):
            self.kernel.now += _STEP
            began = time.process_time()
            self.quote(self.instrument.id)
            quoted = time.process_time()
            (order_id,) = self.desk.submit(request)
            self.accept()
            self.desk.cancel(ACCOUNT, order_id)
            if isinstance(self.last, CancelOrder):
                now = self.kernel.now
                self.kernel.process(OrderCancelled(ACCOUNT, order_id, now, now))
            spent += time.process_time() - quoted
            quoting += quoted - began
        assert price == request.price
        return spent / count * 1e6, quoting / count * 1e6


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    ours: dict[str, dict[str, float]] = {}
    benches = {name: Bench(limits) for name, limits in settings().items()}
    best = {name: [(1e9, 1e9)] for name in benches}
    for _ in range(options.rounds):
        for name, bench in benches.items():
            best[name].append(bench.round(options.orders))
    for name, rounds in best.items():
        order, tick = min(each[0] for each in rounds), min(each[1] for each in rounds)
        ours[name] = {"us_an_order": round(order, 1), "us_a_quote": round(tick, 2)}
        print(f"{name:32} {order:7.1f} us an order and its cancel   {tick:6.2f} us a quote")
    if options.json:
        print(json.dumps({"name": "risk", "ours": ours}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
