"""Orders, holdings, refusals and signatures in OKX's words and in ours."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.enums import (
    MarginMode,
    Offset,
    OrderState,
    OrderType,
    Side,
    TimeInForce,
)
from anyvenue.model.errors import (
    AuthError,
    InsufficientFunds,
    InvalidOrder,
    OutcomeUnknown,
    RateLimited,
    UnknownInstrument,
    UnknownOrder,
    VenueRefused,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.okx import parse, signing
from anyvenue.venues.okx.errors import is_unsure, kind_of, read_error, refusal
from anyvenue.venues.okx.holdings import balance_of, position_of, terms_of
from anyvenue.venues.okx.instruments import (
    Listing,
    contracts_for,
    make_instrument,
    quantity_of_coin,
)
from anyvenue.venues.okx.requests import (
    Terms,
    algo_order_args,
    amend_args,
    cancel_algo_args,
    cancel_args,
    client_id,
    order_args,
    our_order_id,
    position_side,
)
from anyvenue.venues.okx.told import of_algo_order, of_order
from anyvenue.venues.okx.wire import CandleRow, FundingRow
from anyvenue.venues.okx.wire_account import (
    AlgoOrderRow,
    BalanceDetail,
    OrderRow,
    PositionRow,
)
from anyvenue.venues.okx.wire_rest import InstrumentRow

ACCOUNT = AccountId("a")


def made(inst_id: str, inst_type: str, **terms: str) -> Instrument:
    """Return an instrument of a row with these terms."""
    row = InstrumentRow(
        inst_id=inst_id,
        inst_type=inst_type,
        **{"tick_sz": "0.1", "lot_sz": "0.01", "min_sz": "0.01", **terms},
    )
    found = make_instrument(row)
    assert found is not None
    return found


LINEAR = made(
    "BTC-USDT-SWAP", "SWAP", ct_val="0.01", ct_mult="1", ct_type="linear", settle_ccy="USDT"
)
INVERSE = made(
    "BTC-USD-SWAP",
    "SWAP",
    ct_val="100",
    ct_mult="1",
    ct_type="inverse",
    settle_ccy="BTC",
    lot_sz="1",
    min_sz="1",
)
SPOT = made("BTC-USDT", "SPOT", base_ccy="BTC", quote_ccy="USDT")
MARGIN = made("BTC-USDT", "MARGIN", base_ccy="BTC", quote_ccy="USDT")


def wish(instrument: Instrument, **terms: Any) -> OrderRequest:
    """Return a request to buy 2 at 100, or as `terms` say."""
    given_terms = {"side": Side.BUY, "quantity": Decimal(2), "price": Decimal(100), **terms}
    return OrderRequest(ACCOUNT, instrument.id, **given_terms)


# ---- orders


def test_an_order_over_websocket_names_the_instrument_by_its_number() -> None:
    args = order_args(wish(LINEAR), LINEAR, Terms("SWAP", code=10459), "av7")
    assert args == {
        "clOrdId": "av7",
        "instIdCode": 10459,
        "tdMode": "cross",
        "side": "buy",
        "sz": "2",
        "posSide": "net",
        "ordType": "limit",
        "px": "100",
    }


def test_an_order_over_rest_names_the_instrument() -> None:
    args = order_args(wish(SPOT), SPOT, Terms("SPOT"), "av7")
    assert (args["instId"], args["tdMode"]) == ("BTC-USDT", "cash")
    assert "posSide" not in args


@pytest.mark.parametrize(
    ("terms", "kind"),
    [
        ({"time_in_force": TimeInForce.IOC}, "ioc"),
        ({"time_in_force": TimeInForce.FOK}, "fok"),
        ({"post_only": True}, "post_only"),
        ({"type": OrderType.MARKET, "price": None}, "market"),
    ],
)
def test_types_and_times_in_force_are_one_word(terms: dict[str, Any], kind: str) -> None:
    assert order_args(wish(LINEAR, **terms), LINEAR, Terms("SWAP"), "av7")["ordType"] == kind


def test_a_market_order_of_spot_says_that_its_size_is_a_quantity() -> None:
    request = wish(SPOT, type=OrderType.MARKET, price=None)
    assert order_args(request, SPOT, Terms("SPOT"), "av7")["tgtCcy"] == "base_ccy"


def test_a_market_order_to_buy_on_margin_is_refused_because_its_size_would_be_money() -> None:
    request = wish(MARGIN, type=OrderType.MARKET, price=None)
    with pytest.raises(InvalidOrder, match="in money"):
        order_args(request, MARGIN, Terms("MARGIN"), "av7")


@pytest.mark.parametrize(
    ("side", "offset", "reduce_only", "whose"),
    [
        (Side.BUY, Offset.AUTO, False, "long"),
        (Side.BUY, Offset.CLOSE, False, "short"),
        (Side.BUY, Offset.AUTO, True, "short"),
        (Side.SELL, Offset.OPEN, False, "short"),
        (Side.SELL, Offset.CLOSE, False, "long"),
    ],
)
def test_in_long_short_mode_the_offset_says_whose_lots_are_meant(
    side: Side, offset: Offset, reduce_only: bool, whose: str
) -> None:
    request = wish(LINEAR, side=side, offset=offset, reduce_only=reduce_only)
    assert position_side(request, Terms("SWAP", hedged=True)) == whose
    assert position_side(request, Terms("SWAP")) == "net"


def test_reduce_only_is_said_in_net_mode_alone() -> None:
    request = wish(LINEAR, reduce_only=True)
    assert order_args(request, LINEAR, Terms("SWAP"), "av7")["reduceOnly"] is True
    assert "reduceOnly" not in order_args(request, LINEAR, Terms("SWAP", hedged=True), "av7")


@pytest.mark.parametrize(
    "terms",
    [
        {"time_in_force": TimeInForce.GTD},
        {"display": Decimal(1)},
        {"reduce_only": True},
        {"price": None},
        {"post_only": True, "time_in_force": TimeInForce.IOC},
        {"type": OrderType.STOP, "stop_price": Decimal(1)},
    ],
)
def test_what_spot_does_not_have_is_refused_before_it_is_sent(terms: dict[str, Any]) -> None:
    with pytest.raises(InvalidOrder):
        order_args(wish(SPOT, **terms), SPOT, Terms("SPOT"), "av7")


def test_stops_and_trailing_stops_are_conditional_orders() -> None:
    terms = Terms("SWAP", code=5, mode=MarginMode.ISOLATED)
    stop = wish(LINEAR, type=OrderType.STOP, price=None, stop_price=Decimal(90))
    args = algo_order_args(stop, LINEAR, terms, "av7")
    assert (args["ordType"], args["triggerPx"], args["orderPx"]) == ("trigger", "90", "-1")
    assert (args["instId"], args["tdMode"], args["algoClOrdId"]) == (
        "BTC-USDT-SWAP",
        "isolated",
        "av7",
    )
    assert "instIdCode" not in args
    limit = wish(LINEAR, type=OrderType.STOP_LIMIT, stop_price=Decimal(90))
    assert algo_order_args(limit, LINEAR, terms, "av7")["orderPx"] == "100"
    trail = wish(LINEAR, type=OrderType.TRAILING_STOP, price=None, trail=Decimal("2.5"))
    moved = algo_order_args(trail, LINEAR, terms, "av7")
    assert (moved["ordType"], moved["callbackSpread"]) == ("move_order_stop", "2.5")


def test_conditional_orders_that_would_lose_a_term_are_refused() -> None:
    stop = wish(LINEAR, type=OrderType.STOP_LIMIT, stop_price=Decimal(1), post_only=True)
    with pytest.raises(InvalidOrder, match="post_only"):
        algo_order_args(stop, LINEAR, Terms("SWAP"), "av7")


def test_changes_and_cancels_go_by_our_client_id() -> None:
    changed = amend_args(SPOT, Terms("SPOT", code=3), "av7", quantity=Decimal("1.50"))
    assert changed == {"instIdCode": 3, "clOrdId": "av7", "cxlOnFail": False, "newSz": "1.5"}
    assert cancel_args(SPOT, Terms("SPOT"), "av7") == {"instId": "BTC-USDT", "clOrdId": "av7"}
    assert cancel_algo_args(SPOT, "av7") == {"instId": "BTC-USDT", "algoClOrdId": "av7"}


@given(st.integers(1, 10**18))
def test_client_ids_are_letters_and_digits_and_lead_back(number: int) -> None:
    name = client_id(OrderId(number))
    assert name.isalnum()
    assert len(name) <= 32
    assert our_order_id(name) == number


@pytest.mark.parametrize("name", ["", "av", "avx1", "other7", "AV7", "av²"])
def test_other_client_ids_are_somebody_elses(name: str) -> None:
    assert our_order_id(name) == 0


# ---- what is told


def row(**terms: str) -> OrderRow:
    """Return a buy order of 3 with a second fill of 1."""
    given_terms = {
        "inst_id": "BTC-USDT-SWAP",
        "ord_id": "9",
        "state": "partially_filled",
        "side": "buy",
        "ord_type": "limit",
        "px": "10",
        "sz": "3",
        "acc_fill_sz": "2",
        "avg_px": "10",
        "fill_sz": "1",
        "fill_px": "10",
        "trade_id": "5",
        "fee": "-0.3",
        "fee_ccy": "USDT",
        **terms,
    }
    return OrderRow(**given_terms)  # type: ignore[arg-type]


def test_a_later_fill_has_its_own_fee_and_not_the_orders_total() -> None:
    told = of_order(row(fill_fee="-0.1", fill_fee_ccy="USDT"))
    assert told.fill is not None
    assert told.fill.fee == Decimal("0.1")


def test_a_later_fill_whose_fee_is_not_told_says_so() -> None:
    told = of_order(row())
    assert told.fill is not None
    assert told.fill.fee is None


def test_a_rebate_is_a_fee_below_zero() -> None:
    told = of_order(row(fill_fee="0.1", fill_fee_ccy="USDT"))
    assert told.fill is not None
    assert told.fill.fee == Decimal("-0.1")


def test_a_state_we_do_not_know_is_unknown() -> None:
    assert of_order(row(state="brand_new")).state is OrderState.UNKNOWN


def test_a_kind_we_do_not_know_keeps_its_name() -> None:
    told = of_order(row(ord_type="elp"))
    assert (told.type, told.kind) == (None, "elp")


def test_an_order_given_in_money_has_no_quantity() -> None:
    assert of_order(row(tgt_ccy="quote_ccy")).quantity is None


def test_a_cancel_says_why() -> None:
    told = of_order(row(state="canceled", cancel_source="1", trade_id=""))
    assert (told.state, told.why, told.fill) == (OrderState.CANCELLED, "1", None)


def test_a_failed_conditional_order_has_the_venues_code() -> None:
    told = of_algo_order(
        AlgoOrderRow(
            inst_id="X",
            algo_id="1",
            state="order_failed",
            side="sell",
            ord_type="move_order_stop",
            callback_spread="5",
            fail_code="51008",
        )
    )
    assert (told.state, told.why) == (OrderState.REJECTED, "51008")
    assert (told.type, told.trail) == (OrderType.TRAILING_STOP, Decimal(5))


# ---- holdings


def held(**terms: str) -> PositionRow:
    """Return a position row of a linear perpetual."""
    given_terms = {"inst_id": "BTC-USDT-SWAP", "inst_type": "SWAP", "avg_px": "10", **terms}
    return PositionRow(**given_terms)


def test_a_net_position_is_short_below_zero() -> None:
    found = position_of(ACCOUNT, LINEAR, [held(pos="-3", pos_side="net")])
    assert (found.long, found.short) == (0, 3)
    assert found.short_today.open_value == 30


def test_both_sides_of_a_hedged_position_are_kept_with_what_orders_claimed() -> None:
    rows = [
        held(pos="3", pos_side="long", avail_pos="1"),
        held(pos="2", pos_side="short", avail_pos="2"),
    ]
    found = position_of(ACCOUNT, LINEAR, rows)
    assert (found.long, found.short, found.long_today.closable) == (3, 2, 1)


def test_a_margin_position_that_owes_its_base_is_short_by_what_it_owes() -> None:
    short = held(inst_type="MARGIN", pos="250", pos_side="net", pos_ccy="USDT", liab="-2.5")
    long = held(inst_type="MARGIN", pos="1.5", pos_side="net", pos_ccy="BTC", liab="-20")
    assert position_of(ACCOUNT, MARGIN, [short]).net == Decimal("-2.5")
    assert position_of(ACCOUNT, MARGIN, [long]).net == Decimal("1.5")


def test_terms_name_leverage_and_the_money_of_an_isolated_position() -> None:
    isolated = terms_of(
        ACCOUNT, LINEAR, held(pos="1", pos_side="net", mgn_mode="isolated", lever="5", margin="7")
    )
    assert (isolated.leverage, isolated.mode, isolated.isolated) == (5, MarginMode.ISOLATED, 7)
    cross = terms_of(ACCOUNT, LINEAR, held(pos="1", pos_side="net", mgn_mode="cross", imr="9"))
    assert (cross.leverage, cross.mode, cross.isolated) == (None, MarginMode.CROSS, None)


def test_money_adds_up_to_what_the_venue_calls_available() -> None:
    detail = BalanceDetail(
        ccy="USDT",
        eq="99.89469657",
        cash_bal="94.42612990333333",
        avail_eq="94.42612990333333",
        frozen_bal="5.468566666666667",
        iso_eq="5.468566666666667",
        imr="0",
        upl="-0.0273",
    )
    found = balance_of(ACCOUNT, detail, 1)
    assert found.balance == found.pre_balance + found.position_profit
    rest = found.balance - found.margin - found.frozen_cash
    assert abs(rest - found.available) < Decimal("1e-6")


# ---- contracts and coins


def test_contracts_are_quantities_of_their_coin() -> None:
    assert quantity_of_coin(LINEAR, 3, 50_000) == Decimal("0.03")
    assert quantity_of_coin(INVERSE, 5, 50_000) == Decimal("0.01")


@given(st.decimals(0, 1000, places=8), st.decimals("0.1", 100_000, places=1))
def test_contracts_for_an_amount_of_coin_never_exceed_it_and_miss_it_by_less_than_a_lot(
    coins: Decimal, price: Decimal
) -> None:
    for instrument in (LINEAR, INVERSE):
        lots = contracts_for(instrument, coins, price)
        unit = instrument.multiplier if not instrument.inverse else instrument.multiplier / price
        assert lots % instrument.lot.step == 0
        assert lots * unit <= coins + Decimal("1e-20")
        assert (lots + instrument.lot.step) * unit > coins - Decimal("1e-20")


def test_a_price_of_zero_makes_no_contracts() -> None:
    with pytest.raises(InvalidOrder, match="above zero"):
        contracts_for(INVERSE, 1, 0)


def test_a_row_that_cannot_be_read_is_named_and_hides_no_other() -> None:
    good = InstrumentRow(inst_id="A-B", inst_type="SPOT", tick_sz="1", lot_sz="1", min_sz="1")
    bad = InstrumentRow(inst_id="A-B-x", inst_type="FUTURES", tick_sz="1", lot_sz="1", min_sz="1")
    future = InstrumentRow(inst_id="E", inst_type="EVENTS", tick_sz="1", lot_sz="1", min_sz="1")
    unset = InstrumentRow(inst_id="P", inst_type="SPOT", state="preopen")
    listing = Listing()
    assert [each.id for each in listing.take([bad, future, unset, good])] == ["A-B.OKX"]
    assert listing.unread.keys() == {"A-B-x"}
    with pytest.raises(UnknownInstrument):
        listing.get(InstrumentId("A-C.OKX"))


def test_a_pair_and_its_margin_are_told_apart_by_the_venues_type() -> None:
    listing = Listing()
    rows = [
        InstrumentRow(
            inst_id="BTC-USDT",
            inst_type=kind,
            base_ccy="BTC",
            quote_ccy="USDT",
            tick_sz="0.1",
            lot_sz="0.01",
            min_sz="0.01",
        )
        for kind in ("SPOT", "MARGIN")
    ]
    listing.take(rows)
    found = [listing.find(kind, "BTC-USDT") for kind in ("", "SPOT", "MARGIN")]
    assert [each and each.id for each in found] == [
        "BTC-USDT.OKX",
        "BTC-USDT.OKX",
        "BTC-USDT-MARGIN.OKX",
    ]


# ---- bars and funding


def test_days_are_those_of_utc() -> None:
    assert parse.candle_channel("1d") == "candle1Dutc"
    assert parse.interval_of("candle1Dutc") == "1d"
    assert parse.interval_of("candle1D") is None
    assert parse.candle_channel("7m") is None


def test_a_bar_that_is_not_done_ends_now() -> None:
    candle = CandleRow("60000", "1", "3", "1", "2", "5", "6", "7", "0")
    bar = parse.bar_of(candle, LINEAR.id, "1m", 99)
    assert (bar.closed, bar.ts_event, bar.ts_start) == (False, 99, 60_000_000_000)


def test_bars_of_a_mark_price_have_no_volume() -> None:
    done = parse.bar_of(CandleRow("0", "1", "3", "1", "2", "1"), LINEAR.id, "1m", 99)
    live = parse.bar_of(CandleRow("0", "1", "3", "1", "2", "0"), LINEAR.id, "1m", 99)
    assert (done.closed, live.closed) == (True, False)
    assert done.volume != done.volume


def test_a_funding_rate_that_is_not_told_is_none() -> None:
    assert parse.parse_funding(FundingRow("X", funding_time="1"), LINEAR.id, 5) is None


def test_hourly_funding_is_per_hour() -> None:
    told = FundingRow("X", funding_rate="0.1", funding_time="3600000", next_funding_time="7200000")
    rate = parse.parse_funding(told, LINEAR.id, 5)
    assert rate is not None
    assert rate.interval_ns == 3_600_000_000_000


# ---- refusals and signatures


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("51008", InsufficientFunds),
        ("51603", UnknownOrder),
        ("51121", InvalidOrder),
        ("50011", RateLimited),
        ("50113", AuthError),
        ("50004", OutcomeUnknown),
        ("59999", VenueRefused),
    ],
)
def test_the_venues_codes_are_kinds_of_ours(code: str, kind: type) -> None:
    assert kind_of(code) == kind.code  # type: ignore[attr-defined]


def test_a_gateways_page_may_hide_an_order_that_was_taken() -> None:
    page = read_error(b"<html>502</html>")
    assert is_unsure(page.code, 502)
    assert not is_unsure("50013", 503)
    assert not is_unsure("51008", 200)


def test_a_wrong_clock_is_told_with_what_to_do() -> None:
    error = refusal("account/balance", "50102", "Timestamp request expired")
    assert isinstance(error, AuthError)
    assert "clock" in error.text
    assert error.venue_code == "50102"


def test_limits_say_how_long_to_wait() -> None:
    error = refusal("trade/order", "50011", "Too Many Requests", 429)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 2


def test_a_request_is_signed_over_time_method_path_and_body() -> None:
    # The signature ccxt makes of the same request with the same key.
    found = signing.headers(
        "key", "secret", "pass", 1_700_000_000_123_456_789, "get", "/api/v5/account/balance?ccy=BTC"
    )
    assert found["OK-ACCESS-TIMESTAMP"] == "2023-11-14T22:13:20.123Z"
    assert found["OK-ACCESS-SIGN"] == "GsFzpqjcEvXATDKG7HaDfUHaMP93ksS+yoKj/t+GhsA="
    assert signing.verify(
        found["OK-ACCESS-SIGN"],
        "secret",
        found["OK-ACCESS-TIMESTAMP"],
        "GET",
        "/api/v5/account/balance?ccy=BTC",
    )
    assert "x-simulated-trading" not in found


def test_demo_trading_is_a_header() -> None:
    found = signing.headers("k", "s", "p", 0, "POST", "/api/v5/trade/order", "{}", demo=True)
    assert found["x-simulated-trading"] == "1"
    assert found["Content-Type"] == "application/json"


def test_a_login_is_signed_over_its_seconds() -> None:
    assert (
        signing.login_sign("secret", "1700000000") == "lhmJXK08fk9SI1ZwFXKFRrPtzfbNOwC+D1xMJJ/1KZg="
    )
