"""Which contracts of a product are listed on a day, and when each begins and ends.

Rules of the last trading day, all of the delivery month unless said otherwise:

- ``day15``: the 15th, or the next trading day
- ``friday2``, ``friday3``: that Friday, or the next trading day
- ``trading_day10``, ``trading_day-4``: counted from the first or, if negative, from the last trading day
- ``previous_month-1``, ``second_month-5``: counted likewise, in the month before, in the one before that
- ``mid_previous-3``: counted back from the 15th of the month before
- ``last_monday``: the last Monday that is a trading day
- ``wednesday4``: that Wednesday, or the next trading day (options on funds)

Rules of listing, as seen from the front month (the first one whose last trading day has not passed):

- ``11``: the product's months up to 11 months further
- ``11+quarter35``: and March, June, September and December up to 35 further; ``2+even12`` likewise
- ``index``: the front month, the next, and the two quarter months after that

A new contract is listed on the trading day after the front month has ended. Days past the known holidays are
computed from weekdays, without a warning.
"""

from anyvenue.model.errors import TableError
from anyvenue.reference.calendar import TradingCalendar
from anyvenue.reference.days import shift, weekday
from anyvenue.reference.products import Product

__all__ = ["add_months", "last_trading_day", "listed_months", "listing_day", "nth_weekday"]

_QUARTERS = (3, 6, 9, 12)
_FURTHEST = 36


def add_months(month: int, count: int) -> int:
    """Return the month (yyyymm) `count` months after `month`."""
    number = month // 100 * 12 + month % 100 - 1 + count
    return number // 12 * 100 + number % 12 + 1


def last_trading_day(rule: str, month: int, calendar: TradingCalendar) -> int:
    """Return the last trading day of the contract of `month` (yyyymm) under `rule`; raise TableError for no rule."""
    quiet = calendar.quiet
    if rule.startswith("day"):
        return quiet.first_from(month * 100 + int(rule[3:]))
    if rule.startswith("friday"):
        return quiet.first_from(nth_weekday(month, 4, int(rule[6:])))
    if rule.startswith("wednesday"):
        return quiet.first_from(nth_weekday(month, 2, int(rule[9:])))
    if rule.startswith("trading_day"):
        return _counted(month, int(rule[11:]), quiet)
    if rule.startswith("previous_month"):
        return _counted(add_months(month, -1), int(rule[14:]), quiet)
    if rule.startswith("second_month"):
        return _counted(add_months(month, -2), int(rule[12:]), quiet)
    if rule.startswith("mid_previous"):
        first = add_months(month, -1) * 100 + 1
        return quiet.days(first, first + 14)[int(rule[12:])]
    if rule == "last_monday":
        return [day for day in _days(month, quiet) if weekday(day) == 0][-1]
    raise TableError(
        f"there is no last-trading-day rule {rule!r}: see anyvenue.reference.contracts", rule=rule
    )


def nth_weekday(month: int, day: int, count: int) -> int:
    """Return the `count`-th `day` (0 for Monday) of `month` (yyyymm); 0 and below count back from the last one."""
    first = month * 100 + 1
    if count <= 0:
        first = add_months(month, 1) * 100 + 1
    return shift(first, (day - weekday(first)) % 7 + 7 * (count - 1))


def listed_months(product: Product, date: int, calendar: TradingCalendar) -> list[int]:
    """Return the delivery months (yyyymm) listed on `date`, nearest first."""
    front = _front_month(product, date, calendar)
    return [month for month in _months_from(product, front) if _exists(product, month, date)]


def listing_day(product: Product, month: int, calendar: TradingCalendar) -> int:
    """Return the first trading day of the contract of `month` (yyyymm), 0 when it is listed by no rule."""
    for count in range(_FURTHEST, -1, -1):
        front = add_months(month, -count)
        if month in _months_from(product, front):
            before = add_months(front, -1)
            ended = last_trading_day(product.spec(before).last_day, before, calendar)
            return max(calendar.quiet.next_day(ended), product.first_day)
    return 0


def _front_month(product: Product, date: int, calendar: TradingCalendar) -> int:
    month = date // 100
    while last_trading_day(product.spec(month).last_day, month, calendar) < date:
        month = add_months(month, 1)
    return month


def _exists(product: Product, month: int, date: int) -> bool:
    if product.first_day > date or month < product.first_month:
        return False
    return not product.last_month or month <= product.last_month


def _months_from(product: Product, front: int) -> list[int]:
    if product.listing == "index":
        quarters = [month for month in _span(front, 2, 8) if month % 100 in _QUARTERS]
        return [front, add_months(front, 1), *quarters[:2]]
    found = set()
    for term in product.listing.split("+"):
        kind = term.rstrip("0123456789")
        for month in _span(front, 0, int(term[len(kind) :])):
            if month % 100 in _eligible(kind, product):
                found.add(month)
    return sorted(found)


def _eligible(kind: str, product: Product) -> tuple[int, ...]:
    if kind == "quarter":
        return _QUARTERS
    if kind == "even":
        return (2, 4, 6, 8, 10, 12)
    return product.months


def _span(front: int, first: int, last: int) -> list[int]:
    return [add_months(front, count) for count in range(first, last + 1)]


def _counted(month: int, position: int, calendar: TradingCalendar) -> int:
    days = _days(month, calendar)
    return days[position - 1 if position > 0 else position]


def _days(month: int, calendar: TradingCalendar) -> list[int]:
    return calendar.days(month * 100 + 1, shift(add_months(month, 1) * 100 + 1, -1))
