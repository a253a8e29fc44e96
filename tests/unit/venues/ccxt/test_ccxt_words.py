"""Names, instruments, structures and errors of ccxt in our words."""

from decimal import Decimal
from math import isnan

import pytest
from ccxt_fakes import market, order_row

from anyvenue.model.enums import (
    InstrumentKind,
    MarginMode,
    OrderState,
    OrderType,
    Side,
    TimeInForce,
)
from anyvenue.model.errors import AuthError, ConnectivityError, RateLimited, VenueRefused
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.steps import FixedStep, SignificantStep
from anyvenue.venues.ccxt.errors import failure_of, masker
from anyvenue.venues.ccxt.library import to_gateway
from anyvenue.venues.ccxt.listing import Listing, make_instrument
from anyvenue.venues.ccxt.naming import client_name, exchange_code, our_order_id
from anyvenue.venues.ccxt.parse import (
    balances_of,
    bar_of,
    depth_of,
    fill_of,
    funding_of,
    order_of,
    positions_of,
    quote_of,
)

ORDER = OrderId(251_568_758_470)
ACCOUNT = AccountId("main")
BTC = InstrumentId("BTC-USDT.SOMEWHERE")
DIGITS = 3  # ccxt's word for significant digits


# ---- names


@pytest.mark.parametrize("exchange", ["kraken", "bitfinex", "htx", "hyperliquid", "gate", "okx"])
def test_an_order_is_known_again_by_its_name(exchange: str) -> None:
    assert our_order_id(exchange, client_name(exchange, ORDER)) == ORDER


def test_names_of_others_are_not_taken_for_ours() -> None:
    assert our_order_id("kraken", "x-cvBPrNm91926cffc6b7") == 0
    assert our_order_id("kraken", "251568758470") == 0
    assert our_order_id("bitfinex", "1790000000000") == 0  # ms, which it gives by itself
    assert our_order_id("gate", f"t-av{ORDER}") == ORDER
    assert client_name("backpack", ORDER) == ""


def test_houses_with_several_exchanges_have_one_code_and_no_exchange_becomes_another() -> None:
    assert {exchange_code(each) for each in ("binance", "binanceusdm")} == {"BINANCE"}
    assert exchange_code("huobi") == exchange_code("htx") == "HTX"
    assert exchange_code("kucoin") == exchange_code("kucoinfutures") == "KUCOIN"
    assert exchange_code("bitfinex") == "BITFINEX"


# ---- instruments


def test_a_market_becomes_an_instrument_with_exact_steps() -> None:
    found = make_instrument(market(), "SOMEWHERE", 4)
    assert found is not None
    assert (found.id, found.kind, found.currency) == (BTC, InstrumentKind.SPOT, "USDT")
    assert found.price_step == FixedStep(Decimal("0.1"))
    assert (found.lot.step, found.lot.minimum) == (Decimal("0.001"), Decimal("0.002"))
    assert (found.lot.maximum, found.lot.minimum_value) == (Decimal(100), Decimal(5))
    assert found.venue_symbol == "BTCUSDT"


def test_significant_digits_are_a_rule_of_their_own() -> None:
    precision = {"price": 5, "amount": 8}
    found = make_instrument(market(precision=precision), "BITFINEX", DIGITS)
    assert found is not None
    assert found.price_step == SignificantStep(5, 8)
    assert found.lot.step == Decimal("1E-8")


def test_contracts_are_named_by_what_they_are() -> None:
    swap = market(
        symbol="BTC/USDT:USDT", spot=False, swap=True, contract=True, contractSize="0.001"
    )
    dated = market(
        symbol="BTC/USD:BTC-261225",
        quote="USD",
        settle="BTC",
        spot=False,
        future=True,
        contract=True,
        inverse=True,
        expiryDatetime="2026-12-25T08:00:00.000Z",
    )
    first, second = (make_instrument(each, "SOMEWHERE", 4) for each in (swap, dated))
    assert first is not None
    assert second is not None
    assert (first.id, first.multiplier) == ("BTC-USDT-PERP.SOMEWHERE", Decimal("0.001"))
    assert (second.id, second.expiry) == ("BTC-USD-20261225.SOMEWHERE", 20261225)
    assert (second.inverse, second.currency) == (True, "BTC")


def test_one_pair_that_is_settled_in_two_currencies_is_two_instruments() -> None:
    listing = Listing("somewhere")
    both = [
        market(
            symbol=f"BTC/USD:{settle}",
            quote="USD",
            settle=settle,
            spot=False,
            swap=True,
            contract=True,
        )
        for settle in ("BTC", "USDC")
    ]
    names = [each.id for each in listing.take(both, 4, "all")]
    assert names == ["BTC-USD-PERP.SOMEWHERE", "BTC-USD-USDC-PERP.SOMEWHERE"]
    assert [listing.symbol(each) for each in names] == ["BTC/USD:BTC", "BTC/USD:USDC"]


def test_options_and_the_other_part_of_the_account_are_not_listed() -> None:
    listing = Listing("somewhere")
    rows = [market(), market(symbol="o", spot=False, option=True)]
    assert len(listing.take(rows, 4, "spot")) == 1
    assert listing.take([market()], 4, "contracts") == []


