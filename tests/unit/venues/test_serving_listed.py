"""What a wire shows of an exchange that lists several venues' instruments."""

from anyvenue.model.ids import InstrumentId
from anyvenue.reference.catalog import Catalog
from anyvenue.venues.serving.listed import own_instruments

CATALOG = Catalog()
BINANCE, OKX, BACKPACK = (
    CATALOG.get(InstrumentId(each))
    for each in ("BTC-USDT.BINANCE", "BTC-USDT.OKX", "BTC-USDC.BACKPACK")
)


def test_each_wire_shows_the_instruments_of_its_venue() -> None:
    every = [BINANCE, OKX, BACKPACK]
    assert own_instruments(every, "BINANCE") == [BINANCE]
    assert own_instruments(every, "OKX") == [OKX]
    assert own_instruments(every, "BACKPACK") == [BACKPACK]


def test_where_only_others_are_listed_those_are_shown() -> None:
    assert own_instruments([OKX, BACKPACK], "BINANCE") == [OKX, BACKPACK]
