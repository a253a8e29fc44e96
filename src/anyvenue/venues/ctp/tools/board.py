"""A board of quotes: which instruments, what is shown of them, what is in sight. Drawing it is somebody else's."""

from collections.abc import Mapping, Sequence

import msgspec

from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.tools.shown import Plain, plain_value

__all__ = ["COLUMNS", "Board", "Line", "change_of"]

COLUMNS = (
    "InstrumentID",
    "LastPrice",
    "Change",
    "ChangePercent",
    "BidPrice1",
    "BidVolume1",
    "AskPrice1",
    "AskVolume1",
    "Volume",
    "OpenInterest",
    "PreSettlementPrice",
    "OpenPrice",
    "HighestPrice",
    "LowestPrice",
    "UpperLimitPrice",
    "LowerLimitPrice",
    "SettlementPrice",
    "AveragePrice",
    "Turnover",
    "UpdateTime",
    "TradingDay",
    "ExchangeID",
)
"""All columns; the first stays while the others are scrolled."""


class Line(msgspec.Struct, frozen=True):
    """One line in sight: texts are left to whoever draws; `moved` is 1 after a rise of the price, -1 after a fall."""

    instrument: str
    values: tuple[Plain, ...]
    chosen: bool
    moved: int
    change: float | None


class Board:
    """The state of the board; not safe for use by several threads at once."""

    def __init__(self, instruments: Sequence[str]) -> None:
        """Begin with these instruments, each once."""
        self.instruments = list(dict.fromkeys(instruments))
        self.quotes: dict[str, dict[str, Plain]] = {}
        self.refused: dict[str, str] = {}
        self.chosen = 0
        self.first_column = 1
        self._top = 0
        self._moved: dict[str, int] = {}

    def add(self, instrument: str) -> bool:
        """Show another instrument and choose it; return False where it is there already."""
        new = instrument not in self.instruments
        if new:
            self.instruments.append(instrument)
        self.chosen = self.instruments.index(instrument)
        return new

    def remove(self) -> str:
        """Take the chosen instrument away and return it, "" where there is none."""
        if not self.instruments:
            return ""
        gone = self.instruments.pop(self.chosen)
        self.quotes.pop(gone, None)
        self.refused.pop(gone, None)
        self.chosen = max(0, min(self.chosen, len(self.instruments) - 1))
        return gone

    def move(self, by: int) -> None:
        """Choose an instrument further down, or up."""
        self.chosen = max(0, min(self.chosen + by, len(self.instruments) - 1))

    def scroll(self, by: int) -> None:
        """Show columns further to the right, or to the left."""
        self.first_column = max(1, min(self.first_column + by, len(COLUMNS) - 1))

    def quote(self, fields: Mapping[str, Value]) -> str:
        """Take a depth message and return its instrument, "" for one that is not shown."""
        instrument = str(fields.get("InstrumentID", ""))
        if instrument not in self.instruments:
            return ""
        new = {name: plain_value(value) for name, value in fields.items()}
        old = self.quotes.get(instrument, {}).get("LastPrice")
        last = new.get("LastPrice")
        if isinstance(old, float) and isinstance(last, float) and old != last:
            self._moved[instrument] = 1 if last > old else -1
        self.quotes[instrument] = new
        return instrument

    def columns(self, count: int) -> tuple[str, ...]:
        """Return the names of `count` columns in sight."""
        return (COLUMNS[0], *COLUMNS[self.first_column : self.first_column + max(count - 1, 1)])

    def lines(self, height: int, columns: Sequence[str]) -> list[Line]:
        """Return at most `height` lines with these columns, the chosen one among them."""
        height = max(height, 1)
        self._top = min(max(self._top, self.chosen - height + 1), self.chosen)
        shown = self.instruments[self._top : self._top + height]
        return [self._line(each, columns) for each in shown]

    def _line(self, instrument: str, columns: Sequence[str]) -> Line:
        quote = self.quotes.get(instrument, {})
        change = change_of(quote)
        derived: dict[str, Plain] = {
            "InstrumentID": instrument,
            "Change": change,
            "ChangePercent": _percent(change, quote),
        }
        values = tuple(derived[name] if name in derived else quote.get(name) for name in columns)
        chosen = instrument == self.instruments[self.chosen]
        return Line(instrument, values, chosen, self._moved.get(instrument, 0), change)


def change_of(quote: Mapping[str, Plain]) -> float | None:
    """Return by how much the last price differs from the settlement before, None where one of them is missing."""
    last, before = quote.get("LastPrice"), quote.get("PreSettlementPrice")
    if isinstance(last, float) and isinstance(before, float) and before and last:
        return round(last - before, 6)
    return None


def _percent(change: float | None, quote: Mapping[str, Plain]) -> float | None:
    before = quote.get("PreSettlementPrice")
    return change / before * 100 if change is not None and isinstance(before, float) else None
