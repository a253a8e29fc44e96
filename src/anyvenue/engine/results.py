"""What a run leaves behind: orders, fills, round trips, equity, accounts, and a summary for people."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from anyvenue.engine.curve import EquityCurve, PriceSamples
from anyvenue.engine.recount import Movement, recount
from anyvenue.engine.roundtrips import ClosedTrade, closed_trades
from anyvenue.engine.statistics import measure
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.accounts import Account
from anyvenue.model.enums import Delivery
from anyvenue.model.events import (
    CashMoved,
    DaySettled,
    OptionExercised,
    SeriesRolled,
    StrategyFaulted,
)
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill, Order
from anyvenue.model.positions import Position
from anyvenue.oms.account_state import AccountState

__all__ = ["Recorder", "RunResult", "Summary"]

_ZERO = Decimal(0)


class Summary(msgspec.Struct, frozen=True):
    """The figures of one account and currency. Fractions are floats; money is exact.

    `profit` is equity at the end less money paid in; `win_rate` is over round trips, None without any.
    """

    account: AccountId
    currency: str
    start: int
    end: int
    events: int
    paid_in: Decimal
    equity: Decimal
    profit: Decimal
    fees: Decimal
    total_return: float
    max_drawdown: float
    sharpe: float | None
    days: int
    orders: int
    fills: int
    trades: int
    win_rate: float | None
    open_orders: int


class Recorder:
    """Keeps what a result needs and the books do not: fills, and fills and rolls in the order they came in."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.fills: list[Fill] = []
        self.movements: list[Movement] = []
        self.settled: list[DaySettled] = []
        self.fees: dict[tuple[AccountId, str], Decimal] = {}
        self._rolled: dict[tuple[AccountId, InstrumentId], int] = {}

    def plug_into(self, kernel: Kernel) -> None:
        """Listen to rolls, settlements, exercises and other money that moves."""
        kernel.on(SeriesRolled, self.on_roll)
        kernel.on(OptionExercised, self.movements.append)
        kernel.on(CashMoved, self.movements.append)
        kernel.on(DaySettled, self.on_settled)

    def on_settled(self, event: DaySettled) -> None:
        """Keep a settlement; one that delivers something moves positions."""
        self.settled.append(event)
        if event.delivered:
            self.movements.append(event)

    def on_roll(self, roll: SeriesRolled) -> None:
        """Keep a roll; the same one told again is none."""
        if self._rolled.get((roll.account, roll.instrument), 0) < roll.trading_day:
            self._rolled[roll.account, roll.instrument] = roll.trading_day
            self.movements.append(roll)

    def on_order(self, order: Order, fill: Fill | None) -> None:
        """Keep a fill."""
        if fill is not None:
            self.fills.append(fill)
            self.movements.append(fill)
            key = (fill.account, fill.fee_currency)
            self.fees[key] = self.fees.get(key, _ZERO) + fill.fee


