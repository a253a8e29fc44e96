"""A recorded node, run again: the same commands and events, or the first difference by name."""

import asyncio
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from anyvenue.engine.live import LiveNode, StrategySpec, Supervisor
from anyvenue.engine.live.broker import NodeBroker
from anyvenue.engine.live.service import Service, ServiceTerms
from anyvenue.engine.live.tape import FOLDER, Tape
from anyvenue.engine.live.tape_entries import Began, StrategyStopped
from anyvenue.engine.replaying import SessionReport, recorded_sessions, replay_session
from anyvenue.engine.slowness import SlowLimit
from anyvenue.model.commands import SetLeverage
from anyvenue.model.enums import OrderState, Side
from anyvenue.model.errors import ConfigError, JournalError, RiskDenied, UnknownOrder
from anyvenue.model.ids import AccountId, OrderId, VenueId
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Clock
from anyvenue.oms.risk import RiskLimits
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.runtime.control import ask
from anyvenue.strategy.base import Strategy
from live_nodes import until
from served import RB, Served, order, served

ALICE, PAPER = AccountId("alice"), VenueId("paper")


class Quoting(Strategy):
    """Buys below what is bid, and takes the order back when it is seen to work."""

    price: int = 3400
    count: int = 2

    def on_start(self) -> None:
        self.quotes(self.instrument)
        self.timer("again", at=self.now + 10_000_000)
        for _ in range(self.count):
            self.buy(self.instrument, 1, price=self.price)

    def on_quote(self, quote: Any) -> None:
        if quote.bid > 0 and len(self.open_orders()) < 5:
            self.buy(self.instrument, 1, price=int(quote.bid) - self.count)

    def on_timer(self, timer: Any) -> None:
        self.sell(self.instrument, 1, price=3700)

    def on_fill(self, fill: Any) -> None:
        self.sell(self.instrument, 1, price=3600)


class Bolder(Quoting):
    """Bids one more."""

    def on_quote(self, quote: Any) -> None:
        if quote.bid > 0 and len(self.open_orders()) < 5:
            self.buy(self.instrument, 1, price=int(quote.bid) + 1 - self.count)


class Patient(Strategy):
    """Tries again and again, and counts what could not be sent."""

    refused = 0

    def on_start(self) -> None:
        self._arm()

    def _arm(self) -> None:
        self.timer("again", at=self.now + 10_000_000)

    def on_timer(self, timer: Any) -> None:
        self.buy(self.instrument, 1, price=3200)
        self._arm()

    def on_order(self, order: Any) -> None:
        if order.state is OrderState.REJECTED:
            Patient.refused += 1


class Slow(Strategy):
    """Takes its time over every trade."""

    def on_start(self) -> None:
        self.quotes(self.instrument)
        self.buy(self.instrument, 1, price=3100)

    def on_quote(self, quote: Any) -> None:
        end = time.perf_counter() + 0.03
        while time.perf_counter() < end:
            pass


class Whimsical(Strategy):
    """Lets the wall clock say what to pay."""

    def on_start(self) -> None:
        self.buy(self.instrument, 1, price=3000 + time.time_ns() % 89)
        self.buy(self.instrument, 1, price=3000 + time.time_ns() % 97)


class Broken(Quoting):
    """Raises at the first fill."""

    def on_fill(self, fill: Any) -> None:
        raise ValueError("a fill")


def bare(clock: Clock | None = None) -> LiveNode:
    return LiveNode(
        Catalog(),
        clock=clock,
        sessions_of=lambda each: get_sessions("always"),
        risk=RiskLimits(max_order_quantity=Decimal(50)),
    )


class Again:
    """A node to be replayed to."""

    def __init__(self, began: Began, clock: Clock) -> None:
        self.node = bare(clock)

    def add_account(self, account: AccountId, venue: VenueId) -> None:
        self.node.add_account(account, venue)


class Rig:
    """A service over a served exchange, recorded."""

    def __init__(
        self,
        exchange: Served,
        folder: Path,
        slow: SlowLimit | None = None,
        least_free: int = 0,
        **kinds: type[Strategy],
    ) -> None:
        self.folder = folder
        self.alerts: list[dict[str, Any]] = []
        self.node = bare()
        self.node.add_venue(exchange.driver("alice"))
        self.node.add_account(ALICE, PAPER)
        self.node.open_journal(folder)
        self.supervisor = Supervisor(self.node, slow or SlowLimit())
        for name, kind in kinds.items():
            self.supervisor.add(
                StrategySpec(
                    name=name,
                    load=lambda kind=kind: kind,  # type: ignore[misc]
                    account=ALICE,
                    instruments=(self.node.node.catalog.get(RB),),
                )
            )
        self.service = Service(
            self.node,
            self.supervisor,
            ServiceTerms(folder=folder),
            alert=lambda each: self.alerts.append(dict(each)),
            tape=Tape(self.node, self.supervisor, folder, least_free=least_free),
        )
        self._running = asyncio.ensure_future(self.service.run())

    async def started(self) -> "Rig":
        waiting = asyncio.ensure_future(self.service.started.wait())
        await asyncio.wait({waiting, self._running}, return_when=asyncio.FIRST_COMPLETED)
        assert waiting.done(), self._running.exception()
        return self

    async def ask(self, verb: str, **arguments: Any) -> Any:
        return await asyncio.to_thread(ask, self.folder, verb, arguments)

    async def crash(self) -> None:
        """End as a killed process does: connections break and nothing more is written."""
        tape, chronicle = self.service.tape, self.node.chronicle
        assert tape is not None
        assert chronicle.journal is not None
        for journal in (tape._journal, chronicle.journal):
            if journal is not None:
                journal._flusher and journal._flusher.close()
                journal._files.close()
        tape._journal = chronicle.journal = self.node.tape = chronicle.before_write = None
        await self.stop()

    async def stop(self) -> None:
        self.service.stop_requested.set()
        await self._running

    def filled(self) -> Decimal:
        state = self.node.node.desk.account(ALICE)
        return sum((each.filled for each in state.orders), Decimal(0))


