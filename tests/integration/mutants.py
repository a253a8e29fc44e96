"""Deliberate mistakes, each of a kind that a simulation must notice."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from anyvenue.engine import rebuild
from anyvenue.engine.live import recovery
from anyvenue.engine.live.behind import Behind
from anyvenue.engine.live.chronicle import Chronicle
from anyvenue.engine.live.recovery import Recovery
from anyvenue.engine.live.session import Session
from anyvenue.engine.sim_broker import SimBroker
from anyvenue.model.enums import OrderState
from anyvenue.model.events import OrderFilled, OrderRejected, OrderSent
from anyvenue.oms import legs, order_store
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.order_store import OrderStore
from anyvenue.oms.reconcile import reconciling
from anyvenue.oms.risk import RiskGate
from anyvenue.venues.paper.outstanding import Outstanding

__all__ = ["MUTANTS"]

Patch = Callable[[pytest.MonkeyPatch], None]


def _nothing(*_: Any, **__: Any) -> None:
    """Do nothing."""


def missed_fills_are_not_booked(patch: pytest.MonkeyPatch) -> None:
    """Reconciliation: positions and money are aligned, but the fills behind them are left out."""
    patch.setattr(reconciling, "book_fills", _nothing)
    patch.setattr(reconciling, "infer_fills", _nothing)


def orders_of_others_are_ignored(patch: pytest.MonkeyPatch) -> None:
    """Reconciliation: an event about an order that nobody here has placed is dropped for good."""
    patch.setattr(Session, "look_again", _nothing)


def unanswered_orders_are_not_asked_about(patch: pytest.MonkeyPatch) -> None:
    """Reconciliation: after a restart nobody asks what became of orders without an answer."""
    patch.setattr(Outstanding, "ask_about", _nothing)


def a_broken_connection_is_a_rejection(patch: pytest.MonkeyPatch) -> None:
    """Reconciliation: what was not answered is taken for rejected."""
    lost = Outstanding.lost

    def rejected(self: Outstanding, now: int) -> list[Any]:
        return [
            OrderRejected(each.account, each.order_id, now, now, "lost")  # type: ignore[union-attr]
            for each in lost(self, now)
        ]

    patch.setattr(Outstanding, "lost", rejected)


def the_venue_forgets_references(patch: pytest.MonkeyPatch) -> None:
    """Reconciliation: asked for an order by its reference, the venue knows none."""
    patch.setattr(SimBroker, "order_of", lambda *_: 0)


def an_order_is_written_after_it_was_sent(patch: pytest.MonkeyPatch) -> None:
    """Journal order: send first, write when there is time."""

    def later(self: Chronicle, command: Any, submitted: Any) -> None:
        asyncio.get_running_loop().call_later(0.005, self._write, submitted)

    patch.setattr(Chronicle, "add_sent", later)


def fills_are_not_written(patch: pytest.MonkeyPatch) -> None:
    """Journal: an execution is in the books and not in the journal."""
    write = Chronicle._write

    def some(self: Chronicle, record: Any, ts: int = 0) -> None:
        if not isinstance(record, OrderFilled):
            write(self, record, ts)

    patch.setattr(Chronicle, "_write", some)


def fills_overtake_missed_ones(patch: pytest.MonkeyPatch) -> None:
    """Legs: lots are taken in the order in which they are heard of, not that of the venue."""
    patch.setattr(Behind, "_waits", lambda *_: False)


def a_cursor_runs_ahead(patch: pytest.MonkeyPatch) -> None:
    """Journal: the place in the stream is written although an event before it was left for later."""
    patch.setattr(Chronicle, "fall_behind", _nothing)


def ids_go_on_where_the_journal_ends(patch: pytest.MonkeyPatch) -> None:
    """Journal: ids of records that were lost with the power are given again."""
    patch.setattr(recovery, "_SKIPPED_IDS", 0)


def ids_go_on_from_those_of_others(patch: pytest.MonkeyPatch) -> None:
    """Journal: after an adopted order the node counts on from its id."""
    patch.setattr(rebuild, "FIRST_FOREIGN_ID", 1 << 62)


def a_trade_counts_each_time_it_is_told(patch: pytest.MonkeyPatch) -> None:
    """Duplicates: nobody looks at trade ids."""

    def filled(self: OrderStore, order: Any, event: OrderFilled) -> Any:
        return order_store._with_fill(order, event.fill, event.ts_event)

    patch.setitem(order_store._STEPS, OrderFilled, filled)


def a_late_word_reopens_an_order(patch: pytest.MonkeyPatch) -> None:
    """Duplicates: an acceptance that comes late or twice makes any order work again."""
    accepted = order_store._STEPS[order_store.OrderAccepted]

    def reopened(self: OrderStore, order: Any, event: Any) -> Any:
        if order.state is OrderState.CANCELLED:
            return order_store.replace(order, state=OrderState.OPEN)
        return accepted(self, order, event)

    patch.setitem(order_store._STEPS, order_store.OrderAccepted, reopened)


def halts_are_not_checked(patch: pytest.MonkeyPatch) -> None:
    """Risk: everything passes."""
    patch.setattr(RiskGate, "check", _nothing)
    patch.setattr(RiskGate, "halted", _nothing)


def halts_end_with_the_process(patch: pytest.MonkeyPatch) -> None:
    """Risk: a restart releases the kill switch."""
    patch.setattr(RiskGate, "replay", _nothing)


def closed_lots_stay(patch: pytest.MonkeyPatch) -> None:
    """Legs: what was closed is still counted as held."""
    take = legs._Bucket.take

    def kept(self: Any, quantity: Decimal) -> Decimal:
        value = take(self, quantity)
        self.quantity += quantity
        return value

    patch.setattr(legs._Bucket, "take", kept)


def a_close_is_paid_at_the_wrong_price(patch: pytest.MonkeyPatch) -> None:
    """Legs: the value of closed lots is a little off, so money comes from nowhere."""
    take = legs._Bucket.take
    patch.setattr(legs._Bucket, "take", lambda self, quantity: take(self, quantity) + 1)


def a_fee_is_taken_twice(patch: pytest.MonkeyPatch) -> None:
    """Money: the books take more than the fill says."""
    post = AccountState.post

    def twice(self: Any, kind: Any, instrument: Any, amount: Decimal, *rest: Any) -> None:
        post(self, kind, instrument, amount * 2 if kind.value == "fee" else amount, *rest)

    patch.setattr(AccountState, "post", twice)


def unanswered_after_a_restart_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Recovery: orders that were on their way are not even doubted."""
    finish = Recovery.finish

    def silent(self: Recovery, now: int) -> None:
        finish(self, now)
        self.unanswered.clear()

    patch.setattr(Recovery, "finish", silent)


