"""A bad network: messages are lost, doubled and late, the link goes down. Every order still ends in a definite state.

    python examples/fault_injection.py

What to see: how often an order was `unknown` for a while (its answer was lost, so nobody could say whether it
reached the exchange), and that none is in the end: the truth was asked for and told. `unknown` is not `rejected`:
sending such an order again could buy twice. No fill is counted twice, and the recount of all fills and fees equals
the books.
"""

from collections import Counter

import anyvenue as av
from anyvenue.engine.synthetic import synthetic_source


class Nervous(av.Strategy):
    """Place limit orders and take them back all day; count the states they pass through."""

    def on_start(self) -> None:
        """Act every ten seconds."""
        self.seen: Counter[str] = Counter()
        self.quotes(self.instrument)
        self.timer("act", every="10s")

    def on_timer(self, timer: av.TimerFired) -> None:
        """Take everything back, then ask for one lot on the side that brings the position towards zero."""
        quote = self.latest(self.instrument)
        if not isinstance(quote, av.Depth):
            return
        try:
            self.cancel_all()
        except av.errors.NotSent:
            return  # the link is down and nothing left this machine: the next timer tries again
        if self.position(self.instrument).net > 0:
            self.sell(self.instrument, 1, quote.ask)
        else:
            self.buy(self.instrument, 1, quote.bid)

    def on_order(self, order: av.Order) -> None:
        """Count states as they come."""
        self.seen[order.state.value] += 1


def main() -> None:
    """Run the strategy over one made-up day and a very bad network."""
    catalog = av.Catalog(20260915)
    rebar = catalog.get("rb2701.SHFE")
    sessions = catalog.sessions(rebar.sessions)
    ticks = synthetic_source(rebar, [20260915], sessions, seed=5, start=3500)
    faults = av.FaultPlan(
        seed=1, reject=0.02, drop=0.05, duplicate=0.05, delay=0.05, disconnect=0.005
    )
    options = av.VenueOptions(latency_ms=20, latency_jitter_ms=10, faults=faults)
    strategy = Nervous()
    result = av.backtest(strategy, ticks, options=options)
    ended = Counter(order.state.value for order in result.orders)
    print(f"{len(result.orders)} orders; changes to unknown on the way: {strategy.seen['unknown']}")
    print("in the end:", ", ".join(f"{state} {count}" for state, count in sorted(ended.items())))
    print(f"faults of the strategy: {len(result.faults)}")
    print(f"open orders: {len(result.open_orders)}, recount holds: {result.recount_holds}")


if __name__ == "__main__":
    main()
