"""Profit and equity of a scope: against the start of the trading day, and against its highest point."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec

from anyvenue.model.enums import PostingKind, RiskScope
from anyvenue.model.events import BalanceAligned
from anyvenue.model.ids import AccountId
from anyvenue.model.numbers import plain
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.risk.limits import Money
from anyvenue.oms.risk.orders import limit_in
from anyvenue.oms.risk.scopes import Scope
from anyvenue.oms.risk.sight import Sight
from anyvenue.oms.risk.wish import Rule, Wish, deny

__all__ = ["DayStart", "DayStarts", "MaxDailyLoss", "equity_of"]

_ACCOUNT = RiskScope.ACCOUNT
_DEPOSIT, _WITHDRAWAL = PostingKind.DEPOSIT, PostingKind.WITHDRAWAL
_STRATEGY = RiskScope.STRATEGY
_ZERO = Decimal(0)


class DayStart(msgspec.Struct, frozen=True):
    """What an account was worth when `trading_day` (yyyymmdd) began, in one currency."""

    account: AccountId
    currency: str
    trading_day: int
    worth: Decimal


class DayStarts:
    """What every account was worth when its trading day began; nothing for one that began with this day."""

    def __init__(self) -> None:
        self._starts: dict[tuple[AccountId, str], DayStart] = {}

    def begin(self, state: AccountState, currency: str) -> None:
        """Begin a day with what the account is worth now, less what was paid in since its books began it."""
        worth = state.worth(currency) - _paid_in(state, currency)
        day = state.trading_day.get(currency, 0)
        self._starts[state.account, currency] = DayStart(state.account, currency, day, worth)

    def align(self, event: BalanceAligned) -> None:
        """Move a start with money that a comparison with the venue has found.

        Money of earlier days, and all of it while nothing was known before, is no profit of this day. Of money of this
        day nobody can say what it was: less of it counts as a loss, more of it is no profit.
        """
        key = (event.account, event.currency)
        start = self._starts.get(key)
        if start is not None and not event.earlier and event.amount < 0:
            return
        worth = (start.worth if start is not None else _ZERO) + event.amount
        self.put(DayStart(*key, event.trading_day, worth))

    def put(self, start: DayStart) -> None:
        """Take a start that was kept."""
        self._starts[start.account, start.currency] = start

    def of(self, account: AccountId, currency: str) -> DayStart | None:
        """Return what an account had when its day began, None where nobody knows."""
        return self._starts.get((account, currency))

    def profit(self, state: AccountState, currency: str, worth: Decimal) -> Decimal:
        """Return the trading day's profit of an account that is `worth` so much; money paid in or out is none."""
        start = self._starts.get((state.account, currency))
        began = start.worth if start is not None else _ZERO
        return worth - began - _paid_in(state, currency)

    def records(self) -> tuple[DayStart, ...]:
        """Return what must be kept over a restart."""
        return tuple(self._starts.values())

    def restore(self, records: Iterable[DayStart]) -> None:
        """Take what was kept in place of everything known."""
        self._starts = {(each.account, each.currency): each for each in records}


def _paid_in(state: AccountState, currency: str) -> Decimal:
    """Return what was paid in less what was paid out on the trading day."""
    of_day = state.ledger.of_day
    return of_day(currency, _DEPOSIT) + of_day(currency, _WITHDRAWAL)


class MaxDailyLoss(Rule):
    """Refuse orders that enlarge a position once the trading day has lost an amount, realised or not."""

    name = "max_daily_loss"

    def __init__(self, scope: Scope, maximum: Money, sight: Sight, starts: DayStarts) -> None:
        super().__init__(scope)
        self.maximum = maximum
        self._sight = sight
        self._starts = starts

    def check(self, wish: Wish) -> None:
        """Raise RiskDenied when the loss has reached the maximum and the wish enlarges."""
        currency = wish.instrument.currency
        maximum = limit_in(self.maximum, currency)
        if maximum is None or not self._sight.enlarges(wish):
            return
        loss = -sum(self._profits(wish, currency), _ZERO)
        if loss >= maximum:
            deny(
                self.name,
                self.scope,
                wish,
                f"{self.scope} has lost {plain(loss)} {currency} today; from {plain(maximum)} on only orders that "
                "make positions smaller go out",
                value=loss,
                limit=maximum,
            )

    def _profits(self, wish: Wish, currency: str) -> Iterator[Decimal]:
        if self.scope.kind is not _STRATEGY:
            for state in self._sight.states(self.scope, wish.state):
                yield self._starts.profit(state, currency, wish.worth(state))
            return
        for trader in self._sight.traders.of_strategy(self.scope.name):
            state = self._sight.accounts[trader.account]
            yield trader.profit(currency, state) - trader.starts.get(currency, _ZERO)


def equity_of(scope: Scope, sight: Sight) -> dict[str, Decimal]:
    """Return what a scope is worth by currency: its accounts' equity, for a strategy its profit."""
    totals: dict[str, Decimal] = {}
    if scope.kind is _STRATEGY:
        for trader in sight.traders.of_strategy(scope.name):
            for currency in sorted(trader.flows):
                profit = trader.profit(currency, sight.accounts[trader.account])
                totals[currency] = totals.get(currency, _ZERO) + profit
        return totals
    for name, state in sight.accounts.items():
        if scope.kind is not _ACCOUNT or name == scope.name:
            for currency in state.currencies():
                totals[currency] = totals.get(currency, _ZERO) + state.worth(currency)
    return totals
