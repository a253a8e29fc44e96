"""How much may be sent now: limits over sliding windows, exact for any window a venue may choose."""

from collections import deque
from collections.abc import Sequence
from typing import Literal

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.model.protocols import RequestLimit

__all__ = ["Allowance", "Kind", "RequestTerms", "check_limit"]

Kind = Literal["order", "cancel", "modify"]

_NOISE = 1e-9  # weights are floats: sums that are equal may differ by this


class RequestTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How requests to a venue are limited: `limits` go before those of their names that the driver tells.

    So many orders and modifications of a strategy may wait (`queue`), none longer than `longest_wait_s`; cancels wait
    as long as they must.
    """

    limits: tuple[RequestLimit, ...] = ()
    queue: int = 100
    longest_wait_s: float = 5.0


class Allowance:
    """Counts requests against some limits; times are seconds of a clock that never goes back."""

    def __init__(self, limits: Sequence[RequestLimit]) -> None:
        """Begin with nothing used; raise ConfigError for a limit under which something could never be sent."""
        self._windows = [_Window(each) for each in limits]

    @property
    def limits(self) -> list[RequestLimit]:
        """The limits, as they were given."""
        return [each.limit for each in self._windows]

    def fits(self, kind: Kind, now: float) -> bool:
        """Tell whether a request may be sent at `now`."""
        return all(each.free_at(kind, now) <= now for each in self._windows)

    def free_at(self, kind: Kind, now: float) -> float:
        """Return when a request may be sent if nothing else is."""
        return max((each.free_at(kind, now) for each in self._windows), default=now)

    def take(self, kind: Kind, now: float) -> None:
        """Count a request that is sent at `now`, whether it fits or not."""
        for each in self._windows:
            each.take(kind, now)

    def give_back(self, kind: Kind) -> None:
        """Uncount the request that was taken last: no byte of it was sent."""
        for each in self._windows:
            each.give_back(kind)

    def cost(self, kind: Kind) -> float:
        """Return the largest share of any limit that a request takes."""
        return max(
            (_weight(each.limit, kind) / each.limit.count for each in self._windows), default=0
        )

    def compete(self, one: Kind, other: Kind) -> bool:
        """Tell whether some limit counts both kinds of requests."""
        return any(
            _weight(each.limit, one) > 0 and _weight(each.limit, other) > 0
            for each in self._windows
        )

    def left(self, now: float) -> dict[str, float]:
        """Return what is left of each limit at `now`, by its name."""
        return {each.limit.name: each.left(now) for each in self._windows}


class _Window:
    """One limit, and what was sent in its last `seconds`."""

    def __init__(self, limit: RequestLimit) -> None:
        check_limit(limit)
        self.limit = limit
        self._used = 0.0
        self._sent: deque[tuple[float, float]] = deque()

    def free_at(self, kind: Kind, now: float) -> float:
        weight = _weight(self.limit, kind)
        if not weight:
            return now
        self._forget(now)
        room = self.limit.count - (0 if kind == "cancel" else self.limit.reserve)
        over = self._used + weight - room
        if over <= _NOISE:
            return now
        for at, part in self._sent:
            over -= part
            if over <= _NOISE:
                return at + self.limit.seconds
        raise AssertionError("a weight above its limit was refused in the beginning")

    def take(self, kind: Kind, now: float) -> None:
        weight = _weight(self.limit, kind)
        if weight:
            self._forget(now)
            self._sent.append((now, weight))
            self._used += weight

    def give_back(self, kind: Kind) -> None:
        if _weight(self.limit, kind) and self._sent:
            self._used -= self._sent.pop()[1]

    def left(self, now: float) -> float:
        self._forget(now)
        return max(self.limit.count - self._used, 0.0)

    def _forget(self, now: float) -> None:
        sent, seconds = self._sent, self.limit.seconds
        # Computed as `free_at` does: a difference of the same numbers could come out a hair smaller.
        while sent and sent[0][0] + seconds <= now:
            self._used -= sent.popleft()[1]
        if not sent:
            self._used = 0.0


def check_limit(limit: RequestLimit) -> None:
    """Raise ConfigError for a limit under which something could never be sent."""
    most = limit.count - limit.reserve
    if (
        min(limit.order, limit.cancel, limit.modify, limit.reserve) < 0
        or limit.seconds <= 0
        or max(limit.order, limit.modify) > most
        or limit.cancel > limit.count
    ):
        raise ConfigError(
            f"request limit {limit.name} lets some request never out: {limit.count:g} in {limit.seconds:g} s, of which "
            f"{limit.reserve:g} for cancels; an order is worth {limit.order:g}, a cancel {limit.cancel:g}, "
            f"a modification {limit.modify:g}",
            code="config.request_limit",
            limit=limit.name,
        )


def _weight(limit: RequestLimit, kind: Kind) -> float:
    if kind == "order":
        return limit.order
    return limit.cancel if kind == "cancel" else limit.modify
