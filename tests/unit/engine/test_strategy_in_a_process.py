"""A strategy in a process of its own, once through: it trades, is shown by the node, and leaves nothing behind."""

import sys

import pytest

from anyvenue.engine.live.meters import Meters
from anyvenue.engine.live.status import status_of
from anyvenue.runtime.loop import run
from hosted_strategies import rigged
from live_nodes import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="hosting needs a POSIX system")


def test_it_trades_is_shown_and_ends_with_its_node() -> None:
    async def main() -> None:
        async with rigged() as rig:
            meters = Meters(rig.node)
            host = rig.host()
            await rig.node.start()
            await until(lambda: host.began)
            rig.tick(6)
            await until(lambda: rig.said("s: cancelled 0"))
            (status,) = status_of(rig.node).strategies
            assert (status.host, status.state, status.pid) == ("process", "running", host.pid)
            await until(lambda: not host.backlog)
            assert (status.conflated, status.dropped) == (0, 0)
            page = meters.metrics.render()
            assert 'anyvenue_strategy_backlog{strategy="s"} 0' in page
            assert 'anyvenue_strategy_conflated_total{strategy="s"} 0' in page
            assert 'anyvenue_strategy_dropped_total{strategy="s"} 0' in page
            assert await rig.node.stop() == []
            assert (host.state, host.pid) == ("stopped", 0)
            assert rig.said("s: bye")

    run(main())
