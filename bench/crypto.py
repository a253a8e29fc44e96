"""Measure Binance from the client's side: depth updates, tickers, an order's way to the socket, and what import costs.

Reads a recorded capture of USD-M (`--capture`, by default the one beside the repository); with `--ccxt PYTHON`, an
interpreter that has ccxt, the same frames go through ccxt.pro in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import statistics
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))
CAPTURE = HERE.parents[1] / "shared/data/crypto_ws/binance_usdm_btcusdt_20240808.jsonl.gz"
IMPORT = (
    "import time, resource; c = time.process_time(); t = time.perf_counter()\n"
    "import anyvenue.venues.{0}.driver\n"
    "{1}"
    "print(time.perf_counter() - t, time.process_time() - c,"
    " resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
)
PEM = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
-----END PRIVATE KEY-----
"""


MADE = (
    "from anyvenue.venues.binance.config import BinanceConfig\n"
    "anyvenue.venues.binance.driver.BinanceDriver(BinanceConfig())\n"
)


def imported(venue: str, more: str, rounds: int) -> str:
    """Return what importing a driver costs, with `more` after it."""
    runs = []
    for _ in range(rounds):
        command = [sys.executable, "-c", IMPORT.format(venue, more)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        runs.append([float(part) for part in done.stdout.split()])
    wall, cpu, peak = (statistics.median(column) for column in zip(*runs, strict=True))
    return f"{wall * 1000:12.0f} ms ({cpu * 1000:.0f} ms CPU), {peak:.0f} MB in all"


def frames(path: Path) -> tuple[bytes, list[bytes], list[bytes]]:
    """Return the last snapshot, the depth messages and the tickers, as they come over a stream."""
    snapshot, depths, tickers = b"", list[bytes](), list[bytes]()
    with gzip.open(path) as lines:
        for line in lines:
            text = line.partition(b" ")[2].strip()
            if text.startswith(b'{"lastUpdateId"'):
                snapshot = text
            elif b'"depthUpdate"' in text[:80]:
                depths.append(text[text.index(b'"data":') + 7 : -1])
            elif b'"bookTicker"' in text[:80]:
                tickers.append(text[text.index(b'"data":') + 7 : -1])
    return snapshot, depths, tickers


def depth_rate(snapshot: bytes, depths: list[bytes]) -> tuple[float, list[float]]:
    """Return depth updates a CPU second: decoded, checked for their sequence, applied, best prices read."""
    import msgspec

    from anyvenue.venues.binance.books import BookSync
    from anyvenue.venues.binance.parse import decode_market
    from anyvenue.venues.binance.wire import DepthUpdate
    from anyvenue.venues.binance.wire_rest import DepthReply
    from anyvenue.venues.tracking.ladder import Outcome

    reply = msgspec.json.decode(snapshot, type=DepthReply[float], strict=False)
    book = BookSync()
    book.begin(reply.last_update_id, reply.bids, reply.asks)
    bids, asks = book.bids, book.asks
    began = time.process_time()
    for frame in depths:
        update = decode_market(frame)
        assert isinstance(update, DepthUpdate)
        assert book.take(update) is not Outcome.GAP
        bids.best(), asks.best()
    took = time.process_time() - began
    return len(depths) / took, [bids.best()[0], asks.best()[0], book.last]


def ticker_rate(tickers: list[bytes]) -> float:
    """Return tickers made into quotes a CPU second."""
    from anyvenue.model.ids import make_instrument_id
    from anyvenue.venues.binance.parse import decode_market, parse_futures_book_ticker

    name = make_instrument_id("BTC-USDT-PERP", "BINANCE")
    began = time.process_time()
    for frame in tickers:
        parse_futures_book_ticker(decode_market(frame), name, 1)  # type: ignore[arg-type]
    return len(tickers) / (time.process_time() - began)


async def order_cost(secret: str, orders: int) -> float:
    """Return the CPU microseconds from `submit` to the frame in the transport's hands."""
    from anyvenue.model.commands import SubmitOrder
    from anyvenue.model.enums import Side, TimeInForce
    from anyvenue.model.ids import AccountId, OrderId, make_instrument_id
    from anyvenue.model.orders import OrderRequest
    from binance_script import NOW, Script, ScriptedSocket

    written = 0

    async def send(socket: ScriptedSocket, frame: bytes) -> None:
        nonlocal written
        written += 1

    script = Script("usdm", secret=secret, timeout_s=60.0)
    script.now = time.time_ns  # type: ignore[method-assign]
    name = make_instrument_id("BTC-USDT-PERP", "BINANCE")
    async with script:
        ScriptedSocket.send, kept = send, ScriptedSocket.send  # type: ignore[method-assign,assignment]
        began = time.process_time()
        for number in range(orders):
            request = OrderRequest(
                AccountId("main"),
                name,
                Side.BUY,
                Decimal("0.001"),
                Decimal("60000.1"),
                time_in_force=TimeInForce.GTC,
            )
            script.driver.submit(SubmitOrder(OrderId(211_500_000_000 + number), request, NOW))
            while written <= number:
                await asyncio.sleep(0)
        took = time.process_time() - began
        ScriptedSocket.send = kept  # type: ignore[method-assign]
    return took / orders * 1e6


def main() -> None:
    """Measure and print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--capture", type=Path, default=CAPTURE)
    options.add_argument("--ccxt", help="an interpreter that has ccxt")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--orders", type=int, default=3000)
    given = options.parse_args()
    if not given.capture.exists():
        sys.exit(f"there is no capture at {given.capture}: name one with --capture")
    # First: a child's peak memory starts at what its parent holds.
    bare, made = (imported("binance", more, given.rounds) for more in ("", MADE))
    snapshot, depths, tickers = frames(given.capture)
    ours, theirs = list[float](), list[dict[str, float]]()
    for _ in range(given.rounds):
        rate, best = depth_rate(snapshot, depths)
        ours.append(rate)
        if given.ccxt:
            command = [given.ccxt, str(HERE / "_peer_ccxt.py"), str(given.capture)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            theirs.append(json.loads(done.stdout.splitlines()[-1]))
    depth = statistics.median(ours)
    quotes = statistics.median(ticker_rate(tickers) for _ in range(given.rounds))
    levels = sum(frame.count(b'","') for frame in depths) / len(depths)
    print(f"{len(depths)} depth messages of {levels:.0f} levels, {len(tickers)} tickers")
    print(f"depth updates/s   {depth:12,.0f}   book ends at {best}")
    print(f"ticker to Quote/s {quotes:12,.0f}")
    for kind, secret in (("HMAC", "s" * 64), ("Ed25519", PEM)):
        cost = asyncio.run(order_cost(secret, given.orders))
        print(f"submit to socket  {cost:12.1f} us CPU, {kind}")
    print(f"import            {bare}")
    print(f"and make a driver {made}")
    if theirs:
        print(
            f"ccxt {theirs[0]['version']}: book ends at {theirs[0]['best']}, {theirs[0]['nonce']}"
        )
        for what, mine in (("depths_per_s", depth), ("tickers_per_s", quotes)):
            other = statistics.median(each[what] for each in theirs)
            print(f"  {what:14} {other:10,.0f}   ours {mine / other:.1f} x")
        print(f"  import {theirs[0]['import_s']:.2f} s CPU, {theirs[0]['import_mb']:.0f} MB")


if __name__ == "__main__":
    main()
