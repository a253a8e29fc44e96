"""The WebSocket JSON face of a live node: a counter over its accounts, behind the JSON door."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from anyvenue.app.faces.config import WebctpFaceConfig
from anyvenue.app.faces.node_counter import CounterTerms, NodeCounter
from anyvenue.engine.live.node import LiveNode
from anyvenue.model.errors import ConfigError
from anyvenue.runtime.clock import LiveClock
from anyvenue.venues.ctp.json.audit import Audit
from anyvenue.venues.ctp.json.terms import UpstreamTerms
from anyvenue.venues.ctp.json.tokens import Token, Tokens

if TYPE_CHECKING:
    from anyvenue.venues.ctp.counter.counter import Counter
    from anyvenue.venues.ctp.json.features import Features
    from anyvenue.venues.ctp.json.service import JsonDoor

__all__ = ["WebctpFace"]

_AUDIT = "webctp-audit.jsonl"


class WebctpFace:
    """Implements `Face`."""

    name = "webctp"

    def __init__(
        self,
        node: LiveNode,
        terms: WebctpFaceConfig,
        password: str,
        token: str,
        folder: Path | None,
    ) -> None:
        """Serve accounts of `node`, keeping what was told in `folder`; raise ConfigError or AccountError."""
        if find_spec("aiohttp") is None:
            raise ConfigError(
                "aiohttp is not installed; pip install 'anyvenue[service]'",
                code="config.extra_missing",
                package="aiohttp",
                extra="service",
            )
        self.places: dict[str, str | int] = {}
        self._node = node
        self._terms = terms
        self._tokens = Tokens([Token(name=self.name, secret=token)] if token else ())
        self._folder = folder
        counted = CounterTerms(
            accounts=terms.accounts,
            password=password,
            profile=terms.profile,
            currency=terms.currency,
            queries_per_second=0,  # the clients of a session share it: nobody's query is to wait for a pace
        )
        self._counter = NodeCounter(node, self.name, counted, folder)
        self._audit: Audit | None = None
        self._door: JsonDoor | None = None
        self._features: Features | None = None

    async def open(self) -> None:
        """Let programs in; raise ConfigError for an address that cannot be had, or JournalError."""
        terms, counter = self._terms, await self._counter.open()
        self._audit = Audit(self._folder / _AUDIT) if self._folder is not None else None
        door = self._door = self._make_door(counter)
        features = self._features = self._make_features(door)
        await features.start()
        host, port = await door.start(terms.host, terms.port)
        self.places = {
            "td": f"ws://{host}:{port}/td/",
            "md": f"ws://{host}:{port}/md/",
            "day": counter.trading_day,
            "accounts": ", ".join(terms.accounts),
        }

    async def close(self) -> None:
        """Drop the programs and let go of the files; orders stay as they are."""
        if self._features is not None:
            await self._features.close()
        if self._door is not None:
            await self._door.close()
        await self._counter.close()
        if self._audit is not None:
            self._audit.close()

    def _make_door(self, counter: "Counter") -> "JsonDoor":
        from anyvenue.venues.ctp.json.service import JsonDoor, JsonTerms

        profile = counter.context.profile
        return JsonDoor(
            counter,
            JsonTerms(upstream=UpstreamTerms(broker_id=profile.broker_id)),
            self._tokens,
            now=LiveClock().now,
            audit=self._audit,
            note=lambda line: self._node.log(f"face:{self.name}", line),
        )

    def _make_features(self, door: "JsonDoor") -> "Features":
        """Add the page and the cached queries; figures, alerts and strategies are the node's own."""
        from anyvenue.venues.ctp.json.features import AlertTerms, Features, FeatureTerms
        from anyvenue.venues.ctp.json.features.wiring import attach

        quiet = AlertTerms(
            order_p95_ms=0, market_p95_ms=0, cache_hit_rate=0, cpu_percent=0, memory_percent=0
        )
        features = Features(
            FeatureTerms(report_interval_s=0, alerts=quiet),
            now=LiveClock().now,
            note=lambda line: self._node.log(f"face:{self.name}", line),
        )
        attach(door, features)
        return features
