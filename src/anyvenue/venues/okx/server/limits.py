"""How often a client asks: requests of each kind in two seconds, by account, or by address where nobody signs."""

from collections.abc import Callable

from anyvenue.venues.okx.server.refusals import Refused
from anyvenue.venues.okx.server.terms import OkxTerms
from anyvenue.venues.serving.windows import Window

__all__ = ["Limits"]

_SPAN_S = 2


class Limits:
    """Counts in spans of two seconds that begin by the clock."""

    def __init__(self, terms: OkxTerms, wall: Callable[[], float]) -> None:
        """Count under `terms`; `wall` is the time in seconds."""
        self._factor, self._wall = terms.limits, wall
        self._used: dict[tuple[str, str], Window] = {}

    def use(self, who: str, what: str, most: int, count: int = 1) -> None:
        """Count requests; raise Refused 50011 where they are too many."""
        if not self._factor:
            return
        window = self._used.setdefault((who, what), Window())
        if window.take(int(self._wall()), _SPAN_S, count) > most * self._factor:
            raise Refused("50011", "Too Many Requests", 429)
