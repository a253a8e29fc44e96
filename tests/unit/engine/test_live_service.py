"""A live node as a service: steered from outside, watched over HTTP, stopped without orders left."""

import asyncio
import json
import socket
import stat
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from anyvenue.engine.live import LiveNode, StrategySpec, Supervisor
from anyvenue.engine.live.service import Service, ServiceTerms
from anyvenue.engine.slowness import SlowLimit
from anyvenue.model.enums import DriverState, OrderState, Side
from anyvenue.model.errors import (
    AnyvenueError,
    ConfigError,
    ConnectivityError,
    DataError,
    JournalError,
)
from anyvenue.model.ids import AccountId, StrategyId, VenueId
from anyvenue.model.orders import OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.runtime.control import CONTROL_FILE, ask
from anyvenue.strategy.base import Strategy
from live_nodes import page, until
from served import RB, Served, order, served

D = Decimal
ALICE, PAPER, RESTING = AccountId("alice"), VenueId("paper"), StrategyId("resting")


class Resting(Strategy):
    """Puts orders far from the market."""

    price: int = 3400
    count: int = 3

    def on_start(self) -> None:
        if self.price < 0:
            raise ValueError("a price below zero")
        self.quotes(self.instrument)
        for _ in range(self.count):
            self.buy(self.instrument, 1, price=self.price)

    def on_quote(self, quote: object) -> None:
        """Watch."""


class Rig:
    """A service over a served exchange, and what it told."""

    def __init__(
        self, exchange: Served, folder: Path, store: Any = None, **parameters: Any
    ) -> None:
        catalog = Catalog()
        self.exchange = exchange
        self.folder = folder
        self.alerts: list[dict[str, Any]] = []
        hours = parameters.pop("hours", "always")
        self.node = LiveNode(catalog, sessions_of=lambda each: get_sessions(hours))
        self.node.add_venue(exchange.driver("alice"))
        self.node.add_account(ALICE, PAPER)
        self.node.open_journal(folder)
        self.supervisor = Supervisor(self.node, SlowLimit())
        known = ("restarts", "on_error", "schedule")
        options = {key: parameters.pop(key) for key in known if key in parameters}
        self.supervisor.add(
            StrategySpec(
                name="resting",
                load=lambda: Resting,
                account=ALICE,
                instruments=(catalog.get(RB),),
                parameters=parameters,
                **options,
            )
        )
        self.service = Service(
            self.node,
            self.supervisor,
            ServiceTerms(folder=folder, metrics_port=0),
            alert=lambda each: self.alerts.append(dict(each)),
            store=store,
        )
        self._running = asyncio.ensure_future(self.service.run())

    async def started(self) -> "Rig":
        waiting = asyncio.ensure_future(self.service.started.wait())
        await asyncio.wait({waiting, self._running}, return_when=asyncio.FIRST_COMPLETED)
        assert waiting.done(), self._running.exception()
        return self

    async def ask(self, verb: str, **arguments: Any) -> Any:
        return await asyncio.to_thread(ask, self.folder, verb, arguments)

    async def stop(self) -> list[Any]:
        self.service.stop_requested.set()
        return list(await self._running)

    def theirs(self) -> list[Any]:
        """The orders of alice that work at the venue."""
        venue = self.exchange.exchange._machine.broker
        return list(venue.exchange.account(ALICE).orders.open_orders())

    def prices(self) -> list[int]:
        return sorted(int(each.price) for each in self.theirs())


def test_a_kill_leaves_no_order_within_a_second_and_holds_over_a_restart(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path).started()
            await until(lambda: len(rig.theirs()) == 3)
            done = await rig.ask("kill", reason="smoke in the server room")
            assert (done["orders"], done["left"]) == (3, [])
            assert done["seconds"] < 1
            assert not rig.theirs()
            wish = OrderRequest(ALICE, RB, Side.BUY, D(1), D(3400))
            with pytest.raises(AnyvenueError, match="smoke in the server room"):
                rig.node.node.desk.submit(wish)
            await rig.stop()

            again = await Rig(exchange, tmp_path).started()
            status = await again.ask("status")
            assert status["trading"] == "halted"
            assert [each["rule"] for each in status["halts"]] == ["kill_switch"]
            assert not again.theirs()
            assert (await page(again.service.port or 0, "/health"))[0] == 503
            assert (await again.ask("release", reason="put out"))["released"] is True
            assert (await again.ask("status"))["trading"] == "active"
            await again.ask(
                "start", name="resting"
            )  # what it raised when it could not order faulted it
            await until(lambda: len(again.theirs()) == 3)
            assert await again.stop() == []
            assert not again.theirs()
            kinds = [each["event"] for each in again.alerts]
            assert kinds.count("trading_released") == 1

    asyncio.run(main())


