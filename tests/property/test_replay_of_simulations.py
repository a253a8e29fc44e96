"""Whatever happens to a node, crashes and full disks among it: what was recorded of it runs again as it ran."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from anyvenue.engine.live import LiveNode
from anyvenue.engine.live.tape import Tape
from anyvenue.engine.live.tape_entries import Began, Released
from anyvenue.engine.replaying import SessionReport, recorded_sessions, replay_session
from anyvenue.model.enums import RiskScope
from anyvenue.model.errors import JournalError
from anyvenue.model.events import TimerFired
from anyvenue.model.ids import AccountId, StrategyId, VenueId
from anyvenue.model.orders import Order
from anyvenue.model.protocols import Clock
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.testing.simulation.node_side import Chancer, NodeSide
from anyvenue.testing.simulation.plan import Step, make_plan
from anyvenue.testing.simulation.scenario import _Simulation


class Stepping(Chancer):
    """Takes its steps from timers, which are on the tape."""

    def on_timer(self, timer: TimerFired) -> None:
        self.do(msgspec.json.decode(timer.name, type=Step))


class TapedNode(NodeSide):
    """The simulation's node, whose every start is recorded in a folder of its own."""

    place: Path
    tape: Tape | None = None

    def _make(self) -> LiveNode:
        node = super()._make()
        for name, host in list(node.node.hosts.items()):
            instruments = [node.node.instrument(each) for each in host.strategy.instruments]
            node.node.drop_strategy(name)
            node.add_strategy(Stepping, host.account_id, instruments, name=name)
        self.dump()
        self.tape = Tape(node, None, self.folder)
        self.tape.start()
        # What the operator of the simulation did just before, if there was anything to release.
        node.put(Released(0, RiskScope.NODE, "", "journal", "looked at"))
        self.tape.flush()
        return node

    @property
    def folder(self) -> Path:
        return self.place / str(self.boots)

    def dump(self) -> None:
        """Put what is on the simulated disk where a replay finds it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, data in self.disk.data.items():
            (self.folder / name).write_bytes(data)

    def kill(self, *, kept: float | None = None) -> None:
        if self.node is not None:
            self.dump()  # as it was before power was lost
        super().kill(kept=kept)
        tape, self.tape = self.tape, None
        if tape is not None and tape._journal is not None:
            tape._journal._files.close()
            tape._journal = None

    def do(self, step: Step) -> None:
        if self.node is not None and self._process is not None and self.started:
            now = self.node.now()
            text = msgspec.json.encode(step).decode()
            timer = TimerFired(StrategyId(step.account), text, now, now)
            self._process.run(self.node.inbox.post, timer)

    async def stop(self) -> list[Order]:
        left = await super().stop()
        self.dump()
        return left


class Again:
    """A node to be replayed to."""

    def __init__(self, began: Began, clock: Clock) -> None:
        self.node = LiveNode(
            Catalog(), clock=clock, sessions_of=lambda _: get_sessions("always"), name=began.node
        )

    def add_account(self, account: AccountId, venue: VenueId) -> None:
        self.node.add_account(account, venue)


def simulated(seed: int, place: Path) -> TapedNode:
    """Play a seed of the fault simulation with a recorded node."""
    simulation = _Simulation(make_plan(seed))
    side: Any = simulation.node
    side.__class__ = TapedNode
    side.place = place
    outcome = simulation.play(0.0)
    assert not outcome.violations, (seed, outcome.violations)
    return side  # type: ignore[no-any-return]


def replayed(place: Path) -> list[SessionReport]:
    """Run every start of the node again."""
    found = []
    for folder in sorted(place.iterdir(), key=lambda each: int(each.name)):
        try:
            sessions = recorded_sessions(folder)
        except JournalError:
            continue  # the process did not get far enough to record anything
        found += [replay_session(each, Again) for each in sessions]
    return found


def check(seed: int, place: Path) -> list[SessionReport]:
    simulated(seed, place)
    found = replayed(place)
    for each in found:
        assert each.difference is None, (seed, each)
    return found


@pytest.mark.parametrize("seed", [1, 3])
def test_a_simulated_node_runs_again_as_it_ran(seed: int, tmp_path: Path) -> None:
    found = check(seed, tmp_path)
    assert sum(each.compared for each in found) > 200


@pytest.mark.long
def test_many_simulated_nodes_run_again_as_they_ran(tmp_path: Path) -> None:
    ends = {each.end for seed in range(4, 34) for each in check(seed, tmp_path / str(seed))}
    assert {"stopped", "crashed"} <= ends