class RunResult:
    """The outcome of one run of one account.

    `equity` is a list of (ns UTC, worth) samples in `currency`, the account's main one; `summaries` has one summary
    per currency and `summary` the main one. `audit_hash` is over commands, events and data; `ledger_hash` over
    all postings. `synthetic` tells that prices were made up. `faults` are strategies that raised, `warnings` what a
    careful reader should know.
    """

    def __init__(
        self,
        state: AccountState,
        paid_in: Mapping[str, Decimal],
        curves: Mapping[str, EquityCurve],
        recorder: Recorder,
        instruments: Mapping[InstrumentId, Instrument],
        *,
        events: int,
        end: int,
        audit_hash: str,
        warnings: list[str],
        faults: list[StrategyFaulted],
        prices: PriceSamples | None = None,
        synthetic: bool = False,
    ) -> None:
        """Read the books as they are now."""
        account = state.account
        self._curves = curves
        self._prices = prices
        self.account = account
        self.synthetic = synthetic
        self.currency = next(iter(paid_in), "")
        self.orders: list[Order] = list(state.orders)
        self.fills: list[Fill] = [fill for fill in recorder.fills if fill.account == account]
        self.instruments = dict(instruments)
        self.trades: list[ClosedTrade] = closed_trades(self.fills, self.instruments)
        self.positions: list[Position] = state.positions()
        self.audit_hash = audit_hash
        self.ledger_hash = state.ledger.digest()
        self.warnings = warnings
        self.faults = faults
        self.accounts: dict[str, Account] = {
            each: state.figures(each, end)
            for each in dict.fromkeys((*paid_in, *state.currencies()))
        }
        self.recount_differences = self._recount(state, paid_in, recorder)
        self.summaries = {
            each: self._summary(each, state, paid_in, recorder, events, end)
            for each in self.accounts
        }

    @property
    def summary(self) -> Summary:
        """The summary in the main currency."""
        return self.summaries[self.currency]

    @property
    def equity(self) -> list[tuple[int, float]]:
        """(ns UTC, worth) samples in the main currency."""
        return self.equity_in(self.currency)

    def equity_in(self, currency: str) -> list[tuple[int, float]]:
        """Return (ns UTC, worth) samples in a currency; none for one that no money was paid in."""
        curve = self._curves.get(currency)
        return list(zip(curve.times, curve.values, strict=True)) if curve is not None else []

    def drawdown_in(self, currency: str) -> list[tuple[int, float]]:
        """Return (ns UTC, fall since the highest sample so far) beside `equity_in`, fractions from 0 down.

        A sample of a long run stands for a stretch of them; its fall is the deepest in the stretch.
        """
        curve = self._curves.get(currency)
        return list(zip(curve.times, curve.falls, strict=True)) if curve is not None else []

    def prices(self, instrument: InstrumentId) -> list[tuple[int, float]]:
        """Return (ns UTC, price) samples taken beside the equity, without those that had no price yet.

        Of more than 64 instruments only the first that traded have any.
        """
        kept = self._prices
        if kept is None or instrument not in kept.prices:
            return []
        pairs = zip(kept.times, kept.prices[instrument], strict=True)
        return [(ts, price) for ts, price in pairs if price == price]

    @property
    def open_orders(self) -> list[Order]:
        """Orders that may still change: none after a clean end."""
        return [order for order in self.orders if not order.done]

    @property
    def recount_holds(self) -> bool:
        """True when the independent recount equals the books to the last digit."""
        return not self.recount_differences

    def _recount(
        self, state: AccountState, paid_in: Mapping[str, Decimal], recorder: Recorder
    ) -> list[str]:
        # A spread's own position counts combined legs, which are positions themselves.
        held = {
            position.instrument: position.net
            for position in self.positions
            if not state.instrument(position.instrument).legs
        }
        marks = {instrument: state.mark(instrument) or _ZERO for instrument in held}
        own = [each for each in recorder.movements if each.account == self.account]
        known = {each.id: each for each in _delivered(own, self.instruments, state)}
        known |= {
            leg.instrument: state.instrument(leg.instrument)
            for fill in self.fills
            for leg in fill.legs
        }
        # As the account has them: both sides at once, or netted.
        units = {each: state.instrument(each) for each in (*known, *self.instruments)}
        worth, net = recount(paid_in, own, marks, units, state.trading_day)
        differences = [
            f"{currency}: books {account.equity}, recount {worth.get(currency, _ZERO)}"
            for currency, account in self.accounts.items()
            if account.equity != worth.get(currency, _ZERO)
        ]
        return differences + [
            f"{each}: books {held.get(each, _ZERO)}, recount {net.get(each, _ZERO)}"
            for each in sorted({*held, *net})
            if held.get(each, _ZERO) != net.get(each, _ZERO)
        ]

    def _summary(
        self,
        currency: str,
        state: AccountState,
        paid_in: Mapping[str, Decimal],
        recorder: Recorder,
        events: int,
        end: int,
    ) -> Summary:
        curve = self._curves.get(currency)
        paid = paid_in.get(currency, _ZERO)
        equity = self.accounts[currency].equity
        times, values = (curve.times, curve.values) if curve else ((), ())
        figures = measure(times, values, float(paid))
        trades = [trade for trade in self.trades if trade.currency == currency]
        wins = sum(1 for trade in trades if trade.net > 0)
        return Summary(
            account=self.account,
            currency=currency,
            start=times[0] if times else end,
            end=end,
            events=events,
            paid_in=paid,
            equity=equity,
            profit=equity - paid,
            fees=recorder.fees.get((self.account, currency), _ZERO),
            total_return=figures.total_return,
            max_drawdown=max(0.0, -min(curve.falls, default=0.0)) if curve else 0.0,
            sharpe=figures.sharpe,
            days=figures.days,
            orders=self._count(self.orders, currency),
            fills=self._count(self.fills, currency),
            trades=len(trades),
            win_rate=wins / len(trades) if trades else None,
            open_orders=len(self.open_orders),
        )

    def _count(self, records: list[Order] | list[Fill], currency: str) -> int:
        of = self.instruments
        return sum(
            1
            for record in records
            if record.instrument in of and of[record.instrument].currency == currency
        )


def _delivered(
    movements: Iterable[Movement],
    instruments: Mapping[InstrumentId, Instrument],
    state: AccountState,
) -> list[Instrument]:
    """Return what exercised options delivered: it need not be part of the run's data."""
    options = [
        instruments[each.instrument]
        for each in movements
        if isinstance(each, OptionExercised) and not each.worthless
    ]
    return [
        state.instrument(each.underlying)
        for each in options
        if each.underlying and each.option and each.option.delivery is Delivery.PHYSICAL
    ]
