"""``anyvenue exchange``: the simulated exchange as a server, and its accounts."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from anyvenue.app.commandline import Command, Group
from anyvenue.app.commands.exchange_accounts import accounts_app
from anyvenue.app.exchange_access import Access, keep_access, new_access
from anyvenue.app.exchange_market import ExchangeChoice, host_exchange
from anyvenue.app.exchange_wires import OpenWire, WireChoice, open_wires
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import (
    CashOption,
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
from anyvenue.app.simulation import DataChoice, VenueChoice, parse_cash
from anyvenue.app.terminal import Terminal
from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.model.errors import ConfigError
from anyvenue.runtime.loop import run as run_loop
from anyvenue.venues.paper.config import DEFAULT_PORT
from anyvenue.venues.paper.encryption import server_tls
from anyvenue.venues.paper.server import ExchangeServer, ServerTerms

__all__ = ["app"]

app = typer.Typer(cls=Group, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
app.add_typer(accounts_app, name="account")

_Host = Annotated[str, typer.Option("--host", metavar="ADDRESS")]
_Port = Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535)]
_Token = Annotated[str | None, typer.Option("--token", metavar="TEXT", show_default=False)]
_TlsCert = Annotated[Path | None, typer.Option("--tls-cert", metavar="FILE", show_default=False)]
_TlsKey = Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", show_default=False)]
_RateLimit = Annotated[
    int | None, typer.Option("--rate-limit", metavar="N", min=1, show_default=False)
]
_State = Annotated[Path | None, typer.Option("--state", metavar="DIR", show_default=False)]
_Sync = Annotated[str, typer.Option("--sync", metavar="MODE", show_default=False)]
_Wire = Annotated[str, typer.Option("--wire", metavar="NAME[:PORT],...", show_default=False)]
_User = Annotated[
    list[str] | None, typer.Option("--user", metavar="NAME[:KEY:SECRET]", show_default=False)
]
_Hours = Annotated[str | None, typer.Option("--hours", metavar="MODE", show_default=False)]


@app.command(cls=Command)
def serve(
    ctx: typer.Context,
    host: _Host = "127.0.0.1",
    port: _Port = DEFAULT_PORT,
    token: _Token = None,
    tls_cert: _TlsCert = None,
    tls_key: _TlsKey = None,
    rate_limit: _RateLimit = None,
    wire: _Wire = "",
    user: _User = None,
    cash: CashOption = None,
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
    money = parse_cash(cash, invocation.settings) if cash else None
    deposits = {"USDT": money} if money is not None and not isinstance(money, dict) else money
    wires = WireChoice.of(wire, user or (), deposits, state)
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
        instruments=instrument or wires.instruments(),
        speed=speed,
        loop=loop,
        hours=hours,
        # As crypto venues do: what meets the standing quote fills on arrival.
        match_on_arrival=bool(wires.wires),
        folder=state,
        sync=sync,
    )
    access = new_access(state, token or "", os.environ)
    shown = _certificate(tls_cert, tls_key)
    exchange = host_exchange(invocation.settings, choice)
    try:
        door = _Door((host, port), shown, rate_limit or 0, wires)
        run_loop(_serve(terminal, exchange, access, door, state, seconds, json))
    finally:
        exchange.close()
        if exchange.unkept:
            terminal.warn(exchange.unkept)
    terminal.say(terminal.text("cli.exchange_stopped"))


class _Door(NamedTuple):
    """How clients come in: where, shown which certificate and key, how often they may ask, and by which wires."""

    address: tuple[str, int]
    certificate: tuple[Path, Path] | None
    rate_limit: int
    wires: WireChoice


def _certificate(certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    """Return the files of both; raise ConfigError for one alone, or those that cannot be used."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise ConfigError(
            "--tls-cert and --tls-key go together: give both, or neither", code="config.tls_half"
        )
    server_tls(certificate, key)
    return certificate, key


async def _serve(
    terminal: Terminal,
    exchange: HostedExchange,
    access: Access,
    door: _Door,
    folder: Path | None,
    seconds: float | None,
    json: bool,
) -> None:
    terms = ServerTerms(
        token=access.token, admin_token=access.admin_token, most_requests=door.rate_limit
    )
    server = ExchangeServer(exchange, exchange, terms, terminal.note)
    tls = server_tls(*door.certificate) if door.certificate else None
    host, port = await server.start(*door.address, tls)
    known = len(exchange.accounts())
    wires = open_wires(exchange, door.wires)
    loop = asyncio.get_running_loop()
    with stop_signals(exchange.request_stop):
        timer = loop.call_later(seconds, exchange.request_stop) if seconds is not None else None
        try:
            if folder is not None:
                reach = "127.0.0.1" if host in ("0.0.0.0", "::") else host
                kept = Access(
                    admin_token=access.admin_token,
                    token=access.token,
                    host=reach,
                    port=port,
                    certificate=str(door.certificate[0].resolve()) if door.certificate else "",
                )
                keep_access(folder, kept)
            for wire in wires:
                await wire.start(door.address[0], tls)
            _announce(terminal, exchange, access, (host, port), folder, json, known, wires)
            await exchange.run()
        finally:
            for wire in wires:
                await wire.close()
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
    known: int,
    wires: list[OpenWire],
) -> None:
    host, port = address
    names = [each.id for each in exchange.instruments()]
    accounts = exchange.accounts()
    if json:
        terminal.json(
            {
                "host": host,
                "port": port,
                "instruments": names,
                "accounts": accounts,
                **({"wires": {each.name: each.url for each in wires}} if wires else {}),
            }
        )
    terminal.say(
        terminal.text(
            "cli.exchange_open", url=f"paper://{host}:{port}", instruments=", ".join(names)
        )
    )
    for wire in wires:
        terminal.say(terminal.text("cli.wire_open", name=wire.name, url=wire.url))
        for key in wire.keys:
            terminal.say(
                terminal.text(
                    "cli.wire_key_words" if key.passphrase else "cli.wire_key",
                    account=key.account,
                    api_key=key.api_key,
                    secret=key.secret,
                    passphrase=key.passphrase,
                )
            )
    if exchange.replayed or known:
        terminal.say(
            terminal.text("cli.exchange_back", accounts=known, records=f"{exchange.replayed:,}")
        )
    if folder is None:
        terminal.note(terminal.text("cli.exchange_admin", token=access.admin_token))
    terminal.say(terminal.text("cli.exchange_stop_hint"))
