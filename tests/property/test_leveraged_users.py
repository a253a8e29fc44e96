"""Users trade leveraged contracts with each other: their own trades make the price that liquidates them."""

from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from anyvenue.model.commands import SubmitOrder
from anyvenue.model.enums import MarginMode, Offset, OrderType, Side, TimeInForce
from anyvenue.model.events import Event, OrderFilled
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.oms.account_state import AccountSettings, AccountState
from anyvenue.oms.bookings.leveraged import Leveraged
from anyvenue.oms.bookings.leveraged_holding import LeveragedHolding
from anyvenue.sim.exchange import Exchange
from anyvenue.sim.own_orders import FIRST_ID
from builders import MINUTE, SECOND, at, weekdays
from leveraged import inverse, linear

USERS = [AccountId(f"user{number}") for number in range(6)]
UNITS = [linear(), inverse()]


class Crowd:
    """Six users with the same money who send orders around a price that wanders."""

    def __init__(self, seed: int, mode: MarginMode) -> None:
        hours = {each.id: weekdays(each) for each in UNITS}
        by_id = {each.id: each for each in UNITS}
        self.draw = Random(seed)
        self.exchange = Exchange(
            by_id.__getitem__, lambda each: hours[each.id], matching="book", keep_done=False
        )
        self.now = at("09:00")
        self.fills: list[Fill] = []
        self.last_id = 0
        for user in USERS:
            terms = AccountSettings(leverage=Decimal(20), margin_mode=mode)
            self.exchange.create_account(user, settings=terms)
            self.exchange.deposit(user, "USDT", Decimal(2_000), self.now)
            self.exchange.deposit(user, "BTC", Decimal("0.05"), self.now)

    def play(self, count: int) -> "Crowd":
        """Send orders; the price wanders by up to 2 % at a time."""
        mid = 50_000.0
        for _ in range(count):
            mid *= 1 + self.draw.uniform(-0.02, 0.02)
            self.now += self.draw.choice((SECOND, SECOND, 30 * MINUTE))
            self._take(self.exchange.advance(self.now))
            self._order(self.draw.choice(UNITS), mid)
            self._take(self.exchange.advance(self.now))
        return self

    def _order(self, unit: Instrument, mid: float) -> None:
        draw = self.draw
        self.last_id += 1
        request = OrderRequest(
            draw.choice(USERS),
            unit.id,
            draw.choice(list(Side)),
            Decimal(draw.randrange(1, 30)) * (5 if unit.inverse else Decimal("0.01")),
            Decimal(str(round(mid * (1 + draw.uniform(-0.004, 0.004)), 1))),
            OrderType.LIMIT,
            TimeInForce.GTC,
            Offset.OPEN,
        )
        command = SubmitOrder(OrderId(self.last_id), request, self.now)
        self._take(self.exchange.apply(command, self.now))

    def _take(self, events: list[Event]) -> None:
        self.fills += [each.fill for each in events if isinstance(each, OrderFilled)]


def slack(crowd: Crowd, state: AccountState, unit: Instrument) -> Decimal | None:
    """Return profit less maintenance margin of a position, None when there is none."""
    booking, holding = state.booking(unit.id), state.holding(unit.id)
    mark = crowd.exchange.marks(unit.id)
    assert isinstance(booking, Leveraged)
    if not isinstance(holding, LeveragedHolding) or not holding.quantity or mark is None:
        return None
    return booking.profit(state, unit, holding, mark) - booking.maintenance(unit, holding, mark)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(MarginMode))
def test_nobody_stands_below_his_maintenance_margin_and_money_is_conserved(
    seed: int, mode: MarginMode
) -> None:
    crowd = Crowd(seed, mode).play(250)
    for state in crowd.exchange.accounts.values():
        for unit in UNITS:
            assert state.ledger.total(unit.currency) == 0
            free = slack(crowd, state, unit)
            if free is None:
                continue
            holding = state.holding(unit.id)
            assert isinstance(holding, LeveragedHolding)
            isolated = mode is MarginMode.ISOLATED
            assert free + (holding.money if isolated else state.ledger.balance(unit.currency)) > 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(MarginMode))
def test_long_and_short_are_equal_but_for_what_the_house_took_over(
    seed: int, mode: MarginMode
) -> None:
    crowd = Crowd(seed, mode).play(250)
    for unit in UNITS:
        net = sum(
            (state.position(unit.id).net for state in crowd.exchange.accounts.values()), Decimal(0)
        )
        taken = [
            each.quantity if each.side is Side.BUY else -each.quantity
            for each in crowd.fills
            if each.order_id >= FIRST_ID and each.instrument == unit.id
        ]
        assert net == sum(taken, Decimal(0))


def test_such_sessions_have_liquidations() -> None:
    for mode in MarginMode:
        crowd = Crowd(1, mode).play(1_000)
        assert sum(1 for each in crowd.fills if each.order_id >= FIRST_ID) > 3
