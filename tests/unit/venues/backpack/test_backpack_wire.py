"""Backpack's messages parse, its requests are signed as others sign them, and its books are whole or say so."""

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.enums import OrderState, OrderType, Side, TimeInForce
from anyvenue.model.errors import ConfigError, InvalidOrder
from anyvenue.model.ids import AccountId, InstrumentId, next_order_id
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.backpack import parse, requests, signing, told
from anyvenue.venues.backpack.books import BookSync
from anyvenue.venues.backpack.wire import (
    BookTicker,
    DepthUpdate,
    KlineUpdate,
    MarkPrice,
    OrderUpdate,
    PositionUpdate,
    PublicTrade,
)
from anyvenue.venues.backpack.wire_rest import (
    CollateralReply,
    DepthReply,
    FillRow,
    FundingRow,
    KlineRow,
    LendRow,
    MarketRow,
    MarkPriceRow,
    OrderRow,
    PositionRow,
)
from anyvenue.venues.tracking.ladder import Outcome

NAME = InstrumentId("SOL-USDC-PERP.BACKPACK")
SEED = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="  # the bytes 0 to 31
NOON = 1_790_000_000_000_000_000

MARKET = {
    "symbol": "SOL_USDC_PERP",
    "baseSymbol": "SOL",
    "quoteSymbol": "USDC",
    "marketType": "PERP",
    "fundingInterval": "3600000",
    "filters": {
        "price": {"tickSize": "0.01", "minPrice": "0.01", "maxPrice": None},
        "quantity": {"stepSize": "0.01", "minQuantity": "0.02", "maxQuantity": "500"},
    },
}


def market(**terms: Any) -> Instrument:
    """Return a market as an instrument."""
    made = parse.make_instrument(msgspec.convert({**MARKET, **terms}, MarketRow, strict=False))
    assert made is not None
    return made


PERP = market()
SPOT = market(symbol="SOL_USDC", marketType="SPOT")


# ---- messages that others keep for their tests

PLACES = {
    "symbol": "SOL_USDC",
    "baseSymbol": "SOL",
    "quoteSymbol": "USDC",
    "createdAt": 1767225600000,
    "nextFundingTimestamp": 1767225600000,
    "clientId": 7,
    "orderType": "Limit",
    "side": "Bid",
    "feeSymbol": "USDC",
    "postOnly": True,
    "isMaker": True,
}
ROWS: dict[str, object] = {
    "_snapshot_response": DepthReply,
    "test_snapshot_message_from_exchange": DepthReply,
    "test_snapshot_with_multiple_price_levels": DepthReply,
    "test_get_funding_info": list[MarkPriceRow],
    "_get_funding_info_dict": list[MarkPriceRow],
    "_get_position_risk_api_endpoint_single_position_list": list[PositionRow],
    "_get_income_history_dict": list[FundingRow],
    "_get_exchange_info_mock_response": list[MarketRow],
    "all_symbols_request_mock_response": list[MarketRow],
    "test_format_trading_rules_with_exception": list[MarketRow],
    "test_update_order_fills_from_trades_successful": list[FillRow],
    "_order_fill_template": FillRow,
    "test_update_order_status_successful": OrderRow,
    "test_create_order_successful": OrderRow,
    "order_creation_request_successful_mock_response": OrderRow,
    "_order_status_request_open_mock_response": OrderRow,
    "test_update_balances": CollateralReply,
    "test_update_balances_with_asset_removal": CollateralReply,
    "test_update_balances_folds_in_auto_lent_funds": list[LendRow],
    "get_candles_rest_data_mock": list[KlineRow],
}
UNSUPPORTED = {
    "test_rest_authenticate_post_request_with_body": "a request, not an answer",
    "latest_prices_request_mock_response": "statistics without best prices",
    "setup_backpack_responses": "statistics without best prices",
}


