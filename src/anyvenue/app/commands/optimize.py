"""``anyvenue optimize``: a grid of backtests over processes."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from anyvenue.app.exits import FAILED, INTERRUPTED
from anyvenue.app.figures import zone_text
from anyvenue.app.invocation import invocation_of
from anyvenue.app.optimise_report import (
    progress_text,
    show_errors,
    show_heat_map,
    show_result,
)
from anyvenue.app.options import (
    CashOption,
    DataOption,
    DateOption,
    FeesOption,
    FromOption,
    FundingOption,
    InstrumentOption,
    IntervalOption,
    JsonOption,
    LatencyOption,
    MarginOption,
    MatchingOption,
    ProfileOption,
    QueueModelOption,
    ReportOption,
    RollsOption,
    SeedOption,
    SetOption,
    StrategyArgument,
    ToOption,
)
from anyvenue.app.progress import ProgressLine
from anyvenue.app.report_page import check_report, write_search
from anyvenue.app.simulation import DataChoice, VenueChoice, parse_cash, prepare
from anyvenue.app.strategies import load_strategy, parse_settings
from anyvenue.app.terminal import Terminal
from anyvenue.engine.optimise.grid import parse_axis
from anyvenue.engine.optimise.objective import objective_of
from anyvenue.engine.optimise.result import OptimiseResult, Progress
from anyvenue.engine.optimise.run import optimise
from anyvenue.engine.optimise.walk import WalkForward
from anyvenue.model.errors import ConfigError

__all__ = ["command"]

_FIRST_S = 1.0
_EVERY_S = 5.0

GridOption = Annotated[
    list[str], typer.Option("--grid", "-g", metavar="NAME=VALUES", show_default=False)
]
WhereOption = Annotated[
    list[str] | None, typer.Option("--where", metavar="CONDITION", show_default=False)
]
ByOption = Annotated[str, typer.Option("--by", metavar="FIGURE")]
TopOption = Annotated[int, typer.Option("--top", metavar="N", min=1)]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", "-j", metavar="N", min=1, show_default=False)
]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FOLDER", show_default=False)]
WalkOption = Annotated[
    int | None, typer.Option("--walk-forward", metavar="N", min=1, show_default=False)
]
TrainOption = Annotated[int, typer.Option("--train-parts", metavar="N", min=1)]
AnchoredOption = Annotated[bool, typer.Option("--anchored")]
HeatOption = Annotated[str | None, typer.Option("--heat", metavar="ROW,COLUMN", show_default=False)]


def command(
    ctx: typer.Context,
    strategy: StrategyArgument,
    data: DataOption,
    grid: GridOption,
    where: WhereOption = None,
    by: ByOption = "return",
    top: TopOption = 10,
    heat: HeatOption = None,
    jobs: JobsOption = None,
    out: OutOption = None,
    walk_forward: WalkOption = None,
    train_parts: TrainOption = 3,
    anchored: AnchoredOption = False,
    start: FromOption = None,
    end: ToOption = None,
    instrument: InstrumentOption = None,
    date: DateOption = None,
    profile: ProfileOption = None,
    interval: IntervalOption = None,
    parameters: SetOption = None,
    cash: CashOption = None,
    fees: FeesOption = None,
    margin: MarginOption = None,
    rolls: RollsOption = None,
    funding: FundingOption = None,
    latency_ms: LatencyOption = None,
    matching: MatchingOption = None,
    queue_model: QueueModelOption = None,
    seed: SeedOption = None,
    report: ReportOption = None,
    json: JsonOption = False,
) -> None:
    """Run a strategy with every combination of parameters and rank them."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    settings = invocation.settings
    check_report(report, drawn=False)
    found = load_strategy(strategy)
    axes = _axes(grid)
    pair = _pair(heat, axes)
    run = prepare(
        settings,
        DataChoice(
            files=data,
            instrument=instrument,
            profile=profile,
            date=date,
            interval=interval,
            start=start,
            end=end,
        ),
        VenueChoice(
            fees=fees,
            margin=margin,
            rolls=tuple(rolls or ()),
            funding=tuple(funding or ()),
            latency_ms=latency_ms,
            matching=matching,
            queue_model=queue_model,
            seed=seed,
        ),
    )
    with ProgressLine() as line, _stopped_by_sigterm():
        result = optimise(
            found,
            run.feed.sources,
            grid=axes,
            by=by,
            where=where or None,
            walk_forward=WalkForward(walk_forward, train_parts, anchored) if walk_forward else None,
            jobs=jobs,
            out=out,
            parameters=parse_settings(parameters or []),
            cash=parse_cash(cash, settings),
            options=run.options,
            catalog=run.catalog,
            progress=_progress(terminal, line, by),
            risk=settings.config.risk,
        )
    if json:
        terminal.json(result.document())
    else:
        show_result(terminal, result, top, zone_text(run.feed.instruments[0]))
        _show_heat(terminal, result, pair)
    if report is not None:
        write_search(report, terminal, result, run.feed.sources)
    _finish(terminal, result)


def _axes(grid: list[str]) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for text in grid:
        name, values = parse_axis(text)
        found[name] = found.get(name, []) + values
    return found


def _pair(heat: str | None, axes: dict[str, list[object]]) -> tuple[str, str] | None:
    """Return the parameters of the map: those asked for, else the only two that vary."""
    if heat is None:
        varying = [name for name, values in axes.items() if len(values) > 1]
        return (varying[0], varying[1]) if len(varying) == 2 else None
    row, comma, column = (part.strip().replace("-", "_") for part in heat.partition(","))
    if not comma or row not in axes or column not in axes or row == column:
        raise ConfigError(
            f"--heat was {heat!r}; expected two parameters of the grid, such as {','.join(axes)}",
            code="config.heat",
            value=heat,
            known=list(axes),
        )
    return row, column


def _show_heat(terminal: Terminal, result: OptimiseResult, pair: tuple[str, str] | None) -> None:
    if pair is not None and result.points:
        show_heat_map(terminal, result.heat_map(*pair))


def _progress(terminal: Terminal, line: ProgressLine, by: str) -> Callable[[Progress], None]:
    """Return what shows how far it is: a line written over on a terminal, else one every few seconds."""
    objective = objective_of(by)
    next_at = monotonic() + _FIRST_S

    def show(progress: Progress) -> None:
        nonlocal next_at
        last = progress.done == progress.total
        if not (line.due() if line.shown else last or monotonic() >= next_at):
            return
        next_at = monotonic() + _EVERY_S
        score = objective.score(progress.best) if progress.best is not None else None
        text = progress_text(terminal, progress, objective.name, score)
        line.show(text) if line.shown else terminal.note(text)

    return show


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end the search as Ctrl-C does."""
    kept = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, kept)


def _finish(terminal: Terminal, result: OptimiseResult) -> None:
    sys.stdout.flush()
    for warning in result.warnings:
        terminal.warn(warning)
    show_errors(terminal, result)
    if result.interrupted:
        terminal.note(terminal.text("cli.interrupted"))
        raise typer.Exit(INTERRUPTED)
    if result.best is None and not any(fold.best for fold in result.folds):
        raise typer.Exit(FAILED)
