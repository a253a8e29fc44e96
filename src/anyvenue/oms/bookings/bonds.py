"""Bonds: quoted clean, paid with the interest that has accrued; coupons and redemption.

Rules (SSE and SZSE, trading of bonds at clean prices): interest accrues by calendar day from the last coupon date,
coupon x days / 365, for 100 of face rounded to 8 places; buyer pays and seller receives it beside the clean price.
Whoever holds the bond at the end of the last trading day before a coupon date gets the coupon; the face is paid
back at the end of the day of maturity (`Instrument.expiry`).
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import PostingKind, Side
from anyvenue.model.events import DaySettled
from anyvenue.model.instruments import BondTerms, Instrument
from anyvenue.model.orders import Fill
from anyvenue.oms.bookings.base import Profits
from anyvenue.oms.bookings.financing import Night
from anyvenue.oms.bookings.paid import Paid
from anyvenue.oms.legs import Holding
from anyvenue.oms.money import divide_money, round_money
from anyvenue.reference.days import number_of

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState
    from anyvenue.oms.books import Books

__all__ = ["Bonds", "accrued_interest", "coupon_dates"]

_BUY = Side.BUY  # bound once: looking a member up on its enum class takes its time
_ZERO = Decimal(0)
_EIGHT_PLACES = ""  # no currency's quantum: interest for 100 of face has 8 places


def coupon_dates(bond: BondTerms) -> list[int]:
    """Return the coupon dates (yyyymmdd), first to last; the last one is the maturity."""
    if not bond.frequency:
        return [bond.maturity]
    dates = []
    year, month, day = bond.maturity // 10_000, bond.maturity // 100 % 100, bond.maturity % 100
    while (date := _existing(year, month, day)) > bond.issued:
        dates.append(date)
        month -= 12 // bond.frequency
        if month < 1:
            year, month = year - 1, month + 12
    return dates[::-1]


def accrued_interest(bond: BondTerms, day: int) -> Decimal:
    """Return the interest that 100 of face has accrued on `day` (yyyymmdd), to 8 places."""
    if not bond.frequency or not bond.issued < day < bond.maturity:
        return _ZERO
    last = max([bond.issued, *(date for date in coupon_dates(bond) if date <= day)])
    days = number_of(day) - number_of(last)
    yearly = bond.coupon * bond.face
    return divide_money(yearly * days, Decimal(bond.day_count), _EIGHT_PLACES)


class Bonds(Paid):
    """Paid in full, interest apart."""

    def need(
        self,
        books: "Books",
        instrument: Instrument,
        side: Side,
        price: Decimal,
        quantity: Decimal,
    ) -> tuple[Decimal, Decimal]:
        """Return clean price and accrued interest as cash."""
        full = price + self._accrued(books, instrument)
        return _ZERO, round_money(self.turnover(instrument, full, quantity), instrument.currency)

    def fill(
        self, books: "AccountState", instrument: Instrument, holding: Holding, fill: Fill, day: int
    ) -> Side | None:
        """Book the clean price as any paid instrument's, and the accrued interest beside it."""
        changed = super().fill(books, instrument, holding, fill, day)
        accrued = accrued_interest(instrument.bond, day) if instrument.bond and day else _ZERO
        interest = accrued * instrument.multiplier * fill.quantity
        amount = -interest if fill.side is _BUY else interest
        books.post(PostingKind.INTEREST, instrument, amount, fill, day)
        return changed

    def value(
        self,
        books: "Books",
        instrument: Instrument,
        holding: Holding,
        price: Decimal | None,
    ) -> Decimal:
        """Return what the lots are worth with their accrued interest."""
        accrued = self._accrued(books, instrument) * holding.long.quantity
        clean = super().value(books, instrument, holding, price)
        return clean + round_money(accrued * instrument.multiplier, instrument.currency)

    def rough_profit(
        self, books: "Books", instrument: Instrument, holding: Holding, price: float
    ) -> float:
        """Return about the value with the accrued interest."""
        full = price + float(self._accrued(books, instrument))
        return full * float(holding.long.quantity) * float(instrument.multiplier)

    def settle(
        self,
        books: "AccountState",
        instrument: Instrument,
        holding: Holding,
        price: Decimal | None,
        event: DaySettled,
    ) -> Profits:
        """Make lots old; what has matured is paid back at the price that was told."""
        holding.long.roll(None)
        quantity = holding.long.quantity
        if instrument.id not in event.delivered or not quantity or price is None:
            return []
        holding.long.close(_ZERO, quantity)
        return [(PostingKind.SALE, self.turnover(instrument, price, quantity))]

    def carry(
        self,
        books: "Books",
        instrument: Instrument,
        holding: Holding,
        price: Decimal,
        night: Night,
    ) -> Profits:
        """Return the coupons that fall due before the next trading day begins."""
        bond = instrument.bond
        if bond is None or not bond.frequency:
            return []
        yearly = bond.face * bond.coupon * holding.long.quantity * instrument.multiplier
        coupon = divide_money(yearly, Decimal(bond.frequency), instrument.currency)
        due = sum(night.day < date <= night.next_day for date in coupon_dates(bond))
        return [(PostingKind.COUPON, coupon * due)] if coupon and due else []

    def _accrued(self, books: "Books", instrument: Instrument) -> Decimal:
        day = books.trading_day.get(instrument.currency, 0)
        return accrued_interest(instrument.bond, day) if instrument.bond and day else _ZERO


def _existing(year: int, month: int, day: int) -> int:
    """Return yyyymmdd, the last day of the month where it has no such day."""
    while True:
        date = year * 10_000 + month * 100 + day
        try:
            number_of(date)
        except ValueError:
            day -= 1
        else:
            return date