# ---- orders, fills, money


def test_an_order_is_read_whole() -> None:
    told = order_of(
        order_row(clientOrderId=f"av{ORDER}", timeInForce="IOC", filled="0.4"), "kraken"
    )
    assert told is not None
    assert (told.order_id, told.venue_id, told.symbol) == (ORDER, "77", "BTC/USDT")
    assert (told.type, told.side, told.time_in_force) == (
        OrderType.LIMIT,
        Side.BUY,
        TimeInForce.IOC,
    )
    assert (told.quantity, told.price, told.filled) == (Decimal(1), Decimal(90000), Decimal("0.4"))
    assert told.full


@pytest.mark.parametrize(
    ("status", "filled", "state"),
    [
        ("open", "0", OrderState.OPEN),
        ("closed", "1", OrderState.FILLED),
        ("closed", "0.4", OrderState.CANCELLED),
        ("canceled", "0.4", OrderState.CANCELLED),
        ("expired", "0", OrderState.EXPIRED),
        ("rejected", "0", OrderState.REJECTED),
        ("canceling", "0", OrderState.OPEN),
        ("POSTONLY CANCELED", "0", OrderState.CANCELLED),
        ("something new", "0", OrderState.UNKNOWN),
        (None, "0", OrderState.OPEN),
    ],
)
def test_states_are_what_was_said_or_unknown(
    status: str | None, filled: str, state: OrderState
) -> None:
    told = order_of(order_row(status=status, filled=filled), "kraken")
    assert told is not None
    assert told.state is state


def test_an_acknowledgement_that_is_an_id_alone_tells_no_terms() -> None:
    told = order_of({"id": "9"}, "htx", "BTC/USDT")
    assert told is not None
    assert (told.full, told.quantity, told.state) == (False, None, OrderState.OPEN)
    assert order_of({"id": None, "symbol": "BTC/USDT"}, "htx") is None


def test_a_limit_order_without_its_price_changes_nothing() -> None:
    told = order_of(order_row(price=None), "kraken")
    assert told is not None
    assert (told.quantity, told.price) == (None, None)


TRADE = {
    "id": "5",
    "order": "77",
    "symbol": "BTC/USDT",
    "side": "sell",
    "price": "95000.1",
    "amount": "0.003",
    "timestamp": 1_790_000_000_000,
    "takerOrMaker": "maker",
}


def test_a_fill_is_exact_and_its_fee_what_was_told() -> None:
    fee = {"cost": "0.28500030", "currency": "USDT"}
    found = fill_of({**TRADE, "fee": fee}, costless=False)
    assert found is not None
    symbol, fill = found
    assert (symbol, fill.trade_id, fill.order) == ("BTC/USDT", "BTC/USDT-5", "77")
    assert (fill.price, fill.quantity) == (Decimal("95000.1"), Decimal("0.003"))
    assert (fill.fee, fill.fee_currency, fill.maker) == (Decimal("0.28500030"), "USDT", True)


def test_a_fill_without_a_fee_is_asked_for_unless_the_exchange_tells_none() -> None:
    asked, booked = fill_of(TRADE, costless=False), fill_of(TRADE, costless=True)
    assert asked is not None
    assert booked is not None
    assert asked[1].fee is None
    assert booked[1].fee == 0


def test_the_fees_of_htx_contracts_are_costs_above_zero() -> None:
    own = {"trade_fee": "0.0752", "fee_currency": "USDT"}
    row = {**TRADE, "fee": {"cost": "-0.0752", "currency": "USDT"}, "info": own}
    found = fill_of(row, costless=True)
    assert found is not None
    assert found[1].fee == Decimal("0.0752")


def test_balances_are_those_that_have_something() -> None:
    row = {
        "info": {},
        "USDT": {"free": "90", "used": "10", "total": "100"},
        "BTC": {"free": "0", "used": "0", "total": "0"},
        "free": {"USDT": "90"},
        "total": {"USDT": "100"},
    }
    (spot,) = balances_of(row, ACCOUNT, 1, {}, contracts=False)
    assert (spot.currency, spot.balance, spot.available) == ("USDT", Decimal(100), Decimal(90))
    assert (spot.frozen_cash, spot.margin) == (Decimal(10), Decimal(0))
    (margin,) = balances_of(row, ACCOUNT, 1, {"USDT": Decimal(3)}, contracts=True)
    assert (margin.margin, margin.position_profit) == (Decimal(10), Decimal(3))


def test_positions_bring_their_terms_and_their_profit() -> None:
    unit = make_instrument(
        market(symbol="BTC/USDT:USDT", spot=False, swap=True, contract=True), "SOMEWHERE", 4
    )
    assert unit is not None
    row = {
        "symbol": "BTC/USDT:USDT",
        "side": "short",
        "contracts": "2",
        "entryPrice": "90000",
        "unrealizedPnl": "-4.5",
        "marginMode": "isolated",
        "leverage": "7",
        "collateral": "12",
    }
    rows = [row, {**row, "contracts": "0"}]
    (held,), (terms,), profits = positions_of(rows, ACCOUNT, {"BTC/USDT:USDT": unit})
    assert (held.net, held.short_today.open_value) == (Decimal(-2), Decimal(180_000))
    assert (terms.leverage, terms.mode, terms.isolated) == (
        Decimal(7),
        MarginMode.ISOLATED,
        Decimal(12),
    )
    assert profits == {"USDT": Decimal("-4.5")}


