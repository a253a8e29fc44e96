"""Measure OKX and Backpack from the client's side: books with checksums, tickers, an order's way out, and import.

OKX's market data come from a recorded capture (`--capture`, by default the one beside the repository); with `--ccxt
PYTHON`, an interpreter that has ccxt, the same frames go through ccxt.pro in the same run. Of Backpack there is no
capture: its tickers are one message of the venue's documentation with other prices each time.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from crypto import imported

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parents[1] / "shared/data/crypto_ws"
LAPS = 20
SEED = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def okx_frames(folder: Path) -> list[bytes]:
    """Return what OKX sent, in order."""
    path = folder / "cryptofeed_OKX.ws.1.0.txt.gz"
    lines = gzip.decompress(path.read_bytes()).splitlines()
    return [each.split(b": ", 1)[1] for each in lines if each[:1].isdigit()]


def okx_books(frames: list[bytes]) -> tuple[float, int]:
    """Return messages a CPU second, decoded, in sequence, applied, checksums compared, best prices read."""
    from anyvenue.venues.okx.books import BookSync, Outcome
    from anyvenue.venues.okx.pushes import BookPush, decode_frame

    took, matched = 0.0, 0
    for _ in range(LAPS):
        books: dict[str, BookSync] = {}
        began = time.process_time()
        for frame in frames:
            push = decode_frame(frame)
            assert isinstance(push, BookPush)
            book = books.setdefault(push.arg.inst_id, BookSync())
            outcome = book.take(push.data[0], snapshot=push.action == "snapshot")
            matched += outcome is Outcome.APPLIED
            book.bids.best(), book.asks.best()
        took += time.process_time() - began
    return LAPS * len(frames) / took, matched // LAPS


def okx_tickers(frames: list[bytes]) -> float:
    """Return tickers made into quotes a CPU second."""
    from anyvenue.model.ids import make_instrument_id
    from anyvenue.venues.okx.parse import parse_ticker
    from anyvenue.venues.okx.pushes import TickerPush, decode_frame

    name, laps = make_instrument_id("BTC-USDT", "OKX"), LAPS * 100
    began = time.process_time()
    for _ in range(laps):
        for frame in frames:
            push = decode_frame(frame)
            assert isinstance(push, TickerPush)
            parse_ticker(push.data[0], name, 1)
    return laps * len(frames) / (time.process_time() - began)


def okx_best() -> float:
    """Return messages of bbo-tbt made into quotes a CPU second; they are of the venue's documentation."""
    from anyvenue.model.ids import make_instrument_id
    from anyvenue.venues.okx.parse import parse_best
    from anyvenue.venues.okx.pushes import BestPush, decode_frame

    name = make_instrument_id("BTC-USDT", "OKX")
    text = (
        '{"arg":{"channel":"bbo-tbt","instId":"BTC-USDT"},"data":[{"asks":[["8476.%03d","415","0","13"]],'
        '"bids":[["8475.%03d","256","0","12"]],"ts":"1597026383085","checksum":0,"seqId":%d}]}'
    )
    numbers = range(50_000)
    frames = [(text % (each % 999, each % 998, each)).encode() for each in numbers]
    began = time.process_time()
    for frame in frames:
        push = decode_frame(frame)
        assert isinstance(push, BestPush)
        parse_best(push.data[0], name, 1)
    return len(frames) / (time.process_time() - began)


def backpack_tickers() -> float:
    """Return tickers made into quotes a CPU second."""
    from anyvenue.model.ids import make_instrument_id
    from anyvenue.venues.backpack.parse import decode_frame, parse_best
    from anyvenue.venues.backpack.wire import BookTicker

    name = make_instrument_id("SOL-USDC", "BACKPACK")
    text = (
        '{"data":{"A":"1.207","B":"20.5","E":1694687965941000,"T":1694687965940999,"a":"18.%03d","b":"18.%03d",'
        '"e":"bookTicker","s":"SOL_USDC","u":"%d"},"stream":"bookTicker.SOL_USDC"}'
    )
    numbers = range(50_000)
    frames = [(text % (each % 500 + 500, each % 500, each)).encode() for each in numbers]
    began = time.process_time()
    for frame in frames:
        ticker = decode_frame(frame)
        assert isinstance(ticker, BookTicker)
        parse_best(ticker, name, 1)
    return len(frames) / (time.process_time() - began)


