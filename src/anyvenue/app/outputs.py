"""What a run over recorded data leaves behind, the same for ``backtest`` and ``paper``."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from anyvenue.app.plot import show_plot
from anyvenue.app.report import result_json, show_problems, show_run, write_trades
from anyvenue.app.report_page import check_report, setting_line, write_report
from anyvenue.app.terminal import Terminal
from anyvenue.data.source import Source
from anyvenue.engine.results import RunResult
from anyvenue.model.errors import ConfigError

__all__ = ["Outputs"]


class Outputs(msgspec.Struct, frozen=True, kw_only=True):
    """What the options ask for besides the run itself."""

    trades: Path | None = None
    report: Path | None = None
    plot: bool = False
    json: bool = False

    def check(self) -> None:
        """Raise ConfigError for a file that could not be written: a long run must not end with that."""
        check_report(self.report)
        path = self.trades
        if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
            raise ConfigError(
                f"--trades was {str(path)!r}; expected a file in a folder that exists, such as trades.csv",
                code="config.trades",
                value=str(path),
            )

    def give(
        self,
        terminal: Terminal,
        result: RunResult,
        name: str,
        sources: Sequence[Source],
        given: Mapping[str, object],
    ) -> None:
        """Print the result, then write the files that were asked for, then name what went wrong in the run."""
        document = result_json(result, name)
        if self.json:
            terminal.json(document)
        else:
            show_run(terminal, result, name)
        if self.plot:
            show_plot(terminal, [result])
        if self.trades is not None:
            write_trades(self.trades, result)
        if self.report is not None:
            lines = setting_line(given.items())
            write_report(self.report, terminal, [result], name, document, sources, lines)
        show_problems(terminal, [result])
