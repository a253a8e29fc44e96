"""Holdings and refusals of Backpack in our words."""

from decimal import Decimal

import msgspec
import pytest

from anyvenue.model.errors import (
    AuthError,
    InsufficientFunds,
    InvalidOrder,
    OutcomeUnknown,
    RateLimited,
    UnknownOrder,
    VenueRefused,
)
from anyvenue.model.ids import AccountId
from anyvenue.venues.backpack.errors import is_unsure, kind_of, read_error, refusal
from anyvenue.venues.backpack.holdings import balance_of, margin_of, position_of
from anyvenue.venues.backpack.parse import make_instrument
from anyvenue.venues.backpack.wire import PositionUpdate
from anyvenue.venues.backpack.wire_rest import CapitalRow, ErrorBody, MarketRow, PositionRow

ACCOUNT = AccountId("a")


def test_a_position_below_zero_is_short_in_answers_and_streams() -> None:
    row = {
        "symbol": "SOL_USDC_PERP",
        "baseSymbol": "SOL",
        "quoteSymbol": "USDC",
        "marketType": "PERP",
        "filters": {
            "price": {"tickSize": "0.01"},
            "quantity": {"stepSize": "0.01", "minQuantity": "0.01"},
        },
    }
    instrument = make_instrument(msgspec.convert(row, MarketRow, strict=False))
    assert instrument is not None
    answer = PositionRow(symbol="X", net_quantity=Decimal(-2), entry_price=Decimal(5))
    update = PositionUpdate(symbol="X", quantity=Decimal(-2), entry_price=Decimal(5))
    for told in (answer, update):
        found = position_of(ACCOUNT, instrument, told)
        assert (found.net, found.short_today.open_value) == (-2, 10)
    closed = PositionUpdate(symbol="X", quantity=Decimal(0))
    assert position_of(ACCOUNT, instrument, closed).flat


def test_money_that_is_locked_staked_or_lent_is_owned_and_not_available() -> None:
    found = balance_of(
        ACCOUNT, "USDC", CapitalRow(Decimal(5), Decimal(2), Decimal(1)), 1, lent=Decimal(4)
    )
    assert (found.balance, found.available, found.frozen_cash) == (12, 5, 7)


def test_profit_belongs_to_the_money_and_margin_limits_what_is_available() -> None:
    found = balance_of(
        ACCOUNT,
        "USDC",
        CapitalRow(Decimal(100)),
        1,
        profit=Decimal(7),
        margin=Decimal(30),
        free=Decimal(77),
    )
    assert (found.balance, found.position_profit) == (107, 7)
    assert (found.margin, found.available) == (30, 77)


def test_the_margin_of_a_position_is_a_share_of_its_value_now() -> None:
    row = PositionRow(
        symbol="X",
        net_quantity=Decimal(-2),
        entry_price=Decimal(5),
        mark_price=Decimal(6),
        imf=Decimal("0.1"),
    )
    assert margin_of(row) == Decimal("1.2")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("INSUFFICIENT_MARGIN", InsufficientFunds),
        ("INVALID_PRICE", InvalidOrder),
        ("RESOURCE_NOT_FOUND", UnknownOrder),
        ("TOO_MANY_REQUESTS", RateLimited),
        ("INVALID_SIGNATURE", AuthError),
        ("TIMEOUT", OutcomeUnknown),
        ("SOMETHING_NEW", VenueRefused),
    ],
)
def test_the_venues_words_are_kinds_of_ours(code: str, kind: type) -> None:
    assert kind_of(code) == kind.code  # type: ignore[attr-defined]


def test_a_gateways_page_may_hide_an_order_that_was_taken() -> None:
    assert is_unsure(read_error(b"<html>").code, 504)
    assert not is_unsure("MAINTENANCE", 503)


def test_refusals_keep_the_venues_own_words() -> None:
    error = refusal("capital", ErrorBody("INVALID_SIGNATURE", "bad"), 401)
    assert isinstance(error, AuthError)
    assert (error.venue_code, error.venue_text) == ("INVALID_SIGNATURE", "bad")
    assert isinstance(refusal("order", ErrorBody("ORDER_LIMIT")), VenueRefused)
    assert isinstance(refusal("order", ErrorBody("X"), 429), RateLimited)
