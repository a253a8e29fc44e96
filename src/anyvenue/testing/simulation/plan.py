"""What is to happen in one simulation: wishes of strategies and faults, each at its time, drawn from one seed."""

from collections.abc import Callable
from random import Random

from msgspec import Struct

__all__ = ["ACCOUNTS", "FAULTS", "Fault", "Plan", "Step", "make_plan"]

ACCOUNTS = ("alice", "bob")
_LAST_S = 4.0
_TOGETHER = 0.4  # faults seldom come alone, and two at once find more than two apart
_FLAVOURS = ("market", "ioc", "fok", "stop", "stop", "iceberg")


class Step(Struct, frozen=True, gc=False):
    """A wish at a time (seconds): ``order``, or ``cancel`` or ``modify`` of the working order `which`.

    One that is `eager` is wished although the books are not in line with the venue's yet. The `flavour` of an order is
    ``limit``, ``market``, ``ioc``, ``fok``, ``stop`` or ``iceberg``.
    """

    number: int
    at: float
    account: str
    kind: str
    side: str
    price: int
    quantity: int
    offset: str
    which: int
    eager: bool
    flavour: str


class Fault(Struct, frozen=True, gc=False):
    """A fault at a time, for so many seconds; `size` from 0 to 1 says how much, `which` where."""

    at: float
    kind: str
    seconds: float
    size: float
    which: int


class Plan(Struct, frozen=True, gc=False):
    """All of it, in order of time."""

    seed: int
    steps: tuple[Step, ...]
    faults: tuple[Fault, ...]

    @property
    def orders(self) -> int:
        """How many orders are wished for."""
        return sum(step.kind == "order" for step in self.steps)


_MILD = (
    "cut",
    "stall",
    "slow",
    "refuse",
    "swallow",
    "clock_node",
    "clock_venue",
    "halt",
    "kill",
    "noise",
    "hand",
    "hand",
    "deposit",
)
_HARD = (
    "node_crash",
    "node_power",
    "node_power",
    "venue_crash",
    "both_crash",
    "disk_full",
    "venue_disk_full",
    "settle",
)
FAULTS = tuple(dict.fromkeys((*_MILD, *_HARD)))
"""Kinds of faults: see `faults.Faults`, which has a method for each."""


def make_plan(seed: int, orders: int = 200, most_faults: int = 8) -> Plan:
    """Return the plan of a seed: so many orders on two accounts and at least 5 faults."""
    draw = Random(seed)
    times = sorted(draw.uniform(0.0, _LAST_S) for _ in range(orders))
    steps: list[Step] = []
    for at in times:
        steps.append(_step(draw, len(steps), at, "order"))
        if draw.random() < 0.35:
            kind = "cancel" if draw.random() < 0.7 else "modify"
            steps.append(_step(draw, len(steps), at + draw.random() * 0.05, kind))
    faults: list[Fault] = []
    for kind in _kinds(draw, 5 + draw.randrange(most_faults - 4)):
        at = draw.uniform(0.05, _LAST_S)
        if faults and draw.random() < _TOGETHER:
            at = faults[-1].at + draw.random() * 0.06
        faults.append(_fault(draw, kind, at))
    by_time: Callable[[Step | Fault], float] = lambda each: each.at  # noqa: E731
    return Plan(seed, tuple(sorted(steps, key=by_time)), tuple(sorted(faults, key=by_time)))


def _kinds(draw: Random, count: int) -> list[str]:
    """Return kinds of faults: one hard one at least, and what takes long not too often."""
    kinds = [draw.choice(_HARD)]
    while len(kinds) < count:
        kinds.append(draw.choice(_MILD if draw.random() < 0.75 else _HARD))
    draw.shuffle(kinds)
    return kinds


def _step(draw: Random, number: int, at: float, kind: str) -> Step:
    return Step(
        number,
        at,
        draw.choice(ACCOUNTS),
        kind,
        draw.choice(("buy", "sell")),
        3500 + draw.randrange(-4, 5),
        draw.randrange(1, 4),
        "auto" if draw.random() < 0.45 else "open",
        draw.randrange(1 << 16),
        draw.random() < 0.2,
        draw.choice(_FLAVOURS) if draw.random() < 0.25 else "limit",
    )


def _fault(draw: Random, kind: str, at: float) -> Fault:
    seconds = draw.choice((0.01, 0.1, 0.4)) * (0.5 + draw.random())
    return Fault(at, kind, seconds, draw.random(), draw.randrange(1 << 16))
