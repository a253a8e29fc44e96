"""Recorded captures of Binance's streams: nothing is missing, and the book is what the venue showed."""

from pathlib import Path

import pytest

from anyvenue.data.captures import CaptureSource, cross_check, open_capture
from anyvenue.data.captures.binance import messages
from anyvenue.data.captures.building import BookBuilder
from anyvenue.data.captures.lines import read_lines
from anyvenue.model.errors import DataError
from anyvenue.model.market import Depth
from anyvenue.reference.catalog import Catalog

CM = ("binance_cm_btcusd_perp_20240808.jsonl.gz", "binance_cm_btcusd_perp_20240809.jsonl.gz")
FILES = (
    ("BTC-USDT-PERP.BINANCE", ("binance_usdm_btcusdt_20240808.jsonl.gz",), 6545),
    ("BTC-USDT.BINANCE", ("binance_spot_btcusdt_20240808.jsonl.gz",), 3449),
    ("ETH-USDT.BINANCE", ("binance_spot_ethusdt_20240808.jsonl.gz",), 3432),
    ("BTC-USD-PERP.BINANCE", CM, 44770),
)


def opened(folder: Path, names: tuple[str, ...]) -> CaptureSource:
    return open_capture([folder / "crypto_ws" / name for name in names], Catalog(20240808))


@pytest.mark.parametrize(("instrument", "names", "states"), FILES)
def test_the_book_agrees_with_every_best_price_the_venue_sent(
    instrument: str, names: tuple[str, ...], states: int, shared_data: Path
) -> None:
    source = opened(shared_data, names)
    assert source.instrument.id == instrument
    check = cross_check(source.paths, source.symbol)
    assert check.gaps == ()
    assert (check.snapshots, check.compared, check.agreed) == (1, states, states)


@pytest.mark.parametrize("names", [FILES[1][1], FILES[2][1]])
def test_best_prices_taken_early_do_not_change_what_the_changes_say(
    names: tuple[str, ...], shared_data: Path
) -> None:
    source = opened(shared_data, names)
    instrument, hours = source.instrument, source.sessions
    plain, early = (BookBuilder(instrument, hours, 10, tickers) for tickers in (False, True))
    compared = differing = 0
    for line, message in messages(read_lines(source.paths), source.symbol):
        ours, theirs = plain.take(line, message), early.take(line, message)
        if ours is not None and theirs is not None and not early.ahead:
            compared += 1
            differing += _levels(ours) != _levels(theirs)
    assert compared > 1000
    assert differing == 0


def _levels(depth: Depth) -> tuple[tuple[float, ...], ...]:
    return depth.bid_prices, depth.bid_sizes, depth.ask_prices, depth.ask_sizes


def test_a_capture_that_goes_on_in_a_second_file_needs_the_first(shared_data: Path) -> None:
    second = opened(shared_data, CM[1:])
    with pytest.raises(DataError, match="without a snapshot of BTCUSD_PERP's book"):
        list(second.events())


def test_snapshots_come_in_order_and_are_never_crossed(shared_data: Path) -> None:
    last = count = 0
    for event in opened(shared_data, FILES[0][1]).events():
        assert isinstance(event, Depth)
        assert event.ts_recv >= last
        assert event.bid < event.ask
        last, count = event.ts_recv, count + 1
    assert count == 71_499