def test_the_status_tells_orders_money_and_journal(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path).started()
            await until(lambda: len(rig.theirs()) == 3)
            await until(
                lambda: all(
                    each.state is OrderState.OPEN for each in rig.node.node.desk.open_orders()
                )
            )
            status = await rig.ask("status")
            (account,) = status["accounts"]
            assert (account["account"], account["venue"], account["in_line"]) == (
                "alice", "paper", True,
            )  # fmt: skip
            assert [each["price"] for each in account["orders"]] == ["3400"] * 3
            assert account["balances"][0]["equity"] == "1000000.0000"
            assert status["venues"][0]["state"] == "ready"
            assert status["strategies"][0]["state"] == "running"
            assert status["journal"]["records"] > 3
            await rig.stop()

    asyncio.run(main())


def test_a_strategy_is_stopped_started_and_given_other_parameters(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path).started()
            await until(lambda: len(rig.theirs()) == 3)
            # New parameters keep the orders that work, and the new one has them.
            await rig.ask("restart", name="resting", parameters={"price": "3300", "count": 1})
            await until(lambda: len(rig.theirs()) == 4)
            assert rig.prices() == [3300, 3400, 3400, 3400]
            host = rig.node.node.hosts[RESTING]
            assert len(host.open_orders()) == 4
            await rig.ask("stop", name="resting")
            await until(lambda: not rig.theirs())
            assert (await rig.ask("status"))["strategies"][0]["state"] == "stopped"
            rig.supervisor.look(rig.node.now())
            assert rig.node.node.hosts[RESTING].state == "stopped"  # who stopped it wants it so
            await rig.ask("start", name="resting")
            await until(lambda: rig.prices() == [3300])
            with pytest.raises(AnyvenueError, match="parameter count was 'many'"):
                await rig.ask("restart", name="resting", parameters={"count": "many"})
            assert rig.node.node.hosts[RESTING].state == "running"
            with pytest.raises(AnyvenueError, match="no strategy 'nobody'; there are: resting"):
                await rig.ask("stop", name="nobody")
            await rig.stop()

    asyncio.run(main())


def test_a_faulted_strategy_is_started_again_as_often_as_allowed(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path, price=-1, restarts=2).started()
            now = rig.node.now()
            for seconds in range(20):
                rig.supervisor.look(now + seconds * 1_000_000_000)
            assert rig.supervisor.strategies["resting"].restarts == 2
            assert len(rig.node.node.faults) == 3
            rig.service.alerts.look()
            faults = [each for each in rig.alerts if each["event"] == "strategy_faulted"]
            assert len(faults) == 3
            assert "a price below zero" in faults[0]["text"]
            await rig.stop()

    asyncio.run(main())


def test_metrics_and_health_are_pages_on_loopback(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path).started()
            await until(lambda: len(rig.theirs()) == 3)
            bob, _ = await exchange.client("bob")
            bob.submit(order("bob", 1, Side.SELL, 3500))
            await until(lambda: rig.service.meters.tick_to_strategy.count)
            await until(lambda: rig.service.meters.order_to_ack.count == 3)
            port = rig.service.port or 0
            code, text = await page(port, "/metrics")
            assert code == 200
            lines = dict(
                line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")
            )
            assert lines["anyvenue_orders_sent_total"] == "3"
            assert lines["anyvenue_order_to_ack_seconds_count"] == "3"
            assert int(lines["anyvenue_tick_to_strategy_seconds_count"]) >= 1
            assert lines['anyvenue_equity{account="alice",currency="CNY"}'] == "1000000"
            assert lines['anyvenue_venue_ready{venue="paper"}'] == "1"
            assert "anyvenue_journal_lag_records" in lines
            code, text = await page(port, "/health")
            assert (code, json.loads(text)["status"]) == (200, "ok")
            assert (await page(port, "/nothing"))[0] == 404
            assert (await page(port, "/health", "POST"))[0] == 405
            await rig.stop()

    asyncio.run(main())


def test_only_who_can_read_the_folder_steers_the_node(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path).started()
            file = tmp_path / CONTROL_FILE
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            other = tmp_path / "other"
            other.mkdir()
            known = json.loads(file.read_bytes())
            (other / CONTROL_FILE).write_text(json.dumps({**known, "token": "guessed"}))
            with pytest.raises(ConnectivityError, match="no node runs on"):
                await asyncio.to_thread(ask, other, "kill")
            assert (await rig.ask("status"))["trading"] == "active"
            with pytest.raises(AnyvenueError, match="knows no 'dance'"):
                await rig.ask("dance")
            with pytest.raises(AnyvenueError, match="the scope was 'moon'"):
                await rig.ask("release", scope="moon")
            await rig.stop()
            assert not file.exists()
            with pytest.raises(ConnectivityError):
                ask(tmp_path, "status")

    asyncio.run(main())


def test_a_stop_that_keeps_orders_leaves_them_for_the_next_start(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path).started()
            await until(lambda: len(rig.theirs()) == 3)
            await rig.ask("quit", keep_orders=True)
            assert len(await rig._running) == 3
            assert len(rig.theirs()) == 3
            again = await Rig(exchange, tmp_path, count=1).started()
            await until(lambda: len(again.theirs()) == 4)
            assert len(again.node.node.hosts[RESTING].open_orders()) == 4
            assert await again.stop() == []
            assert not again.theirs()

    asyncio.run(main())


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = Rig(exchange, tmp_path)
            rig.service._terms = ServiceTerms(folder=tmp_path, metrics_port=exchange.port)
            with pytest.raises(ConfigError, match=f"port {exchange.port} of 127.0.0.1"):
                await rig._running
            assert not rig.theirs()

    asyncio.run(main())


