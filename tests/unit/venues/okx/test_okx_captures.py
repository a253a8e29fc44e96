"""Recorded OKX traffic parses whole, its books agree with naive ones, and all checksums with ours."""

import json
from collections import Counter
from decimal import Decimal
from math import isnan
from pathlib import Path

import msgspec
import pytest
from okx_captures import fixtures, frames, instrument_rows, raw_messages

from anyvenue.model.enums import InstrumentKind, OrderState, OrderType, TimeInForce
from anyvenue.model.ids import InstrumentId
from anyvenue.venues.okx import parse
from anyvenue.venues.okx.books import BookSync, Outcome
from anyvenue.venues.okx.instruments import Listing
from anyvenue.venues.okx.pushes import (
    AlgoPush,
    BalancePush,
    BestPush,
    BookPush,
    CandlePush,
    FundingPush,
    InstrumentPush,
    MarkPush,
    OrderPush,
    TickerPush,
    TradePush,
    decode_frame,
)
from anyvenue.venues.okx.told import of_algo_order, of_fill, of_order
from anyvenue.venues.okx.wire import (
    Acknowledged,
    BookUpdate,
    CandleRow,
    Frame,
    FundingRow,
    IndexTicker,
    MarkPriceRow,
    OpReply,
    TradeRow,
)
from anyvenue.venues.okx.wire_account import (
    AlgoOrderRow,
    BalanceDetail,
    BalanceRow,
    FillRow,
    OrderRow,
    PositionRow,
)
from anyvenue.venues.okx.wire_rest import FeeRow, InstrumentRow, Reply

NAME = InstrumentId("BTC-USDT.OKX")
Naive = tuple[dict[str, str], dict[str, str]]


def change_naively(
    book: Naive, message: dict[str, object], row: dict[str, list[list[str]]]
) -> None:
    for side, name in zip(book, ("bids", "asks"), strict=True):
        if message["action"] == "snapshot":
            side.clear()
        for price, size, *_ in row[name]:
            if float(size):
                side[price] = size
            else:
                side.pop(price, None)


def test_every_book_of_the_capture_has_the_venues_checksum_and_equals_a_naive_book(
    shared_data: Path,
) -> None:
    books: dict[str, BookSync] = {}
    naive: dict[str, Naive] = {}
    matched = 0
    for frame in frames(shared_data):
        push = decode_frame(frame)
        if not isinstance(push, BookPush):
            continue
        name = push.arg.inst_id
        book, plain = books.setdefault(name, BookSync()), naive.setdefault(name, ({}, {}))
        message = json.loads(frame)
        change_naively(plain, message, message["data"][0])
        assert book.take(push.data[0], snapshot=push.action == "snapshot") is Outcome.APPLIED
        for ladder, side, falls in ((book.bids, plain[0], True), (book.asks, plain[1], False)):
            wanted = sorted(side.items(), key=lambda each: float(each[0]), reverse=falls)
            assert [(each.price, each.size) for each in ladder.levels(1000)] == wanted
        matched += book.checksum() == message["data"][0]["checksum"]
    assert matched == 290
    assert len(books) == 3


def test_every_frame_of_the_capture_is_something_we_know(shared_data: Path) -> None:
    kinds = Counter(type(decode_frame(frame)).__name__ for frame in frames(shared_data))
    assert kinds == {"BookPush": 290, "TradePush": 74, "TickerPush": 28, "Frame": 18}


def test_every_instrument_of_the_capture_keeps_its_tick_lot_and_minimum(shared_data: Path) -> None:
    listing, kinds = Listing(), Counter[str]()
    for row in instrument_rows(shared_data):
        listing.take([row])
        made = listing.find(row.inst_type, row.inst_id)
        assert made is not None
        kinds[made.kind] += 1
        assert made.price_step.step_at(Decimal(1)) == Decimal(row.tick_sz)
        assert (made.lot.step, made.lot.minimum) == (Decimal(row.lot_sz), Decimal(row.min_sz))
        if row.ct_val:
            assert made.multiplier == Decimal(row.ct_val) * Decimal(row.ct_mult)
        assert made.inverse == (row.ct_type == "inverse")
    assert not listing.unread
    assert sum(kinds.values()) == 7395
    assert kinds.keys() == {"spot", "perpetual", "future", "option"}


# ---- fixtures

