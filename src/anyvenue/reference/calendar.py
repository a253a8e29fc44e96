"""Trading days of the markets.

Holidays come from a packaged table that reaches from a first to a last known day. Outside of it every weekday is
taken for a trading day; the first such answer of a calendar warns, and an override extends the table.
"""

import warnings
from collections.abc import Iterable
from functools import cache

from anyvenue.model.errors import TableError
from anyvenue.reference.days import day_of, number_of, shift, weekday
from anyvenue.reference.tables import read_table

__all__ = [
    "MARKETS",
    "ProvisionalCalendarWarning",
    "TradingCalendar",
    "get_calendar",
    "make_calendar",
]

MARKETS = ("CN", "HK", "US", "FX", "ALWAYS")
_FOREVER = 99_991_231


class ProvisionalCalendarWarning(UserWarning):
    """A day outside the known holidays was asked for: weekdays are assumed to be trading days."""


class TradingCalendar:
    """Which days a market trades, which of them have a night session before them, and which end early.

    Days are int yyyymmdd. `known_from` and `known_until` bound the days whose holidays are known.
    """

    def __init__(
        self,
        market: str,
        holidays: Iterable[int] = (),
        early_closes: Iterable[tuple[int, int]] = (),
        no_night: Iterable[tuple[int, int]] = (),
        known_from: int = 0,
        known_until: int = _FOREVER,
        weekends: bool = False,
    ) -> None:
        self.market = market
        self.known_from = known_from
        self.known_until = known_until
        self.weekends = weekends
        self._holidays = frozenset(holidays)
        self._early = dict(early_closes)
        self._no_night = tuple(no_night)
        self._warned = False
        self._quiet: TradingCalendar | None = None
        self._answers: dict[int, bool] = {}

    def is_trading_day(self, day: int) -> bool:
        """Return whether the market trades on `day`."""
        answer = self._answers.get(day)
        if answer is None:
            answer = self._answers[day] = self._judge(day)
        return answer

    def next_day(self, day: int) -> int:
        """Return the first trading day after `day`, which need not be one itself."""
        return self._step(day, 1)

    def previous_day(self, day: int) -> int:
        """Return the last trading day before `day`, which need not be one itself."""
        return self._step(day, -1)

    def first_from(self, day: int) -> int:
        """Return `day` when it is a trading day, else the next one."""
        return day if self.is_trading_day(day) else self.next_day(day)

    def days(self, first: int, last: int) -> list[int]:
        """Return the trading days from `first` to `last`, both included."""
        numbers = range(number_of(first), number_of(last) + 1)
        return [day for day in map(day_of, numbers) if self.is_trading_day(day)]

    def has_night(self, day: int) -> bool:
        """Return whether a night session may precede the trading day `day`.

        It does when nothing but a weekend lies between the previous trading day and `day`: there is none on the
        evening before a holiday (rule of the Chinese futures exchanges), and none while nights were suspended.
        """
        if not self.is_trading_day(day):
            return False
        if any(first <= day <= last for first, last in self._no_night):
            return False
        eve = self.previous_day(day)
        between = range(number_of(eve) + 1, number_of(day))
        return all(weekday(day_of(number)) >= 5 for number in between)

    def early_close(self, day: int) -> int | None:
        """Return the local hhmm at which `day` ends early, None on a day of usual length."""
        return self._early.get(day)

    def is_provisional(self, day: int) -> bool:
        """Return whether the holidays around `day` are not known."""
        return not self.known_from <= day <= self.known_until

    @property
    def quiet(self) -> "TradingCalendar":
        """The same calendar without the warning, for days that are provisional by nature (expiries to come)."""
        if self._quiet is None:
            self._quiet = self._copy(self._holidays, self.known_until)
            self._quiet._warned = True
            self._quiet._quiet = self._quiet
        return self._quiet

    def extended(
        self, holidays: Iterable[int], known_until: int | None = None
    ) -> "TradingCalendar":
        """Return a calendar with further `holidays`, known until `known_until` or the last of them."""
        added = sorted(holidays)
        until = known_until or max([self.known_until, *added])
        return self._copy(self._holidays.union(added), until)

    def _copy(self, holidays: frozenset[int], known_until: int) -> "TradingCalendar":
        return TradingCalendar(
            self.market,
            holidays,
            self._early.items(),
            self._no_night,
            self.known_from,
            known_until,
            self.weekends,
        )

    def _judge(self, day: int) -> bool:
        if self.is_provisional(day):
            self._warn(day)
        return day not in self._holidays and (self.weekends or weekday(day) < 5)

    def _step(self, day: int, by: int) -> int:
        found = shift(day, by)
        for _ in range(60):
            if self.is_trading_day(found):
                return found
            found = shift(found, by)
        raise TableError(
            f"the {self.market} calendar has no trading day within 60 days of {day}: "
            "check the holidays configured for it",
            market=self.market,
            day=day,
        )

    def _warn(self, day: int) -> None:
        if self._warned:
            return
        self._warned = True
        warnings.warn(
            f"the {self.market} holidays are known from {self.known_from} to {self.known_until} only: weekdays are "
            f"taken for trading days around {day}; set calendars.{self.market} in the overrides to say better",
            ProvisionalCalendarWarning,
            stacklevel=4,
        )


def make_calendar(market: str) -> TradingCalendar:
    """Return a new calendar of `market` from the packaged table; raise TableError for an unknown market."""
    if market == "ALWAYS":
        return TradingCalendar(market, weekends=True)
    if market == "FX":
        return TradingCalendar(market, _new_year_and_christmas())
    rows = [row for row in read_table("calendars") if row["market"] == market]
    if not rows:
        raise TableError(
            f"there is no calendar of market {market!r}; known are {', '.join(MARKETS)}",
            market=market,
        )
    closed: list[int] = []
    early: list[tuple[int, int]] = []
    dark: list[tuple[int, int]] = []
    for row in rows:
        year = int(row["year"]) * 10_000
        closed += [year + int(day) for day in row["closed"].split()]
        early += [_early(year, text) for text in row["early"].split()]
        dark += [_span(year, text) for text in row["no_night"].split()]
    first, last = rows[0]["year"], rows[-1]["year"]
    return TradingCalendar(market, closed, early, dark, int(first + "0101"), int(last + "1231"))


@cache
def get_calendar(market: str) -> TradingCalendar:
    """Return the packaged calendar of `market`: CN, HK, US, FX or ALWAYS; raise TableError for another."""
    return make_calendar(market)


def _new_year_and_christmas() -> list[int]:
    return [year * 10_000 + day for year in range(1990, 2100) for day in (101, 1225)]


def _early(year: int, text: str) -> tuple[int, int]:
    day, _, time = text.partition("@")
    return year + int(day), int(time)


def _span(year: int, text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return year + int(first), year + int(last)
