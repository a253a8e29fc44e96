"""``anyvenue ctp probe``: whether an access works, step by step, and what to do where it does not."""

from typing import Annotated, Literal

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
from anyvenue.app.exits import FAILED
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import JsonOption
from anyvenue.app.probe_report import show_steps

__all__ = ["probe"]

_Side = Annotated[Literal["both", "trader", "md"], typer.Option("--side", metavar="SIDE")]


def probe(
    ctx: typer.Context,
    side: _Side = "both",
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
    timeout: TimeoutOption = 10.0,
    json: JsonOption = False,
) -> None:
    """Try an access."""
    # Only this command needs the probe.
    from anyvenue.venues.ctp.tools.probing import probe_access

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
    access = read_access(invocation, given, login=False)
    steps = [
        step
        for which in ("trader", "md")
        if side in ("both", which) and access.fronts(which)
        for step in probe_access(access, which, timeout)
    ]
    show_steps(terminal, steps)
    # Of several fronts one is enough: what counts is how far each side came.
    ends = {step.side: step for step in steps}
    if not ends or not all(step.good for step in ends.values()):
        raise typer.Exit(FAILED)
