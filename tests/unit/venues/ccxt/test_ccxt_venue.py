"""Exchanges of ccxt as venues, and venues that have closed."""

import msgspec
import pytest

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ccxt.config import CcxtConfig
from anyvenue.venues.closed import CLOSED, find_closed
from anyvenue.venues.registry import find_venue


@pytest.mark.parametrize("name", ["bitfinex", "htx", "alpaca", "kraken", "binanceusdm"])
def test_every_exchange_of_ccxt_is_a_venue_in_a_process_of_its_own(name: str) -> None:
    venue = find_venue(f"ccxt:{name}")
    assert (venue.name, venue.host) == (f"ccxt:{name}", "process")
    config = msgspec.convert({"api_key": "k"}, venue.config)
    assert isinstance(config, CcxtConfig)
    assert config.exchange == name
    assert not venue.title("zh").isascii()


def test_a_configuration_is_of_its_exchange_and_of_no_other() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"exchange": "okx"}, find_venue("ccxt:kucoin").config)


def test_secrets_of_every_kind_are_masked() -> None:
    secret = {"api_key": "s1xyz", "secret": "s2xyz", "password": "s3xyz", "private_key": "s4xyz"}
    shown = repr(find_venue("ccxt:kucoin").config(**secret))
    assert "xyz" not in shown
    assert "password=***" in shown


@pytest.mark.parametrize("name", ["bitmex", "ccxt:bitmex", "onetoken", "1token", "BitMEX"])
def test_a_closed_venue_says_when_it_closed_and_what_there_is(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        find_venue(name)
    gone = find_closed(name)
    assert gone is not None
    assert caught.value.code == "config.venue_closed"
    assert gone.when in str(caught.value)
    assert caught.value.fields["alternatives"] == gone.alternatives


def test_what_is_recommended_instead_is_there() -> None:
    for gone in CLOSED:
        for name in gone.alternatives:
            assert find_venue(name).name == name


def test_what_is_no_name_is_told_apart() -> None:
    with pytest.raises(ConfigError, match="not the name of an exchange"):
        find_venue("ccxt:bit finex")
