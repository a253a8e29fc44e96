"""What the backtest and the paper node have in common: the node, its accounts' books and curves, and the result."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from anyvenue.data.source import Source
from anyvenue.engine.curve import EquityCurve, PriceSamples
from anyvenue.engine.desk import Send
from anyvenue.engine.feed import Feed
from anyvenue.engine.node import Node
from anyvenue.engine.results import Recorder, RunResult
from anyvenue.engine.venue import VenueOptions, hours_of, make_rates
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import Number, to_decimal
from anyvenue.oms.risk import RiskLimits
from anyvenue.reference.catalog import Catalog
from anyvenue.sim.exchange import Exchange

__all__ = ["ACCOUNT", "SETTLING_ROUNDS", "SimulatedNode", "cash_of"]

ACCOUNT = AccountId("backtest")
"""The account of a run that has only one."""

SETTLING_ROUNDS = 100_000
"""Enough for every message in flight to arrive, be answered and be answered again, whatever the faults."""


def cash_of(
    cash: Number | Mapping[str, Number], instruments: Sequence[Instrument]
) -> dict[str, Decimal]:
    """Return the money to pay in per currency: a bare number is in every currency that the instruments need."""
    if isinstance(cash, Mapping):
        return {currency: to_decimal(amount, "cash") for currency, amount in cash.items()}
    currencies = dict.fromkeys(each.currency for each in instruments)
    return {currency: to_decimal(cash, "cash") for currency in currencies}


class SimulatedNode:
    """A node over a simulated exchange. Accounts and strategies are added before it runs."""

    def __init__(
        self,
        feed: Feed,
        catalog: Catalog,
        options: VenueOptions | None,
        logger: Callable[[str, str], None] | None,
        risk: RiskLimits | None = None,
    ) -> None:
        """Make the node for the instruments of `feed`, which may trade as far as `risk` allows."""
        self.options = options or VenueOptions()
        self.feed = feed
        hours = hours_of(self.options, catalog)
        self.node = Node(catalog, sessions_of=hours, risk=risk, logger=logger)
        self.recorder = Recorder()
        self.recorder.plug_into(self.node.kernel)
        self.node.desk.listeners.append(self.recorder.on_order)
        self.paid_in: dict[AccountId, dict[str, Decimal]] = {}
        self.curves: dict[AccountId, dict[str, EquityCurve]] = {}
        self.prices = PriceSamples(self.node.kernel.latest)

    def add_source(self, source: Source) -> None:
        """Let the node know what a source can serve."""
        self.node.know(source.instrument)
        self.node.market.add_source(source.instrument, source)
        self.node.desk.watch.watch_prices(source.instrument)

    def result(self, account: AccountId) -> RunResult:
        """Return the outcome for one account; raise AccountError."""
        node = self.node
        return RunResult(
            node.desk.account(account),
            self.paid_in[account],
            self.curves[account],
            self.recorder,
            {each.id: each for each in self.feed.instruments},
            events=node.kernel.sequence,
            end=node.kernel.now,
            audit_hash=node.desk.audit.hexdigest(),
            warnings=self.feed.warnings,
            faults=list(node.faults),
            prices=self.prices,
            synthetic=self.feed.synthetic,
        )

    def _keep_books(self, account: AccountId, cash: Mapping[str, Decimal], send: Send) -> None:
        rates = make_rates(self.options)
        state = self.node.desk.add_account(account, send, rates, self.options.settings)
        kernel = self.node.kernel
        self.paid_in[account] = dict(cash)
        self.curves[account] = {}
        for currency in cash:
            # All curves sample at the same times; one of them takes the prices for all.
            beside = None if any(self.curves.values()) else self.prices
            paid_in = float(cash[currency])
            self.curves[account][currency] = EquityCurve(
                kernel, state, currency, beside=beside, paid_in=paid_in
            )

    def _audit_data(self) -> None:
        for digest in self.feed.content_hashes():
            self.node.desk.audit.add_data(digest)

    def _open_markets(
        self, exchange: Exchange, instruments: Sequence[Instrument], now: int
    ) -> None:
        """Begin the trading day of each currency, at the exchange and in the node's books alike."""
        days = exchange.open_markets(instruments, now)
        for state in (*exchange.accounts.values(), *self.node.desk.accounts.values()):
            for currency, day in days.items():
                state.begin_day(currency, day)

    def _all_curves(self) -> list[EquityCurve]:
        return [curve for curves in self.curves.values() for curve in curves.values()]
