"""Where an order stands in the queue of its price, estimated from what a feed shows.

A feed shows how much is displayed at a price, not whose it is. What trades there was at the front. What goes without
a trade was cancelled, ahead of the order or behind it; a model says how much of it was ahead. With `ahead` lots before
the order and `behind` lots after it, the share of a cancellation that was ahead is:

- ``risk_averse``: 0.
- ``power2``: ahead^2 / (ahead^2 + behind^2). The longer part of the queue loses more than in proportion.
- ``log``: ln(1 + ahead) / (ln(1 + ahead) + ln(1 + behind)). Both parts lose nearly the same.
- ``uniform``: ahead / (ahead + behind). Every displayed lot is equally likely to go.

The family f(ahead) / (f(ahead) + f(behind)) is usual in the literature on order-book backtests (E. Rigtorp, "Estimating
order queue position", 2013). Whatever the model says, no more than what stands behind can be cancelled behind, and no
more than what stands ahead can be cancelled ahead.
"""

from collections.abc import Callable
from decimal import Decimal
from math import log1p
from types import MappingProxyType

from anyvenue.model.errors import ConfigError

__all__ = ["QUEUE_MODELS", "Place", "Share", "get_share"]

Share = Callable[[float, float], float]
"""From (ahead, behind) in lots, not both 0, to the share of a cancellation that was ahead."""


def _risk_averse(ahead: float, behind: float) -> float:
    return 0.0


def _power2(ahead: float, behind: float) -> float:
    # Of the longer part only: the squares of what a bad feed shows could be too large for a float.
    ratio = min(ahead, behind) / max(ahead, behind)
    small = ratio * ratio / (1 + ratio * ratio)
    return small if ahead < behind else 1 - small


def _log(ahead: float, behind: float) -> float:
    front = log1p(ahead)
    return front / (front + log1p(behind))


def _uniform(ahead: float, behind: float) -> float:
    return ahead / (ahead + behind)


QUEUE_MODELS = MappingProxyType(
    {"risk_averse": _risk_averse, "power2": _power2, "log": _log, "uniform": _uniform}
)
"""The models by name."""


def get_share(model: str) -> Share:
    """Return a model; raise ConfigError for one that does not exist."""
    try:
        return QUEUE_MODELS[model]
    except KeyError:
        known = ", ".join(QUEUE_MODELS)
        raise ConfigError(
            f"queue_model was {model!r}; expected one of {known}",
            code="config.queue_model",
            key="queue_model",
            value=model,
            known=known,
        ) from None


class Place:
    """The place of one order in the queue of its price: `ahead` lots are before it, and never become more.

    `seen` is what was displayed at the price when last looked, None where that cannot be seen; `traded` is what has
    traded there since; `since` is when the order took the place.
    """

    __slots__ = ("ahead", "buy", "price", "seen", "since", "traded")

    def __init__(
        self, buy: bool, price: Decimal, ahead: float, seen: float | None, since: int
    ) -> None:
        self.buy = buy
        self.price = price
        self.ahead = ahead
        self.seen = seen
        self.since = since
        self.traded = 0.0

    def pass_by(self, lots: float) -> None:
        """Let `lots` from the front trade."""
        self.ahead = max(self.ahead - lots, 0.0)

    def look(self, size: float | None, share: Share | None) -> None:
        """Compare with what is displayed now, None where it cannot be seen.

        What neither is there any more nor was traded was cancelled, and `share` says how much of that was ahead; None
        for an order that was not there all the time.
        """
        if size is not None:
            if share is not None and self.seen is not None:
                self._cancel(self.seen - self.traded, size, share)
            self.ahead = min(self.ahead, size)
        self.seen, self.traded = size, 0.0

    def _cancel(self, left: float, size: float, share: Share) -> None:
        cancelled = left - size
        if cancelled <= 0 or self.ahead <= 0:
            return
        behind = max(left - self.ahead, 0.0)
        ahead = max(cancelled * share(self.ahead, behind), cancelled - behind)
        self.ahead = max(self.ahead - ahead, 0.0)
