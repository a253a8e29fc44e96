"""``anyvenue ctp serve``: a CTP counter over an exchange of one's own, for programs with one of our libraries."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import (
    CashOption,
    DateOption,
    FeesOption,
    FilesOption,
    FromOption,
    InstrumentsOption,
    JsonOption,
    LatencyOption,
    LoopOption,
    MarginOption,
    MatchingOption,
    SecondsOption,
    SeedOption,
    SpeedOption,
    ToOption,
)
from anyvenue.app.terminal import Terminal

if TYPE_CHECKING:
    from anyvenue.engine.hosting.exchange import HostedExchange
    from anyvenue.engine.hosting.market import LiveMarket
    from anyvenue.venues.ctp.counter.counter import Counter
    from anyvenue.venues.ctp.door.server import NativeDoor

__all__ = ["serve"]

TD_PORT, MD_PORT = 41205, 41213

_Host = Annotated[str, typer.Option("--host", metavar="ADDRESS")]
_TdPort = Annotated[int, typer.Option("--td-port", metavar="N", min=0, max=65535)]
_MdPort = Annotated[int, typer.Option("--md-port", metavar="N", min=0, max=65535)]
_Remote = Annotated[bool, typer.Option("--allow-remote")]
_Profile = Annotated[str, typer.Option("--profile", metavar="NAME")]
_Api = Annotated[str, typer.Option("--api", metavar="NAME")]
_Users = Annotated[
    list[str] | None, typer.Option("--user", metavar="NAME[:PASSWORD]", show_default=False)
]
_Md = Annotated[str | None, typer.Option("--md", metavar="tcp://HOST:PORT", show_default=False)]
_MdLibrary = Annotated[str, typer.Option("--md-library", metavar="NAME|FILE")]
_Unpaced = Annotated[bool, typer.Option("--no-pacing")]
_State = Annotated[Path | None, typer.Option("--state", metavar="DIR", show_default=False)]
_Sync = Annotated[str, typer.Option("--sync", metavar="MODE", show_default=False)]
_Hours = Annotated[str | None, typer.Option("--hours", metavar="MODE", show_default=False)]
_Layout = Annotated[str | None, typer.Option("--layout", metavar="NAME", show_default=False)]


def serve(
    ctx: typer.Context,
    host: _Host = "127.0.0.1",
    td_port: _TdPort = TD_PORT,
    md_port: _MdPort = MD_PORT,
    allow_remote: _Remote = False,
    profile: _Profile = "simnow",
    api: _Api = "ctp",
    user: _Users = None,
    cash: CashOption = None,
    no_pacing: _Unpaced = False,
    state: _State = None,
    sync: _Sync = "batch",
    instrument: InstrumentsOption = None,
    matching: MatchingOption = None,
    md: _Md = None,
    md_library: _MdLibrary = "ctp",
    data: FilesOption = None,
    layout: _Layout = None,
    loop: LoopOption = False,
    start: FromOption = None,
    end: ToOption = None,
    date: DateOption = None,
    speed: SpeedOption = 1.0,
    hours: _Hours = None,
    fees: FeesOption = None,
    margin: MarginOption = None,
    latency_ms: LatencyOption = None,
    seed: SeedOption = None,
    seconds: SecondsOption = None,
    json: JsonOption = False,
) -> None:
    """Serve a counter until Ctrl-C."""
    from anyvenue.app.ctp_service import CounterChoice, counter_over
    from anyvenue.app.exchange_market import ExchangeChoice, host_exchange, host_live
    from anyvenue.app.simulation import DataChoice, VenueChoice, parse_cash
    from anyvenue.runtime.loop import run as run_loop

    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    named = instrument[0] if data and instrument else None
    choice = ExchangeChoice(
        data=DataChoice(
            files=data or [], instrument=named, profile=layout, date=date, start=start, end=end
        ),
        venue=VenueChoice(
            fees=fees,
            margin=margin,
            latency_ms=latency_ms,
            # SimNow's quotes fill whatever crosses them.
            matching=matching or ("maker" if profile == "simnow" else None),
            seed=seed,
            hours="real" if data else "always",
        ),
        instruments=instrument or [],
        speed=speed,
        loop=loop,
        hours=hours,
        # As a Chinese exchange does: what meets the standing quote fills on arrival, and a closed market takes nothing.
        when_closed="reject",
        match_on_arrival=True,
        folder=state,
        sync=sync,
    )
    money = parse_cash(cash, invocation.settings) if cash else None
    deposits = {"CNY": money} if money is not None and not isinstance(money, dict) else money
    market = None
    if md:
        exchange, market = host_live(invocation.settings, choice)
    else:
        exchange = host_exchange(invocation.settings, choice)
    try:
        counter = counter_over(
            exchange,
            CounterChoice(
                profile=profile,
                api=api,
                users=user or [],
                deposits=deposits,
                queries_per_second=0 if no_pacing else None,
                folder=state,
            ),
        )
        door = _door(counter, allow_remote, terminal.note)
        ports = [td_port] if td_port == md_port != 0 else [td_port, md_port]
        addresses = [(host, port) for port in ports]
        serving = _serve(terminal, exchange, counter, door, addresses, seconds, json)
        if market is not None and md:
            serving = _with_front(serving, md, md_library, market, terminal.note)
        run_loop(serving)
    finally:
        exchange.close()
        if exchange.unkept:
            terminal.warn(exchange.unkept)
    terminal.say(terminal.text("cli.ctp_stopped"))


def _door(counter: "Counter", allow_remote: bool, note: Callable[[str], None]) -> "NativeDoor":
    from anyvenue.venues.ctp.door.server import DoorTerms, NativeDoor

    profile = counter.context.profile
    terms = DoorTerms(
        name=profile.system_name,
        allow_remote=allow_remote,
        queries_per_second=profile.queries_per_second,
        queries_in_flight=1 if profile.queries_per_second else 0,
    )
    return NativeDoor(counter, terms, note)


async def _with_front(
    serving: Coroutine[None, None, None],
    front: str,
    library: str,
    market: "LiveMarket",
    note: Callable[[str], None],
) -> None:
    """Serve while the market's quotes come from a live front."""
    from anyvenue.app.ctp_front import QuoteFront

    with TemporaryDirectory(prefix="anyvenue-ctp-md-") as flow:
        try:
            quotes = QuoteFront(front, library, Path(flow), market, note)
        except BaseException:
            serving.close()
            raise
        quotes.start()
        try:
            await serving
        finally:
            await quotes.close()


