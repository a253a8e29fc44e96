"""What a live node tells of its edges: sockets, limits, what waits, hours; each figure scraped and documented."""

import asyncio
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from anyvenue.engine.live import LiveNode, StrategySpec, Supervisor
from anyvenue.engine.live.requests import RequestTerms
from anyvenue.engine.live.service import Service, ServiceTerms
from anyvenue.model.events import LoopLagged
from anyvenue.model.ids import AccountId, VenueId
from anyvenue.model.protocols import RequestLimit
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.cron import CronHours
from anyvenue.reference.sessions import get_sessions
from anyvenue.strategy.base import Strategy
from live_nodes import page, until
from served import RB, Served, served

ALICE, PAPER = AccountId("alice"), VenueId("paper")
ROOT = Path(__file__).resolve().parents[3]


class Eager(Strategy):
    """Places three orders at once, far from the market."""

    def on_start(self) -> None:
        for _ in range(3):
            self.buy(self.instrument, 1, price=3400)


class Rig:
    """A service with a budget of one order, and one strategy."""

    def __init__(self, exchange: Served, **spec: Any) -> None:
        catalog = Catalog()
        self.node = LiveNode(catalog, sessions_of=lambda each: get_sessions("always"))
        limit = RequestLimit(name="orders", count=1, seconds=3600, cancel=0)
        terms = RequestTerms(limits=(limit,), longest_wait_s=3600)
        self.session = self.node.add_venue(exchange.driver("alice"), terms)
        self.node.add_account(ALICE, PAPER)
        self.supervisor = Supervisor(self.node)
        found = StrategySpec(
            name="eager",
            load=lambda: Eager,
            account=ALICE,
            instruments=(catalog.get(RB),),
            **spec,
        )
        self.supervisor.add(found)
        self.service = Service(self.node, self.supervisor, ServiceTerms(metrics_port=0))
        self._running = asyncio.ensure_future(self.service.run())

    async def started(self) -> "Rig":
        await self.service.started.wait()
        return self

    async def scrape(self) -> dict[str, float]:
        code, text = await page(self.service.port or 0, "/metrics")
        assert code == 200
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    async def stop(self) -> None:
        self.service.stop_requested.set()
        assert not await self._running


def test_sockets_limits_and_what_waits_are_scraped() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange).started()
            await until(lambda: rig.session.outgoing and len(rig.session.outgoing.room) == 2)
            found = await rig.scrape()
            assert found['anyvenue_venue_open_sockets{venue="paper"}'] == 1
            assert found['anyvenue_venue_requests_left{venue="paper",limit="orders"}'] == 0
            assert found['anyvenue_requests_waiting{venue="paper",rank="other"}'] == 2
            assert found['anyvenue_requests_waiting{venue="paper",rank="halt_cancel"}'] == 0
            assert found['anyvenue_requests_delayed_total{venue="paper",outcome="queued"}'] == 2
            assert found['anyvenue_requests_delayed_total{venue="paper",outcome="retried"}'] == 0
            assert found["anyvenue_inbox_posted_total"] > 3
            assert found["anyvenue_inbox_dropped_total"] == 0
            assert found["anyvenue_loop_longest_lag_seconds"] >= 0
            (venue,) = rig.service.status().venues
            assert (venue.waiting, venue.requests_left) == (2, {"orders": 0})
            await rig.stop()

    asyncio.run(main())


def test_every_figure_stands_in_the_table_and_every_one_of_the_table_is_scraped() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange).started()
            text = rig.service.meters.metrics.render()
            await rig.stop()
        known = set(re.findall(r"# TYPE (\w+)", text))
        table = (ROOT / "docs" / "how-to" / "live.md").read_text(encoding="utf-8")
        documented = set(re.findall(r"`(anyvenue_\w+)`", table))
        assert known == documented

    asyncio.run(main())


def test_a_held_loop_is_reported_with_its_stack() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange).started()
            heard: list[LoopLagged] = []
            rig.node.node.kernel.on(LoopLagged, heard.append)
            hold_the_loop(rig)
            await until(lambda: heard)
            assert "hold_the_loop" in heard[0].stack
            found = await rig.scrape()
            assert found["anyvenue_loop_lags_total"] >= 1
            assert found["anyvenue_loop_longest_lag_seconds"] > 0.05
            await rig.stop()

    asyncio.run(main())


def hold_the_loop(rig: Rig) -> None:
    """Compute until the watchdog's thread has seen it, and a little longer."""
    watchdog = rig.service.meters.edges.watchdog
    assert watchdog is not None
    from time import monotonic

    until = monotonic() + 0.15
    while monotonic() < until or not watchdog.sampled:
        pass


def test_a_strategy_runs_by_cron_in_the_time_of_a_place() -> None:
    hours = CronHours(start="55 8 * * 1-5", stop="15 15 * * 1-5", zone="Asia/Shanghai")

    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, schedule=hours).started()
            rig.supervisor.look(at("2026-11-20T08:54:59"))
            assert "eager" not in rig.node.node.hosts
            rig.supervisor.look(at("2026-11-20T08:55:00"))
            assert rig.node.node.hosts["eager"].state == "running"  # type: ignore[index]
            rig.supervisor.look(at("2026-11-20T15:15:00"))
            assert rig.node.node.hosts["eager"].state == "stopped"  # type: ignore[index]
            (status,) = rig.service.status().strategies
            now = rig.node.now()
            assert status.zone == "Asia/Shanghai"
            assert now < status.next_start
            assert now < status.next_stop
            rig.supervisor.stop("eager")
            rig.supervisor.look(at("2026-11-23T10:00:00"))  # who stopped it wants it so
            assert rig.service.status().strategies[0].next_start == 0
            await rig.stop()

    asyncio.run(main())


def at(text: str) -> int:
    """Return an instant of Shanghai's time."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return int(local.timestamp()) * 1_000_000_000


def test_trading_hours_tell_when_they_change() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange).started()
            rig.node.node.sessions_of = lambda each: get_sessions(each.sessions)
            spec = rig.supervisor.strategies["eager"].spec
            import msgspec

            hours = rig.supervisor._schedule_of(msgspec.structs.replace(spec, schedule="session"))
            lunch, morning = at("2026-11-20T12:00:00"), at("2026-11-20T11:00:00")
            assert (hours.zone, hours.is_open(lunch)) == ("Asia/Shanghai", False)
            assert hours.next_start(lunch) == at("2026-11-20T13:30:00")
            assert hours.next_stop(morning) == at("2026-11-20T11:30:00")
            assert hours.next_start(morning) == at("2026-11-20T13:30:00")
            await rig.stop()

    asyncio.run(main())
