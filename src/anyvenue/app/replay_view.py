"""What came of a replay, for people and for programs."""

from collections.abc import Sequence

import msgspec

from anyvenue import __version__
from anyvenue.app.journal_view import utc_time
from anyvenue.app.messages import translate
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.engine.replaying import Difference, SessionReport
from anyvenue.model.errors import AnyvenueError

__all__ = ["Unplayed", "replay_document", "show_replay"]

_SHOWN = 12


class Unplayed(msgspec.Struct, frozen=True):
    """A session that could not be played, and why."""

    session: int
    error: AnyvenueError


def replay_document(
    reports: Sequence[SessionReport], unplayed: Sequence[Unplayed]
) -> dict[str, object]:
    """Return the outcome for JSON."""
    return {
        "equal": not unplayed and all(each.equal for each in reports),
        "sessions": reports,
        "unplayed": [
            {"session": each.session, "code": each.error.code, "text": each.error.text}
            for each in unplayed
        ],
    }


def show_replay(
    terminal: Terminal, reports: Sequence[SessionReport], unplayed: Sequence[Unplayed]
) -> None:
    """Write a line for each session, and where it parted from the record."""
    if reports:
        terminal.table(_sessions(terminal, reports))
    for report in reports:
        if report.difference is not None:
            terminal.say()
            _show_difference(terminal, report, report.difference)
    for each in unplayed:
        text = translate(each.error, terminal.lang)
        terminal.warn(terminal.text("cli.replay_unplayed", session=each.session, text=text))


def _sessions(terminal: Terminal, reports: Sequence[SessionReport]) -> Table:
    heads = (
        Column(terminal.text("column.session"), right=True),
        Column(terminal.text("column.time_utc")),
        Column(terminal.text("column.end")),
        Column(terminal.text("column.inputs"), right=True),
        Column(terminal.text("column.records"), right=True),
        Column(terminal.text("column.audit_hash")),
        Column(terminal.text("column.result")),
    )
    rows = [
        (
            str(each.session),
            utc_time(each.began),
            terminal.text(f"session_end.{each.end.replace(' ', '_')}"),
            f"{each.inputs:,}",
            f"{each.records:,}",
            each.hash_replayed,
            terminal.text("cli.replay_equal" if each.equal else "cli.replay_differs"),
        )
        for each in reports
    ]
    return Table(heads, rows)


def _show_difference(terminal: Terminal, report: SessionReport, difference: Difference) -> None:
    nothing = terminal.text("cli.replay_nothing")
    place = "cli.replay_at_record" if difference.seq else "cli.replay_at_end"
    terminal.say(
        terminal.text(
            place,
            session=report.session,
            seq=difference.seq,
            time=utc_time(difference.ts),
            compared=f"{report.compared:,}",
        )
    )
    terminal.say(terminal.text("cli.replay_recorded", text=difference.recorded or nothing))
    terminal.say(terminal.text("cli.replay_replayed", text=difference.replayed or nothing))
    for name, before, after in difference.fields[:_SHOWN]:
        terminal.say(f"    {name}: {before or '-'} -> {after or '-'}")
    counts = dict.fromkeys((*report.commands_recorded, *report.commands_replayed))
    for kind in counts:
        then, now = report.commands_recorded.get(kind, 0), report.commands_replayed.get(kind, 0)
        if then != now:
            terminal.say(terminal.text("cli.replay_count", kind=kind, before=then, after=now))
    if report.version not in ("", __version__):
        terminal.warn(terminal.text("cli.replay_version", version=report.version))
    for suspect in report.suspects[:_SHOWN]:
        terminal.warn(terminal.text("cli.replay_suspect", place=suspect))
