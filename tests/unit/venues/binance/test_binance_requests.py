"""Orders in Binance's words, signatures, limits and clocks."""

import hmac
from decimal import Decimal
from hashlib import sha256
from math import nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.enums import Offset, OrderType, Side, TimeInForce
from anyvenue.model.errors import ConfigError, InvalidOrder, RateLimited
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.binance.config import BinanceConfig
from anyvenue.venues.binance.requests import (
    client_id,
    our_order_id,
    position_side,
    spot_order,
    usdm_order,
)
from anyvenue.venues.binance.signing import make_sign, signed_text
from anyvenue.venues.registry import find_venue
from anyvenue.venues.transport.limits import Limits, Window
from anyvenue.venues.transport.offset import ClockOffset

SECOND = 1_000_000_000


def request(kind: OrderType = OrderType.LIMIT, **changes: Any) -> OrderRequest:
    fields: dict[str, Any] = {"price": Decimal("100.5"), "time_in_force": TimeInForce.GTC}
    if kind in (OrderType.MARKET, OrderType.STOP, OrderType.TRAILING_STOP):
        fields["price"] = None
    return OrderRequest(
        AccountId("main"),
        InstrumentId("BTC-USDT.BINANCE"),
        changes.pop("side", Side.BUY),
        Decimal("2"),
        type=kind,
        **(fields | changes),
    )


@pytest.mark.parametrize(
    ("asked", "type_", "time_in_force"),
    [
        (request(), "LIMIT", "GTC"),
        (request(time_in_force=TimeInForce.DAY), "LIMIT", "GTC"),
        (request(time_in_force=TimeInForce.IOC), "LIMIT", "IOC"),
        (request(time_in_force=TimeInForce.FOK), "LIMIT", "FOK"),
        (request(post_only=True), "LIMIT_MAKER", None),
        (request(OrderType.MARKET), "MARKET", None),
        (request(OrderType.STOP, stop_price=Decimal(110)), "STOP_LOSS", None),
        (request(OrderType.STOP_LIMIT, stop_price=Decimal(110)), "STOP_LOSS_LIMIT", "GTC"),
    ],
)
def test_every_type_and_time_of_spot_has_its_word(
    asked: OrderRequest, type_: str, time_in_force: str | None
) -> None:
    sent = spot_order(asked, "BTCUSDT", "av-1", nan)
    assert (sent["type"], sent.get("timeInForce")) == (type_, time_in_force)
    assert ("price" in sent) == (asked.price is not None)
    assert ("stopPrice" in sent) == (asked.stop_price is not None)


@pytest.mark.parametrize(
    ("asked", "type_", "time_in_force"),
    [
        (request(), "LIMIT", "GTC"),
        (request(post_only=True), "LIMIT", "GTX"),
        (request(time_in_force=TimeInForce.GTD, expires=SECOND * 5), "LIMIT", "GTD"),
        (request(OrderType.MARKET), "MARKET", None),
        (request(OrderType.STOP, stop_price=Decimal(110)), "STOP_MARKET", None),
        (request(OrderType.STOP_LIMIT, stop_price=Decimal(110)), "STOP", "GTC"),
    ],
)
def test_every_type_and_time_of_usdm_has_its_word(
    asked: OrderRequest, type_: str, time_in_force: str | None
) -> None:
    sent = usdm_order(asked, "BTCUSDT", "av-1", nan, False)
    assert (sent["type"], sent.get("timeInForce")) == (type_, time_in_force)
    assert sent.get("goodTillDate") == ("5000" if time_in_force == "GTD" else None)
    conditional = asked.stop_price is not None
    assert ("clientAlgoId" in sent, "triggerPrice" in sent) == (conditional, conditional)


def test_a_trailing_stop_follows_by_a_fraction() -> None:
    trailing = request(OrderType.TRAILING_STOP, trail=Decimal(500))
    assert spot_order(trailing, "BTCUSDT", "av-1", 50_000.0)["trailingDelta"] == "100"
    assert usdm_order(trailing, "BTCUSDT", "av-1", 50_000.0, False)["callbackRate"] == "1"
    with pytest.raises(InvalidOrder, match="subscription"):
        spot_order(trailing, "BTCUSDT", "av-1", nan)


def test_what_a_market_does_not_have_is_refused_before_it_is_sent() -> None:
    with pytest.raises(InvalidOrder, match="reduce_only"):
        spot_order(request(reduce_only=True), "BTCUSDT", "av-1", nan)
    with pytest.raises(InvalidOrder, match="time_in_force"):
        spot_order(request(time_in_force=TimeInForce.GTD), "BTCUSDT", "av-1", nan)
    with pytest.raises(InvalidOrder, match="display"):
        usdm_order(request(display=Decimal(1)), "BTCUSDT", "av-1", nan, False)