async def trade(exchange: Served, rig: Rig) -> None:
    """Let bob trade with whatever alice bids."""
    bob, _ = await exchange.client("bob")
    before = rig.filled()
    for number in range(1, 4):
        bob.submit(order("bob", 100 + number + int(before), Side.SELL, 3390))
    await until(lambda: rig.filled() >= before + 2)
    await bob.close()


def replay(folder: Path, **options: Any) -> list[SessionReport]:
    return [replay_session(each, Again, **options) for each in recorded_sessions(folder)]


def recorded(folder: Path, **options: Any) -> None:
    """Record a session of one strategy that trades with bob."""

    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, folder, **({"one": Quoting} | options)).started()
            await trade(exchange, rig)
            await rig.stop()

    asyncio.run(main())


def tape_of(folder: Path) -> Path:
    return next(next((folder / FOLDER).iterdir()).glob("segment-*"))


def test_a_session_runs_again_to_the_same_hash(tmp_path: Path) -> None:
    recorded(tmp_path, two=Broken)
    (found,) = replay(tmp_path)
    assert found.difference is None
    assert found.equal
    assert found.end == "stopped"
    assert found.compared == found.records > 10
    assert found.hash_recorded == found.hash_replayed
    assert found.market_events > 0


def test_a_crash_a_restart_and_what_people_did_are_run_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path, one=Quoting, two=Bolder).started()
            await trade(exchange, rig)
            await rig.ask("restart", name="one", parameters={"price": 3380, "count": 3})
            await trade(exchange, rig)
            await rig.crash()

            again = await Rig(exchange, tmp_path, one=Quoting, two=Bolder).started()
            assert again.node.recovered
            await trade(exchange, again)
            await again.ask("kill", reason="a drill")
            await again.ask("release", reason="over")
            await again.ask("stop", name="two")
            await again.ask("start", name="two")
            await trade(exchange, again)
            await again.stop()

    asyncio.run(main())
    first, second = replay(tmp_path)
    assert [first.difference, second.difference] == [None, None]
    assert [first.end, second.end] == ["crashed", "stopped"]
    assert first.records > 20
    assert second.records > 20


def test_orders_of_faces_are_run_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path, one=Quoting).started()
            broker = NodeBroker(rig.node, "ctp")
            wish = OrderRequest(ALICE, RB, Side.BUY, Decimal(1), Decimal(3380))
            first = broker.submit(ALICE, wish, "1.1.1", "a")
            await trade(exchange, rig)
            with pytest.raises(RiskDenied):
                broker.submit(ALICE, replace(wish, quantity=Decimal(51)), "1.1.2", "a")
            second = broker.submit(ALICE, replace(wish, price=Decimal(3300)), "1.1.3", "a")
            await until(lambda: rig.node.node.desk.order(second).state is OrderState.OPEN)
            broker.modify(ALICE, second, price=Decimal(3310))
            await until(lambda: rig.node.node.desk.order(second).price == 3310)
            broker.execute(SetLeverage(ALICE, RB, Decimal(3), broker.now))
            broker.cancel(ALICE, first)
            with pytest.raises(UnknownOrder):
                broker.cancel(ALICE, OrderId(1))
            await rig.crash()

    asyncio.run(main())
    (found,) = replay(tmp_path)
    assert found.difference is None
    assert found.commands_replayed["face:ctp:a OrderSubmitted"] == 2
    assert found.commands_replayed["face:ctp:a ModifyOrder"] == 1


def test_orders_that_could_not_be_sent_are_not_sent_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path, one=Quoting, two=Patient).started()
            await exchange.server.close()
            await until(lambda: Patient.refused > 2)
            await rig.stop()

    Patient.refused = 0
    asyncio.run(main())
    (found,) = replay(tmp_path)
    assert found.difference is None
    assert found.commands_recorded["two OrderSubmitted"] > 2


def test_a_strategy_that_was_too_slow_is_faulted_at_the_same_callback(tmp_path: Path) -> None:
    recorded(tmp_path, two=Slow, slow=SlowLimit(threshold_ns=20_000_000, times=2))
    (found,) = replay(tmp_path)
    assert found.difference is None
    assert found.commands_recorded["two CancelOrder"] == 1


