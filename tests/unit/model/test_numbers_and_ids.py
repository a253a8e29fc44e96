"""Numbers from what people type and back; identifiers; order ids."""

import pickle
from datetime import UTC, datetime
from decimal import Decimal
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.errors import (
    AnyvenueError,
    InvalidOrder,
    OffTick,
    UnknownInstrument,
    VenueRefused,
)
from anyvenue.model.ids import (
    exchange_of,
    make_instrument_id,
    next_order_id,
    split_instrument_id,
    symbol_of,
)
from anyvenue.model.numbers import observed, plain, to_decimal

DBL_MAX = 1.7976931348623157e308
NS = 1_000_000_000


class TestToDecimal:
    @pytest.mark.parametrize(
        ("value", "exact"),
        [(1, "1"), (0.1, "0.1"), (1e-8, "1E-8"), ("0.10", "0.10"), (Decimal("2.5"), "2.5"),
         (" 3 ", "3"), (-7, "-7")],
    )  # fmt: skip
    def test_a_number_means_what_it_looks_like(self, value: float | str, exact: str) -> None:
        assert to_decimal(value) == Decimal(exact)

    @pytest.mark.parametrize(
        "value",
        [float("nan"), float("inf"), -float("inf"), DBL_MAX, 1e16, 10**16, "nan", "Infinity",
         "1e16", "twelve", "", "1,000", Decimal("NaN"), Decimal("1e16"), True, False, None],
    )  # fmt: skip
    def test_what_is_no_finite_number_is_refused_by_name(self, value: object) -> None:
        with pytest.raises(InvalidOrder, match="price was") as caught:
            to_decimal(value, "price")  # type: ignore[arg-type]
        assert caught.value.field == "price"

    @given(st.floats(-1e14, 1e14))
    def test_a_float_survives_the_way_there_and_back(self, value: float) -> None:
        assert float(to_decimal(value)) == value


@pytest.mark.parametrize(
    ("number", "text"),
    [("1E+2", "100"), ("1.50", "1.5"), ("0", "0"), ("-0.0", "0"), ("0E+3", "0"), ("0E-8", "0"),
     ("-3.10", "-3.1"), ("100", "100"), ("1E-8", "0.00000001")],
)  # fmt: skip
def test_plain_text_has_no_exponent_and_no_idle_zeros(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


@pytest.mark.parametrize("value", [0.0, DBL_MAX, -DBL_MAX, float("inf"), float("nan")])
def test_a_sentinel_is_not_a_price(value: float) -> None:
    assert isnan(observed(value))


@pytest.mark.parametrize("value", [3500.0, -5.0, 1e-9])
def test_a_real_price_stays(value: float) -> None:
    assert observed(value) == value


class TestInstrumentIds:
    @pytest.mark.parametrize(
        ("name", "symbol", "exchange"),
        [
            ("rb2701.SHFE", "rb2701", "SHFE"),
            ("BRK.B.US", "BRK.B", "US"),
            ("BTC-USDT-PERP.BINANCE", "BTC-USDT-PERP", "BINANCE"),
        ],
    )
    def test_they_are_split_at_the_last_dot(self, name: str, symbol: str, exchange: str) -> None:
        assert split_instrument_id(name) == (symbol, exchange)
        assert (symbol_of(name), exchange_of(name)) == (symbol, exchange)
        assert make_instrument_id(symbol, exchange) is make_instrument_id(symbol, exchange)

    @pytest.mark.parametrize("name", ["rb2701", ".SHFE", "rb2701.", "", "."])
    def test_half_a_name_is_refused(self, name: str) -> None:
        with pytest.raises(UnknownInstrument, match=r"symbol\.EXCHANGE"):
            split_instrument_id(name)


class TestOrderIds:
    def test_they_tell_day_and_millisecond(self) -> None:
        at = int(datetime(2026, 1, 21, 1, 2, 3, 456_000, tzinfo=UTC).timestamp() * 1000) * 1_000_000
        days = (datetime(2026, 1, 21) - datetime(2020, 1, 1)).days
        assert next_order_id(0, at) == days * 100_000_000 + 3_723_456

    @given(st.lists(st.integers(1_577_836_800 * NS, 2_400_000_000 * NS), min_size=1, max_size=30))
    def test_they_rise_whatever_the_clock_does_and_fit_twelve_digits(
        self, times: list[int]
    ) -> None:
        last = 0
        for at in times:
            order_id = next_order_id(last, at)
            assert last < order_id < 10**12
            last = order_id

    @given(st.integers(1_577_836_800 * NS, 2_400_000_000 * NS), st.integers(0, 80_000_000))
    def test_after_a_lost_journal_they_do_not_come_back(self, at: int, sent: int) -> None:
        last = next_order_id(0, at)
        used = int(last) + sent % 1000  # a thousand orders in the millisecond before the loss
        later = at + 1_001_000_000
        assert next_order_id(0, later) > used or later % (86_400 * NS) < 1_001_000_000


class TestErrors:
    def test_fields_are_read_as_attributes(self) -> None:
        error = OffTick("off", below=1, above=2)
        assert (error.below, error.above, error.code) == (1, 2, "order.off_tick")
        with pytest.raises(AttributeError):
            _ = error.nothing

    def test_a_code_of_its_own_stays_with_one_error(self) -> None:
        assert InvalidOrder("x", code="order.special").code == "order.special"
        assert InvalidOrder("x").code == "order.invalid"

    def test_they_travel_between_processes(self) -> None:
        error = pickle.loads(pickle.dumps(VenueRefused("no", venue_code="22", venue_text="repeat")))
        assert isinstance(error, AnyvenueError)
        assert (error.text, error.venue_code, error.code) == ("no", "22", "venue.refused")
