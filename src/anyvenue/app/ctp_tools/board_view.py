"""The quote board on a terminal: drawn by rich four times a second, moved by keys."""

import time
from typing import TYPE_CHECKING

from anyvenue.app.ctp_tools.keys import raw_keys, read_keys
from anyvenue.app.ctp_tools.quotes import QuoteFeed
from anyvenue.app.ctp_tools.tables import field_head
from anyvenue.app.terminal import Terminal
from anyvenue.venues.ctp.tools.board import Line
from anyvenue.venues.ctp.tools.shown import Plain, value_text

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.table import Table as RichTable
    from rich.text import Text

__all__ = ["BoardView"]

_REFRESH_S = 0.25
# Title, heads, rule and the two lines below.
_FRAME = 6
_COLUMN = 12
_PAGE = 10
_MOVES = {"up": -1, "k": -1, "down": 1, "j": 1, "page-up": -_PAGE, "page-down": _PAGE}
_SCROLLS = {"left": -1, "h": -1, "right": 1, "l": 1}
_WHOLE = frozenset({"BidVolume1", "AskVolume1", "Volume", "OpenInterest"})


class BoardView:
    """Draws a feed's board and obeys keys until one says to leave."""

    def __init__(self, terminal: Terminal, feed: QuoteFeed, *, red_rises: bool) -> None:
        """Draw in the terminal's language; a rise is red as in China, or green as elsewhere."""
        self._terminal = terminal
        self._feed = feed
        self._rise, self._fall = ("red", "green") if red_rises else ("green", "red")
        self._typing: str | None = None
        self.done = False

    def run(self, seconds: float | None) -> None:
        """Draw until q, or until the time is up."""
        from rich.console import Console
        from rich.live import Live

        console = Console()
        end = None if seconds is None else time.monotonic() + seconds
        with raw_keys(), Live(console=console, screen=True, auto_refresh=False) as live:
            while not self.done and (end is None or time.monotonic() < end):
                live.update(self.picture(console), refresh=True)
                keys = read_keys(_REFRESH_S)
                for key in keys:
                    self.press(key)
                if "redraw" in keys:
                    console.clear()
                self._feed.keep()

    def press(self, key: str) -> None:
        """Obey a key."""
        if self._typing is not None:
            self._type(self._typing, key)
        elif key in ("q", "quit"):
            self.done = True
        elif key == "a":
            self._typing = ""
        elif key == "d":
            self._feed.remove()
        else:
            with self._feed.lock:
                self._feed.board.move(_MOVES.get(key, 0))
                self._feed.board.scroll(_SCROLLS.get(key, 0))

    def picture(self, console: "Console") -> "Group":
        """Return what is to be drawn on a console of this size."""
        from rich.console import Group
        from rich.text import Text

        board, terminal = self._feed.board, self._terminal
        with self._feed.lock:
            names = board.columns(max(2, console.width // _COLUMN))
            lines = board.lines(console.height - _FRAME, names)
            refused = "; ".join(f"{name}: {why}" for name, why in board.refused.items())
        state = terminal.text("cli.ctp_connected" if self._feed.connected else "cli.ctp_away")
        foot = terminal.text("cli.ctp_board_keys")
        if self._typing is not None:
            foot = f"{terminal.text('cli.ctp_board_add')} {self._typing}_"
        title = Text(f"{terminal.text('cli.ctp_board')}  {state}", style="bold", no_wrap=True)
        return Group(
            title,
            self._table(names, lines),
            Text(refused, style="yellow", no_wrap=True, overflow="ellipsis"),
            Text(foot, style="dim", no_wrap=True, overflow="ellipsis"),
        )

    def _table(self, names: tuple[str, ...], lines: list[Line]) -> "RichTable":
        from rich.box import SIMPLE_HEAD
        from rich.table import Table

        table = Table(box=SIMPLE_HEAD, expand=False, pad_edge=False, header_style="bold")
        for at, name in enumerate(names):
            head = field_head(self._terminal, name)
            table.add_column(head, justify="right" if at else "left", no_wrap=True)
        for line in lines:
            cells = [
                self._cell(name, value, line)
                for name, value in zip(names, line.values, strict=True)
            ]
            table.add_row(*cells, style="bold on grey30" if line.chosen else "")
        return table

    def _cell(self, name: str, value: Plain, line: Line) -> "Text":
        from rich.text import Text

        sign = 0.0
        if name == "LastPrice":
            sign = line.moved
        elif name in ("Change", "ChangePercent"):
            sign = line.change or 0.0
        style = (self._rise if sign > 0 else self._fall) if sign else ""
        return Text(_text(name, value), style=style)

    def _type(self, typed: str, key: str) -> None:
        if key == "enter":
            self._typing = None
            for name in typed.replace(",", " ").split():
                self._feed.add(name)
        elif key in ("escape", "quit"):
            self._typing = None
        elif key == "back":
            self._typing = typed[:-1]
        elif len(key) == 1:
            self._typing = typed + key


def _text(name: str, value: Plain) -> str:
    if isinstance(value, float) and name == "ChangePercent":
        return f"{value:+.2f}%"
    if isinstance(value, float) and name == "Change":
        return f"{'+' if value > 0 else ''}{value_text(value)}"
    if isinstance(value, float) and name in _WHOLE:
        return f"{value:.0f}"
    return value_text(value)
