"""What the desk does and hears, hashed for the audit and written to the journal: before it is sent, once heard."""

from collections.abc import Callable, Sequence
from typing import get_args

import msgspec

from anyvenue.kernel.audit import AuditHash
from anyvenue.model.commands import CancelOrder, Command, SubmitOrder
from anyvenue.model.errors import JournalError, NotSent
from anyvenue.model.events import CursorMoved, OrderSubmitted, TradingHalted
from anyvenue.model.ids import AccountId
from anyvenue.runtime.journal import CursorNoted, Journal, RemarkNoted
from anyvenue.runtime.machine import machine_run

__all__ = ["RUN_TOPIC", "Chronicle"]

RUN_TOPIC = "machine_run"
"""The topic of remarks that tell on which run of the machine what follows was written."""

_COMMANDS = get_args(Command)


class Chronicle(AuditHash):
    """An audit hash with a journal behind it.

    What cannot be written is not sent: NotSent. What was heard counts, written or not: the books are kept on, and
    `on_failure` is told once, so that trading stops.
    """

    def __init__(self, on_failure: Callable[[JournalError], None]) -> None:
        """Begin without a journal: nothing is written until `journal` is set."""
        super().__init__()
        self.journal: Journal | None = None
        self.failure: JournalError | None = None
        self.before_write: Callable[[Sequence[msgspec.Struct]], None] | None = None
        self._on_failure = on_failure
        self.written: dict[AccountId, CursorNoted] = {}
        self._cursors: list[CursorNoted] = []
        self._behind: dict[AccountId, None] = {}
        self.machine_run = machine_run()
        self._run_noted = False
        self._place = 0

    @property
    def place(self) -> int:
        """The number of the latest command or event in the journal; without a journal, how many there were."""
        return self._place if self.journal is not None else self.count

    def add(self, record: msgspec.Struct) -> None:
        """Add a command, before it is sent, or an event; raise NotSent for a command that cannot be written.

        A cancel is never kept in.
        """
        super().add(record)
        if isinstance(record, CancelOrder):
            # It goes out even when it cannot be written: a full disk must not keep an order working.
            self._attempt([record], _time_of(record))
        elif isinstance(record, _COMMANDS):
            self._write_first(record)
        else:
            self._write(record)
            if isinstance(record, TradingHalted):
                self.sync()

    def add_sent(self, command: SubmitOrder, submitted: OrderSubmitted) -> None:
        """Add an order before it is sent; the journal gets what the books know of it."""
        super().add(command)
        self._write_first(submitted)

    def note_machine_run(self, ts: int) -> None:
        """Note once on which run of the machine this is written: a later process on the same one has lost nothing."""
        if self.journal is not None and not self._run_noted and self.machine_run:
            self._run_noted = True
            text = f"this run of the machine is {self.machine_run}"
            self._write(RemarkNoted(RUN_TOPIC, text, ts, (("run", self.machine_run),)))

    def at_cursor(self, moved: CursorMoved, ts: int) -> None:
        """Note with the next event where in the venue's stream it stood, so that it is not heard twice."""
        if self.journal is not None:
            self._cursors = [each for each in self._cursors if each.account != moved.account]
            note = CursorNoted(moved.account, moved.epoch, moved.day, moved.number, ts)
            self._cursors.append(note)

    def note(self, record: msgspec.Struct, ts: int) -> None:
        """Write something that is no part of the audit."""
        self._write(record, ts)

    def fall_behind(self, account: AccountId) -> None:
        """Hold the account's cursors back: an event was left to the next comparison with the venue.

        Were they written, a node that ends before it would never hear of that event again.
        """
        self._behind[account] = None

    def catch_up(self, account: AccountId) -> None:
        """Let the account's cursors be written again: what was left out is in the books."""
        self._behind.pop(account, None)

    def flush_cursors(self) -> None:
        """Write cursors that no event of the books came with."""
        cursors = self._take_cursors()
        if cursors:
            self._attempt(cursors, cursors[-1].ts_event)

    @property
    def snapshot_due(self) -> bool:
        """Whether so much was written since the last snapshot that another should be taken."""
        return self.journal is not None and self.failure is None and self.journal.snapshot_due

    def keep(self, snapshot: bytes, ts: int) -> None:
        """Keep what the node remembers now; a start begins there."""
        if self.journal is None or self.failure is not None:
            return
        try:
            self.journal.snapshot(snapshot, ts)
        except JournalError as error:
            self.failure = error
            self._on_failure(error)
            return
        # What was noted before a snapshot is not read after it.
        if self._run_noted:
            self._run_noted = False
            self.note_machine_run(ts)

    def _write_first(self, record: msgspec.Struct) -> None:
        if self.journal is None:
            return
        if self.failure is None:
            self._attempt([record], _time_of(record))
        if self.failure is not None:
            raise NotSent(
                f"the journal cannot be written, so nothing was sent: {self.failure.text}",
                code="journal.not_written",
            )

    def _write(self, record: msgspec.Struct, ts: int = 0) -> None:
        self._attempt([record, *self._take_cursors()], ts or _time_of(record))

    def _take_cursors(self) -> list[CursorNoted]:
        cursors, self._cursors = self._cursors, []
        if self._behind:
            self._cursors = [each for each in cursors if each.account in self._behind]
            cursors = [each for each in cursors if each.account not in self._behind]
        return cursors

    def sync(self) -> None:
        """Have what was written on the disk now: some things must outlive a loss of power."""
        if self.journal is None or self.failure is not None:
            return
        try:
            self.journal.sync()
        except JournalError as error:
            self.failure = error
            self._on_failure(error)

    def _attempt(self, records: Sequence[msgspec.Struct], ts: int) -> None:
        if self.journal is None or self.failure is not None:
            return
        if self.before_write is not None:
            self.before_write(records)
        place = self.journal.seq + 1  # cursors come behind
        try:
            if len(records) == 1:
                self.journal.append(records[0], ts)
            else:
                self.journal.append_all(records, ts)
        except JournalError as error:
            self.failure = error
            self._on_failure(error)
            return
        self._place = place
        for each in records:
            if type(each) is CursorNoted:
                self.written[each.account] = each


def _time_of(record: msgspec.Struct) -> int:
    return int(getattr(record, "ts_recv", 0) or getattr(record, "ts_event", 0))
