"""The packaged table of volatilities."""

import pytest

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.errors import TableError
from anyvenue.model.ids import make_instrument_id
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.volatility import get_volatility
from builders import perpetual, us_share

CATALOG = Catalog(20260915)


@pytest.mark.parametrize(
    ("instrument", "key", "measured"),
    [
        (CATALOG.get("rb2701.SHFE"), "rb.SHFE", True),
        (CATALOG.get("rb.SHFE"), "rb.SHFE", True),
        (CATALOG.get("AAPL.US"), "AAPL.US", True),
        (us_share(id=make_instrument_id("ZZZ", "US")), "kind:stock", False),
        (CATALOG.get("T2612.CFFEX"), "T.CFFEX", False),
        (CATALOG.get("510050.SSE"), "kind:fund", False),
        (perpetual(base="BTC"), "BTC", True),
        (perpetual(base="ETH"), "kind:perpetual", False),
        (perpetual(kind=InstrumentKind.FX, base="EUR", currency="USD"), "EURUSD", True),
    ],
    ids=lambda each: getattr(each, "id", None),
)
def test_the_nearest_row_is_found(instrument, key, measured) -> None:  # type: ignore[no-untyped-def]
    found = get_volatility(instrument)
    assert (found.key, found.measured) == (key, measured)
    assert 0.0001 < found.per_hour < 0.02


def test_a_year_is_made_of_trading_hours() -> None:
    assert 0.1 < get_volatility(CATALOG.get("rb2701.SHFE")).per_year < 0.25
    assert 0.5 < get_volatility(perpetual(base="BTC")).per_year < 1.0


def test_an_option_has_the_volatility_of_its_underlying_only() -> None:
    with pytest.raises(TableError, match="take that of its underlying"):
        get_volatility(perpetual(kind=InstrumentKind.OPTION, base="ETH"))
