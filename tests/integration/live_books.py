"""What a live node and a served exchange say of one account, compared order by order, to the last digit."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal

from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.engine.hosting.market import ClockMarket
from anyvenue.engine.live import LiveNode
from anyvenue.engine.live.remembering import DONE_KEPT
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import OrderState, Pending
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, VenueId
from anyvenue.model.orders import Order
from anyvenue.model.positions import Position
from anyvenue.oms.account_state import AccountState
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.runtime.clock import LiveClock
from anyvenue.venues.paper.config import PaperConfig
from anyvenue.venues.paper.driver import PaperDriver
from served import PATIENCE_S, SECRET

__all__ = [
    "ALICE",
    "PAPER",
    "PERPETUAL",
    "Auditor",
    "at_rest",
    "crash",
    "differences",
    "live_node",
    "paper_driver",
    "perpetual_exchange",
]

ALICE = AccountId("alice")
PAPER = VenueId("paper")
# A market without an expiry and without hours: the tests hold on any day.
PERPETUAL = InstrumentId("BTC-USDT-PERP.BINANCE")


def paper_driver(
    port: int, account: str = "alice", session: str = "main", **more: float
) -> PaperDriver:
    """Return a driver, not yet open, that connects again quickly."""
    options = {"backoff_s": 0.01, "longest_backoff_s": 0.2, **more}
    return PaperDriver(
        PaperConfig(account=account, password="secret", port=port, session=session, **options)
    )


def live_node(driver: PaperDriver, **options: object) -> LiveNode:
    """Return a node for the driver's account, without a journal and not yet started."""
    node = LiveNode(Catalog(), sessions_of=lambda _: get_sessions("always"), **options)  # type: ignore[arg-type]
    node.add_venue(driver)
    node.add_account(driver.account, PAPER)
    return node


def perpetual_exchange() -> HostedExchange:
    """Return an exchange on which alice and bob have money for a market without an expiry."""
    catalog = Catalog()
    market = ClockMarket([catalog.get(PERPETUAL)], LiveClock())
    exchange = HostedExchange(market, catalog, VenueOptions(hours="always", matching="book"))
    for name in ("alice", "bob"):
        exchange.create_account(AccountId(name), {"USDT": Decimal(1_000_000)}, SECRET)
    return exchange


def crash(node: LiveNode) -> None:
    """End a node as a killed process does: connections break, and nothing more is said or written."""
    for session in node.sessions.values():
        driver = session.driver
        assert isinstance(driver, PaperDriver)
        driver._inbox = None
        if driver._keeping is not None:
            driver._keeping.cancel()
            driver._keeping = None
        if driver._link is not None:
            driver._link.abort()
        session._cancel_task()
    node.alarm.cancel()
    journal, node.chronicle.journal = node.chronicle.journal, None
    if journal is not None:
        if journal._flusher is not None:
            journal._flusher.close()
        journal._files.close()  # type: ignore[attr-defined]


class Nowhere:
    """An inbox for somebody who only asks."""

    def post(self, event: object) -> None:
        """Forget it."""


class Auditor:
    """Looks at an account at the venue under another session's name, so that nothing is known beforehand."""

    def __init__(self, port: int) -> None:
        self.driver = paper_driver(port, session="auditor")

    async def __aenter__(self) -> "Auditor":
        await self.driver.open(Nowhere())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.driver.close()

    async def orders(self) -> dict[OrderId, Order]:
        """Return the venue's orders by the ids the node gave them; fail where one id made two."""
        asked = await self.driver._ask("references", list[tuple[OrderId, str, str]])
        names = {theirs: OrderId(int(ref)) for theirs, session, ref in asked if session == "main"}
        found = await self.driver._ask("orders", list[Order])
        made = [names[each.order_id] for each in found]
        assert len(set(made)) == len(made), "one client id made two orders"
        return dict(zip(made, found, strict=True))


async def at_rest(node: LiveNode, patience_s: float = PATIENCE_S) -> None:
    """Return once the node is in line with its venue and every order is in a definite state."""
    vague = (OrderState.NEW, OrderState.SENT, OrderState.UNKNOWN)
    async with asyncio.timeout(patience_s):
        while True:
            await asyncio.sleep(0.02)
            orders = node.node.desk.open_orders()
            if node.sessions[PAPER].is_ready(ALICE) and not [
                each for each in orders if each.state in vague or each.pending is not Pending.NONE
            ]:
                return


async def differences(node: LiveNode, port: int) -> list[str]:
    """Return where the node's books are not the venue's; nothing may be under way on either side."""
    async with Auditor(port) as auditor:
        theirs = await auditor.orders()
        snapshot = await auditor.driver.snapshot(ALICE, (0, 0))
    ours = node.node.desk.account(ALICE)
    found = list(_of_orders(ours, theirs))
    held = {each.instrument: _lots(each) for each in snapshot.positions}
    mine = {each.instrument: _lots(each) for each in ours.positions()}
    found += [
        f"position {name}: {mine.get(name)} and at the venue {held.get(name)}"
        for name in sorted(mine.keys() | held.keys())
        if mine.get(name) != held.get(name)
    ]
    for figures in snapshot.balances:
        settled = figures.balance - figures.position_profit
        if settled != ours.ledger.balance(figures.currency):
            found.append(f"money {ours.ledger.balance(figures.currency)}, at the venue {settled}")
    return found


def _of_orders(ours: AccountState, theirs: dict[OrderId, Order]) -> Iterator[str]:
    known = {each.order_id for each in ours.orders}
    # A node forgets the oldest of many done orders; they were compared when they were younger.
    first = min(known, default=0) if len(known) >= DONE_KEPT else 0
    for order_id in sorted(theirs.keys() - known):
        if order_id > first or not theirs[order_id].done:
            yield f"order {order_id} is at the venue only"
    for order in ours.orders:
        other = theirs.get(order.order_id)
        if other is None:
            if order.state is not OrderState.REJECTED or order.filled:
                yield f"order {order.order_id} is {order.state} and the venue does not know it"
        elif _shown(order) != _shown(other):
            yield f"order {order.order_id}: {_shown(order)}, at the venue {_shown(other)}"


def _lots(position: Position) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Return what is held. What working orders have frozen of a netted position depends on when each was placed."""
    legs = (position.long_today, position.long_old, position.short_today, position.short_old)
    return [(leg.quantity, leg.open_value, leg.mark_value) for leg in legs]


def _shown(order: Order) -> tuple[OrderState, Decimal, Decimal, Decimal, Decimal | None, Decimal]:
    return (
        order.state,
        order.quantity,
        order.filled,
        order.filled_value,
        order.price,
        order.fees,
    )
