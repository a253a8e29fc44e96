"""Fee and margin arithmetic; nowhere else is a fee or a margin computed.

Rule of a fee: turnover x by_money + quantity x by_lot, three rates for opening, closing old lots and closing
today's lots (CTP counter, commission rate row). A minimum holds per order, not per fill: what earlier fills of the
order paid counts. Where a schedule has a maker's rate, fills of a resting order are charged at it and metered apart
(crypto venues, maker and taker fees).
"""

from decimal import Decimal
from typing import TypeVar

import msgspec

from anyvenue.model.enums import Offset, Side
from anyvenue.model.errors import UnknownFee, UnknownMargin
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import FeeRate, FeeSchedule, Instrument, MarginSchedule
from anyvenue.oms.money import round_money

__all__ = ["FeeMeter", "RateBook", "commission", "extra_charges", "margin_of", "rate_for"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_BUY = Side.BUY
_CLOSE_TODAY = Offset.CLOSE_TODAY
_TO_OPEN = Offset.OPEN

_ZERO = Decimal(0)


class RateBook:
    """Fee and margin schedules of one account: its own, then the instrument's, then the default.

    There is no silent zero: where all three are missing the schedule is unknown and using it raises.
    """

    def __init__(
        self,
        fees: dict[str, FeeSchedule] | None = None,
        margins: dict[str, MarginSchedule] | None = None,
        default_fee: FeeSchedule | None = None,
        default_margin: MarginSchedule | None = None,
    ) -> None:
        """Take schedules by instrument id or product id (``rb.SHFE``), and defaults."""
        self._own_fees = fees or {}
        self._own_margins = margins or {}
        self._default_fee = default_fee
        self._default_margin = default_margin
        self._fees: dict[InstrumentId, FeeSchedule] = {}
        self._margins: dict[InstrumentId, MarginSchedule] = {}

    def fees(self, instrument: Instrument) -> FeeSchedule:
        """Return the fee schedule; raise UnknownFee."""
        schedule = self._fees.get(instrument.id)
        if schedule is None:
            found = _pick(self._own_fees, instrument) or instrument.fees or self._default_fee
            if found is None:
                raise UnknownFee(
                    f"no fee is known for {instrument.id}; give one with --fees or a [fees] or "
                    "[defaults.fees] table in anyvenue.toml",
                    instrument=instrument.id,
                )
            schedule = self._fees[instrument.id] = found
        return schedule

    def margin(self, instrument: Instrument) -> MarginSchedule:
        """Return the margin schedule; raise UnknownMargin."""
        schedule = self._margins.get(instrument.id)
        if schedule is None:
            found = (
                _pick(self._own_margins, instrument) or instrument.margin or self._default_margin
            )
            if found is None:
                raise UnknownMargin(
                    f"no margin rate is known for {instrument.id}; give one with --margin or a [margins] or "
                    "[defaults.margin] table in anyvenue.toml",
                    instrument=instrument.id,
                )
            schedule = self._margins[instrument.id] = found
        return schedule

    def has_margined(self, instrument: InstrumentId) -> bool:
        """Tell whether the margin schedule was found before, so that it is found again."""
        return instrument in self._margins

    def known(self, instrument: Instrument) -> tuple[FeeSchedule | None, MarginSchedule | None]:
        """Return the fee and the margin schedule, None for what is not known."""
        try:
            fees = self.fees(instrument)
        except UnknownFee:
            fees = None
        try:
            return fees, self.margin(instrument)
        except UnknownMargin:
            return fees, None


_Schedule = TypeVar("_Schedule", FeeSchedule, MarginSchedule)


def _pick(table: dict[str, _Schedule], instrument: Instrument) -> _Schedule | None:
    return table.get(instrument.id) or table.get(f"{instrument.product}.{instrument.exchange}")


def rate_for(schedule: FeeSchedule, offset: Offset, maker: bool = False) -> FeeRate:
    """Return the rate that `offset` is charged at; a maker's, where the schedule has one, for all offsets."""
    if maker and schedule.maker is not None:
        return schedule.maker
    if offset is _TO_OPEN:
        return schedule.open
    if offset is _CLOSE_TODAY:
        return schedule.close_today
    return schedule.close


def commission(
    rate: FeeRate, currency: str, turnover: Decimal, quantity: Decimal, paid: Decimal = _ZERO
) -> Decimal:
    """Return what is still to pay for `turnover` and `quantity` in total when `paid` was charged already."""
    amount = turnover * rate.by_money
    if rate.by_lot:
        amount += quantity * rate.by_lot
    if amount < rate.minimum:
        amount = rate.minimum
    return round_money(amount, currency) - paid


def extra_charges(
    schedule: FeeSchedule, side: Side, currency: str, turnover: Decimal, quantity: Decimal
) -> Decimal:
    """Return the sum of the further charges (duties, levies), each rounded by itself."""
    total = _ZERO
    for item in schedule.items:
        if item.side is None or item.side is side:
            total += round_money(turnover * item.by_money + quantity * item.by_lot, currency)
    return total


def margin_of(
    schedule: MarginSchedule, side: Side, turnover: Decimal, quantity: Decimal
) -> Decimal:
    """Return the margin of holding `quantity` worth `turnover` (price x multiplier x quantity), unrounded."""
    if side is _BUY:
        by_money, by_lot = schedule.long_by_money, schedule.long_by_lot
    else:
        by_money, by_lot = schedule.short_by_money, schedule.short_by_lot
    margin = turnover * by_money
    return margin + quantity * by_lot if by_lot else margin


class FeeMeter(msgspec.Struct):
    """What an order paid so far, per offset rate, so that minimums hold per order."""

    turnover: Decimal = _ZERO
    quantity: Decimal = _ZERO
    paid: Decimal = _ZERO

    def charge(
        self,
        schedule: FeeSchedule,
        side: Side,
        offset: Offset,
        currency: str,
        turnover: Decimal,
        quantity: Decimal,
        maker: bool = False,
    ) -> Decimal:
        """Return the fee of one more fill and remember it."""
        self.turnover += turnover
        self.quantity += quantity
        fee = commission(
            rate_for(schedule, offset, maker), currency, self.turnover, self.quantity, self.paid
        )
        self.paid += fee
        if schedule.items:
            return fee + extra_charges(schedule, side, currency, turnover, quantity)
        return fee
