import gzip
import json
from decimal import Decimal
from pathlib import Path

import pytest
from capture_samples import (
    ASKS,
    BIDS,
    SPOT,
    START_MS,
    frame,
    futures_depth,
    line,
    snapshot,
    spot_depth,
    spot_ticker,
    trade,
)

from anyvenue.data.captures import (
    CaptureSource,
    capture_events,
    cross_check,
    is_capture,
    join_captures,
    open_capture,
)
from anyvenue.data.convert import convert, describe
from anyvenue.data.level_book import LevelBook
from anyvenue.data.profiles import get_profile
from anyvenue.data.readers import open_source
from anyvenue.data.source import Source
from anyvenue.data.window import WindowSource
from anyvenue.engine.feed import Feed
from anyvenue.model.enums import InstrumentKind, Side
from anyvenue.model.errors import ConfigError, DataError, UnknownInstrument
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import NETTED, Instrument
from anyvenue.model.market import BookDelta, Depth, FundingRate, Quote, Trade
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.catalog import Catalog
from conftest import WriteFile


def crypto(symbol: str, kind: InstrumentKind, *, inverse: bool = False) -> Instrument:
    return Instrument(
        id=make_instrument_id(symbol, "BINANCE"),
        kind=kind,
        currency="BTC" if inverse else "USDT",
        price_step=FixedStep(Decimal("0.01")),
        lot=LotRule(Decimal("0.001")),
        position_rule=NETTED,
        sessions="always",
        inverse=inverse,
        multiplier=Decimal(100) if inverse else Decimal(1),
    )


@pytest.fixture
def catalog() -> Catalog:
    catalog = Catalog(20231114)
    catalog.add(crypto("BTC-USDT", InstrumentKind.SPOT))
    catalog.add(crypto("ETH-USDT", InstrumentKind.SPOT))
    catalog.add(crypto("BTC-USDT-PERP", InstrumentKind.PERPETUAL))
    catalog.add(crypto("BTC-USD-PERP", InstrumentKind.PERPETUAL, inverse=True))
    return catalog


def depths(source: Source) -> list[Depth]:
    events = list(source.events())
    assert all(isinstance(event, Depth) for event in events)
    return [event for event in events if isinstance(event, Depth)]


def top(depth: Depth) -> tuple[float, float, float, float]:
    return depth.bid, depth.bid_size, depth.ask, depth.ask_size


# ---- building the book


def test_a_spot_book_is_its_snapshot_and_the_changes_that_follow_it(
    write_file: WriteFile, catalog: Catalog
) -> None:
    source = open_source(write_file("spot.jsonl.gz", SPOT), catalog=catalog)
    found = depths(source)
    assert source.instrument.id == "BTC-USDT.BINANCE"
    assert [top(each) for each in found] == [
        (100.0, 1.0, 101.0, 1.5),
        (100.0, 3.0, 102.0, 2.5),
        (100.0, 3.0, 101.5, 4.0),
    ]
    assert found[0].bid_prices == (100.0, 99.0)
    assert source.warnings == ()


def test_times_are_the_recorder_s_and_the_venue_s(write_file: WriteFile, catalog: Catalog) -> None:
    last = depths(open_source(write_file("spot.jsonl", SPOT), catalog=catalog))[-1]
    assert last.ts_recv == (START_MS + 200) * 1_000_000
    assert last.ts_event == (START_MS + 200) * 1_000_000
    assert last.trading_day == 20231114


def test_trades_show_as_last_price_and_volume_of_the_day(
    write_file: WriteFile, catalog: Catalog
) -> None:
    found = depths(open_source(write_file("spot.jsonl", SPOT), catalog=catalog))
    assert found[1].volume == 0.0
    assert (found[2].last, found[2].volume, found[2].turnover) == (102.0, 0.5, 51.0)


def test_the_volume_starts_again_with_the_trading_day(
    write_file: WriteFile, catalog: Catalog
) -> None:
    later = 24 * 3600 * 1000
    text = (
        SPOT + trade(later, 2, "102.00", "0.25") + spot_depth(later, 14, 14, [("99.50", "1")], [])
    )
    last = depths(open_source(write_file("spot.jsonl", text), catalog=catalog))[-1]
    assert (last.volume, last.trading_day) == (0.25, 20231115)


