"""``anyvenue webctp``: the WebSocket JSON service."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anyvenue.app.commandline import Command, Group
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import (
    CashOption,
    DateOption,
    FeesOption,
    FilesOption,
    InstrumentsOption,
    JsonOption,
    LoopOption,
    MarginOption,
    MatchingOption,
    SecondsOption,
    SpeedOption,
)
from anyvenue.app.terminal import Terminal

if TYPE_CHECKING:
    from anyvenue.app.settings import Settings
    from anyvenue.app.webctp_service import Opened, WebctpChoice

__all__ = ["app"]

app = typer.Typer(cls=Group, no_args_is_help=True, add_completion=False, rich_markup_mode=None)

_Yaml = Annotated[Path | None, typer.Option("--config", metavar="FILE.yaml", show_default=False)]
_Type = Annotated[str, typer.Option("--app_type", "--app-type", metavar="NAME")]
_Sim = Annotated[bool, typer.Option("--sim")]
_Library = Annotated[str, typer.Option("--library", metavar="NAME")]
_Host = Annotated[str | None, typer.Option("--host", metavar="ADDRESS", show_default=False)]
_Port = Annotated[
    int | None, typer.Option("--port", metavar="N", min=0, max=65535, show_default=False)
]
_MdPort = Annotated[
    int | None, typer.Option("--md-port", metavar="N", min=0, max=65535, show_default=False)
]
_Tokens = Annotated[Path | None, typer.Option("--tokens", metavar="FILE", show_default=False)]
_TlsCert = Annotated[Path | None, typer.Option("--tls-cert", metavar="FILE", show_default=False)]
_TlsKey = Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", show_default=False)]
_Audit = Annotated[Path | None, typer.Option("--audit", metavar="FILE", show_default=False)]
_Deflate = Annotated[int, typer.Option("--deflate", metavar="LEVEL", min=0, max=9)]
_Rate = Annotated[float, typer.Option("--requests-per-second", metavar="N", min=0)]
_Legacy = Annotated[bool, typer.Option("--legacy-names")]
_Profile = Annotated[str, typer.Option("--profile", metavar="NAME")]
_Users = Annotated[
    list[str] | None, typer.Option("--user", metavar="NAME[:PASSWORD]", show_default=False)
]
_State = Annotated[Path | None, typer.Option("--state", metavar="DIR", show_default=False)]


@app.callback()
def _group() -> None:
    """Keep `serve` a word of its own."""


@app.command("serve", cls=Command)
def serve(
    ctx: typer.Context,
    config: _Yaml = None,
    app_type: _Type = "dev",
    sim: _Sim = False,
    library: _Library = "ctp",
    host: _Host = None,
    port: _Port = None,
    md_port: _MdPort = None,
    tokens: _Tokens = None,
    tls_cert: _TlsCert = None,
    tls_key: _TlsKey = None,
    audit: _Audit = None,
    deflate: _Deflate = 0,
    requests_per_second: _Rate = 200.0,
    legacy_names: _Legacy = False,
    profile: _Profile = "simnow",
    user: _Users = None,
    cash: CashOption = None,
    state: _State = None,
    instrument: InstrumentsOption = None,
    matching: MatchingOption = None,
    data: FilesOption = None,
    loop: LoopOption = False,
    date: DateOption = None,
    speed: SpeedOption = 1.0,
    fees: FeesOption = None,
    margin: MarginOption = None,
    seconds: SecondsOption = None,
    json: JsonOption = False,
) -> None:
    """Serve until Ctrl-C."""
    from anyvenue.app.exchange_market import ExchangeChoice
    from anyvenue.app.simulation import DataChoice, VenueChoice, parse_cash
    from anyvenue.app.webctp_service import WebctpChoice
    from anyvenue.runtime.loop import run as run_loop

    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    hook = invocation.settings.config.node.webhook
    money = parse_cash(cash, invocation.settings) if cash else None
    exchange = ExchangeChoice(
        data=DataChoice(
            files=data or [], instrument=instrument[0] if data and instrument else None, date=date
        ),
        venue=VenueChoice(
            fees=fees,
            margin=margin,
            matching=matching or ("maker" if profile == "simnow" else None),
            hours="real" if data else "always",
        ),
        instruments=instrument or [],
        speed=speed,
        loop=loop,
        when_closed="reject",
        match_on_arrival=True,
        folder=state,
    )
    choice = WebctpChoice(
        config=config,
        app_type=app_type,
        sim=sim,
        library=library,
        host=host,
        ports=(port, md_port),
        tokens=tokens,
        certificate=(tls_cert, tls_key),
        audit=audit,
        deflate=deflate,
        requests_per_second=requests_per_second,
        legacy=legacy_names,
        webhook=hook.reveal(invocation.environ) if hook is not None else "",
        profile=profile,
        users=user or [],
        deposits={"CNY": money} if money is not None and not isinstance(money, dict) else money,
        exchange=exchange,
    )
    environ = invocation.environ
    run_loop(_serve(terminal, invocation.settings, choice, environ, seconds, json))
    terminal.say(terminal.text("cli.webctp_stopped"))


async def _serve(
    terminal: Terminal,
    settings: "Settings",
    choice: "WebctpChoice",
    environ: Mapping[str, str],
    seconds: float | None,
    json: bool,
) -> None:
    from anyvenue.app.session import stop_signals
    from anyvenue.app.webctp_service import open_webctp

    loop = asyncio.get_running_loop()
    opened = open_webctp(settings, choice, environ, terminal.note)
    with stop_signals(opened.request_stop):
        try:
            await opened.start()
            if seconds is not None:
                loop.call_later(seconds, opened.request_stop)
            _announce(terminal, opened, json)
            await opened.run()
        finally:
            with suppress(asyncio.CancelledError):
                await opened.close()
    if opened.unkept:
        terminal.warn(opened.unkept)


def _announce(terminal: Terminal, opened: "Opened", json: bool) -> None:
    if json:
        terminal.json(
            {
                "td": opened.td_url,
                "md": opened.md_url,
                "real": opened.real,
                "broker": opened.broker_id,
                "instruments": opened.instruments,
            }
        )
    for url in dict.fromkeys(filter(None, (opened.td_url, opened.md_url))):
        terminal.say(terminal.text("cli.webctp_open", url=url))
    if opened.real:
        terminal.say(terminal.text("cli.webctp_real", fronts=", ".join(opened.fronts)))
    else:
        terminal.say(
            terminal.text("cli.ctp_instruments", instruments=", ".join(opened.instruments))
        )
        if opened.anybody:
            terminal.say(terminal.text("cli.ctp_any_user", cash=opened.anybody))
    terminal.say(terminal.text("cli.webctp_stop_hint"))
