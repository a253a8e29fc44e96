"""When everything has healed: do the node's books say what the venue's say?"""

from decimal import Decimal

from anyvenue.model.enums import OrderState
from anyvenue.model.orders import EXTERNAL, Order
from anyvenue.oms.account_state import AccountState
from anyvenue.testing.simulation.node_side import NodeSide
from anyvenue.testing.simulation.plan import ACCOUNTS
from anyvenue.testing.simulation.venue_side import DEPOSIT, VenueSide
from anyvenue.testing.simulation.watch import Watch, balances_of, check_books

__all__ = ["differences"]


def differences(node: NodeSide, venue: VenueSide, watch: Watch) -> list[str]:
    """Return every difference, as sentences."""
    found: list[str] = []
    for name in ACCOUNTS:
        ours, theirs = node.account(name), venue.account(name)
        found += check_books(theirs)
        found += _compare_money(name, ours, theirs)
        found += _compare_orders(name, ours, theirs, venue, watch)
    found += _check_doubles(venue)
    found += _check_sum(venue)
    return found


def _compare_money(name: str, ours: AccountState, theirs: AccountState) -> list[str]:
    found = []
    if _legs(ours) != _legs(theirs):
        found.append(f"{name} holds {_legs(ours)}, at the venue {_legs(theirs)}")
    mine, its = ours.ledger.balance("CNY"), theirs.ledger.balance("CNY")
    if mine != its:
        found.append(f"{name} has {mine}, at the venue {its}")
    return found


def _legs(state: AccountState) -> list[tuple[object, ...]]:
    """Return what is held; what orders have claimed of it is each side's own affair."""
    return [
        (
            each.instrument,
            *(
                (leg.quantity, leg.open_value, leg.mark_value)
                for leg in (each.long_today, each.long_old, each.short_today, each.short_old)
            ),
        )
        for each in state.positions()
    ]


def _compare_orders(
    name: str, ours: AccountState, theirs: AccountState, venue: VenueSide, watch: Watch
) -> list[str]:
    found: list[str] = []
    named: dict[int, Order] = {}
    for order in theirs.orders:
        session, ref = venue.exchange.ref_of(order.order_id)
        if session == "main":
            named[int(ref)] = order
    mine = {order.order_id: order for order in ours.orders}
    for number, its in named.items():
        order = mine.get(number)  # type: ignore[call-overload]
        if order is None:
            if its.filled or not its.done:
                found.append(f"{name}'s order {number} is {its.state} at the venue and lost here")
        elif _totals(its) != _totals(order) or not _same_state(order, its):
            found.append(
                f"{name}'s order {number} is {order.state} {_totals(order)} here, "
                f"at the venue {its.state} {_totals(its)}"
            )
    for number, order in mine.items():
        if order.state is OrderState.UNKNOWN:
            found.append(f"{name}'s order {number} is still unknown: {order.reason}")
        elif (
            number in watch.tags and number not in named and order.state is not OrderState.REJECTED
        ):
            found.append(f"{name}'s order {number} is {order.state} here; the venue has none")
    return found


def _same_state(ours: Order, theirs: Order) -> bool:
    # Of an order that was lost with the power and done before anybody looked only the fills are known.
    adopted = ours.request.tag == EXTERNAL
    return ours.state is theirs.state or (adopted and ours.done and theirs.done)


def _totals(order: Order) -> tuple[Decimal, Decimal, Decimal]:
    return order.filled, order.filled_value, order.fees


def _check_doubles(venue: VenueSide) -> list[str]:
    found, seen = [], set()
    for name in ACCOUNTS:
        for order in venue.account(name).orders:
            session, _ = venue.exchange.ref_of(order.order_id)
            # A wish to close may become an order for each leg.
            key = (name, order.request.tag, order.request.offset)
            if session == "main" and order.request.tag:
                if key in seen:
                    found.append(f"{name}'s wish {order.request.tag} made two orders")
                seen.add(key)
    return found


def _check_sum(venue: VenueSide) -> list[str]:
    """Two accounts that only trade with each other keep what was paid in, less the fees."""
    states = [venue.account(name) for name in ACCOUNTS]
    worth = sum((balances_of(state, venue.clock) for state in states), Decimal(0))
    fees = sum((order.fees for state in states for order in state.orders), Decimal(0))
    wanted = 2 * DEPOSIT + venue.deposited
    if worth + fees != wanted:
        return [f"accounts and fees come to {worth + fees}, and {wanted} was paid in"]
    return []