def test_a_trade_told_after_midnight_does_not_bring_the_day_before_back(
    write_file: WriteFile, catalog: Catalog
) -> None:
    later = 24 * 3600 * 1000 - START_MS % (24 * 3600 * 1000)  # the next midnight UTC
    text = (
        SPOT
        + trade(later + 10, 2, "102.00", "0.25")
        + trade(later + 20, 3, "102.00", "0.50", T=START_MS + later - 5)
        + spot_depth(later + 30, 14, 14, [("99.50", "1")], [])
    )
    last = depths(open_source(write_file("spot.jsonl", text), catalog=catalog))[-1]
    assert (last.volume, last.trading_day) == (0.75, 20231115)


def test_turnover_of_an_inverse_contract_is_in_its_coin(
    write_file: WriteFile, catalog: Catalog
) -> None:
    names = {"s": "BTCUSD_PERP", "ps": "BTCUSD"}
    text = (
        snapshot(0, 10, BIDS, ASKS, symbol="BTCUSD_PERP")
        + trade(1, 7, "100.0", "3", s="BTCUSD_PERP")
        + futures_depth(2, 11, 12, 10, [("100.50", "1")], [], **names)
    )
    source = open_source(write_file("cm.jsonl", text), catalog=catalog)
    assert source.instrument.id == "BTC-USD-PERP.BINANCE"
    assert depths(source)[-1].turnover == 3.0


def test_a_futures_book_may_begin_between_two_changes(
    write_file: WriteFile, catalog: Catalog
) -> None:
    text = (
        futures_depth(0, 1, 8, 0, [("97.00", "1")], [])
        + snapshot(1, 10, BIDS, ASKS)
        + futures_depth(2, 15, 20, 8, [("100.50", "1")], [])
        + futures_depth(3, 30, 31, 20, [("100.50", "0")], [])
    )
    source = open_source(write_file("um.jsonl", text), catalog=catalog)
    assert source.instrument.id == "BTC-USDT-PERP.BINANCE"
    assert [each.bid for each in depths(source)] == [100.0, 100.5, 100.0]
    assert source.warnings == ()


def test_changes_that_came_before_their_snapshot_are_applied_after_it(
    write_file: WriteFile, catalog: Catalog
) -> None:
    text = (
        spot_depth(0, 8, 12, [("100.50", "1")], [])
        + spot_depth(1, 13, 14, [], [("100.80", "2")])
        + snapshot(2, 10, BIDS, ASKS)
    )
    found = depths(open_source(write_file("spot.jsonl", text), catalog=catalog))
    assert [top(each) for each in found] == [(100.5, 1.0, 100.8, 2.0)]


def test_a_repeated_change_and_an_older_snapshot_change_nothing(
    write_file: WriteFile, catalog: Catalog
) -> None:
    text = SPOT + spot_depth(300, 13, 13, [("100.20", "9")], []) + snapshot(301, 11, BIDS, ASKS)
    source = open_source(write_file("spot.jsonl", text), catalog=catalog)
    assert len(depths(source)) == 3
    assert source.warnings == ()


def test_a_later_best_price_moves_the_book_before_its_change_comes(
    write_file: WriteFile, catalog: Catalog
) -> None:
    text = (
        snapshot(0, 10, BIDS, ASKS)
        + spot_ticker(1, 14, ("99.00", "5"), ("100.50", "2"))
        + spot_depth(2, 11, 12, [("100.00", "8")], [])
        + spot_depth(3, 13, 15, [("100.00", "0"), ("99.00", "5")], [("100.50", "1")])
    )
    found = depths(open_source(write_file("spot.jsonl", text), catalog=catalog))
    assert [top(each) for each in found] == [
        (100.0, 1.0, 101.0, 1.5),
        (99.0, 5.0, 100.5, 2.0),
        (99.0, 5.0, 100.5, 2.0),
        (99.0, 5.0, 100.5, 1.0),
    ]


def test_a_best_price_older_than_the_book_is_passed_over(
    write_file: WriteFile, catalog: Catalog
) -> None:
    text = snapshot(0, 10, BIDS, ASKS) + spot_ticker(1, 9, ("90.00", "5"), ("91.00", "2"))
    assert len(depths(open_source(write_file("spot.jsonl", text), catalog=catalog))) == 1