@pytest.mark.parametrize(
    ("side", "offset", "reduce_only", "expected"),
    [
        (Side.BUY, Offset.OPEN, False, "LONG"),
        (Side.SELL, Offset.CLOSE, False, "LONG"),
        (Side.SELL, Offset.OPEN, False, "SHORT"),
        (Side.BUY, Offset.CLOSE, False, "SHORT"),
        (Side.BUY, Offset.AUTO, False, "LONG"),
        (Side.BUY, Offset.AUTO, True, "SHORT"),
    ],
)
def test_in_hedge_mode_the_offset_says_whose_lots(
    side: Side, offset: Offset, reduce_only: bool, expected: str
) -> None:
    asked = request(side=side, offset=offset, reduce_only=reduce_only)
    assert position_side(asked, True) == expected
    sent = usdm_order(asked, "BTCUSDT", "av-1", nan, True)
    assert sent["positionSide"] == expected
    assert "reduceOnly" not in sent, "Binance takes it in one-way mode only"


@given(st.integers(1, 10**12), st.integers(0, 99))
def test_a_client_id_leads_back_to_its_order(number: int, part: int) -> None:
    name = client_id(OrderId(number), part)
    assert our_order_id(name) == number
    assert len(name) <= 36


@pytest.mark.parametrize("name", ["", "web_1", "x-abc", "av-", "av-x-1", "211512345678"])
def test_other_client_ids_are_somebody_elses(name: str) -> None:
    assert our_order_id(name) == 0


def test_an_hmac_signature_is_that_of_the_venues_documentation() -> None:
    # The example of "SIGNED Endpoint Examples for POST /api/v3/order".
    secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
    text = (
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1"
        "&recvWindow=5000&timestamp=1499827319559"
    )
    expected = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    assert make_sign(secret)(text) == expected
    assert expected == hmac.new(secret.encode(), text.encode(), sha256).hexdigest()


def test_an_ed25519_key_signs_what_its_public_key_verifies() -> None:
    from base64 import b64decode

    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    text = signed_text({"timestamp": "2", "apiKey": "a"})
    assert text == "apiKey=a&timestamp=2"
    for written in (pem, pem.replace("\n", "\\n")):
        key.public_key().verify(b64decode(make_sign(written)(text)), text.encode())
    with pytest.raises(ConfigError, match="PEM"):
        make_sign("-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----")


def test_limits_are_counted_by_whole_spans_and_leave_a_share_for_cancels() -> None:
    now = [60 * SECOND]
    limits = Limits(lambda: now[0], [Window("REQUEST_WEIGHT", 100, 60)])
    limits.take({"REQUEST_WEIGHT": 90}, 0.05)
    with pytest.raises(RateLimited) as caught:
        limits.take({"REQUEST_WEIGHT": 8}, 0.05)
    assert caught.value.fields["retry_after"] == 60.0
    limits.take({"REQUEST_WEIGHT": 8})
    now[0] += 60 * SECOND
    limits.take({"REQUEST_WEIGHT": 8}, 0.05)


def test_what_the_venue_has_counted_goes_before_our_count() -> None:
    now = [60 * SECOND]
    limits = Limits(lambda: now[0], [Window("ORDERS", 10, 10)])
    limits.told("ORDERS", 10, 10)
    with pytest.raises(RateLimited):
        limits.take({"ORDERS": 1})
    limits.take({"REQUEST_WEIGHT": 1})


def test_the_clock_is_learned_from_the_quickest_answer() -> None:
    clock = ClockOffset(lambda: 0)
    clock.learn(0, 5_010, 20_000_000)
    assert clock.ns == 5_000_000_000
    clock.learn(0, 9_000, 4_000_000_000)
    assert clock.ns == 5_000_000_000, "an answer that took seconds tells nothing"
    assert clock.now_ms() == 5_000
    assert clock.earliest_ms() == 4_990, "it may have read its clock just before the answer came"


def test_an_account_of_binance_is_configured_like_any_other() -> None:
    venue = find_venue("binance")
    assert {each.name for each in venue.settings if each.secret} == {"api_key", "secret"}
    assert all(each.help_zh for each in venue.settings)
    live = BinanceConfig(api_key="a", secret="b", market="usdm")
    assert live.places.rest == "https://fapi.binance.com"
    assert "b" not in repr(live).replace("BinanceConfig", "").split("secret=")[1].split(",")[0]
    own = BinanceConfig(rest_url="http://127.0.0.1:8000/", environment="demo")
    assert own.places.rest == "http://127.0.0.1:8000"
