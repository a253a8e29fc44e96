"""Numbers as a report writes them."""

from decimal import Decimal

from anyvenue.model.instruments import Instrument
from anyvenue.reference.assets import shown_decimals

__all__ = ["ABSENT", "money", "multiple", "percent", "price", "signed", "tone"]

ABSENT = "–"


def money(amount: float | Decimal, currency: str = "") -> str:
    """Return an amount with two decimals: ``1,234,567.80``; of a coin with eight: ``5.00000000``."""
    return f"{amount:,.{shown_decimals(currency)}f}"


def signed(amount: float | Decimal, currency: str = "") -> str:
    """Return a gain or loss with its sign; 0.00 has none."""
    places = shown_decimals(currency)
    if not round(amount, places):
        return f"{0:.{places}f}"
    return f"{amount:+,.{places}f}".replace("-", "−")


def percent(fraction: float | None, sign: bool = False, digits: int = 2) -> str:
    """Return a fraction in percent."""
    if fraction is None or fraction != fraction:
        return ABSENT
    text = f"{fraction:{'+' if sign else ''}.{digits}%}"
    nothing = not float(text.strip("%"))
    return text.lstrip("+-") if nothing else text.replace("-", "−")


def multiple(value: float | None, mark: str = "") -> str:
    """Return a ratio with two decimals and a mark behind it."""
    if value is None or value != value:
        return ABSENT
    return f"{value:.2f}{mark}".replace("-", "−")


def price(value: Decimal, instrument: Instrument) -> str:
    """Return a price with as many decimals as the instrument's step has."""
    exponent = instrument.price_step.step_at(value).normalize().as_tuple().exponent
    return f"{value:,.{max(0, -int(exponent))}f}"


def tone(amount: float | Decimal | None) -> str:
    """Return ``gain`` or ``loss``, the class of a coloured number; nothing for none."""
    if not amount:
        return ""
    return "gain" if amount > 0 else "loss"
