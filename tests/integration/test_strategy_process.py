"""A strategy in a process of its own works like one here, and what it does to itself it does to nobody else."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from anyvenue.engine.live import Supervisor
from anyvenue.engine.live.supervisor import StrategySpec
from anyvenue.engine.strategy_process.host import ProcessHost
from anyvenue.engine.strategy_process.terms import ProcessTerms, StrategyCode
from anyvenue.model.enums import Side
from anyvenue.model.errors import ConfigError
from anyvenue.model.events import Deposited
from anyvenue.model.ids import StrategyId
from anyvenue.model.market import Quote, Trade
from anyvenue.model.orders import Fill, Order
from anyvenue.runtime.loop import run
from anyvenue.strategy.base import Strategy
from hosted_strategies import ALICE, QUICK, Does, Rig, Trades, quote, rigged
from live_nodes import until
from served import RB, order

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="hosting needs a POSIX system"),
    pytest.mark.long,
]

S = StrategyId("s")


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended, and was waited for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def began(rig: Rig, name: str = "Does", **parameters: Any) -> ProcessHost:
    """Return the host of a strategy whose `on_start` is done."""
    options = parameters.pop("options", QUICK)
    policy = parameters.pop("policy", "fault")
    host = rig.host(name, options, **parameters)
    host.policy = policy
    await rig.node.start()
    await until(lambda: host.began or host.state == "faulted")
    return host


async def offers(rig: Rig, lots: int, price: int = 3505, side: Side = Side.SELL) -> None:
    """Have bob offer lots."""
    bob, _ = await rig.exchange.client("bob", session=f"{side}{price}")
    bob.submit(order("bob", 1, side, price, lots))
    await bob.orders()


# ---- it works like a strategy here


def test_orders_go_out_and_all_of_their_reports_come_in() -> None:
    async def main() -> None:
        async with rigged() as rig:
            await began(rig)
            await offers(rig, 5)
            rig.tick(6)
            await until(lambda: rig.said("cancelled 0"))
            assert rig.said("s: sent sent [")
            assert rig.said("s: asked cancel")
            rig.tick(9)
            await until(lambda: rig.said("filled 2"))
            await until(lambda: rig.said("s: fill 2 held 2"))
            rig.tick(9)  # there already: nothing is to be done
            rig.tick(5)
            await until(lambda: rig.said("s: five"))
            assert len(list(rig.node.node.desk.account(ALICE).orders)) == 2

    run(main())


def test_what_is_wrong_with_a_wish_is_raised_at_the_call() -> None:
    async def main() -> None:
        async with rigged() as rig:
            await began(rig)
            rig.tick(7)
            await until(lambda: rig.said("UnknownInstrument reference.unknown_instrument"))
            for text in (
                "OffTick order.off_tick",
                "InvalidOrder order.invalid",
                "UnknownOrder order.unknown",
                "SubscriptionError subscription",
            ):
                assert rig.said(text), rig.lines
            assert not list(rig.node.node.desk.account(ALICE).orders)

    run(main())


def test_money_channels_prices_and_timers_are_there() -> None:
    async def main() -> None:
        async with rigged() as rig:
            await began(rig)
            rig.tick(8)
            await until(lambda: rig.said("latest Quote True"))
            for text in (
                "equity 1000000.0000",
                "other IF2612.CFFEX",
                "funding None",
                "liquidation None",
            ):
                assert rig.said(text)
            rig.tick(5)
            await until(lambda: rig.said("timer soon"))
            await until(lambda: rig.said("five"))
            assert not rig.said("timer never")
            rig.tick(11)
            await until(lambda: rig.said("s: by C"))
            assert rig.said("s: printed")

    run(main())


def test_what_others_do_in_its_account_is_told() -> None:
    async def main() -> None:
        async with rigged() as rig:
            await began(rig)
            await offers(rig, 5)
            rig.node.node.desk.submit(order("alice", 1, Side.BUY, 3505, 3).request)
            await until(lambda: not rig.node.node.desk.open_orders())
            now = rig.clock.time
            paid = Deposited(ALICE, "CNY", Decimal(500), now, now)
            rig.node.node.kernel.deliver((paid,))
            await until(lambda: rig.said("s: account Deposited"))
            rig.tick(12)
            await until(lambda: rig.said("s: holds 3 1000"))
            assert not rig.said("s: fill")  # of somebody else's order
            rig.tick(13)
            await until(lambda: rig.said("s: refused by the venue"))

    run(main())


def audit_of(hosted_in_process: bool, ticks: int) -> tuple[str, list[str]]:
    """Return the audit hash of a run over the same quotes, and what the orders came to."""

    async def main() -> tuple[str, list[str]]:
        async with rigged() as rig:
            node = rig.node
            if hosted_in_process:
                host: Any = rig.host("Trades")
            else:
                instrument = node.node.instrument(RB)
                host = node.add_strategy(Trades, ALICE, [instrument], name="s")
            await node.start()
            await offers(rig, 100)
            await offers(rig, 100, 3495, Side.BUY)
            if hosted_in_process:
                await until(lambda: host.began)
            rig.driver.gate.shut()
            for _ in range(ticks):
                rig.tick()
                await caught_up(rig, host)
            rig.driver.gate.open()
            assert host.state == "running", host.fault
            orders = [
                f"{each.order_id} {each.side} {each.quantity} {each.price} {each.state} {each.filled}"
                for each in node.node.desk.account(ALICE).orders
            ]
            return node.chronicle.hexdigest(), orders

    return asyncio.run(main())


async def caught_up(rig: Rig, host: Any) -> None:
    """Return once the strategy has dealt with the quote, and then with all that came of its orders."""
    more = True
    while more:
        await rig.node.inbox.drained()
        await until(lambda: not getattr(host, "backlog", 0))
        await rig.driver.orders()  # answered after all that was sent before
        more = bool(rig.driver.gate.let_in())


def test_its_orders_and_their_audit_are_those_of_a_strategy_here() -> None:
    here, orders = audit_of(False, 60)
    there, hosted = audit_of(True, 60)
    assert hosted == orders
    assert len(orders) > 25
    assert there == here


# ---- it is slow


class Listens(Strategy):
    """Counts what it hears."""

    def on_start(self) -> None:
        self.seen = self.trades_seen = 0
        self.quotes(self.instrument)
        self.trades(self.instrument)

    def on_quote(self, quote: Quote) -> None:
        self.seen += 1

    def on_trade(self, trade: Trade) -> None:
        self.trades_seen += 1


class Ticker(threading.Thread):
    """Posts so many quotes a second from a thread of its own, and a trade now and then."""

    def __init__(self, rig: Rig, rate: int, ticks: int) -> None:
        super().__init__(daemon=True)
        self.rig, self.rate, self.ticks, self.trades = rig, rate, ticks, 0

    def run(self) -> None:
        post, clock = self.rig.node.inbox.post, self.rig.clock
        began = time.monotonic()
        for number in range(self.ticks):
            clock.time += 1_000_000_000 // self.rate
            post(quote(number, clock))
            if number % 20 == 0:
                self.trades += 1
                post(Trade(RB, clock.time, clock.time, 3500.0, 1.0))
            if number % 10 == 9:
                time.sleep(max(0.0, began + number / self.rate - time.monotonic()))
        post(Quote(RB, clock.time, clock.time, 3456.0, 3457.0, 5.0, 5.0))


def test_a_slow_one_gets_the_latest_quotes_and_every_report_while_the_others_miss_nothing() -> None:
    async def main() -> None:
        async with rigged() as rig:
            node, instrument = rig.node, rig.node.node.instrument(RB)
            others = [Listens() for _ in range(4)]
            for number, each in enumerate(others):
                node.add_strategy(each, ALICE, [instrument], name=f"o{number}")
            told: Counter[str] = Counter()

            def count(order: Order, fill: Fill | None) -> None:
                if order.request.strategy == S:
                    told.update(["order"] + ["fill"] * (fill is not None))

            host = await began(rig, "Slow", every=10)
            node.node.desk.listeners.append(count)
            await offers(rig, 100)
            ticker = Ticker(rig, 2000, 4000)
            ticker.start()
            worst = 0
            while ticker.is_alive():
                worst = max(worst, host.backlog)
                await asyncio.sleep(0.002)
            await node.inbox.drained()
            await until(lambda: not host.backlog)
            assert [each.seen for each in others] == [4001] * 4
            assert [each.trades_seen for each in others] == [ticker.trades] * 4
            assert host.conflated > 2000
            assert host.dropped == 0
            assert worst < 400
            await until(lambda: not node.node.desk.open_orders())
            await node.stop()
            heard = next(line for line in rig.lines if "heard" in line)
            assert f"'trade': {ticker.trades}" in heard
            assert f"'order': {told['order']}" in heard
            assert f"'fill': {told['fill']}" in heard
            assert told["fill"] >= 20
            assert f"filled {node.node.desk.account(ALICE).position(RB).net}" in heard
            assert heard.endswith("last 3456.0")  # the latest came through

    run(main())


# ---- it fails


def test_an_exception_faults_it_alone_and_ends_its_process() -> None:
    async def main() -> None:
        async with rigged() as rig:
            host = await began(rig)
            pid = host.pid
            rig.tick(6)
            await until(lambda: rig.said("cancelled 0"))
            rig.node.node.desk.submit(order("alice", 1, Side.BUY, 3300, strategy=S).request)
            rig.tick(1)
            await until(lambda: host.state == "faulted")
            assert host.fault is not None
            assert host.fault.error == "ArithmeticError: as always"
            assert "hosted_strategies.py" in host.fault.where
            assert host.errors == 1
            await host.ended()
            assert is_gone(pid)
            await until(lambda: not rig.node.node.desk.open_orders())

    run(main())


def test_with_the_policy_continue_it_goes_on_after_an_exception() -> None:
    async def main() -> None:
        async with rigged() as rig:
            host = await began(rig, policy="continue")
            for _ in range(3):
                rig.tick(1)
            rig.tick(5)
            await until(lambda: rig.said("five"))
            assert (host.state, host.errors) == ("running", 3)
            assert rig.said("error 1, going on: ArithmeticError: as always (")
            assert not rig.said("error 2")

    run(main())


@pytest.mark.parametrize("policy", ["fault", "continue"])
def test_one_that_cannot_start_is_faulted_whatever_the_policy(policy: str) -> None:
    async def main() -> None:
        async with rigged() as rig:
            host = await began(rig, fails="start", policy=policy)
            assert host.state == "faulted"
            assert host.fault is not None
            assert host.fault.error == "ArithmeticError: no start"

    run(main())


def test_one_that_cannot_be_made_is_faulted_with_the_reason() -> None:
    async def main() -> None:
        async with rigged() as rig:
            host = await began(rig, takes="long")
            assert host.fault is not None
            assert "ConfigError: strategy Does has no parameter 'takes'" in host.fault.error
            with pytest.raises(ConfigError, match="cannot be given to another process"):
                rig.host("Does", fails=object())

    run(main())


@pytest.mark.parametrize(
    ("does", "how"),
    [
        (2, "its process ended by signal 6 (SIGABRT)"),
        (10, "its process ended with exit code 7"),
        (3, "its process ended by signal 9 (SIGKILL): it gave no sign of life for 1.5 s"),
        (4, "its process ended by signal 9 (SIGKILL): it gave no sign of life for 1.5 s"),
    ],
    ids=["abort", "exit", "hang", "hang with the interpreter's lock"],
)
def test_the_end_of_its_process_faults_it_alone(does: int, how: str) -> None:
    async def main() -> None:
        async with rigged() as rig:
            other = Listens()
            rig.node.add_strategy(other, ALICE, [rig.node.node.instrument(RB)], name="o")
            host = await began(rig, options=replace(QUICK, silent_beats=30))
            pid = host.pid
            request = order("alice", 1, Side.BUY, 3300, strategy=S).request
            (number,) = rig.node.node.desk.submit(request)
            rig.tick(does)
            await until(lambda: host.state == "faulted")
            assert host.fault is not None
            assert host.fault.error.endswith(how)
            await until(lambda: rig.node.node.desk.order(number).done)
            await host.ended()
            assert is_gone(pid)
            rig.tick(5)
            await rig.node.inbox.drained()
            assert (other.seen, host.pid, host.backlog) == (2, 0, 0)
            if does == 2:
                assert rig.said("Fatal Python error: Aborted")  # and the stack behind it

    run(main())


def test_a_killed_one_is_faulted() -> None:
    async def main() -> None:
        async with rigged() as rig:
            host = await began(rig)
            os.kill(host.pid, signal.SIGKILL)
            await until(lambda: host.state == "faulted")
            assert rig.said("faulted: StrategyError: its process ended by signal 9 (SIGKILL)")

    run(main())


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
@pytest.mark.parametrize(
    "does", [0, 3, 4], ids=["idle", "in a callback", "holding the interpreter's lock"]
)
def test_no_process_outlives_a_node_that_was_killed(does: int) -> None:
    tests = Path(__file__).resolve().parents[1]
    with subprocess.Popen(
        [sys.executable, str(tests / "hosting_node.py"), str(does)],
        stdout=subprocess.PIPE,
        text=True,
    ) as node:
        assert node.stdout is not None
        pid = int(node.stdout.readline())
        assert not has_ended(pid)
        node.kill()
        node.wait()
        until_ended = time.monotonic() + 10
        while not has_ended(pid):
            assert time.monotonic() < until_ended, "an orphan"
            time.sleep(0.01)


def has_ended(pid: int) -> bool:
    """Tell whether a process that is not our child has ended, waited for or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


