"""Runs a recorded session again and says whether it went as it did."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

import msgspec

from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.live.strategy_code import class_of
from anyvenue.engine.live.supervisor import StrategySpec
from anyvenue.engine.live.tape_entries import Began, CodeSeen, StrategySeen
from anyvenue.engine.replaying.ambient import ambient_reads
from anyvenue.engine.replaying.comparing import Comparer, Difference
from anyvenue.engine.replaying.player import Player, Relived
from anyvenue.engine.replaying.reading import JournalPart, RecordedSession, journal_part
from anyvenue.engine.replaying.stand_ins import Past, RecordedClock, RecordedDriver, Track
from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import AccountId, VenueId
from anyvenue.model.protocols import Clock
from anyvenue.runtime.journal import DiskFiles
from anyvenue.strategy.base import Strategy

__all__ = ["Made", "SessionReport", "replay_session"]

_LOOK_EVERY = 1_000


class Made(Protocol):
    """A node as it was made then, without venues, accounts and strategies."""

    def __call__(self, began: Began, clock: Clock) -> "Rebuilt":
        """Make it."""
        ...


class Rebuilt(Protocol):
    """A node in the making."""

    node: LiveNode

    def add_account(self, account: AccountId, venue: VenueId) -> None:
        """Keep the books of an account as then."""
        ...


class SessionReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of replaying a session. Times are int ns UTC, hashes are over commands and order events.

    `version` of anyvenue recorded it; `end` is how it had ended: ``stopped``, ``crashed``, ``running``,
    ``journal failed`` or ``recording failed``; `inputs` is how much the node was told, `market_events` of that;
    `compared` so many records were equal. `suspects` are places in the code of strategies that read what is not
    recorded; they are looked for after a difference.
    """

    session: int
    version: str
    seq: int
    began: int
    ended: int
    end: str
    inputs: int
    market_events: int
    records: int
    compared: int
    hash_recorded: str
    hash_replayed: str
    equal: bool
    difference: Difference | None = None
    commands_recorded: Mapping[str, int] = {}
    commands_replayed: Mapping[str, int] = {}
    suspects: tuple[str, ...] = ()


def replay_session(
    session: RecordedSession,
    make: Made,
    *,
    changed: Mapping[str, Callable[[], type[Strategy]]] | None = None,
    running: bool = False,
    progress: Callable[[int], None] | None = None,
) -> SessionReport:
    """Run a session again; `changed` strategies with other code than the recorded one, on past the first difference.

    `running` when the node may still write to it. `progress` is called with the number of entries played. Raise
    JournalError for a damaged record, ConfigError for what cannot be run again.
    """
    _check(session.began)
    # The journal first: the tape is ahead of it at any time.
    part = journal_part(session.folder, session.began)
    comparer = Comparer(part.records)
    track = Track(session.entries(part.head))
    clock = RecordedClock(session.began.now)
    supervisor = _prepared(session, make, clock, comparer, changed or {})
    node = supervisor.node
    player = Player(node, supervisor, clock, track, comparer, free=bool(changed))
    supervisor.after_call = player.after_call
    while player.going:
        player.step()
        if progress is not None and track.taken % _LOOK_EVERY == 0:
            progress(track.taken)
    end = _end(part, player, running)
    # A process that is killed may have had time for the tape and none for the journal, never the other way round.
    comparer.finish(more=end != "stopped", less=end == "running")
    return _report(session, part, comparer, player, track, end)


def _check(began: Began) -> None:
    hosted = [each.name for each in began.strategies if each.host != "node"]
    if hosted:
        raise ConfigError(
            f"strategy {hosted[0]} ran in a process of its own: when its orders came is not recorded; to be replayed "
            'it must run in the node (host = "node")',
            code="config.replay_hosted",
            strategy=hosted[0],
        )


def _prepared(
    session: RecordedSession,
    make: Made,
    clock: RecordedClock,
    comparer: Comparer,
    changed: Mapping[str, Callable[[], type[Strategy]]],
) -> Relived:
    """Return a node's supervisor, the node recovered from its journal as it was then."""
    began = session.began
    made = make(began, clock)
    node = made.node
    for venue in began.venues:
        node.add_venue(RecordedDriver(venue))
    for account, at in began.accounts:
        made.add_account(account, at)
    supervisor = Relived(node)
    for strategy in began.strategies:
        supervisor.codes[strategy.name] = strategy.code
        supervisor.add(_spec(strategy, node, supervisor.codes, changed))
    node.chronicle.machine_run = began.machine_run
    node.chronicle.before_write = comparer.take
    files = Past(DiskFiles(session.folder), began)
    node.open_journal(files, sync="manual", snapshot_every=1 << 62)
    return supervisor


def _spec(
    seen: StrategySeen,
    node: LiveNode,
    codes: Mapping[str, CodeSeen],
    changed: Mapping[str, Callable[[], type[Strategy]]],
) -> StrategySpec:
    load = changed.get(seen.name) or partial(_class_now, codes, seen.name)
    return StrategySpec(
        name=seen.name,
        load=load,
        account=seen.account,
        instruments=tuple(node.node.catalog.get(each) for each in seen.instruments),
        parameters=seen.parameters,
        schedule="session" if seen.waits else "always",
        on_error=seen.on_error,
    )


def _class_now(codes: Mapping[str, CodeSeen], name: str) -> type[Strategy]:
    return class_of(codes[name])


def _end(part: JournalPart, player: Player, running: bool) -> str:
    if player.failed:
        return "journal failed"
    if part.failed:
        return "recording failed"
    if part.stopped:
        return "stopped"
    return "running" if running else "crashed"


def _report(
    session: RecordedSession,
    part: JournalPart,
    comparer: Comparer,
    player: Player,
    track: Track,
    end: str,
) -> SessionReport:
    began, difference = session.began, comparer.difference
    suspects: tuple[str, ...] = ()
    if difference is not None:
        codes = dict.fromkeys(each.code for each in began.strategies)
        suspects = tuple(each for code in codes for each in ambient_reads(code))
    whole = end != "running" or difference is not None
    return SessionReport(
        session=session.number,
        version=began.version,
        seq=began.seq,
        began=began.now,
        ended=player.time,
        end=end,
        inputs=track.taken,
        market_events=player.market_events,
        records=len(part.records),
        compared=comparer.compared,
        hash_recorded=comparer.hash_recorded(whole),
        hash_replayed=comparer.hash_replayed,
        equal=difference is None,
        difference=difference,
        commands_recorded=comparer.recorded,
        commands_replayed=comparer.replayed,
        suspects=suspects,
    )
