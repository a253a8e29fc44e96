"""Spreads worked by hand; docs/worked-accounts.md tells each rule and its source."""

from decimal import Decimal

import pytest

from anyvenue.model.commands import CombinePositions
from anyvenue.model.enums import InstrumentKind, Offset, Side
from anyvenue.model.events import CommandRefused, DaySettled, OrderFilled, OrderRejected
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import Instrument, SpreadLeg
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Snapshot
from anyvenue.model.steps import FixedStep
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.reconcile import reconcile
from builders import ALICE, SECOND, Pit, fees, iron_ore, margin, quote

D = Decimal


def meal(month: str, **changes: object) -> Instrument:
    """Return soybean meal of DCE: 10 tons, tick 1, margin a tenth, 1.5 CNY a lot."""
    return iron_ore(
        id=make_instrument_id(f"m{month}", "DCE"),
        multiplier=D(10),
        price_step=FixedStep(D(1)),
        fees=fees("1.5", "1.5", "1.5", lot=True),
        margin=margin("0.10"),
        **changes,
    )


NEAR, FAR_OFF = meal("2605"), meal("2609")
SPREAD = iron_ore(
    id=make_instrument_id("SP m2605&m2609", "DCE"),
    kind=InstrumentKind.SPREAD,
    multiplier=D(10),
    price_step=FixedStep(D(1)),
    fees=None,
    margin=None,
    legs=(SpreadLeg(NEAR.id, 1), SpreadLeg(FAR_OFF.id, -1)),
)


def opened(quantity: int = 2) -> Pit:
    """Return a pit with legs at 3000 and 3100 where two spreads were bought at -98."""
    pit = Pit(SPREAD, NEAR, FAR_OFF)
    show(pit, 3000, 3100)
    pit.buy(quantity, -98)
    pit.quote(-99, -98)
    return pit


def show(pit: Pit, near: float, far: float) -> None:
    """Show the legs' markets around these prices."""
    pit.see(
        quote(NEAR, pit.now + SECOND, near - 1, near + 1),
        quote(FAR_OFF, pit.now + SECOND, far - 1, far + 1),
    )


def lots(pit: Pit, instrument: Instrument) -> tuple[int, int]:
    """Return (long, short) lots held."""
    position = pit.exchange.account(ALICE).position(instrument.id)
    return int(position.long), int(position.short)


def test_a_working_order_freezes_the_dearer_legs_margin_and_both_fees() -> None:
    pit = Pit(SPREAD, NEAR, FAR_OFF)
    show(pit, 3000, 3100)
    pit.buy(2, -98)
    figures = pit.figures()
    assert figures.frozen_margin == D("6200")  # 3100 x 10 t x 2 x 0.10
    assert figures.frozen_fees == D("6")  # 2 lots x 2 legs x 1.5


def test_the_legs_trade_at_prices_that_add_up_to_the_spreads() -> None:
    pit = opened()
    (fill,) = [event.fill for event in pit.events if isinstance(event, OrderFilled)]
    assert [(leg.side, leg.price, leg.quantity) for leg in fill.legs] == [
        (Side.BUY, D(3000), D(2)),
        (Side.SELL, D(3098), D(2)),
    ]
    assert (fill.price, fill.fee) == (D(-98), D(6))
    assert lots(pit, NEAR) == (2, 0)
    assert lots(pit, FAR_OFF) == (0, 2)
    assert lots(pit, SPREAD) == (2, 0)


def test_only_the_larger_margin_of_combined_legs_is_taken() -> None:
    figures = opened().figures()
    assert figures.margin == D("6196")  # max(3000, 3098) x 10 t x 2 x 0.10, not 12 196
    assert figures.fees == D("6")
    assert figures.position_profit == D("-40")  # the short leg: sold at 3098, now 3100
    assert figures.available == D("1000000") - D("6196") - D("6") - D("40")


def test_closing_the_spread_closes_both_legs_and_pays_the_difference() -> None:
    pit = opened()
    show(pit, 3020, 3100)
    pit.sell(2, -90)
    pit.quote(-85, -84)  # the bid is better than asked for
    figures = pit.figures()
    assert figures.close_profit == D("260")  # (-85 - -98) x 10 t x 2
    assert figures.margin == 0
    assert figures.balance == D("1000000") + 260 - 12
    assert lots(pit, NEAR) == lots(pit, FAR_OFF) == lots(pit, SPREAD) == (0, 0)


