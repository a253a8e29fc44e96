"""``anyvenue demo``: an exchange, two accounts, two strategies, a few seconds."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import typer

from anyvenue.app.invocation import Invocation, invocation_of
from anyvenue.app.looping import check_loop, looped
from anyvenue.app.options import (
    DateOption,
    FilesOption,
    JsonOption,
    LoopOption,
    MatchingOption,
    PlotOption,
    QueueModelOption,
    RecordOption,
    ReportOption,
    SeedOption,
    SpeedOption,
)
from anyvenue.app.plot import show_plot
from anyvenue.app.recording import recording_to
from anyvenue.app.report import clean, result_json, show_problems
from anyvenue.app.report_page import check_report, write_report
from anyvenue.app.running import finish, synthetic_for, view_for
from anyvenue.app.session import Session, Trader
from anyvenue.app.session_report import show_session
from anyvenue.app.simulation import DataChoice, VenueChoice, feed_of, venue_options
from anyvenue.engine.recording import recording
from anyvenue.engine.results import RunResult
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.strategy.library import BUILT_IN, built_in

__all__ = ["command"]

_CASH = {"CNY": 5_000_000, "USD": 100_000, "USDT": 100_000, "BTC": 1}
_MUCH = 5_000_000
_MIXED = 4
_Seconds = Annotated[float, typer.Option("--seconds", metavar="N", min=0.1)]


def command(
    ctx: typer.Context,
    seconds: _Seconds = 10.0,
    speed: SpeedOption = 300.0,
    seed: SeedOption = None,
    date: DateOption = None,
    data: FilesOption = None,
    loop: LoopOption = False,
    matching: MatchingOption = None,
    queue_model: QueueModelOption = None,
    report: ReportOption = None,
    plot: PlotOption = False,
    record: RecordOption = None,
    json: JsonOption = False,
) -> None:
    """Show everything at once: a market, accounts, strategies, orders, fills and books that add up."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    check_report(report)
    check_loop(loop, bool(data))
    venue = VenueChoice(
        seed=seed,
        hours="real" if data else "always",
        usual_latency_ms=1.0,
        matching=matching,
        queue_model=queue_model,
    )
    files = DataChoice(files=data or [], date=date)
    session = _session(invocation, speed, venue, date, files, loop)
    names = ", ".join(each.name for each in session.traders)
    title = terminal.text("cli.demo_title", strategies=names, speed=f"{speed:g}")
    terminal.say(title)
    if not data:
        terminal.say(terminal.text("cli.synthetic"))
    terminal.say()
    view = view_for(terminal, invocation.settings, title)
    with recording_to(terminal, record) as store, recording(session.node, store):
        results = session.run(view, seconds, until_faulted=loop or not data)
    document = _document(session, results)
    if json:
        terminal.json(document)
    else:
        show_session(terminal, results)
    if plot:
        show_plot(terminal, results)
    if report is not None:
        write_report(report, terminal, results, title, document, session.feed.sources)
    show_problems(terminal, results)
    finish(session, results)


def _session(
    invocation: Invocation,
    speed: float,
    venue: VenueChoice,
    date: int | None,
    files: DataChoice,
    loop: bool,
) -> Session:
    settings = invocation.settings
    catalog = settings.catalog(date)
    if files.files:
        feed = feed_of(files, catalog)
    else:
        feed = synthetic_for(settings, catalog, venue.seed, [])
    traders = [Trader(name, built_in(name), AccountId(name)) for name in BUILT_IN]
    if not files.files:
        traders = _shared_out(feed.traded)
    options = venue_options(settings, venue, feed.instruments)
    if loop:
        feed, options = looped(feed, options, catalog)
    cash = {each.currency: Decimal(_CASH.get(each.currency, _MUCH)) for each in feed.instruments}
    return Session(feed, catalog, options, traders, cash, speed, risk=settings.config.risk)


def _shared_out(instruments: Sequence[Instrument]) -> list[Trader]:
    """Return one strategy that trades a future, a share, a currency pair and a coin, and one for all the rest."""
    of_all = [each.id for each in instruments]
    mixed, rest = of_all[:_MIXED], of_all[_MIXED:]
    return [
        Trader("basket", built_in("basket"), AccountId("basket"), {"interval": "10s"}, mixed),
        Trader("grid", built_in("grid"), AccountId("grid"), {}, rest),
    ]


def _document(session: Session, results: Sequence[RunResult]) -> dict[str, object]:
    accounts = [
        result_json(result, trader.name)
        for result, trader in zip(results, session.traders, strict=True)
    ]
    return {
        "ok": clean(results) and not session.interrupted,
        "synthetic": session.feed.synthetic,
        "instruments": [each.id for each in session.feed.traded],
        "events": session.node.node.kernel.sequence,
        "open_orders": sum(len(result.open_orders) for result in results),
        "accounts": accounts,
    }
