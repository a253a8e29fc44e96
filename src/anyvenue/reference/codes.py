"""Futures codes: product letters and delivery month, both ways."""

from anyvenue.reference.products import Product

__all__ = ["contract_month", "contract_symbol", "product_code", "split_code"]

_YEARS_AHEAD = 4
_YEARS_AHEAD_OF_THREE_DIGITS = 2


def split_code(symbol: str) -> tuple[str, str, str]:
    """Return (letters, digits, rest) of a futures symbol: ``rb2701`` is ("rb", "2701", "")."""
    suffix = symbol[-1:] if symbol[-2:-1].isdigit() and symbol[-1:].isalpha() else ""
    bare = symbol.removesuffix(suffix)
    letters = bare.rstrip("0123456789")
    return letters, bare[len(letters) :], suffix


def contract_month(digits: str, exchange: str, date: int) -> int:
    """Return the delivery month (yyyymm) that `digits` stand for on `exchange`, seen from `date`; 0 for none.

    Zhengzhou writes the last digit of the year only: it is the latest such year at most two ahead of `date`. Two
    digits from 90 on are of the last century.
    """
    wanted = 3 if exchange == "CZCE" else 4
    if len(digits) != wanted or not digits.isdigit() or not 1 <= int(digits[-2:]) <= 12:
        return 0
    year = (
        _year_of_digit(int(digits[0]), date // 10_000)
        if wanted == 3
        else _year_of_two(int(digits[:2]))
    )
    if year > date // 10_000 + _YEARS_AHEAD:
        return 0
    return year * 100 + int(digits[-2:])


def contract_symbol(product: Product, month: int) -> str:
    """Return the exchange's symbol of the contract of `month` (yyyymm)."""
    digits = f"{month % 1_000:03}" if product.exchange == "CZCE" else f"{month % 10_000:04}"
    return f"{product.root}{digits}{product.suffix}"


def product_code(letters: str, suffix: str) -> str:
    """Return the code of the product whose symbols have those letters and that suffix: ``l_f`` for ``l2602F``."""
    return f"{letters}_{suffix.lower()}" if suffix else letters


def _year_of_digit(digit: int, year: int) -> int:
    latest = year + _YEARS_AHEAD_OF_THREE_DIGITS
    return latest - (latest - digit) % 10


def _year_of_two(digits: int) -> int:
    return 1900 + digits if digits >= 90 else 2000 + digits
