"""What people type for options, spreads and bonds."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import OptionRight
from anyvenue.model.instruments import Instrument
from anyvenue.reference.bonds import bond_exchange
from anyvenue.reference.codes import contract_month
from anyvenue.reference.option_codes import future_option_symbol, parse_option, parse_osi
from anyvenue.reference.options import option_roots
from anyvenue.reference.spreads import SPREAD_MARKS

if TYPE_CHECKING:
    from anyvenue.reference.catalog import Catalog

__all__ = ["contract_readings"]

_OPTION = re.compile(r"([A-Za-z]{1,2})(\d{3,4})-?([CPcp])-?(\d+(?:\.\d+)?)")


def contract_readings(
    catalog: "Catalog", text: str, exchange: str = ""
) -> Iterator[Instrument | None]:
    """Yield the options, spreads and bonds that `text` may mean, on `exchange` alone when it is given."""
    if "&" in text:
        yield from _spreads(catalog, text, exchange)
        return
    found = _OPTION.fullmatch(text)
    if found:
        yield from _options(catalog, found, exchange)
    where = bond_exchange(text)
    if where and exchange in ("", where):
        yield catalog.find_on(text, where)
    squeezed = text.replace(" ", "").upper()
    if exchange in ("", "US") and parse_osi(squeezed):
        yield catalog.find_on(squeezed, "US")
    for each in ("SSE", "SZSE"):
        if exchange in ("", each) and parse_option(squeezed, each):
            yield catalog.find_on(squeezed, each)


def _options(
    catalog: "Catalog", found: re.Match[str], exchange: str
) -> Iterator[Instrument | None]:
    letters, digits, letter, strike = found.groups()
    right = OptionRight.CALL if letter in "Cc" else OptionRight.PUT
    roots = option_roots()
    # The exact case before folded ones: c is corn, and no product is called C.
    for root in [letters] if letters in roots else _folded(letters, roots):
        if exchange in ("", roots[root]):
            yield _option(catalog, root, digits, right, Decimal(strike), roots[root])


def _folded(letters: str, roots: dict[str, str]) -> list[str]:
    return [root for root in roots if root.casefold() == letters.casefold()]


def _option(
    catalog: "Catalog",
    root: str,
    digits: str,
    right: OptionRight,
    strike: Decimal,
    exchange: str,
) -> Instrument | None:
    if exchange == "CZCE" and len(digits) == 4:
        month = contract_month(digits, "", catalog.date)
        if not month or contract_month(digits[1:], exchange, catalog.date) != month:
            return None
        digits = digits[1:]
    return catalog.find_on(
        future_option_symbol(f"{root}{digits}", exchange, right, strike), exchange
    )


def _spreads(catalog: "Catalog", text: str, exchange: str) -> Iterator[Instrument | None]:
    mark, _, legs = text.rpartition(" ")
    for known, where in SPREAD_MARKS.items():
        if mark.upper() in ("", known) and exchange in ("", where):
            yield catalog.find_on(f"{known} {legs}", where)
