"""``anyvenue data check | repair | compact | continuous``: what a store lacks, how it is filled, series made of it."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from anyvenue.app.commandline import Command
from anyvenue.app.download_report import comparison_document, show_comparison
from anyvenue.app.downloading import compare
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import (
    DateOption,
    InstrumentOption,
    IntervalOption,
    JsonOption,
    ProfileOption,
    SetOption,
)
from anyvenue.app.past_access import AccountOption, find_past
from anyvenue.app.progress import ProgressLine
from anyvenue.app.store_report import (
    compaction_document,
    compaction_line,
    findings_document,
    show_findings,
    show_repair,
)
from anyvenue.app.store_series import choice, contracts_of, fitting, sessions_of
from anyvenue.data.canonical import write_csv
from anyvenue.data.continuous import load_rolls
from anyvenue.data.download import Comparison, Covered
from anyvenue.data.profiles import Record
from anyvenue.data.readers import open_source
from anyvenue.data.store import SeriesKey, StoreKind, open_store
from anyvenue.data.store.adjusted import Adjustment, RollRule, adjusted_series, write_roll_table
from anyvenue.data.store.check import Findings, check
from anyvenue.data.store.repair import repair
from anyvenue.runtime.loop import run as run_loop

__all__ = ["BarsOption", "KindOption", "StoreOption", "add_quality"]

StoreOption = Annotated[Path, typer.Option("--store", metavar="PATH", show_default=False)]
KindOption = Annotated[str | None, typer.Option("--kind", metavar="KIND", show_default=False)]
BarsOption = Annotated[str | None, typer.Option("--bars", metavar="1m", show_default=False)]
_Against = Annotated[str | None, typer.Option("--against", metavar="VENUE", show_default=False)]
_Origin = Annotated[Path, typer.Option("--from", metavar="FILE", show_default=False)]
_Series = Annotated[str, typer.Argument(metavar="SERIES", show_default=False)]
_Out = Annotated[Path, typer.Argument(metavar="OUT.csv", show_default=False)]
_Rule = Annotated[str, typer.Option("--rule", metavar="RULE")]
_Adjust = Annotated[str, typer.Option("--adjust", metavar="HOW")]
_Rolls = Annotated[Path | None, typer.Option("--rolls", metavar="FILE", show_default=False)]
_Table = Annotated[Path | None, typer.Option("--table", metavar="FILE.csv", show_default=False)]


def add_quality(app: typer.Typer) -> None:
    """Add the commands to ``anyvenue data``."""
    app.command(name="check", cls=Command)(_check)
    app.command(name="repair", cls=Command)(_repair)
    app.command(name="compact", cls=Command)(_compact)
    app.command(name="continuous", cls=Command)(_continuous)


def _check(
    ctx: typer.Context,
    store: StoreOption,
    instrument: InstrumentOption = None,
    kind: KindOption = None,
    bars: BarsOption = None,
    against: _Against = None,
    account: AccountOption = None,
    settings: SetOption = None,
    json: JsonOption = False,
) -> None:
    """Look for missing bars, duplicates and disorder."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    catalog = invocation.settings.catalog()
    place = find_past(invocation, against, account, settings or []) if against else None
    found: list[Findings] = []
    compared: dict[SeriesKey, Comparison] = {}
    with open_store(store, create=False) as opened, ProgressLine() as line:
        covered = Covered(opened.path)
        for key in fitting(opened, catalog, instrument, kind, bars):
            line.show(str(key))
            downloaded = covered.spans(key)
            found.append(check(opened, key, sessions_of(key, catalog), whole=downloaded))
            if place is not None and key.kind is StoreKind.BAR:
                compared[key] = run_loop(compare(opened, key, place, catalog, terminal, line))
    if json:
        terminal.json(
            [
                findings_document(each)
                | _against(compared.get(each.key), against or "", terminal.lang)
                for each in found
            ]
        )
    else:
        for each in found:
            sessions = sessions_of(each.key, catalog)
            show_findings(terminal, each, sessions)
            if each.key in compared:
                show_comparison(terminal, compared[each.key], against or "", sessions)
    good = all(each.good for each in found) and all(each.good for each in compared.values())
    if not good:
        raise typer.Exit(1)


def _against(found: Comparison | None, venue: str, lang: str) -> dict[str, object]:
    return {} if found is None else {"against": comparison_document(found, venue, lang)}


def _repair(
    ctx: typer.Context,
    store: StoreOption,
    origin: _Origin,
    instrument: InstrumentOption = None,
    date: DateOption = None,
    profile: ProfileOption = None,
    interval: IntervalOption = None,
    bars: BarsOption = None,
    json: JsonOption = False,
) -> None:
    """Fill missing bars from a file."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    catalog = invocation.settings.catalog(date)
    source = open_source(
        origin,
        catalog=catalog,
        instrument=instrument,
        profile=profile,
        date=date,
        interval=interval,
    )
    with open_store(store, create=False) as opened, ProgressLine() as line:
        key = opened.find(source.instrument.id, StoreKind.BAR, bars or source.interval)
        sessions = sessions_of(key, catalog)
        done = repair(opened, key, source, sessions, lambda count: line.show(f"{count:,}"))
    if json:
        terminal.json(msgspec.structs.asdict(done))
    else:
        show_repair(terminal, done, sessions)


def _compact(
    ctx: typer.Context,
    store: StoreOption,
    instrument: InstrumentOption = None,
    kind: KindOption = None,
    bars: BarsOption = None,
    json: JsonOption = False,
) -> None:
    """Bring the small files of a store together."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    done = []
    with open_store(store, create=False) as opened, ProgressLine() as line:
        for key in fitting(opened, invocation.settings.catalog(), instrument, kind, bars):
            line.show(str(key))
            done.append(opened.compact(key))
    if json:
        terminal.json([compaction_document(each) for each in done])
        return
    for each in done:
        terminal.say(compaction_line(terminal, each))


def _continuous(
    ctx: typer.Context,
    series: _Series,
    out: _Out,
    store: StoreOption,
    bars: BarsOption = None,
    rule: _Rule = RollRule.OPEN_INTEREST.value,
    rolls: _Rolls = None,
    adjust: _Adjust = Adjustment.DIFFERENCE.value,
    table: _Table = None,
    json: JsonOption = False,
) -> None:
    """Make a continuous series of the contracts in a store."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    catalog = invocation.settings.catalog()
    found = catalog.resolve(series)
    how = choice(Adjustment, adjust, "adjust")
    by = choice(RollRule, rule, "rule") if rolls is None else load_rolls(rolls)
    with open_store(store, create=False) as opened, ProgressLine() as line:
        line.show(found.id)
        contracts = contracts_of(opened, catalog, found, bars)
        made = adjusted_series(found, contracts, catalog.sessions(found.sessions), by, how)
        rows = write_csv(out, Record.BAR, made.bars())
    if table is not None:
        write_roll_table(table, made.rolls)
    if json:
        terminal.json({"rows": rows, "path": str(out), "rolls": made.rolls})
    for roll in made.rolls:
        terminal.say(f"{roll.day}  {roll.contract}")
    size = out.stat().st_size
    terminal.say(terminal.text("cli.converted", rows=f"{rows:,}", path=out, size=f"{size:,}"))
