"""``anyvenue ctp prices``: live quotes, on a board or line by line."""

import tempfile
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from anyvenue.app.ctp_tools.access import (
    AccountOption,
    ApiOption,
    BrokerOption,
    Given,
    LibraryOption,
    MdFrontOption,
    PasswordOption,
    PresetOption,
    TimeoutOption,
    UserOption,
    read_access,
)
from anyvenue.app.ctp_tools.telling import advised
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import JsonOption, SecondsOption
from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from anyvenue.app.ctp_tools.quotes import QuoteFeed
    from anyvenue.venues.ctp.tools.conversation import Row

__all__ = ["prices"]

_Instruments = Annotated[
    list[str] | None, typer.Argument(metavar="INSTRUMENT...", show_default=False)
]
_Lines = Annotated[bool, typer.Option("--lines")]
_SHOWN = (
    "LastPrice",
    "BidPrice1",
    "BidVolume1",
    "AskPrice1",
    "AskVolume1",
    "Volume",
    "OpenInterest",
)
_KEPT_S = 0.5


def prices(
    ctx: typer.Context,
    instruments: _Instruments = None,
    lines: _Lines = False,
    account: AccountOption = "",
    preset: PresetOption = "",
    md_front: MdFrontOption = "",
    broker: BrokerOption = "",
    user: UserOption = "",
    password: PasswordOption = "",
    library: LibraryOption = "",
    api: ApiOption = "",
    timeout: TimeoutOption = 15.0,
    seconds: SecondsOption = None,
    json: JsonOption = False,
) -> None:
    """Show quotes until q or Ctrl-C."""
    # Only this command needs the board.
    from anyvenue.app.ctp_tools.board_view import BoardView
    from anyvenue.app.ctp_tools.keys import can_read_keys
    from anyvenue.app.ctp_tools.quotes import QuoteFeed

    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    given = Given(
        account=account,
        preset=preset,
        md_front=md_front,
        broker=broker,
        user=user,
        password=password,
        library=library,
        api=api,
    )
    access = read_access(invocation, given, login=False)
    drawn = terminal.interactive and can_read_keys() and not lines
    wanted = [name for each in instruments or [] for name in each.split(",") if name]
    if not wanted and not drawn:
        raise ConfigError("name at least one instrument", code="config.ctp_no_instrument")
    told = _json_line if json else _text_line
    with tempfile.TemporaryDirectory() as flow, advised(terminal):
        feed = QuoteFeed(
            access, Path(flow), wanted, timeout, (lambda row: None) if drawn else told(terminal)
        )
        try:
            if drawn:
                BoardView(terminal, feed, red_rises=terminal.lang == "zh").run(seconds)
            else:
                _follow(feed, seconds)
        except KeyboardInterrupt:
            terminal.note("")
        finally:
            feed.close()


def _follow(feed: "QuoteFeed", seconds: float | None) -> None:
    """Let quotes come until the time is up."""
    stop, passed = Event(), 0.0
    while seconds is None or passed < seconds:
        stop.wait(min(_KEPT_S, seconds - passed) if seconds is not None else _KEPT_S)
        passed += _KEPT_S
        feed.keep()


def _json_line(terminal: Terminal) -> "Callable[[Row], None]":
    from anyvenue.venues.ctp.tools.shown import masked_fields

    def told(row: "Row") -> None:
        typer.echo(msgspec.json.encode(masked_fields(row)).decode())

    return told


def _text_line(terminal: Terminal) -> "Callable[[Row], None]":
    from anyvenue.app.ctp_tools.tables import cell_text

    def told(row: "Row") -> None:
        values = "  ".join(f"{cell_text(terminal, name, row.get(name, '')):>10}" for name in _SHOWN)
        at = f"{row.get('UpdateTime', '')!s}.{int(row.get('UpdateMillisec', 0)):03d}"
        terminal.say(f"{at}  {row.get('InstrumentID', '')!s:<14} {values}")

    return told
