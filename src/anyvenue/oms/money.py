"""The one place where money is rounded."""

from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

__all__ = ["divide_money", "quantum", "ratio", "round_money"]

# A context of its own: tests run the whole package with the Inexact trap set, and only here may a digit go.
_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation])
_QUANTIZE = _CONTEXT.quantize  # five times as quick as `Decimal.quantize` with a context by name
_SHOWN = Context(prec=40, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation])
_FIAT = Decimal("0.0001")
_CRYPTO = Decimal("0.00000001")
_FIAT_CURRENCIES = frozenset(
    ["AUD", "CAD", "CHF", "CNH", "CNY", "EUR", "GBP", "HKD", "JPY", "KRW", "NZD", "SGD", "USD"]
)


def quantum(currency: str) -> Decimal:
    """Return the smallest amount booked: 1e-4 for fiat money (statements show 0.01), 1e-8 for crypto."""
    return _FIAT if currency in _FIAT_CURRENCIES else _CRYPTO


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Return `amount` rounded half-even to the quantum of `currency`."""
    return _QUANTIZE(amount, _FIAT if currency in _FIAT_CURRENCIES else _CRYPTO)


def divide_money(numerator: Decimal, denominator: Decimal, currency: str) -> Decimal:
    """Return the quotient rounded half-even to the quantum of `currency`, in one step."""
    return round_money(_CONTEXT.divide(numerator, denominator), currency)


def ratio(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Return the quotient to 40 digits: prices and fractions to look at, never an amount that is booked."""
    return _SHOWN.divide(numerator, denominator)
