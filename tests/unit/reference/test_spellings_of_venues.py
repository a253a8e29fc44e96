"""Each venue's own way to write a symbol leads back to the instrument, and no exchange is ever guessed."""

import pytest

from anyvenue.model.errors import AmbiguousInstrument, UnknownInstrument
from anyvenue.model.ids import InstrumentId
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.crypto import CRYPTO_EXCHANGES, crypto_symbols
from anyvenue.reference.resolver import exchange_named, resolve_listed

CATALOG = Catalog(20260915)


@pytest.mark.parametrize("exchange", CRYPTO_EXCHANGES)
def test_everything_an_exchange_lists_is_found_by_its_own_spelling(exchange: str) -> None:
    symbols = crypto_symbols(exchange, CATALOG.date)
    assert symbols
    for symbol in symbols:
        unit = CATALOG.get(f"{symbol}.{exchange}")
        others = [f"{exchange}:{symbol}", f"{exchange.lower()}.{symbol.lower()}", unit.id]
        if "-" not in symbol.partition("-")[2] or exchange == "OKX":
            others.append(f"{exchange}:{unit.venue_symbol}")
        for text in others:
            assert CATALOG.resolve(text) is unit, text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("eth-usdt-swap", "ETH-USDT-PERP.OKX"),
        ("eth_usdc_perp", "ETH-USDC-PERP.BACKPACK"),
        ("btcusdt_260925", "BTC-USDT-20260925.BINANCE"),
        ("tBTCUST", "BTC-USDT.BITFINEX"),
        ("tETHUSD", "ETH-USD.BITFINEX"),
    ],
)
def test_a_spelling_that_one_venue_has_is_that_venues_in_any_case(text: str, expected: str) -> None:
    assert CATALOG.resolve(text).id == expected


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("okx:btc", ["BTC-USDT.OKX", "BTC-USDT-PERP.OKX"]),
        ("BACKPACK:SOL", ["SOL-USDC.BACKPACK", "SOL-USDC-PERP.BACKPACK"]),
        ("BINANCE.eth", ["ETH-USDT.BINANCE", "ETH-USDT-PERP.BINANCE"]),
    ],
)
def test_a_coin_alone_is_its_spot_pair_or_its_perpetual(text: str, candidates: list[str]) -> None:
    with pytest.raises(AmbiguousInstrument) as caught:
        CATALOG.resolve(text)
    assert caught.value.candidates == candidates


def test_a_coin_without_an_exchange_names_all_that_have_it_but_a_share_stays_a_share() -> None:
    with pytest.raises(AmbiguousInstrument, match=r"BTC-USDT-PERP\.OKX"):
        CATALOG.resolve("btc")
    assert CATALOG.resolve("BTC").id == "BTC.US"
    assert CATALOG.resolve("rb").id == "rb.SHFE"


@pytest.mark.parametrize(
    "text", ["KUCOIN:BTC-USDT", "BTC-USDT.KUCOIN", "kucoin.btc", "okxx:BTC-USDT", "bp:SOL_USDC"]
)
def test_an_exchange_that_is_not_known_is_nobody_elses(text: str) -> None:
    with pytest.raises(UnknownInstrument):
        CATALOG.resolve(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [("okx", "OKX"), (" OKEx", "OKX"), ("binance", "BINANCE"), ("huobi", "HTX"), ("shf", "SHFE")],
)
def test_an_exchange_goes_by_its_names(text: str, name: str) -> None:
    assert exchange_named(text) == name


@pytest.mark.parametrize("text", ["kucoin", "o", "bp", "back", "okx2", "coinbase", ""])
def test_no_exchange_is_guessed_from_a_part_of_a_name(text: str) -> None:
    with pytest.raises(UnknownInstrument, match="there is no exchange"):
        exchange_named(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ETH/USDT", "ETH-USDT.OKX"),
        ("ETHUSDT", "ETH-USDT.OKX"),
        ("ETH-USDT-SWAP", "ETH-USDT-PERP.OKX"),
        ("okx:ETH-USDT-SWAP", "ETH-USDT-PERP.OKX"),
        ("SHFE.rb2701", "rb2701.SHFE"),
        ("RB2701", "rb2701.SHFE"),
        ("", None),
        ("ETH_USDC_PERP", None),
        ("rb2705", None),
    ],
)
def test_among_what_a_venue_lists_every_spelling_leads_to_the_one(
    text: str, expected: str | None
) -> None:
    names = ("ETH-USDT.OKX", "ETH-USDT-PERP.OKX", "rb2701.SHFE")
    listed = {InstrumentId(name): CATALOG.get(name) for name in names}
    found = resolve_listed(CATALOG, text, listed)
    assert (found and found.id) == expected
