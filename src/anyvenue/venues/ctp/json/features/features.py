"""All features of a service in one: messages, answers heard, time, pages."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

import msgspec

from anyvenue.model.protocols import Supervisor
from anyvenue.runtime.webhooks import Webhook
from anyvenue.venues.ctp.counter.seam import Answer, Fields
from anyvenue.venues.ctp.json.features.alerts import Alerts, AlertTerms
from anyvenue.venues.ctp.json.features.cache import CACHED, Cache
from anyvenue.venues.ctp.json.features.clients import Client, Message
from anyvenue.venues.ctp.json.features.meters import Meters
from anyvenue.venues.ctp.json.features.strategies import (
    STRATEGY_REQUESTS,
    StrategyDesk,
    StrategyTerms,
)

__all__ = ["FEATURE_REQUESTS", "FeatureTerms", "Features"]

FEATURE_REQUESTS = frozenset({*STRATEGY_REQUESTS, *CACHED, "RefreshCache"})
"""The message types that `Features.take` answers."""

_PULSE_S = 1.0
_QUOTE = "OnRtnDepthMarketData"
_SAMPLE = 16


class FeatureTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How the features behave; the defaults are homalos-webctp's.

    A report interval of 0 keeps the figures out of the log. Without a `webhook` alerts go to the log alone.
    """

    cache_longest_s: float = 30.0
    report_interval_s: float = 60.0
    alerts: AlertTerms = AlertTerms()
    webhook: str = ""
    strategies: StrategyTerms = StrategyTerms()


class Features:
    """Cached queries, figures, alerts and strategies of one service. Calls are on the loop's thread."""

    def __init__(
        self,
        terms: FeatureTerms,
        *,
        now: Callable[[], int],
        note: Callable[[str], None],
        supervisor: Supervisor | None = None,
    ) -> None:
        """Begin; `now` is the wall clock (int ns UTC), `note` takes lines for the log."""
        self._terms = terms
        self._now = now
        self._note = note
        self.count: Callable[[], dict[str, int]] = dict
        self.cache = Cache(now, terms.cache_longest_s)
        self.meters = Meters(now, self.cache, lambda: self.count())
        self.strategies = StrategyDesk(supervisor, terms.strategies, now)
        self._webhook = Webhook(terms.webhook, note) if terms.webhook else None
        self._alerts = Alerts(terms.alerts, self.meters, self.cache, now, self._tell)
        self._pulse: asyncio.Task[None] | None = None
        self._reported = now()
        self._quotes = 0

    # ---- its life

    async def start(self) -> None:
        """Begin to look at the clock."""
        self._pulse = asyncio.create_task(self._run())

    async def close(self) -> None:
        """End; alerts that wait are delivered first."""
        if self._pulse is not None:
            self._pulse.cancel()
            with suppress(asyncio.CancelledError):
                await self._pulse
            self._pulse = None
        if self._webhook is not None:
            await asyncio.to_thread(self._webhook.close)

    def look(self) -> None:
        """Do what is due by the clock."""
        self.meters.look()
        self._alerts.look()
        interval = int(self._terms.report_interval_s * 1e9)
        if interval and self._now() - self._reported >= interval:
            self._reported = self._now()
            self._note(self.meters.line())

    async def _run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(_PULSE_S)

    # ---- clients

    def take(self, client: Client, message: Message) -> bool:
        """Answer a message of `FEATURE_REQUESTS`; False for any other one."""
        name = message.get("MsgType")
        if name not in FEATURE_REQUESTS:
            return False
        if name in STRATEGY_REQUESTS:
            self.strategies.take(client, message)
        else:
            self.cache.take(client, message)
        return True

    # ---- terms.Watcher

    def joined(self, session: object) -> None:
        """Do nothing: the service itself knows its sockets."""

    def left(self, session: object) -> None:
        """Do nothing."""

    def asked(self, account: str, name: str, fields: Fields, request_id: int) -> None:
        """Take note of a request to the counter, by the number it has there."""
        self.meters.asked(account, name, fields, request_id)
        self.cache.asked(account, name, fields, request_id)

    def heard(self, account: str, answer: Answer) -> None:
        """Take note of what the counter said, once however many clients hear it; quotes are of the account ""."""
        self.meters.heard(account, answer)
        self.cache.heard(account, answer)
        if answer.callback == _QUOTE:
            self._quotes += 1
            if self._quotes % _SAMPLE == 0:
                # The service writes when this turn is over, which is in the next one: so after the one behind it.
                loop = asyncio.get_running_loop()
                loop.call_soon(loop.call_soon, self._written, self._now())

    def _written(self, began: int) -> None:
        self.meters.market.add((self._now() - began) / 1e9)

    # ---- pages

    def page(self, path: str) -> tuple[str, bytes] | None:
        """Return a page's content type and content, None where there is none. ``/metrics`` is not for everybody."""
        if path == "/metrics":
            return "text/plain; version=0.0.4", self.meters.metrics.render().encode()
        if path == "/health":
            return "application/json", msgspec.json.encode(
                {"status": "ok", "clients": self.count()}
            )
        from anyvenue.venues.ctp.json.features.pages import page_of

        return page_of(path)

    def _tell(self, alert: Mapping[str, object]) -> None:
        self._note(f"alert: {alert['text']}")
        if self._webhook is not None:
            self._webhook.send(alert)
