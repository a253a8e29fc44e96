"""Figures beyond their thresholds, told to the log and to a webhook, each not too often."""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from anyvenue.venues.ctp.json.features.cache import Cache
from anyvenue.venues.ctp.json.features.meters import Meters

__all__ = ["AlertTerms", "Alerts"]

_FEW = 20
_P95 = 0.95


class AlertTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What is too much; 0 is no threshold. The defaults are homalos-webctp's.

    Latencies are p95 in ms over ten minutes, the hit rate a share, cpu and memory percent. The same alert is told
    again after `min_interval_s`.
    """

    order_p95_ms: float = 150.0
    market_p95_ms: float = 80.0
    cache_hit_rate: float = 0.65
    cpu_percent: float = 70.0
    memory_percent: float = 80.0
    min_interval_s: float = 300.0


class Alerts:
    """Looks at the meters and tells what is beyond a threshold."""

    def __init__(
        self,
        terms: AlertTerms,
        meters: Meters,
        cache: Cache,
        now: Callable[[], int],
        tell: Callable[[Mapping[str, object]], None],
    ) -> None:
        """Give `tell` one mapping per alert: alert, level, value, threshold, text."""
        self._terms = terms
        self._meters = meters
        self._cache = cache
        self._now = now
        self._tell = tell
        self._told: dict[str, int] = {}

    def look(self) -> None:
        """Tell what is beyond its threshold now."""
        now = self._now()
        pause = int(self._terms.min_interval_s * 1e9)
        for name, value, threshold, text in self._found():
            last = self._told.get(name)
            if last is None or now - last >= pause:
                self._told[name] = now
                self._tell(
                    {
                        "alert": name,
                        "level": "warning",
                        "value": round(value, 3),
                        "threshold": threshold,
                        "text": text,
                    }
                )

    def _found(self) -> Iterator[tuple[str, float, float, str]]:
        terms, meters = self._terms, self._meters
        for name, window, most in (
            ("order_latency", meters.order, terms.order_p95_ms),
            ("market_latency", meters.market, terms.market_p95_ms),
        ):
            p95 = window.quantile(_P95)
            # Of a handful of values the slowest is the p95.
            if most and p95 is not None and window.count >= _FEW and 1000 * p95 > most:
                text = f"{name.replace('_', ' ')} p95 is {1000 * p95:.1f} ms, above {most:g} ms"
                yield name, 1000 * p95, most, text
        rate, wanted = self._cache.hit_rate, 100 * terms.cache_hit_rate
        asked = self._cache.hits + self._cache.misses
        if terms.cache_hit_rate and rate is not None and asked >= _FEW and rate < wanted:
            yield "cache_hit_rate", rate, wanted, f"{rate:.0f} % of cached queries found something"
        for name, value, most in (
            ("cpu", meters.cpu_percent, terms.cpu_percent),
            ("memory", meters.memory_percent(), terms.memory_percent),
        ):
            if most and value > most:
                yield name, value, most, f"{name} is at {value:.0f} %, above {most:g} %"
