"""``anyvenue exchange``: the simulated exchange as a server, and its accounts."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from anyvenue.app.commandline import Command, Group
from anyvenue.app.commands.exchange_accounts import accounts_app
from anyvenue.app.exchange_access import Access, keep_access, new_access
from anyvenue.app.exchange_market import ExchangeChoice, host_exchange
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import (
    DateOption,
    FeesOption,
    FilesOption,
    FromOption,
    InstrumentsOption,
    IntervalOption,
    JsonOption,
    LatencyOption,
    LoopOption,
    MarginOption,
    MatchingOption,
    ProfileOption,
    QueueModelOption,
    RollsOption,
    SecondsOption,
    SeedOption,
    SpeedOption,
    ToOption,
)
from anyvenue.app.session import stop_signals
from anyvenue.app.simulation import DataChoice, VenueChoice
from anyvenue.app.terminal import Terminal
from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.runtime.loop import run as run_loop
from anyvenue.venues.paper.config import DEFAULT_PORT
from anyvenue.venues.paper.server import ExchangeServer, ServerTerms

__all__ = ["app"]

app = typer.Typer(cls=Group, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
app.add_typer(accounts_app, name="account")

_Host = Annotated[str, typer.Option("--host", metavar="ADDRESS")]
_Port = Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535)]
_Token = Annotated[str | None, typer.Option("--token", metavar="TEXT", show_default=False)]
_State = Annotated[Path | None, typer.Option("--state", metavar="DIR", show_default=False)]
_Sync = Annotated[str, typer.Option("--sync", metavar="MODE", show_default=False)]
_Hours = Annotated[str | None, typer.Option("--hours", metavar="MODE", show_default=False)]


@app.command(cls=Command)
def serve(
    ctx: typer.Context,
    host: _Host = "127.0.0.1",
    port: _Port = DEFAULT_PORT,
    token: _Token = None,
    state: _State = None,
    sync: _Sync = "batch",
    instrument: InstrumentsOption = None,
    matching: MatchingOption = None,
    queue_model: QueueModelOption = None,
    data: FilesOption = None,
    loop: LoopOption = False,
    start: FromOption = None,
    end: ToOption = None,
    date: DateOption = None,
    profile: ProfileOption = None,
    interval: IntervalOption = None,
    speed: SpeedOption = 1.0,
    hours: _Hours = None,
    fees: FeesOption = None,
    margin: MarginOption = None,
    rolls: RollsOption = None,
    latency_ms: LatencyOption = None,
    seed: SeedOption = None,
    seconds: SecondsOption = None,
    json: JsonOption = False,
) -> None:
    """Serve an exchange until Ctrl-C."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    named = instrument[0] if data and instrument else None
    choice = ExchangeChoice(
        data=DataChoice(
            files=data or [],
            instrument=named,
            profile=profile,
            date=date,
            interval=interval,
            start=start,
            end=end,
        ),
        venue=VenueChoice(
            fees=fees,
            margin=margin,
            rolls=tuple(rolls or ()),
            latency_ms=latency_ms,
            matching=matching,
            queue_model=queue_model,
            seed=seed,
            hours="real" if data else "always",
        ),
        instruments=instrument or [],
        speed=speed,
        loop=loop,
        hours=hours,
        folder=state,
        sync=sync,
    )
    access = new_access(state, token or "", os.environ)
    exchange = host_exchange(invocation.settings, choice)
    try:
        run_loop(_serve(terminal, exchange, access, (host, port), state, seconds, json))
    finally:
        exchange.close()
        if exchange.unkept:
            terminal.warn(exchange.unkept)
    terminal.say(terminal.text("cli.exchange_stopped"))


async def _serve(
    terminal: Terminal,
    exchange: HostedExchange,
    access: Access,
    address: tuple[str, int],
    folder: Path | None,
    seconds: float | None,
    json: bool,
) -> None:
    terms = ServerTerms(token=access.token, admin_token=access.admin_token)
    server = ExchangeServer(exchange, exchange, terms, terminal.note)
    host, port = await server.start(*address)
    loop = asyncio.get_running_loop()
    with stop_signals(exchange.request_stop):
        timer = loop.call_later(seconds, exchange.request_stop) if seconds is not None else None
        try:
            if folder is not None:
                reach = "127.0.0.1" if host in ("0.0.0.0", "::") else host
                kept = Access(
                    admin_token=access.admin_token, token=access.token, host=reach, port=port
                )
                keep_access(folder, kept)
            _announce(terminal, exchange, access, (host, port), folder, json)
            await exchange.run()
        finally:
            if timer is not None:
                timer.cancel()
            await server.close()


def _announce(
    terminal: Terminal,
    exchange: HostedExchange,
    access: Access,
    address: tuple[str, int],
    folder: Path | None,
    json: bool,
) -> None:
    host, port = address
    names = [each.id for each in exchange.instruments()]
    accounts = exchange.accounts()
    if json:
        terminal.json({"host": host, "port": port, "instruments": names, "accounts": accounts})
    terminal.say(
        terminal.text(
            "cli.exchange_open", url=f"paper://{host}:{port}", instruments=", ".join(names)
        )
    )
    if exchange.replayed or accounts:
        terminal.say(
            terminal.text(
                "cli.exchange_back", accounts=len(accounts), records=f"{exchange.replayed:,}"
            )
        )
    if folder is None:
        terminal.note(terminal.text("cli.exchange_admin", token=access.admin_token))
    terminal.say(terminal.text("cli.exchange_stop_hint"))
