"""What ``--fees``, ``--margin`` and ``--rolls`` say."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path

from msgspec.structs import replace

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.errors import ConfigError, DataError
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import FeeRate, FeeSchedule, Instrument, MarginSchedule
from anyvenue.reference.overrides import Overrides, load_overrides

__all__ = ["is_table", "merged", "parse_fees", "parse_margin", "read_rolls"]


def is_table(spec: str) -> bool:
    """Tell whether a fee or margin is given as a TOML file rather than as a rate."""
    return spec.endswith(".toml")


def merged(base: Overrides, path: str) -> Overrides:
    """Return `base` with the fees and margins of a TOML file before its own; raise ConfigError."""
    own = load_overrides(path)
    return replace(
        base,
        fees={**base.fees, **own.fees},
        margins={**base.margins, **own.margins},
        default_fees={**base.default_fees, **own.default_fees},
        default_margins={**base.default_margins, **own.default_margins},
    )


def parse_fees(spec: str) -> FeeSchedule:
    """Return the schedule for ``0.0001`` (of turnover), ``3/lot`` or both joined by ``+``; raise ConfigError."""
    by_money = by_lot = Decimal(0)
    for part in spec.split("+"):
        number, slash, unit = part.strip().partition("/")
        rate = _number(number)
        if rate is None or rate < 0 or (slash and unit.strip() not in ("lot", "手")):
            raise ConfigError(
                f"--fees was {spec!r}; expected a rate of turnover (0.0001), an amount a lot (3/lot), "
                "both (0.0001+3/lot) or a TOML file",
                code="config.fees",
                value=spec,
            )
        if slash:
            by_lot += rate
        else:
            by_money += rate
    rate_ = FeeRate(by_money, by_lot)
    return FeeSchedule(rate_, rate_, rate_, source="--fees")


def parse_margin(spec: str) -> MarginSchedule:
    """Return the schedule for a rate such as ``0.1``, for both sides; raise ConfigError."""
    rate = _number(spec)
    if rate is None or rate <= 0:
        raise ConfigError(
            f"--margin was {spec!r}; expected a rate of turnover such as 0.1, or a TOML file",
            code="config.margin",
            value=spec,
        )
    return MarginSchedule(rate, rate, source="--margin")


def read_rolls(path: Path, instruments: Iterable[Instrument]) -> dict[InstrumentId, frozenset[int]]:
    """Return the roll days of continuous series; raise DataError naming the line.

    A line is ``yyyymmdd``, which holds for every continuous series of the run, or ``INSTRUMENT,yyyymmdd``; ``#``
    begins a remark.
    """
    series = [each.id for each in instruments if each.kind is InstrumentKind.CONTINUOUS]
    days: dict[InstrumentId, set[int]] = {each: set() for each in series}
    for number, line in enumerate(_lines(path), 1):
        words = line.partition("#")[0].strip()
        if not words:
            continue
        name, comma, day = words.rpartition(",")
        if not day.strip().isdigit() or len(day.strip()) != 8:
            raise DataError(
                f"{path}, line {number}: the roll day was {words!r}; expected yyyymmdd or INSTRUMENT,yyyymmdd",
                code="data.rolls",
                file=str(path),
                line=number,
                value=words,
            )
        for each in [InstrumentId(name.strip())] if comma else series:
            days.setdefault(each, set()).add(int(day))
    return {each: frozenset(found) for each, found in days.items()}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror}",
            code="data.unreadable",
            file=str(path),
            line=0,
            detail=error.strerror,
        ) from error


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
