"""A strategy whose callbacks take too long is told of, and faulted alone where that is wished."""

import pytest
from short_market import Counts, node_of

from anyvenue.engine.slowness import SlowLimit, SlowWatch
from anyvenue.model.market import Quote

MS = 1_000_000


class Stepping:
    """A clock in ns that the strategy moves."""

    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        return self.ns


class Slow(Counts):
    """Takes as long as it is told for each quote."""

    clock: Stepping
    takes_ms: list[int] = []

    def on_quote(self, quote: Quote) -> None:
        super().on_quote(quote)
        if self.takes_ms:
            self.clock.ns += self.takes_ms.pop(0) * MS


def slow_node(limit: SlowLimit | None, *takes_ms: int) -> tuple[object, Slow, Counts, list[str]]:
    slow, good = Slow(), Counts()
    slow.clock, slow.takes_ms = Stepping(), list(takes_ms)
    node = node_of(slow, good)
    lines: list[str] = []
    node.node._logger = lambda source, text: lines.append(f"{source} {text}")
    if limit is not None:
        node.node.hosts["a"].watch_slowness(limit, slow.clock)
    node.run()
    return node, slow, good, lines


def test_three_slow_callbacks_within_a_minute_fault_the_strategy_alone() -> None:
    node, slow, good, lines = slow_node(SlowLimit(), 51, 1, 60, 5, 70, 1, 1)
    host = node.node.hosts["a"]  # type: ignore[attr-defined]
    assert host.state == "faulted"
    assert "on_quote took 70 ms: 3 callbacks within 60 s took over 50 ms" in host.fault.error
    assert host.error.code == "strategy.slow"
    assert slow.calls["quote"] == 5
    assert good.calls["quote"] == 10
    assert [line for line in lines if "held everything" in line] == [
        f"a on_quote took {ms} ms and held everything else up" for ms in (51, 60, 70)
    ]


@pytest.mark.parametrize(
    "takes",
    [(50, 50, 50, 50), (51, 60, 51, 60, 51)],
    ids=["just quick enough", "too far apart"],
)
def test_fewer_or_rarer_ones_do_not(takes: tuple[int, ...]) -> None:
    node, slow, _, _ = slow_node(SlowLimit(within_ns=100 * MS), *takes)
    assert node.node.hosts["a"].state == "stopped"  # type: ignore[attr-defined]
    assert slow.calls["quote"] == 10


def test_they_may_be_reported_only() -> None:
    node, slow, _, _ = slow_node(SlowLimit(fault=False), *[80] * 10)
    host = node.node.hosts["a"]  # type: ignore[attr-defined]
    assert host.state == "stopped"
    assert (host.slowness.slow_calls, host.slowness.longest_ns) == (10, 80 * MS)
    assert slow.calls["quote"] == 10


def test_nobody_is_watched_who_is_not_meant_to_be() -> None:
    node, slow, _, lines = slow_node(None, *[80] * 10)
    assert node.node.hosts["a"].slowness is None  # type: ignore[attr-defined]
    assert slow.calls["quote"] == 10
    assert not [line for line in lines if "held everything" in line]


def test_what_a_callback_leads_to_is_part_of_it_and_counted_once() -> None:
    clock, told = Stepping(), list[str]()
    watch = SlowWatch(SlowLimit(), told.append, lambda error: None, clock)

    def on_order() -> None:
        clock.ns += 60 * MS

    def on_quote() -> None:
        watch.call(on_order)

    watch.call(on_quote)
    assert told == ["on_quote took 60 ms and held everything else up"]


def test_what_a_watched_callback_raises_faults_the_strategy_as_ever() -> None:
    class Raises(Counts):
        def on_quote(self, quote: Quote) -> None:
            raise ArithmeticError("no")

    node = node_of(Raises(), Counts())
    node.node.hosts["a"].watch_slowness(SlowLimit())
    node.run()
    assert node.node.hosts["a"].fault is not None
    assert "ArithmeticError" in node.node.hosts["a"].fault.error
    assert node.node.hosts["b"].state == "stopped"
