"""Which instrument a capture is of: from the symbols its first messages name, and the other way round."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from anyvenue.data.captures.binance import Message, decode
from anyvenue.data.captures.lines import Line, line_error, read_lines
from anyvenue.data.captures.raw import Clock
from anyvenue.model.enums import InstrumentKind
from anyvenue.model.errors import DataError
from anyvenue.model.instruments import Instrument
from anyvenue.reference.catalog import Catalog

__all__ = ["Sample", "symbol_of"]

_SAMPLE = 1_000
# The longer first, so that BTCFDUSD is not taken for BTCFD in USD.
_QUOTED_IN = (
    "FDUSD",
    "USDT",
    "USDC",
    "BUSD",
    "TUSD",
    "USD",
    "BTC",
    "ETH",
    "BNB",
    "EUR",
    "TRY",
    "JPY",
    "BRL",
)
_CASH = (InstrumentKind.SPOT, InstrumentKind.FX)


class Sample:
    """What the first messages of a capture tell.

    `symbols` are in the order of appearance; `futures` tells a futures venue; `lag_ns` is by how much receive times lie
    before the venue's own at most.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        """Read the first messages; raise DataError when none is Binance's."""
        self.symbols: dict[str, None] = {}
        self.futures = False
        self.lag_ns = 0
        self._first: Line | None = None
        clock = Clock()
        for line in islice(read_lines(paths), _SAMPLE):
            self._first = self._first or line
            found = decode(line)
            if found is None:
                continue
            symbol = found.s if isinstance(found, Message) else found.symbol
            if symbol:
                self.symbols[symbol] = None
            if isinstance(found, Message):
                self.futures = self.futures or found.pu is not None or bool(found.ps)
            self.lag_ns = max(self.lag_ns, clock(line, found) - line.ts)
        if not self.symbols:
            raise self._error(paths, "no message of Binance's streams was found", "such a capture")
        self._paths = paths

    def find(self, catalog: Catalog) -> Instrument:
        """Return the instrument of the one symbol; raise DataError for several, UnknownInstrument."""
        if len(self.symbols) > 1:
            raise self._error(
                self._paths,
                f"the capture is of several symbols: {', '.join(self.symbols)}",
                "one of them from you: --instrument ID",
            )
        return catalog.get(_id_of(next(iter(self.symbols)), self.futures))

    def symbol_for(self, instrument: Instrument) -> str:
        """Return the venue's name of an instrument as it stands in the capture; raise DataError when it does not."""
        symbol = symbol_of(instrument)
        if symbol in self.symbols:
            return symbol
        raise self._error(
            self._paths,
            f"the first messages are of {', '.join(self.symbols)}, not of {symbol} ({instrument.id})",
            "another instrument: --instrument ID",
        )

    def warnings(self, instrument: Instrument) -> list[str]:
        """Return what a user should know."""
        found = []
        if self.lag_ns > 0:
            found.append(
                f"the recorder's clock was behind the venue's by up to {self.lag_ns / 1e6:,.0f} ms: receive times lie "
                f"before the events"
            )
        if self.futures is (instrument.kind in _CASH):
            kind = "a futures venue" if self.futures else "the spot venue"
            found.append(
                f"the capture is of {kind}, but {instrument.id} is a {instrument.kind.value}"
            )
        return found

    def _error(self, paths: Sequence[Path], what: str, expected: str) -> DataError:
        line = self._first or Line(0, 0, paths[0], "", b"")
        return line_error(line, what, expected=expected)


def symbol_of(instrument: Instrument) -> str:
    """Return Binance's name of an instrument: as listed, else made from its id (BTC-USDT-PERP is BTCUSDT)."""
    if instrument.venue_symbol:
        return instrument.venue_symbol.upper()
    base, _, rest = instrument.symbol.partition("-")
    quote, _, contract = rest.partition("-")
    if instrument.inverse and contract:
        return f"{base}{quote}_{contract}".upper()
    return (base + quote).upper()


def _id_of(symbol: str, futures: bool) -> str:
    """Return our id of a symbol of Binance's: BTCUSDT, or BTCUSD_PERP and BTCUSD_240927 of the inverse contracts."""
    pair, _, contract = symbol.partition("_")
    quote = next((each for each in _QUOTED_IN if pair.endswith(each) and pair != each), "")
    base = pair.removesuffix(quote)
    name = f"{base}-{quote}" if quote else pair
    if futures or contract:
        name += f"-{contract or 'PERP'}"
    return f"{name}.BINANCE"
