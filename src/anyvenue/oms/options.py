"""What options are worth at expiry and what selling them costs: plain formulas, per lot and unrounded.

Seller's margin of a lot, with premium C = option price x multiplier and out-of-the-money amount O (how far the
underlying's price S is on the wrong side of the strike K, times the multiplier):

- commodity: ``C + max(M - O / 2, M x floor)``, M the margin of the underlying future; floor is a half. Source:
  option trading rules of SHFE, DCE, CZCE and GFEX.
- index: ``C + max(S x multiplier x rate - O, floor x B x multiplier x rate)``, B the index for a call and the strike
  for a put; floor is the least guarantee factor, a half. Source: CFFEX, rules of index options.
- security: call ``C + max(S x rate - O, S x floor)``, put the same with ``K x floor`` and at most the whole strike,
  each times the multiplier; 12 % and 7 % for ETF options. Source: SSE and SZSE with ChinaClear, risk control of
  options. With 20 % and 10 % it is the rule of American brokers (Cboe margin manual).
"""

from decimal import Decimal

from anyvenue.model.enums import (
    ExerciseStyle,
    InstrumentKind,
    OptionMargining,
    OptionRight,
)
from anyvenue.model.errors import InsufficientPosition, InvalidOrder
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument, OptionTerms
from anyvenue.model.numbers import plain
from anyvenue.oms.legs import Holding

__all__ = [
    "check_exercise",
    "delivered_units",
    "implied_underlying",
    "intrinsic",
    "out_of_money",
    "seller_margin",
    "seller_risk",
    "terms_of",
]

_CALL = OptionRight.CALL
_HALF = Decimal("0.5")
_ZERO = Decimal(0)
Terms = tuple[OptionTerms, InstrumentId, Decimal, OptionRight]


def terms_of(instrument: Instrument) -> Terms:
    """Return (terms, underlying, strike, right) of an option; raise InvalidOrder when one is missing."""
    terms, underlying = instrument.option, instrument.underlying
    strike, right = instrument.strike, instrument.right
    if terms is None or underlying is None or strike is None or right is None:
        what = "is no option"
        if instrument.kind is InstrumentKind.OPTION:
            what = "lacks option terms, underlying, strike or right; give them with the instrument"
        raise InvalidOrder(
            f"{instrument.id} {what}",
            code="order.option_terms",
            field="instrument",
            value=instrument.id,
            instrument=instrument.id,
        )
    return terms, underlying, strike, right


def intrinsic(instrument: Instrument, price: Decimal) -> Decimal:
    """Return how far the option is in the money at the underlying's `price`, below zero when out of it."""
    _, _, strike, right = terms_of(instrument)
    return price - strike if right is _CALL else strike - price


def out_of_money(instrument: Instrument, price: Decimal) -> Decimal:
    """Return how far the option is out of the money at the underlying's `price`, at least 0."""
    return max(-intrinsic(instrument, price), _ZERO)


def implied_underlying(instrument: Instrument, price: Decimal) -> Decimal:
    """Return the underlying's price at which exercising an option is worth its own `price`."""
    _, _, strike, right = terms_of(instrument)
    return strike + price if right is _CALL else strike - price


def seller_margin(
    instrument: Instrument, price: Decimal, underlying: Decimal, future_margin: Decimal = _ZERO
) -> Decimal:
    """Return the margin of one sold lot at the option's `price` and the `underlying`'s.

    `future_margin` is that of one lot of the underlying future; only commodity options ask for it.
    """
    terms, _, strike, right = terms_of(instrument)
    unit = instrument.multiplier
    margin = price * unit + max(seller_risk(instrument, underlying, future_margin))
    if terms.margining is OptionMargining.SECURITY and right is not _CALL:
        margin = min(margin, strike * unit)
    return margin


def seller_risk(
    instrument: Instrument, underlying: Decimal, future_margin: Decimal = _ZERO
) -> tuple[Decimal, Decimal]:
    """Return the part of one sold lot's margin beside the premium, and what that is at least."""
    terms, _, strike, right = terms_of(instrument)
    unit = instrument.multiplier
    out = out_of_money(instrument, underlying)
    if terms.margining is OptionMargining.COMMODITY:
        return future_margin - out * unit * _HALF, future_margin * terms.floor
    least = (underlying if right is _CALL else strike) * terms.floor
    if terms.margining is OptionMargining.INDEX:
        least *= terms.rate
    return (underlying * terms.rate - out) * unit, least * unit


def delivered_units(instrument: Instrument, underlying: Instrument, quantity: Decimal) -> Decimal:
    """Return how much of the underlying lots deliver: one lot of a future, `multiplier` units of a security each."""
    if underlying.position_rule.margined:
        return quantity
    return quantity * instrument.multiplier


def check_exercise(
    instrument: Instrument, holding: Holding | None, quantity: Decimal, abandon: bool, day: int
) -> Decimal:
    """Return the exact quantity of a wish to exercise or to abandon.

    Raise InvalidOrder, OffLot or InsufficientPosition. Lots that closing orders have claimed cannot be exercised. `day`
    is the trading day (yyyymmdd).
    """
    terms, _, _, _ = terms_of(instrument)
    if 0 < instrument.expiry < day:
        raise _refusal(instrument, "expired", f"expired on {instrument.expiry}; it is {day}")
    european = terms.style is ExerciseStyle.EUROPEAN
    if european and not abandon and day != instrument.expiry:
        why = f"is European: it can be exercised on {instrument.expiry} only"
        raise _refusal(instrument, "style", why)
    if not quantity:
        return quantity
    quantity = instrument.quantity(quantity)
    free = holding.long.closable if holding else _ZERO
    if quantity > free:
        raise InsufficientPosition(
            f"exercising {plain(quantity)} of {instrument.id} needs more than the {plain(free)} long "
            "lots that are free",
            instrument=instrument.id,
            wanted=quantity,
            closable=free,
        )
    return quantity


def _refusal(instrument: Instrument, code: str, why: str) -> InvalidOrder:
    return InvalidOrder(
        f"{instrument.id} {why}",
        code=f"order.exercise_{code}",
        field="instrument",
        value=instrument.id,
        instrument=instrument.id,
        expiry=instrument.expiry,
    )
