"""What a file's name says: instrument, date and bar interval."""

import re
from collections.abc import Callable
from datetime import date

from anyvenue.data.intervals import interval_text, parse_interval
from anyvenue.model.errors import ConfigError
from anyvenue.reference.products import FUTURES_EXCHANGES

__all__ = ["date_in_name", "instrument_in_name", "interval_in_name"]

_DATE = re.compile(r"(?<!\d)((?:19|20)\d{6})(?!\d)")
_INTERVAL = re.compile(r"(?:^|_)(?:(\d+)([smhd])|([smhd])(\d*))(?:_|$)")
_WORDS = {"daily": "1d", "hour": "1h", "minute": "1m", "second": "1s"}

_FUTURE = re.compile(rf"({'|'.join(FUTURES_EXCHANGES)})\.([A-Za-z]+\d*)(?:\.HOT)?(?=[_.]|$)")
_MAINLAND = re.compile(r"(?:^|_)(sh|sz)(\d{6})(?=_|$)")
_LEAN_LONG = re.compile(r"equity_usa_(?:daily|minute|second|tick)_([a-z.]+)(?=_|$)")
_LEAN_SHORT = re.compile(r"^\d{8}_([a-z.]+)_(?:minute|second|tick)_")
_YAHOO_HONG_KONG = re.compile(r"(?:^|_)(\d{1,5})\.?HK(?=_|$)")
_YAHOO_AMERICAN = re.compile(r"(?:^|_)([A-Z]{1,5})(?=_|$)")


def _stem(name: str) -> str:
    for suffix in (".gz", ".csv", ".avc", ".txt"):
        name = name.removesuffix(suffix)
    return name


def _future(stem: str) -> str:
    match = _FUTURE.search(stem)
    return f"{match[2]}.{match[1]}" if match else ""


def _mainland(stem: str) -> str:
    match = _MAINLAND.search(stem)
    return f"{match[2]}.{'SSE' if match[1] == 'sh' else 'SZSE'}" if match else ""


def _lean(stem: str) -> str:
    match = _LEAN_LONG.search(stem) or _LEAN_SHORT.search(stem)
    return f"{match[1].upper()}.US" if match else ""


def _yahoo(stem: str) -> str:
    match = _YAHOO_HONG_KONG.search(stem)
    if match:
        return f"{int(match[1]):05}.HK"
    match = _YAHOO_AMERICAN.search(stem)
    return f"{match[1]}.US" if match else ""


_CONVENTIONS: dict[str, Callable[[str], str]] = {
    "cn_future": _future,
    "cn_stock": _mainland,
    "lean_us": _lean,
    "yahoo": _yahoo,
}


def instrument_in_name(name: str, convention: str) -> str:
    """Return the instrument id a file name holds under a layout's naming convention, empty where none is seen."""
    find = _CONVENTIONS.get(convention)
    return find(_stem(name)) if find else ""


def date_in_name(name: str) -> int:
    """Return the first valid yyyymmdd in a file name, 0 where there is none."""
    for text in _DATE.findall(name):
        try:
            date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            continue
        return int(text)
    return 0


def interval_in_name(name: str) -> str:
    """Return the interval a file name holds (``_1m``, ``_m5``, ``_d``, ``daily``), empty where none is seen."""
    stem = _stem(name)
    match = _INTERVAL.search(stem)
    if match:
        count, unit = (match[1], match[2]) if match[1] else (match[4] or "1", match[3])
        try:
            return interval_text(parse_interval(f"{int(count)}{unit}"))
        except ConfigError:
            return ""
    return next((text for word, text in _WORDS.items() if word in stem.split("_")), "")
