"""How the commands about a running node find it, and what they do while none runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from anyvenue import __version__
from anyvenue.app.invocation import Invocation
from anyvenue.app.node_building import journal_folder
from anyvenue.model.enums import RiskScope, TradingState
from anyvenue.model.errors import ConfigError, ConnectivityError
from anyvenue.model.events import TradingHalted, TradingReleased
from anyvenue.oms.risk.halts import KILL_SWITCH
from anyvenue.runtime.clock import LiveClock
from anyvenue.runtime.control import ask, find_control
from anyvenue.runtime.journal import open_journal, read_journal

__all__ = ["JournalOption", "ask_node", "folder_of", "halt_later", "release_later"]

JournalOption = Annotated[Path | None, typer.Option("--journal", metavar="DIR", show_default=False)]


def folder_of(invocation: Invocation, given: Path | None) -> Path:
    """Return the journal's folder of the node that is meant; raise ConfigError when nothing names one."""
    # A broken configuration must not keep anybody from stopping a node.
    folder = given if given is not None else journal_folder(invocation.settings, None)
    if folder is None:
        raise ConfigError(
            'which node? Name its folder with --journal DIR, or with journal = "DIR" in [node]',
            code="config.which_node",
        )
    return folder


def ask_node(
    invocation: Invocation,
    given: Path | None,
    verb: str,
    arguments: Mapping[str, object] | None = None,
) -> object:
    """Return what the node answers; raise ConnectivityError when none runs, and what it refuses."""
    return ask(folder_of(invocation, given), verb, arguments)


def halt_later(folder: Path, reason: str) -> None:
    """Write a kill into the journal of a node that does not run, so that its next start is halted.

    Raise JournalError when the node runs after all or there is no journal, ConfigError for a halt that is there.
    """
    now = LiveClock().now()
    event = TradingHalted(
        RiskScope.NODE, "", KILL_SWITCH, TradingState.HALTED, reason, now, now, True
    )
    _append(folder, event, now)


def release_later(folder: Path, rule: str, reason: str) -> None:
    """Write a release into the journal of a node that does not run; raise JournalError as `halt_later` does."""
    now = LiveClock().now()
    _append(folder, TradingReleased(RiskScope.NODE, "", rule, now, now, reason), now)


def _append(folder: Path, event: TradingHalted | TradingReleased, now: int) -> None:
    if find_control(folder):
        _check_gone(folder)
    node = _owner(folder)
    journal = open_journal(folder, node=node, ts=now, version=__version__, sync="order")
    try:
        journal.append(event, now)
    finally:
        journal.close()


def _check_gone(folder: Path) -> None:
    """Raise ConfigError when a node answers after all."""
    try:
        ask(folder, "status", timeout_s=2.0)
    except ConnectivityError:
        return
    raise ConfigError(f"a node runs on {folder}; ask it instead", key="journal")


def _owner(folder: Path) -> str:
    reader = read_journal(folder)
    next(reader.records(), None)  # whose it is stands at its beginning
    return reader.node
