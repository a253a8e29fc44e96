"""Rules of the last trading day and of what is listed, by example."""

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.errors import TableError
from anyvenue.reference.calendar import get_calendar
from anyvenue.reference.codes import contract_month, contract_symbol, split_code
from anyvenue.reference.contracts import add_months, last_trading_day, listed_months, listing_day
from anyvenue.reference.days import weekday
from anyvenue.reference.products import get_products

CN = get_calendar("CN")
PRODUCTS = get_products()


@pytest.mark.parametrize(
    ("rule", "month", "expected"),
    [
        ("day15", 202609, 20260915),
        ("day15", 202611, 20261116),  # the 15th is a Sunday
        ("day15", 202602, 20260224),  # the spring holiday
        ("trading_day10", 202605, 20260519),
        ("trading_day5", 202605, 20260512),
        ("trading_day-4", 202601, 20260127),
        ("previous_month-1", 202610, 20260930),
        ("friday3", 202609, 20260918),
        ("friday3", 202602, 20260224),  # the Friday is a holiday
        ("friday2", 202609, 20260911),
        ("last_monday", 202602, 20260209),
    ],
)
def test_last_trading_days(rule: str, month: int, expected: int) -> None:
    assert last_trading_day(rule, month, CN) == expected


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(TableError, match="no last-trading-day rule 'someday'"):
        last_trading_day("someday", 202609, CN)


def test_days_past_the_known_holidays_are_computed_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert last_trading_day("day15", 202801, CN) == 20280117


def test_rebar_lists_twelve_months() -> None:
    months = listed_months(PRODUCTS["rb.SHFE"], 20260915, CN)
    assert months[0] == 202609
    assert months[-1] == 202708
    assert len(months) == 12
    assert listed_months(PRODUCTS["rb.SHFE"], 20260916, CN)[-1] == 202709


def test_index_futures_list_two_months_and_two_quarters() -> None:
    assert listed_months(PRODUCTS["IF.CFFEX"], 20260915, CN) == [202609, 202610, 202612, 202703]
    assert listed_months(PRODUCTS["IF.CFFEX"], 20260921, CN) == [202610, 202611, 202612, 202703]


def test_treasury_futures_list_three_quarters() -> None:
    assert listed_months(PRODUCTS["T.CFFEX"], 20260910, CN) == [202609, 202612, 202703]
    assert listed_months(PRODUCTS["T.CFFEX"], 20260914, CN) == [202612, 202703, 202706]


def test_gold_lists_three_months_and_even_ones_up_to_a_year() -> None:
    months = listed_months(PRODUCTS["au.SHFE"], 20260901, CN)
    assert months == [202609, 202610, 202611, 202612, 202702, 202704, 202706, 202708]


def test_crude_oil_lists_quarters_three_years_ahead() -> None:
    assert listed_months(PRODUCTS["sc.INE"], 20260915, CN)[-1] == 202909


def test_nothing_is_listed_before_the_product_was() -> None:
    assert listed_months(PRODUCTS["op.SHFE"], 20250909, CN) == []
    assert listed_months(PRODUCTS["op.SHFE"], 20250910, CN)[0] == 202601
    assert listing_day(PRODUCTS["op.SHFE"], 202601, CN) == 20250910


def test_a_contract_begins_the_day_after_the_one_it_follows_has_ended() -> None:
    assert listing_day(PRODUCTS["rb.SHFE"], 202701, CN) == 20260116


def test_a_month_no_rule_lists_has_no_first_day() -> None:
    assert listing_day(PRODUCTS["AP.CZCE"], 202607, CN) == 0


def test_zhengzhou_years_have_one_digit() -> None:
    assert contract_month("701", "CZCE", 20260915) == 202701
    assert contract_month("601", "CZCE", 20260915) == 202601
    assert contract_month("901", "CZCE", 20260915) == 201901
    assert contract_month("901", "CZCE", 20180915) == 201901
    assert contract_month("801", "CZCE", 20260915) == 202801
    assert contract_month("2701", "CZCE", 20260915) == 0


def test_other_exchanges_write_two_digits_of_the_year() -> None:
    assert contract_month("2701", "SHFE", 20260915) == 202701
    assert contract_month("9812", "SHFE", 20260915) == 199812
    assert contract_month("701", "SHFE", 20260915) == 0
    assert contract_month("2713", "SHFE", 20260915) == 0
    assert contract_month("4001", "SHFE", 20260915) == 0


def test_symbols_split_into_letters_digits_and_suffix() -> None:
    assert split_code("rb2701") == ("rb", "2701", "")
    assert split_code("IF2609") == ("IF", "2609", "")
    assert split_code("l2612F") == ("l", "2612", "F")
    assert split_code("PF701") == ("PF", "701", "")


@given(
    st.sampled_from(sorted(PRODUCTS)),
    st.integers(202401, 202712).filter(lambda m: 1 <= m % 100 <= 12),
)
def test_a_symbol_reads_back_as_its_month(name: str, month: int) -> None:
    product = PRODUCTS[name]
    letters, digits, suffix = split_code(contract_symbol(product, month))
    assert (letters, suffix) == (product.root, product.suffix)
    assert contract_month(digits, product.exchange, 20260915) == month


@given(
    st.sampled_from(sorted(PRODUCTS)),
    st.integers(20230601, 20261130).filter(
        lambda d: 1 <= d % 100 <= 28 and 1 <= d // 100 % 100 <= 12
    ),
)
def test_what_is_listed_has_begun_and_has_not_ended(name: str, date: int) -> None:
    product = PRODUCTS[name]
    day = CN.first_from(date)
    months = listed_months(product, day, CN)
    assert months == sorted(months)
    for month in months:
        assert listing_day(product, month, CN) <= day
        assert last_trading_day(product.spec(month).last_day, month, CN) >= day


@given(st.integers(200001, 203012).filter(lambda m: 1 <= m % 100 <= 12), st.integers(-40, 40))
def test_adding_months_can_be_undone(month: int, count: int) -> None:
    assert add_months(add_months(month, count), -count) == month


@given(st.integers(201601, 202611).filter(lambda m: 1 <= m % 100 <= 12))
def test_the_third_friday_is_a_friday_unless_it_is_a_holiday(month: int) -> None:
    ends = last_trading_day("friday3", month, CN)
    assert CN.is_trading_day(ends)
    assert weekday(ends) == 4 or not CN.is_trading_day(
        ends // 100 * 100 + 15 + (4 - weekday(ends // 100 * 100 + 15)) % 7
    )