def test_a_leg_closed_by_itself_splits_the_combination() -> None:
    pit = opened()
    pit.sell(1, 2990, of=NEAR)
    pit.see(quote(NEAR, pit.now + SECOND, 2999, 3001))
    assert lots(pit, SPREAD) == (1, 0)
    assert lots(pit, FAR_OFF) == (0, 2)
    assert pit.figures().margin == D("6196")  # 3098 x 10 x 2 x 0.10; the one long leg is covered


def test_held_legs_are_combined_and_split_by_command() -> None:
    pit = Pit(SPREAD, NEAR, FAR_OFF)
    show(pit, 3000, 3100)
    pit.buy(2, 3001, of=NEAR)
    pit.send(Side.SELL, 2, 3099, of=FAR_OFF)
    show(pit, 3000, 3100)
    assert pit.figures().margin == D("12200")  # (3001 + 3099) x 10 t x 2 x 0.10
    pit.exchange.apply(CombinePositions(ALICE, SPREAD.id, D(2), pit.now), pit.now)
    assert pit.figures().margin == D("6198")
    pit.exchange.apply(CombinePositions(ALICE, SPREAD.id, D(-1), pit.now), pit.now)
    assert pit.figures().margin == D("9198.5") or pit.figures().margin == D("9199")
    (said,) = pit.exchange.apply(CombinePositions(ALICE, SPREAD.id, D(2), pit.now), pit.now)
    assert isinstance(said, CommandRefused)
    assert "1 are single and free" in said.reason


def test_more_than_the_legs_have_is_not_closed() -> None:
    pit = opened()
    pit.sell(3, -90)
    assert isinstance(pit.events[-1], OrderRejected)
    assert "more than the 2" in pit.events[-1].reason


def test_a_settlement_marks_the_legs_and_keeps_the_combination() -> None:
    pit = opened()
    settled = pit.to("16:00")
    assert [type(event) for event in settled] == [DaySettled]
    figures = pit.figures()
    assert figures.pre_balance == D("1000000") - 6 - 40
    assert figures.margin == D("6200")  # the larger leg at its settlement price of 3100
    assert lots(pit, SPREAD) == (2, 0)
    assert pit.exchange.account(ALICE).ledger.total("CNY") == 0


def test_without_a_leg_price_the_order_is_refused() -> None:
    pit = Pit(SPREAD, NEAR, FAR_OFF)
    pit.buy(1, -98)
    assert isinstance(pit.events[-1], OrderRejected)
    assert "no price of m2605.DCE" in pit.events[-1].reason


@pytest.mark.parametrize("offset", [Offset.CLOSE])
def test_the_claim_of_a_closing_order_is_on_the_legs(offset: Offset) -> None:
    pit = opened()
    pit.sell(2, -50, offset=offset)
    pit.sell(1, 2990, of=NEAR)
    assert isinstance(pit.events[-1], OrderRejected)


def test_a_second_closing_order_does_not_count_on_the_same_combinations() -> None:
    pit = opened()
    first = pit.sell(2, -50)
    state = pit.exchange.account(ALICE)
    wish = OrderRequest(ALICE, SPREAD.id, Side.SELL, D(1), D(-50))
    assert state.split(wish) == [(Offset.OPEN, D(1))]
    pit.cancel(first)
    assert state.split(wish) == [(Offset.CLOSE, D(1))]


def test_books_that_learn_of_combinations_from_the_venue_have_their_margin() -> None:
    venue = opened(2).state
    books = AccountState(ALICE, venue._lookup, venue.mark, venue.rates, venue.settings)
    figures = venue.figures("CNY", 1)
    snapshot = Snapshot(
        account=ALICE,
        ts_as_of=1,
        trading_day=figures.trading_day,
        positions=tuple(venue.positions()),
        balances=(figures,),
        terms=tuple(venue.terms()),
    )
    for event in reconcile(books, snapshot, 1).events:
        books.apply_account(event)  # type: ignore[arg-type]
    assert books.position(SPREAD.id).long == venue.position(SPREAD.id).long == 2
    assert books.position(NEAR.id).long == 2
    assert books.margin("CNY") == venue.margin("CNY")
    assert reconcile(books, snapshot, 1).events == ()