class Clock:
    """A clock that goes on by a tenth of a second with every look, so that no limit is ever met."""

    def __init__(self) -> None:
        self._now = time.time_ns()

    def now(self) -> int:
        """Return the time, int ns UTC."""
        self._now += 100_000_000
        return self._now


class Wire:
    """Stands where the network begins: counts what comes out and answers nothing."""

    def __init__(self) -> None:
        self.written = 0
        self.is_up = True

    def send(self, frame: bytes, dropped: Callable[..., None] | None = None) -> None:
        """Take a frame of a WebSocket."""
        self.written += 1

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Any:
        """Take a request of REST."""
        self.written += 1
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is open."""


async def order_cost(
    driver: Any, name: str, wire: Wire, orders: int, ready: Callable[[], None]
) -> float:
    """Return the CPU microseconds from `submit` to the frame or the request in the transport's hands."""
    from anyvenue.model.commands import SubmitOrder
    from anyvenue.model.enums import DriverState, Side, TimeInForce
    from anyvenue.model.ids import AccountId, InstrumentId, OrderId
    from anyvenue.model.orders import OrderRequest

    driver.state = DriverState.READY
    ready()
    began = time.process_time()
    for number in range(orders):
        request = OrderRequest(
            AccountId("main"),
            InstrumentId(name),
            Side.BUY,
            Decimal("0.01"),
            Decimal("100.1"),
            time_in_force=TimeInForce.GTC,
        )
        driver.submit(SubmitOrder(OrderId(211_500_000_000 + number), request, time.time_ns()))
        while wire.written <= number:
            await asyncio.sleep(0)
    return (time.process_time() - began) / orders * 1e6


def okx_order(orders: int) -> dict[str, float]:
    """Return the cost of an order at OKX over a WebSocket and by REST."""
    import msgspec

    from anyvenue.venues.okx.api import OkxCalls
    from anyvenue.venues.okx.config import OkxConfig
    from anyvenue.venues.okx.driver import OkxDriver
    from anyvenue.venues.okx.entry import SocketEntry
    from anyvenue.venues.okx.wire_rest import InstrumentRow

    swap = {
        "instType": "SWAP",
        "instId": "BTC-USDT-SWAP",
        "uly": "BTC-USDT",
        "instFamily": "BTC-USDT",
        "settleCcy": "USDT",
        "ctVal": "0.01",
        "ctMult": "1",
        "ctValCcy": "BTC",
        "tickSz": "0.1",
        "lotSz": "0.01",
        "minSz": "0.01",
        "ctType": "linear",
        "state": "live",
        "instIdCode": 10459,
    }
    found = {}
    for kind in ("WebSocket", "REST, HMAC"):
        wire = Wire()
        config = OkxConfig(api_key="key", secret="s" * 32, passphrase="p", timeout_s=60.0)
        driver = OkxDriver(config, account="main", clock=Clock(), http=wire)  # type: ignore[arg-type]
        driver._listing.take([msgspec.convert(swap, InstrumentRow)])

        def ready(driver: OkxDriver = driver, wire: Wire = wire, kind: str = kind) -> None:
            calls = OkxCalls(driver._rest, wire, 60.0)  # type: ignore[arg-type]
            socket = SocketEntry(driver._rest, calls, driver._rest_entry)
            driver._trading.entry = socket if kind == "WebSocket" else driver._rest_entry

        found[kind] = asyncio.run(order_cost(driver, "BTC-USDT-PERP.OKX", wire, orders, ready))
    return found


