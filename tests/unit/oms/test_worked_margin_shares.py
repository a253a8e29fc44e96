"""A margin account of shares worked by hand; docs/worked-accounts.md tells each rule and its source."""

from decimal import Decimal

from anyvenue.model.enums import Offset, Side
from anyvenue.model.events import CashMoved, DaySettled, OrderRejected
from anyvenue.model.instruments import FeeRate, FeeSchedule, MarginSchedule
from anyvenue.oms.account_state import AccountSettings
from anyvenue.oms.bookings.securities import maintenance
from builders import ALICE, Pit, us_share

D = Decimal
FREE = FeeSchedule(FeeRate(), FeeRate(), FeeRate())
SHARE = us_share(
    fees=FREE,
    margin=MarginSchedule(
        D("0.5"), D("0.5"), long_maintenance=D("0.25"), short_maintenance=D("0.3")
    ),
)
MARGIN = AccountSettings(securities_margin=True, borrow_rate=D("0.036"), loan_rate=D("0.072"))


def pit(**fields: object) -> Pit:
    """Return an account with 100,000 USD in the American evening."""
    return Pit(SHARE, cash=100_000, settings=MARGIN, start="23:00", **fields)


def short_500() -> Pit:
    """Return an account that sold 500 borrowed shares at 200."""
    found = pit()
    found.send(Side.SELL, 500, 200)
    found.quote(200, 200.02, 1000, 1000)
    return found


def test_selling_short_brings_the_proceeds_and_takes_margin() -> None:
    figures = short_500().figures("USD")
    assert figures.balance == D("200000")  # 100,000 + 500 x 200
    # Quotes show 200.00 and 200.02: the shares are marked at 200.01.
    assert figures.market_value == D("-100005")
    assert figures.equity == D("99995")
    assert figures.margin == D("50002.5")  # half of 100,005
    assert figures.available == D("49992.5")  # 200,000 - 100,005 - 50,002.5


def test_borrowed_shares_cost_a_fee_by_calendar_day() -> None:
    found = short_500()
    said = found.to("34:00")
    assert [type(event) for event in said] == [CashMoved, DaySettled]
    state = found.exchange.account(ALICE)
    # 100,005 x 3.6 % x 1 day / 360
    assert state.ledger.balance("USD") == D("200000") - D("10.0005")
    assert state.ledger.total("USD") == 0


def test_a_weekend_costs_three_days() -> None:
    found = short_500()
    found.to("34:00")  # Wednesday's
    found.to("58:00")  # Thursday's
    before = found.exchange.account(ALICE).ledger.balance("USD")
    found.to("82:00")  # Friday's: until Monday
    after = found.exchange.account(ALICE).ledger.balance("USD")
    assert before - after == D("30.0015")


def test_buying_back_ends_the_short_position_and_its_margin() -> None:
    found = short_500()
    found.send(Side.BUY, 500, 190)
    found.quote(189.98, 190, 1000, 1000)
    figures = found.figures("USD")
    assert figures.balance == D("105000")  # 200,000 - 500 x 190
    assert (figures.margin, figures.market_value) == (0, 0)
    assert figures.available == D("105000")


def test_one_order_goes_from_short_to_long() -> None:
    found = short_500()
    found.send(Side.BUY, 700, 200.02)
    found.quote(200, 200.02, 1000, 1000)
    position = found.exchange.account(ALICE).position(SHARE.id)
    assert (position.long, position.short) == (200, 0)
    assert found.figures("USD").balance == D("200000") - D("140014")


def test_shares_are_bought_on_credit_up_to_twice_the_money() -> None:
    found = pit()
    found.buy(1000, 200)
    found.quote(199.98, 200, 1000, 1000)
    figures = found.figures("USD")
    assert figures.balance == D("-100000")
    assert figures.market_value == D("199990")
    assert figures.margin == D("99995")
    assert figures.available == D("-5")  # the spread of the quote
    found.buy(1, 200)
    assert isinstance(found.events[-1], OrderRejected)


def test_the_loan_costs_interest() -> None:
    found = pit()
    found.buy(1000, 200)
    found.quote(200, 200, 1000, 1000)
    found.to("34:00")
    state = found.exchange.account(ALICE)
    assert state.ledger.balance("USD") == D("-100020")  # 100,000 x 7.2 % / 360 = 20


def test_the_maintenance_margin_tells_when_the_account_is_called() -> None:
    found = short_500()
    state = found.exchange.account(ALICE)
    holding = state.holding(SHARE.id)
    assert holding is not None
    assert maintenance(state, state.instrument(SHARE.id), holding) == D("30001.5")


def test_a_cash_account_sells_nothing_short() -> None:
    found = Pit(SHARE, cash=100_000, start="23:00")
    found.send(Side.SELL, 1, 200, offset=Offset.OPEN)
    assert isinstance(found.events[-1], OrderRejected)
    assert "cannot be sold short" in found.events[-1].reason