def test_books_cut_after_some_levels_are_taken_where_there_is_nothing_else(
    write_file: WriteFile, catalog: Catalog
) -> None:
    text = frame(0, "btcusdt@depth5@100ms", {"lastUpdateId": 7, "bids": BIDS, "asks": ASKS})
    found = depths(open_source(write_file("spot.jsonl", text), catalog=catalog))
    assert [top(each) for each in found] == [(100.0, 1.0, 101.0, 1.5)]


# ---- missing messages


@pytest.mark.parametrize(
    ("gap", "told"),
    [
        (
            spot_depth(300, 15, 16, [("101.20", "1")], []),
            "U 15, after the message before it must be 14",
        ),
        (futures_depth(300, 15, 16, 14, [], []), "pu 14, after the message before it must be 13"),
    ],
)
def test_after_a_missing_message_there_is_no_book_until_the_next_snapshot(
    gap: str, told: str, write_file: WriteFile, catalog: Catalog
) -> None:
    text = (
        SPOT
        + gap
        + spot_ticker(350, 17, ("99.50", "5"), ("100.50", "2"))
        + snapshot(400, 20, [("90.00", "1")], [("91.00", "1")])
    )
    source = open_source(write_file("spot.jsonl", text), catalog=catalog)
    found = depths(source)
    assert [each.bid for each in found] == [100.0, 100.0, 100.0, 90.0]
    assert source.warnings == (
        f"spot.jsonl, line 6: depth messages are missing: {told}; there is no book until the next snapshot",
    )


def test_a_snapshot_too_old_for_the_changes_makes_no_book(
    write_file: WriteFile, catalog: Catalog
) -> None:
    text = snapshot(0, 10, BIDS, ASKS) + spot_depth(1, 15, 16, [("100.50", "1")], [])
    source = open_source(write_file("spot.jsonl", text), catalog=catalog)
    assert len(depths(source)) == 1
    assert "U 15, after the snapshot it must be 11" in source.warnings[0]


def test_a_crossed_book_is_given_up(write_file: WriteFile, catalog: Catalog) -> None:
    text = SPOT + spot_depth(300, 14, 14, [("101.70", "1")], [])
    source = open_source(write_file("spot.jsonl", text), catalog=catalog)
    assert len(depths(source)) == 3
    assert "crossed, bid 101.7 at or above ask 101.5" in source.warnings[0]


def test_many_gaps_are_counted_and_not_all_listed(write_file: WriteFile, catalog: Catalog) -> None:
    text = "".join(
        snapshot(2 * n, 100 * n, BIDS, ASKS)
        + spot_depth(2 * n + 1, 100 * n + 50, 100 * n + 50, [], [])
        for n in range(1, 9)
    )
    source = open_source(write_file("spot.jsonl", text), catalog=catalog)
    list(source.events())
    assert len(source.warnings) == 6
    assert source.warnings[-1] == "at 3 more places there was no book"


def test_warnings_are_of_the_latest_reading(write_file: WriteFile, catalog: Catalog) -> None:
    text = SPOT + spot_depth(300, 15, 16, [], [])
    source = open_source(write_file("spot.jsonl", text), catalog=catalog)
    for _ in range(2):
        list(source.events())
        assert len(source.warnings) == 1


def test_a_stretch_of_a_capture_tells_of_its_gaps_too(
    write_file: WriteFile, catalog: Catalog
) -> None:
    source = open_source(
        write_file("s.jsonl", SPOT + spot_depth(300, 15, 16, [], [])), catalog=catalog
    )
    window = WindowSource(source, (START_MS + 50) * 1_000_000)
    assert len(depths(window)) == 2
    assert "depth messages are missing" in window.warnings[0]


def test_a_capture_without_a_snapshot_is_refused_with_what_to_do(
    write_file: WriteFile, catalog: Catalog
) -> None:
    path = write_file("spot.jsonl", spot_depth(0, 5, 9, [], []))
    with pytest.raises(DataError, match="without a snapshot of BTCUSDT's book") as caught:
        list(open_source(path, catalog=catalog).events())
    assert caught.value.line == 1
    assert "--profile binance-ws-quote" in caught.value.expected


# ---- other records