def test_a_journal_that_fails_ends_the_node_and_its_orders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path).started()
            await until(lambda: len(rig.theirs()) == 3)
            journal = rig.node.chronicle.journal
            assert journal is not None

            def full(*_: object) -> None:
                raise JournalError("no room on the disk", code="journal.write")

            monkeypatch.setattr(journal, "_write", full)
            rig.supervisor.restart("resting", {"count": 1})  # its order cannot be written
            assert await rig._running == []
            assert not rig.theirs()
            halted = [each for each in rig.alerts if each["event"] == "trading_halted"]
            assert "no room on the disk" in halted[0]["text"]
            rig.node.chronicle.journal = None
            journal.close()

    asyncio.run(main())


def test_a_venue_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path).started()
            await until(lambda: len(rig.theirs()) == 3)
            await rig.ask("quit", keep_orders=True)
            await rig._running
            port = exchange.port
            exchange.port = 1
            away = Rig(exchange, tmp_path)
            exchange.port = port
            async with asyncio.timeout(60):
                with pytest.raises(ConnectivityError):
                    await away._running
            assert len(rig.theirs()) == 3

    asyncio.run(main())


def test_a_strategy_of_the_session_runs_while_its_instrument_is_traded(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path, schedule="session", hours="cn_stock").started()
            day = get_sessions("cn_stock").windows(20260916)[0]
            host = rig.node.node.hosts
            rig.supervisor.look(day.start - 1)
            await until(lambda: not rig.theirs())
            assert rig.service.status().strategies[0].state in ("new", "stopped")
            rig.supervisor.look(day.start)
            assert host[RESTING].state == "running"
            await until(lambda: len(rig.theirs()) == 3)
            rig.supervisor.look(day.end)
            await until(lambda: not rig.theirs())
            await rig.stop()

    asyncio.run(main())


def test_a_strategy_that_may_go_on_is_not_faulted(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path, on_error="continue").started()
            assert rig.node.node.hosts[RESTING].policy == "continue"
            await rig.stop()

    asyncio.run(main())


def test_a_kill_while_the_venue_is_away_holds_until_it_is_back(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path).started()
            await until(lambda: len(rig.theirs()) == 3)
            driver: Any = rig.node.sessions[PAPER].driver
            driver._link.abort()
            await until(lambda: driver.state is DriverState.DEGRADED)
            killed: Any = await rig.service._kill({"reason": "no prices"})
            assert killed["orders"] == 3
            await until(lambda: not rig.theirs())
            await until(lambda: not rig.node.node.desk.open_orders())
            errors = {each["event"] for each in rig.alerts if each["level"] == "error"}
            assert errors == {"venue_lost", "trading_halted"}
            await rig.stop()

    asyncio.run(main())


def test_a_node_that_is_still_connecting_can_be_killed(tmp_path: Path) -> None:
    async def main() -> None:
        # It takes connections and never says a word.
        with socket.create_server(("127.0.0.1", 0)) as silent:
            await kill_while_connecting(tmp_path, silent.getsockname()[1])

    asyncio.run(main())


async def kill_while_connecting(tmp_path: Path, silent: int) -> None:
    """Kill a node that waits for `silent`, and look that the next one knows."""
    async with served() as exchange:
        rig = await Rig(exchange, tmp_path).started()
        await until(lambda: len(rig.theirs()) == 3)
        await rig.ask("quit", keep_orders=True)
        await rig._running
        port = exchange.port
        exchange.port = silent
        again = Rig(exchange, tmp_path)
        exchange.port = port
        await until(lambda: (tmp_path / CONTROL_FILE).exists())
        assert (await again.ask("status"))["venues"][0]["in_line"] is False
        assert (await page(again.service.port or 0, "/health"))[0] == 503
        assert (await page(again.service.port or 0, "/metrics"))[0] == 200
        assert len((await again.ask("kill"))["left"]) == 3
        again._running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await again._running
        last = await Rig(exchange, tmp_path).started()
        await until(lambda: not last.theirs())
        await last.stop()


class BrokenStore:
    """A store on a full disk."""

    def append(self, records: object) -> int:
        raise DataError("no room", file="x", line=0, expected="room")


def test_a_store_that_fails_ends_the_recording_and_not_the_trading(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path, store=BrokenStore()).started()
            lines: list[str] = []
            rig.node.node._logger = lambda source, text: lines.append(f"{source} {text}")
            bob, _ = await exchange.client("bob")
            bob.submit(order("bob", 1, Side.SELL, 3500))
            recorder = rig.service.recorder
            assert recorder is not None
            await until(lambda: rig.service.meters.ticks.value)
            await recorder.keep()
            assert lines == ["recorder nothing is recorded any more: no room"]
            assert len(rig.theirs()) == 3
            await rig.stop()

    asyncio.run(main())
