"""Price step and lot rules: which prices and quantities a venue takes.

A value within 1e-6 of a step is float noise and accepted; anything else raises `OffTick` or `OffLot` with both
neighbours. Snapping is explicit.
"""

from bisect import bisect_right
from decimal import Decimal

import msgspec

from anyvenue.model.enums import Side

__all__ = ["BandedStep", "FixedStep", "LotRule", "PriceStep", "SignificantStep", "floor_to", "near"]

_NOISE = Decimal("1e-6")


def near(value: Decimal, step: Decimal) -> Decimal | None:
    """Return the multiple of `step` within 1e-6 steps of `value`, or None when there is none."""
    rest = value % step  # exact, unlike a quotient
    if not rest:
        return value
    noise = _NOISE * step
    if abs(rest) <= noise:
        return value - rest
    if step - abs(rest) <= noise:
        return value - rest + step.copy_sign(rest)
    return None


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Return the largest multiple of `step` not above `value`."""
    rest = value % step
    return value - rest - step if rest < 0 else value - rest


def _ceil_to(value: Decimal, step: Decimal) -> Decimal:
    return -floor_to(-value, step)


class PriceStep(msgspec.Struct, frozen=True):
    """Base of the price step rules."""

    def step_at(self, price: Decimal) -> Decimal:
        """Return the step that holds at `price`."""
        raise TypeError("use FixedStep, BandedStep or SignificantStep")

    def accept(self, price: Decimal) -> Decimal | None:
        """Return `price` freed of float noise, or None when it is between two steps."""
        return near(price, self.step_at(price))

    def neighbours(self, price: Decimal) -> tuple[Decimal, Decimal]:
        """Return the valid prices on either side of `price`."""
        step = self.step_at(price)
        return floor_to(price, step), _ceil_to(price, step)

    def snap(self, price: Decimal, side: Side) -> Decimal:
        """Return the nearest valid price that is not worse for `side`: down for a buy, up for a sell."""
        exact = self.accept(price)
        if exact is not None:
            return exact
        below, above = self.neighbours(price)
        return below if side is Side.BUY else above


class FixedStep(PriceStep, frozen=True, tag="fixed"):
    """One step at every price."""

    step: Decimal

    def step_at(self, price: Decimal) -> Decimal:
        """Return the one step."""
        return self.step


class BandedStep(PriceStep, frozen=True, tag="banded"):
    """Steps by price band (Hong Kong): `steps[i]` holds from `lower[i]` up to `lower[i + 1]`."""

    lower: tuple[Decimal, ...]
    steps: tuple[Decimal, ...]

    def step_at(self, price: Decimal) -> Decimal:
        """Return the step of the band that holds `price`."""
        return self.steps[max(0, bisect_right(self.lower, price) - 1)]


class SignificantStep(PriceStep, frozen=True, tag="significant"):
    """A number of significant digits (Bitfinex: five), with at most `decimals` places."""

    digits: int
    decimals: int

    def step_at(self, price: Decimal) -> Decimal:
        """Return the step of the last significant digit at `price`."""
        magnitude = price.adjusted() if price else 0
        return Decimal(1).scaleb(max(magnitude - self.digits + 1, -self.decimals))


class LotRule(msgspec.Struct, frozen=True):
    """Quantities a venue takes: multiples of `step` from `minimum` to `maximum`.

    `market_maximum` bounds market orders where it differs; `odd_close` lets a rest smaller than a lot be sold
    whole (A-shares: buy in hundreds, sell the odd rest at once). `minimum_value` is what an order
    that does more than reduce is worth at least, 0 where there is no such rule (Binance: the filter MIN_NOTIONAL).
    """

    step: Decimal = Decimal(1)
    minimum: Decimal = Decimal(1)
    maximum: Decimal | None = None
    market_maximum: Decimal | None = None
    odd_close: bool = False
    minimum_value: Decimal = Decimal(0)

    def accept(self, quantity: Decimal) -> Decimal | None:
        """Return `quantity` freed of float noise, or None when it is between two lots."""
        return near(quantity, self.step)

    def neighbours(self, quantity: Decimal) -> tuple[Decimal, Decimal]:
        """Return the lots on either side of `quantity`."""
        return floor_to(quantity, self.step), _ceil_to(quantity, self.step)