def test_best_prices_are_read_as_quotes_with_the_latest_time_told(
    write_file: WriteFile, catalog: Catalog
) -> None:
    text = SPOT + spot_ticker(300, 17, ("99.50", "5"), ("100.50", "2"))
    source = open_source(
        write_file("spot.jsonl", text), catalog=catalog, profile="binance-ws-quote"
    )
    [quote] = source.events()
    assert isinstance(quote, Quote)
    assert (quote.bid, quote.bid_size, quote.ask, quote.ask_size) == (99.5, 5.0, 100.5, 2.0)
    assert quote.ts_event == (START_MS + 200) * 1_000_000
    assert quote.ts_recv == (START_MS + 300) * 1_000_000
    assert source.serves("quotes")
    assert not source.serves("depth")


def test_trades_tell_who_took_and_those_beside_the_book_are_left_out(
    write_file: WriteFile, catalog: Catalog
) -> None:
    text = (
        trade(0, 1, "100.00", "0.5")
        + trade(1, 2, "100.00", "0.25", maker=True)
        + trade(2, 3, "0", "0", X="NA")
        + trade(3, 4, "100.00", "1", X="INSURANCE_FUND")
        + trade(4, 5, "100.00", "2", X="MARKET")
    )
    source = open_source(write_file("t.jsonl", text), catalog=catalog, profile="binance-ws-trade")
    found = [each for each in source.events() if isinstance(each, Trade)]
    assert [(each.size, each.aggressor, each.trade_id) for each in found] == [
        (0.5, Side.BUY, "1"),
        (0.25, Side.SELL, "2"),
        (2.0, Side.BUY, "5"),
    ]


def test_sums_of_trades_count_until_single_ones_come(
    write_file: WriteFile, catalog: Catalog
) -> None:
    total = {"e": "aggTrade", "E": START_MS, "T": START_MS, "s": "BTCUSDT", "a": 9, "m": False}
    total |= {"p": "100.00", "q": "3"}
    text = (
        frame(0, "btcusdt@aggTrade", total)
        + trade(1, 1, "100.00", "0.5")
        + frame(2, "btcusdt@aggTrade", total)
    )
    source = open_source(write_file("t.jsonl", text), catalog=catalog, profile="binance-ws-trade")
    assert [each.size for each in source.events() if isinstance(each, Trade)] == [3.0, 0.5]


def test_plain_events_rebuild_the_same_book(write_file: WriteFile, catalog: Catalog) -> None:
    funding = {"e": "markPriceUpdate", "E": START_MS + 300, "s": "BTCUSDT", "p": "100.1"}
    funding |= {"i": "100.2", "r": "0.00010000", "T": START_MS + 3_600_000}
    source = open_capture(
        write_file("spot.jsonl", SPOT + frame(300, "btcusdt@markPrice", funding)),
        catalog,
        instrument="BTC-USDT.BINANCE",
    )
    events = list(capture_events(source))
    book = LevelBook()
    for event in events:
        if isinstance(event, BookDelta):
            book.apply(event)
    assert (book.bid, book.ask) == ((100.0, 3.0), (101.5, 4.0))
    assert [each.snapshot for each in events if isinstance(each, BookDelta)].count(True) == 1
    assert [each.price for each in events if isinstance(each, Trade)] == [102.0]
    [rate] = [each for each in events if isinstance(each, FundingRate)]
    assert rate.rate == Decimal("0.0001")
    assert rate.ts_due == (START_MS + 3_600_000) * 1_000_000
    assert rate.ts_event == (START_MS + 300) * 1_000_000


# ---- files


def test_requests_and_answers_of_another_recorder_are_understood(
    write_file: WriteFile, catalog: Catalog
) -> None:
    seconds = START_MS // 1000
    url = "https://api.binance.com/api/v3/depth"
    reply = json.dumps({"lastUpdateId": 10, "bids": BIDS, "asks": ASKS})
    other = json.dumps({"lastUpdateId": 99, "bids": [], "asks": []})
    web = write_file(
        "B.http.txt",
        f"{url}?symbol=ETHUSDT&limit=5 -> {seconds}.1: {other}\n\n"
        f"{url}?symbol=BTCUSDT&limit=5 -> {seconds}.25: {reply}\n",
    )
    change = spot_depth(100, 11, 12, [("100.50", "1")], []).partition(" ")[2]
    stream = write_file(
        "B.ws.txt.gz",
        f"wss://stream.binance.com:9443/stream?streams=btcusdt@depth <-> {seconds}.0\n"
        f'wss://stream.binance.com:9443/stream <- {seconds}.05: {{"method":"SUBSCRIBE"}}\n'
        f'{seconds}.06: {{"result":null,"id":1}}\n'
        f"{seconds}.5: {change}",
    )
    source = open_capture([web, stream], catalog, instrument="BTC-USDT.BINANCE")
    found = depths(source)
    assert [top(each) for each in found] == [(100.0, 1.0, 101.0, 1.5), (100.5, 1.0, 101.0, 1.5)]
    assert found[0].ts_recv == START_MS * 1_000_000 + 250_000_000


