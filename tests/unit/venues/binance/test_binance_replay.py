"""What Binance really sent, read from recordings: every message is understood, no book ever breaks."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from anyvenue.model.market import Quote, Trade
from anyvenue.venues.binance.books import BookSync
from anyvenue.venues.binance.instruments import Listing
from anyvenue.venues.binance.parse import (
    NotAnEvent,
    bar_of,
    decode_market,
    parse_book_ticker,
    parse_futures_book_ticker,
    parse_mark,
    parse_trade,
)
from anyvenue.venues.binance.told import of_algo_update, of_order_update, of_report
from anyvenue.venues.binance.wire import (
    BookTicker,
    DepthUpdate,
    FuturesBookTicker,
    KlineUpdate,
    MarkPriceUpdate,
    PublicTrade,
)
from anyvenue.venues.binance.wire_funds import (
    FuturesAccount,
    FuturesPosition,
    FuturesTrade,
    SpotAccount,
    SpotTrade,
    SymbolConfig,
)
from anyvenue.venues.binance.wire_futures import AlgoUpdate, FuturesEvent, OrderTradeUpdate
from anyvenue.venues.binance.wire_rest import (
    AlgoOrder,
    DepthReply,
    ExchangeInfo,
    FundingRecord,
    FuturesOrder,
    KlineRow,
    PremiumIndex,
    SpotOrder,
)
from anyvenue.venues.binance.wire_spot import ExecutionReport, SpotEvent
from anyvenue.venues.tracking.ladder import Outcome

DEPTH = msgspec.json.Decoder(DepthReply[float], strict=False)
NAME = "BTC-USDT.BINANCE"
HFT = ("spot_btcusdt", "spot_ethusdt", "usdm_btcusdt", "cm_btcusd_perp")


def hft_frames(folder: Path, name: str, day: str = "20240808") -> Iterator[bytes]:
    path = folder / "crypto_ws" / f"binance_{name}_{day}.jsonl.gz"
    with gzip.open(path) as lines:
        for line in lines:
            yield line.split(b" ", 1)[1].strip()


class Naive:
    """A book as anybody would write it first."""

    def __init__(self) -> None:
        self.sides: tuple[dict[float, float], dict[float, float]] = ({}, {})

    def set(self, *sides: list[tuple[float, float]]) -> None:
        for book, levels in zip(self.sides, sides, strict=True):
            for price, size in levels:
                if size:
                    book[price] = size
                else:
                    book.pop(price, None)

    def is_like(self, book: BookSync) -> bool:
        """Compare every level, and the order in which they come."""
        for side, ladder in zip(self.sides, (book.bids, book.asks), strict=True):
            prices, sizes = ladder.top(1_000_000)
            if dict(zip(prices, sizes, strict=True)) != side:
                return False
            if prices != tuple(sorted(side, reverse=ladder is book.bids)):
                return False
            best = ladder.best()
            if side and best != (prices[0], sizes[0]):
                return False
        return True


def replay(frames: Iterator[bytes], most: int, starts_whole: bool = False) -> Counter[str]:
    """Read frames into events and a book, which is compared with the naive one, level by level, at every step."""
    seen: Counter[str] = Counter()
    book, naive = BookSync(), Naive()
    early: list[DepthUpdate[float]] = []
    for number, frame in enumerate(frames):
        if number >= most:
            break
        if b'"lastUpdateId"' in frame[:40]:
            snapshot = DEPTH.decode(frame)
            assert book.begin(snapshot.last_update_id, snapshot.bids, snapshot.asks)
            naive = Naive()
            naive.set(snapshot.bids, snapshot.asks)
            for each in early:
                if each.last > snapshot.last_update_id:
                    naive.set(each.bids, each.asks)
            seen["snapshot"] += 1
            continue
        message = decode_market(frame)
        seen[type(message).__name__] += 1
        if isinstance(message, DepthUpdate):
            if starts_whole and not book.last:
                assert isinstance(message.previous, int)
                book.begin(message.previous, [], [])
            outcome = book.take(message)
            seen[outcome.value] += 1
            if outcome is Outcome.HELD:
                early.append(message)
            if outcome is Outcome.APPLIED:
                naive.set(message.bids, message.asks)
                assert naive.is_like(book)
        elif isinstance(message, BookTicker):
            quote: object = parse_book_ticker(message, NAME, 1)
            assert isinstance(quote, Quote)
        elif isinstance(message, FuturesBookTicker):
            assert isinstance(parse_futures_book_ticker(message, NAME, 1), Quote)
        elif isinstance(message, PublicTrade):
            trade = parse_trade(message, NAME, 1)
            assert trade is None or isinstance(trade, Trade)
    assert book.gaps == 0
    return seen


@pytest.mark.parametrize("name", HFT)
def test_the_beginning_of_a_recording_makes_the_book_a_naive_reader_makes(
    shared_data: Path, name: str
) -> None:
    seen = replay(hft_frames(shared_data, name), 2500)
    assert seen["snapshot"] == 1
    assert seen["applied"] > 20
    assert seen["gap"] == seen["NotAnEvent"] == 0


@pytest.mark.long
@pytest.mark.parametrize("name", HFT)
def test_a_whole_recording_has_no_break_and_makes_the_book_a_naive_reader_makes(
    shared_data: Path, name: str
) -> None:
    seen = replay(hft_frames(shared_data, name), 10**9)
    assert seen["gap"] == seen["NotAnEvent"] == 0
    assert seen["applied"] > 2000


@pytest.mark.long
def test_a_recording_that_goes_on_without_a_snapshot_has_no_break(shared_data: Path) -> None:
    frames = hft_frames(shared_data, "cm_btcusd_perp", "20240809")
    seen = replay(frames, 10**9, starts_whole=True)
    assert seen["gap"] == 0
    assert seen["applied"] > 2000


def text_lines(folder: Path, name: str) -> list[str]:
    path = folder / "crypto_ws" / f"cryptofeed_{name}.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [line.strip() for line in lines]


def text_frames(folder: Path, market: str) -> list[bytes]:
    lines = [line.partition(": ")[2].encode() for line in text_lines(folder, f"{market}.ws.1.0")]
    return [each for each in lines if each.startswith(b'{"stream"')]


def text_snapshots(folder: Path, market: str) -> dict[str, DepthReply[float]]:
    found = {}
    for line in text_lines(folder, f"{market}.http.0.0"):
        url, _, body = line.partition(" -> ")
        if body:
            symbol = url.partition("symbol=")[2].partition("&")[0]
            found[symbol] = DEPTH.decode(body.partition(": ")[2])
    return found


@pytest.mark.parametrize("market", ["BINANCE", "BINANCE_FUTURES"])
def test_books_of_several_symbols_begin_with_their_snapshots_and_go_on_like_naive_ones(
    shared_data: Path, market: str
) -> None:
    snapshots = text_snapshots(shared_data, market)
    assert snapshots
    messages = [decode_market(each) for each in text_frames(shared_data, market)]
    for symbol, snapshot in snapshots.items():
        changes = [e for e in messages if isinstance(e, DepthUpdate) and e.symbol == symbol]
        book, naive = BookSync(), Naive()
        assert book.begin(snapshot.last_update_id, snapshot.bids, snapshot.asks)
        naive.set(snapshot.bids, snapshot.asks)
        for change in changes:
            outcome = book.take(change)
            assert outcome in (Outcome.OLD, Outcome.APPLIED)
            if outcome is Outcome.APPLIED:
                naive.set(change.bids, change.asks)
            assert naive.is_like(book)
        assert book.gaps == 0, symbol


@pytest.mark.parametrize("market", ["BINANCE", "BINANCE_FUTURES"])
def test_a_book_whose_snapshot_comes_late_is_the_same(shared_data: Path, market: str) -> None:
    messages = [decode_market(each) for each in text_frames(shared_data, market)]
    for symbol, snapshot in text_snapshots(shared_data, market).items():
        changes = [e for e in messages if isinstance(e, DepthUpdate) and e.symbol == symbol]
        late, early = BookSync(), BookSync()
        assert all(late.take(each) is Outcome.HELD for each in changes)
        assert late.begin(snapshot.last_update_id, snapshot.bids, snapshot.asks)
        early.begin(snapshot.last_update_id, snapshot.bids, snapshot.asks)
        for each in changes:
            early.take(each)
        assert late.depth(NAME, 0, 0, 1000) == early.depth(NAME, 0, 0, 1000)
        assert late.last == early.last


@pytest.mark.parametrize("market", ["BINANCE", "BINANCE_FUTURES"])
def test_every_message_of_another_recording_is_an_event(shared_data: Path, market: str) -> None:
    for frame in text_frames(shared_data, market):
        message = decode_market(frame)
        assert not isinstance(message, NotAnEvent), frame[:80]
        if isinstance(message, KlineUpdate):
            assert bar_of(message, NAME, 1).ts_start == message.kline.start_ms * 1_000_000
        elif isinstance(message, MarkPriceUpdate):
            parse_mark(message, NAME, 1, 1)


@pytest.mark.parametrize(("market", "most"), [("BINANCE", 1695), ("BINANCE_FUTURES", 122)])
def test_the_venues_own_lists_of_instruments_parse_whole(
    shared_data: Path, market: str, most: int
) -> None:
    bodies = [line.partition(": ")[2] for line in text_lines(shared_data, f"{market}.0")]
    body = next(each for each in bodies if '"symbols"' in each)
    plain = json.loads(body)["symbols"]
    listing = Listing()
    listing.take(msgspec.json.decode(body, type=ExchangeInfo, strict=False))
    assert len(listing.by_symbol) == len(plain) == most
    assert len(listing.by_id) == most, "every instrument has a name of its own"
    for each in plain:
        made = listing.by_symbol[each["symbol"]]
        rules = {rule["filterType"]: rule for rule in each["filters"]}
        tick = made.price_step.step_at(made.lot.step)
        assert float(tick) == float(rules["PRICE_FILTER"]["tickSize"])
        assert float(made.lot.step) == float(rules["LOT_SIZE"]["stepSize"])
        assert float(made.lot.minimum) == float(rules["LOT_SIZE"]["minQty"])
        worth = rules.get("MIN_NOTIONAL", {}) | rules.get("NOTIONAL", {})
        least = worth.get("minNotional") or worth.get("notional") or 0
        assert float(made.lot.minimum_value) == float(least)


# What the library's fixtures of messages and answers are read as; what is not here is named below.
BODIES: dict[str, object] = {
    "futures/http_json/account_info_v2": FuturesAccount,
    "futures/http_json/open_algo_orders": list[AlgoOrder],
    "futures/http_json/order_response": FuturesOrder,
    "futures/http_json/position_risk": list[FuturesPosition],
    "spot/http_json/account_response": SpotAccount,
    "spot/http_json/account_trades_response": list[SpotTrade],
    "spot/http_json/all_orders_response": list[SpotOrder],
    "spot/http_json/cancel_order_response": SpotOrder,
    "spot/http_json/depth_response": DepthReply[float],
    "spot/http_json/exchange_info_response": ExchangeInfo,
    "spot/http_json/klines_response": list[KlineRow[float]],
    "spot/http_json/new_order_full_response": SpotOrder,
    "spot/http_json/open_orders_response": list[SpotOrder],
    "spot/http_json/order_response": SpotOrder,
    "http_futures_account_orders": list[FuturesOrder],
    "http_futures_account_positions_hedge": list[FuturesPosition],
    "http_futures_account_positions_one_way": list[FuturesPosition],
    "http_futures_account_symbol_config": list[SymbolConfig],
    "http_futures_account_trades": list[FuturesTrade],
    "http_futures_market_depth": DepthReply[float],
    "http_futures_market_exchange_info": ExchangeInfo,
    "http_futures_market_funding_rate": list[FundingRecord],
    "http_futures_market_klines": list[KlineRow[float]],
    "http_futures_market_premium_index": PremiumIndex,
    "http_spot_market_depth": DepthReply[float],
    "http_spot_market_exchange_info": ExchangeInfo,
    "http_spot_market_klines": list[KlineRow[float]],
    "http_spot_wallet_account": SpotAccount,
}
NOT_ASKED = (  # answers to questions that the driver does not ask
    "balance",
    "cancel_open_orders_response",
    "avg_price",
    "book_ticker",
    "ping",
    "server_time",
    "_time",
    "ticker",
    "trades",
    "position_side_dual",
    "asset_index",
    "blvt",
    "continuous",
    "ratio",
    "index_info",
    "index_price",
    "mark_price_klines",
    "open_interest",
    "wallet",
    "user_data_sbe",
)
NOT_READ = {"forceOrder", "TRADE_LITE", "listStatus"}
"""Events of streams that are passed over: liquidations of others, a copy of trades, lists of orders."""


def read(name: str, body: dict[str, object]) -> str:
    """Read an event of a stream and return what it was read as."""
    inner = body.get("data") or body.get("event") or body
    assert isinstance(inner, dict)
    raw = json.dumps(inner).encode()
    market = decode_market(raw)
    if not isinstance(market, NotAnEvent):
        return type(market).__name__
    try:
        if "futures" in name:
            event = msgspec.json.decode(raw, type=FuturesEvent, strict=False)
        else:
            event = msgspec.json.decode(raw, type=SpotEvent, strict=False)
    except msgspec.ValidationError:
        assert inner["e"] in NOT_READ, f"{name}: {inner['e']} is not understood"
        return "unsupported"
    if isinstance(event, ExecutionReport):
        assert of_report(event).symbol == inner["s"]
    elif isinstance(event, OrderTradeUpdate):
        assert of_order_update(event.order).venue_id
    elif isinstance(event, AlgoUpdate):
        assert of_algo_update(event.order).conditional
    return type(event).__name__


def test_every_fixture_parses_or_is_named_unsupported(shared_data: Path) -> None:
    path = shared_data / "crypto_fixtures" / "nautilus_binance_json.json.gz"
    found: Counter[str] = Counter()
    for name, body in json.loads(gzip.decompress(path.read_bytes())).items():
        short = name.removesuffix(".json")
        kind = next((kind for end, kind in BODIES.items() if short.endswith(end)), None)
        if kind is not None:
            msgspec.json.decode(json.dumps(body).encode(), type=kind, strict=False)
            found["answer"] += 1
        elif (
            isinstance(body, dict)
            and (body.keys() & {"e", "event", "stream"})
            and "sbe" not in name
        ):
            found[read(name, body)] += 1
        elif not any(word in short.rpartition("/")[2] or word in short for word in NOT_ASKED):
            raise AssertionError(f"{name} is neither read nor named")
    assert found["answer"] >= 26
    assert found["ExecutionReport"] >= 18
    assert found["OrderTradeUpdate"] >= 18
    assert found["AlgoUpdate"] >= 5


def test_messages_of_another_recorder_parse_too(shared_data: Path) -> None:
    path = shared_data / "crypto_fixtures" / "tardis_raw_ws_messages.json.gz"
    messages = json.loads(gzip.decompress(path.read_bytes()))
    unread: Counter[str] = Counter()
    for body in [*messages["binance"], *messages["binance futures"]]:
        frame = json.dumps(body, separators=(",", ":")).encode()
        message = decode_market(frame)
        if isinstance(message, NotAnEvent):
            unread[message.event or message.stream] += 1
    assert set(unread) <= {"forceOrder", "outboundAccountInfo", ""}, unread
