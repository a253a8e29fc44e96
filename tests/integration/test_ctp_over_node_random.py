"""Many lives of a node: what a CTP program resumed piece by piece is what a new one is told at once."""

import asyncio
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from live_books import at_rest, crash
from test_ctp_over_node import ALICE, COIN, COIN_ORDER, sells, started, venue

from anyvenue.engine.live import LiveNode
from anyvenue.model.errors import AnyvenueError
from anyvenue.venues.ctp.counter.seam import Answer, Resume
from ctp_over_node import Program, counter_over
from served import Served


async def act(draw: Random, exchange: Served, node: LiveNode, program: Program) -> None:
    """Do something: order, cancel, trade, let somebody else order, or let time pass."""
    refs = {str(each.fields["OrderRef"]): each.fields for each in program.private() if each.fields}
    what = draw.random()
    if what < 0.4:
        price = 50_000.0 + draw.randrange(-2, 3)
        lots = draw.randrange(1, 9)
        program.insert(
            **{**COIN_ORDER, "OrderRef": "", "LimitPrice": price, "VolumeTotalOriginal": lots}
        )
    elif what < 0.55 and refs:
        row = draw.choice(list(refs.values()))
        names = ("OrderRef", "FrontID", "SessionID", "InstrumentID")
        program.cancel(**{name: row[name] for name in names if name in row})
    elif what < 0.8:
        quantity = Decimal(draw.randrange(1, 6)) / 1000
        sells(exchange, COIN, 50_000 + draw.randrange(-1, 2), str(quantity))
    else:
        await asyncio.sleep(draw.choice((0, 0.001, 0.005)))
    if node.node.desk.open_orders() and draw.random() < 0.05:
        # What a strategy would do.
        order = draw.choice(node.node.desk.open_orders())
        try:
            node.node.desk.cancel(ALICE, order.order_id)
        except AnyvenueError:
            return


async def lives(seed: int, folder: Path) -> tuple[list[Answer], list[Answer]]:
    """Return what was resumed over five lives, and what a new program is told in the end."""
    draw, resumed = Random(seed), []
    async with venue() as exchange:
        for _ in range(5):
            node = await started(exchange.port, folder / "node", snapshot_every=30)
            counter = await counter_over(node, "alice", "USDT", folder / "ctp")
            program = Program(counter, "alice")
            await program.log_in(Resume.RESUME, len(resumed))
            for _ in range(draw.randrange(5, 25)):
                await act(draw, exchange, node, program)
                if draw.random() < 0.3:
                    await asyncio.sleep(0)
            if draw.random() < 0.5:
                await at_rest(node)
            resumed += program.private()
            # A killed process hears nothing more, not even what has arrived.
            counter.context.broker.close()  # type: ignore[attr-defined]
            crash(node)
            counter.close()
            for _ in range(draw.randrange(3)):
                sells(exchange, COIN, 50_000, "0.002")
        node = await started(exchange.port, folder / "node")
        await at_rest(node)
        counter = await counter_over(node, "alice", "USDT", folder / "ctp")
        last, whole = Program(counter, "alice"), Program(counter, "alice")
        await last.log_in(Resume.RESUME, len(resumed))
        await whole.log_in(Resume.RESTART)
        resumed += last.private()
        told = whole.private()
        check_against(exchange, whole)
        await node.stop()
        counter.close()
    return resumed, told


def check_against(exchange: Served, program: Program) -> None:
    """Check that every lot that was traded was told once, and that every order ended as it did at the venue."""
    told = [each.fields or {} for each in program.private()]
    trades = [row for row in told if "TradeID" in row]
    assert len({row["TradeID"] for row in trades}) == len(trades)
    fills = exchange.exchange.fills(ALICE)
    assert sum(int(row["Volume"]) for row in trades) == sum(each.quantity for each in fills) * 1000
    latest = {
        str(row["OrderSysID"]).strip(): row
        for row in told
        if row.get("OrderStatus") and row.get("OrderSysID")
    }
    for order in exchange.exchange.orders(ALICE):
        row = latest[order.venue_order_id or str(order.order_id)]
        assert int(row["VolumeTraded"]) == order.filled * 1000
        assert (row["OrderStatus"] in ("0", "5")) is order.done


@pytest.mark.parametrize("seed", range(4))
def test_what_was_resumed_is_what_was_told(seed: int, tmp_path: Path) -> None:
    resumed, whole = asyncio.run(lives(seed, tmp_path))
    assert resumed == whole
    assert [each.number for each in whole] == list(range(1, len(whole) + 1))
    assert len(whole) > 30