async def _serve(
    terminal: Terminal,
    exchange: "HostedExchange",
    counter: "Counter",
    door: "NativeDoor",
    addresses: Sequence[tuple[str, int]],
    seconds: float | None,
    json: bool,
) -> None:
    from anyvenue.app.ctp_service import run_exchange
    from anyvenue.app.session import stop_signals

    loop = asyncio.get_running_loop()
    with stop_signals(exchange.request_stop):
        try:
            open_at = [await door.start(*address) for address in addresses]
            if seconds is not None:
                loop.call_later(seconds, exchange.request_stop)
            _announce(terminal, exchange, counter, open_at, json)
            await run_exchange(counter, exchange)
        finally:
            await door.close()


def _announce(
    terminal: Terminal,
    exchange: "HostedExchange",
    counter: "Counter",
    open_at: list[tuple[str, int]],
    json: bool,
) -> None:
    fronts = [f"tcp://{host}:{port}" for host, port in open_at]
    td, md = fronts[0], fronts[-1]
    profile = counter.context.profile
    names = [each.symbol for each in exchange.instruments()]
    if json:
        terminal.json(
            {
                "td": td,
                "md": md,
                "broker": profile.broker_id,
                "profile": profile.name,
                "trading_day": counter.trading_day,
                "instruments": names,
            }
        )
    terminal.say(
        terminal.text(
            "cli.ctp_open", td=td, md=md, broker=profile.broker_id or "-", day=counter.trading_day
        )
    )
    terminal.say(terminal.text("cli.ctp_instruments", instruments=", ".join(names)))
    for app in profile.apps:
        terminal.say(terminal.text("cli.ctp_app", app=app.app_id, code=app.auth_code))
    if profile.auto_accounts:
        terminal.say(terminal.text("cli.ctp_any_user", cash=f"{profile.opening_deposit:,}"))
    terminal.say(terminal.text("cli.exchange_stop_hint"))
