"""Figures of a live node's edges, read when asked for: sockets, request limits, inbox, drivers, the loop."""

from collections.abc import Iterator

from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.live.requests import Outgoing
from anyvenue.engine.live.session import Session
from anyvenue.runtime.metrics import Metrics, Sample
from anyvenue.runtime.watchdog import LoopWatchdog

__all__ = ["EdgeMeters"]

_RANKS = ("halt_cancel", "cancel", "other")
_OUTCOMES = ("queued", "withdrawn", "refused", "expired", "retried")


class EdgeMeters:
    """Adds its figures to some metrics; `watchdog` is the loop's, once there is one."""

    def __init__(self, metrics: Metrics, node: LiveNode) -> None:
        """Read `node`."""
        self.watchdog: LoopWatchdog | None = None
        self._node = node
        self._add_venues(metrics)
        self._add_requests(metrics)
        self._add_loop(metrics)

    def _add_venues(self, metrics: Metrics) -> None:
        metrics.gauge(
            "anyvenue_venue_open_sockets", "Connections to a venue that are open.", self._sockets
        )
        metrics.gauge(
            "anyvenue_venue_requests_left",
            "What is left of a request limit at the moment.",
            self._requests_left,
        )
        metrics.gauge(
            "anyvenue_venue_corrections_total",
            "What comparing with a venue has changed in the books.",
            lambda: self._of_sessions("corrections"),
            "counter",
        )
        metrics.gauge(
            "anyvenue_driver_restarts_total",
            "Processes of a driver that had to be started again.",
            lambda: self._of_drivers("restarts"),
            "counter",
        )
        metrics.gauge(
            "anyvenue_driver_in_flight",
            "Requests that a driver in a process has had no answer to.",
            lambda: self._of_drivers("in_flight"),
        )

    def _add_requests(self, metrics: Metrics) -> None:
        metrics.gauge(
            "anyvenue_requests_waiting", "Requests that wait and were not sent.", self._waiting
        )
        metrics.gauge(
            "anyvenue_requests_delayed_total",
            "Requests that could not leave at once, and what became of them.",
            self._delayed,
            "counter",
        )

    def _add_loop(self, metrics: Metrics) -> None:
        metrics.gauge(
            "anyvenue_inbox_posted_total", "Events that came in.", self._posted, "counter"
        )
        metrics.gauge(
            "anyvenue_inbox_dropped_total",
            "Events lost besides conflated ticks: there is no way to lose one.",
            lambda: [({}, 0)],
            "counter",
        )
        metrics.gauge(
            "anyvenue_loop_longest_lag_seconds",
            "The longest time the loop was held up.",
            lambda: [({}, self.watchdog.longest_ns / 1e9)] if self.watchdog else [],
        )

    # ---- reading

    def _sockets(self) -> Iterator[Sample]:
        # A driver that does not tell is not shown: 0 would be a lie.
        yield from self._of_drivers("sockets")

    def _of_drivers(self, figure: str) -> Iterator[Sample]:
        for venue, session in self._node.sessions.items():
            value = getattr(session.driver, figure, None)
            if value is not None:
                yield {"venue": venue}, float(value)

    def _of_sessions(self, figure: str) -> Iterator[Sample]:
        for venue, session in self._node.sessions.items():
            yield {"venue": venue}, getattr(session, figure)

    def _requests_left(self) -> Iterator[Sample]:
        for session, outgoing in self._limited():
            for name, left in outgoing.left().items():
                yield {"venue": session.venue, "limit": name}, left

    def _waiting(self) -> Iterator[Sample]:
        for session, outgoing in self._limited():
            for rank, name in enumerate(_RANKS):
                yield {"venue": session.venue, "rank": name}, len(outgoing.room.of(rank))

    def _delayed(self) -> Iterator[Sample]:
        for session, outgoing in self._limited():
            for name in _OUTCOMES:
                yield {"venue": session.venue, "outcome": name}, getattr(outgoing, name)

    def _limited(self) -> Iterator[tuple[Session, Outgoing]]:
        for session in self._node.sessions.values():
            if session.outgoing is not None:
                yield session, session.outgoing

    def _posted(self) -> Iterator[Sample]:
        if self._node.started:
            yield {}, self._node.inbox.posted
