"""The option ``--plot``: equity and drawdown drawn with letters, as wide as the terminal."""

import sys
from collections.abc import Sequence

from anyvenue.app.figures import clock_time, percent, zone_text
from anyvenue.app.terminal import Terminal
from anyvenue.app.wrapping import cells
from anyvenue.engine.results import RunResult
from anyvenue.report.braille import chart_lines

__all__ = ["plot_lines", "show_plot"]

_USUAL = 80
_WIDEST = 160
_NARROWEST = 10
_EQUITY_ROWS = 8
_DRAWDOWN_ROWS = 3


def show_plot(terminal: Terminal, results: Sequence[RunResult]) -> None:
    """Write a chart for each account and currency that has fills; the main currency in any case."""
    width = terminal.width if terminal.width <= _WIDEST else _USUAL
    for result in results:
        for currency, summary in result.summaries.items():
            if summary.fills or currency == result.currency:
                for line in plot_lines(terminal, result, currency, width, plain=not _braille()):
                    terminal.say(line)
                terminal.say()


def plot_lines(
    terminal: Terminal, result: RunResult, currency: str, width: int, *, plain: bool = False
) -> list[str]:
    """Return equity with the drawdown below it in lines of at most `width` cells."""
    samples = result.equity_in(currency)
    if len(samples) < 2:
        return [terminal.text("cli.plot_short")]
    values = [value for _, value in samples]
    falls = [fall for _, fall in result.drawdown_in(currency)]
    digits = 0 if max(values) - min(values) >= 10 else 2
    scale = [f"{each:,.{digits}f}" for each in (max(values), min(values))]
    low = percent(min(falls))
    margin = max(map(len, (*scale, low)))
    across = max(_NARROWEST, width - margin - 1)
    zone = zone_text(next(iter(result.instruments.values())))
    start, end = (clock_time(ts, zone)[:16] for ts in (samples[0][0], samples[-1][0]))
    title = f"{result.account} · {terminal.text('cli.plot_equity', currency=currency)}"
    return [
        *_labelled(title, scale, chart_lines(values, across, _EQUITY_ROWS, plain=plain), margin),
        *_labelled(
            terminal.text("figure.max_drawdown"),
            [percent(0.0), low],
            chart_lines(falls, across, _DRAWDOWN_ROWS, plain=plain),
            margin,
        ),
        _ends(start, end, margin, across),
    ]


def _labelled(title: str, scale: Sequence[str], lines: Sequence[str], margin: int) -> list[str]:
    """Return a chart with its highest value at the first line and its lowest at the last."""
    labels = [scale[0], *("" for _ in lines[2:]), scale[1]]
    drawn = zip(labels, lines, strict=True)
    return [title, *(f"{label:>{margin}} {line}".rstrip() for label, line in drawn)]


def _ends(start: str, end: str, margin: int, across: int) -> str:
    gap = across - cells(start) - cells(end)
    return " " * (margin + 1) + (f"{start}{' ' * gap}{end}" if gap > 0 else start)


def _braille() -> bool:
    try:
        "⣿·".encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
