"""The one function: what must happen to the books so that they say what the venue says."""

from anyvenue.model.orders import Fill
from anyvenue.model.protocols import Snapshot
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.reconcile.checking import check_snapshot
from anyvenue.oms.reconcile.days import settle_missed_days
from anyvenue.oms.reconcile.fills import book_fills, infer_fills, missed_fills
from anyvenue.oms.reconcile.holdings import align_balances, align_positions, align_terms
from anyvenue.oms.reconcile.naming import Names
from anyvenue.oms.reconcile.orders import begin_orders, doubt_orders, end_orders
from anyvenue.oms.reconcile.records import Correction
from anyvenue.oms.reconcile.trial import Trial

__all__ = ["reconcile"]


def reconcile(
    state: AccountState,
    snapshot: Snapshot,
    now: int,
    *,
    complete: bool = False,
    in_flight_ns: int = 0,
) -> Correction:
    """Return the events that bring `state` to what `snapshot` says; nothing is changed here.

    Apply all of them in order, or none. With the same snapshot there is nothing left to do after that. First come
    orders and their terms, then fills (missed ones by the venue's trade id, else by its totals), days that were settled
    between them, ends of orders, and last positions and balances. A working order that the venue does not name is
    never taken for filled or cancelled.

    `complete` is the driver's capability `complete_snapshots`: an order that was never acknowledged and is not named
    never arrived, unless it was sent less than `in_flight_ns` before the snapshot. The books must not hold anything
    newer than the snapshot: events that come meanwhile wait. Raise Inconsistent for a snapshot that cannot be true.
    """
    check_snapshot(state, snapshot)
    trial = Trial(state, snapshot, now)
    names = Names(state, snapshot)
    begin_orders(trial, names)
    before, since = _by_day(trial, missed_fills(trial, names))
    book_fills(trial, before)
    settle_missed_days(trial)
    book_fills(trial, since)
    infer_fills(trial, names)
    end_orders(trial, names, complete)
    doubt_orders(trial, names, complete, in_flight_ns)
    align_positions(trial)
    align_terms(trial)
    align_balances(trial)
    return trial.correction()


def _by_day(trial: Trial, fills: list[Fill]) -> tuple[list[Fill], list[Fill]]:
    """Split fills into those of days that are over at the venue and those of the open one."""
    days = {each.currency: each.trading_day for each in trial.snapshot.balances}
    before: list[Fill] = []
    since: list[Fill] = []
    for fill in fills:
        currency = trial.state.instrument(fill.instrument).currency
        over = 0 < fill.trading_day < days.get(currency, 0)
        (before if over else since).append(fill)
    return before, since
