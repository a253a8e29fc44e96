"""Numbers and times as people read them."""

from datetime import datetime
from decimal import Decimal

from anyvenue.data.clock import zone_of
from anyvenue.data.spans import zone_of_sessions
from anyvenue.model.instruments import FeeRate, FeeSchedule, Instrument, MarginSchedule
from anyvenue.model.numbers import plain
from anyvenue.model.steps import BandedStep, FixedStep, SignificantStep
from anyvenue.reference.assets import shown_decimals

__all__ = [
    "ABSENT",
    "clock_time",
    "fee_text",
    "iso_time",
    "margin_text",
    "money",
    "percent",
    "price_text",
    "rate_text",
    "ratio",
    "signed",
    "step_text",
    "zone_text",
]

ABSENT = "-"


def money(amount: Decimal, currency: str = "") -> str:
    """Return an amount with two decimals: ``1,234,567.80``; of a coin with eight: ``5.00000000``."""
    return f"{amount:,.{shown_decimals(currency)}f}"


def signed(amount: Decimal, currency: str = "") -> str:
    """Return a gain or loss with its sign: ``+12.50``, ``-3.00``, ``0.00``."""
    places = shown_decimals(currency)
    return f"{amount:+,.{places}f}" if round(amount, places) else f"{0:.{places}f}"


def percent(fraction: float | None, sign: bool = False) -> str:
    """Return a fraction in percent: ``12.34 %``."""
    if fraction is None or fraction != fraction:
        return ABSENT
    return f"{fraction:+.2%}" if sign else f"{fraction:.2%}"


def ratio(value: float | None) -> str:
    """Return a ratio with two decimals."""
    return ABSENT if value is None or value != value else f"{value:.2f}"


def price_text(value: float | Decimal | None, instrument: Instrument | None = None) -> str:
    """Return a price with as many decimals as the instrument's step has."""
    if value is None or value != value:
        return ABSENT
    number = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    if instrument is None:
        return plain(number)
    exponent = instrument.price_step.step_at(number).normalize().as_tuple().exponent
    return f"{number:.{max(0, -int(exponent))}f}"


def zone_text(instrument: Instrument) -> str:
    """Return the time zone of the instrument's market."""
    return zone_of_sessions(instrument.sessions)


def clock_time(ts: int, zone: str, *, date: bool = True) -> str:
    """Return int ns UTC as local time to the second; nothing for 0."""
    if not ts:
        return ABSENT
    local = datetime.fromtimestamp(ts // 1_000_000_000, zone_of(zone))
    return f"{local:%Y-%m-%d %H:%M:%S}" if date else f"{local:%H:%M:%S}"


def iso_time(ts: int, zone: str) -> str:
    """Return int ns UTC as ISO 8601 with milliseconds and the zone's offset, for files."""
    seconds, rest = divmod(ts, 1_000_000_000)
    local = datetime.fromtimestamp(seconds, zone_of(zone))
    return local.replace(microsecond=rest // 1000).isoformat(timespec="milliseconds")


def step_text(instrument: Instrument) -> str:
    """Return the price step: a number, or the range of a banded one."""
    step = instrument.price_step
    if isinstance(step, FixedStep):
        return plain(step.step)
    if isinstance(step, BandedStep):
        return f"{plain(min(step.steps))}-{plain(max(step.steps))}"
    if isinstance(step, SignificantStep):
        return f"{step.digits} digits"
    return ABSENT


def rate_text(rate: FeeRate) -> str:
    """Return one fee: ``0.01%``, ``3/lot``, both joined by ``+``."""
    parts = []
    if rate.by_money:
        parts.append(f"{plain(rate.by_money * 100)}%")
    if rate.by_lot:
        parts.append(f"{plain(rate.by_lot)}/lot")
    text = "+".join(parts) or "0"
    return f"{text}, min {plain(rate.minimum)}" if rate.minimum else text


def fee_text(fees: FeeSchedule | None) -> str:
    """Return opening, closing and close-today fees, in one where they are the same."""
    if fees is None:
        return ABSENT
    rates = [rate_text(each) for each in (fees.open, fees.close, fees.close_today)]
    kept = list(dict.fromkeys(rates))
    text = kept[0] if len(kept) == 1 else " ".join(rates)
    return f"{text} +{len(fees.items)}" if fees.items else text


def margin_text(margin: MarginSchedule | None) -> str:
    """Return the margin rate, long and short where they differ."""
    if margin is None:
        return ABSENT
    sides = [
        _margin_side(margin.long_by_money, margin.long_by_lot),
        _margin_side(margin.short_by_money, margin.short_by_lot),
    ]
    return sides[0] if sides[0] == sides[1] else "/".join(sides)


def _margin_side(by_money: Decimal, by_lot: Decimal) -> str:
    parts = []
    if by_money or not by_lot:
        parts.append(f"{plain(by_money * 100)}%")
    if by_lot:
        parts.append(f"{plain(by_lot)}/lot")
    return "+".join(parts)
