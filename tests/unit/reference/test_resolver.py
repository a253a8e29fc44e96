"""What people type, and what they mean by it."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.errors import AmbiguousInstrument, UnknownInstrument
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import NETTED, Instrument
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.catalog import Catalog


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    found = Catalog()
    for symbol, exchange, venue_symbol in (
        ("BTC-USDT", "BINANCE", "BTCUSDT"),
        ("ETH-USDT-PERP", "OKX", "ETH-USDT-SWAP"),
        ("DOGE-USDT", "BINANCE", "DOGEUSDT"),
        ("DOGE-USDT", "OKX", "DOGE-USDT"),
    ):
        found.add(
            Instrument(
                id=make_instrument_id(symbol, exchange),
                kind=InstrumentKind.SPOT,
                currency="USDT",
                price_step=FixedStep(Decimal("0.01")),
                lot=LotRule(),
                position_rule=NETTED,
                sessions="always",
                venue_symbol=venue_symbol,
            )
        )
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rb2701", "rb2701.SHFE"),
        (" rb2701 ", "rb2701.SHFE"),
        ("SHFE.rb2701", "rb2701.SHFE"),
        ("rb2701.SHFE", "rb2701.SHFE"),
        ("RB2701", "rb2701.SHFE"),
        ("rb2701.SHF", "rb2701.SHFE"),
        ("RB2701.XSGE", "rb2701.SHFE"),
        ("shfe.RB2701", "rb2701.SHFE"),
        ("IF2101", "IF2101.CFFEX"),
        ("if2609", "IF2609.CFFEX"),
        ("IF2609.CFX", "IF2609.CFFEX"),
        ("FG701", "FG701.CZCE"),
        ("fg701", "FG701.CZCE"),
        ("FG2701", "FG701.CZCE"),
        ("SR701.ZCE", "SR701.CZCE"),
        ("l2612F", "l2612F.DCE"),
        ("L2612F", "l2612F.DCE"),
        ("rb", "rb.SHFE"),
        ("rb888", "rb.SHFE"),
        ("rb.HOT", "rb.SHFE"),
        ("SHFE.rb.HOT", "rb.SHFE"),
        ("RB9999.XSGE", "rb.SHFE"),
        ("KQ.m@SHFE.rb", "rb.SHFE"),
        ("600519", "600519.SSE"),
        ("sh600519", "600519.SSE"),
        ("SH.600519", "600519.SSE"),
        ("600519.SH", "600519.SSE"),
        ("600519.XSHG", "600519.SSE"),
        ("000001", "000001.SZSE"),
        ("sz000001", "000001.SZSE"),
        ("300750.SZ", "300750.SZSE"),
        ("510300", "510300.SSE"),
        ("159915", "159915.SZSE"),
        ("00700", "00700.HK"),
        ("HK.00700", "00700.HK"),
        ("hk00700", "00700.HK"),
        ("700.HK", "00700.HK"),
        ("AAPL", "AAPL.US"),
        ("US.AAPL", "AAPL.US"),
        ("us.aapl", "AAPL.US"),
        ("AAPL.NASDAQ", "AAPL.US"),
        ("BRK.B", "BRK.B.US"),
        ("US.BRK.B", "BRK.B.US"),
        ("BTC/USDT", "BTC-USDT.BINANCE"),
        ("BTCUSDT", "BTC-USDT.BINANCE"),
        ("btcusdt", "BTC-USDT.BINANCE"),
        ("ETH-USDT-SWAP", "ETH-USDT-PERP.OKX"),
        ("BINANCE.DOGE-USDT", "DOGE-USDT.BINANCE"),
    ],
)
def test_it_means(catalog: Catalog, text: str, expected: str) -> None:
    assert catalog.resolve(text).id == expected


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("IF", ["IF.CFFEX", "IF.US"]),
        ("AU", ["au.SHFE", "AU.US"]),
        ("DOGE/USDT", ["DOGE-USDT.BINANCE", "DOGE-USDT.OKX"]),
    ],
)
def test_what_may_mean_two_things_is_refused_with_both(
    catalog: Catalog, text: str, candidates: list[str]
) -> None:
    with pytest.raises(AmbiguousInstrument, match="write the one you mean") as caught:
        catalog.resolve(text)
    assert caught.value.candidates == candidates


@pytest.mark.parametrize(
    "text", ["700", "aapl", "toolong", "999999", "rb2713", "SHFE.rb2713", "600519.SZ", "", "."]
)
def test_what_means_nothing_is_refused(catalog: Catalog, text: str) -> None:
    with pytest.raises(UnknownInstrument, match="there is no instrument"):
        catalog.resolve(text)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("rb2713", "rb2701.SHFE"),
        ("SHFE.rb2713", "rb2701.SHFE"),
        ("BTC-USDTT.BINANCE", "BTC-USDT.BINANCE"),
    ],
)
def test_suggestions_are_near(catalog: Catalog, text: str, suggestion: str) -> None:
    with pytest.raises(UnknownInstrument) as caught:
        catalog.resolve(text)
    assert suggestion in caught.value.suggestions
    assert suggestion in str(caught.value)


def test_every_listed_contract_is_found_by_its_symbol_in_any_case(catalog: Catalog) -> None:
    for product in catalog.products():
        for instrument in catalog.listed(product.id):
            assert catalog.resolve(instrument.symbol) is instrument
            assert catalog.resolve(instrument.symbol.upper()) is instrument
            assert catalog.resolve(instrument.symbol.lower()) is instrument