def real(value: object, name: str = "") -> object:
    """Return a shape with values in place of its placeholders."""
    if isinstance(value, dict):
        return {key: real(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [real(each, name) for each in value]
    if isinstance(value, str) and value.startswith("<"):
        return PLACES.get(name, "1")
    return value


def test_every_shape_of_the_fixtures_parses_or_is_named_unsupported(shared_data: Path) -> None:
    path = shared_data / "crypto_fixtures" / "hummingbot_backpack_examples.json.gz"
    found = json.loads(gzip.decompress(path.read_bytes()))
    assert {each["function"] for each in found} == ROWS.keys() | UNSUPPORTED.keys()
    for each in found:
        kind = ROWS.get(each["function"])
        if kind is not None:
            msgspec.convert(real(each["value"]), kind, strict=False)


# ---- streams


def test_a_change_of_depth_is_read_with_its_numbers() -> None:
    found = parse.decode_frame(
        b'{"data":{"e":"depth","E":"1754903057555305","T":1754903057554352,"s":"SOL_USDC","U":7,'
        b'"u":9,"a":[["20.5","1"]],"b":[["20.4","0.00000"]]},"stream":"depth.SOL_USDC"}'
    )
    assert isinstance(found, DepthUpdate)
    assert (found.first, found.last, found.asks, found.bids) == (7, 9, [(20.5, 1)], [(20.4, 0)])


def test_best_prices_and_trades_have_the_time_of_the_match() -> None:
    best = parse.decode_frame(
        b'{"stream":"bookTicker.X","data":{"e":"bookTicker","E":5,"T":4,"s":"X","u":1,'
        b'"a":"2","A":"3","b":"1","B":"4"}}'
    )
    assert isinstance(best, BookTicker)
    quote = parse.parse_best(best, NAME, 9)
    assert (quote.ts_event, quote.bid, quote.ask, quote.bid_size) == (4000, 1, 2, 4)
    told = parse.decode_frame(
        b'{"stream":"trade.X","data":{"e":"trade","E":5,"T":4,"s":"X","t":77,"p":"2","q":"3",'
        b'"m":true,"a":"1","b":"2"}}'
    )
    assert isinstance(told, PublicTrade)
    trade = parse.parse_trade(told, NAME, 9)
    assert (trade.aggressor, trade.trade_id, trade.size) == (Side.SELL, "77", 3)


@pytest.mark.parametrize("closed", [True, False])
def test_a_bar_says_whether_it_is_done(closed: bool) -> None:
    told = parse.decode_frame(
        b'{"stream":"kline.2h.X","data":{"e":"kline","E":1754519557526056,"s":"X",'
        b'"t":"2025-08-06T22:00:00","T":"2025-08-07T00:00:00","o":"1","h":"3","l":"1","c":"2",'
        b'"v":"62","n":255,"X":' + (b"true" if closed else b"false") + b"}}"
    )
    assert isinstance(told, KlineUpdate)
    bar = parse.bar_of(told, NAME, "2h", 9)
    assert bar.ts_start == 1754517600_000_000_000
    assert bar.closed is closed
    assert bar.ts_event == (1754524800_000_000_000 if closed else 1754519557526056_000)


def test_bars_of_an_answer_ascend_and_leave_out_those_without_a_trade() -> None:
    rows = msgspec.convert(
        [
            {"start": "2025-07-19 13:01:00", "end": "2025-07-19 13:02:00", "open": None},
            *(
                {
                    "start": f"2025-07-19 13:0{minute}:00",
                    "end": f"2025-07-19 13:0{minute + 1}:00",
                    **dict.fromkeys(("open", "high", "low", "close"), "5"),
                }
                for minute in (2, 0, 2)
            ),
        ],
        list[KlineRow],
        strict=False,
    )
    now = parse.ns_of_text("2025-07-19T13:02:30")
    bars = parse.bars_of(rows, NAME, "1m", now, now)
    assert [bar.closed for bar in bars] == [True, False]
    assert bars[0].ts_start < bars[1].ts_start


def test_a_mark_price_tells_the_funding_to_come() -> None:
    told = parse.decode_frame(
        b'{"stream":"markPrice.X","data":{"e":"markPrice","E":5,"s":"X","p":"20","f":"0.0001",'
        b'"i":"19.9","n":1754524800000000}}'
    )
    assert isinstance(told, MarkPrice)
    rate = parse.funding_of(told, NAME, 9, 3_600_000_000_000)
    assert rate is not None
    assert (rate.rate, rate.ts_due) == (Decimal("0.0001"), 1754524800_000_000_000)


def test_what_is_no_message_we_know_is_told_apart() -> None:
    refused = parse.decode_frame(b'{"id":null,"error":{"code":4006,"message":"Invalid stream"}}')
    assert isinstance(refused, parse.Unknown)
    assert refused.error is not None
    assert refused.error.code == 4006
    new = parse.decode_frame(b'{"stream":"liquidation","data":{"e":"liquidation","q":"1"}}')
    assert isinstance(new, parse.Unknown)
    assert new.stream == "liquidation"


def test_a_broken_message_of_a_kind_we_know_is_an_error() -> None:
    with pytest.raises(msgspec.ValidationError):
        parse.decode_frame(b'{"stream":"depth.X","data":{"e":"depth","s":"X"}}')


# ---- books


def change(first: int, last: int, **sides: list[tuple[float, float]]) -> DepthUpdate:
    """Return a change of these updates."""
    return DepthUpdate(0, "X", first, last, sides.get("bids", []), sides.get("asks", []))


def test_changes_held_before_the_snapshot_join_it() -> None:
    book = BookSync()
    assert book.take(change(8, 9)) is Outcome.HELD
    assert book.take(change(10, 12, bids=[(5, 1)])) is Outcome.HELD
    assert book.begin(10, [(3, 1), (4, 2)], [(7, 1)])
    assert book.bids.top(3) == ((5, 4, 3), (1, 2, 1))
    assert book.last == 12


def test_a_snapshot_that_is_too_old_does_not_join() -> None:
    book = BookSync()
    book.take(change(20, 21))
    assert not book.begin(10, [], [])
    assert not book.whole


def test_a_missing_change_is_a_gap_and_an_old_one_is_passed_over() -> None:
    book = BookSync()
    book.begin(10, [(3, 1)], [])
    assert book.take(change(11, 11, bids=[(3, 0)])) is Outcome.APPLIED
    assert book.take(change(11, 11, bids=[(3, 9)])) is Outcome.OLD
    assert book.bids.top(1) == ((), ())
    assert book.take(change(13, 13)) is Outcome.GAP
    assert (book.whole, book.gaps) == (False, 1)


# ---- what is listed


def test_a_market_keeps_its_tick_lot_and_bounds() -> None:
    assert PERP.id == NAME
    assert PERP.price_step.step_at(Decimal(1)) == Decimal("0.01")
    assert (PERP.lot.step, PERP.lot.minimum, PERP.lot.maximum) == (
        Decimal("0.01"),
        Decimal("0.02"),
        500,
    )
    assert SPOT.id == "SOL-USDC.BACKPACK"
    assert not SPOT.position_rule.margined


def test_markets_of_other_kinds_are_left_out() -> None:
    row = msgspec.convert({**MARKET, "marketType": "PREDICTION"}, MarketRow, strict=False)
    assert parse.make_instrument(row) is None


# ---- signatures


@pytest.fixture
def sign() -> signing.Sign:
    """Return a signature with the test's seed."""
    pytest.importorskip("cryptography", reason="Ed25519 needs the extra [crypto]")
    return signing.make_sign(SEED)


def test_an_order_is_signed_as_ccxt_signs_it(sign: signing.Sign) -> None:
    body = {
        "symbol": "SOL_USDC",
        "side": "Bid",
        "orderType": "Limit",
        "price": "20.5",
        "quantity": "1",
        "postOnly": True,
        "clientId": 7,
    }
    found = signing.headers("key", sign, "orderExecute", body, 1_700_000_000_123)
    assert found["X-Signature"] == (
        "i9ncdGMPgvHZ0O5F7RZDRFch3sDF89OtUyGxRnf3kq07BSbSY/zuOJKR/gIt793yRw+6Tp02zPBcvQEaHIepDw=="
    )
    assert (found["X-Timestamp"], found["X-Window"]) == ("1700000000123", "5000")


def test_a_batch_is_signed_order_by_order(sign: signing.Sign) -> None:
    batch = [{"symbol": "SOL_USDC", "side": "Bid"}, {"symbol": "BTC_USDC", "side": "Ask"}]
    found = signing.headers("key", sign, "orderExecute", batch, 1_700_000_000_123)
    assert found["X-Signature"] == (
        "DPeRKhkKxwft5P4cJBJcTfYhsUSao/6s//HfgD+O7pM/ZdEhm4T6fZWSBpnLc25AY94DUf/n+s5qrRM8bNwxAA=="
    )


def test_a_subscription_to_private_streams_carries_its_signature(sign: signing.Sign) -> None:
    key, signature, time, window = signing.subscription("key", sign, 1_700_000_000_123)
    assert (key, time, window) == ("key", "1700000000123", "5000")
    assert signature == (
        "flM7br0ZqlCS2JR8m8agbp0qVdTRrptU5T68YBOLDVBcfkPnR6TSgb+jLGmhfarQjXR3UBjVeEUN517texT1BQ=="
    )


@pytest.mark.parametrize("secret", ["", "AAEC", "not base64!"])
def test_a_secret_that_is_no_seed_is_refused(secret: str, sign: signing.Sign) -> None:
    with pytest.raises(ConfigError, match="32 bytes"):
        signing.make_sign(secret)


# ---- orders


def wish(instrument: Instrument, **terms: Any) -> OrderRequest:
    """Return a request to buy 2 at 100, or as `terms` say."""
    given_terms = {"side": Side.BUY, "quantity": Decimal("2.0"), "price": Decimal(100), **terms}
    return OrderRequest(AccountId("a"), instrument.id, **given_terms)


def test_an_order_is_written_in_the_venues_words() -> None:
    assert requests.order_body(wish(SPOT), SPOT, 7) == {
        "symbol": "SOL_USDC",
        "side": "Bid",
        "orderType": "Limit",
        "quantity": "2",
        "price": "100",
        "timeInForce": "GTC",
        "clientId": 7,
    }


def test_stops_have_a_trigger_with_their_quantity() -> None:
    stop = wish(PERP, type=OrderType.STOP, price=None, stop_price=Decimal(90), side=Side.SELL)
    body = requests.order_body(stop, PERP, 7)
    assert (body["orderType"], body["triggerPrice"], body["triggerQuantity"]) == (
        "Market",
        "90",
        "2",
    )
    assert "quantity" not in body


def test_post_only_is_said_instead_of_a_time_in_force() -> None:
    body = requests.order_body(wish(PERP, post_only=True, reduce_only=True), PERP, 7)
    assert (body["postOnly"], body["reduceOnly"]) == (True, True)
    assert "timeInForce" not in body


@pytest.mark.parametrize(
    "terms",
    [
        {"time_in_force": TimeInForce.GTD},
        {"display": Decimal(1)},
        {"reduce_only": True},
        {"price": None},
        {"type": OrderType.TRAILING_STOP, "trail": Decimal(1)},
        {"type": OrderType.STOP},
        {"post_only": True, "time_in_force": TimeInForce.FOK},
    ],
)
def test_what_the_venue_does_not_have_is_refused_before_it_is_sent(terms: dict[str, Any]) -> None:
    with pytest.raises(InvalidOrder):
        requests.order_body(wish(SPOT, **terms), SPOT, 7)


@given(
    st.integers(1_600_000_000_000, 2_000_000_000_000),
    st.integers(-50_000, 500_000),
    st.integers(0, 1000),
)
def test_a_client_id_leads_back_to_our_order(made_ms: int, later_ms: int, burst: int) -> None:
    ours = next_order_id(next_order_id(0, made_ms * 1_000_000) + burst, made_ms * 1_000_000)
    client = requests.client_id(ours)
    assert 0 <= client < 2**32
    assert requests.our_order_id(client, (made_ms + later_ms) * 1_000_000) == ours


@pytest.mark.parametrize("client", [None, 0, 7, 868620826])
def test_other_client_ids_are_somebody_elses(client: int | None) -> None:
    assert requests.our_order_id(client, NOON) == 0


def test_a_fill_is_told_with_its_fee() -> None:
    found = parse.decode_frame(
        b'{"stream":"account.orderUpdate.SOL_USDC","data":{"e":"orderFill","E":5,"T":4,'
        b'"s":"SOL_USDC","i":"54","c":7,"S":"Bid","o":"LIMIT","f":"GTC","q":"3","Q":"60",'
        b'"p":"20","X":"PartiallyFilled","t":28,"l":"1","L":"20","z":"1","Z":"20","m":false,'
        b'"n":"0.01","N":"SOL","O":"USER","r":false,"V":"RejectTaker"}}'
    )
    assert isinstance(found, OrderUpdate)
    order = told.of_update(found)
    assert (order.state, order.type, order.quantity, order.why) == (
        OrderState.PARTIAL,
        OrderType.LIMIT,
        3,
        "",
    )
    assert order.fill is not None
    assert (order.fill.trade_id, order.fill.fee, order.fill.fee_currency) == (
        "SOL_USDC-28",
        Decimal("0.01"),
        "SOL",
    )


def test_an_order_in_money_or_a_share_of_a_position_has_no_quantity() -> None:
    base = {"id": "1", "status": "New", "side": "Bid", "orderType": "Market"}
    money = msgspec.convert({**base, "quoteQuantity": "5"}, OrderRow, strict=False)
    share = msgspec.convert({**base, "triggerQuantity": "50%"}, OrderRow, strict=False)
    assert told.of_row(money).quantity is None
    assert told.of_row(share).quantity is None


def test_histories_tell_times_as_texts() -> None:
    row = OrderRow(id="1", status="Cancelled", created_at="2025-07-27T18:05:40.897", side="Ask")
    order = told.of_row(row)
    assert order.created == 1753639540_897_000_000
    assert order.state is OrderState.CANCELLED


def test_a_state_we_do_not_know_is_unknown() -> None:
    assert told.of_row(OrderRow(id="1", status="Odd")).state is OrderState.UNKNOWN


def test_a_position_told_at_the_beginning_has_no_event() -> None:
    found = parse.decode_frame(
        b'{"stream":"account.positionUpdate","data":{"s":"SOL_USDC_PERP","q":"-2","B":"20","i":5}}'
    )
    assert isinstance(found, PositionUpdate)
    assert (found.quantity, found.entry_price, found.event) == (-2, 20, "")
