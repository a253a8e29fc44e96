"""From a journal to the books of a node: a cold start is the same with an empty journal."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from anyvenue.engine.desk import OrderDesk
from anyvenue.engine.live.chronicle import RUN_TOPIC
from anyvenue.engine.live.memory import unpack
from anyvenue.engine.live.trails import Trails
from anyvenue.engine.rebuild import FIRST_FOREIGN_ID, Rebuilder
from anyvenue.model.commands import SubmitOrder
from anyvenue.model.enums import OrderState, Pending
from anyvenue.model.errors import AccountError, AnyvenueError, JournalError
from anyvenue.model.events import (
    DaySettled,
    OrderOutcomeLost,
    OrderRejected,
    OrderSubmitted,
    RiskTripped,
    TradingHalted,
    TradingReleased,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, next_order_id
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import EXTERNAL, Order
from anyvenue.model.protocols import Cursor
from anyvenue.oms.memory import recall
from anyvenue.oms.risk import NODE, Scope
from anyvenue.oms.risk.breakers import Peak
from anyvenue.oms.risk.losses import DayStart
from anyvenue.runtime.journal import (
    CursorNoted,
    DayStartNoted,
    Journal,
    NodeStopped,
    PeakNoted,
    Record,
    RemarkNoted,
    StoredSnapshot,
)

__all__ = ["Recovery"]

_SKIPPED_IDS = 10_000
_NS_PER_MS = 1_000_000  # in which a clock makes one id
_IDS_TOPIC = "order_ids"
_ASKED = (OrderState.NEW, OrderState.SENT)
_UNANSWERED = (*_ASKED, OrderState.UNKNOWN)
_IN_ORDER = ("", "stopped")
_JOURNAL_RULE = "journal"
_UNWRITABLE = (
    "the journal could not be written when the node ran last, which halted it; look at its disk and at the orders, "
    "then release"
)
_RISK = (RiskTripped, TradingHalted, TradingReleased)


class Recovery:
    """Replays a journal into a desk's own accounts. `stopped` when the node that wrote it ended in good order.

    `untaken` are records of events that the books could not take, neither now nor when they came.
    """

    def __init__(
        self,
        desk: OrderDesk,
        instruments: Callable[[InstrumentId], Instrument],
        machine_run: str = "",
        trails: Trails | None = None,
    ) -> None:
        """Fill the accounts that `desk` has; what was written on the same `machine_run` is all there.

        `trails` are to know where the accounts' days began.
        """
        self.records = 0
        self.stopped = self._restored = False
        self.last_order_id = OrderId(0)
        self.untaken: list[str] = []
        self.cursors: dict[AccountId, tuple[int, Cursor]] = {}
        self.noted: dict[AccountId, CursorNoted] = {}
        self.unanswered: dict[AccountId, list[OrderId]] = {}
        self._desk = desk
        self._machine_run = machine_run
        self._written_on = ""
        self._trails = trails or Trails()
        self._rebuilder = Rebuilder(instruments, accounts=desk.accounts)

    def restore(self, snapshot: StoredSnapshot) -> bool:
        """Begin with a snapshot; return False, with nothing done, for one that this version cannot read."""
        memory = unpack(snapshot.data)
        if memory is None:
            return False
        for record in memory.accounts:
            recall(self._rebuilder.account(record.account), record)
        self._rebuilder.marks.update(memory.marks)
        self._rebuilder.last_order_id = memory.last_order_id
        self._desk.risk.restore(memory.risk)
        accounts = [each.account for each in memory.accounts]
        self._trails.restore(memory.trails, accounts, snapshot.seq)
        for note in memory.cursors:
            self._note_cursor(note)
        self._restored = True
        return True

    def take(self, record: Record) -> None:
        """Take one record."""
        self.records += 1
        kind = record.kind
        self.stopped = kind == _STOPPED
        note = _NOTES.get(kind)
        if note is not None:
            note(self, record.value)
            return
        try:
            value = self._rebuilder.take(record)
        except JournalError:
            raise
        except (AnyvenueError, ArithmeticError) as error:
            # The node that wrote it could not take it either, and left it to a comparison with the venue.
            self.untaken.append(f"record {record.seq} ({kind}): {error}")
            self._trails.replay(record, None)
            return
        self._trails.replay(record, value)
        if value is not None and self._desk.risk.limited:
            self._count(value)

    def _count(self, value: Any) -> None:
        """Show the gate what the books have taken, as it saw it once."""
        if isinstance(value, OrderSubmitted):
            if value.order_id >= FIRST_FOREIGN_ID:
                return
        elif isinstance(value, DaySettled):
            for instrument, price in value.prices:
                # What a day began with was noted beside; this is for a node that ended in between.
                self._desk.marks.remember(instrument, price)
        account = value.request.account if isinstance(value, SubmitOrder) else value.account
        self._desk.risk.replay(value, self._rebuilder.account(account))

    def _take_risk(self, event: RiskTripped | TradingHalted | TradingReleased) -> None:
        self._desk.risk.replay(event)

    def _take_start(self, note: DayStartNoted) -> None:
        start = DayStart(note.account, note.currency, note.trading_day, note.worth)
        self._desk.risk.restore_start(start, note.strategy)

    def _take_peak(self, note: PeakNoted) -> None:
        scope = Scope(note.scope, note.name)
        self._desk.risk.restore_peak(Peak(scope, note.currency, note.equity))

    def _take_remark(self, remark: object) -> None:
        if isinstance(remark, RemarkNoted) and remark.topic == _IDS_TOPIC:
            last = OrderId(int(dict(remark.fields)["after"]))
            self._rebuilder.last_order_id = max(self._rebuilder.last_order_id, last)
        elif isinstance(remark, RemarkNoted) and remark.topic == RUN_TOPIC:
            self._written_on = dict(remark.fields)["run"]

    def reserve_ids(self, journal: Journal, now: int) -> None:
        """Have it on the disk where ids go on, so that the next start goes on above; raise JournalError."""
        if self.last_order_id:
            text = f"orders are numbered above {self.last_order_id} from now on"
            fields = (("after", str(self.last_order_id)),)
            journal.append(RemarkNoted(_IDS_TOPIC, text, now, fields), now)
            journal.sync()

    def _note_cursor(self, note: CursorNoted) -> None:
        self.noted[note.account] = note
        self.cursors[note.account] = (note.epoch, (note.day, note.number))

    def finish(self, now: int) -> None:
        """Claim what working orders need; orders that nobody has acknowledged are UNKNOWN now.

        Raise AccountError for accounts of the journal that the node does not have.
        """
        strangers = sorted(set(self._rebuilder.accounts) - set(self._desk.accounts))
        if strangers:
            raise AccountError(
                f"the journal has accounts that are not configured: {', '.join(strangers)}; add them, or begin "
                "with another journal folder",
                account=strangers[0],
            )
        self._rebuilder.finish()
        for instrument, price in self._rebuilder.marks.items():
            self._desk.marks.remember(instrument, price)
        last = self._rebuilder.last_order_id
        # A loss of power may have taken the last records with it, and the clock may have stepped back.
        if last:
            ahead = next_order_id(last, now + _SKIPPED_IDS * _NS_PER_MS)
            self.last_order_id = max(OrderId(last + _SKIPPED_IDS), ahead)
        self._desk.take_over(self.last_order_id)
        for order in self._desk.open_orders():
            if order.pending is not Pending.NONE:
                # Whoever asked is gone: if it was done the venue tells, if not it may be asked again.
                self._desk.account(order.account).orders.put(replace(order, pending=Pending.NONE))
            if order.state is OrderState.NEW and self._nothing_lost:
                self._desk.on_order_event(_never_sent(order, now))
                continue
            if order.state in _ASKED:
                reason = "the node ended before the venue answered"
                lost = OrderOutcomeLost(order.account, order.order_id, now, now, reason)
                self._desk.on_order_event(lost)
            if order.state in _UNANSWERED and order.request.tag != EXTERNAL:
                # Of other people's orders the venue knows nothing by our ids.
                self.unanswered.setdefault(order.account, []).append(order.order_id)
        self._watch_held()
        self._desk.risk.count_until(now)

    @property
    def _nothing_lost(self) -> bool:
        """Whether every record that the node before wrote is there: its machine has run on ever since."""
        return bool(self._machine_run) and self._written_on == self._machine_run

    def _watch_held(self) -> None:
        """Show the breakers the prices of what is held already, not only of what is ordered from now on."""
        for state in self._desk.accounts.values():
            for position in state.positions():
                self._desk.watch.watch_prices(state.instrument(position.instrument))

    def last_end(self, journal: Journal) -> str:
        """Return how the node before this one ended: stopped, crashed, or unwritable; empty when there was none."""
        if journal.failed_before:
            return "unwritable"
        if self.stopped:
            return "stopped"
        return "crashed" if self.records or self._restored else ""

    def remarks(self, last_end: str) -> list[str]:
        """Return what people should know of the journal, as lines."""
        lines = [f"left to the comparison with the venue, as then: {each}" for each in self.untaken]
        if last_end not in _IN_ORDER:
            lines.insert(0, f"the node did not stop in good order last time: {last_end}")
        return lines

    def halt_again(self, journal: Journal, now: int) -> None:
        """Halt where the node was halted and could not write that down; raise JournalError.

        The halt is in the journal before the journal is vouched for again.
        """
        if journal.failed_before:
            self._desk.risk.halt(NODE, _UNWRITABLE, rule=_JOURNAL_RULE, now=now)
            journal.sync()
            journal.vouch()


def _never_sent(order: Order, now: int) -> OrderRejected:
    reason = "the node ended while it waited; it was never sent"
    return OrderRejected(order.account, order.order_id, now, now, reason, "order.not_sent")


_STOPPED = NodeStopped.__name__
_NOTES: dict[str, Callable[[Recovery, Any], None]] = {
    **{each.__name__: Recovery._take_risk for each in _RISK},
    CursorNoted.__name__: Recovery._note_cursor,
    DayStartNoted.__name__: Recovery._take_start,
    PeakNoted.__name__: Recovery._take_peak,
    RemarkNoted.__name__: Recovery._take_remark,
}