def leaving_the_queue_is_not_written(patch: pytest.MonkeyPatch) -> None:
    """Journal order: an order that has waited is sent, and only the books know."""
    write = Chronicle._write

    def written(self: Chronicle, record: Any, ts: int = 0) -> None:
        if not isinstance(record, OrderSent):
            write(self, record, ts)

    patch.setattr(Chronicle, "_write", written)


def a_loss_of_power_is_taken_for_a_crash(patch: pytest.MonkeyPatch) -> None:
    """Journal: what its end does not say is held for not done, although the end may be missing."""
    patch.setattr(Recovery, "_nothing_lost", True)


MUTANTS: dict[Patch, int] = {
    missed_fills_are_not_booked: 2,
    orders_of_others_are_ignored: 2,
    unanswered_orders_are_not_asked_about: 5,
    a_broken_connection_is_a_rejection: 48,
    the_venue_forgets_references: 239,
    an_order_is_written_after_it_was_sent: 2,
    fills_are_not_written: 2,
    fills_overtake_missed_ones: 202,
    a_cursor_runs_ahead: 52,
    ids_go_on_where_the_journal_ends: 306,
    ids_go_on_from_those_of_others: 2,
    a_trade_counts_each_time_it_is_told: 2,
    a_late_word_reopens_an_order: 5,
    halts_are_not_checked: 2,
    halts_end_with_the_process: 15,
    closed_lots_stay: 0,
    a_close_is_paid_at_the_wrong_price: 0,
    a_fee_is_taken_twice: 0,
    unanswered_after_a_restart_are_forgotten: 5,
    leaving_the_queue_is_not_written: 41,
    a_loss_of_power_is_taken_for_a_crash: 20,
}
"""All of them, each with the seed that notices first, to be tried before the other 300."""