def test_messages_without_a_stream_around_them_are_understood(
    write_file: WriteFile, catalog: Catalog
) -> None:
    bare = {"e": "depthUpdate", "E": START_MS + 5, "s": "BTCUSDT", "U": 11, "u": 12}
    text = snapshot(0, 10, BIDS, ASKS) + line(5, {**bare, "b": [["100.50", "1"]], "a": []})
    assert depths(open_source(write_file("s.jsonl", text), catalog=catalog))[-1].bid == 100.5


def test_files_that_go_on_are_one_book_in_a_run(write_file: WriteFile, catalog: Catalog) -> None:
    later = write_file("2.jsonl", spot_depth(300, 14, 15, [("100.90", "1")], []))
    first = write_file("1.jsonl", SPOT)
    sources = [open_source(path, catalog=catalog) for path in (later, first)]
    [joined] = Feed(sources).sources
    assert depths(joined)[-1].bid == 100.9
    assert joined.content_hash() != sources[1].content_hash()


def test_captures_of_other_instruments_stay_apart(write_file: WriteFile, catalog: Catalog) -> None:
    other = snapshot(0, 10, BIDS, ASKS) + spot_depth(1, 11, 11, [], [], "ETHUSDT")
    sources = [
        open_source(write_file("1.jsonl", SPOT), catalog=catalog),
        open_source(write_file("2.jsonl", other), catalog=catalog),
    ]
    assert join_captures(sources) == sources


def test_only_the_named_symbol_is_read(write_file: WriteFile, catalog: Catalog) -> None:
    text = SPOT + spot_depth(300, 1, 2, [("500", "1")], [], "ETHUSDT")
    path = write_file("two.jsonl", text)
    with pytest.raises(DataError, match="several symbols: BTCUSDT, ETHUSDT"):
        open_source(path, catalog=catalog)
    source = open_source(path, catalog=catalog, instrument="BTC-USDT.BINANCE")
    assert len(depths(source)) == 3


def test_an_instrument_that_is_not_in_the_capture_is_refused(
    write_file: WriteFile, catalog: Catalog
) -> None:
    with pytest.raises(DataError, match="of BTCUSDT, not of ETHUSDT"):
        open_source(write_file("s.jsonl", SPOT), catalog=catalog, instrument="ETH-USDT.BINANCE")


def test_an_unknown_symbol_is_told_as_an_unknown_instrument(write_file: WriteFile) -> None:
    text = spot_depth(0, 1, 2, [], [], "QQQUSDT")
    with pytest.raises(UnknownInstrument, match="QQQ-USDT"):
        open_source(write_file("s.jsonl", text), catalog=Catalog())


def test_a_futures_capture_read_as_spot_is_warned_about(
    write_file: WriteFile, catalog: Catalog
) -> None:
    text = snapshot(0, 10, BIDS, ASKS) + futures_depth(1, 11, 11, 10, [], [])
    source = open_source(
        write_file("s.jsonl", text), catalog=catalog, instrument="BTC-USDT.BINANCE"
    )
    assert any(
        "a futures venue, but BTC-USDT.BINANCE is a spot" in each for each in source.warnings
    )


def test_a_recorder_s_slow_clock_is_told(write_file: WriteFile, catalog: Catalog) -> None:
    late = {"e": "depthUpdate", "E": START_MS + 1_250, "s": "BTCUSDT", "U": 11, "u": 11}
    text = snapshot(0, 10, BIDS, ASKS) + line(0, {**late, "b": [], "a": []})
    source = open_source(write_file("s.jsonl", text), catalog=catalog)
    assert any("behind the venue's by up to 1,250 ms" in each for each in source.warnings)


