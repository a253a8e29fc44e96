"""What the commands that run a session have in common."""

from collections.abc import Sequence
from pathlib import Path

import typer

from anyvenue.app.exits import FAILED, INTERRUPTED
from anyvenue.app.live import LiveView, describe
from anyvenue.app.report import clean
from anyvenue.app.session import PlainView, Session, View
from anyvenue.app.settings import Settings
from anyvenue.app.terminal import Terminal
from anyvenue.engine.results import RunResult
from anyvenue.engine.synthetic import DEMO_INSTRUMENTS, SyntheticFeed, synthetic_feed
from anyvenue.reference.catalog import Catalog

__all__ = ["finish", "require_data", "synthetic_for", "view_for"]


def view_for(terminal: Terminal, settings: Settings, title: str) -> View:
    """Return the picture for a terminal, lines every few seconds for anything else."""
    if terminal.interactive:
        return LiveView(terminal, title)
    quiet = settings.config.node.log_level in ("warning", "error")
    return PlainView(terminal, lambda session: describe(terminal, session), log=not quiet)


def require_data(terminal: Terminal, files: Sequence[Path] | None, synthetic: bool) -> None:
    """Refuse a run over nothing as wrong usage."""
    if not files and not synthetic:
        raise typer.BadParameter(terminal.text("cli.no_data"))


def synthetic_for(
    settings: Settings, catalog: Catalog, seed: int | None, instruments: Sequence[str]
) -> SyntheticFeed:
    """Return the synthetic market that goes on for ever."""
    return synthetic_feed(
        catalog,
        date=catalog.date,
        seed=settings.config.sim.seed if seed is None else seed,
        instruments=instruments or DEMO_INSTRUMENTS,
        hours=settings.config.sim.hours or "always",
    )


def finish(session: Session, results: Sequence[RunResult]) -> None:
    """Exit with 130 after a signal, with 1 where the books, an order or a strategy is not as it should be."""
    if session.interrupted:
        raise typer.Exit(INTERRUPTED)
    if not clean(results):
        raise typer.Exit(FAILED)