ANSWERS: dict[str, object] = {
    "http_get_account_balance": Reply[BalanceRow],
    "http_get_candlesticks": Reply[CandleRow],
    "http_get_candlesticks_full": Reply[CandleRow],
    "http_get_funding_rate_history": Reply[FundingRow],
    "http_get_index_price": Reply[IndexTicker],
    "http_get_instruments_futures": Reply[InstrumentRow],
    "http_get_instruments_margin": Reply[InstrumentRow],
    "http_get_instruments_option": Reply[InstrumentRow],
    "http_get_instruments_spot": Reply[InstrumentRow],
    "http_get_instruments_swap": Reply[InstrumentRow],
    "http_get_mark_price": Reply[MarkPriceRow],
    "http_get_order_book": Reply[BookUpdate],
    "http_get_orders_algo_history": Reply[AlgoOrderRow],
    "http_get_orders_algo_pending": Reply[AlgoOrderRow],
    "http_get_orders_algo_pending_attached_oco": Reply[AlgoOrderRow],
    "http_get_orders_algo_pending_close_fraction": Reply[AlgoOrderRow],
    "http_get_orders_history": Reply[OrderRow],
    "http_get_orders_pending": Reply[OrderRow],
    "http_get_orders_pending_with_attached_tp_sl": Reply[OrderRow],
    "http_get_positions": Reply[PositionRow],
    "http_get_trade_fee_response": Reply[FeeRow],
    "http_get_trades": Reply[TradeRow],
    "http_cancel_algo_order_response": Reply[Acknowledged],
    "http_place_algo_order_rejected": Reply[Acknowledged],
    "http_place_algo_order_response": Reply[Acknowledged],
    "http_place_order_response": Acknowledged,
    "http_balance_detail_new_fields": BalanceDetail,
    "http_balance_detail_old_fields": BalanceDetail,
    "http_transaction_detail": FillRow,
    "http_transaction_detail_empty_fee": FillRow,
}
PUSHES: dict[str, type] = {
    "ws_account": BalancePush,
    "ws_account_empty": BalancePush,
    "ws_bbo_tbt": BestPush,
    "ws_books_snapshot": BookPush,
    "ws_books_update": BookPush,
    "ws_candle": CandlePush,
    "ws_funding_rate": FundingPush,
    "ws_instruments": InstrumentPush,
    "ws_orders": OrderPush,
    "ws_orders_adl": OrderPush,
    "ws_orders_algo": AlgoPush,
    "ws_orders_fok": OrderPush,
    "ws_orders_ioc": OrderPush,
    "ws_orders_liquidation": OrderPush,
    "ws_orders_optimal_limit_ioc": OrderPush,
    "ws_orders_option": OrderPush,
    "ws_orders_trigger": OrderPush,
    "ws_tickers": TickerPush,
    "ws_trades": TradePush,
}
UNSUPPORTED = {
    "common_optional_string_to_u64": "no message",
    "http_get_account_positions-history": "closed positions are worked out of fills",
    "http_get_option_summary": "greeks",
    "http_get_position_tiers": "tiers are in contracts, ours in money",
    "http_get_spread_orders": "the spread book is another venue",
    "http_get_spread_trades": "the spread book is another venue",
    "http_get_spreads": "the spread book is another venue",
    "http_set_position_mode_response": "the account's configuration tells the mode",
    "ws_opt_summary": "greeks",
    "ws_sprd_orders": "the spread book is another venue",
}


def test_every_message_of_the_fixtures_parses_or_is_named_unsupported(shared_data: Path) -> None:
    found = fixtures(shared_data)
    assert found.keys() == ANSWERS.keys() | PUSHES.keys() | UNSUPPORTED.keys()
    for name, kind in ANSWERS.items():
        msgspec.json.decode(json.dumps(found[name]), type=kind)
    for name, pushed in PUSHES.items():
        assert isinstance(decode_frame(json.dumps(found[name]).encode()), pushed), name


def test_a_channel_that_is_not_supported_is_told_by_its_name(shared_data: Path) -> None:
    frame = decode_frame(json.dumps(fixtures(shared_data)["ws_sprd_orders"]).encode())
    assert isinstance(frame, Frame)
    assert frame.arg is not None
    assert frame.arg.channel == "sprd-orders"


def test_messages_of_an_archive_are_known_or_of_the_version_before(shared_data: Path) -> None:
    old, unknown, known = 0, Counter[str](), Counter[str]()
    for message in raw_messages(shared_data):
        if "table" in message:
            old += 1
            continue
        frame = decode_frame(json.dumps(message).encode())
        if isinstance(frame, Frame) and frame.arg is not None and not frame.event:
            unknown[frame.arg.channel] += 1
        else:
            known[type(frame).__name__] += 1
    assert old > 20
    assert sum(known.values()) > 20
    assert unknown.keys() == {
        "open-interest",
        "opt-summary",
        "price-limit",
        "liquidations",
        "liquidation-orders",
    }