@pytest.mark.parametrize(
    ("bad", "what", "number"),
    [
        (f'{START_MS + 900}000000 {{"stream": \n', "the message cannot be read", 6),
        (f"{START_MS}000000 {{}}\n", "receive time steps back", 6),
        ("yesterday {}\n", "the line begins with b'yesterday {}'", 6),
    ],
)
def test_a_broken_line_is_named(
    bad: str, what: str, number: int, write_file: WriteFile, catalog: Catalog
) -> None:
    source = open_capture([write_file("s.jsonl", SPOT)], catalog, instrument="BTC-USDT.BINANCE")
    source.path.write_text(SPOT + bad)
    with pytest.raises(DataError, match=what) as caught:
        list(source.events())
    assert (caught.value.line, caught.value.file) == (number, str(source.path))


def test_a_capture_cut_short_is_an_error(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "s.jsonl.gz"
    path.write_bytes(gzip.compress(SPOT.encode()))
    source = open_source(path, catalog=catalog)
    path.write_bytes(gzip.compress(SPOT.encode())[:-12])
    with pytest.raises(DataError, match="cut short"):
        list(source.events())


def test_only_captures_are_taken_for_captures(write_file: WriteFile, tmp_path: Path) -> None:
    assert is_capture(write_file("s.jsonl.gz", SPOT))
    assert not is_capture(write_file("bars.csv", "datetime,open,high,low,close\n"))
    assert not is_capture(tmp_path / "missing")


def test_another_venue_s_capture_is_refused(write_file: WriteFile, catalog: Catalog) -> None:
    text = f'{START_MS // 1000}.5: {{"arg":{{"channel":"books"}},"data":[]}}\n'
    with pytest.raises(DataError, match="expected a message of Binance's streams"):
        open_source(write_file("okx.txt", text), catalog=catalog)


def test_a_capture_layout_on_another_file_is_refused(
    write_file: WriteFile, catalog: Catalog
) -> None:
    with pytest.raises(DataError, match="no capture"):
        open_source(
            write_file("bars.csv", "datetime,open\n1,2\n"), catalog=catalog, profile="binance-ws"
        )


def test_a_table_layout_on_a_capture_is_refused(write_file: WriteFile, catalog: Catalog) -> None:
    with pytest.raises(ConfigError, match="binance-ws"):
        open_source(write_file("s.jsonl", SPOT), catalog=catalog, profile="wt-bar")


# ---- as any other data file


def test_a_capture_is_described_and_converted_like_any_file(
    write_file: WriteFile, tmp_path: Path, catalog: Catalog
) -> None:
    path = write_file("s.jsonl", SPOT + spot_depth(300, 15, 16, [], []))
    info = describe(path, catalog)
    assert (info.rows, info.kind, info.profile) == (3, "depth", "binance-ws")
    assert any("depth messages are missing" in each for each in info.warnings)
    assert convert(path, tmp_path / "s.avc", catalog) == 3
    again = open_source(tmp_path / "s.avc", catalog=catalog)
    assert [top(each) for each in depths(again)][-1] == (100.0, 3.0, 101.5, 4.0)


def test_a_layout_says_how_many_levels_there_are(write_file: WriteFile, catalog: Catalog) -> None:
    from msgspec.structs import replace

    layout = replace(get_profile("binance-ws"), levels=1)
    source = open_source(write_file("s.jsonl", SPOT), catalog=catalog, profile=layout)
    assert isinstance(source, CaptureSource)
    assert {len(each.bid_prices) for each in depths(source)} == {1}


def test_the_book_is_checked_against_the_best_prices_sent(write_file: WriteFile) -> None:
    text = (
        SPOT
        + spot_ticker(210, 13, ("100.00", "3.0"), ("101.50", "4.0"))
        + spot_depth(300, 14, 14, [("100.50", "1")], [])
        + spot_ticker(310, 14, ("100.50", "2"), ("101.50", "4.0"))
        + spot_ticker(320, 15, ("100.50", "2"), ("101.50", "4.0"))
        + frame(330, "btcusdt@depth5", {"lastUpdateId": 14, "bids": [["100.50", "1"]], "asks": []})
    )
    check = cross_check(write_file("s.jsonl", text), "BTCUSDT")
    assert (check.compared, check.agreed, check.prices_agreed) == (2, 1, 2)
    assert (check.partial_compared, check.partial_agreed) == (1, 0)
    assert (check.changes, check.snapshots, check.gaps) == (3, 1, ())