def test_of_bitfinex_the_row_itself_tells_how_much_is_held() -> None:
    unit = make_instrument(
        market(symbol="BTC/USDT:USDT", spot=False, swap=True, contract=True), "BITFINEX", 4
    )
    assert unit is not None
    row = {
        "symbol": "BTC/USDT:USDT",
        "side": "long",
        "contracts": "0.0057260512",
        "entryPrice": "90000",
        "info": ["tBTCF0:USTF0", "ACTIVE", 0.001, 90000.0],
    }
    (held,), _, _ = positions_of([row], ACCOUNT, {"BTC/USDT:USDT": unit})
    assert held.net == Decimal("0.001")


# ---- market data


def test_quotes_books_bars_and_funding() -> None:
    quote = quote_of({"bid": 1.0, "ask": None, "timestamp": None}, BTC, 7)
    assert quote is not None
    assert (quote.bid, quote.ts_event) == (1.0, 7)
    assert isnan(quote.ask)
    book = {"bids": [[3.0, 1.0], [2.0, 1.0]], "asks": [[4.0, 2.0, 5]], "timestamp": 5}
    depth = depth_of(book, BTC, 7, 1, 3.5)
    assert (depth.bid_prices, depth.ask_sizes, depth.ts_event) == ((3.0,), (2.0,), 5_000_000)
    bar = bar_of([60_000, 1, 3, 1, 2, 9], BTC, "1m", 60_000, 7, 119_999)
    assert (bar.high, bar.closed) == (3.0, False)
    assert bar_of([60_000, 1, 3, 1, 2, 9], BTC, "1m", 60_000, 7, 120_000).closed
    rate = funding_of({"fundingRate": "0.0001", "interval": "4h"}, BTC, 7)
    assert rate is not None
    assert (rate.rate, rate.hourly) == (Decimal("0.0001"), Decimal("0.000025"))


# ---- errors and addresses


def error(name: str, *bases: str, text: str = "") -> Exception:
    """Return an exception with these names in its line of classes, the last one at the root."""
    kind: type[Exception] = Exception
    for each in (*reversed(bases), name):
        kind = type(each, (kind,), {})
    return kind(text)


@pytest.mark.parametrize(
    ("raised", "unsure", "kind"),
    [
        (error("RequestTimeout", "NetworkError"), True, ConnectivityError),
        (error("ExchangeNotAvailable", "NetworkError"), True, ConnectivityError),
        (error("BadResponse", "OperationFailed"), True, ConnectivityError),
        (error("ExchangeError"), True, ConnectivityError),
        (TimeoutError(), True, ConnectivityError),
        (KeyError("surprise"), True, ConnectivityError),
        (error("RateLimitExceeded", "NetworkError"), False, RateLimited),
        (error("AuthenticationError", "ExchangeError"), False, AuthError),
        (error("InsufficientFunds", "ExchangeError"), False, VenueRefused),
        (error("OrderNotFillable", "InvalidOrder", "ExchangeError"), False, VenueRefused),
    ],
)
def test_only_a_clear_no_is_a_refusal(
    raised: Exception, unsure: bool, kind: type[Exception]
) -> None:
    failure = failure_of(raised, str)
    assert failure.unsure is unsure
    assert isinstance(failure.error(), kind)


def test_the_exchanges_own_code_is_kept() -> None:
    said = 'binance {"code":-2010,"msg":"Account has insufficient balance"}'
    assert failure_of(error("InsufficientFunds", text=said), str).venue_code == "-2010"
    assert failure_of(error("InvalidOrder"), str).venue_code == "InvalidOrder"
    clock = failure_of(error("InvalidNonce", "NetworkError"), str)
    assert (clock.clock, clock.unsure) == (True, False)


def test_no_secret_and_no_signature_is_ever_repeated() -> None:
    clean = masker(["hunter2-key", "hunter2-secret"])
    said = clean(
        "htx GET https://x/v1?AccessKeyId=hunter2-key&Signature=abc%3D&Timestamp=1 hunter2-secret"
    )
    assert "hunter2" not in said
    assert "abc" not in said
    assert "Timestamp=1" in said


def test_addresses_keep_their_paths_behind_a_gateway() -> None:
    urls = {"rest": "https://{hostname}/v1", "ws": {"private": "wss://api.x.com:9443/ws?a=1"}}
    assert to_gateway(urls, "http://127.0.0.1:80/{host}", "api.y.com") == {
        "rest": "http://127.0.0.1:80/api.y.com/v1",
        "ws": {"private": "ws://127.0.0.1:80/api.x.com/ws?a=1"},
    }
    assert to_gateway("wss://a.com/ws", "https://own.example/") == "wss://own.example/ws"