def test_changed_code_is_told_where_it_parts_from_the_record(tmp_path: Path) -> None:
    recorded(tmp_path, two=Broken)
    (found,) = replay(tmp_path, changed={"one": lambda: Bolder})
    assert found.difference is not None
    assert found.difference.recorded.startswith("OrderSubmitted")
    assert "strategy=one" in found.difference.replayed
    assert found.difference.fields[0][0] == "price"
    assert found.difference.seq > 0
    same = found.commands_recorded["two OrderSubmitted"]
    assert found.commands_replayed["two OrderSubmitted"] == same


def test_a_strategy_that_asks_the_wall_clock_is_named(tmp_path: Path) -> None:
    recorded(tmp_path, two=Whimsical)
    (found,) = replay(tmp_path)
    assert found.difference is not None
    assert any(each.endswith("time.time_ns") for each in found.suspects)
    assert all("test_replaying.py" in each for each in found.suspects)


def test_a_changed_record_is_found_out_and_said(tmp_path: Path) -> None:
    recorded(tmp_path)
    tape = tape_of(tmp_path)
    data = bytearray(tape.read_bytes())
    data[-200] ^= 1
    tape.write_bytes(data)
    with pytest.raises(JournalError, match="recorded market data") as caught:
        replay(tmp_path)
    assert caught.value.code == "journal.record_changed"


def test_a_record_that_was_cut_short_is_found_out_by_the_journal(tmp_path: Path) -> None:
    recorded(tmp_path)
    tape = tape_of(tmp_path)
    tape.write_bytes(tape.read_bytes()[:-30])
    with pytest.raises(JournalError, match="its end"):
        replay(tmp_path)


def test_a_tape_of_another_journal_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    recorded(ours)
    recorded(theirs)
    tape_of(ours).write_bytes(tape_of(theirs).read_bytes())
    with pytest.raises(JournalError, match="does not have the start") as caught:
        replay(ours)
    assert caught.value.code == "journal.record_foreign"


def test_a_changed_journal_is_a_difference_or_damage(tmp_path: Path) -> None:
    recorded(tmp_path)
    segment = next(tmp_path.glob("segment-*"))
    data = segment.read_bytes()
    at = data.rindex(b"3400")
    segment.write_bytes(data[:at] + b"3401" + data[at + 4 :])
    with pytest.raises(JournalError):
        replay(tmp_path)


def test_trading_goes_on_when_nothing_can_be_recorded(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            (tmp_path / FOLDER).write_text("in the way", encoding="utf-8")
            rig = await Rig(exchange, tmp_path, one=Quoting).started()
            await trade(exchange, rig)
            assert [each["event"] for each in rig.alerts][:1] == ["recording_stopped"]
            await rig.stop()

    asyncio.run(main())
    with pytest.raises(JournalError, match="record = true"):
        replay(tmp_path)


def test_a_full_disk_ends_the_recording_and_what_there_is_is_run_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path, one=Quoting, least_free=1 << 60).started()
            await until(lambda: rig.service.tape and rig.service.tape.failed)
            await trade(exchange, rig)
            assert "recording_stopped" in [each["event"] for each in rig.alerts]
            await rig.stop()

    asyncio.run(main())
    (found,) = replay(tmp_path)
    assert found.end == "recording failed"
    assert found.equal


class FullDisk:
    """Files to which nothing can be written any more."""

    def append(self, name: str, data: bytes) -> None:
        raise JournalError(f"cannot write {name}: No space left on device", code="journal.disk")

    def remove(self, name: str) -> None:
        """There is nothing to remove."""

    def close(self) -> None:
        """Nothing is open."""


def test_parameters_that_cannot_be_kept_end_the_recording_alone(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path, one=Quoting).started()
            rig.node.put(StrategyStopped("one", object()))  # type: ignore[arg-type]
            await trade(exchange, rig)
            assert "recording_stopped" in [each["event"] for each in rig.alerts]
            await rig.stop()

    asyncio.run(main())
    assert [each.difference for each in replay(tmp_path)] == [None]


def test_a_write_that_fails_ends_the_recording_and_no_trading(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = await Rig(exchange, tmp_path, one=Quoting, two=Broken).started()
            await trade(exchange, rig)
            tape: Any = rig.service.tape
            tape._journal._files.close()
            tape._journal._files = FullDisk()
            await trade(exchange, rig)
            told = [each for each in rig.alerts if each["event"] == "recording_stopped"]
            assert ["No space left" in each["text"] for each in told] == [True]
            assert rig.node.chronicle.failure is None
            await rig.stop()

    asyncio.run(main())
    (found,) = replay(tmp_path)
    assert found.end == "recording failed"
    assert found.difference is None
    assert found.compared > 10


def test_a_strategy_of_another_process_is_refused_by_name(tmp_path: Path) -> None:
    recorded(tmp_path)
    (session,) = recorded_sessions(tmp_path)
    seen = replace(session.began.strategies[0], host="process")
    session.began = replace(session.began, strategies=(seen,))
    with pytest.raises(ConfigError, match="strategy one ran in a process of its own"):
        replay_session(session, Again)
