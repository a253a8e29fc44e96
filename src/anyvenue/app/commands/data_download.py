"""``anyvenue data download``: a venue's history into a store."""

from typing import Annotated

import typer

from anyvenue.app.commandline import Command
from anyvenue.app.commands.data_quality import StoreOption
from anyvenue.app.download_report import download_document, show_download
from anyvenue.app.downloading import Fetching, Wish
from anyvenue.app.exits import FAILED
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import FromOption, IntervalOption, JsonOption, SetOption, ToOption
from anyvenue.app.past_access import AccountOption, find_past
from anyvenue.data.intervals import interval_text, parse_interval
from anyvenue.data.store import open_store
from anyvenue.model.errors import ConfigError, ConnectivityError
from anyvenue.runtime.loop import run as run_loop

__all__ = ["add_download"]

_Venue = Annotated[str, typer.Argument(metavar="VENUE", show_default=False)]
_Symbol = Annotated[str, typer.Argument(metavar="SYMBOL", show_default=False)]
_Trades = Annotated[bool, typer.Option("--trades")]
_Again = Annotated[bool, typer.Option("--again")]


def add_download(app: typer.Typer) -> None:
    """Add the command to ``anyvenue data``."""
    app.command(name="download", cls=Command)(_download)


def _download(
    ctx: typer.Context,
    venue: _Venue,
    symbol: _Symbol,
    store: StoreOption,
    start: FromOption = None,
    end: ToOption = None,
    interval: IntervalOption = None,
    trades: _Trades = False,
    account: AccountOption = None,
    settings: SetOption = None,
    again: _Again = False,
    json: JsonOption = False,
) -> None:
    """Bring a venue's history into a store."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    wish = Wish(symbol, _needed(start), end, _interval(interval, trades), again)
    place = find_past(invocation, venue, account, settings or [])
    catalog = invocation.settings.catalog()
    fetching = Fetching(catalog, terminal, wish, place)
    try:
        with open_store(store) as opened:
            run_loop(fetching.run(opened))
    except KeyboardInterrupt:
        if fetching.download is not None:
            terminal.note(terminal.text("cli.download_kept", rows=f"{fetching.download.stored:,}"))
        raise
    except ConnectivityError:
        terminal.note(terminal.text("cli.download_probe", venue=venue))
        raise
    done = fetching.download
    assert done is not None
    if json:
        terminal.json(download_document(venue, done, terminal.lang))
    else:
        show_download(terminal, done, catalog.sessions(fetching.hours))
    if done.failed:
        raise typer.Exit(FAILED)


def _needed(start: str | None) -> str:
    if start is None:
        raise ConfigError(
            "--from is missing: say from which day on, such as --from 20260901",
            code="config.from_missing",
        )
    return start


def _interval(interval: str | None, trades: bool) -> str:
    """Return the interval in its shortest text, "" for trades."""
    if trades and interval is not None:
        raise ConfigError(
            f"--interval {interval} is for bars, --trades is for trades: choose one",
            code="config.bars_or_trades",
            interval=interval,
        )
    return "" if trades else interval_text(parse_interval(interval or "1m"))
