"""``anyvenue replay``: what a node recorded, run again and compared with its journal."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from anyvenue.app.exits import FAILED
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import JsonOption
from anyvenue.app.progress import ProgressLine
from anyvenue.app.recorded_terms import RebuiltNode
from anyvenue.app.replay_view import Unplayed, replay_document, show_replay
from anyvenue.app.strategies import load_strategy
from anyvenue.app.terminal import Terminal
from anyvenue.engine.replaying import (
    RecordedSession,
    SessionReport,
    recorded_sessions,
    replay_session,
)
from anyvenue.model.errors import AnyvenueError, ConfigError
from anyvenue.runtime.control import find_control
from anyvenue.strategy.base import Strategy

__all__ = ["command"]

_Folder = Annotated[Path, typer.Argument(metavar="DIR", show_default=False)]
_First = Annotated[int, typer.Option("--from", metavar="SESSION", min=1)]
_Last = Annotated[int | None, typer.Option("--to", metavar="SESSION", min=1, show_default=False)]
_Changed = Annotated[
    list[str] | None, typer.Option("--strategy", metavar="[NAME=]FILE", show_default=False)
]
_Changes = Mapping[str, Callable[[], type[Strategy]]]


def command(
    ctx: typer.Context,
    folder: _Folder,
    first: _First = 1,
    last: _Last = None,
    strategy: _Changed = None,
    json: JsonOption = False,
) -> None:
    """Run what a node recorded again."""
    terminal = invocation_of(ctx).terminal(machine=json)
    sessions = _chosen(recorded_sessions(folder), first, last)
    changed = _changes(strategy or [], sessions)
    reports, unplayed = _replay_all(terminal, sessions, changed, bool(find_control(folder)))
    if json:
        terminal.json(replay_document(reports, unplayed))
    else:
        show_replay(terminal, reports, unplayed)
        if changed:
            terminal.note(terminal.text("cli.replay_what_if"))
    differs = any(not each.equal for each in reports)
    if unplayed or (differs and not changed):
        raise typer.Exit(FAILED)


def _replay_all(
    terminal: Terminal, sessions: Sequence[RecordedSession], changed: _Changes, running: bool
) -> tuple[list[SessionReport], list[Unplayed]]:
    reports: list[SessionReport] = []
    unplayed: list[Unplayed] = []
    with ProgressLine() as line:
        for at, session in enumerate(sessions, 1):
            show = partial(_show_progress, terminal, line, f"{at}/{len(sessions)}")
            open_end = running and session is sessions[-1]
            try:
                reports.append(
                    replay_session(
                        session, RebuiltNode, changed=changed, running=open_end, progress=show
                    )
                )
            except AnyvenueError as error:
                unplayed.append(Unplayed(session.number, error))
    return reports, unplayed


def _show_progress(terminal: Terminal, line: ProgressLine, session: str, played: int) -> None:
    if line.shown and line.due():
        line.show(terminal.text("cli.replay_progress", session=session, played=f"{played:,}"))


def _chosen(
    sessions: Sequence[RecordedSession], first: int, last: int | None
) -> list[RecordedSession]:
    found = [each for each in sessions if first <= each.number <= (last or len(sessions))]
    if not found:
        raise ConfigError(
            f"sessions 1 to {len(sessions)} were recorded; --from {first} --to {last or len(sessions)} names none",
            code="config.replay_sessions",
            count=len(sessions),
        )
    return found


def _changes(
    given: Sequence[str], sessions: Sequence[RecordedSession]
) -> dict[str, Callable[[], type[Strategy]]]:
    """Return by strategy what loads the code to be used in place of the recorded one."""
    known = list(dict.fromkeys(each.name for one in sessions for each in one.began.strategies))
    found: dict[str, Callable[[], type[Strategy]]] = {}
    for text in given:
        name, equals, file = text.partition("=")
        if not equals:
            name, file = (known[0] if len(known) == 1 else ""), text
        if name not in known:
            raise ConfigError(
                f"--strategy was {text!r}; write NAME=FILE with one of the recorded strategies: {', '.join(known)}",
                code="config.replay_strategy",
                value=text,
                known=known,
            )
        load_strategy(file)  # what is wrong with it is said before anything is played
        found[name] = partial(load_strategy, file)
    return found
