"""Recorded OKX traffic: a capture of 2022 and messages that other projects keep for their tests."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec

from anyvenue.venues.okx.wire_rest import InstrumentRow, Reply


def frames(data: Path) -> list[bytes]:
    """Return every frame that was received, in order."""
    path = data / "crypto_ws" / "cryptofeed_OKX.ws.1.0.txt.gz"
    lines = gzip.decompress(path.read_bytes()).splitlines()
    return [line.split(b": ", 1)[1] for line in lines if line[:1].isdigit()]


def instrument_rows(data: Path) -> Iterator[InstrumentRow]:
    """Yield every row of the five rounds of instrument lists."""
    path = data / "crypto_ws" / "cryptofeed_OKX.0.txt.gz"
    for line in gzip.decompress(path.read_bytes()).splitlines():
        if b" -> " in line:
            body = line.split(b" -> ", 1)[1].split(b": ", 1)[1]
            yield from msgspec.json.decode(body, type=Reply[InstrumentRow]).data


def fixtures(data: Path) -> dict[str, object]:
    """Return messages by the name of their file, without its ending."""
    path = data / "crypto_fixtures" / "nautilus_okx_json.json.gz"
    found = json.loads(gzip.decompress(path.read_bytes()))
    return {name.rpartition("/")[2].removesuffix(".json"): value for name, value in found.items()}


def raw_messages(data: Path) -> list[dict[str, object]]:
    """Return frames of OKX that an archive of raw data has in its tests, those before version 5 among them."""
    path = data / "crypto_fixtures" / "tardis_raw_ws_messages.json.gz"
    found = json.loads(gzip.decompress(path.read_bytes()))
    names = ("okex", "okex-futures", "okex-swap", "okex-options")
    return [each for name in names for each in found[name]]
