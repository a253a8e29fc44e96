"""``anyvenue ctp print``: every callback with all its fields."""

import tempfile
import time
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from anyvenue.app.ctp_tools.access import (
    AccountOption,
    ApiOption,
    AppIdOption,
    AuthCodeOption,
    BrokerOption,
    FrontOption,
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

if TYPE_CHECKING:
    from anyvenue.venues.ctp.tools.access import Access
    from anyvenue.venues.ctp.tools.conversation import Conversation, Heard

__all__ = ["print_callbacks"]

_Instruments = Annotated[
    list[str] | None, typer.Argument(metavar="INSTRUMENT...", show_default=False)
]
_Only = Annotated[list[str] | None, typer.Option("--only", metavar="PATTERN", show_default=False)]
_Skip = Annotated[list[str] | None, typer.Option("--skip", metavar="PATTERN", show_default=False)]
_Ask = Annotated[list[str] | None, typer.Option("--ask", metavar="REQUEST", show_default=False)]
_Topics = Annotated[Literal["restart", "quick"], typer.Option("--topics", metavar="MODE")]
_LOOK_S = 0.2
_RESUME = {"restart": 0, "quick": 2}


def print_callbacks(
    ctx: typer.Context,
    instruments: _Instruments = None,
    only: _Only = None,
    skip: _Skip = None,
    ask: _Ask = None,
    topics: _Topics = "restart",
    account: AccountOption = "",
    preset: PresetOption = "",
    front: FrontOption = "",
    md_front: MdFrontOption = "",
    broker: BrokerOption = "",
    user: UserOption = "",
    password: PasswordOption = "",
    app_id: AppIdOption = "",
    auth_code: AuthCodeOption = "",
    library: LibraryOption = "",
    api: ApiOption = "",
    timeout: TimeoutOption = 15.0,
    seconds: SecondsOption = None,
    json: JsonOption = False,
) -> None:
    """Print callbacks until Ctrl-C."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    given = Given(
        account=account,
        preset=preset,
        front=front,
        md_front=md_front,
        broker=broker,
        user=user,
        password=password,
        app_id=app_id,
        auth_code=auth_code,
        library=library,
        api=api,
    )
    access = read_access(invocation, given, login=not instruments)
    printer = _Printer(only or [], skip or [], json)
    with tempfile.TemporaryDirectory() as flow, advised(terminal):
        made: list[Conversation] = []
        try:
            if access.user and access.front:
                made.append(_trader(access, Path(flow), printer, _RESUME[topics], timeout, ask))
            if instruments:
                made.append(_quotes(access, Path(flow), printer, instruments, timeout))
            _wait(terminal, made, seconds)
        finally:
            for each in made:
                each.close()


def _trader(
    access: "Access",
    flow: Path,
    printer: "_Printer",
    resume: int,
    timeout: float,
    requests: list[str] | None,
) -> "Conversation":
    from anyvenue.venues.ctp.tools.access import converse
    from anyvenue.venues.ctp.tools.commands import parse_fields
    from anyvenue.venues.ctp.tools.login import log_in

    conversation = printer.listen(lambda hear: converse(access, "trader", flow, hear))
    try:
        conversation.start(access.fronts("trader"), resume, resume)
        conversation.wait_connected(timeout)
        log_in(conversation, access, timeout)
        base = {"BrokerID": access.broker, "InvestorID": access.user, "AccountID": access.user}
        for request in requests or []:
            name, *words = request.split()
            fields = parse_fields(words, conversation.request_fields(name))
            conversation.ask(name, {**base, **fields}, timeout)
    except BaseException:
        conversation.close()
        raise
    return conversation


def _quotes(
    access: "Access", flow: Path, printer: "_Printer", instruments: list[str], timeout: float
) -> "Conversation":
    from anyvenue.venues.ctp.tools.access import converse
    from anyvenue.venues.ctp.tools.login import log_in_md

    conversation = printer.listen(lambda hear: converse(access, "md", flow, hear))
    try:
        conversation.start(access.fronts("md"))
        conversation.wait_connected(timeout)
        log_in_md(conversation, access, timeout)
        conversation.session.subscribe("SubscribeMarketData", instruments)
    except BaseException:
        conversation.close()
        raise
    return conversation


def _wait(terminal: Terminal, made: "list[Conversation]", seconds: float | None) -> None:
    """Wait for Ctrl-C, which ends it well, or for the end of whoever reads."""
    stop = Event()
    end = None if seconds is None else time.monotonic() + seconds
    try:
        while end is None or time.monotonic() < end:
            stop.wait(_LOOK_S if end is None else min(_LOOK_S, max(end - time.monotonic(), 0.0)))
            for each in made:
                each.check()
    except KeyboardInterrupt:
        terminal.note("")


class _Printer:
    """Prints what passes the filters, one callback at a time, whichever thread it comes from."""

    def __init__(self, only: list[str], skip: list[str], json: bool) -> None:
        self._only = only
        self._skip = skip
        self._json = json
        self._lock = Lock()

    def listen(
        self, opened: Callable[[Callable[["Heard"], None]], "Conversation"]
    ) -> "Conversation":
        """Open a conversation and print what it hears."""
        made: list[Conversation] = []
        # Nothing comes before it is started.
        made.append(opened(lambda heard: self._print(made[0], heard)))
        return made[0]

    def _print(self, conversation: "Conversation", heard: "Heard") -> None:
        from anyvenue.venues.ctp.tools.shown import heard_document, heard_lines

        if not self._wanted(heard.callback):
            return
        struct = conversation.struct_of(heard.callback)
        description = conversation.description
        with self._lock:
            if self._json:
                document = heard_document(description, heard, struct)
                typer.echo(msgspec.json.encode(document).decode())
            else:
                typer.echo("\n".join(heard_lines(description, heard, struct)))

    def _wanted(self, callback: str) -> bool:
        if any(fnmatch(callback, pattern) for pattern in self._skip):
            return False
        return not self._only or any(fnmatch(callback, pattern) for pattern in self._only)
