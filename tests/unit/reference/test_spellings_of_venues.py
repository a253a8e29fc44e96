"""Each venue's own way to write a symbol leads back to the instrument, and no exchange is ever guessed."""

import pytest
from msgspec.structs import replace

from anyvenue.model.errors import AmbiguousInstrument, UnknownInstrument
from anyvenue.model.ids import InstrumentId, make_instrument_id
from anyvenue.model.instruments import Instrument
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.crypto import CRYPTO_EXCHANGES, crypto_symbols, venue_symbol
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
        ("tBTCF0:USTF0", "BTC-USDT-PERP.BITFINEX"),
        ("BITFINEX:ETHF0:USTF0", "ETH-USDT-PERP.BITFINEX"),
        ("HTX:btcusdt", "BTC-USDT.HTX"),
        ("HTX:BTC-USDT", "BTC-USDT.HTX"),
        ("htx:BTC/USDT:USDT", "BTC-USDT-PERP.HTX"),
        ("huobi:ETH-USDT-SWAP", "ETH-USDT-PERP.HTX"),
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


@pytest.mark.parametrize(
    ("base", "quote", "kind", "written"),
    [
        ("LINK", "USDT", "spot", "tLINK:UST"),
        ("DOGE", "USD", "spot", "tDOGE:USD"),
        ("XRP", "USD", "spot", "tXRPUSD"),
        ("SOL", "USDT", "perpetual", "tSOLF0:USTF0"),
    ],
)
def test_bitfinex_parts_long_names_with_a_colon(
    base: str, quote: str, kind: str, written: str
) -> None:
    assert venue_symbol("BITFINEX", base, quote, kind) == written


def test_a_near_miss_on_a_named_exchange_is_advised_with_that_exchange_first() -> None:
    with pytest.raises(UnknownInstrument) as caught:
        CATALOG.resolve("BACKPACK:ETH-USDT-SWAP")
    assert caught.value.suggestions[0] == "ETH-USDC-PERP.BACKPACK"


def foreign(symbol: str, exchange: str, written: str) -> Instrument:
    """Return an instrument of an exchange that the tables do not have."""
    name = make_instrument_id(symbol, exchange)
    return replace(CATALOG.get("BTC-USDT.OKX"), id=name, venue_symbol=written)


KUCOIN = (
    foreign("BTC-USDT", "KUCOIN", "BTC-USDT"),
    foreign("BTC-USDT-PERP", "KUCOIN", "XBTUSDTM"),
    foreign("BTC-USDT-20261225", "KUCOIN", "XBTMZ26"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BTC-USDT.KUCOIN", "BTC-USDT.KUCOIN"),
        ("kucoin:btc/usdt", "BTC-USDT.KUCOIN"),
        ("KUCOIN.BTCUSDT", "BTC-USDT.KUCOIN"),
        ("XBTUSDTM", "BTC-USDT-PERP.KUCOIN"),
        ("KUCOIN:BTC/USDT:USDT", "BTC-USDT-PERP.KUCOIN"),
        ("BTC-USDT-SWAP.KUCOIN", "BTC-USDT-PERP.KUCOIN"),
        ("kucoin:BTC/USDT:USDT-261225", "BTC-USDT-20261225.KUCOIN"),
    ],
)
def test_an_exchange_that_only_a_driver_knows_has_all_spellings_too(
    text: str, expected: str
) -> None:
    listed = {each.id: each for each in KUCOIN}
    found = resolve_listed(CATALOG, text, listed)
    assert found is not None
    assert found.id == expected
    catalog = Catalog(20260915)
    for each in KUCOIN:
        catalog.add(each)
    assert catalog.resolve(text).id == expected


def test_what_is_another_exchanges_is_not_found_among_what_one_lists() -> None:
    listed = {each.id: each for each in KUCOIN}
    for text in ("OKX:BTC-USDT", "BTC-USDT.OKX", "okx:BTC-USDT-SWAP"):
        assert resolve_listed(CATALOG, text, listed) is None


def test_where_a_contract_is_written_as_a_spot_pair_our_own_name_decides() -> None:
    spot, perpetual = "BTC-USDT.HTX", "BTC-USDT-PERP.HTX"
    listed = {InstrumentId(name): CATALOG.get(name) for name in (spot, perpetual)}
    for text, expected in (("BTC-USDT", spot), ("btcusdt", spot), ("BTC/USDT:USDT", perpetual)):
        found = resolve_listed(CATALOG, text, listed)
        assert found is not None
        assert found.id == expected


def test_a_spelling_of_two_listed_instruments_names_both() -> None:
    names = ("BTC-USDT.BINANCE", "BTC-USDT-PERP.BINANCE")
    listed = {InstrumentId(name): CATALOG.get(name) for name in names}
    with pytest.raises(AmbiguousInstrument, match="BTC-USDT-PERP"):
        resolve_listed(CATALOG, "BTCUSDT", listed)
