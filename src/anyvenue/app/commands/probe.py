"""``anyvenue probe``: whether venues can be reached and used, layer by layer, and what to do where not."""

from typing import Annotated

import typer

from anyvenue.app.accounts import AccountConfig
from anyvenue.app.exits import FAILED
from anyvenue.app.invocation import Invocation, invocation_of
from anyvenue.app.options import InstrumentOption, JsonOption, SetOption
from anyvenue.app.past_access import AccountOption, venue_config, venue_settings
from anyvenue.app.probe_report import show_steps, step_documents
from anyvenue.app.progress import ProgressLine
from anyvenue.app.questions import make_sure
from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import ConfigError
from anyvenue.runtime.loop import run as run_loop
from anyvenue.venues.probing.steps import Step
from anyvenue.venues.registry import BUILT_IN, find_venue

__all__ = ["command"]

_Venue = Annotated[str | None, typer.Argument(metavar="[VENUE]", show_default=False)]
_TestOrder = Annotated[bool, typer.Option("--test-order")]
_Yes = Annotated[bool, typer.Option("--yes", "-y")]
_CTP = "ctp"


def command(
    ctx: typer.Context,
    venue: _Venue = None,
    account: AccountOption = None,
    settings: SetOption = None,
    test_order: _TestOrder = False,
    instrument: InstrumentOption = None,
    yes: _Yes = False,
    json: JsonOption = False,
) -> None:
    """Try venues, layer by layer."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    if test_order and account is None:
        raise ConfigError(
            "--test-order places an order: name the account it is for with --account",
            code="config.probe_account",
        )
    pairs = settings or []
    if account is None and venue is not None:
        found = _public(invocation, venue, pairs)
    else:
        order = (instrument or "") if test_order else None
        found = {
            each.name: _account(invocation, terminal, each, pairs, order, yes)
            for each in _accounts(invocation, account, venue)
        }
    _show(terminal, found)
    if not all(_good(steps) for steps in found.values()):
        raise typer.Exit(FAILED)


def _accounts(
    invocation: Invocation, account: str | None, venue: str | None
) -> list[AccountConfig]:
    """Return the account that was named, else all; raise AccountError, or ConfigError where there are none."""
    if account is not None:
        return [invocation.settings.account(account, venue)]
    found = list(invocation.settings.config.accounts.values())
    if not found:
        known = ", ".join(BUILT_IN)
        raise ConfigError(
            f"there are no accounts to probe: name a venue ({known}), or make an account with anyvenue init",
            code="config.probe_nothing",
            known=known,
        )
    return found


def _public(invocation: Invocation, name: str, pairs: list[str]) -> dict[str, list[Step]]:
    """Try a venue as everybody reaches it; each of its markets, where nobody said which."""
    from anyvenue.app.probing import ProbeTarget, probe_target

    if name == _CTP:
        return {name: _ctp(invocation, "")}
    venue = find_venue(name)
    chosen = {pair.partition("=")[0] for pair in pairs}
    found: dict[str, list[Step]] = {}
    for market in (
        venue.markets if not any(chosen & each.keys() for each in venue.markets) else [{}]
    ):
        label = " ".join([name, *(f"{key}={value}" for key, value in market.items())])
        target = ProbeTarget(venue, venue_config(venue, pairs, market))
        with ProgressLine() as line:
            line.show(label)
            found[label] = run_loop(probe_target(target, None))
    return found


def _account(
    invocation: Invocation,
    terminal: Terminal,
    account: AccountConfig,
    pairs: list[str],
    order: str | None,
    sure: bool,
) -> list[Step]:
    from anyvenue.app.probing import ProbeTarget, TestOrder, probe_target

    if account.venue == _CTP:
        if order is not None:
            raise ConfigError(
                "test orders of CTP accounts are placed by hand: anyvenue ctp shell",
                code="config.probe_ctp_order",
            )
        return _ctp(invocation, account.name)
    venue = find_venue(account.venue)
    changed = {**account.settings, **venue_settings(venue, pairs)}
    whole = AccountConfig(name=account.name, venue=account.venue, settings=changed)
    try:
        config = whole.reveal(invocation.environ)
    except ConfigError as error:
        return [Step(side="account", step="settings", state="failed", error=error)]
    target = ProbeTarget(venue, config, account.name)
    if order is not None and target.live:
        make_sure(terminal.text("cli.probe_sure", account=account.name, venue=account.venue), sure)
    wish = None
    if order is not None:
        waits = terminal.text("cli.probe_waits")
        catalog = invocation.settings.catalog()
        wish = TestOrder(order, catalog, lambda: terminal.note(waits))
    with ProgressLine() as line:
        line.show(account.name)
        return run_loop(probe_target(target, wish))


def _ctp(invocation: Invocation, account: str) -> list[Step]:
    """Try both sides of a CTP access; without an account that of one's own counter."""
    from anyvenue.app.ctp_tools.access import Given, read_access
    from anyvenue.venues.ctp.tools.probing import probe_access

    access = read_access(invocation, Given(account=account), login=False)
    return [
        step
        for which in ("trader", "md")
        if access.fronts(which)
        for step in probe_access(access, which, 10.0)
    ]


def _good(steps: list[Step]) -> bool:
    """Tell whether everything works; of several fronts of a CTP side one is enough."""
    last = {
        step.side if step.side in ("trader", "md") else str(at): step
        for at, step in enumerate(steps)
    }
    return bool(steps) and all(step.good for step in last.values())


def _show(terminal: Terminal, found: dict[str, list[Step]]) -> None:
    if terminal.machine:
        terminal.json(
            [
                {"name": name, "good": _good(steps), "steps": step_documents(terminal, steps)}
                for name, steps in found.items()
            ]
        )
        return
    for at, (name, steps) in enumerate(found.items()):
        if at:
            terminal.say()
        if len(found) > 1:
            terminal.say(name)
        show_steps(terminal, steps)
