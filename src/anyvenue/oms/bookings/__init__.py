"""How each kind of instrument is kept in the books of an account: one module per way."""

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.instruments import Instrument
from anyvenue.oms.bookings.base import Booking
from anyvenue.oms.bookings.bonds import Bonds
from anyvenue.oms.bookings.currencies import SpotPair
from anyvenue.oms.bookings.futures import Hedged, Netted
from anyvenue.oms.bookings.inverse import Inverse
from anyvenue.oms.bookings.leveraged import Leveraged
from anyvenue.oms.bookings.options import NettedOptions, Options
from anyvenue.oms.bookings.paid import Paid
from anyvenue.oms.bookings.securities import Securities
from anyvenue.oms.bookings.spreads import Spreads
from anyvenue.oms.tiers import is_leveraged

__all__ = ["Booking", "booking_of"]

_FUTURES, _NETTED, _PAID, _SPOT = Hedged(), Netted(), Paid(), SpotPair()
_LEVERAGED, _INVERSE = Leveraged(), Inverse()
_OPTIONS, _NETTED_OPTIONS = Options(), NettedOptions()
_SPREADS = Spreads()
_BONDS, _SECURITIES = Bonds(), Securities()


def booking_of(instrument: Instrument) -> Booking:
    """Return how an instrument is booked, by its kind and its position rule."""
    rule = instrument.position_rule
    if instrument.legs:
        return _SPREADS
    if instrument.kind is InstrumentKind.OPTION:
        return _OPTIONS if rule.hedged else _NETTED_OPTIONS
    if not rule.margined:
        return _paid_way(instrument)
    if is_leveraged(instrument):
        return _INVERSE if instrument.inverse else _LEVERAGED
    return _FUTURES if rule.hedged else _NETTED


def _paid_way(instrument: Instrument) -> Booking:
    if instrument.base:
        return _SPOT
    if instrument.bond is not None:
        return _BONDS
    return _SECURITIES if instrument.position_rule.short_ok else _PAID
