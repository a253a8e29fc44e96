"""The tape of a live node: what it was told from outside, written down so that it can be run again.

A tape is a journal of its own in a folder of its own, `record/NUMBER` beside the node's, one for each start. What led
to a command is on the tape before the command is in the journal. The tape is no condition of trading: when it cannot be
written any more it ends, and the node goes on.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.live.strategy_code import code_of
from anyvenue.engine.live.supervisor import Supervised, Supervisor
from anyvenue.engine.live.tape_entries import (
    FORMAT,
    Began,
    Ended,
    StrategySeen,
    VenueSeen,
    pack_entries,
)
from anyvenue.model.errors import JournalError
from anyvenue.model.ids import StrategyId
from anyvenue.runtime.journal import InputNoted, Journal, RemarkNoted, open_journal
from anyvenue.strategy.parameters import parameters_of

__all__ = ["FOLDER", "TOPIC", "Tape", "tape_name"]

FOLDER = "record"
"""The tapes' folder within that of the journal."""

TOPIC = "record"
"""The topic of the remarks in the journal that say where a tape ends."""

_LEAST_FREE = 64 << 20
_FULL = 10_000  # entries that are written without waiting for the next look


def tape_name(seq: int) -> str:
    """Return the folder's name of the tape that begins after a record of the journal."""
    return f"{seq:020d}"


class Tape:
    """Writes what a node is told; `on_failure` hears why no more is written, once.

    Market data goes to `seen`, which costs an append; all else to `put`.
    """

    def __init__(
        self,
        node: LiveNode,
        supervisor: Supervisor | None,
        folder: Path,
        *,
        terms: bytes = b"",
        version: str = "",
        on_failure: Callable[[str], None] | None = None,
        least_free: int = _LEAST_FREE,
    ) -> None:
        """Record what `node` with a journal in `folder` is told, from `start` on, while `least_free` bytes are free."""
        self.failed = ""
        self.on_failure = on_failure
        self._node = node
        self._supervisor = supervisor
        self._folder = folder
        self._terms = terms
        self._version = version
        self._least_free = least_free
        self._waiting: list[msgspec.Struct] = []
        self._journal: Journal | None = None
        self.seen = self._waiting.append

    def start(self) -> None:
        """Begin, before the node starts; what goes wrong ends the recording."""
        node, beginning = self._node, self._node.beginning
        if beginning is None:
            raise JournalError("a node without a journal cannot be recorded", code="journal.none")
        path = self._folder / FOLDER / tape_name(beginning.seq)
        try:
            _put_aside(path)
            self._journal = open_journal(
                path,
                node=node.name,
                ts=beginning.now,
                version=self._version,
                sync="manual",
            )
        except (JournalError, OSError) as error:
            self._fail(str(error))
            return
        node.tape = self
        node.chronicle.before_write = self._before_write
        self.put(self._began())
        self.flush()

    def put(self, entry: msgspec.Struct) -> None:
        """Take something that the node is told now, or an aside of what it does about it."""
        self._waiting.append(entry)
        if len(self._waiting) >= _FULL:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        journal, waiting = self._journal, self._waiting
        if journal is None or not waiting:
            return
        try:
            body = pack_entries(waiting)
            waiting.clear()
            now = self._node.node.kernel.now
            journal.append(InputNoted("entries", body, now), now)
        except Exception as error:
            # Whatever it is, an order may wait behind it.
            self._fail(str(error))

    async def keep(self) -> None:
        """Write what waits and have it on the disk; to be called now and then."""
        self.flush()
        journal = self._journal
        if journal is None or journal.lag == 0:
            return
        try:
            free = await asyncio.to_thread(_synced, journal, self._folder)
        except (JournalError, OSError) as error:
            self._fail(str(error))
            return
        if free < self._least_free:
            self.give_up(
                f"{free >> 20} MB are left on the disk of {self._folder}; they are left to the journal"
            )

    def give_up(self, why: str) -> None:
        """End the recording, not the trading."""
        self._fail(why)

    def end(self, reason: str) -> None:
        """End in good order; the journal keeps the tape's head, by which a change of it is found out."""
        self.put(Ended(reason))
        self.flush()
        journal = self._journal
        if journal is None:
            return
        self._unplug()
        journal.close()
        if journal.failure is None:
            self._remark("the record ends", (("head", journal.head),))

    # ---- inside

    def _before_write(self, records: object) -> None:
        """Be ahead of the journal: a command without its reason could not be run again."""
        self.flush()

    def _fail(self, text: str) -> None:
        if self.failed:
            return
        self.failed = text
        journal = self._journal
        self._unplug()
        self._waiting.clear()
        if journal is not None:
            with suppress(Exception):
                journal.close()
        self._remark(f"nothing is recorded any more: {text}", (("failed", text),))
        self._node.log("recorder", f"nothing is recorded any more: {text}")
        if self.on_failure is not None:
            self.on_failure(text)

    def _unplug(self) -> None:
        self._journal = None
        self._node.tape = None
        self._node.chronicle.before_write = None

    def _remark(self, text: str, fields: tuple[tuple[str, str], ...]) -> None:
        self._node.note(RemarkNoted(TOPIC, text, self._node.now(), fields))

    def _began(self) -> Began:
        node, beginning = self._node, self._node.beginning
        assert beginning is not None
        venues = (
            VenueSeen(name, tuple(sorted(each.driver.capabilities.channels)))
            for name, each in node.sessions.items()
        )
        return Began(
            FORMAT,
            beginning.seq,
            beginning.now,
            node.name,
            self._version,
            beginning.snapshot,
            beginning.sound,
            node.chronicle.machine_run,
            tuple(venues),
            tuple((each, node.venue_of(each)) for each in node.node.desk.accounts),
            tuple(_seen(node, self._supervisor.strategies if self._supervisor else {})),
            self._terms,
        )


def _put_aside(path: Path) -> None:
    """Rename the tape of another journal that was in this folder before."""
    number = 1
    while path.exists() and any(path.iterdir()):
        beside = path.with_name(f"{path.name}.{number}")
        if not beside.exists():
            path.rename(beside)
        number += 1


def _synced(journal: Journal, folder: Path) -> int:
    """Have everything on the disk and return how many bytes are free there."""
    journal.sync()
    return shutil.disk_usage(folder).free


def _seen(node: LiveNode, known: Mapping[str, Supervised]) -> Iterator[StrategySeen]:
    """Give the strategies in the order in which they hear of things, then those whose time has not come."""
    for name, host in node.node.hosts.items():
        if name in known:
            yield _supervised(known[name], waits=False)
        else:
            kind = type(host.strategy)
            values = {each: getattr(host.strategy, each) for each in parameters_of(kind)}
            ids, code = tuple(host.strategy.instruments), code_of(kind)
            yield StrategySeen(name, host.account_id, ids, values, False, host.policy, "node", code)
    for each in known.values():
        if StrategyId(each.spec.name) not in node.node.hosts:
            yield _supervised(each, waits=True)


def _supervised(found: Supervised, *, waits: bool) -> StrategySeen:
    spec = found.spec
    return StrategySeen(
        spec.name,
        spec.account,
        tuple(each.id for each in spec.instruments),
        dict(found.parameters),
        waits,
        spec.on_error,
        "node" if spec.process is None else "process",
        code_of(found.kind),
    )
