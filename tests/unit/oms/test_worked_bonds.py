"""A treasury bond worked by hand; docs/worked-accounts.md tells each rule and its source."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import CASH_STOCK_T0, BondTerms
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.oms.bookings.bonds import accrued_interest, coupon_dates
from builders import ALICE, Pit, bank_share, fees

D = Decimal
TERMS = BondTerms(D("0.0365"), 2, 20210722, 20310722)
BOND = bank_share(
    id=make_instrument_id("019000", "SSE"),
    kind=InstrumentKind.BOND,
    price_step=FixedStep(D("0.001")),
    lot=LotRule(D(10), D(10)),
    position_rule=CASH_STOCK_T0,
    fees=fees(0, 0, 0),
    bond=TERMS,
)


def held() -> Pit:
    """Return an account that bought 1,000 bonds at 101.5 on 2026-01-21."""
    pit = Pit(BOND, cash=200_000, start="10:00")
    pit.buy(1000, 101.5)
    pit.last(101.5, size=1000)
    return pit


def test_coupons_are_paid_twice_a_year_up_to_maturity() -> None:
    dates = coupon_dates(TERMS)
    assert (dates[0], dates[1], dates[-1], len(dates)) == (20220122, 20220722, 20310722, 20)


@pytest.mark.parametrize(
    ("day", "interest"),
    [
        (20260121, "1.83"),  # 183 days since 2025-07-22 at a hundredth a day
        (20260122, "0"),  # a coupon date
        (20260123, "0.01"),
        (20210722, "0"),
        (20310722, "0"),
    ],
)
def test_interest_accrues_by_calendar_day(day: int, interest: str) -> None:
    assert accrued_interest(TERMS, day) == D(interest)


def test_the_last_day_of_a_month_stands_for_days_that_do_not_exist() -> None:
    dates = coupon_dates(BondTerms(D("0.03"), 2, 20240831, 20260831))
    assert dates == [20250228, 20250831, 20260228, 20260831]


def test_a_purchase_pays_clean_price_and_accrued_interest() -> None:
    figures = held().figures()
    assert figures.cash_flow == D("-101500")
    assert figures.other == D("-1830")  # 1.83 x 1,000
    assert figures.balance == D("96670")
    assert figures.market_value == D("103330")
    assert figures.equity == D("200000")


def test_who_holds_the_bond_overnight_gets_the_coupon() -> None:
    pit = held()
    pit.to("20:00")
    state = pit.exchange.account(ALICE)
    # 1,000 x 100 x 3.65 % / 2
    assert state.ledger.balance("CNY") == D("96670") + D("1825")
    figures = pit.figures()
    assert figures.market_value == D("101500")  # nothing has accrued since
    assert state.ledger.total("CNY") == 0


def test_a_sale_receives_the_interest_that_has_accrued() -> None:
    pit = held()
    pit.sell(1000, 101.5)
    pit.last(101.5, size=1000)
    assert pit.figures().balance == D("200000")


def test_at_maturity_the_face_is_paid() -> None:
    short = bank_share(
        id=BOND.id,
        kind=InstrumentKind.BOND,
        lot=LotRule(D(10), D(10)),
        position_rule=CASH_STOCK_T0,
        fees=fees(0, 0, 0),
        bond=BondTerms(D("0.0365"), 1, 20250121, 20260121),
        expiry=20260121,
    )
    pit = Pit(short, cash=200_000, start="10:00")
    pit.buy(1000, 100)
    pit.last(100, size=1000)
    pit.to("20:00")
    state = pit.exchange.account(ALICE)
    assert state.ledger.balance("CNY") == D("200000")  # 1,000 x 100, quoted clean on its last day
    assert state.ledger.total("CNY") == 0
    assert state.position(short.id).flat
