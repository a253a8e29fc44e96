"""What the service counts: messages, latencies, clients, the process's share of the machine."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from time import process_time

from anyvenue.runtime.metrics import Metrics
from anyvenue.venues.ctp.counter.seam import Answer, Fields
from anyvenue.venues.ctp.json.features.cache import Cache
from anyvenue.venues.ctp.json.features.windows import Window

__all__ = ["Meters"]

_STATM = Path("/proc/self/statm")
_MOST_OPEN = 10_000
_CPU_SPAN = 10_000_000_000
_FRACTIONS = (0.5, 0.95, 0.99)
_FIRST_ANSWERS = {"OnRtnOrder", "OnRspOrderInsert", "OnErrRtnOrderInsert"}


class Meters:
    """Figures of one service; everything happens on its thread."""

    def __init__(
        self, now: Callable[[], int], cache: Cache, clients: Callable[[], dict[str, int]]
    ) -> None:
        """Count by `now` (int ns); `clients` gives the sockets by side."""
        self.metrics = Metrics()
        self._now = now
        self._clients = clients
        self._cache = cache
        self.order = Window(now)
        self.query = Window(now)
        self.market = Window(now)
        self.requests = self.metrics.counter("webctp_requests_total", "requests that went upstream")
        self.answers = self.metrics.counter("webctp_answers_total", "answers heard from upstream")
        self.quotes = self.metrics.counter("webctp_quotes_total", "quotes heard from upstream")
        self._open: dict[tuple[str, object], int] = {}
        self._cpu_at = (now(), process_time())
        self._cpu = 0.0
        self._add_gauges()

    def _add_gauges(self) -> None:
        add = self.metrics.gauge
        add("webctp_clients", "open sockets", self._client_samples)
        add("webctp_latency_seconds", "latency over the last ten minutes", self._latencies)
        add("webctp_cache_hit_percent", "cached queries that found something", self._hit_rate)
        add("webctp_cpu_percent", "processor time of the process", lambda: [({}, self._cpu)])
        add("webctp_memory_bytes", "resident memory", lambda: [({}, float(self.memory_bytes()))])

    # ---- what happens

    def asked(self, account: str, name: str, fields: Fields, request_id: int) -> None:
        """Take note of a request that goes upstream."""
        self.requests.add()
        if len(self._open) > _MOST_OPEN:  # requests that nobody answered
            self._open.clear()
        key: tuple[str, object] = (account, request_id)
        if name == "ReqOrderInsert":
            key = (account, str(fields.get("OrderRef", "")).strip())
        self._open[key] = self._now()

    def heard(self, account: str, heard: Answer) -> None:
        """Take note of an answer; the first one to a request or an order ends its latency."""
        if heard.callback == "OnRtnDepthMarketData":
            self.quotes.add()
            return
        self.answers.add()
        if heard.callback in _FIRST_ANSWERS:
            reference = (heard.fields or {}).get("OrderRef", "")
            self._end(self.order, (account, str(reference).strip()))
        elif heard.request_id:
            self._end(self.query, (account, heard.request_id))

    def _end(self, window: Window, key: tuple[str, object]) -> None:
        began = self._open.pop(key, None)
        if began is not None:
            window.add((self._now() - began) / 1e9)

    # ---- the machine

    def look(self) -> None:
        """Measure the processor time over ten seconds and more: of a moment it says nothing."""
        now, used = self._now(), process_time()
        before, used_before = self._cpu_at
        if now - before >= _CPU_SPAN:
            self._cpu = 100 * (used - used_before) / ((now - before) / 1e9)
            self._cpu_at = (now, used)

    @property
    def cpu_percent(self) -> float:
        """Processor time of the last ten seconds or so, 100 for one whole core."""
        return self._cpu

    def memory_bytes(self) -> int:
        """Return the resident memory, 0 where the system does not tell."""
        try:
            return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError, IndexError):
            return 0

    def memory_percent(self) -> float:
        """Return the resident memory as a share of the machine's."""
        try:
            whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        except (OSError, ValueError):
            return 0.0
        return 100 * self.memory_bytes() / whole

    # ---- what is told

    def line(self) -> str:
        """Return the figures in one line for the log."""
        clients = " ".join(f"{side}={count}" for side, count in self._clients().items())
        parts = [
            f"clients {clients or 0}",
            f"requests {self.requests.value}",
            f"answers {self.answers.value}",
            f"quotes {self.quotes.value}",
        ]
        for name in ("order", "query", "market"):
            window: Window = getattr(self, name)
            if window.count:
                shown = "/".join(f"{1000 * (window.quantile(f) or 0):.2f}" for f in _FRACTIONS)
                parts.append(f"{name} p50/p95/p99 {shown} ms")
        parts.append(f"cpu {self._cpu:.0f} %")
        parts.append(f"memory {self.memory_bytes() >> 20} MB")
        return "; ".join(parts)

    def _client_samples(self) -> Iterable[tuple[dict[str, str], float]]:
        return [({"side": side}, float(count)) for side, count in self._clients().items()]

    def _latencies(self) -> Iterable[tuple[dict[str, str], float]]:
        for name in ("order", "query", "market"):
            window: Window = getattr(self, name)
            for fraction in _FRACTIONS:
                value = window.quantile(fraction)
                if value is not None:
                    yield {"of": name, "quantile": str(fraction)}, value

    def _hit_rate(self) -> Iterable[tuple[dict[str, str], float]]:
        rate = self._cache.hit_rate
        return [] if rate is None else [({}, rate)]
