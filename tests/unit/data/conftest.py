"""Small files of every layout, made here so that the tests run where no recorded data is present."""

import gzip
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import NETTED, Instrument
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.catalog import Catalog

WriteFile = Callable[[str, str], Path]


def make_fx(symbol: str) -> Instrument:
    """Return an FX pair as a user would configure it."""
    return Instrument(
        id=make_instrument_id(symbol, "FX"),
        kind=InstrumentKind.FX,
        currency=symbol[3:],
        price_step=FixedStep(Decimal("0.00001")),
        lot=LotRule(),
        position_rule=NETTED,
        sessions="always",
    )


@pytest.fixture
def catalog() -> Catalog:
    """Return the instruments as of the first day of 2021, with some FX pairs added."""
    catalog = Catalog(20210101)
    for symbol in ("EURUSD", "NZDUSD", "GBPUSD", "USDJPY", "XAUUSD"):
        catalog.add(make_fx(symbol))
    return catalog


@pytest.fixture
def write_file(tmp_path: Path) -> WriteFile:
    """Return a function that writes a text under a name, gzipped where the name says so."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        data = text.encode()
        path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
        return path

    return write