def decoded(data: Path, name: str) -> object:
    """Return a fixture as its row, or its only row."""
    found = fixtures(data)[name]
    if name in PUSHES:
        push = decode_frame(json.dumps(found).encode())
        return push.data[0]  # type: ignore[index,union-attr]
    value = msgspec.json.decode(json.dumps(found), type=ANSWERS[name])
    return value.data[0] if isinstance(value, Reply) else value


def test_contracts_have_the_worth_and_the_end_the_venue_gives_them(shared_data: Path) -> None:
    listing = Listing()
    for name in ("spot", "margin", "swap", "futures", "option"):
        reply = msgspec.json.decode(
            json.dumps(fixtures(shared_data)[f"http_get_instruments_{name}"]),
            type=Reply[InstrumentRow],
        )
        assert len(listing.take(reply.data)) == len(reply.data)
    perpetual = listing.get(InstrumentId("BTC-USD-PERP.OKX"))
    assert (perpetual.inverse, perpetual.currency, perpetual.multiplier) == (
        True,
        "BTC",
        Decimal(100),
    )
    assert listing.code(perpetual.id) == 10458
    linear = listing.get(InstrumentId("ETH-USDT-PERP.OKX"))
    assert (linear.inverse, linear.currency, linear.multiplier) == (False, "USDT", Decimal("0.1"))
    dated = listing.get(InstrumentId("BTC-USD-20241227.OKX"))
    assert (dated.kind, dated.expiry) == (InstrumentKind.FUTURE, 20241227)
    options = [each for each in listing.by_id.values() if each.kind is InstrumentKind.OPTION]
    assert all(each.strike and each.right and each.currency == "BTC" for each in options)
    margin = next(name for name in listing.by_id if name.endswith("-MARGIN.OKX"))
    assert listing.type_of(margin) == "MARGIN"
    assert listing.get(margin).position_rule.short_ok


def test_bars_of_an_answer_come_in_ascending_order_and_once(shared_data: Path) -> None:
    reply = msgspec.json.decode(
        json.dumps(fixtures(shared_data)["http_get_candlesticks_full"]), type=Reply[CandleRow]
    )
    bars = parse.bars_of([*reply.data, *reply.data], NAME, "1m", 5)
    assert [bar.ts_start for bar in bars] == [1747093980000_000000, 1747094040000_000000]
    assert all(bar.closed and bar.ts_event == bar.ts_start + 60_000_000_000 for bar in bars)
    assert (bars[0].volume, bars[0].turnover) == (7164.04, 7364701.57952)
    coin = parse.bars_of(reply.data, NAME, "1m", 5, inverse=True)
    assert coin[0].turnover == 71.6404


def test_funding_is_due_when_the_venue_says_and_for_as_long(shared_data: Path) -> None:
    row = decoded(shared_data, "ws_funding_rate")
    assert isinstance(row, FundingRow)
    rate = parse.parse_funding(row, NAME, 5)
    assert rate is not None
    assert (rate.rate, rate.interval_ns) == (Decimal("0.0001"), 8 * 3_600_000_000_000)
    past = msgspec.json.decode(
        json.dumps(fixtures(shared_data)["http_get_funding_rate_history"]), type=Reply[FundingRow]
    )
    rates = parse.parse_funding_history(past.data, NAME, 5)
    assert [each.rate for each in rates] == [Decimal("-0.00002"), Decimal("0.00015")]
    assert rates[0].ts_due < rates[1].ts_due
    assert {each.interval_ns for each in rates} == {8 * 3_600_000_000_000}


def test_a_filled_order_tells_its_fill_with_a_fee_above_zero(shared_data: Path) -> None:
    row = decoded(shared_data, "ws_orders")
    assert isinstance(row, OrderRow)
    told = of_order(row)
    assert (told.state, told.type, told.filled) == (
        OrderState.FILLED,
        OrderType.MARKET,
        Decimal("0.03"),
    )
    assert told.fill is not None
    assert told.fill.fee == Decimal("0.021776769")
    assert told.fill.maker
    assert told.fill.trade_id.endswith("-1518905529")


