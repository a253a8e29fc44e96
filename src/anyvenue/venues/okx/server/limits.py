"""How often a client asks: requests of each kind in two seconds, by account, or by address where nobody signs."""

from collections.abc import Callable, Mapping

from anyvenue.venues.okx.server.asking import Asked, Endpoint, texts_of
from anyvenue.venues.okx.server.refusals import Refused
from anyvenue.venues.okx.server.terms import OkxTerms
from anyvenue.venues.serving.windows import Window

__all__ = ["Limits"]

_SPAN_S = 2


class Limits:
    """Counts in spans of two seconds that begin by the clock."""

    def __init__(
        self, terms: OkxTerms, wall: Callable[[], float], names: Mapping[str, str]
    ) -> None:
        """Count under `terms`; `wall` is the time in seconds, `names` are those of instruments by their numbers."""
        self._factor, self._wall, self._names = terms.limits, wall, names
        self._used: dict[tuple[str, str], Window] = {}

    def use(self, who: str, path: str, endpoint: Endpoint, asked: Asked) -> None:
        """Count a request to an endpoint; raise Refused 50011 where they are too many."""
        if not self._factor:
            return
        what = path
        if endpoint.counted:
            about = texts_of(asked.rows[0]) if asked.rows else {}
            name = about.get("instId") or self._names.get(about.get("instIdCode", ""), "")
            what = f"{endpoint.counted} {name}"
        count = len(asked.rows) if endpoint.each else 1
        window = self._used.setdefault((who, what), Window())
        if window.take(int(self._wall()), _SPAN_S, count) > endpoint.limit * self._factor:
            raise Refused("50011", "Too Many Requests", 429)
