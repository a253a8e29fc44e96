"""Captures of venues' feeds: JSON messages, so there is no header to tell them by (`anyvenue.data.captures` does)."""

from anyvenue.data.profiles import Profile, Record, TimeForm

__all__ = ["captures"]

_TIMES = "ts_recv is the recorder's time of each line, ts_event the venue's in its message"
_BOOK = (
    "the book is built from a depth snapshot and the depth messages, their sequence checked; where one is missing "
    "there is no book until the next snapshot",
    "a bookTicker newer than the book moves its best prices",
    "last, volume and turnover count the capture's own trades from its beginning on, anew every trading day",
)


def captures() -> list[Profile]:
    """Return what can be read from a capture of Binance's streams: the book, the best prices or the trades."""
    return [
        _profile("binance-ws", "Binance stream capture: the book", Record.DEPTH, _BOOK),
        _profile("binance-ws-quote", "Binance stream capture: bookTicker", Record.QUOTE),
        _profile("binance-ws-trade", "Binance stream capture: trades", Record.TRADE),
    ]


def _profile(name: str, title: str, record: Record, assumptions: tuple[str, ...] = ()) -> Profile:
    return Profile(
        name=name,
        title=title,
        record=record,
        header=(),
        columns={},
        time=(),
        time_form=TimeForm.NANOSECONDS,
        zone="UTC",
        levels=10,
        assumptions=(_TIMES, *assumptions),
    )
