"""What an option is worth when its underlying stands somewhere: Black's formula, without interest."""

from math import erf, log, sqrt

__all__ = ["option_value"]

_ROOT_2 = sqrt(2.0)


def option_value(price: float, strike: float, deviation: float, call: bool) -> float:
    """Return the worth of an option on an underlying at `price`.

    `deviation` is the standard deviation of the underlying's log price until expiry, 0 at expiry. Source: Black, "The
    pricing of commodity contracts" (1976), with no interest, where European and American options are worth the same.
    """
    intrinsic = max(price - strike if call else strike - price, 0.0)
    if deviation <= 0 or price <= 0:
        return intrinsic
    high = log(price / strike) / deviation + deviation / 2
    worth = price * _below(high) - strike * _below(high - deviation)
    return max(worth if call else worth - price + strike, intrinsic)


def _below(x: float) -> float:
    """Return the chance that a normal number is below `x`."""
    return (1 + erf(x / _ROOT_2)) / 2
