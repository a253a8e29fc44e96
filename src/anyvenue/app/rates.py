"""What ``--fees``, ``--margin``, ``--rolls`` and ``--funding`` say."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from msgspec.structs import replace

from anyvenue.data.continuous import load_rolls
from anyvenue.data.funding import load_funding
from anyvenue.model.enums import InstrumentKind
from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import FeeRate, FeeSchedule, Instrument, MarginSchedule
from anyvenue.model.market import FundingRate
from anyvenue.reference.overrides import Overrides, load_overrides

__all__ = ["is_table", "merged", "parse_fees", "parse_margin", "read_funding", "read_rolls"]


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


def read_rolls(
    specs: Sequence[str], instruments: Iterable[Instrument]
) -> dict[InstrumentId, frozenset[int]]:
    """Return the roll days of continuous series from roll tables; raise ConfigError or DataError.

    A spec is ``FILE`` where the run has one series, ``SERIES=FILE`` otherwise; a file has columns date and contract.
    """
    series = [each.id for each in instruments if each.kind is InstrumentKind.CONTINUOUS]
    found: dict[InstrumentId, frozenset[int]] = {}
    for spec in specs:
        name, equals, path = spec.rpartition("=")
        wanted = [each for each in series if not equals or each == name]
        if len(wanted) != 1:
            raise ConfigError(
                f"--rolls was {spec!r}; expected FILE for one continuous series or SERIES=FILE for each; "
                f"this run has {', '.join(series) or 'none'}",
                code="config.rolls",
                value=spec,
                series=", ".join(series) or "-",
            )
        found[wanted[0]] = frozenset(roll.day for roll in load_rolls(path))
    return found


def read_funding(
    specs: Sequence[str], instruments: Iterable[Instrument]
) -> tuple[FundingRate, ...]:
    """Return the funding rates of perpetuals from tables; raise ConfigError or DataError.

    A spec is ``FILE`` where the run has one perpetual, ``INSTRUMENT=FILE`` otherwise; a file has columns time and rate.
    """
    perpetuals = [each.id for each in instruments if each.kind is InstrumentKind.PERPETUAL]
    found: list[FundingRate] = []
    for spec in specs:
        name, equals, path = spec.rpartition("=")
        wanted = [each for each in perpetuals if not equals or each == name]
        if len(wanted) != 1:
            raise ConfigError(
                f"--funding was {spec!r}; expected FILE for one perpetual or INSTRUMENT=FILE for each; "
                f"this run has {', '.join(perpetuals) or 'none'}",
                code="config.funding",
                value=spec,
                perpetuals=", ".join(perpetuals) or "-",
            )
        found += load_funding(path, wanted[0])
    return tuple(found)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