# ---- it is stopped


def test_a_stop_calls_on_stop_and_leaves_no_process() -> None:
    async def main() -> None:
        async with rigged() as rig:
            host = await began(rig, fails="flatten")
            await offers(rig, 5)
            await offers(rig, 5, 3400, Side.BUY)
            rig.tick(9)
            await until(lambda: rig.said("held 2"))
            pid = host.pid
            assert await rig.node.stop() == []
            assert rig.said("s: bye")
            assert is_gone(pid)
            assert host.state == "stopped"
            assert rig.node.node.desk.account(ALICE).position(RB).net == 0

    run(main())


def test_an_exception_in_on_stop_is_a_fault_and_its_process_ends() -> None:
    async def main() -> None:
        async with rigged() as rig:
            host = await began(rig, fails="stop")
            pid = host.pid
            host.stop()
            await host.ended()
            assert is_gone(pid)
            assert host.state == "faulted"
            assert rig.said("faulted: ArithmeticError: no end")

    run(main())


@pytest.mark.parametrize("fails", ["", "slow start"])
def test_one_that_has_hardly_begun_is_stopped_at_once(fails: str) -> None:
    async def main() -> None:
        async with rigged() as rig:
            host = rig.host("Does", replace(QUICK, close_timeout_s=0.2), fails=fails)
            await rig.node.start()
            if fails:
                await until(lambda: host._feed is not None)
            host.stop()
            await host.ended()
            assert (host.state, host.pid) == ("stopped", 0)
            assert not rig.said("faulted")

    run(main())


