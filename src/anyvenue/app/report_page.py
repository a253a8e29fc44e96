"""The option ``--report``: what is checked before a run, and the page that is written after it."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from anyvenue.app.terminal import Terminal
from anyvenue.data.sample import SAMPLE_NOTE
from anyvenue.data.source import Source
from anyvenue.engine.results import RunResult
from anyvenue.model.errors import ConfigError
from anyvenue.report.bundle import require_plotly

__all__ = ["check_report", "setting_line", "write_report"]


def check_report(path: Path | None) -> None:
    """Raise ConfigError for a page that could not be made or written: a long run must not end with that."""
    if path is None:
        return
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


def write_report(
    path: Path,
    terminal: Terminal,
    results: Sequence[RunResult],
    name: str,
    document: object,
    sources: Sequence[Source],
    setting: Sequence[str] = (),
) -> None:
    """Write the page and say so; data of the sample generator is labelled as made up."""
    from anyvenue.report.page import ReportFacts, render_page  # most runs need no page

    assumed = [(source.instrument.id, note) for source in sources for note in source.assumptions]
    facts = ReportFacts(
        name=name,
        synthetic=any(note == SAMPLE_NOTE for _, note in assumed),
        setting=setting,
        notes=list(dict.fromkeys(f"{of}: {note}" for of, note in assumed)),
        document=msgspec.json.encode(document),
    )
    path.write_text(render_page(results, facts, terminal.lang), encoding="utf-8")
    terminal.note(terminal.text("cli.report_written", path=path))
