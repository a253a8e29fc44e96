"""Currency pairs and gold, and the week they trade in."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.instruments import NETTED
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.currencies import currency_symbols
from anyvenue.reference.days import NS_PER_SECOND, midnight
from anyvenue.reference.sessions import get_sessions

_HOUR = 3600 * NS_PER_SECOND


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog(20260915)


def test_a_pair_is_held_in_its_base_and_settled_in_its_quote(catalog: Catalog) -> None:
    found = catalog.get("EURUSD.FX")
    assert (found.kind, found.base, found.currency) == (InstrumentKind.FX, "EUR", "USD")
    assert found.position_rule == NETTED
    assert found.price_step.step_at(Decimal(1)) == Decimal("0.00001")
    assert found.lot.step == found.lot.minimum == 1000
    assert found.multiplier == 1


def test_yen_is_quoted_with_three_decimals(catalog: Catalog) -> None:
    for symbol in currency_symbols():
        if symbol.endswith("JPY"):
            assert catalog.get(f"{symbol}.FX").price_step.step_at(Decimal(150)) == Decimal("0.001")


@pytest.mark.parametrize(
    ("symbol", "rate"), [("EURUSD", "0.0333"), ("AUDUSD", "0.05"), ("XAUUSD", "0.05")]
)
def test_the_majors_cost_less_margin(catalog: Catalog, symbol: str, rate: str) -> None:
    margin = catalog.get(f"{symbol}.FX").margin
    assert margin is not None
    assert margin.long_by_money == margin.short_by_money == Decimal(rate)
    assert "ESMA" in margin.source


def test_there_is_no_commission_and_the_schedule_says_why(catalog: Catalog) -> None:
    fees = catalog.get("GBPJPY.FX").fees
    assert fees is not None
    assert fees.open.by_money == fees.open.by_lot == 0
    assert "spread" in fees.source


def test_there_are_majors_and_crosses_in_both_languages(catalog: Catalog) -> None:
    assert currency_symbols()[0] == "EURUSD"
    assert len(currency_symbols()) >= 30
    assert catalog.get("USDCNH.FX").name_zh == "美元/离岸人民币"
    assert catalog.find("ABCDEF.FX") is None


def test_the_week_opens_on_sunday_at_five_in_new_york() -> None:
    sessions = get_sessions("fx_week")
    # 2026-09-13 is a Sunday; New York is four hours behind UTC.
    opening = midnight(20260913) + 21 * _HOUR
    assert sessions.windows(20260914)[0].start == opening
    assert not sessions.is_open(opening - 1)
    assert sessions.is_open(opening)
    assert sessions.trading_day(opening) == 20260914


def test_the_day_is_cut_at_five_and_the_week_ends_on_friday() -> None:
    sessions = get_sessions("fx_week")
    cut = midnight(20260915) + 21 * _HOUR
    assert sessions.trading_day(cut - 1) == 20260915
    assert sessions.trading_day(cut) == 20260916
    assert sessions.is_open(cut)
    assert not sessions.is_open(midnight(20260918) + 21 * _HOUR)


def test_the_cut_follows_summer_time() -> None:
    sessions = get_sessions("fx_week")
    assert sessions.settle_time(20260306) == midnight(20260306) + 22 * _HOUR
    assert sessions.settle_time(20260309) == midnight(20260309) + 21 * _HOUR


def test_christmas_and_new_year_are_closed() -> None:
    sessions = get_sessions("fx_week")
    assert sessions.windows(20251225) == ()
    assert sessions.windows(20260101) == ()
    assert sessions.windows(20251226)