@pytest.mark.parametrize(
    ("name", "kind", "time_in_force"),
    [
        ("ws_orders_fok", OrderType.LIMIT, TimeInForce.FOK),
        ("ws_orders_ioc", OrderType.LIMIT, TimeInForce.IOC),
        ("ws_orders_optimal_limit_ioc", OrderType.MARKET, TimeInForce.IOC),
        ("ws_orders_trigger", OrderType.MARKET, TimeInForce.GTC),
        ("http_get_orders_pending", OrderType.LIMIT, TimeInForce.GTC),
    ],
)
def test_kinds_of_orders_are_a_type_and_a_time_in_force(
    shared_data: Path, name: str, kind: OrderType, time_in_force: TimeInForce
) -> None:
    row = decoded(shared_data, name)
    assert isinstance(row, OrderRow)
    told = of_order(row)
    assert (told.type, told.time_in_force) == (kind, time_in_force)


def test_liquidations_say_why(shared_data: Path) -> None:
    rows = [decoded(shared_data, name) for name in ("ws_orders_liquidation", "ws_orders_adl")]
    told = [of_order(row) for row in rows if isinstance(row, OrderRow)]
    assert [each.why for each in told] == ["liquidation", "auto-deleveraging"]


def test_an_order_that_came_of_a_conditional_one_names_it(shared_data: Path) -> None:
    row = decoded(shared_data, "ws_orders_trigger")
    assert isinstance(row, OrderRow)
    assert of_order(row).parent == "706620792746729474"
    push = decode_frame(json.dumps(fixtures(shared_data)["ws_orders_algo"]).encode())
    assert isinstance(push, AlgoPush)
    told = [of_algo_order(each) for each in push.data]
    assert [each.type for each in told[:2]] == [OrderType.STOP, OrderType.STOP_LIMIT]
    assert told[2].triggered
    assert told[2].became == "706620792746729999"
    assert told[3].state is OrderState.CANCELLED


def test_an_oco_is_a_kind_we_have_no_word_for(shared_data: Path) -> None:
    row = decoded(shared_data, "http_get_orders_algo_pending_attached_oco")
    assert isinstance(row, AlgoOrderRow)
    told = of_algo_order(row)
    assert (told.type, told.kind) == (None, "oco")


def test_a_fill_without_a_fee_says_so(shared_data: Path) -> None:
    row = decoded(shared_data, "http_transaction_detail_empty_fee")
    assert isinstance(row, FillRow)
    assert of_fill(row).fee is None


def test_a_ticker_and_the_best_of_a_book_are_quotes(shared_data: Path) -> None:
    push = decode_frame(json.dumps(fixtures(shared_data)["ws_tickers"]).encode())
    assert isinstance(push, TickerPush)
    quote = parse.parse_ticker(push.data[0], NAME, 9)
    assert (quote.bid, quote.ask, quote.bid_size, quote.ask_size) == (8888.88, 9999.99, 5, 11)
    assert (quote.ts_event, quote.ts_recv) == (1597026383085_000000, 9)
    book = decode_frame(json.dumps(fixtures(shared_data)["ws_bbo_tbt"]).encode())
    assert isinstance(book, BestPush)
    best = parse.parse_best(book.data[0], NAME, 9)
    assert (best.bid, best.ask, best.bid_size) == (8476.97, 8476.98, 256)


def test_an_empty_side_has_no_price() -> None:
    frame = (
        b'{"arg":{"channel":"tickers","instId":"X"},"data":[{"instId":"X","askPx":"","askSz":"",'
        b'"bidPx":"1","bidSz":"2","ts":"1","last":""}]}'
    )
    push = decode_frame(frame)
    assert isinstance(push, TickerPush)
    quote = parse.parse_ticker(push.data[0], NAME, 9)
    assert isnan(quote.ask)
    assert quote.bid == 1


def test_mark_prices_come_with_their_time(shared_data: Path) -> None:
    row = decoded(shared_data, "http_get_mark_price")
    assert isinstance(row, MarkPriceRow)
    assert parse.mark_of(row) == (1744590349506_000000, 84660.1)
    push = decode_frame(
        b'{"arg":{"channel":"mark-price","instId":"X"},"data":[{"instId":"X","markPx":"2","ts":"1"}]}'
    )
    assert isinstance(push, MarkPush)


def test_an_answer_to_an_order_keeps_the_venues_code() -> None:
    frame = (
        b'{"id":"7","op":"order","code":"1","msg":"","data":[{"tag":"","ordId":"","clOrdId":"av1",'
        b'"sCode":"51008","sMsg":"Insufficient balance"}],"inTime":"1","outTime":"2"}'
    )
    assert isinstance(decode_frame(frame), Frame)
    reply = msgspec.json.decode(frame, type=OpReply)
    assert (reply.id, reply.data[0].s_code) == ("7", "51008")


def test_a_pong_is_a_frame_of_its_own() -> None:
    frame = decode_frame(b"pong")
    assert isinstance(frame, Frame)
    assert frame.event == "pong"
