"""The ccxt side of `crypto_venues.py`: OKX's frames, parsed and applied as ccxt.pro does; prints one JSON object."""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
import time
from pathlib import Path

from _peer_ccxt import Client, market_of


async def main(folder: str, laps: int) -> None:
    """Measure `laps` times and print the medians."""
    import ccxt.pro

    path = Path(folder) / "cryptofeed_OKX.ws.1.0.txt.gz"
    with gzip.open(path, "rt") as lines:
        frames = [line.split(": ", 1)[1] for line in lines if line[:1].isdigit()]
    books = [each for each in frames if '"books"' in each[:40] and '"action"' in each[:120]]
    tickers = [each for each in frames if '"tickers"' in each[:40] and '"data"' in each]
    exchange = ccxt.pro.okx()
    names = ("BTC-USDT", "BTC-USD-220527", "UNI-USD-SWAP")
    exchange.set_markets([market_of(name, f"{name}/X", *name.split("-")[:2]) for name in names])
    client = Client("wss://ws.okx.com:8443/ws/v5/public")
    parse = exchange.parse_json if hasattr(exchange, "parse_json") else json.loads
    took = 0.0
    for _ in range(laps):
        exchange.orderbooks = exchange.create_safe_dictionary()
        for name in names:
            exchange.orderbooks[f"{name}/X"] = exchange.order_book({})
        began = time.process_time()
        for text in books:
            exchange.handle_message(client, parse(text))
        took += time.process_time() - began
    book = exchange.orderbooks["BTC-USDT/X"]
    assert book["bids"][0][0] < book["asks"][0][0]
    began = time.process_time()
    for _ in range(laps):
        for text in tickers:
            exchange.handle_message(client, parse(text))
    ticker_s = time.process_time() - began
    figures = {
        "version": ccxt.__version__,
        "books_per_s": laps * len(books) / took,
        "tickers_per_s": laps * len(tickers) / ticker_s,
    }
    await exchange.close()
    print(json.dumps(figures))


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
