"""From a journal to the books of a node: a cold start is the same with an empty journal."""

from collections.abc import Callable

from msgspec.structs import replace

from anyvenue.engine.desk import OrderDesk
from anyvenue.engine.live.memory import unpack
from anyvenue.engine.rebuild import Rebuilder
from anyvenue.model.enums import OrderState, Pending
from anyvenue.model.errors import AccountError
from anyvenue.model.events import OrderOutcomeLost, RiskTripped, TradingHalted, TradingReleased
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, next_order_id
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import EXTERNAL
from anyvenue.model.protocols import Cursor
from anyvenue.oms.memory import recall
from anyvenue.runtime.journal import CursorNoted, Journal, Record, RemarkNoted, StoredSnapshot

__all__ = ["Recovery"]

_SKIPPED_IDS = 10_000
_NS_PER_MS = 1_000_000  # in which a clock makes one id
_IDS_TOPIC = "order_ids"
_ASKED = (OrderState.NEW, OrderState.SENT)
_UNANSWERED = (*_ASKED, OrderState.UNKNOWN)
_RISK = (RiskTripped, TradingHalted, TradingReleased)


class Recovery:
    """Replays a journal into a desk's own accounts."""

    def __init__(self, desk: OrderDesk, instruments: Callable[[InstrumentId], Instrument]) -> None:
        """Fill the accounts that `desk` has."""
        self.records = 0
        self.last_order_id = OrderId(0)
        self.cursors: dict[AccountId, tuple[int, Cursor]] = {}
        self.noted: dict[AccountId, CursorNoted] = {}
        self.unanswered: dict[AccountId, list[OrderId]] = {}
        self._desk = desk
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
        for note in memory.cursors:
            self._note_cursor(note)
        return True

    def take(self, record: Record) -> None:
        """Take one record."""
        self.records += 1
        if record.kind == CursorNoted.__name__:
            note = record.value
            if isinstance(note, CursorNoted):
                self._note_cursor(note)
            return
        if record.kind in _RISK_KINDS:
            self._desk.risk.replay(record.value)  # type: ignore[arg-type]
            return
        if record.kind == RemarkNoted.__name__:
            self._take_remark(record.value)
            return
        self._rebuilder.take(record)

    def _take_remark(self, remark: object) -> None:
        if isinstance(remark, RemarkNoted) and remark.topic == _IDS_TOPIC:
            last = OrderId(int(dict(remark.fields)["after"]))
            self._rebuilder.last_order_id = max(self._rebuilder.last_order_id, last)

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
            if order.state in _ASKED:
                reason = "the node ended before the venue answered"
                lost = OrderOutcomeLost(order.account, order.order_id, now, now, reason)
                self._desk.on_order_event(lost)
            if order.state in _UNANSWERED and order.request.tag != EXTERNAL:
                # Of other people's orders the venue knows nothing by our ids.
                self.unanswered.setdefault(order.account, []).append(order.order_id)


_RISK_KINDS = frozenset(each.__name__ for each in _RISK)
