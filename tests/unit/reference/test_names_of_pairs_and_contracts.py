"""What people type for pairs, options, spreads and bonds, and what they mean by it."""

import pytest

from anyvenue.model.errors import AmbiguousInstrument, UnknownInstrument
from anyvenue.reference.catalog import Catalog


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog(20260915)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BINANCE:BTCUSDT", "BTC-USDT.BINANCE"),
        ("BTCUSDT.BINANCE", "BTC-USDT.BINANCE"),
        ("OKX.BTC-USDT", "BTC-USDT.OKX"),
        ("OKEX:btc-usdt", "BTC-USDT.OKX"),
        ("HTX:btcusdt", "BTC-USDT.HTX"),
        ("BITFINEX:tBTCUST", "BTC-USDT.BITFINEX"),
        ("LTC/BTC", "LTC-BTC.BINANCE"),
        ("BTC-USDT-SWAP", "BTC-USDT-PERP.OKX"),
        ("BTC_USDC_PERP", "BTC-USDC-PERP.BACKPACK"),
        ("BTCUSD_PERP", "BTC-USD-PERP.BINANCE"),
        ("BINANCE:BTC/USDT:USDT", "BTC-USDT-PERP.BINANCE"),
        ("OKX:BTC/USD:BTC", "BTC-USD-PERP.OKX"),
        ("BINANCE:BTCUSDT.P", "BTC-USDT-PERP.BINANCE"),
        ("AVAX/USDT:USDT", "AVAX-USDT-PERP.BINANCE"),
        ("BTCUSDT_260925", "BTC-USDT-20260925.BINANCE"),
        ("BTC-USDT-20260925", "BTC-USDT-20260925.BINANCE"),
        ("BTC-USD-260925", "BTC-USD-20260925.OKX"),
        ("BTC/USDT:USDT-260925", "BTC-USDT-20260925.BINANCE"),
        ("EURUSD", "EURUSD.FX"),
        ("eurusd", "EURUSD.FX"),
        ("EUR/USD", "EURUSD.FX"),
        ("EUR.USD", "EURUSD.FX"),
        ("EUR-USD", "EURUSD.FX"),
        ("OANDA:EURUSD", "EURUSD.FX"),
        ("XAUUSD", "XAUUSD.FX"),
        ("m2611-c-3000", "m2611-C-3000.DCE"),
        ("M2611-C-3000", "m2611-C-3000.DCE"),
        ("DCE.m2611-C-3000", "m2611-C-3000.DCE"),
        ("C2611-P-2300", "c2611-P-2300.DCE"),
        ("SR2611C6000.ZCE", "SR611C6000.CZCE"),
        ("sr611c6000", "SR611C6000.CZCE"),
        ("io2612-c-4000", "IO2612-C-4000.CFFEX"),
        ("SHFE.cu2611c80000", "cu2611C80000.SHFE"),
        ("510050C2609M03000", "510050C2609M03000.SSE"),
        ("AAPL260918C00230000", "AAPL260918C00230000.US"),
        ("AAPL  260918C00230000", "AAPL260918C00230000.US"),
        ("SP m2611&m2701", "SP m2611&m2701.DCE"),
        ("m2611&m2701", "SP m2611&m2701.DCE"),
        ("CZCE.IPS SF611&SM611", "IPS SF611&SM611.CZCE"),
        ("019742", "019742.SSE"),
        ("sh113050", "113050.SSE"),
        ("123107.SZ", "123107.SZSE"),
    ],
)
def test_a_text_finds_its_instrument(catalog: Catalog, text: str, expected: str) -> None:
    assert catalog.resolve(text).id == expected


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("BTC/USDT", ["BTC-USDT.BINANCE", "BTC-USDT.OKX"]),
        ("BTCUSDT", ["BTC-USDT.BINANCE", "BTC-USDT.HTX"]),
        ("BTC-USDT-PERP", ["BTC-USDT-PERP.BINANCE", "BTC-USDT-PERP.OKX"]),
        ("BTC/USDT:USDT", ["BTC-USDT-PERP.BINANCE", "BTC-USDT-PERP.OKX"]),
    ],
)
def test_a_pair_of_several_exchanges_is_not_chosen_among(
    catalog: Catalog, text: str, some: list[str]
) -> None:
    with pytest.raises(AmbiguousInstrument) as caught:
        catalog.resolve(text)
    assert set(some) <= set(caught.value.candidates)


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("BTC-USDTT.BINANCE", "BTC-USDT.BINANCE"),
        ("OKX:BTC-USDTT-SWAP", "BTC-USDT-PERP.OKX"),
        ("EURUSDD", "EURUSD.FX"),
    ],
)
def test_what_is_nearly_a_pair_is_refused_with_the_pair(
    catalog: Catalog, text: str, suggested: str
) -> None:
    with pytest.raises(UnknownInstrument) as caught:
        catalog.resolve(text)
    assert suggested in caught.value.suggestions


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("比特币", "BTC-USDT.BINANCE"),
        ("Bitcoin", "BTC-USD-PERP.OKX"),
        ("欧元/美元", "EURUSD.FX"),
        ("usdjpy", "USDJPY.FX"),
    ],
)
def test_pairs_are_found_by_name_in_both_languages(catalog: Catalog, text: str, found: str) -> None:
    assert found in [each.id for each in catalog.search(text)]
