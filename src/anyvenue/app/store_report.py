"""What is shown of a store, of checks and of repairs."""

from collections.abc import Mapping, Sequence

import msgspec

from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.data.clock import local_text
from anyvenue.data.spans import zone_of_sessions
from anyvenue.data.store import Compaction, SeriesKey, StoreEntry
from anyvenue.data.store.bar_grid import Gap
from anyvenue.data.store.check import Findings
from anyvenue.data.store.repair import Repair
from anyvenue.reference.sessions import SessionCalendar

__all__ = [
    "compaction_document",
    "compaction_line",
    "entry_document",
    "findings_document",
    "show_entries",
    "show_findings",
    "show_gaps",
    "show_repair",
]

_SHOWN = 20


def entry_document(entry: StoreEntry) -> dict[str, object]:
    """Return an entry for JSON."""
    rest = {"rows": entry.rows, "first": entry.first, "last": entry.last, "size": entry.size}
    return {**msgspec.structs.asdict(entry.key), **rest}


def findings_document(found: Findings) -> dict[str, object]:
    """Return findings for JSON."""
    document: dict[str, object] = msgspec.structs.asdict(found)
    del document["key"]
    return {**msgspec.structs.asdict(found.key), "good": found.good, **document}


def compaction_document(done: Compaction) -> dict[str, object]:
    """Return what was brought together for JSON."""
    document: dict[str, object] = msgspec.structs.asdict(done)
    del document["key"]
    return {**msgspec.structs.asdict(done.key), **document}


def compaction_line(terminal: Terminal, done: Compaction) -> str:
    """Return one line about what was brought together."""
    return terminal.text(
        "cli.compacted",
        series=str(done.key),
        files_before=f"{done.files_before:,}",
        files_after=f"{done.files_after:,}",
        size_before=f"{done.size_before:,}",
        size_after=f"{done.size_after:,}",
    )


def show_entries(
    terminal: Terminal, entries: Sequence[StoreEntry], hours: Mapping[SeriesKey, SessionCalendar]
) -> None:
    """Show what a store holds, times in the zones of the markets."""
    say = terminal.text
    heads = (
        Column(say("column.instrument")),
        Column(say("column.kind")),
        Column(say("count.rows"), right=True),
        Column(say("column.first")),
        Column(say("column.last_record")),
        Column(say("column.bytes"), right=True, extra=1),
    )
    rows = []
    for entry in entries:
        key, zone = entry.key, zone_of_sessions(hours[entry.key].name)
        times = (local_text(entry.first, zone), local_text(entry.last, zone))
        kind = f"{key.kind} {key.interval}".strip()
        rows.append((key.instrument, kind, f"{entry.rows:,}", *times, f"{entry.size:,}"))
    terminal.table(Table(heads, rows))


def show_findings(terminal: Terminal, found: Findings, sessions: SessionCalendar) -> None:
    """Show what a check found: a line, and the gaps."""
    say = terminal.text
    parts = [
        f"{say(f'count.{name}')} {value:,}"
        for name, value in (
            ("gaps", len(found.gaps)),
            ("missing_bars", found.missing_bars),
            ("duplicates", found.duplicates),
            ("out_of_order", found.out_of_order),
            ("off_grid", found.off_grid),
            ("impossible", found.impossible),
        )
        if value
    ]
    word = say("check.good") if found.good else say("check.failed")
    counts = [f"{say('count.rows')} {found.rows:,}", *parts]
    terminal.say(f"{found.key}: {word}  ({', '.join(counts)})")
    show_gaps(terminal, found.gaps, sessions)


def show_repair(terminal: Terminal, done: Repair, sessions: SessionCalendar) -> None:
    """Show what a repair filled, and what is left."""
    fields = {"series": done.key, "source": done.source}
    terminal.say(terminal.text("cli.repaired", bars=f"{done.filled_bars:,}", **fields))
    show_gaps(terminal, done.filled, sessions)
    if done.left:
        terminal.say(terminal.text("cli.still_missing", bars=f"{done.left_bars:,}"))
        show_gaps(terminal, done.left, sessions)


def show_gaps(terminal: Terminal, gaps: Sequence[Gap], sessions: SessionCalendar) -> None:
    """Show stretches without records, the first of them."""
    if not gaps:
        return
    zone = zone_of_sessions(sessions.name)
    heads = (
        Column(terminal.text("column.from")),
        Column(terminal.text("column.until")),
        Column(terminal.text("column.trading_day")),
        Column(terminal.text("count.missing_bars"), right=True),
    )
    rows = [
        (
            local_text(gap.start, zone),
            local_text(gap.end, zone),
            _days(gap),
            f"{gap.bars:,}" if gap.bars else "-",
        )
        for gap in gaps[:_SHOWN]
    ]
    terminal.table(Table(heads, rows))
    if len(gaps) > _SHOWN:
        terminal.say(terminal.text("cli.more_gaps", count=len(gaps) - _SHOWN))


def _days(gap: Gap) -> str:
    one_day = gap.last_day == gap.trading_day
    return str(gap.trading_day) if one_day else f"{gap.trading_day}-{gap.last_day}"
