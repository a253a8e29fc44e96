"""Profiles: what a market data file with a given header means. Recognition is by the exact header, never a guess.

Time stamps, price scales and units are not in the data, so each layout states them once here. A header that fits
several layouts is refused with the candidates; the remedy is to name one (``--profile NAME``).
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

import msgspec

from anyvenue.model.errors import ConfigError, DataError

__all__ = [
    "Profile",
    "Record",
    "Stamp",
    "TimeForm",
    "generic_profile",
    "get_profile",
    "parse_columns",
    "profile_names",
    "recognise",
]


_Choice = TypeVar("_Choice", bound=StrEnum)


class Record(StrEnum):
    """What one row becomes."""

    DEPTH = "depth"
    QUOTE = "quote"
    TRADE = "trade"
    BAR = "bar"


class Stamp(StrEnum):
    """What a row's time says: the moment itself, or the start or the end of its bar."""

    MOMENT = "moment"
    START = "start"
    END = "end"


class TimeForm(StrEnum):
    """How the time columns are written.

    DATETIME ``YYYY-MM-DD HH:MM[:SS[.fff]]``, also split over two columns; COMPACT ``YYYYMMDD HH:MM``; CTP trading
    day, action day and time of day; DAY_MS milliseconds since midnight, the date from the file name or the caller;
    DAY a date alone; NANOSECONDS int ns UTC.
    """

    DATETIME = "datetime"
    COMPACT = "compact"
    CTP = "ctp"
    DAY_MS = "day_ms"
    DAY = "day"
    NANOSECONDS = "nanoseconds"


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One file layout.

    `header` is the exact list of columns it is recognised by; `columns` maps our field names to the file's;
    `time` are the time columns. `zone` empty means the exchange's own. Prices in the file are divided by
    `price_divisor`. `naming` names the file name convention that gives the instrument, `instrument` the columns
    that do. `serial` is a column that counts rows, so a jump is a hole. `zero_is_price` takes 0 as a number
    (adjusted prices), else 0 is an absent price. `single_precision`: prices went through 32-bit floats and are put
    back on the instrument's tick. `interval` is set where the layout knows only one.
    """

    name: str
    title: str
    record: Record
    header: tuple[str, ...]
    columns: dict[str, str]
    time: tuple[str, ...]
    time_form: TimeForm
    stamp: Stamp = Stamp.MOMENT
    zone: str = ""
    interval: str = ""
    levels: int = 1
    price_divisor: float = 1.0
    instrument: tuple[str, ...] = ()
    naming: str = ""
    serial: str = ""
    zero_is_price: bool = False
    single_precision: bool = False
    canonical: bool = False
    assumptions: tuple[str, ...] = ()

    @property
    def needs_date(self) -> bool:
        """Say whether the date is not in the rows: it comes from the file name or the caller."""
        return self.time_form is TimeForm.DAY_MS


def profile_names() -> tuple[str, ...]:
    """Return the names of all built-in layouts."""
    from anyvenue.data.layouts import LAYOUTS

    return tuple(LAYOUTS)


def get_profile(name: str) -> Profile:
    """Return the built-in layout called `name`; raise ConfigError with the nearest name."""
    from anyvenue.data.layouts import LAYOUTS

    if name in LAYOUTS:
        return LAYOUTS[name]
    near = get_close_matches(name, LAYOUTS, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise ConfigError(
        f"there is no file layout {name!r}; {hint}known layouts: {', '.join(LAYOUTS)}",
        profile=name,
        known=tuple(LAYOUTS),
    )


def recognise(header: Iterable[str], file: str) -> Profile:
    """Return the one layout with exactly this header; raise DataError for none and for several."""
    from anyvenue.data.layouts import LAYOUTS, depth_layout

    columns = tuple(header)
    fitting = [profile for profile in LAYOUTS.values() if profile.header == columns]
    if not fitting:
        ours = depth_layout(columns)
        fitting = [ours] if ours is not None else []
    if len(fitting) == 1:
        return fitting[0]
    raise _ambiguous(fitting, file) if fitting else _unknown(columns, file)


def _ambiguous(fitting: list[Profile], file: str) -> DataError:
    names = tuple(profile.name for profile in fitting)
    choices = "; ".join(f"{profile.name} ({profile.title})" for profile in fitting)
    return DataError(
        f"{file}: the header fits several layouts that differ in what its numbers mean: {choices}. "
        f"Name one: --profile {names[0]}",
        file=file,
        line=1,
        expected="one of " + ", ".join(names),
        candidates=names,
    )


def _unknown(columns: tuple[str, ...], file: str) -> DataError:
    from anyvenue.data.layouts import LAYOUTS

    known = {",".join(profile.header): profile.name for profile in LAYOUTS.values()}
    near = get_close_matches(",".join(columns), known, 1, 0.5)
    hint = f"nearest: {known[near[0]]} ({near[0]})" if near else f"known: {', '.join(LAYOUTS)}"
    return DataError(
        f"{file}: no file layout has the header {','.join(columns)!r}; {hint}. "
        f"Name a layout with --profile, or describe the columns with the generic one",
        file=file,
        line=1,
        expected="a header of a known layout",
        candidates=(),
    )


_REQUIRED = {
    Record.DEPTH: ("bid1", "ask1", "bid_size1", "ask_size1"),
    Record.QUOTE: ("bid", "ask"),
    Record.TRADE: ("price", "size"),
    Record.BAR: ("open", "high", "low", "close"),
}
_OPTIONAL = {
    Record.DEPTH: (
        *("last", "open", "high", "low", "volume", "turnover", "open_interest", "pre_close"),
        *("pre_settlement", "settlement", "upper_limit", "lower_limit", "trading_day"),
    ),
    Record.QUOTE: ("bid_size", "ask_size"),
    Record.TRADE: (),
    Record.BAR: ("volume", "turnover", "open_interest", "settlement"),
}


def parse_columns(text: str) -> dict[str, str]:
    """Return field -> column of a text such as ``time=when,open=o,close=c``; raise ConfigError."""
    columns: dict[str, str] = {}
    for part in text.split(","):
        field, equals, column = (piece.strip() for piece in part.partition("="))
        if not (field and equals and column) or field in columns:
            raise ConfigError(
                f"columns {text!r} are not understood at {part!r}: write each field once as FIELD=COLUMN, "
                f"such as time=datetime,open=o",
                columns=text,
            )
        columns[field] = column
    return columns


def generic_profile(
    record: str,
    columns: Mapping[str, str],
    *,
    stamp: str = "",
    time_form: str = "datetime",
    zone: str = "",
    interval: str = "",
    price_divisor: float = 1.0,
    levels: int = 1,
    instrument_column: str = "",
) -> Profile:
    """Return a layout for a CSV of one's own: `columns` maps our field names, and ``time``, to the file's.

    `record` is depth, quote, trade or bar; bars need `stamp` start or end. Several time columns (a date and a time
    of day) are joined with ``+``. Raises ConfigError naming what is missing.
    """
    kind = _choice(Record, record, "record")
    required = ("time", *_REQUIRED[kind])
    missing = [name for name in required if name not in columns]
    if missing:
        raise ConfigError(
            f"a generic {kind} file needs the columns {', '.join(required)}; "
            f"{', '.join(missing)} not given: add for example {missing[0]}=COLUMN",
            missing=tuple(missing),
        )
    _check_fields(kind, columns, levels)
    return Profile(
        name="generic",
        title="columns named by the caller",
        record=kind,
        header=(),
        columns={field: column for field, column in columns.items() if field != "time"},
        time=tuple(columns["time"].split("+")),
        time_form=_choice(TimeForm, time_form, "time_form"),
        stamp=_stamp_for(kind, stamp),
        zone=zone,
        interval=interval,
        levels=levels,
        price_divisor=price_divisor,
        instrument=(instrument_column,) if instrument_column else (),
        assumptions=("columns, time zone and scale as the caller said",),
    )


def _stamp_for(kind: Record, text: str) -> Stamp:
    stamp = _choice(Stamp, text or ("" if kind is Record.BAR else "moment"), "stamp")
    if (kind is Record.BAR) == (stamp is Stamp.MOMENT):
        raise ConfigError(
            f"stamp {stamp.value!r} does not go with a {kind} file: a bar is stamped with its start or its end, "
            f"anything else with its moment",
            stamp=text,
        )
    return stamp


def _check_fields(kind: Record, columns: Mapping[str, str], levels: int) -> None:
    book = ("bid", "bid_size", "ask", "ask_size") if kind is Record.DEPTH else ()
    deeper = [f"{name}{level}" for level in range(1, levels + 1) for name in book]
    known = ["time", *_REQUIRED[kind], *_OPTIONAL[kind], *deeper]
    for field in columns:
        if field not in known:
            near = get_close_matches(field, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"fields: {', '.join(known)}"
            raise ConfigError(f"a {kind} has no field {field!r}; {hint}", field=field)


def _choice(kind: type[_Choice], text: str, name: str) -> _Choice:
    try:
        return kind(text)
    except ValueError:
        raise ConfigError(
            f"{name} was {text!r}; use one of {', '.join(kind)}", field=name, value=text
        ) from None
