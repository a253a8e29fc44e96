"""A node as a process of its own: it comes back from its journal, says what differs, and trades until it is killed.

`python burst_node.py FOLDER PORT SEED [BYTES]`, the last one a limit on the size of any file it writes. It says one
line of JSON once it is in line with the venue, and waits for a line before it begins to place orders.
"""

import asyncio
import json
import sys
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from random import Random

from live_books import ALICE, PERPETUAL, differences, live_node, paper_driver

from anyvenue.engine.live import LiveNode
from anyvenue.model.enums import OrderState, Side
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.orders import EXTERNAL, OrderRequest
from anyvenue.oms.risk import NODE

MOST_WORKING = 12


async def burst(node: LiveNode, draw: Random) -> None:
    """Place, change and take back orders until the journal fails."""
    desk = node.node.desk
    while node.chronicle.failure is None:
        side = draw.choice((Side.BUY, Side.SELL))
        quantity, price = (
            Decimal(draw.randrange(1, 4)) / 100,
            Decimal(50_000 + draw.randrange(-3, 4)),
        )
        with suppress(AnyvenueError):
            desk.submit(OrderRequest(ALICE, PERPETUAL, side, quantity, price))
        working = desk.open_orders()
        if working and (len(working) > MOST_WORKING or draw.random() < 0.3):
            order = draw.choice(working)
            with suppress(AnyvenueError):
                if draw.random() < 0.3:
                    desk.modify(ALICE, order.order_id, price=order.price + draw.choice((-1, 1)))
                else:
                    desk.cancel(ALICE, order.order_id)
        await asyncio.sleep(draw.choice((0, 0, 0.0005, 0.002)))


def limit_files(size: int) -> None:
    """Let no file grow beyond `size` bytes from now on, as on a disk that is full."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


async def main(folder: str, port: str, seed: str, room: str = "") -> None:
    """Run until somebody kills the process, or its disk is full."""
    lines: list[str] = []
    driver = paper_driver(int(port))
    node = live_node(driver, logger=lambda source, text: lines.append(f"{source}: {text}"))
    node.open_journal(folder, snapshot_every=150)
    # Be the operator: who has looked at the disk lets the node go on.
    node.node.desk.watch.release(NODE, rule="journal", reason="looked at")
    await node.start()
    say(await standing(node, int(port), lines))
    await asyncio.to_thread(sys.stdin.readline)
    if room:
        limit_files(sum(each.stat().st_size for each in Path(folder).iterdir()) + int(room))
    await burst(node, Random(int(seed)))
    say({"failed": node.chronicle.failure.text if node.chronicle.failure else ""})
    await node.stop(timeout=1)


async def standing(node: LiveNode, port: int, lines: list[str]) -> dict[str, object]:
    """Return what the node finds after its start."""
    orders = list(node.node.desk.account(ALICE).orders)
    return {
        "differences": await differences(node, port),
        "aligned": [line for line in lines if "the venue holds" in line or "balance" in line],
        "replayed": node.recovered,
        "orders": len(orders),
        "working": sum(not each.done for each in orders),
        "unknown": sum(each.state is OrderState.UNKNOWN for each in orders),
        "adopted": sum(each.request.tag == EXTERNAL for each in orders),
        "fills": sum(each.filled > 0 for each in orders),
    }


def say(found: dict[str, object]) -> None:
    """Tell the test."""
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