# ---- it is supervised


def supervised(rig: Rig, **terms: Any) -> Supervisor:
    """Return a supervisor with one strategy in a process."""
    supervisor = Supervisor(rig.node)
    supervisor.add(
        StrategySpec(
            name="s",
            load=lambda: Does,
            account=ALICE,
            instruments=(rig.node.node.instrument(RB),),
            process=ProcessTerms(
                code=StrategyCode("hosted_strategies:strategy", ("Does",)), options=QUICK
            ),
            **terms,
        )
    )
    return supervisor


def host_of(rig: Rig) -> ProcessHost:
    host = rig.node.node.hosts[S]
    assert isinstance(host, ProcessHost)
    return host


async def has_begun(rig: Rig, after: int = 0) -> int:
    """Return the process id of the strategy, once it has begun in another process than `after`."""
    await until(lambda: host_of(rig).began and host_of(rig).pid not in (0, after))
    return host_of(rig).pid


def test_a_restart_makes_a_new_process_that_has_the_orders() -> None:
    async def main() -> None:
        async with rigged() as rig:
            supervisor = supervised(rig)
            await rig.node.start()
            first = await has_begun(rig)
            request = order("alice", 1, Side.BUY, 3300, strategy=S).request
            (number,) = rig.node.node.desk.submit(request)
            supervisor.restart("s", {"depth_of": "7"})
            second = await has_begun(rig, first)
            assert is_gone(first)
            assert rig.said("s: bye")
            assert rig.said(f"s: open [{number}]")
            assert not rig.node.node.desk.order(number).done
            with pytest.raises(ConfigError, match="parameter depth_of was 'deep'"):
                supervisor.restart("s", {"depth_of": "deep"})
            assert host_of(rig).state == "running"
            supervisor.stop("s")
            await host_of(rig).ended()
            assert is_gone(second)
            await until(lambda: rig.node.node.desk.order(number).done)
            supervisor.start("s")
            await has_begun(rig, second)

    run(main())


