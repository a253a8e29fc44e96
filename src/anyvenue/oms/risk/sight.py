"""What rules can see of the node: positions and working orders of whoever a scope means, at their worst.

At worst every working order fills and every change that was asked for is made.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from anyvenue.model.enums import Offset, RiskScope, Side
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Order
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.risk.scopes import Scope
from anyvenue.oms.risk.traders import Traders
from anyvenue.oms.risk.wish import Wish

__all__ = ["Asked", "Lots", "Sight"]

# Bound once: looking a member up on its enum class takes its time.
_ACCOUNT = RiskScope.ACCOUNT
_AUTO = Offset.AUTO
_BUY = Side.BUY
_OPEN = Offset.OPEN
_STRATEGY = RiskScope.STRATEGY
_NAMED = frozenset({_ACCOUNT, _STRATEGY})
_ZERO = Decimal(0)


class Asked:
    """Quantities that changes under way ask for: until it is answered, an order may be the larger one."""

    def __init__(self) -> None:
        self._quantities: dict[OrderId, list[Decimal]] = {}

    def add(self, order_id: OrderId, quantity: Decimal) -> None:
        """Remember that an order was asked to be `quantity`."""
        self._quantities.setdefault(order_id, []).append(quantity)

    def made(self, order_id: OrderId, quantity: Decimal) -> None:
        """Forget the change to `quantity`: it was made, or never sent."""
        asked = self._quantities.get(order_id)
        if asked is not None and quantity in asked:
            asked.remove(quantity)
            if not asked:
                del self._quantities[order_id]

    def refused(self, order_id: OrderId) -> None:
        """Forget a refused change; of several nobody can say which it was, so all stay."""
        if len(self._quantities.get(order_id, ())) == 1:
            del self._quantities[order_id]

    def done(self, order_id: OrderId) -> None:
        """Forget an order."""
        self._quantities.pop(order_id, None)

    def records(self) -> dict[OrderId, tuple[Decimal, ...]]:
        """Return what must be kept over a restart."""
        return {order_id: tuple(asked) for order_id, asked in self._quantities.items()}

    def restore(self, records: Mapping[OrderId, tuple[Decimal, ...]]) -> None:
        """Take what was kept in place of everything known."""
        self._quantities = {order_id: list(asked) for order_id, asked in records.items()}

    def most(self, order: Order) -> Decimal:
        """Return the most that may still fill of an order."""
        asked = self._quantities.get(order.order_id)
        if asked is None:
            return order.remaining
        return max(order.quantity, *asked) - order.filled


class Lots:
    """Lots of one instrument: held, and on their way."""

    __slots__ = ("buys", "long", "opens", "sells", "short")

    def __init__(self, long: Decimal, short: Decimal) -> None:
        self.long = long
        self.short = short
        self.buys = self.sells = self.opens = _ZERO

    def copied(self) -> "Lots":
        """Return the same lots, to add to."""
        lots = Lots(self.long, self.short)
        lots.buys, lots.sells, lots.opens = self.buys, self.sells, self.opens
        return lots

    def add(self, side: Side, quantity: Decimal, opening: Decimal) -> None:
        """Let an order for `quantity` work, of which `opening` may open."""
        if side is _BUY:
            self.buys += quantity
        else:
            self.sells += quantity
        self.opens += opening

    def worst(self, hedged: bool) -> Decimal:
        """Return the most lots that may be held: of both sides where they stand side by side."""
        if hedged:
            return self.long + self.short + self.opens
        net = self.long - self.short
        return max(abs(net + self.buys), abs(net - self.sells))


class Sight:
    """The node as the rules see it."""

    def __init__(self, accounts: Mapping[AccountId, AccountState], traders: Traders) -> None:
        self.accounts = accounts
        self.asked = Asked()
        self.traders = traders

    def states(self, scope: Scope, state: AccountState) -> Iterable[AccountState]:
        """Return the accounts whose positions count: for an account its own, else all."""
        return (state,) if scope.kind is _ACCOUNT else self.accounts.values()

    def working(self, scope: Scope, state: AccountState, wish: Wish | None = None) -> list[Order]:
        """Return the working orders of an account that count, but the one that is to be changed."""
        orders = state.orders.open_orders() if wish is None else wish.working(state)
        if scope.kind is not _STRATEGY:
            return orders
        return [order for order in orders if order.request.strategy == scope.name]

    def held(
        self, scope: Scope, state: AccountState, instrument: InstrumentId
    ) -> tuple[Decimal, Decimal]:
        """Return (long, short) lots; a strategy's own are netted."""
        if scope.kind is _STRATEGY:
            net = self.traders.net(scope.name, state.account, instrument)
            return max(net, _ZERO), max(-net, _ZERO)
        holding = state.holding(instrument)
        if holding is None:
            return _ZERO, _ZERO
        return holding.long.quantity, holding.short.quantity

    def lots(self, scope: Scope, wish: Wish) -> Lots:
        """Return the lots of the wish's instrument without the wish, to do with as one likes."""
        # All instruments' scopes see what the node sees; others are told apart by their names.
        key = ("lots", scope.kind in _NAMED and scope)
        found = wish.memo.get(key)
        if found is None:
            found = wish.memo[key] = self._count_lots(scope, wish)
        return found.copied()

    def _count_lots(self, scope: Scope, wish: Wish) -> Lots:
        states, instrument = self.states(scope, wish.state), wish.instrument.id
        long = short = _ZERO
        for state in states:
            held = self.held(scope, state, instrument)
            long += held[0]
            short += held[1]
        lots = Lots(long, short)
        for state in states:
            for order in self.working(scope, state, wish):
                request = order.request
                if request.instrument == instrument:
                    most = self.asked.most(order)
                    lots.add(request.side, most, most if request.offset is _OPEN else _ZERO)
        return lots

    def hedged(self, scope: Scope, instrument: Instrument) -> bool:
        """Tell whether long and short lots count side by side."""
        return instrument.position_rule.hedged and scope.kind is not _STRATEGY

    def opening(self, wish: Wish) -> Decimal:
        """Return how much of the wish may open or enlarge a position of its account."""
        found = wish.memo.get("opening")
        if found is None:
            found = wish.memo["opening"] = self._count_opening(wish)
        return found

    def _count_opening(self, wish: Wish) -> Decimal:
        request, rule = wish.request, wish.instrument.position_rule
        closes = request.offset not in (_OPEN, _AUTO)
        if request.reduce_only or closes or (not wish.buys and not rule.short_ok):
            return _ZERO
        if rule.hedged and request.offset is _OPEN:
            return wish.remaining
        holding = wish.state.holding(wish.instrument.id)
        if holding is None:
            return wish.remaining
        against = holding.closed_by(request.side).quantity
        if against:
            against -= self._closing(wish)
        return max(wish.remaining - max(against, _ZERO), _ZERO)

    def _closing(self, wish: Wish) -> Decimal:
        """Return the lots that other working orders of the account close on the same side."""
        hedged = wish.instrument.position_rule.hedged
        total = _ZERO
        for order in wish.working(wish.state):
            request = order.request
            if (
                request.instrument == wish.instrument.id
                and request.side is wish.request.side
                and not (hedged and request.offset is _OPEN)
            ):
                total += self.asked.most(order)
        return total

    def enlarges(self, wish: Wish) -> bool:
        """Tell whether the wish may make a position of its account larger than it may become already."""
        return not wish.only_shrinks and self.opening(wish) > 0
