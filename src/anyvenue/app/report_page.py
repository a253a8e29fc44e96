"""The option ``--report``: what is checked before a run, and the page that is written after it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from anyvenue.app.terminal import Terminal
from anyvenue.data.source import Source
from anyvenue.engine.optimise.result import OptimiseResult
from anyvenue.engine.results import RunResult
from anyvenue.model.errors import ConfigError
from anyvenue.report.bundle import require_plotly

if TYPE_CHECKING:
    from anyvenue.report.page import ReportFacts

__all__ = ["check_report", "setting_line", "write_report", "write_search"]


def check_report(path: Path | None, *, drawn: bool = True) -> None:
    """Raise ConfigError for a page that could not be made or written: a long run must not end with that.

    With `drawn` the page has charts, for which plotly must be installed.
    """
    if path is None:
        return
    if drawn:
        require_plotly()
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise ConfigError(
            f"--report was {str(path)!r}; expected a file in a folder that exists, such as report.html",
            code="config.report",
            value=str(path),
        )


def setting_line(parameters: Iterable[tuple[str, object]]) -> list[str]:
    """Return parameters as one line, no line without any."""
    words = " ".join(f"{key}={value}" for key, value in parameters)
    return [words] if words else []


def write_search(
    path: Path,
    terminal: Terminal,
    result: OptimiseResult,
    sources: Sequence[Source],
    setting: Sequence[str] = (),
) -> None:
    """Write the page of a parameter search and say so."""
    from anyvenue.report.search_page import render_search_page  # most runs need no page

    facts = _facts(result.strategy, result.document(), sources, setting)
    instruments = [source.instrument for source in sources]
    page = render_search_page(result, facts, instruments, terminal.lang)
    path.write_text(page, encoding="utf-8")
    terminal.note(terminal.text("cli.report_written", path=path))


def write_report(
    path: Path,
    terminal: Terminal,
    results: Sequence[RunResult],
    name: str,
    document: object,
    sources: Sequence[Source],
    setting: Sequence[str] = (),
) -> None:
    """Write the page and say so; synthetic data is labelled as made up."""
    from anyvenue.report.page import render_page  # most runs need no page

    facts = _facts(name, document, sources, setting)
    path.write_text(render_page(results, facts, terminal.lang), encoding="utf-8")
    terminal.note(terminal.text("cli.report_written", path=path))


def _facts(
    name: str, document: object, sources: Sequence[Source], setting: Sequence[str]
) -> "ReportFacts":
    from anyvenue.report.page import ReportFacts

    assumed = [(source.instrument.id, note) for source in sources for note in source.assumptions]
    return ReportFacts(
        name=name,
        synthetic=any(source.synthetic for source in sources),
        setting=setting,
        notes=list(dict.fromkeys(f"{of}: {note}" for of, note in assumed)),
        document=msgspec.json.encode(document),
    )