@pytest.mark.parametrize(("on_error", "kept"), [("fault", False), ("continue", True)])
def test_one_that_crashed_is_started_again_and_its_orders_go_by_the_policy(
    on_error: Any, kept: bool
) -> None:
    async def main() -> None:
        async with rigged() as rig:
            supervisor = supervised(rig, restarts=1, on_error=on_error)
            await rig.node.start()
            first = await has_begun(rig)
            request = order("alice", 1, Side.BUY, 3300, strategy=S).request
            (number,) = rig.node.node.desk.submit(request)
            await until(lambda: rig.node.node.desk.order(number).state == "open")
            rig.tick(2)
            await until(lambda: host_of(rig).state == "faulted")
            for _ in range(2):
                rig.clock.time += 2_000_000_000
                supervisor.look(rig.clock.time)
            second = await has_begun(rig, first)
            if kept:
                assert rig.said(f"s: open [{number}]")
            else:
                await until(lambda: rig.node.node.desk.order(number).done)
            os.kill(second, signal.SIGKILL)
            await until(lambda: host_of(rig).state == "faulted")
            await until(lambda: rig.node.node.desk.order(number).done)  # nobody comes after it

    run(main())


def test_orders_kept_for_a_successor_are_cancelled_when_none_can_come() -> None:
    async def main() -> None:
        async with rigged() as rig:
            supervisor = supervised(rig, restarts=3, on_error="continue")
            await rig.node.start()
            pid = await has_begun(rig)
            request = order("alice", 1, Side.BUY, 3300, strategy=S).request
            (number,) = rig.node.node.desk.submit(request)
            await until(lambda: rig.node.node.desk.order(number).state == "open")
            os.kill(pid, signal.SIGKILL)
            await until(lambda: host_of(rig).state == "faulted")
            assert not rig.node.node.desk.order(number).done
            supervisor.strategies["s"].parameters["depth_of"] = "deep"  # its code was changed
            for _ in range(2):
                rig.clock.time += 2_000_000_000
                supervisor.look(rig.clock.time)
            assert rig.said("s: cannot be started: ")
            await until(lambda: rig.node.node.desk.order(number).done)

    run(main())