def backpack_order(orders: int) -> float:
    """Return the cost of an order at Backpack, which is signed with Ed25519 and goes by REST."""
    import msgspec

    from anyvenue.venues.backpack.config import BackpackConfig
    from anyvenue.venues.backpack.driver import BackpackDriver
    from anyvenue.venues.backpack.wire_rest import MarketRow

    market = {
        "symbol": "SOL_USDC",
        "baseSymbol": "SOL",
        "quoteSymbol": "USDC",
        "marketType": "SPOT",
        "filters": {
            "price": {"minPrice": "0.01", "maxPrice": None, "tickSize": "0.01"},
            "quantity": {"minQuantity": "0.01", "maxQuantity": None, "stepSize": "0.01"},
        },
        "orderBookState": "Open",
    }
    wire = Wire()
    config = BackpackConfig(api_key=SEED, secret=SEED, requests_a_minute=10**9)
    driver = BackpackDriver(config, account="main", clock=Clock(), http=wire)  # type: ignore[arg-type]
    driver._listing.take([msgspec.convert(market, MarketRow)], None)

    def ready() -> None:
        driver._trading.open = True

    return asyncio.run(order_cost(driver, "SOL-USDC.BACKPACK", wire, orders, ready))


def main() -> None:
    """Measure and print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--capture", type=Path, default=FOLDER, help="folder of the captures")
    options.add_argument("--ccxt", help="an interpreter that has ccxt")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--orders", type=int, default=3000)
    given = options.parse_args()
    if not given.capture.exists():
        sys.exit(f"there is no folder {given.capture}: name one with --capture")
    # First: a child's peak memory starts at what its parent holds.
    costs = {venue: imported(venue, "", given.rounds) for venue in ("okx", "backpack")}
    frames = okx_frames(given.capture)
    books = [each for each in frames if b'"books"' in each[:40] and b'"action"' in each[:120]]
    tickers = [each for each in frames if b'"tickers"' in each[:40] and b'"data"' in each]
    rates = [okx_books(books) for _ in range(given.rounds)]
    book_rate = statistics.median(rate for rate, _ in rates)
    # Since 2026 the venue writes 0, and ccxt looks at none.
    bare = [re.sub(rb'"checksum":-?\d+', b'"checksum":0', each) for each in books]
    bare_rate = statistics.median(okx_books(bare)[0] for _ in range(given.rounds))
    quotes = statistics.median(okx_tickers(tickers) for _ in range(given.rounds))
    best = statistics.median(okx_best() for _ in range(given.rounds))
    print(
        f"OKX: {len(books)} messages of books, {rates[0][1]} checksums matched; {len(tickers)} tickers"
    )
    print(f"  books/s           {book_rate:12,.0f}   without checksums {bare_rate:,.0f}")
    print(
        f"  ticker to Quote/s {quotes:12,.0f}   of bbo-tbt, which the driver asks for: {best:,.0f}"
    )
    for kind, cost in okx_order(given.orders).items():
        print(f"  submit, {kind:10}{cost:12.1f} us CPU")
    print(f"  import            {costs['okx']}")
    print("Backpack:")
    rate = statistics.median(backpack_tickers() for _ in range(given.rounds))
    print(f"  ticker to Quote/s {rate:12,.0f}")
    print(f"  submit, REST, Ed25519 {backpack_order(given.orders):8.1f} us CPU")
    print(f"  import            {costs['backpack']}")
    if given.ccxt:
        command = [given.ccxt, str(HERE / "_peer_ccxt_okx.py"), str(given.capture), str(LAPS)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        theirs = json.loads(done.stdout.splitlines()[-1])
        print(f"ccxt {theirs['version']}, OKX:")
        for what, mine in (("books_per_s", bare_rate), ("tickers_per_s", quotes)):
            print(f"  {what:14} {theirs[what]:10,.0f}   ours {mine / theirs[what]:.1f} x")


if __name__ == "__main__":
    main()
