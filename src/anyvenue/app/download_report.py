"""What is shown of a download and of a comparison with a venue."""

from collections.abc import Sequence

import msgspec

from anyvenue.app.messages import translate
from anyvenue.app.store_report import show_gaps
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.data.clock import local_text
from anyvenue.data.download import BarDownload, Comparison, Failed, TradeDownload
from anyvenue.data.spans import zone_of_sessions
from anyvenue.reference.sessions import SessionCalendar

__all__ = ["comparison_document", "download_document", "show_comparison", "show_download"]

_SHOWN = 20


def download_document(
    venue: str, done: BarDownload | TradeDownload, lang: str
) -> dict[str, object]:
    """Return a download for JSON; `left` are the bars that are still missing."""
    document: dict[str, object] = {
        "venue": venue,
        **msgspec.structs.asdict(done.key),
        "stored": done.stored,
        "failed": _failed_document(done.failed, lang),
    }
    if isinstance(done, TradeDownload):
        return {**document, "doubled": done.doubled}
    left = done.missing()
    bars = sum(gap.bars for gap in left)
    return {**document, "off_grid": done.off_grid, "missing_bars": bars, "left": left}


def _failed_document(failed: Sequence[Failed], lang: str) -> list[dict[str, object]]:
    return [
        {
            "start": each.start,
            "end": each.end,
            "asked": each.asked,
            "code": each.error.code,
            "error": translate(each.error, lang),
        }
        for each in failed
    ]


def show_download(
    terminal: Terminal, done: BarDownload | TradeDownload, sessions: SessionCalendar
) -> None:
    """Show what was added, which pages did not come, and what the venue has no bars for."""
    terminal.say(terminal.text("cli.downloaded", rows=f"{done.stored:,}", series=str(done.key)))
    _show_failed(terminal, done.failed, zone_of_sessions(sessions.name))
    if isinstance(done, TradeDownload):
        return
    left = done.missing()
    if left:
        bars = f"{sum(gap.bars for gap in left):,}"
        terminal.say(terminal.text("cli.still_missing", bars=bars))
        show_gaps(terminal, left, sessions)
    if done.off_grid:
        terminal.warn(terminal.text("cli.download_off_grid", bars=f"{done.off_grid:,}"))


def _show_failed(terminal: Terminal, failed: Sequence[Failed], zone: str) -> None:
    for each in failed:
        terminal.say(
            terminal.text(
                "cli.download_failed" if each.asked else "cli.download_not_asked",
                start=local_text(each.start, zone),
                end=local_text(each.end, zone),
                why=translate(each.error, terminal.lang),
            )
        )
    if failed:
        terminal.say(terminal.text("cli.download_go_on"))


def comparison_document(found: Comparison, venue: str, lang: str) -> dict[str, object]:
    """Return a comparison for JSON."""
    document: dict[str, object] = msgspec.structs.asdict(found)
    del document["key"]
    document["failed"] = _failed_document(found.failed, lang)
    return {**msgspec.structs.asdict(found.key), "venue": venue, "good": found.good, **document}


def show_comparison(
    terminal: Terminal, found: Comparison, venue: str, sessions: SessionCalendar
) -> None:
    """Show how many bars agree with the venue's, and where they do not."""
    say, zone = terminal.text, zone_of_sessions(sessions.name)
    word = say("check.good") if found.good else say("check.failed")
    counts = say(
        "cli.compared",
        bars=f"{found.compared:,}",
        differing=f"{found.differing:,}",
        only_stored=f"{found.only_stored:,}",
        only_venue=f"{found.only_venue:,}",
        venue=venue,
    )
    terminal.say(f"{found.key}: {word}  ({counts})")
    _show_failed(terminal, found.failed, zone)
    if not found.differences:
        return
    heads = (
        Column(say("column.from")),
        Column(""),
        Column(say("column.store"), True),
        Column(venue, True),
    )
    rows = [
        (
            local_text(each.ts_start, zone),
            say(f"bar_field.{each.field}"),
            f"{each.stored:g}",
            f"{each.venue:g}",
        )
        for each in found.differences[:_SHOWN]
    ]
    terminal.table(Table(heads, rows))
